"""Going to a place by its name: names come with the case's streets, and from a file that a setting names."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from pathlib import Path

from casework.access import Machine
from data.errors import BadInput
from data.store import Store
from geo.gazetteer import Found, Gazetteer
from geo.gazetteer_files import TABLE_SUFFIXES, read_places

KEPT = 8


def add_names(saved: Path, source: Path) -> None:
    """Add the names in a file of streets to the network that was saved of it; where it has none, nothing."""
    places = [] if source.name.lower().endswith(TABLE_SUFFIXES) else read_places(source)
    if places:
        Gazetteer(places).append_to(saved)


class Places:
    """
    One for a process; safe for threads. `file` is what the setting gazetteer_file names.

    It reads as this machine and finds whatever it is asked for: callers check first who asks.
    """

    def __init__(self, store: Store, file: Path | None = None) -> None:
        self._store = store.guarded(Machine("web door"))
        self._file = file
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, int], Gazetteer] = OrderedDict()

    def find(self, case_id: str, text: str, *, near: tuple[float, float] | None = None, limit: int = 10) -> list[Found]:
        """Places of the case's streets and of the file, best first; the same name at the same spot once."""
        found = [hit for names in self._of(case_id) for hit in names.search(text, near=near, limit=limit)]
        best: dict[tuple[str, int, int], Found] = {}
        for hit in sorted(found, key=lambda hit: hit.cost):
            place = hit.place
            best.setdefault((place.name.casefold(), round(place.lat * 500), round(place.lon * 500)), hit)
        return list(best.values())[:limit]

    def _of(self, case_id: str) -> Iterable[Gazetteer]:
        kept = self._store.streets(case_id)
        if kept is not None:
            yield self._loaded(self._store.files.path(kept[0]), kept[0], 0)
        if self._file is not None:
            yield self._loaded(self._file, str(self._file), self._changed_ns())

    def _loaded(self, path: Path, name: str, changed_ns: int) -> Gazetteer:
        with self._lock:
            if (name, changed_ns) not in self._kept:
                of_streets = changed_ns == 0
                self._kept[name, changed_ns] = Gazetteer.load(path) if of_streets else Gazetteer(read_places(path))
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end((name, changed_ns))
            return self._kept[name, changed_ns]

    def _changed_ns(self) -> int:
        assert self._file is not None  # noqa: S101
        try:
            return self._file.stat().st_mtime_ns
        except OSError as error:
            raise BadInput(f"{self._file.name}: the file of places cannot be read ({error.strerror})") from error
