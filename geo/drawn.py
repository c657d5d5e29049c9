"""What is drawn on the map or typed beside it: several named shapes, changed one by one, each change a new value.

`geo.area` says which cameras lie inside; here is how the shapes come about, what they are called and how they look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import hypot
from typing import Any
from uuid import uuid4

import numpy as np
import shapely

from data.errors import BadInput, Conflict
from data.models import checked_place
from geo.area import Circle, Corridor, Polygon, SearchArea, Shape, area_from_geojson
from geo.distance import destinations, distances_m, local_xy_m

MOST_SHAPES = 50
MOST_NAME_CHARS = 80
MOST_CORNERS = 5_000
MOST_WIDTH_M = 200_000.0
LONGEST_PART_M = 50_000.0
"""Legs are cut to this length before they are widened: within it a flat plane is true to 1e-5."""
Places = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Drawn:
    """One shape: its id stays while it is edited."""

    id: str
    name: str
    shape: Shape

    @property
    def feature(self) -> dict[str, object]:
        """The shape as GeoJSON, as `geo.area.area_from_geojson` and the map take it."""
        return feature_of(self.shape, id=self.id, name=self.name)


@dataclass(frozen=True)
class Drawing:
    """All shapes of a case, in the order they were drawn; none: no filter. Every change gives another drawing."""

    shapes: tuple[Drawn, ...] = field(default=())

    @property
    def area(self) -> SearchArea:
        return SearchArea(tuple(drawn.shape for drawn in self.shapes))

    @property
    def features(self) -> tuple[dict[str, object], ...]:
        return tuple(drawn.feature for drawn in self.shapes)

    def of(self, id: str) -> Drawn:
        """Conflict where somebody removed it meanwhile."""
        for drawn in self.shapes:
            if drawn.id == id:
                return drawn
        raise Conflict("this area is not there any more; someone else removed it")

    def with_new(self, shape: Shape, *, name: str = "") -> "Drawing":
        """With one shape more; without a name it gets the next "Area 1", "Area 2", …"""
        if len(self.shapes) >= MOST_SHAPES:
            raise BadInput(f"search area: no more than {MOST_SHAPES} shapes; remove one first")
        named = _checked_name(name) or self._free_name()
        return Drawing((*self.shapes, Drawn(uuid4().hex, named, _checked_corners(shape))))

    def reshaped(self, id: str, shape: Shape) -> "Drawing":
        """With another shape in the place of one, under its id and name."""
        return self._with(replace(self.of(id), shape=_checked_corners(shape)))

    def renamed(self, id: str, name: str) -> "Drawing":
        """With another name for one shape."""
        if not (checked := _checked_name(name)):
            raise BadInput("search area: a name must not be empty")
        return self._with(replace(self.of(id), name=checked))

    def without(self, id: str) -> "Drawing":
        """With one shape less."""
        gone = self.of(id)
        return Drawing(tuple(drawn for drawn in self.shapes if drawn is not gone))

    def as_drawn(self, features: Sequence[Mapping[str, Any]]) -> "Drawing":
        """
        The drawing after somebody has drawn on the map, which tells all its shapes again.

        Parameters
        ----------
        features
            GeoJSON; one that carries the id of a shape is that one, edited, and keeps its name; one that is not there
            is removed; one without a known id is new.

        Raises
        ------
        BadInput
            When one cannot be read; nothing is changed then.
        """
        known = {drawn.id: drawn for drawn in self.shapes}
        after = Drawing()
        for feature in features:
            told = feature.get("properties") or {}
            was = known.pop(str(told.get("id", "")), None)
            for number, shape in enumerate(area_from_geojson([feature]).shapes):
                if was is not None and number == 0:
                    same = _checked_corners(shape) if _differs(was.shape, shape) else was.shape
                    after = Drawing((*after.shapes, replace(was, shape=same)))
                else:
                    taken = replace(after, shapes=(*after.shapes, *known.values()))
                    name = _checked_name(str(told.get("name") or "")) or taken._free_name()
                    after = after.with_new(shape, name=name)
        return after

    def _with(self, changed: Drawn) -> "Drawing":
        return Drawing(tuple(changed if drawn.id == changed.id else drawn for drawn in self.shapes))

    def _free_name(self) -> str:
        taken = {drawn.name for drawn in self.shapes}
        return next(name for k in range(1, len(taken) + 2) if (name := f"Area {k}") not in taken)


def drawing_from(features: Sequence[Mapping[str, Any]]) -> Drawing:
    """The drawing that was kept as GeoJSON, with its ids and names; shapes from before there were any get some."""
    shapes: list[Drawn] = []
    for feature in features:
        told = feature.get("properties") or {}
        for number, shape in enumerate(area_from_geojson([feature]).shapes):
            known = str(told.get("id", "")) if number == 0 else ""
            is_free = known and known not in {drawn.id for drawn in shapes}
            name = _checked_name(str(told.get("name") or "")) or Drawing(tuple(shapes))._free_name()
            shapes.append(Drawn(known if is_free else uuid4().hex, name, shape))
    return Drawing(tuple(shapes))


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


def _differs(a: Shape, b: Shape) -> bool:
    """Whether somebody moved it: what went to the map and came back may differ by a rounding."""
    if type(a) is not type(b):
        return True
    mine, other = (np.asarray(_numbers(shape)) for shape in (a, b))
    return mine.shape != other.shape or bool((np.abs(mine - other) > 1e-9 * np.maximum(np.abs(mine), 1.0)).any())


def _numbers(shape: Shape) -> list[float]:
    if isinstance(shape, Circle):
        return [shape.lat, shape.lon, shape.radius_m]
    if isinstance(shape, Corridor):
        return [shape.width_m, *(v for place in shape.points for v in place)]
    return [v for ring in shape.rings for place in ring for v in (*place, float(len(ring)))]


def _checked_corners(shape: Shape) -> Shape:
    if len(_numbers(shape)) > 3 * MOST_CORNERS:
        raise BadInput(f"search area: more than {MOST_CORNERS:,} corners in one shape; draw it simpler")
    return shape


def _checked_name(name: str) -> str:
    clean = " ".join(name.split())
    if len(clean) > MOST_NAME_CHARS:
        raise BadInput(f"search area: a name may have {MOST_NAME_CHARS} characters, this one has {len(clean)}")
    return clean
