"""The map under the map: tiles drawn from the streets of a case, kept in memory while they are looked at."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from casework.search import Streets
from data.errors import NotFound
from data.store import Store
from geo.street_tiles import StreetTiles, Theme

NETWORKS_KEPT = 4
BYTES_KEPT = 32 << 20
_Key = tuple[str, int, int, int, Theme, int]


@dataclass(frozen=True)
class TileAt:
    """Which tile, and how it is to look: `scale` 2 for twice as many pixels of the same place."""

    z: int
    x: int
    y: int
    theme: Theme = Theme.LIGHT
    scale: int = 1


class StreetMaps:
    """One for a process; safe for threads. `stamp` looks with the store of whoever asks, and is asked first."""

    def __init__(self, streets: Streets) -> None:
        self._streets = streets
        self._lock = threading.Lock()
        self._drawers: OrderedDict[str, StreetTiles] = OrderedDict()
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._bytes = 0

    def stamp(self, store: Store, case_id: str) -> str:
        """Changes with the case's streets; NotFound where it has none, or there is no such case for who looks."""
        store.case(case_id)
        kept = store.streets(case_id)
        if kept is None:
            raise NotFound(f"case {case_id}: has no streets")
        return kept[0]

    def png(self, store: Store, case_id: str, stamp: str, at: TileAt) -> bytes:
        """The tile as a picture, for whoever was given the case's `stamp`; BadPlace where a map has no such tile."""
        key = (stamp, at.z, at.x, at.y, at.theme, at.scale)
        with self._lock:
            if (known := self._kept.get(key)) is not None:
                self._kept.move_to_end(key)
                return known
        png = self._drawer(store, stamp, case_id).png(at.z, at.x, at.y, theme=at.theme, scale=at.scale)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = png
                self._bytes += len(png)
            while self._bytes > BYTES_KEPT:
                self._bytes -= len(self._kept.popitem(last=False)[1])
        return png

    def _drawer(self, store: Store, stamp: str, case_id: str) -> StreetTiles:
        with self._lock:
            drawer = self._drawers.get(stamp)
            if drawer is None:
                network = self._streets.of(store, case_id)
                if network is None:
                    raise NotFound(f"case {case_id}: has no streets")
                drawer = self._drawers[stamp] = StreetTiles(network)
                while len(self._drawers) > NETWORKS_KEPT:
                    self._drawers.popitem(last=False)
            self._drawers.move_to_end(stamp)
            return drawer
