"""What can be reached, as outlines for drawing: the part of the land that all circles of a `Reach` share."""

import numpy as np
import shapely

from geo.area import Circle
from geo.distance import destinations, local_xy_m
from geo.reach import Reach

LARGEST_M = 2_000_000.0
"""Circles beyond it bound nothing that a map of a case shows."""

Ring = tuple[tuple[float, float], ...]


def outline(reach: Reach) -> tuple[Ring, ...]:
    """
    The borders of what can have been reached.

    Returns
    -------
    rings
        Closed rings of ``(lat, lon)``, longitudes running on beyond 180 degrees where they must. Empty where nothing
        bounds it on a map, and where its sightings contradict one another (`Reach.is_contradicted`).
    """
    circles = sorted((c for c in reach.circles if c.radius_m <= LARGEST_M), key=lambda circle: circle.radius_m)
    if not circles or reach.is_contradicted:
        return ()
    middle = (circles[0].lat, circles[0].lon)
    shared: shapely.Geometry = _disc(circles[0], middle)
    for circle in circles[1:]:
        shared = shapely.intersection(shared, _disc(circle, middle))
    parts = [part for part in shapely.get_parts(shared) if isinstance(part, shapely.Polygon) and not part.is_empty]
    return tuple(_ring(part, middle) for part in parts)


def _disc(circle: Circle, middle: tuple[float, float]) -> shapely.Polygon:
    """The circle on the plane around `middle`, in metres."""
    lat, lon = destinations(circle.lat, circle.lon, np.linspace(0.0, 360.0, 120, endpoint=False), circle.radius_m)
    return shapely.Polygon(np.stack(local_xy_m(lat, lon, middle), axis=1))


def _ring(part: shapely.Polygon, middle: tuple[float, float]) -> Ring:
    x, y = np.asarray(part.exterior.coords).T
    lat, lon = destinations(*middle, np.degrees(np.arctan2(x, y)), np.hypot(x, y))
    turned = middle[1] + (lon - middle[1] + 180.0) % 360.0 - 180.0
    return tuple(zip(lat.round(6).tolist(), turned.round(6).tolist(), strict=True))
