"""The steps of a worker on a job that is leased to it. None of them raises: what goes wrong is recorded on the job.

Each says whether to go on with the job. Not to, is to leave it: it has failed, has moved on, or waits for better times.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from casework.scanning import Workshop
from casework.segment_results import Spans
from casework.tries import tried
from data import leases
from data.errors import DiskFull, LastSeenError, LeaseLost, NotFound, NotGoverned, NotReachable, ScanFailed
from data.models import JobState, Lease

log = structlog.get_logger("worker")


@dataclass(frozen=True)
class Steps:
    """What is done, segment by segment, for one kind of search."""

    plan: Callable[[Workshop, str], Spans]
    segment: Callable[[Workshop, str, int, Spans], None]
    give_up: Callable[[Workshop, str, int, Spans, str], None]
    finish: Callable[[Workshop, str], None]


SCAN = Steps(Workshop.plan, Workshop.scan_segment, Workshop.give_up, Workshop.finish)


class Working:
    """A workshop, and how its work on leased jobs is guarded.

    `put_off` is told of a job that this worker cannot do now, so that it does not take the same one again at once.
    """

    def __init__(
        self, workshop: Workshop, *, name: str, crashes_allowed: int, is_stopping: Callable[[], bool],
        put_off: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.workshop = workshop
        self.name = name
        self.crashes_allowed = crashes_allowed
        self.is_stopping = is_stopping
        self.put_off = put_off

    def whole(self, lease: Lease, work: Callable[[Workshop, str], object]) -> bool:
        """Work that is one step, such as to check a photo."""
        return self._guarded(lease, lambda shop: self._at_most(shop, lease, lambda: work(shop, lease.job_id)))

    def plan(self, lease: Lease, steps: Steps = SCAN) -> Spans:
        """How the footage is cut into segments; none where the job is not to be gone on with."""
        spans: Spans = []

        def work(shop: Workshop) -> None:
            self._at_most(shop, lease, lambda: spans.extend(steps.plan(shop, lease.job_id)))

        return spans if self._guarded(lease, work) else []

    def segment(self, lease: Lease, index: int, spans: Spans, steps: Steps = SCAN) -> bool:
        """Scan one segment that is not done yet; one that crashes again and again is left out, and the scan goes on."""
        if self.is_stopping():
            return False

        def work(shop: Workshop) -> None:
            if index in leases.done_segments(shop.store, lease.job_id):
                return
            scan = tried(
                shop, lease, lambda: steps.segment(shop, lease.job_id, index, spans), limit=self.crashes_allowed,
                segment=index,
            )  # fmt: skip
            if scan is not None:
                log.warning("segment given up", job=lease.job_id, segment=index, why=scan)
                steps.give_up(shop, lease.job_id, index, spans, scan)

        return self._guarded(lease, work)

    def finish(self, lease: Lease, steps: Steps = SCAN) -> bool:
        return self._guarded(lease, lambda shop: steps.finish(shop, lease.job_id))

    def settle(self, lease: Lease) -> bool:
        """What is left of a job that is done, but whose worker came no further."""
        return self._guarded(lease, lambda shop: shop.settle(lease.job_id))

    def _at_most(self, shop: Workshop, lease: Lease, work: Callable[[], object]) -> None:
        why = tried(shop, lease, work, limit=self.crashes_allowed)
        if why is not None:
            raise ScanFailed(f"given up after {self.crashes_allowed} crashes ({why}); the file may be harmful")
        with shop.writing() as writing:
            leases.well_ended(writing, lease.job_id, leases.WHOLE_JOB)

    def _guarded(self, lease: Lease, work: Callable[[Workshop], object]) -> bool:
        shop = self.workshop.under(lease)
        try:
            work(shop)
        except LeaseLost as error:
            log.info("job left", job=lease.job_id, why=str(error))
        except NotReachable as error:
            self._leave(lease, str(error))
        except (DiskFull, NotGoverned) as error:
            why = str(error)
            self._end(lease, lambda: shop.hold_back(lease.job_id, why))
        except LastSeenError as error:
            self._fail(shop, lease, str(error))
        except Exception as error:
            log.exception("job failed", job=lease.job_id)
            said = f"unexpected error ({type(error).__name__}); the worker's log has the details"
            self._fail(shop, lease, said)
        else:
            return True
        return False

    def _fail(self, shop: Workshop, lease: Lease, why: str) -> None:
        def fail() -> None:
            if self.workshop.store.job(lease.job_id).state is not JobState.DONE:  # what is done cannot fail any more
                shop.fail(lease.job_id, why)

        self._end(lease, fail)

    def _end(self, lease: Lease, how: Callable[[], object]) -> None:
        """Say on the job how it ended; where even that is impossible, it is left, and done again later."""
        try:
            how()
        except (LeaseLost, NotFound) as error:  # another's now, or destroyed with its case
            log.info("job left", job=lease.job_id, why=str(error))
        except (NotReachable, DiskFull) as error:
            self._leave(lease, str(error))

    def _leave(self, lease: Lease, why: str) -> None:
        """Leave a job to another worker, or to better times, and say so on it."""
        log.warning("job put off", job=lease.job_id, why=why)
        self.put_off(lease.job_id)
        with suppress(NotReachable, DiskFull):
            leases.let_go(self.workshop.store, lease, note=f"worker {self.name}: {why}")
