"""Camera search over /api: a picture from a camera in the field, compared at once and kept only where a face is alike.

The page /camera sends one every two seconds (`api.camera_page`); any program may that holds a token with `faces`. Place
and time go in headers and not in the address, which proxies and servers write down.
"""

import asyncio
import base64
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Depends, Header, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from api.bodies import body_in
from api.camera_words import case_title, clock_words, left_out_words, said_of, said_of_picture, seen_words
from api.look import read_by
from api.picture_body import decoded
from api.rest import CONFLICT, Asks, Caller, Out, Scope, router, scope
from casework import camera_search, pictures
from casework.camera_search import MOST_BYTES, CameraDesk, Candidate, Frame, Looked
from casework.camera_searches import SEARCH_ID, end_left_over
from data.errors import BadInput, LastSeenError
from data.models import utc_now
from data.store import Store

_MOST_JSON = MOST_BYTES * 4 // 3 + 4096
_SEARCH = f"^{SEARCH_ID}$"
TIDY_S = 15.0
log = structlog.get_logger("camera")


class FrameIn(BaseModel):
    """A picture with what is known of it: the other way to send one, in place of a JPEG with headers."""

    model_config = ConfigDict(extra="forbid")

    picture: Annotated[str, Field(description="The JPEG, as Base64.", min_length=1, max_length=_MOST_JSON)]
    search: Annotated[str, Field(description="An id that the sender makes up for this search.", pattern=_SEARCH)]
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]
    accuracy_m: Annotated[float, Field(ge=0, description="How far the place may be off.")]
    case: Annotated[
        str, Field(description="Whom to look for; empty: the people of all open cases.", max_length=100)
    ] = ""
    taken_at: Annotated[datetime | None, Field(description="By the device's clock, with its zone.")] = None
    is_typed: Annotated[bool, Field(description="Whether a person typed the place.")] = False


class SeenFaceOut(Out):
    """A face in the picture; nothing of it is kept."""

    box_px: tuple[float, float, float, float]
    score: float
    quality: float


class CandidateOut(Out):
    """A face that is like the person sought: an investigative lead, not an identification.

    `face` is its place among the faces; `is_new` is false where it is the same person as a moment ago.
    """

    match: str
    case: str
    face: int
    box_px: tuple[float, float, float, float]
    similarity: float
    review_floor: float
    alert_threshold: float
    is_strong: bool
    is_new: bool
    is_set_aside: bool
    photo: str
    reference_jpeg: str | None = Field(description="The photo's face, Base64; null where it is kept from the asker.")
    title: str
    said: str
    seen_said: str
    review: str


class NotSearchedOut(Out):
    """A case that was not searched, and why."""

    case: str
    why: str


class LookedOut(Out):
    """What the picture showed, in numbers, and in words in the asker's language."""

    taken_at: datetime
    width_px: int
    height_px: int
    faces: list[SeenFaceOut]
    candidates: list[CandidateOut]
    cases_searched: int
    not_searched: list[NotSearchedOut]
    clock_off_s: float | None
    said: str
    clock_said: str
    not_searched_said: str


_FRAME_SCHEMA = {
    "requestBody": {
        "required": True,
        "content": {
            "image/jpeg": {"schema": {"type": "string", "format": "binary", "maxLength": MOST_BYTES}},
            "application/json": {"schema": FrameIn.model_json_schema()},
        },
    },
}


def camera_router(desk_of: Callable[[], CameraDesk]) -> APIRouter:
    """The routes; `desk_of` gives what this process searches with."""
    routes = router("camera search", prefix="/camera")

    @routes.post(
        "/frames", operation_id="searchCameraFrame", dependencies=[scope(Scope.FACES)], responses=CONFLICT,
        openapi_extra=_FRAME_SCHEMA,
    )  # fmt: skip
    async def search_frame(
        request: Request, asks: Asks, sent: Annotated[tuple[Frame, str, str], Depends(_sent)]
    ) -> LookedOut:
        """Look for the person of a case, or of all open cases, in one picture.

        A picture with a face that is alike is kept with its place and time as a candidate of the case; all others are
        forgotten at once. At most one picture of a search at a time; one that stays in view is one candidate.
        """
        read_by(request)
        frame, search_id, case_id = sent

        def work() -> LookedOut:
            looked = camera_search.look(
                asks.store, desk_of(), frame, search_id=search_id, case_id=case_id or None, by=asks.name
            )
            return _looked(asks, looked)

        return await run_in_threadpool(work)

    @routes.post(
        "/end", operation_id="endCameraSearch", status_code=204, dependencies=[scope(Scope.FACES)],
        responses=CONFLICT,
    )  # fmt: skip
    def end_search(asks: Asks, search: Annotated[str, Header(alias="Frame-Search", pattern=_SEARCH)]) -> None:
        """End a search, so that the record tells when; one of which nothing comes for a minute ends by itself."""
        camera_search.end(asks.store, desk_of(), search, by=asks.name)

    return routes


async def _sent(
    request: Request,
    search: Annotated[
        str | None, Header(alias="Frame-Search", pattern=_SEARCH, description="An id made up for this search.")
    ] = None,
    lat: Annotated[float | None, Header(alias="Frame-Lat", ge=-90, le=90)] = None,
    lon: Annotated[float | None, Header(alias="Frame-Lon", ge=-180, le=180)] = None,
    accuracy_m: Annotated[
        float | None, Header(alias="Frame-Accuracy-M", ge=0, description="How far the place may be off.")
    ] = None,
    case: Annotated[
        str, Header(alias="Frame-Case", max_length=100, description="Whom to look for; empty: all open cases.")
    ] = "",
    taken_at: Annotated[
        datetime | None, Header(alias="Frame-Taken-At", description="By the device's clock, with its zone.")
    ] = None,
    place_from: Annotated[
        Literal["device", "typed"], Header(alias="Frame-Place-From", description="Who says where it stood.")
    ] = "device",
) -> tuple[Frame, str, str]:
    """The picture as it came, by either way; which search it belongs to; and the case."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if kind == "application/json":
        return _from_json(await body_in(request, _MOST_JSON))
    if kind != "image/jpeg":
        raise BadInput("picture: send it as image/jpeg, or as JSON with Base64")
    if lat is None or lon is None or accuracy_m is None or search is None:
        raise BadInput("picture: Frame-Search, Frame-Lat, Frame-Lon and Frame-Accuracy-M must come with it")
    _check_zone(taken_at)
    jpeg = await body_in(request, MOST_BYTES)
    return Frame(jpeg, lat, lon, accuracy_m, utc_now(), taken_at, place_from == "typed"), search, case


def _from_json(body: bytes) -> tuple[Frame, str, str]:
    try:
        given = FrameIn.model_validate_json(body, strict=True)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "body"
        raise BadInput(f"{where}: {fault['msg']}") from None
    jpeg = decoded({"picture": given.picture}, "picture")
    _check_zone(given.taken_at)
    frame = Frame(jpeg, given.lat, given.lon, given.accuracy_m, utc_now(), given.taken_at, given.is_typed)
    return frame, given.search, given.case


def _check_zone(at: datetime | None) -> None:
    if at is not None and at.tzinfo is None:
        raise BadInput("taken at: has no time zone; write it as 2026-03-01T16:30:00Z")


def _looked(asks: Caller, looked: Looked) -> LookedOut:
    found = looked.found
    return LookedOut(
        taken_at=looked.at,
        width_px=found.width_px,
        height_px=found.height_px,
        faces=[
            SeenFaceOut(
                box_px=_box(found.faces.box_px[n]), score=float(found.faces.score[n]), quality=float(found.quality[n])
            )
            for n in range(len(found))
        ],
        candidates=[_candidate(asks, one, looked) for one in looked.candidates],
        cases_searched=looked.cases,
        not_searched=[NotSearchedOut(case=one.case_id, why=str(one.why)) for one in looked.left_out],
        clock_off_s=looked.clock_off_s,
        said=said_of_picture(looked),
        clock_said=clock_words(looked.clock_off_s),
        not_searched_said=left_out_words(looked.left_out),
    )


def _candidate(asks: Caller, one: Candidate, looked: Looked) -> CandidateOut:
    return CandidateOut(
        match=one.match_id,
        case=one.case.id,
        face=one.face,
        box_px=_box(looked.found.faces.box_px[one.face]),
        similarity=one.similarity,
        review_floor=one.review_floor,
        alert_threshold=one.alert_threshold,
        is_strong=one.is_strong,
        is_new=one.is_new,
        is_set_aside=one.is_set_aside,
        photo=one.photo_id,
        reference_jpeg=_reference(asks.store, one) if one.is_new else None,
        title=case_title(one.case),
        said=said_of(one),
        seen_said=seen_words(looked.at, one.case),
        review=f"/review?case={one.case.id}&match={one.match_id}",
    )


def _box(sides: Any) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (round(float(side), 1) for side in sides)
    return x1, y1, x2, y2


def _reference(store: Store, one: Candidate) -> str | None:
    jpeg = pictures.reference_face(store, store.photo(one.photo_id))
    return base64.b64encode(jpeg).decode() if jpeg else None


async def searches_tidied(desk_of: Callable[[], CameraDesk], open_store: Callable[[], Store]) -> None:
    """End the searches that an earlier web door left behind; then, for ever, those of which nothing comes any more."""
    try:
        await _tried(lambda: end_left_over(open_store()))
        while True:
            await asyncio.sleep(TIDY_S)
            await _tried(lambda: desk_of().searches.end_silent(open_store()))
    finally:
        desk_of().searches.end_silent(open_store(), silent_s=-1.0)  # all of them: this door closes


async def _tried(work: Callable[[], int]) -> None:
    try:
        if ended := await run_in_threadpool(work):
            log.info("camera searches ended", count=ended)
    except (LastSeenError, OSError) as error:
        log.warning("camera searches were not all ended", why=str(error))
