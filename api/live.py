"""/api/v1/cases/{id}/live: the cameras that are watched for a case as it happens; turn them on and off."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.resources.shapes import Moment, Said
from api.rest import CONFLICT, Asks, Id, Out, router, scope
from casework import live
from casework.addresses import Networks
from casework.live import Watched
from casework.tokens import Scope
from data.errors import NotFound
from data.live_models import LiveGap, LiveState
from data.models import utc_now


class GapOut(Out):
    """A stretch in which nobody could have been seen; `to_at` is null while it lasts."""

    state: LiveState
    from_at: datetime
    to_at: datetime | None
    why: str


class WatchOut(Out):
    """A camera that is or was watched. `address` is told without name, password and query.

    `state` is what it shows just now, "waiting" where no worker has it; `ended` says why it is watched no more.
    """

    job_id: str
    case_id: str
    camera_id: str
    address: str
    is_on: bool
    state: LiveState
    state_since: datetime | None
    why: str
    started_at: datetime
    ends_at: datetime
    ended: str
    last_picture_at: datetime | None
    pictures_a_second: float
    looks: int
    faces: int
    candidates: int
    watched_s: float
    gap_s: float
    gaps: list[GapOut]


class LiveOut(Out):
    """All watches of a case, those that are on first; `why_not` says why no camera can be turned on now."""

    why_not: str | None
    latest_end: datetime
    watches: list[WatchOut]


class TurnOn(Said):
    """Which camera of the case's search area is to be watched, where it is reached, and until when."""

    camera_id: Annotated[str, Field(min_length=1, max_length=100)]
    address: Annotated[str, Field(min_length=1, max_length=2000, description="rtsp://, rtsps://, http:// or https://")]
    ends_at: Moment


def live_router(*, engine: str, queue: str, allowed: Networks) -> APIRouter:
    """The routes; `engine` and `queue` are those of new watches, `allowed` private networks they may lead to."""
    routes = router("live cameras")

    @routes.get("/cases/{case_id}/live", operation_id="listLiveCameras", summary="Cameras watched live")
    def list_live(case_id: Id, asks: Asks) -> LiveOut:
        """What is watched now, what it shows, and when nobody could have been seen."""
        return LiveOut(
            why_not=live.why_not_watched(asks.store, case_id),
            latest_end=live.latest_end(asks.store, case_id),
            watches=[_told(one) for one in live.watched(asks.store, case_id)],
        )

    @routes.post(
        "/cases/{case_id}/live",
        operation_id="turnLiveCameraOn",
        status_code=201,
        dependencies=[scope(Scope.GOVERN)],
        responses=CONFLICT,
        summary="Have a camera watched live",
    )
    def turn_on(case_id: Id, asked: TurnOn, asks: Asks) -> WatchOut:
        """Have a worker watch a camera of the search area until a time, under the case's authority."""
        watch = live.turn_on(
            asks.store, case_id, camera_id=asked.camera_id, address=asked.address, ends_at=asked.ends_at, engine=engine,
            by=asks.name, allowed=allowed, queue=queue,
        )  # fmt: skip
        return next(_told(one) for one in live.watched(asks.store, case_id) if one.job.id == watch.job_id)

    @routes.delete(
        "/cases/{case_id}/live/{job_id}",
        operation_id="turnLiveCameraOff",
        status_code=204,
        responses=CONFLICT,
        summary="Watch a camera no more",
    )
    def turn_off(case_id: Id, job_id: Id, asks: Asks) -> None:
        """End a watch at once; its address is forgotten."""
        if asks.store.job(job_id).case_id != case_id:
            raise NotFound(f"watch {job_id}: not of this case")
        live.turn_off(asks.store, job_id, by=asks.name)

    return routes


def _told(one: Watched) -> WatchOut:
    watch, now = one.watch, utc_now()
    return WatchOut(
        job_id=watch.job_id,
        case_id=watch.case_id,
        camera_id=watch.camera_id,
        address=watch.shown,
        is_on=one.is_on,
        state=one.state,
        state_since=watch.state_since if one.has_worker else None,
        why=watch.why if one.has_worker else "",
        started_at=watch.started_at,
        ends_at=watch.ends_at,
        ended="" if one.is_on else one.job.note,
        last_picture_at=watch.last_picture_at,
        pictures_a_second=watch.rate,
        looks=watch.looks,
        faces=watch.faces,
        candidates=one.job.candidates,
        watched_s=round(one.watched_s(now), 1),
        gap_s=round(one.gap_s(now), 1),
        gaps=[_gap(gap) for gap in one.gaps],
    )


def _gap(gap: LiveGap) -> GapOut:
    return GapOut(state=gap.state, from_at=gap.from_at, to_at=gap.to_at, why=gap.why)
