"""Distances, bearings and speeds on the globe. Degrees in, metres and seconds out; places are ``(lat, lon)``."""

import numpy as np
from haversine import Unit, haversine
from numpy.typing import ArrayLike, NDArray

from data.errors import BadPlace
from data.models import Mode

Floats = NDArray[np.float64]

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth (IUGG R1), the one the `haversine` library uses."""

SPHERE_ERROR = 0.006
"""Greatest share by which the sphere's distances are off the WGS 84 ellipsoid's (0.56 %), rounded up."""

TOP_SPEED_M_S: dict[Mode, float] = {
    Mode.WALK: 1.9,
    Mode.BICYCLE: 8.4,
    Mode.CAR: 36.2,
    Mode.PUBLIC_TRANSPORT: 44.5,
}
"""Cautious top speed over a whole leg, in metres a second. Nothing is ever excluded below it.

walk: above the fastest mean of any age group at a normal gait, 1.43 m/s (Bohannon and Williams Andrews 2011,
Physiotherapy 97:182-189), and short of running. bicycle: 30 km/h, above the 25 km/h at which an EU pedelec's motor cuts
off (Regulation (EU) 168/2013, article 2(2)(h)). car: 130 km/h, the usual motorway limit in Europe. public transport:
160 km/h, the top speed of ordinary regional and intercity trains. Who may have run needs a higher value by hand.
"""

USUAL_SPEED_M_S: dict[Mode, float] = {
    Mode.WALK: 1.3,
    Mode.BICYCLE: 4.2,
    Mode.CAR: 8.3,
    Mode.PUBLIC_TRANSPORT: 8.3,
}
"""Usual speed door to door, in metres a second: used for likelihoods only, never to exclude.

walk: middle of the means of Bohannon and Williams Andrews 2011. bicycle: 15 km/h, the rounded mean of shared bicycles
in Lyon (Jensen et al. 2010, Transportation Research Part D 15:522-524). car, public transport: plain guesses, 30 km/h.
"""


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """
    Great-circle distance between two places.

    Parameters
    ----------
    a, b
        Places as ``(lat, lon)`` in decimal degrees.

    Returns
    -------
    distance
        Metres, at least 0; off the ellipsoid's truth by at most 0.6 %.

    Examples
    --------
    >>> round(distance_m((60.0, 25.0), (60.0, 25.0)))
    0
    >>> round(distance_m((0.0, 179.5), (0.0, -179.5)))  # across the antimeridian
    111195
    """
    return float(haversine(a, b, unit=Unit.METERS))


def distances_m(lat: ArrayLike, lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> Floats:
    """
    Great-circle distances, element by element.

    Parameters
    ----------
    lat, lon, to_lat, to_lon
        Decimal degrees; shapes that broadcast together.

    Returns
    -------
    distances
        Metres, of the broadcast shape; empty for empty input.
    """
    lat1, lon1, lat2, lon2 = (np.radians(np.asarray(v, dtype=np.float64)) for v in (lat, lon, to_lat, to_lon))
    h = np.sin((lat2 - lat1) * 0.5) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) * 0.5) ** 2
    # rounding can lift h above 1 for antipodes, where arcsin has no value
    result: Floats = 2.0 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0)))
    return result


def bearings_deg(lat: ArrayLike, lon: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> Floats:
    """
    Initial great-circle bearings, element by element.

    Parameters
    ----------
    lat, lon, to_lat, to_lon
        Decimal degrees; shapes that broadcast together.

    Returns
    -------
    bearings
        Degrees clockwise from true north, in [0, 360); 0 where both places are the same.
    """
    lat1, lon1, lat2, lon2 = (np.radians(np.asarray(v, dtype=np.float64)) for v in (lat, lon, to_lat, to_lon))
    east = np.sin(lon2 - lon1) * np.cos(lat2)
    north = np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(lon2 - lon1)
    bearings: Floats = np.degrees(np.arctan2(east, north)) % 360.0
    return np.where(bearings >= 360.0, 0.0, bearings)


def destinations(lat: ArrayLike, lon: ArrayLike, bearing_deg: ArrayLike, range_m: ArrayLike) -> tuple[Floats, Floats]:
    """
    Places reached from a place on a bearing after a distance.

    Parameters
    ----------
    lat, lon
        Start, decimal degrees.
    bearing_deg
        Degrees clockwise from true north.
    range_m
        Metres along the great circle, at least 0.

    Returns
    -------
    lat, lon
        Decimal degrees of the broadcast shape, longitude in [-180, 180).
    """
    phi, lam, theta = (np.radians(np.asarray(v, dtype=np.float64)) for v in (lat, lon, bearing_deg))
    delta = np.asarray(range_m, dtype=np.float64) / EARTH_RADIUS_M
    sin_lat = np.sin(phi) * np.cos(delta) + np.cos(phi) * np.sin(delta) * np.cos(theta)
    lat2 = np.arcsin(np.clip(sin_lat, -1.0, 1.0))
    east = np.sin(theta) * np.sin(delta) * np.cos(phi)
    lon2 = lam + np.arctan2(east, np.cos(delta) - np.sin(phi) * np.sin(lat2))
    return np.degrees(lat2), (np.degrees(lon2) + 180.0) % 360.0 - 180.0


def local_xy_m(lat: ArrayLike, lon: ArrayLike, origin: tuple[ArrayLike, ArrayLike]) -> tuple[Floats, Floats]:
    """
    Metres east and north of an origin, on the azimuthal equidistant plane around it.

    Distances and bearings from the origin are exact on the sphere at any range, also across the antimeridian and at the
    poles; between other places they are true to 1e-4 within 100 km of the origin.

    Parameters
    ----------
    lat, lon
        Decimal degrees.
    origin
        ``(lat, lon)`` that becomes (0, 0); one for all places, or one each.

    Returns
    -------
    x, y
        Metres east and metres north of the origin.
    """
    away = distances_m(origin[0], origin[1], lat, lon)
    bearing = np.radians(bearings_deg(origin[0], origin[1], lat, lon))
    return away * np.sin(bearing), away * np.cos(bearing)


def on_globe(lat: ArrayLike, lon: ArrayLike, *, what: str) -> tuple[Floats, Floats]:
    """Latitudes and longitudes in decimal degrees as arrays of shape ``(n,)``.

    Raises
    ------
    BadPlace
        When one is not on the globe; `what` says whose.
    """
    lats, lons = np.atleast_1d(np.asarray(lat, np.float64)), np.atleast_1d(np.asarray(lon, np.float64))
    # written so that nan fails too
    if not ((np.abs(lats) <= 90.0).all() and (np.abs(lons) <= 180.0).all()):
        raise BadPlace(f"{what}: a latitude or longitude is not on the globe")
    return lats, lons
