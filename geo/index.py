"""Very many places at once: an index that answers radius, corridor and ranking queries over a million cameras."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from data.models import Mode, Sighting, in_utc
from geo.distance import EARTH_RADIUS_M, SPHERE_ERROR, Floats, distance_m, distances_m, on_globe
from geo.prism import Leg, legs_of
from geo.route import route_through, unit_vectors
from geo.straight import ahead, chances_between, chances_onward
from geo.streets import Ints
from geo.walker import Pace, pace_of

_DEG_M = np.pi * EARTH_RADIUS_M / 180.0  # metres of a degree of latitude
_SLACK_M = 0.5  # error of a distance taken from a product of unit vectors, which loses digits close by: 0.16 m seen
_STATION_M = 250.0  # so far apart are the stations along a narrow corridor: more would only cost time
_BLOCK = 8192  # places scored at a time, so that what lies between stays in the processor's cache


@dataclass(frozen=True)
class RankedPlaces:
    """
    Places that can have been passed, best first; arrays of one shape. Times in POSIX seconds.

    `place` are the places' numbers in the index.
    """

    place: Ints
    score: Floats
    start_s: Floats
    end_s: Floats


class CameraIndex:
    """
    Places sorted by latitude, with their unit vectors.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``; a place's number is its position here.

    Raises
    ------
    BadPlace
        When a place is not on the globe.
    """

    def __init__(self, lat: ArrayLike, lon: ArrayLike) -> None:
        lats, lons = on_globe(lat, lon, what="camera index")
        self._order: Ints = np.argsort(lats, kind="stable")
        self._lat, self._lon = lats[self._order], lons[self._order]

    def __len__(self) -> int:
        return len(self._lat)

    @cached_property
    def _vectors(self) -> Floats:
        return unit_vectors(self._lat, self._lon)

    @cached_property
    def _tree(self) -> cKDTree:
        return cKDTree(self._vectors)

    def within(self, lat: float, lon: float, radius_m: float) -> Ints:
        """
        Numbers of the places within a great-circle radius, edge included, in no order.

        Examples
        --------
        >>> CameraIndex([0.0, 0.0, 1.0], [179.999, -179.999, 0.0]).within(0.0, 180.0, 200.0).tolist()
        [0, 1]
        """
        half_deg = radius_m / _DEG_M * (1.0 + 1e-9) + 1e-9
        low = int(np.searchsorted(self._lat, lat - half_deg, side="left"))
        high = int(np.searchsorted(self._lat, lat + half_deg, side="right"))
        part = np.arange(low, high)
        # a circle that does not hold a pole spans asin(sin r / cos lat) of longitude to either side
        reach = np.sin(min(np.radians(half_deg), np.pi / 2))
        if abs(lat) + half_deg < 90.0 and reach < np.cos(np.radians(lat)):
            span_deg = np.degrees(np.arcsin(reach / np.cos(np.radians(lat)))) + 1e-9
            away_deg = np.abs(self._lon[low:high] - lon)
            part = part[(away_deg <= span_deg) | (away_deg >= 360.0 - span_deg)]
        near = distances_m(lat, lon, self._lat[part], self._lon[part]) <= radius_m
        found: Ints = self._order[part[near]]
        return found

    def along(self, points: Sequence[tuple[float, float]], width_m: float) -> Ints:
        """
        Numbers of the places in a corridor: within half of `width_m` of a route, edge included, in ascending order.

        Parameters
        ----------
        points
            ``(lat, lon)`` in order; one point makes a circle, none an empty result.
        width_m
            Whole width of the corridor in metres, above 0.
        """
        if not points or not len(self):
            return np.empty(0, np.int64)
        half_m = width_m / 2.0
        step_m = max(width_m, _STATION_M)
        stations, leg = _stations(points, step_m)
        # whatever lies in the corridor lies this near to a station
        chord = 2.0 * np.sin(min(np.hypot(half_m, step_m / 2.0) * 1.001 / EARTH_RADIUS_M, np.pi) / 2.0)
        found = self._tree.query_ball_point(stations, chord, return_sorted=False)
        counts = np.fromiter((len(f) for f in found), np.int64, len(found))
        if not counts.sum():
            return np.empty(0, np.int64)
        place = np.concatenate([np.asarray(f, np.int64) for f in found])
        pair = np.unique(np.repeat(leg, counts) * np.int64(len(self)) + place)
        leg_of, place = np.divmod(pair, len(self))
        near = _distance_to_legs_m(self._vectors[place], unit_vectors(*np.array(points).T), leg_of) <= half_m
        inside: Ints = np.unique(self._order[place[near]])
        return inside

    def ranked(
        self, sightings: Sequence[Sighting], *, now: datetime, mode: Mode, v_max_m_s: float | None = None,
        range_m: float = 25.0,
    ) -> RankedPlaces:  # fmt: skip
        """
        Rank all places along straight lines, for the last leg: since the last sighting, or between the last two.

        Times are taken in the order they are told; `ranking.rank` also allows for tolerances that leave it in doubt.

        Parameters
        ----------
        sightings, now, mode, v_max_m_s
            As for `ranking.rank`.
        range_m
            How far each camera is taken to see, all round.

        Returns
        -------
        ranked
            By the same scores as `straight` gives; empty without sightings. Windows are wider by the rounding of fast
            distances (0.5 m), never narrower.
        """
        legs = legs_of(route_through(sightings), in_utc(now, "now"))
        if not legs or not len(self):
            return RankedPlaces(np.empty(0, np.int64), np.empty(0), np.empty(0), np.empty(0))
        leg, pace = legs[-1], pace_of(mode, v_max_m_s)
        score, start_s, end_s = (np.empty(len(self)) for _ in range(3))
        for low in range(0, len(self), _BLOCK):
            part = slice(low, low + _BLOCK)
            score[part], start_s[part], end_s[part] = _on_leg(self._vectors[part], leg, pace, range_m + _SLACK_M)
        possible = np.flatnonzero(start_s <= end_s)
        best = possible[np.argsort(-score[possible])]
        return RankedPlaces(self._order[best], score[best], start_s[best], end_s[best])


def _on_leg(vectors: Floats, leg: Leg, pace: Pace, slack_m: float) -> tuple[Floats, Floats, Floats]:
    """Score, earliest and latest moment of places on a leg, everything within `slack_m` of a place being seen."""
    time_s, since_m = max(leg.length_s, 1.0), _from_m(vectors, leg.since)
    start_s = (
        leg.start_s + np.maximum(since_m * (1.0 - SPHERE_ERROR) - (leg.since.radius_m + slack_m), 0.0) / pace.top_m_s
    )
    if leg.to is not None:
        to_m = _from_m(vectors, leg.to)
        end_s = leg.end_s - np.maximum(to_m * (1.0 - SPHERE_ERROR) - (leg.to.radius_m + slack_m), 0.0) / pace.top_m_s
        return chances_between(since_m, to_m, _between_m(leg.since, leg.to), pace, time_s), start_s, end_s
    score = chances_onward(since_m, pace, time_s)
    if leg.before is not None:
        score *= ahead(since_m, _from_m(vectors, leg.before), _between_m(leg.before, leg.since))
    return score, start_s, np.full(len(vectors), leg.end_s)


def _from_m(vectors: Floats, sighting: Sighting) -> Floats:
    """Distances from a sighting by one product of unit vectors, off by less than _SLACK_M close by."""
    half_square = 0.5 - 0.5 * (vectors @ unit_vectors(sighting.lat, sighting.lon)[0])
    away: Floats = np.arcsin(np.sqrt(np.clip(half_square, 0.0, 1.0)))
    away *= 2.0 * EARTH_RADIUS_M
    return away


def _between_m(a: Sighting, b: Sighting) -> float:
    return distance_m((a.lat, a.lon), (b.lat, b.lon))


def _stations(points: Sequence[tuple[float, float]], step_m: float) -> tuple[Floats, Ints]:
    """Unit vectors along a route no further apart than `step_m`, ends included, and the leg each one stands on."""
    corners = unit_vectors(*np.array(points, dtype=np.float64).T)
    if len(corners) == 1:
        return corners, np.zeros(1, np.int64)
    length_m = 2.0 * EARTH_RADIUS_M * np.arcsin(np.linalg.norm(np.diff(corners, axis=0), axis=1).clip(0.0, 2.0) / 2.0)
    parts = np.maximum(1, np.ceil(length_m / step_m)).astype(np.int64)
    leg = np.repeat(np.arange(len(parts)), parts + 1)
    share = (np.arange(len(leg)) - np.repeat(np.cumsum(parts + 1) - (parts + 1), parts + 1)) / parts[leg]
    angle = length_m[leg] / EARTH_RADIUS_M
    # along the great circle; where both ends are one place, any share of the chord does
    bend = np.where(angle > 1e-9, angle, 1.0)
    near, far = np.sin((1.0 - share) * bend) / np.sin(bend), np.sin(share * bend) / np.sin(bend)
    near, far = np.where(angle > 1e-9, near, 1.0 - share), np.where(angle > 1e-9, far, share)
    stations: Floats = near[:, None] * corners[leg] + far[:, None] * corners[leg + 1]
    return stations, leg


def _distance_to_legs_m(places: Floats, corners: Floats, leg: Ints) -> Floats:
    """Great-circle distance of each place, as a unit vector, to one leg of a route each."""
    if len(corners) == 1:
        return _arcs_m(places, corners[leg])
    start, end = corners[leg], corners[leg + 1]
    normal = np.cross(corners[:-1], corners[1:])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    normal = (normal / np.maximum(length, 1e-300))[leg]
    dot = np.einsum("ij,ij->i", places, normal)
    abeam = np.einsum("ij,ij->i", places, np.cross(normal, start)) >= 0
    abeam &= np.einsum("ij,ij->i", places, np.cross(normal, end)) <= 0
    abeam &= length[leg, 0] > 1e-12
    across = EARTH_RADIUS_M * np.abs(np.arcsin(np.clip(dot, -1.0, 1.0)))
    return np.where(abeam, across, np.minimum(_arcs_m(places, start), _arcs_m(places, end)))


def _arcs_m(a: Floats, b: Floats) -> Floats:
    chord = np.linalg.norm(a - b, axis=1)
    arcs: Floats = 2.0 * EARTH_RADIUS_M * np.arcsin(np.minimum(chord / 2.0, 1.0))
    return arcs
