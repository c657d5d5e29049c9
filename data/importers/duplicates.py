"""Cameras that are already known under the same id, or stand where a known one of the same name or heading stands."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from data.importers.values import apart_m
from data.models import Camera

SAME_PLACE_M = 5.0
MOVED_M = 100.0  # the same id farther off than this is another camera of another list
_SLICE_DEG = 6.0 / 111_000
_SAME_HEADING_DEG = 5.0
_SIMILAR_NAME = 0.85


@dataclass(frozen=True)
class Duplicate:
    """`new` is probably `existing`, for the reason given; or, as `is_conflict`, another camera with its id."""

    new: Camera
    existing: Camera
    reason: str
    distance_m: float
    is_conflict: bool = False


def find_duplicates(new: Sequence[Camera], existing: Sequence[Camera]) -> tuple[Duplicate, ...]:
    """At most one duplicate for each of `new`, in its order: by id, else the nearest within 5 m that fits."""
    by_id = {camera.id: camera for camera in existing}
    by_lat = sorted(existing, key=lambda camera: camera.lat)
    lats = [camera.lat for camera in by_lat]
    found = []
    for camera in new:
        if duplicate := _by_id(camera, by_id):
            found.append(duplicate)
            continue
        start = bisect_left(lats, camera.lat - _SLICE_DEG)
        stop = bisect_left(lats, camera.lat + _SLICE_DEG)
        nearby = min(_alike(camera, by_lat[start:stop]), key=lambda duplicate: duplicate.distance_m, default=None)
        if nearby or camera.id in by_id:
            found.append(nearby or _conflict(camera, by_id[camera.id]))
    return tuple(found)


def not_yet_known(new: Sequence[Camera], existing: Sequence[Camera]) -> tuple[Camera, ...]:
    """Those of `new` that are not duplicates; one that only shares an id gets its own, so that none is overwritten."""
    known = {duplicate.new.id: duplicate for duplicate in find_duplicates(new, existing)}
    return tuple(
        replace(camera, id=_own_id(camera)) if camera.id in known else camera
        for camera in new
        if camera.id not in known or known[camera.id].is_conflict
    )


def _by_id(camera: Camera, by_id: Mapping[str, Camera]) -> Duplicate | None:
    for camera_id in (camera.id, _own_id(camera)):
        known = by_id.get(camera_id)
        if known is not None and (distance_m := _apart(camera, known)) <= MOVED_M:
            return Duplicate(camera, known, "same id", distance_m)
    return None


def _conflict(camera: Camera, known: Camera) -> Duplicate:
    distance_m = _apart(camera, known)
    return Duplicate(camera, known, f"same id, but {distance_m / 1000:.1f} km apart", distance_m, is_conflict=True)


def _own_id(camera: Camera) -> str:
    """The id under which a camera is kept when another list already uses its own; the same at every import."""
    return f"{camera.id}@{camera.lat:.5f},{camera.lon:.5f}"


def _alike(camera: Camera, nearby: Sequence[Camera]) -> Iterator[Duplicate]:
    for known in nearby:
        distance_m = _apart(camera, known)
        if distance_m <= SAME_PLACE_M and (reason := _reason(camera, known)):
            yield Duplicate(camera, known, f"{reason}, {distance_m:.1f} m apart", distance_m)


def _reason(a: Camera, b: Camera) -> str:
    """Why two cameras at one place may be one; "" where their headings tell them apart, as on a mast of several."""
    if a.headings_deg and b.headings_deg:
        if not _same_headings(a.headings_deg, b.headings_deg):
            return ""
        return "same heading"
    if a.name == a.id or b.name == b.id:
        return ""
    ours, theirs = _words(a.name), _words(b.name)
    if ours == theirs:
        return "same name"
    return "similar name" if SequenceMatcher(None, ours, theirs).ratio() >= _SIMILAR_NAME else ""


def _same_headings(ours: Sequence[float], theirs: Sequence[float]) -> bool:
    return len(ours) == len(theirs) and all(
        abs((a - b + 180) % 360 - 180) <= _SAME_HEADING_DEG for a, b in zip(sorted(ours), sorted(theirs), strict=True)
    )


def _words(name: str) -> str:
    return " ".join("".join(char if char.isalnum() else " " for char in name.casefold()).split())


def _apart(a: Camera, b: Camera) -> float:
    return apart_m((a.lat, a.lon), (b.lat, b.lon))
