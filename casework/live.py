"""Have cameras watched live for a case: off by default, and only under its authority, in its area, until a given time.

Who turns it on is a supervisor; whoever may search can turn it off. A worker does the watching
(`casework.live_watch`); it ends by itself with the time given, the case, or the case's authority.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from casework import uses
from casework.access import needs
from casework.addresses import Networks, Resolver
from casework.cases import new_id
from casework.governance import check_searchable, period, why_not_searchable
from casework.hits import LIVE, usable_photos
from casework.live_address import judged, parsed
from casework.sealing import seal
from data import leases, live_rows
from data.errors import BadTime, Conflict, NotGoverned
from data.live_models import LiveGap, LiveState, LiveWatch
from data.models import Camera, Case, Job, JobState, Permission, in_utc, utc_now
from data.store import Store
from geo.area import area_from_geojson

LONGEST = timedelta(days=14)
"""So long a camera is watched at most; who needs more turns it on again, and says so in the record."""
_OPEN = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)


@dataclass(frozen=True)
class Watched:
    """A camera that is or was watched: what is told of it, its job, whether a worker has it now, and its gaps."""

    watch: LiveWatch
    job: Job
    has_worker: bool
    gaps: tuple[LiveGap, ...] = field(default=())

    @property
    def is_on(self) -> bool:
        return self.job.state in _OPEN

    @property
    def state(self) -> LiveState:
        """What it shows now; nothing is known of a camera that no worker has."""
        return self.watch.state if self.has_worker else LiveState.WAITING

    def gap_s(self, now: datetime) -> float:
        """For how long in all nobody could be seen."""
        return sum(((gap.to_at or now) - gap.from_at).total_seconds() for gap in self.gaps)

    def watched_s(self, now: datetime) -> float:
        """For how long it was watched in all, gaps left out."""
        end = self.job.ended_at or now
        return max(0.0, (end - self.watch.started_at).total_seconds() - self.gap_s(end))


@needs(Permission.GOVERN)
def turn_on(
    store: Store,
    case_id: str,
    *,
    camera_id: str,
    address: str,
    ends_at: datetime,
    engine: str,
    by: str,
    allowed: Networks = (),
    queue: str = "cpu",
    resolve: Resolver | None = None,
) -> LiveWatch:
    """Have a worker watch a camera of the case's area from now to `ends_at`.

    NotGoverned without authority, without a drawn area, for a camera outside it, and beyond the search period;
    BadInput for an address that may not be called or a case without a usable photo, BadTime for an end that is none,
    Conflict while the camera is watched for this case already.
    """
    at = utc_now()
    case, camera = store.case(case_id), store.camera(camera_id)
    check_searchable(case, at)
    _check_area(store, case, camera)
    _check_end(store, case, in_utc(ends_at, "end"), at)
    photos = usable_photos(store, case_id)
    known = parsed(address)
    if known.kind != "usb":
        judged(known, allowed=allowed, resolve=resolve)
    sealed = seal(store, address.strip())
    ids = tuple(photo.id for photo in photos)
    job = Job(
        new_id(), LIVE, case_id, camera_id, engine, JobState.QUEUED, at, reference_ids=ids, queue=queue, asked_by=by
    )
    watch = LiveWatch(job.id, case_id, camera_id, known.shown, at, in_utc(ends_at, "end"))
    with store.writing() as writing:
        if live_rows.is_watched(writing, case_id, camera_id):
            raise Conflict(f"{camera.name}: is watched for this case already; turn that off first")
        writing.add(job)
        live_rows.add_watch(writing, watch, sealed=sealed)
        writing.audit(
            at=at, by=by, action="live camera turned on", case_id=case_id, job=job.id, camera=camera_id,
            address=known.shown, ends_at=watch.ends_at.isoformat(), references=list(ids),
        )  # fmt: skip
    return watch


@needs(Permission.SEARCH)
def turn_off(store: Store, job_id: str, *, by: str) -> None:
    """End a watch at once; Conflict where it has ended already."""
    end_watch(store, job_id, how="turned off", by=by)


@needs(Permission.SEARCH)
def end_watch(store: Store, job_id: str, *, how: str, by: str) -> None:
    """A watch is over: it is taken from the worker that has it, and its address is forgotten."""
    at = utc_now()
    with store.writing() as writing:
        job = leases.move(writing, job_id, was=_OPEN, to=JobState.DONE, ended_at=at, note=how)
        if job is None or job.kind != LIVE:
            raise Conflict("this camera is not watched any more; look again")
        live_rows.close_gaps(writing, job_id, at=at)
        live_rows.forget_address(writing, job_id)
        if job.started_at is not None:
            uses.ended(writing, job, how, by=by)
        writing.audit(
            at=at, by=by, action="live camera turned off", case_id=job.case_id, job=job_id, why=how,
            candidates=job.candidates,
        )  # fmt: skip


@needs(Permission.READ)
def watched(store: Store, case_id: str) -> list[Watched]:
    """The cameras that are or were watched for a case, those that are first, then the newest first."""
    known = live_rows.watches(store, case_id)
    found = _with_gaps(known, live_rows.gaps(store, [watch.job_id for watch in known]))
    made = [
        Watched(
            watch,
            job := store.job(watch.job_id),
            job.state is JobState.RUNNING and live_rows.watcher_is_alive(store, job.id),
            gaps,
        )
        for watch, gaps in found
    ]
    return sorted(made, key=lambda one: not one.is_on)


@needs(Permission.READ)
def cameras_to_watch(store: Store, case_id: str) -> list[Camera]:
    """The cameras that may be watched for a case: those in its drawn area; none where none is drawn."""
    area = area_from_geojson(store.area(case_id).features)
    if not area.shapes:
        return []
    cameras = store.cameras()
    inside = area.contains([camera.lat for camera in cameras], [camera.lon for camera in cameras])
    return [camera for camera, is_in in zip(cameras, inside, strict=True) if is_in]


@needs(Permission.READ)
def why_not_watched(store: Store, case_id: str) -> str | None:
    """Why no camera can be watched for this case, and what to do; None where one can."""
    case = store.case(case_id)
    if why := why_not_searchable(case, utc_now()):
        return f"case {case.number}: {why} on the Case page"
    if not any(photo.is_usable for photo in store.photos(case_id)):
        return "the case has no usable photo yet; add one on the Case page"
    if not area_from_geojson(store.area(case_id).features).shapes:
        return "no search area is drawn; draw one on the Map page: only cameras inside it can be watched"
    return None


@needs(Permission.READ)
def latest_end(store: Store, case_id: str) -> datetime:
    """Until when a camera can be watched for this case at most, if it is turned on now."""
    case, now = store.case(case_id), utc_now()
    ends = [now + LONGEST, case.expires_at, period(case, store.sightings(case_id)).end]
    return min(end for end in ends if end is not None)


@needs(Permission.READ)
def why_over(store: Store, case_id: str, watch: LiveWatch, now: datetime) -> str | None:
    """Why a watch must end now, in a few words; None where it may go on."""
    case = store.case(case_id)
    if now >= watch.ends_at:
        return "its time was over"
    if why_not_searchable(case, now) is not None:
        return "the case was closed" if case.closed_at is not None else "the case's authority ended"
    try:
        _check_area(store, case, store.camera(watch.camera_id))
        _check_period(store, case, now)
    except NotGoverned:
        return "the camera is outside the case's area or search period now"
    return None


def _check_area(store: Store, case: Case, camera: Camera) -> None:
    area = area_from_geojson(store.area(case.id).features)
    if not area.shapes:
        raise NotGoverned(
            f"case {case.number}: no search area is drawn; draw one on the Map page: only cameras inside it are watched"
        )
    if camera.spot_of or not area.contains([camera.lat], [camera.lon])[0]:
        raise NotGoverned(f"{camera.name}: stands outside the case's search area, which is drawn on the Map page")


def _check_period(store: Store, case: Case, at: datetime) -> None:
    bounds = period(case, store.sightings(case.id))
    if at < bounds.start or (bounds.end is not None and at > bounds.end):
        raise NotGoverned(
            f"case {case.number}: its search period leaves this time out ({bounds.reason}); a supervisor widens it "
            "under Authority on the Case page"
        )


def _check_end(store: Store, case: Case, ends_at: datetime, now: datetime) -> None:
    _check_period(store, case, now)
    latest = latest_end(store, case.id)
    zone = ZoneInfo(case.timezone)
    if ends_at <= now:
        raise BadTime(f"end: {ends_at.astimezone(zone):%d %B %Y %H:%M} has passed; say until when it is watched")
    if ends_at > latest:
        raise BadTime(
            f"end: at most until {latest.astimezone(zone):%d %B %Y %H:%M}: {LONGEST.days} days, and no longer than the "
            "case's authority and search period"
        )


def _with_gaps(known: Sequence[LiveWatch], gaps: Sequence[LiveGap]) -> list[tuple[LiveWatch, tuple[LiveGap, ...]]]:
    return [(watch, tuple(gap for gap in gaps if gap.job_id == watch.job_id)) for watch in known]
