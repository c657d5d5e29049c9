"""Watches one camera for one case: a worker's work under a lease, until the watch is over.

Every two seconds the newest picture is looked at, in a confined process. What it shows is kept as state and gaps; a
face that was seen three times and is like the person sought is kept as a hit, pictures, place and time; nothing else.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

import structlog

from casework import hits, uses
from casework.access import for_machines
from casework.addresses import Networks
from casework.cases import new_id
from casework.comparing import references_of
from casework.hits import Hit, HitFrame
from casework.live import end_watch, why_over
from casework.live_address import LiveAddress, parsed
from casework.live_feed import Feed
from casework.live_health import FROZEN_AFTER_S, Health, Shown
from casework.live_http import HttpStream
from casework.live_rtsp import RtspStream
from casework.live_stream import Stream
from casework.offering import WORKER
from casework.scanning import Workshop
from casework.sealing import unseal
from data import leases, live_rows
from data.errors import BadInput, ChildKilled, DiskFull, LeaseLost, NotGoverned, NotReachable, UnreadableFootage
from data.live_models import LiveGap, LiveState, LiveWatch
from data.models import Job, Lease, utc_now
from data.store import Writing
from recognition.live_look import LiveLook
from recognition.live_packets import Waiting
from recognition.live_passes import Pass, Passes
from recognition.live_usb import UsbStream

CLOCK_UNCERTAINTY_S = 2.0
"""A picture is as old as its way here: coding, sending and waiting take a camera up to about two seconds."""
CONFIRM_EVERY_S = 0.4
"""While somebody may be the one, the next picture is looked at so soon: three pictures must show them."""
AGAIN_AFTER_S = 5.0
_MOST_UNKEPT = 50
log = structlog.get_logger("live")


@dataclass(frozen=True)
class LiveDuties:
    """How a worker watches: how often it looks, how many cameras at once, which private networks it may call.

    It asks every `governed_every_s` whether it still may, and writes down every `tell_every_s` how a camera stands.
    """

    interval_s: float = 2.0
    at_once: int = 4
    allowed: Networks = ()
    governed_every_s: float = 5.0
    tell_every_s: float = 10.0
    frozen_after_s: float = FROZEN_AFTER_S


def opened(address: LiveAddress, allowed: Networks) -> Stream:
    """A connection to the camera, judged anew each time it is made."""
    if address.kind == "usb":
        return UsbStream(address.url)
    if address.kind in ("rtsp", "rtsps"):
        return RtspStream(address, allowed=allowed)
    return HttpStream(address, allowed=allowed)


class _Watcher:
    """Watches until `is_stopping`, or the watch is over. `workshop` works under `lease`."""

    def __init__(
        self,
        workshop: Workshop,
        lease: Lease,
        duties: LiveDuties,
        *,
        is_stopping: Callable[[float], bool],
    ) -> None:
        self._shop, self._store, self._lease, self._duties = workshop, workshop.store, lease, duties
        self._is_stopping = is_stopping
        self._job: Job = workshop.store.job(lease.job_id)
        known = live_rows.watch(workshop.store, lease.job_id)
        if known is None:
            raise NotGoverned("nothing is known of this watch")
        self._watch: LiveWatch = known
        self._engine = workshop.open_engine(self._job.engine)
        self._eyes = workshop.eyes.live(self._engine)
        self._passes: Passes | None = None
        self._photos: tuple[str, ...] = ()
        self._gap: LiveGap | None = None
        self._seen_until = self._watch.started_at
        self._unkept: deque[tuple[Pass, str]] = deque(maxlen=_MOST_UNKEPT)
        self._governed_s = self._told_s = self._again_s = float("-inf")
        self._zero = utc_now() - timedelta(seconds=monotonic())
        self._health = Health(monotonic(), interval_s=duties.interval_s, frozen_after_s=duties.frozen_after_s)

    def run(self) -> None:
        """Watch; LeaseLost when the watch was turned off or another worker has it."""
        address = parsed(unseal(self._store, live_rows.sealed_address(self._store, self._watch.job_id)))
        self._take_over()
        feed = Feed(partial(opened, address, self._duties.allowed))
        try:
            wait_s = 0.0
            while not self._is_stopping(wait_s):
                began_s = monotonic()
                if self._is_over():
                    return
                self._look(feed)
                is_near = self._passes is not None and self._passes.is_confirming
                every_s = min(CONFIRM_EVERY_S, self._duties.interval_s) if is_near else self._duties.interval_s
                wait_s = max(0.0, every_s - (monotonic() - began_s))
            self._again_s = float("-inf")  # the last chance of what could not be kept yet
            self._keep_all()
        finally:
            feed.close()
            self._eyes.close()

    # the watch

    def _writing(self, write: Callable[[Writing], object]) -> None:
        with self._store.writing() as writing:
            leases.hold(writing, self._lease)
            write(writing)

    def _take_over(self) -> None:
        """Begin, or go on where another worker was lost: the time between is a gap."""
        if self._watch.state_since is None:
            photos = hits.usable_photos(self._store, self._job.case_id)
            self._photos = tuple(photo.id for photo in photos)
            self._writing(lambda writing: uses.began(writing, self._job, photos))
            return
        open_ones = [gap for gap in live_rows.gaps(self._store, [self._watch.job_id]) if gap.to_at is None]
        since = self._watch.last_picture_at or self._watch.state_since
        lost = LiveGap(new_id(), self._watch.job_id, self._watch.case_id, LiveState.WAITING, since)
        self._gap = open_ones[0] if open_ones else replace(lost, why="no worker watched")
        self._writing(lambda writing: live_rows.put_gap(writing, self._gap))  # type: ignore[arg-type]

    def _is_over(self) -> bool:
        """Whether the watch must end; asked every few seconds, and then it is ended."""
        if monotonic() - self._governed_s < self._duties.governed_every_s:
            return False
        self._governed_s = monotonic()
        now = utc_now()
        why = why_over(self._store, self._job.case_id, self._watch, now)
        if why is None:
            self._compare_with_photos()
            return False
        self._writing(lambda writing: self._tell(writing, now))
        end_watch(self._store, self._watch.job_id, how=why, by=WORKER)
        return True

    def _compare_with_photos(self) -> None:
        """Compare with the photos that stand in the case now."""
        photos = hits.usable_photos(self._store, self._job.case_id)
        ids = tuple(photo.id for photo in photos)
        if self._passes is not None and ids == self._photos:
            return
        found = references_of(
            self._store, self._engine, self._shop.eyes, ids, max_pixels=self._shop.limits.max_pixels
        ).vectors
        if self._photos and ids != self._photos:
            self._writing(lambda writing: uses.began(writing, self._job, photos))
        self._photos = ids
        if self._passes is None:
            self._passes = Passes(self._engine, found)
        else:
            self._passes.compare_with(found)

    # looking

    def _look(self, feed: Feed) -> None:
        waiting = feed.newest.take()
        looked = self._looked(feed.line.codec, waiting) if waiting is not None else None
        before = self._health.shown
        shown = self._health.judge(monotonic(), feed.line, looked, has_packets=waiting is not None)
        seen = 0 if looked is None else len(looked.faces)
        self._watch = replace(
            self._watch,
            state=shown.state,
            state_since=self._time_of(shown.since_s),
            why=shown.why,
            rate=round(feed.newest.rate, 1),
            looks=self._watch.looks + (looked is not None),
            faces=self._watch.faces + seen,
            last_picture_at=waiting.newest_at if waiting and looked else self._watch.last_picture_at,
            width_px=looked.size_px[0] if looked else self._watch.width_px,
            height_px=looked.size_px[1] if looked else self._watch.height_px,
        )
        is_news = shown.state is not before.state or self._watch.looks == 1
        if is_news or monotonic() - self._told_s >= self._duties.tell_every_s:
            self._told_s = monotonic()
            self._writing(lambda writing: self._tell(writing, utc_now(), shown))
        if looked is not None and waiting is not None and self._passes is not None:
            for one in self._passes.see(waiting.newest_at, looked):
                self._unkept.append((one, f"live {one.shots[0].at:%Y-%m-%d %H.%M.%S} UTC.mkv"))
        self._keep_all()

    def _looked(self, codec: str, waiting: Waiting) -> LiveLook | None:
        try:
            return self._eyes.look(
                codec,
                waiting.packets,
                min_face_px=self._shop.limits.min_face_px,
                max_pixels=self._shop.limits.max_pixels,
                is_new_start=waiting.is_new_start,
            )
        except ChildKilled as error:
            log.warning("a picture could not be looked at", job=self._watch.job_id, why=str(error))
            self._eyes.close()
            self._eyes = self._shop.eyes.live(self._engine)
            return None

    def _time_of(self, monotonic_s: float) -> datetime:
        return self._zero + timedelta(seconds=monotonic_s)

    def _tell(self, writing: Writing, now: datetime, shown: Shown | None = None) -> None:
        """Write down how the camera stands, and the gap that began, goes on or has ended."""
        watch = self._watch
        told = ("state", "state_since", "why", "rate", "looks", "faces", "last_picture_at", "width_px", "height_px")
        live_rows.change_watch(writing, watch.job_id, **{name: getattr(watch, name) for name in told})
        if self._passes is not None:  # how many strangers may reach a similarity hangs on how many passed
            writing.change(Job, watch.job_id, tracks=self._job.tracks + self._passes.begun)
        if shown is None:
            return
        if shown.state is LiveState.WATCHING:
            if self._gap is not None:
                self._seen_until = watch.last_picture_at or now
                live_rows.put_gap(writing, replace(self._gap, to_at=self._seen_until))
                self._gap = None
            return
        since = self._time_of(
            shown.since_s
            if self._health.last_good_s is None
            else min(shown.since_s, self._health.last_good_s + self._duties.interval_s)
        )
        known = self._gap or LiveGap(new_id(), watch.job_id, watch.case_id, shown.state, max(since, self._seen_until))
        if known.state is not LiveState.WAITING or shown.state is not LiveState.CONNECTING:  # nobody watched until now
            known = replace(known, state=shown.state, why=shown.why)
        self._gap = known
        live_rows.put_gap(writing, self._gap)

    # hits

    def _keep_all(self) -> None:
        """Keep what was found; what cannot be kept just now is tried again, and never forgotten."""
        if self._unkept and monotonic() >= self._again_s:
            try:
                while self._unkept:
                    self._keep(*self._unkept[0])
                    self._unkept.popleft()
            except (NotReachable, DiskFull, ChildKilled) as error:
                self._again_s = monotonic() + AGAIN_AFTER_S
                log.warning("a hit could not be kept yet", job=self._watch.job_id, why=str(error))
            except UnreadableFootage as error:
                self._unkept.popleft()
                log.error("a hit could not be kept", job=self._watch.job_id, why=str(error))

    def _keep(self, one: Pass, name: str) -> None:
        frames = tuple(
            HitFrame(shot.at, shot.picture_jpeg, shot.size_px, shot.face.box_px, shot.face.quality, shot.face.vector)
            for shot in one.shots
        )
        hits.keep_hit(
            self._store, self._job, Hit(frames, one.similarity, CLOCK_UNCERTAINTY_S), place=self._place,
            engine=self._engine, eyes=self._shop.eyes, max_pixels=self._shop.limits.max_pixels, name=name,
            how="live camera", by=WORKER,
        )  # fmt: skip

    def _place(self, writing: Writing) -> str:
        leases.hold(writing, self._lease)
        return self._watch.camera_id


@for_machines
def watch_live(workshop: Workshop, lease: Lease, duties: LiveDuties, *, is_stopping: Callable[[float], bool]) -> None:
    """Watch the camera of a leased job until it is over or `is_stopping`, which waits so many seconds at most."""
    try:
        _Watcher(workshop, lease, duties, is_stopping=is_stopping).run()
    except LeaseLost as error:
        log.info("watch left", job=lease.job_id, why=str(error))
    except (NotGoverned, BadInput) as error:
        log.warning("watch ended", job=lease.job_id, why=str(error))
        end_watch(workshop.store, lease.job_id, how=str(error), by=WORKER)
