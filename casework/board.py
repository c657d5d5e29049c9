"""The cameras and rankings that many look at, kept in memory for as long as nothing of them has changed."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import cast

import numpy as np

from casework import search
from casework.access import Machine
from casework.camera_filter import CameraIndex
from casework.search import Streets
from data.models import Camera, Case, utc_now
from data.store import Store
from data.writing import CAMERAS, of_case
from geo.area import Bools
from geo.clusters import Clusters, View
from geo.ranking import Ranking
from geo.streets import Ints

RANKED_AGAIN = timedelta(minutes=1)
"""What somebody can have reached grows with time: a ranking older than this is made anew."""
RANKINGS_KEPT = 16
UNRANKED = np.iinfo(np.int64).max


class CameraSet:
    """All cameras as they were at one count of their changes."""

    def __init__(self, cameras: list[Camera], count: int) -> None:
        self.cameras = cameras
        self.count = count

    def patched(self, changed: Mapping[str, Camera | None], count: int) -> "CameraSet":
        """The same cameras with these changes, by id; None for one that is gone."""
        if any(camera is None or id not in self.place_of for id, camera in changed.items()):
            cameras = {**self.by_id, **changed}
            kept = [camera for camera in cameras.values() if camera is not None]
            return CameraSet(sorted(kept, key=lambda camera: camera.id), count)
        new = CameraSet(list(self.cameras), count)
        places = [self.place_of[id] for id in changed]
        for place, camera in zip(places, changed.values(), strict=True):
            new.cameras[place] = cast(Camera, camera)
        new.__dict__["place_of"] = self.place_of
        new.__dict__["index"] = self.index.patched(new.cameras, places)
        return new

    @cached_property
    def place_of(self) -> dict[str, int]:
        """Position in `cameras` by id."""
        return {camera.id: place for place, camera in enumerate(self.cameras)}

    @cached_property
    def by_id(self) -> dict[str, Camera]:
        return {camera.id: camera for camera in self.cameras}

    @cached_property
    def index(self) -> CameraIndex:
        return CameraIndex(self.cameras)

    @cached_property
    def box(self) -> tuple[float, float, float, float] | None:
        """South, west, north, east of all of them, the short way round the globe; east may be beyond 180 degrees."""
        if not self.cameras:
            return None
        lat = np.array([camera.lat for camera in self.cameras])
        lon = np.sort([camera.lon for camera in self.cameras])
        widest = int(np.diff(lon, append=lon[0] + 360.0).argmax())  # they lie on the other side of the widest gap
        west, east = float(lon[(widest + 1) % len(lon)]), float(lon[widest])
        return float(lat.min()), west, float(lat.max()), east if east >= west else east + 360.0

    @cached_property
    def clusters(self) -> Clusters:
        return Clusters([camera.lat for camera in self.cameras], [camera.lon for camera in self.cameras])


@dataclass(frozen=True)
class Group:
    """Cameras drawn as one: how many, the box (south, west, north, east) they fill, and the first of them to ask."""

    lat: float
    lon: float
    count: int
    box: tuple[float, float, float, float]
    first: Camera
    best_rank: int | None


@dataclass(frozen=True)
class Seen:
    """What one view of the map holds. `single` has each camera, its rank or None, and whether the case has footage."""

    single: tuple[tuple[Camera, int | None, bool], ...]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class _Kept:
    """A ranking, and the state of the store for which it holds."""

    counts: tuple[int, ...]
    made_at: datetime
    ranking: Ranking
    rank_of: dict[str, int]
    with_footage: frozenset[str]
    order: Ints
    """Rank by position in the set of cameras."""
    is_filmed: Bools
    """Whether the case has footage of it, by position too."""


class Board:
    """
    One for a process; safe for threads.

    It reads as this machine and shows whatever it is asked for: callers check first who asks.
    """

    def __init__(self, store: Store, streets: Streets, *, now: Callable[[], datetime] = utc_now) -> None:
        self._store = store.guarded(Machine("web door"))
        self._streets = streets
        self._now = now
        self._lock = threading.RLock()
        self._set = CameraSet([], -1)
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def cameras(self) -> CameraSet:
        """All cameras, by id."""
        (count,) = self._store.changes(CAMERAS)
        with self._lock:
            if self._set.count != count:
                self._set = CameraSet(self._store.cameras(), count)
            return self._set

    def patch(self, changed: Mapping[str, Camera | None]) -> None:
        """Take over what was just written here, by id; None for a camera that was removed.

        Only where that was the last thing written: else all cameras are read anew when they are next asked for.
        """
        (count,) = self._store.changes(CAMERAS)
        with self._lock:
            if changed and count == self._set.count + 1:
                self._set = self._set.patched(changed, count)

    def ranking(self, case: Case) -> Ranking:
        """The case's ranking, not older than a minute."""
        return self._ranked(case).ranking

    def rank_of(self, case: Case) -> Mapping[str, int]:
        """By id, each ranked camera's place, from 1."""
        return self._ranked(case).rank_of

    def with_footage(self, case: Case) -> frozenset[str]:
        """Ids of the cameras of which the case has footage."""
        return self._ranked(case).with_footage

    def token(self, case: Case) -> str:
        """Changes whenever a view of the case's cameras may show something else."""
        kept = self._ranked(case)
        return f"{'.'.join(map(str, kept.counts))}@{kept.made_at:%H%M%S}"

    def seen(self, case: Case, view: View, *, badges: int = 0) -> Seen:
        """
        What the map of the case shows in `view`.

        With `badges`, the cameras up to that rank and those with footage are left out: the page draws them itself.
        """
        cameras = self.cameras()
        kept = self._ranked(case)
        rank_of = kept.rank_of
        fits = len(kept.order) == len(cameras.cameras)
        shown = cameras.clusters.seen(
            view,
            order=kept.order if fits else None,
            leave_out=(kept.order <= badges) | kept.is_filmed if fits and badges else None,
        )
        all_of = cameras.cameras
        return Seen(
            tuple(
                (all_of[place], rank_of.get(all_of[place].id), all_of[place].id in kept.with_footage)
                for place in shown.places.tolist()
            ),
            tuple(
                Group(lat, lon, count, (box[0], box[1], box[2], box[3]), all_of[first], rank_of.get(all_of[first].id))
                for lat, lon, count, box, first in zip(
                    shown.lat.tolist(),
                    shown.lon.tolist(),
                    shown.count.tolist(),
                    shown.box.tolist(),
                    shown.first.tolist(),
                    strict=True,
                )
            ),
        )

    def _ranked(self, case: Case) -> _Kept:
        counts = self._store.changes(CAMERAS, of_case(case.id))
        now = self._now()
        with self._lock:
            kept = self._kept.get(case.id)
            cameras = self.cameras()
            if kept is None or kept.counts != counts or now - kept.made_at >= RANKED_AGAIN:
                ranking = search.ranking(
                    self._store, case, streets=self._streets.of(self._store, case.id), now=now, cameras=cameras.cameras
                )
                rank_of = {ranked.camera.id: rank for rank, ranked in enumerate(ranking.cameras, start=1)}
                filmed = frozenset(footage.camera_id for footage in self._store.footages(case.id))
                order = np.full(len(cameras.cameras), UNRANKED)
                order[[cameras.place_of[id] for id in rank_of]] = list(rank_of.values())
                is_filmed = np.zeros(len(cameras.cameras), np.bool_)
                is_filmed[[cameras.place_of[id] for id in filmed if id in cameras.place_of]] = True
                kept = self._kept[case.id] = _Kept(counts, now, ranking, rank_of, filmed, order, is_filmed)
                while len(self._kept) > RANKINGS_KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(case.id)
            return kept
