"""/api/v1/footage: what cameras recorded. Files come in by tus at /api/uploads; here they become footage of a case."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.resources.looks import Looks
from api.resources.shapes import IF_MATCH, Lat, Line, Lon, Moment, Said, Shown
from api.rest import CONFLICT, Asks, Caller, Id, Out, Page, Paging, check_unchanged, page_of, router
from casework import footage as footages
from casework import uploads
from casework.correcting import correct_footage
from casework.footage import Details, Place, true_time
from casework.spots import LARGEST_RADIUS_M
from casework.uploads import Desk
from data.errors import BadInput
from data.models import LARGEST_CLOCK_OFFSET_S, Account, Footage, StartedFrom

ReadFrom = Literal[
    StartedFrom.TYPED, StartedFrom.FILE_METADATA, StartedFrom.FILE_NAME, StartedFrom.BURNT_IN_CLOCK
]  # what a machine saw at the moment it keeps itself
_OFFSET = Field(ge=-LARGEST_CLOCK_OFFSET_S, le=LARGEST_CLOCK_OFFSET_S)


class CameFromOut(Shown):
    """One time at which these bytes came in."""

    at: datetime
    by: str
    how: str
    original_name: str


class FootageOut(Shown):
    """A file of one camera. `started_at` is what the recorder's clock showed at its start, `true_start` that moment."""

    id: str
    case_id: str
    camera_id: str
    sha256: str
    original_name: str
    size_bytes: int
    started_at: datetime
    clock_offset_s: float
    clock_uncertainty_s: float | None
    clock_checked: str
    started_from: StartedFrom
    recorder_make: str
    exporter: str
    export_notes: str
    added_at: datetime
    added_by: str
    provenance: tuple[CameFromOut, ...]
    true_start: datetime | None = None

    @classmethod
    def told(cls, footage: Footage) -> "FootageOut":
        return cls.of(footage).model_copy(update={"true_start": true_time(footage, 0.0)})


class FootageDetails(FootageOut):
    """One footage with the place of its camera, or of a spot of the case. Its searches are the case's jobs `of` it."""

    camera_name: str
    lat: float
    lon: float


class PlaceIn(Said):
    """Where a camera stood that somebody held in the hand, within `radius_m`; `called`: what or whose it is."""

    lat: Lat
    lon: Lon
    radius_m: Annotated[float, Field(ge=0, le=LARGEST_RADIUS_M)]
    called: Line = ""
    source: Line = "typed"


class DetailsIn(Said):
    """What is said of a footage: either its camera, or the place of one held in the hand. `started_at` is what the
    recorder's clock showed, `clock_offset_s` recorder minus true time; `started_from` says where the start was read."""

    camera_id: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    place: PlaceIn | None = None
    started_at: Moment
    clock_offset_s: Annotated[float, _OFFSET] = 0.0
    clock_uncertainty_s: Annotated[float, Field(ge=0, le=LARGEST_CLOCK_OFFSET_S)] | None = None
    clock_checked: Line = ""
    started_from: ReadFrom = StartedFrom.TYPED
    recorder_make: Line = ""
    exporter: Line = ""
    export_notes: Line = ""

    def details(self) -> Details:
        """The same for the verbs."""
        if (self.camera_id is None) is (self.place is None):
            raise BadInput("camera_id, place: say one of the two, where it was recorded")
        told = {name: getattr(self, name) for name in DetailsIn.model_fields}
        place = None if self.place is None else Place(**dict(self.place))
        return Details(**told | {"camera_id": self.camera_id or "", "place": place})


class FootageIn(DetailsIn):
    """An upload that has wholly arrived, and what is said of it."""

    upload_id: Id


class WaitingOut(Shown):
    """A file that is here and waits for its details."""

    id: str
    name: str
    size_bytes: int
    sha256: str | None
    by: str
    how: str
    created_at: datetime
    case_id: str | None


class CorrectedOut(Out):
    """What a correction moved: true times by `moved_s` seconds, so many candidates, and so many sightings."""

    footage: FootageOut
    moved_s: float
    candidates: int
    sightings: int


def footage_router(looks: Looks, desk_of: Callable[[Account], Desk]) -> APIRouter:
    """The routes of footage; `desk_of` gives the desk at which files come in, as an account sees it."""
    routes = router("footage")

    @routes.get("/cases/{case_id}/footage", operation_id="listFootage")
    def list_footage(case_id: Id, asks: Asks, paging: Paging) -> Page[FootageOut]:
        """The case's footage, newest first."""
        found = asks.store.footages(looks.case(asks, case_id).id)
        return page_of(found, paging, key=lambda f: (-f.added_at.timestamp(), f.id), shown=FootageOut.told)

    @routes.get("/cases/{case_id}/footage-waiting", operation_id="listWaitingFootage")
    def list_waiting(case_id: Id, asks: Asks) -> list[WaitingOut]:
        """Files that have arrived for the case, or for none, and wait for their details."""
        return [WaitingOut.of(upload) for upload in uploads.waiting(desk_of(asks.account), case_id)]

    @routes.post("/cases/{case_id}/footage", operation_id="addFootage", status_code=201, responses=CONFLICT)
    def add_footage(case_id: Id, said: FootageIn, asks: Asks, response: Response) -> FootageOut:
        """Keep an upload as evidence. The same bytes of the same camera are one footage, which is then answered."""
        desk = desk_of(asks.account)
        kept = footages.add_uploaded(desk, said.upload_id, case_id, details=said.details(), by=asks.name)
        response.headers["Location"] = f"/api/v1/footage/{kept.id}"
        return FootageOut.told(kept)

    @routes.get("/footage/{footage_id}", operation_id="readFootage")
    def read_footage(footage_id: Id, asks: Asks) -> FootageDetails:
        """One footage."""
        footage = asks.store.footage(footage_id)
        looks.case(asks, footage.case_id)
        return _details(asks, footage)

    @routes.put("/footage/{footage_id}/details", operation_id="correctFootage", responses=IF_MATCH)
    def correct(footage_id: Id, said: DetailsIn, asks: Asks, request: Request) -> CorrectedOut:
        """Say anew where and when it was recorded; sightings that rest on it move with it. With `If-Match` of the
        footage, 412 where it was changed meanwhile."""
        was = asks.store.footage(footage_id)
        check_unchanged(request, _details(asks, was))
        moved = correct_footage(asks.store, was, details=said.details(), by=asks.name)
        told = FootageOut.told(moved.footage)
        return CorrectedOut(
            footage=told, moved_s=moved.by_s, candidates=moved.candidates, sightings=len(moved.sightings)
        )

    return routes


def _details(asks: Caller, footage: Footage) -> FootageDetails:
    camera = asks.store.camera(footage.camera_id)
    place: dict[str, Any] = {"camera_name": camera.name or camera.id, "lat": camera.lat, "lon": camera.lon}
    return FootageDetails(**dict(FootageOut.told(footage)), **place)
