"""Who looks at a case by way of the API stands in its record, as who does so on the pages does."""

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

import structlog

from api.rest import Caller
from casework import cases
from data.errors import DiskFull, NotReachable
from data.models import Case, utc_now

log = structlog.get_logger("api")
AGAIN_AFTER = timedelta(hours=1)
_KEPT = 10_000


class Looks:
    """The cases as callers see them. A look stands in a case's record once an hour for each account."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._noted: OrderedDict[tuple[str, str], datetime] = OrderedDict()

    def case(self, asks: Caller, case_id: str) -> Case:
        """The case, for whoever sees it; NotFound for everybody else. A full disk hides no case from anybody."""
        case = asks.store.case(case_id)
        if self._is_due((asks.account.id, case_id)):
            try:
                cases.note_look(asks.store, case_id, by=asks.name)
            except (DiskFull, NotReachable) as error:
                log.warning("a look at a case could not be recorded", who=asks.name, case=case_id, why=str(error))
        return case

    def _is_due(self, key: tuple[str, str]) -> bool:
        now = utc_now()
        with self._lock:
            last = self._noted.get(key)
            if last is not None and now - last < AGAIN_AFTER:
                return False
            self._noted[key] = now
            self._noted.move_to_end(key)
            while len(self._noted) > _KEPT:
                self._noted.popitem(last=False)
        return True
