"""Which of many cameras somebody looks for: by words, owner, what is not known of them, and where they stand."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

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


class CameraIndex:
    """What is looked up in a list of cameras, worked out once for as long as nothing of them changes."""

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self._cameras = cameras
        self._orders: dict[Order, Places] = {}

    def found(self, wanted: CameraFilter, order: Order = Order.NAME) -> Places:
        """Positions of the cameras that the filter lets through, in order."""
        sorted_places = self._sorted(order)
        return sorted_places[self.matching(wanted)[sorted_places]]

    def matching(self, wanted: CameraFilter) -> Mask:
        """For each camera whether the filter lets it through."""
        mask = np.ones(len(self._cameras), bool)
        for lack in wanted.lacks:
            mask &= self._lacking[lack]
        if wanted.verified_before is not None:
            mask &= self._verified < wanted.verified_before.toordinal()
        if wanted.owner:
            mask &= self._owners == wanted.owner
        if wanted.inside is not None:
            mask &= wanted.inside.contains(*self._places)
        for word in wanted.words.casefold().split():
            mask &= np.fromiter((word in text for text in self._texts), bool, len(self._cameras))
        return mask

    def lacking(self, among: Mask) -> dict[Lack, int]:
        """How many of these cameras lack each thing."""
        return {lack: int((mask & among).sum()) for lack, mask in self._lacking.items()}

    @cached_property
    def owners(self) -> list[tuple[str, int]]:
        """Owners and how many cameras each has, those with the most first."""
        counted = Counter(camera.owner for camera in self._cameras if camera.owner)
        return sorted(counted.items(), key=lambda known: (-known[1], known[0].casefold()))

    @cached_property
    def _texts(self) -> list[str]:
        return [f"{c.name} {c.id} {c.owner} {c.contact} {c.kind} {c.source}".casefold() for c in self._cameras]

    @cached_property
    def _lacking(self) -> dict[Lack, Mask]:
        count = len(self._cameras)
        return {lack: np.fromiter(map(is_so, self._cameras), bool, count) for lack, is_so in _LACKS.items()}

    @cached_property
    def _verified(self) -> NDArray[np.int64]:
        days = (camera.last_verified.toordinal() if camera.last_verified else 0 for camera in self._cameras)
        return np.fromiter(days, np.int64, len(self._cameras))

    @cached_property
    def _owners(self) -> NDArray[np.object_]:
        return np.array([camera.owner for camera in self._cameras], object)

    @cached_property
    def _places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        count = len(self._cameras)
        lat, lon = (camera.lat for camera in self._cameras), (camera.lon for camera in self._cameras)
        return np.fromiter(lat, np.float64, count), np.fromiter(lon, np.float64, count)

    def _sorted(self, order: Order) -> Places:
        if order not in self._orders:
            keys = [_KEYS[order](camera) for camera in self._cameras]
            self._orders[order] = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp)
        return self._orders[order]
