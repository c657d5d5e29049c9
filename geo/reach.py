"""Where somebody can have been at one moment: the space-time prism (Miller 2005), cut at that time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import ArrayLike

from data.models import Mode, Sighting
from geo.area import Bools, Circle
from geo.distance import SPHERE_ERROR, TOP_SPEED_M_S
from geo.on_streets import field_of
from geo.route import route_through
from geo.streets import StreetNetwork
from geo.stretches import Stretches

Line = list[tuple[float, float]]


@dataclass(frozen=True)
class Bound:
    """One sighting, and how many metres away from its disc the moment can be at most."""

    sighting: Sighting
    way_m: float

    @property
    def circle(self) -> Circle:
        """All places within it in a straight line; the sphere may make distances look longer than they are."""
        return Circle(self.sighting.lat, self.sighting.lon, self.sighting.radius_m + self.way_m / (1.0 - SPHERE_ERROR))


@dataclass(frozen=True)
class Reach:
    """All places within every bound; without bounds nothing is known, and every place is possible.

    `is_contradicted`: no place keeps all of them in a straight line, so that a sighting, a time or the speed is wrong.
    """

    at: datetime
    bounds: tuple[Bound, ...] = ()
    is_contradicted: bool = False

    @property
    def circles(self) -> tuple[Circle, ...]:
        return tuple(bound.circle for bound in self.bounds)

    def contains(self, lat: ArrayLike, lon: ArrayLike) -> Bools:
        """Whether places can have been reached in a straight line; decimal degrees and booleans of shape ``(n,)``."""
        lats, lons = np.atleast_1d(np.asarray(lat, np.float64)), np.atleast_1d(np.asarray(lon, np.float64))
        inside = np.ones(lats.shape, bool)
        for circle in self.circles:
            inside &= circle.contains(lats, lons)
        return inside


def reach_at(sightings: Sequence[Sighting], at: datetime, *, mode: Mode) -> Reach:
    """
    Where somebody can have been at a moment, by the nearest sightings before and after it.

    A place is possible iff its distance from each sighting's disc is within top speed x the longest time between that
    sighting and the moment, tolerance included.

    Parameters
    ----------
    sightings
        In any order; withdrawn ones are left out.
    at
        The moment.
    mode
        Gives the cautious top speed (`distance.TOP_SPEED_M_S`).

    Returns
    -------
    reach
        With one bound before the first and after the last sighting, none without sightings. A sighting of which it is
        not sure whether it was before or after bounds it too.
    """
    seen = route_through(sightings).sightings
    before = [s for s in seen if s.at <= at][-1:]
    after = [s for s in seen if s.at > at][:1]
    unsure = [s for s in seen if abs((s.at - at).total_seconds()) <= s.tolerance_s and s not in (*before, *after)]
    bounds = tuple(Bound(s, TOP_SPEED_M_S[mode] * _most_s(s, at)) for s in (*before, *after, *unsure))
    return Reach(at, bounds, _is_apart(bounds))


def streets_within(streets: StreetNetwork, reach: Reach, *, mode: Mode) -> list[Line]:
    """
    The streets on which somebody can have been, by the ways that lead there.

    Parameters
    ----------
    streets
        The case's network; only what `mode` can use counts.
    reach
        Of a moment.
    mode
        The way of travel.

    Returns
    -------
    lines
        Lists of ``(lat, lon)``, to be drawn. A straight piece of street (100 m at most) is in it whole when any of its
        points can be reached, so that nothing possible is left out. Empty without bounds, and where no street is.
    """
    usable = streets.used_by(mode)
    if not reach.bounds or not usable.edge_count:
        return []
    offset, length, edge = usable.piece_offset_m, usable.piece_length_m, usable.piece_edge
    pieces = Stretches(np.arange(len(edge)), edge, offset, offset + length, len(edge))
    inside = np.ones(len(edge), bool)
    for bound in reach.bounds:
        field = field_of(usable, bound.sighting.lat, bound.sighting.lon, bound.sighting.radius_m)
        inside &= field.least_m(pieces) <= bound.way_m / (1.0 - SPHERE_ERROR)
    return _lines(usable, inside)


def _lines(streets: StreetNetwork, inside: Bools) -> list[Line]:
    """Pieces that follow one another on an edge, as one line."""
    kept = np.flatnonzero(inside)
    if not len(kept):
        return []
    edge = streets.piece_edge[kept]
    starts = np.flatnonzero(np.r_[True, (np.diff(kept) > 1) | (np.diff(edge) > 0)])
    counts = np.diff(np.r_[starts, len(kept)])
    first = kept[starts] + edge[starts]  # each edge has one corner more than pieces
    return [
        list(zip(streets.shape_lat[a : a + n + 1].tolist(), streets.shape_lon[a : a + n + 1].tolist(), strict=True))
        for a, n in zip(first.tolist(), counts.tolist(), strict=True)
    ]


def _most_s(sighting: Sighting, at: datetime) -> float:
    return abs((at - sighting.at).total_seconds()) + sighting.tolerance_s


def _is_apart(bounds: Sequence[Bound]) -> bool:
    """Whether two of the circles do not meet."""
    circles = [bound.circle for bound in bounds]
    for number, circle in enumerate(circles):
        for other in circles[number + 1 :]:
            away = circle.distances_m(np.array([other.lat]), np.array([other.lon]))
            if float(away[0]) * (1.0 - SPHERE_ERROR) > other.radius_m:
                return True
    return False
