"""Histories of the cases at which somebody moves a time slider, read once until something of the case changes."""

import threading
from collections import OrderedDict
from datetime import datetime

from casework.history import History, Known, history
from data.models import Case
from data.store import Store
from data.writing import of_case

KEPT = 16


class Histories:
    """One for a process; safe for threads. Kept by person too, for what one may know of candidates another may not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str], tuple[tuple[int, ...], History]] = OrderedDict()

    def at(self, store: Store, account_id: str, case: Case, hour: datetime) -> Known:
        """What was known then, as the person may know of it whose store this is."""
        counts = store.changes(of_case(case.id))
        with self._lock:
            kept = self._kept.get((account_id, case.id))
        if kept is None or kept[0] != counts:
            kept = counts, history(store, case)
        with self._lock:
            self._kept[account_id, case.id] = kept
            self._kept.move_to_end((account_id, case.id))
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return kept[1].at(hour)
