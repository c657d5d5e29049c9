"""The worker: a process of its own that takes jobs from the store and does them as durable DBOS workflows.

Who may work on a job, the store's leases say (`data.leases`), whatever DBOS knows: a worker claims a job, and every
write of it shows the lease. How far the job is, DBOS remembers, step by step: a scan is one workflow, each segment of
footage one step. After kill -9 a worker of the same name goes on at the first segment that was not finished; another
worker that takes the job over begins a workflow of its own and finds the finished segments in the store
(docs/decisions/0013). DBOS keeps only ids and words; pictures and similarities are in the store alone.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID

from casework import close_looks, gallery_scan
from casework.access import for_machines
from casework.gallery_parts import GALLERY
from casework.inbox import Taken
from casework.live_duty import LiveDuty
from casework.live_watch import LiveDuties
from casework.scanning import Workshop
from casework.segment_results import Spans
from casework.worker_names import database_of, take_name
from casework.working import SCAN, Steps, Working
from data import leases
from data.errors import LastSeenError, LeaseLost, NotFound, NotReachable
from data.models import Beat, JobState, Lease, utc_now

# A workflow is resumed only by a worker of the same version: raise it when the steps below change.
APPLICATION_VERSION = "2"
LOOK_EVERY_S = 0.5
STOP_S = 7.0
"""How long a stopping worker waits for the segments under way; then it drops them."""
INBOX_EVERY_S = 5.0
AGAIN_AFTER_S = 30.0
"""When a worker that could not reach a job's footage, or had no disk space for it, looks at that job again."""
ALL_QUEUES = ("cpu", "gpu")
_OPEN = ["PENDING", "ENQUEUED"]
GALLERY_STEPS = Steps(gallery_scan.plan, gallery_scan.scan_segment, gallery_scan.give_up, gallery_scan.finish)
log = structlog.get_logger("worker")
Workflow = Callable[[str], Any]


@dataclass(frozen=True)
class Duties:
    """What a worker does: of which queues, how many scans side by side, how many crashes a segment may cost."""

    queues: tuple[str, ...] = ALL_QUEUES
    scans_at_once: int = 1
    crashes_allowed: int = 2
    look_into_inbox: Callable[[], Sequence[Taken]] | None = None
    """Takes in what lies in the inbox folder, where there is one."""
    send_alerts: Callable[[threading.Event], None] | None = None
    """Sends the alerts that are queued until the event is set."""
    live: LiveDuties | None = None
    """How it watches cameras live; None where it does not."""


class Worker:
    """Claims jobs and has DBOS run them, until `stop`."""

    def __init__(self, workshop: Workshop, home: Path, *, name: str, duties: Duties, database_url: str = "") -> None:
        self.workshop = workshop
        self.store = workshop.store
        self.duties = duties
        # apart, so that neither a new photo nor what it changes need wait for a long scan
        self._at_once = {"photo": 1, "look": 1, "recompare": 1, "gallery": 1, "scan": duties.scans_at_once}
        self._stopping = threading.Event()
        self._name_is_taken = False
        # of the leases: who claims or compares with the store holds it
        self._lock = threading.Lock()
        self._leases: dict[str, Lease] = {}
        self._at_work: dict[Lease, str] = {}
        self._coming_back: dict[str, str] = {}
        self._not_before: dict[str, float] = {}
        now = utc_now()
        host = socket.gethostname()
        self.me = Beat(name, uuid4().hex, host, os.getpid(), now, now, duties.queues, APPLICATION_VERSION, True)
        live = duties.live or LiveDuties(at_once=0)
        self._live = LiveDuty(workshop, self.me.run, duties.queues, live, self._stopping)
        self._queue = f"worker {name}"
        self._working = Working(
            workshop, name=name, crashes_allowed=duties.crashes_allowed, is_stopping=self._stopping.is_set,
            put_off=self._put_off,
        )  # fmt: skip
        config: DBOSConfig = {
            "name": "lastseen",
            "system_database_url": database_url or f"sqlite:///{database_of(home, name)}",
            "executor_id": name,
            "application_version": APPLICATION_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": LOOK_EVERY_S,
        }
        DBOS(config=config)
        self._workflows = {
            "photo": self._whole_job_workflow("photo", Workshop.check_photo),
            "look": self._whole_job_workflow("look", close_looks.look_closely),
            "recompare": self._whole_job_workflow("recompare", Workshop.recompare),
            "scan": self._scan_workflow("scan", SCAN, ""),
            GALLERY: self._scan_workflow(GALLERY, GALLERY_STEPS, f"{GALLERY} "),
        }

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> int:
        """Work until `stop`; the exit code. What could not be finished in time is handed back at once."""
        leases.beat(self.store, self.me, is_first=True)
        beats = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)
        beats.start()
        if self.duties.look_into_inbox is not None:
            threading.Thread(target=self._watch_inbox, name="inbox", daemon=True).start()
        if self.duties.send_alerts is not None:
            threading.Thread(target=self.duties.send_alerts, args=(self._stopping,), name="alerts", daemon=True).start()
        DBOS.listen_queues([self._queue])
        DBOS.launch()
        mine = DBOS.list_workflows(
            executor_id=self.me.name, status=_OPEN, app_version=APPLICATION_VERSION, load_input=False
        )
        with self._lock:
            self._coming_back |= {one.workflow_id: one.name for one in mine}
        DBOS.register_queue(self._queue, polling_interval_sec=LOOK_EVERY_S / 2, on_conflict="always_update")
        log.info("worker ready", worker=self.me.name)
        self._claim_until_stopped()
        return self._end(beats)

    def _claim_until_stopped(self) -> None:
        claims_from, seen_at = 0.0, time.time()
        while not self._stopping.wait(LOOK_EVERY_S):
            if time.time() - seen_at > leases.DEAD_AFTER_S / 2:
                # this machine slept: before it takes others for dead, they must have had time to wake and beat
                claims_from = time.time() + 2 * leases.BEAT_S
            seen_at = time.time()
            if seen_at < claims_from:
                continue
            with _database_away_is_waited_for():
                for kind in self._at_once:
                    while self._claim_next(kind):
                        pass
                self._live.claim()

    def _end(self, beats: threading.Thread) -> int:
        deadline = time.monotonic() + STOP_S
        while self._at_work and time.monotonic() < deadline:
            time.sleep(0.05)
        is_busy = bool(self._at_work)
        self._live.end()
        beats.join(leases.BEAT_S)
        with suppress(NotReachable):
            leases.leave(self.store, self.me.run)
        code = 1 if self._name_is_taken else 0
        if is_busy:
            log.info("worker dropped what it was doing; another worker does it again", worker=self.me.name)
            os._exit(code)  # threads that still work would hold the process
        DBOS.destroy()
        return code

    # claiming

    def _claim_next(self, kind: str) -> bool:
        """Claim a job of this kind and hand it to DBOS, where there is one and a place is free for it."""
        now = time.monotonic()
        self._not_before = {id: until for id, until in self._not_before.items() if until > now}
        with self._lock:
            if [*self._at_work.values(), *self._coming_back.values()].count(kind) >= self._at_once[kind]:
                return False
            but = self._not_before.keys() | {_job_of(id) for id in self._coming_back}
            lease = leases.claim(self.store, self.me.run, kind=kind, queues=self.duties.queues, but=but)
            if lease is None:
                return False
            workflow_id = f"{lease.job_id}.{lease.epoch}"
            self._at_work[lease] = kind
            self._leases[workflow_id] = lease
        is_handed_over = False
        try:
            with SetWorkflowID(workflow_id):
                DBOS.enqueue_workflow(self._queue, self._workflows[kind], lease.job_id)
            is_handed_over = True
        finally:
            if not is_handed_over:
                self._over(workflow_id, lease)
        return True

    def _lease_of(self, workflow_id: str, kind: str) -> Lease | None:
        """The lease under which a workflow works: handed to it, or, where DBOS brought it back, claimed now."""
        with self._lock:
            is_back = self._coming_back.pop(workflow_id, None) is not None
            if is_back and not self._stopping.is_set():
                lease = leases.claim_job(self.store, self.me.run, _job_of(workflow_id))
                if lease is not None:
                    self._leases[workflow_id] = lease
                    self._at_work[lease] = kind
            return self._leases.get(workflow_id)

    def _over(self, workflow_id: str, lease: Lease) -> None:
        with self._lock:
            self._at_work.pop(lease, None)
            self._leases.pop(workflow_id, None)
        with suppress(NotReachable):  # else it is freed with the next beat
            leases.let_go(self.store, lease)

    def _put_off(self, job_id: str) -> None:
        self._not_before[job_id] = time.monotonic() + AGAIN_AFTER_S

    # heartbeat

    def _beat_on(self) -> None:
        while not self._stopping.wait(leases.BEAT_S):
            with _database_away_is_waited_for():
                try:
                    leases.beat(self.store, replace(self.me, can_reach_files=self._can_reach_files()))
                except LeaseLost as error:
                    log.error(str(error))
                    self._name_is_taken = True
                    self.stop()
                self._compare_with_store()

    def _can_reach_files(self) -> bool:
        files = self.store.files
        return not self._not_before and (not files.is_shared or files.folder.is_dir())

    def _compare_with_store(self) -> None:
        """Free what the store holds for this worker and it does not work on; notice what was taken from it."""
        with self._lock:
            held, at_work = leases.held(self.store, self.me.run), set(self._at_work) | self._live.held
        for lease in held - at_work:
            leases.let_go(self.store, lease)

    def _watch_inbox(self) -> None:
        """Beside the jobs, for a large file takes long to copy; one that is broken off is taken in the next time."""
        look, said = self.duties.look_into_inbox, ""
        while look is not None and not self._stopping.wait(INBOX_EVERY_S):
            try:
                taken = look()
            except (LastSeenError, OSError) as error:
                if str(error) != said:  # once, not every few seconds
                    log.warning("inbox", why=str(error))
                said = str(error)
                continue
            said = ""
            for one in taken:
                if one.upload is not None:
                    log.info("taken in from the inbox", upload=one.upload.id)

    # workflows: their steps are given the lease by the id of the workflow, which DBOS knows

    def _whole_job_workflow(self, kind: str, work: Callable[[Workshop, str], object]) -> Workflow:
        @DBOS.step(name=kind)
        def step() -> bool:
            return self._working.whole(self._mine(), work)

        @DBOS.workflow(name=kind, max_recovery_attempts=None)
        def workflow(_job_id: str) -> None:
            with self._leased(kind) as is_to_do:
                if is_to_do:
                    step()

        return workflow

    def _scan_workflow(self, kind: str, steps: Steps, prefix: str) -> Workflow:
        @DBOS.step(name=f"{prefix}plan")
        def plan() -> Spans:
            return self._working.plan(self._mine(), steps)

        @DBOS.step(name=f"{prefix}segment")
        def segment(index: int, spans: Spans) -> bool:
            return self._working.segment(self._mine(), index, spans, steps)

        @DBOS.step(name=f"{prefix}finish")
        def finish() -> bool:
            return self._working.finish(self._mine(), steps)

        @DBOS.workflow(name=kind, max_recovery_attempts=None)
        def workflow(_job_id: str) -> None:
            with self._leased(kind) as is_to_do:
                spans = plan() if is_to_do else []
                if spans and all(segment(index, spans) for index in range(len(spans))):
                    finish()

        return workflow

    def _is_done(self, job_id: str) -> bool:
        try:
            return self.store.job(job_id).state is JobState.DONE
        except NotFound:  # destroyed with its case; the first step finds that it has lost the lease
            return False

    def _mine(self) -> Lease:
        return self._leases[str(DBOS.workflow_id)]

    @contextmanager
    def _leased(self, kind: str) -> Iterator[bool]:
        """A job while this worker has it; whether there is work to do on it here."""
        workflow_id = str(DBOS.workflow_id)
        lease = self._lease_of(workflow_id, kind)
        if lease is None:
            yield False
            return
        try:
            if self._is_done(lease.job_id):
                self._working.settle(lease)
                yield False
            else:
                yield True
        finally:
            self._over(workflow_id, lease)


def _job_of(workflow_id: str) -> str:
    return workflow_id.rpartition(".")[0]


@contextmanager
def _database_away_is_waited_for() -> Iterator[None]:
    try:
        yield
    except NotReachable as error:
        log.warning("database away", why=str(error))
        time.sleep(leases.BEAT_S)


@for_machines
def run_worker(
    workshop: Workshop, home: Path, *, name: str | None = None, duties: Duties, database_url: str = ""
) -> int:
    """Run a worker in this process until SIGINT or SIGTERM; the exit code to leave with."""
    taken, held = take_name(home, name)
    with held:
        worker = Worker(workshop, home, name=taken, duties=duties, database_url=database_url)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: worker.stop())
        return worker.run()
