"""Which of many cameras somebody looks for: by words, owner, what is not known of them, and where they stand."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.models import Camera
from geo.area import SearchArea

Places = NDArray[np.intp]
Mask = NDArray[np.bool_]


class Lack(StrEnum):
    """What nobody has said of a camera."""

    HEADING = "heading"
    RANGE = "range"
    RETENTION = "retention"
    OWNER = "owner"
    CONTACT = "contact"
    VERIFIED = "verified"


class Order(StrEnum):
    """How a list of cameras is sorted; where nothing is known comes last, but for VERIFIED, where it comes first."""

    NAME = "name"
    OWNER = "owner"
    VERIFIED = "verified"
    RETENTION = "retention"


_LACKS: dict[Lack, Callable[[Camera], bool]] = {
    Lack.HEADING: lambda camera: not camera.headings_deg,
    Lack.RANGE: lambda camera: camera.range_m is None,
    Lack.RETENTION: lambda camera: camera.retention_days is None,
    Lack.OWNER: lambda camera: not camera.owner,
    Lack.CONTACT: lambda camera: not camera.contact,
    Lack.VERIFIED: lambda camera: camera.last_verified is None,
}
_KEYS: dict[Order, Callable[[Camera], tuple[object, ...]]] = {
    Order.NAME: lambda camera: ((camera.name or camera.id).casefold(),),
    Order.OWNER: lambda camera: (not camera.owner, camera.owner.casefold(), (camera.name or camera.id).casefold()),
    Order.VERIFIED: lambda camera: (camera.last_verified or date.min,),
    Order.RETENTION: lambda camera: (camera.retention_days is None, camera.retention_days or 0.0),
}


@dataclass(frozen=True)
class CameraFilter:
    """What is looked for: cameras that have all `words`, this owner ("" for any), lack all of `lacks`, were last
    verified before `verified_before` or never, and stand inside the area."""

    words: str = ""
    owner: str = ""
    lacks: frozenset[Lack] = frozenset()
    verified_before: date | None = None
    inside: SearchArea | None = None


def _text(camera: Camera) -> str:
    texts = (camera.name, camera.id, camera.owner, camera.contact, camera.kind, camera.source)
    return " ".join(texts).casefold()


_COLUMNS: dict[str, tuple[Callable[[Camera], object], type]] = {
    "text": (_text, object),
    "owner_name": (lambda camera: camera.owner, object),
    "verified_on": (lambda camera: camera.last_verified.toordinal() if camera.last_verified else 0, np.int64),
    "lat": (lambda camera: camera.lat, np.float64),
    "lon": (lambda camera: camera.lon, np.float64),
    **{lack: (is_so, np.bool_) for lack, is_so in _LACKS.items()},
}


class CameraIndex:
    """What is looked up in a list of cameras, worked out once for as long as nothing of them changes."""

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self._cameras = cameras
        self._columns: dict[str, NDArray[Any]] = {}
        self._orders: dict[Order, Places] = {}

    def patched(self, cameras: Sequence[Camera], places: Sequence[int]) -> "CameraIndex":
        """The index of `cameras`, which are the same but at these places: what is worked out already is kept."""
        new = CameraIndex(cameras)
        for name, column in self._columns.items():
            new._columns[name] = column.copy()
            for place in places:
                new._columns[name][place] = _COLUMNS[name][0](cameras[place])
        for order, key in _KEYS.items():
            if order in self._orders and all(key(self._cameras[place]) == key(cameras[place]) for place in places):
                new._orders[order] = self._orders[order]
        return new

    def found(self, wanted: CameraFilter, order: Order = Order.NAME) -> Places:
        """Positions of the cameras that the filter lets through, in order."""
        sorted_places = self._sorted(order)
        return sorted_places[self.matching(wanted)[sorted_places]]

    def matching(self, wanted: CameraFilter) -> Mask:
        """For each camera whether the filter lets it through."""
        mask = np.ones(len(self._cameras), bool)
        for lack in wanted.lacks:
            mask &= self._column(lack)
        if wanted.verified_before is not None:
            mask &= self._column("verified_on") < wanted.verified_before.toordinal()
        if wanted.owner:
            mask &= self._column("owner_name") == wanted.owner
        if wanted.inside is not None:
            mask &= wanted.inside.contains(self._column("lat"), self._column("lon"))
        for word in wanted.words.casefold().split():
            mask &= np.fromiter((word in text for text in self._column("text")), bool, len(self._cameras))
        return mask

    def lacking(self, among: Mask) -> dict[Lack, int]:
        """How many of these cameras lack each thing."""
        return {lack: int((self._column(lack) & among).sum()) for lack in Lack}

    @cached_property
    def owners(self) -> list[tuple[str, int]]:
        """Owners and how many cameras each has, those with the most first."""
        counted = Counter(camera.owner for camera in self._cameras if camera.owner)
        return sorted(counted.items(), key=lambda known: (-known[1], known[0].casefold()))

    def _column(self, name: str) -> NDArray[Any]:
        if name not in self._columns:
            value, kind = _COLUMNS[name]
            self._columns[name] = np.fromiter(map(value, self._cameras), kind, len(self._cameras))
        return self._columns[name]

    def _sorted(self, order: Order) -> Places:
        if order not in self._orders:
            keys = [_KEYS[order](camera) for camera in self._cameras]
            self._orders[order] = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp)
        return self._orders[order]
