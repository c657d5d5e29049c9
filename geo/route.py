"""The route: the way from sighting to sighting in the order of time, as straight (great-circle) legs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from data.models import Sighting
from geo.distance import EARTH_RADIUS_M, SPHERE_ERROR, Floats, distance_m, distances_m


@dataclass(frozen=True)
class Route:
    """Sightings in the order of time; withdrawn ones are left out. Empty: nothing is known yet."""

    sightings: tuple[Sighting, ...] = ()

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """``(lat, lon)`` of each sighting, first seen first."""
        return tuple((s.lat, s.lon) for s in self.sightings)

    @property
    def length_m(self) -> float:
        """Metres along the straight legs; 0 with fewer than two sightings."""
        return sum(distance_m(a, b) for a, b in pairwise(self.points))


def route_through(sightings: Sequence[Sighting]) -> Route:
    """The route through those sightings that still stand, ordered by time, then by when they were entered."""
    standing = [s for s in sightings if s.withdrawn_at is None]
    return Route(tuple(sorted(standing, key=lambda s: s.at)))


def speeds_needed_m_s(route: Route) -> list[float]:
    """
    Least speed that each leg asks for, given every doubt in the subject's favour.

    Returns
    -------
    speeds
        Metres a second, one a leg: the gap between the two discs over the longest time between the two moments.
        Infinity where there is a gap and no time at all.
    """
    speeds = []
    for a, b in pairwise(route.sightings):
        # the way over the ellipsoid may be so much shorter than over the sphere
        way_m = distance_m((a.lat, a.lon), (b.lat, b.lon)) * (1.0 - SPHERE_ERROR)
        gap_m = max(0.0, way_m - a.radius_m - b.radius_m)
        time_s = (b.at - a.at).total_seconds() + a.tolerance_s + b.tolerance_s
        speeds.append(0.0 if gap_m == 0 else gap_m / time_s if time_s > 0 else float("inf"))
    return speeds


def distances_to_route_m(lat: ArrayLike, lon: ArrayLike, points: Sequence[tuple[float, float]]) -> Floats:
    """
    Great-circle distance of places to the nearest point of a route.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``.
    points
        ``(lat, lon)`` in order; one point is a route of no length.

    Returns
    -------
    distances
        Metres, shape ``(n,)``; infinity when `points` is empty.
    """
    lats, lons = np.atleast_1d(np.asarray(lat, dtype=np.float64)), np.atleast_1d(np.asarray(lon, dtype=np.float64))
    nearest = np.full(lats.shape, np.inf)
    for place in points:
        nearest = np.minimum(nearest, distances_m(lats, lons, place[0], place[1]))
    place_vectors = unit_vectors(lats, lons)
    for a, b in pairwise(points):
        nearest = np.minimum(nearest, _across_leg_m(place_vectors, a, b))
    return nearest


def unit_vectors(lat: ArrayLike, lon: ArrayLike) -> Floats:
    """Places as unit vectors from the Earth's centre, shape ``(n, 3)``."""
    phi, lam = np.radians(np.atleast_1d(lat)), np.radians(np.atleast_1d(lon))
    vectors: Floats = np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)
    return vectors


def _across_leg_m(places: Floats, a: tuple[float, float], b: tuple[float, float]) -> Floats:
    """Distance to the inside of one leg in metres; infinity for places that do not lie abeam of it."""
    start, end = unit_vectors(*a)[0], unit_vectors(*b)[0]
    normal = np.cross(start, end)
    length = np.linalg.norm(normal)
    if length < 1e-12:  # the same place twice, or antipodes, where no leg is the shortest
        return np.full(len(places), np.inf)
    normal /= length
    abeam = (places @ np.cross(normal, start) >= 0) & (places @ np.cross(normal, end) <= 0)
    across: Floats = EARTH_RADIUS_M * np.abs(np.arcsin(np.clip(places @ normal, -1.0, 1.0)))
    return np.where(abeam, across, np.inf)
