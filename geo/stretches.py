"""Stretches of street: which parts of which edges lie within a disc or in a camera's view, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import ArrayLike

from geo.coverage import View
from geo.distance import EARTH_RADIUS_M, Floats
from geo.streets import Ints, StreetNetwork

_WIDEST_WEDGE_DEG = 120.0  # a wedge is cut out by two half-planes, which needs less than 180
_TOUCHING_M = 1e-3


@dataclass(frozen=True)
class Stretches:
    """
    Parts of edges that belong to n owners (cameras, sightings), sorted by owner, then edge, then `from_m`.

    `from_m` and `to_m` are metres from the edge's first junction; an edge may hold several stretches of one owner.
    """

    owner: Ints
    edge: Ints
    from_m: Floats
    to_m: Floats
    owner_count: int

    @property
    def owns_any(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Which owners have any stretch of street at all, shape ``(n,)``."""
        owned = np.zeros(self.owner_count, dtype=np.bool_)
        owned[self.owner] = True
        return owned


def stretches_within(streets: StreetNetwork, lat: ArrayLike, lon: ArrayLike, range_m: ArrayLike) -> Stretches:
    """
    The stretches of street within a range of places.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``.
    range_m
        Metres, at least 0, broadcast to ``(n,)``.

    Returns
    -------
    stretches
        Owned by the places; those whose disc meets no street own none.
    """
    lats = np.atleast_1d(np.asarray(lat, np.float64))
    # nothing is further away than half way round the Earth
    ranges = np.broadcast_to(np.minimum(np.asarray(range_m, np.float64), np.pi * EARTH_RADIUS_M), lats.shape)
    views = [View(float(r), (), 360.0) for r in ranges]
    return stretches_in_view(streets, lats, lon, views)


def stretches_in_view(streets: StreetNetwork, lat: ArrayLike, lon: ArrayLike, views: Sequence[View]) -> Stretches:
    """
    The stretches of street that cameras can see.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``.
    views
        What each camera is taken to see, length n.

    Returns
    -------
    stretches
        Owned by the cameras; those that look at no street own none.
    """
    lats, lons = np.atleast_1d(np.asarray(lat, np.float64)), np.atleast_1d(np.asarray(lon, np.float64))
    ranges = np.array([view.range_m for view in views])
    place, piece = streets.pieces_near(lats, lons, ranges)
    x1, y1, x2, y2 = streets.piece_ends_xy_m(piece, lats[place], lons[place])
    low, high = _within_disc(x1, y1, x2, y2, ranges[place])
    pair, low, high = _cut_to_wedges(x1, y1, x2, y2, low, high, place, views)
    length = streets.piece_length_m[piece[pair]]
    offset = streets.piece_offset_m[piece[pair]]
    return _merged(
        place[pair], streets.piece_edge[piece[pair]], offset + low * length, offset + high * length, len(lats)
    )


def _within_disc(x1: Floats, y1: Floats, x2: Floats, y2: Floats, range_m: Floats) -> tuple[Floats, Floats]:
    """From which share to which share of each piece it lies within range of the origin; low > high where nowhere."""
    dx, dy = x2 - x1, y2 - y1
    square = np.maximum(dx * dx + dy * dy, 1e-12)
    middle = -(x1 * dx + y1 * dy) / square
    gap = (x1 * dy - y1 * dx) ** 2 / square  # squared distance of the piece's line from the origin
    inside = range_m * range_m - gap
    half = np.sqrt(np.maximum(inside, 0.0) / square)
    low, high = np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
    return np.where(inside < 0, 1.0, low), np.where(inside < 0, 0.0, high)


def _cut_to_wedges(
    x1: Floats, y1: Floats, x2: Floats, y2: Floats, low: Floats, high: Floats, place: Ints, views: Sequence[View]
) -> tuple[Ints, Floats, Floats]:
    """Which pair each remaining part comes from, and its shares, once cut to the sectors of views that have any."""
    wedges = [_wedges(view) for view in views]
    counts = np.array([max(1, len(w)) for w in wedges], dtype=np.int64)[place]
    pair = np.repeat(np.arange(len(place)), counts)
    nth = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    firsts = np.cumsum([0, *(max(1, len(w)) for w in wedges)])[:-1]
    edges = np.array([w for ws in wedges for w in (ws or [(np.nan, np.nan)])], dtype=np.float64).reshape(-1, 2)
    left, right = np.radians(edges[firsts[place[pair]] + nth]).T
    low, high = low[pair], high[pair]
    # inward normals of both sides of the wedge; nan for a view all round, which nothing cuts
    for normal in (left + np.pi / 2, right - np.pi / 2):
        at_start = x1[pair] * np.sin(normal) + y1[pair] * np.cos(normal)
        at_end = x2[pair] * np.sin(normal) + y2[pair] * np.cos(normal)
        low, high = _cut(low, high, at_start, at_end)
    some = low <= high
    return pair[some], low[some], high[some]


def _cut(low: Floats, high: Floats, at_start: Floats, at_end: Floats) -> tuple[Floats, Floats]:
    """Keep the shares where a value that runs linearly from `at_start` to `at_end` is not negative."""
    change = np.where(at_end == at_start, 1.0, at_end - at_start)
    zero = -at_start / change
    low = np.where((at_start < 0) & (at_end >= 0), np.maximum(low, zero), low)
    high = np.where((at_start >= 0) & (at_end < 0), np.minimum(high, zero), high)
    nowhere = (at_start < 0) & (at_end < 0)
    return np.where(nowhere, 1.0, low), np.where(nowhere, 0.0, high)


def _wedges(view: View) -> list[tuple[float, float]]:
    """Left and right bearing of wedges no wider than _WIDEST_WEDGE_DEG that make up a view's sectors."""
    parts = max(1, ceil(view.fov_deg / _WIDEST_WEDGE_DEG))
    width = view.fov_deg / parts
    return [
        (heading - view.fov_deg / 2 + k * width, heading - view.fov_deg / 2 + (k + 1) * width)
        for heading in view.headings_deg
        for k in range(parts)
    ]


def _merged(owner: Ints, edge: Ints, from_m: Floats, to_m: Floats, owner_count: int) -> Stretches:
    """Join stretches of one owner on one edge that touch or overlap."""
    order = np.lexsort((from_m, edge, owner))
    owner, edge, from_m, to_m = owner[order], edge[order], from_m[order], to_m[order]
    if not len(owner):
        return Stretches(owner, edge, from_m, to_m, owner_count)
    group = np.cumsum((np.diff(owner, prepend=-1) != 0) | (np.diff(edge, prepend=-1) != 0)) - 1
    # groups are laid end to end on one line, so that one running maximum serves them all
    step = float(to_m.max()) + 1.0
    furthest = np.maximum.accumulate(group * step + to_m)
    starts = np.concatenate([[True], (group * step + from_m)[1:] > furthest[:-1] + _TOUCHING_M])
    first = np.flatnonzero(starts)
    last = np.concatenate([first[1:], [len(owner)]]) - 1
    return Stretches(owner[first], edge[first], from_m[first], furthest[last] - group[last] * step, owner_count)
