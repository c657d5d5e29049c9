"""The worker: a process of its own that takes jobs from the store and does them as durable DBOS workflows.

A scan is one workflow, each segment of footage one step; what a step found is kept in the store, in one
transaction, under the key (job, segment). After kill -9 the workflow goes on at the first segment that was not
finished. DBOS keeps only ids and times; pictures and similarities are in the store alone.
"""

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetWorkflowID, WorkflowStatusString

from casework.scanning import Spans, Workshop
from data.errors import LastSeenError
from data.models import Job, JobState

# A workflow is resumed only by a worker of the same version: raise it when the steps below change.
APPLICATION_VERSION = "1"
CRASHES_ALLOWED = 5
LOOK_EVERY_S = 0.5
# apart, so that neither a new photo nor what it changes need wait for a long scan
QUEUES = {"photo": "photos", "scan": "scans", "recompare": "comparisons"}
_LOST = {WorkflowStatusString.MAX_RECOVERY_ATTEMPTS_EXCEEDED.value, WorkflowStatusString.ERROR.value}
log = structlog.get_logger("worker")
Work = Callable[[], object]
Workflow = Callable[[str], Any]


class Worker:
    """Hands queued jobs to DBOS, which runs them, until `stop`."""

    def __init__(self, workshop: Workshop, home: Path, *, name: str, scans_at_once: int) -> None:
        self.workshop = workshop
        self._scans_at_once = scans_at_once
        self._stopping = threading.Event()
        config: DBOSConfig = {
            "name": "lastseen",
            "system_database_url": f"sqlite:///{home / 'jobs.sqlite'}",
            "executor_id": name,
            "application_version": APPLICATION_VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "enable_otlp": False,
            "notification_listener_polling_interval_sec": LOOK_EVERY_S,
        }
        DBOS(config=config)
        self._workflows = {
            "photo": self._photo_workflow(),
            "scan": self._scan_workflow(),
            "recompare": self._recompare_workflow(),
        }

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`; a step under way is left to be done again."""
        DBOS.launch()
        for kind, queue in QUEUES.items():
            at_once = self._scans_at_once if kind == "scan" else 1
            DBOS.register_queue(queue, worker_concurrency=at_once, polling_interval_sec=LOOK_EVERY_S)
        log.info("worker ready")
        while not self._stopping.wait(LOOK_EVERY_S):
            for job in self.workshop.store.jobs(open_only=True):
                self._look_after(job)
        DBOS.destroy()

    def _look_after(self, job: Job) -> None:
        """Hand a new job to DBOS under its own id, which makes that harmless to repeat; notice one DBOS gave up."""
        status = DBOS.get_workflow_status(job.id)
        if status is None:
            with SetWorkflowID(job.id):
                DBOS.enqueue_workflow(QUEUES[job.kind], self._workflows[job.kind], job.id)
        elif status.status in _LOST:
            self.workshop.fail(job.id, "the worker crashed on this again and again; the file may be harmful")

    def _guarded(self, job_id: str, work: Work) -> None:
        """Do the work of a job; whatever goes wrong is recorded on it in plain words."""
        try:
            work()
        except LastSeenError as error:
            self.workshop.fail(job_id, str(error))
        except Exception as error:
            log.exception("job failed", job=job_id)
            self.workshop.fail(job_id, f"unexpected error ({type(error).__name__}); the worker's log has the details")

    def _photo_workflow(self) -> Workflow:
        @DBOS.step(name="photo")
        def photo(job_id: str) -> None:
            self._guarded(job_id, lambda: self.workshop.check_photo(job_id))

        @DBOS.workflow(name="photo", max_recovery_attempts=CRASHES_ALLOWED)
        def workflow(job_id: str) -> None:
            photo(job_id)

        return workflow

    def _recompare_workflow(self) -> Workflow:
        @DBOS.step(name="recompare")
        def recompare(job_id: str) -> None:
            self._guarded(job_id, lambda: self.workshop.recompare(job_id))

        @DBOS.workflow(name="recompare", max_recovery_attempts=CRASHES_ALLOWED)
        def workflow(job_id: str) -> None:
            recompare(job_id)

        return workflow

    def _scan_workflow(self) -> Workflow:
        @DBOS.step(name="plan")
        def plan(job_id: str) -> Spans:
            spans: Spans = []
            self._guarded(job_id, lambda: spans.extend(self.workshop.plan(job_id)))
            return spans

        @DBOS.step(name="segment")
        def segment(job_id: str, index: int, spans: Spans) -> bool:
            self._guarded(job_id, lambda: self.workshop.scan_segment(job_id, index, spans))
            return self.workshop.store.job(job_id).state is not JobState.FAILED

        @DBOS.step(name="finish")
        def finish(job_id: str) -> None:
            self._guarded(job_id, lambda: self.workshop.finish(job_id))

        @DBOS.workflow(name="scan", max_recovery_attempts=CRASHES_ALLOWED)
        def workflow(job_id: str) -> None:
            spans = plan(job_id)
            for index in range(len(spans)):
                if not segment(job_id, index, spans):
                    return
            if spans:
                finish(job_id)

        return workflow


def run_worker(workshop: Workshop, home: Path, *, name: str, scans_at_once: int = 1) -> None:
    """Run a worker in this process until SIGINT or SIGTERM; it scans so many footages side by side."""
    worker = Worker(workshop, home, name=name, scans_at_once=scans_at_once)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()
