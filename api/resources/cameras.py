"""/api/v1/cameras/records: all that is known of each camera. They belong to no case; spots of cases are not here."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import Field

from api.cameras import BBOX, view_of
from api.resources.shapes import IF_MATCH, Day, Lat, Line, Lon, Said, Shown
from api.rest import CONFLICT, Asks, Page, Paging, check_unchanged, page_of, router
from casework import cameras
from casework.board import CameraSet
from casework.camera_filter import CameraFilter, Lack
from casework.cases import new_id
from data.errors import NotFound
from data.models import (
    LARGEST_CLOCK_OFFSET_S,
    LONGEST_RETENTION_DAYS,
    NARROWEST_FOV_DEG,
    SHORTEST_RANGE_M,
    Account,
    Camera,
)

CameraId = Annotated[str, Path(min_length=1, max_length=300, description="May hold a slash: node/4711.")]
WORDS = Annotated[str, Query(max_length=200, description="Words that all stand in name, id, owner, contact, kind.")]
OWNER = Annotated[str, Query(max_length=400, description="Exactly this owner.")]
LACKS = Annotated[frozenset[Lack], Query(description="Only cameras of which nobody has said this; all of these.")]
_PIXELS = Field(gt=0, le=100_000)


class CameraOut(Shown):
    """A camera. What is not known is null or empty, never guessed; `clock_offset_s` is recorder minus true time."""

    id: str
    name: str
    lat: float
    lon: float
    headings_deg: tuple[float, ...]
    fov_deg: float | None
    range_m: float | None
    width_px: int | None
    height_px: int | None
    kind: str
    mount: str
    is_indoor: bool | None
    owner: str
    contact: str
    retention_days: float | None
    clock_offset_s: float
    clock_checked: str
    direction_text: str
    source: str
    last_verified: date | None
    verified_by: str


class CameraIn(Said):
    """All that is said of a camera; what is left out is not known."""

    name: Line
    lat: Lat
    lon: Lon
    headings_deg: Annotated[tuple[Annotated[float, Field(ge=-360, le=360)], ...], Field(max_length=32)] = ()
    fov_deg: Annotated[float, Field(ge=NARROWEST_FOV_DEG, le=360)] | None = None
    range_m: Annotated[float, Field(ge=SHORTEST_RANGE_M, le=100_000)] | None = None
    width_px: Annotated[int, _PIXELS] | None = None
    height_px: Annotated[int, _PIXELS] | None = None
    kind: Line = ""
    mount: Line = ""
    is_indoor: bool | None = None
    owner: Line = ""
    contact: Line = ""
    retention_days: Annotated[float, Field(gt=0, le=LONGEST_RETENTION_DAYS)] | None = None
    clock_offset_s: Annotated[float, Field(ge=-LARGEST_CLOCK_OFFSET_S, le=LARGEST_CLOCK_OFFSET_S)] = 0.0
    clock_checked: Line = ""
    direction_text: Line = ""
    source: Line = ""
    last_verified: Day | None = None
    verified_by: Line = ""


def cameras_router(cameras_of: Callable[[Account], CameraSet]) -> APIRouter:
    """The routes of camera records; `cameras_of` gives all cameras, by id, to whoever is signed in."""
    routes = router("cameras", prefix="/cameras/records")
    one = "/{camera_id:path}"

    def known(asks: Asks, camera_id: str) -> Camera:
        found = cameras_of(asks.account).by_id.get(camera_id)
        if found is None:
            raise NotFound(f"camera {camera_id}: not in the store")
        return found

    @routes.get("", operation_id="listCameras")
    def list_cameras(
        asks: Asks, paging: Paging, bbox: BBOX = "", q: WORDS = "", owner: OWNER = "", lacks: LACKS = frozenset()
    ) -> Page[CameraOut]:
        """Cameras by id: all, or those in a box, of an owner, with these words, or of which something is not known."""
        every = cameras_of(asks.account)
        mask = every.index.matching(CameraFilter(q, owner, lacks))
        places = every.clusters.within(view_of(bbox, "0")) if bbox else range(len(every.cameras))
        found = (every.cameras[place] for place in places if mask[place])
        return page_of(found, paging, key=lambda camera: (camera.id,), shown=CameraOut.of)

    @routes.post("", operation_id="addCamera", status_code=201, responses=CONFLICT)
    def add_camera(said: CameraIn, asks: Asks, response: Response) -> CameraOut:
        """Add a camera; it is given an id of its own."""
        kept = cameras.save_camera(asks.store, _made(new_id(), said), by=asks.name)
        response.headers["Location"] = f"/api/v1/cameras/records/{kept.id}"
        return CameraOut.of(kept)

    @routes.get(one, operation_id="readCamera")
    def read_camera(camera_id: CameraId, asks: Asks) -> CameraOut:
        """One camera."""
        return CameraOut.of(known(asks, camera_id))

    @routes.put(one, operation_id="correctCamera", responses=IF_MATCH)
    def correct_camera(camera_id: CameraId, said: CameraIn, asks: Asks, request: Request) -> CameraOut:
        """Say anew all that is known of a camera; with `If-Match`, 412 where somebody else corrected it meanwhile."""
        was = known(asks, camera_id)
        check_unchanged(request, CameraOut.of(was))
        return CameraOut.of(cameras.save_camera(asks.store, _made(camera_id, said), by=asks.name, was=was))

    @routes.delete(one, operation_id="removeCamera", status_code=204, responses=CONFLICT)
    def remove_camera(camera_id: CameraId, asks: Asks) -> None:
        """Take a camera out. 409 where footage or a request of any case refers to it."""
        cameras.remove_camera(asks.store, known(asks, camera_id).id, by=asks.name)

    return routes


def _made(id: str, said: CameraIn) -> Camera:
    told: dict[str, Any] = dict(said)
    return Camera(id=id, **told)
