"""Shapes out of numbers, and how they look: circles, rectangles, polygons and corridors that were typed or drawn.

`geo.area` says which places lie inside them.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from math import hypot
from typing import Any

import numpy as np
import shapely

from data.errors import BadInput
from data.models import checked_place
from geo.area import Circle, Corridor, Polygon, Shape
from geo.distance import destinations, distances_m, local_xy_m

MOST_CORNERS = 5_000
MOST_WIDTH_M = 200_000.0
LONGEST_PART_M = 50_000.0
"""Legs are cut to this length before they are widened: within it a flat plane is true to 1e-5."""
Place = tuple[float, float]
Places = tuple[Place, ...]


# shapes from numbers


def circle(lat: float, lon: float, radius_m: float) -> Circle:
    """A circle from typed numbers; BadInput for a radius that is none."""
    if not 0 < radius_m <= MOST_WIDTH_M:
        raise BadInput(f"radius: {radius_m:g} m is not above 0 and at most {MOST_WIDTH_M / 1000:g} km")
    return Circle(lat, lon, radius_m)


def rectangle(south: float, west: float, north: float, east: float) -> Polygon:
    """
    All places between two latitudes and two longitudes.

    Parameters
    ----------
    south, west, north, east
        Decimal degrees. `west` above `east` is a rectangle over the antimeridian.

    Raises
    ------
    BadInput
        When it has no height or no width, or would be as wide as half the globe; BadPlace off the globe.
    """
    checked_place(south, west, "rectangle")
    checked_place(north, east, "rectangle")
    if not south < north:
        raise BadInput(f"rectangle: its south {south:g} must lie below its north {north:g}")
    wide = (east - west) % 360.0
    if not 0 < wide < 180:
        raise BadInput(f"rectangle: from {west:g} to {east:g} is no width, or wider than half the globe")
    east = west + wide
    return Polygon((((south, west), (north, west), (north, east), (south, east), (south, west)),))


def corridor(points: Sequence[tuple[float, float]], width_m: float) -> Corridor:
    """
    All places within half of `width_m` of a route.

    Parameters
    ----------
    points
        ``(lat, lon)`` in order; a place that comes twice in a row counts once.
    width_m
        The whole width in metres.

    Raises
    ------
    BadInput
        With fewer than two different places, more than MOST_CORNERS, or a width that is none.
    """
    for lat, lon in points:
        checked_place(lat, lon, "corridor")
    kept = [place for number, place in enumerate(points) if number == 0 or place != points[number - 1]]
    if len(kept) < 2:
        raise BadInput("corridor: needs a route of at least two places")
    if len(kept) > MOST_CORNERS:
        raise BadInput(f"corridor: more than {MOST_CORNERS:,} places along it")
    if not 0 < width_m <= MOST_WIDTH_M:
        raise BadInput(f"corridor: a width of {width_m:g} m is not above 0 and at most {MOST_WIDTH_M / 1000:g} km")
    return Corridor(tuple((float(lat), float(lon)) for lat, lon in kept), float(width_m))


def simpler(points: Sequence[Place], within_m: float) -> tuple[Place, ...]:
    """
    Fewer of the places of a route, so that the line through them leaves the route by `within_m` at most.

    Parameters
    ----------
    points
        ``(lat, lon)`` in order.
    within_m
        Metres, measured on a plane around the first place.

    Returns
    -------
    kept
        Some of `points`, the first and the last among them; all of them where there are fewer than three.
    """
    if len(points) < 3:
        return tuple(points)
    lat, lon = np.asarray(points, dtype=np.float64).T
    x, y = local_xy_m(lat, lon, points[0])
    line = shapely.LineString(np.stack([x, y], axis=1)).simplify(within_m, preserve_topology=False)
    wanted = iter([*line.coords, None])
    kept, next_one = [], next(wanted)
    for place, at in zip(points, zip(x.tolist(), y.tolist(), strict=True), strict=True):
        if at == next_one:
            kept.append(place)
            next_one = next(wanted)
    return tuple(kept)


def polygon(corners: Sequence[Place]) -> Polygon:
    """
    All places inside an outline.

    Parameters
    ----------
    corners
        ``(lat, lon)`` in order; the last need not repeat the first.

    Raises
    ------
    BadInput
        With fewer than three different corners or more than MOST_CORNERS; BadPlace off the globe.
    """
    for lat, lon in corners:
        checked_place(lat, lon, "polygon")
    if len(set(corners)) < 3:
        raise BadInput("polygon: needs at least three different corners")
    if len(corners) > MOST_CORNERS:
        raise BadInput(f"polygon: more than {MOST_CORNERS:,} corners")
    ring = tuple((float(lat), float(lon)) for lat, lon in corners)
    return Polygon((ring if ring[0] == ring[-1] else (*ring, ring[0]),))


def places_typed(text: str) -> tuple[Place, ...]:
    """
    Places as people type them, one a line: ``60.1699, 24.9384``.

    Returns
    -------
    places
        ``(lat, lon)`` in decimal degrees; lines without anything are left out. Empty for an empty text.

    Raises
    ------
    BadInput
        Where a line is no place; it names the line.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    return tuple(_place_typed(number, line) for number, line in lines)


def _place_typed(number: int, line: str) -> Place:
    try:
        lat, lon = (float(part) for part in line.replace(";", " ").replace(",", " ").split())
    except ValueError as error:
        raise BadInput(f"line {number}: write a place as 60.1699, 24.9384 (latitude, longitude)") from error
    checked_place(lat, lon, f"line {number}")
    return lat, lon


def sides(shape: Shape) -> tuple[float, float, float, float] | None:
    """South, west, north and east of a rectangle, in degrees; None for every other shape."""
    if not isinstance(shape, Polygon) or len(shape.rings) != 1 or len(shape.rings[0]) != 5:
        return None
    (a, b, c, d, end) = shape.rings[0]
    lats, lons = sorted({a[0], b[0], c[0], d[0]}), sorted({a[1], b[1], c[1], d[1]})
    is_upright = (a[0] == b[0] and b[1] == c[1]) or (a[1] == b[1] and b[0] == c[0])
    if a != end or len(lats) != 2 or len(lons) != 2 or not is_upright or len({a, b, c, d}) != 4:
        return None
    return lats[0], lons[0], lats[1], lons[1]


# how shapes look


def feature_of(shape: Shape, *, id: str, name: str) -> dict[str, object]:
    """A shape as one GeoJSON feature."""
    told: dict[str, object] = {"id": id, "name": name}
    if isinstance(shape, Circle):
        told["radius"] = shape.radius_m
        geometry: dict[str, object] = {"type": "Point", "coordinates": [shape.lon, shape.lat]}
    elif isinstance(shape, Corridor):
        told["width_m"] = shape.width_m
        geometry = {"type": "LineString", "coordinates": [[lon, lat] for lat, lon in shape.points]}
    else:
        geometry = {"type": "Polygon", "coordinates": [[[lon, lat] for lat, lon in ring] for ring in shape.rings]}
    return {"type": "Feature", "properties": told, "geometry": geometry}


@lru_cache(maxsize=200)
def outlines(shape: Shape) -> tuple[Places, ...]:
    """
    The borders of a shape, to be drawn.

    Returns
    -------
    rings
        Closed rings of ``(lat, lon)``, outer ones first. A circle and the bends of a corridor are polygons whose
        corners lie on the border. Longitudes run on beyond 180 degrees where the shape does, as web maps draw it.
    """
    if isinstance(shape, Polygon):
        return shape.rings
    if isinstance(shape, Circle):
        around = np.linspace(0.0, 360.0, 97)
        lat, lon = destinations(shape.lat, shape.lon, around, shape.radius_m)
        return (tuple(zip(lat.tolist(), (shape.lon + _turn(lon - shape.lon)).tolist(), strict=True)),)
    middle = shape.points[0][1]
    whole = shapely.union_all([_widened(a, b, shape.width_m / 2.0, middle) for a, b in _cut(shape.points)])
    polygons = sorted(shapely.get_parts(whole), key=lambda polygon: -polygon.area)
    rings = [polygon.exterior for polygon in polygons] + [hole for polygon in polygons for hole in polygon.interiors]
    return tuple(tuple((y, x) for x, y in ring.coords) for ring in rings)


def _cut(points: Places) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Legs no longer than LONGEST_PART_M, along their great circles."""
    legs = []
    for a, b in pairwise(points):
        length = float(distances_m(*a, *b))
        parts = max(1, int(np.ceil(length / LONGEST_PART_M)))
        x, y = (float(v) for v in local_xy_m(b[0], b[1], a))
        bearing = np.degrees(np.arctan2(x, y))
        lat, lon = destinations(a[0], a[1], bearing, length * np.arange(parts + 1) / parts)
        legs += list(pairwise([a, *zip(lat[1:-1].tolist(), lon[1:-1].tolist(), strict=True), b]))
    return legs


def _widened(
    a: tuple[float, float], b: tuple[float, float], by_m: float, near_lon: float
) -> shapely.geometry.base.BaseGeometry:
    """All places within `by_m` of a leg, as longitudes and latitudes, at their copy nearest to `near_lon`."""
    x, y = (float(v) for v in local_xy_m(b[0], b[1], a))
    lat, lon = destinations(a[0], a[1], np.degrees(np.arctan2(x, y)), hypot(x, y) / 2.0)
    middle = (float(lat), near_lon + float(_turn(lon - near_lon)))
    ends = [tuple(float(v) for v in local_xy_m(place[0], place[1], middle)) for place in (a, b)]
    border = np.asarray(shapely.LineString(ends).buffer(by_m, quad_segs=16).exterior.coords)
    away = np.hypot(border[:, 0], border[:, 1])
    lat, lon = destinations(middle[0], middle[1], np.degrees(np.arctan2(border[:, 0], border[:, 1])), away)
    return shapely.make_valid(shapely.Polygon(np.stack([middle[1] + _turn(lon - middle[1]), lat], axis=1)))


def _turn(degrees: Any) -> Any:
    return (degrees + 180.0) % 360.0 - 180.0
