"""A worker's duty of watching cameras live: each under a lease of its own, in a thread of its own."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

import structlog

from casework.hits import LIVE
from casework.live_watch import LiveDuties, watch_live
from casework.scanning import Workshop
from data import leases
from data.errors import LastSeenError, LeaseLost, NotReachable
from data.models import Lease

AGAIN_AFTER_S = 20.0
STOP_S = 5.0
log = structlog.get_logger("live")


class LiveDuty:
    """Watches cameras that no living worker has, until `stop` is set."""

    def __init__(
        self, workshop: Workshop, run: str, queues: Sequence[str], duties: LiveDuties, stop: threading.Event
    ) -> None:
        self._workshop, self._run, self._queues, self._duties = workshop, run, queues, duties
        self._stop = stop
        self._lock = threading.Lock()
        self._watching: dict[Lease, threading.Thread] = {}

    @property
    def held(self) -> set[Lease]:
        """The leases under which cameras are being watched here."""
        with self._lock:
            return set(self._watching)

    def claim(self) -> None:
        """Take up the watches that wait, as many as this worker may have."""
        while not self._stop.is_set() and self._claim_next():
            pass

    def end(self) -> None:
        """Wait for the watchers, which end once `stop` is set."""
        until = monotonic() + STOP_S
        for thread in list(self._watching.values()):
            thread.join(timeout=max(0.0, until - monotonic()))

    def _claim_next(self) -> bool:
        with self._lock:
            if len(self._watching) >= self._duties.at_once:
                return False
            lease = leases.claim(self._workshop.store, self._run, kind=LIVE, queues=self._queues)
            if lease is None:
                return False
            thread = threading.Thread(target=self._watch, args=(lease,), name=f"live {lease.job_id[:8]}", daemon=True)
            self._watching[lease] = thread
        thread.start()
        return True

    def _watch(self, lease: Lease) -> None:
        """Watch; what goes wrong unexpectedly is logged, and the watch taken up again a little later."""
        is_well, why = False, ""
        try:
            watch_live(self._workshop, lease, self._duties, is_stopping=self._stop.wait)
            is_well = True
        except LeaseLost as error:
            log.info("watch left", job=lease.job_id, why=str(error))
        except LastSeenError as error:
            why = str(error)
            log.warning("watch broken off", job=lease.job_id, why=why)
        except Exception as error:
            why = f"unexpected error ({type(error).__name__}); the worker's log has the details"
            log.exception("watch broken off", job=lease.job_id)
        finally:
            if not is_well:
                self._stop.wait(AGAIN_AFTER_S)
            with suppress(NotReachable):
                leases.let_go(self._workshop.store, lease, note=why)
            with self._lock:
                self._watching.pop(lease, None)
