"""The drawn search area: a filter over cameras, never a change of any score."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from data.errors import BadInput
from data.models import checked_place
from geo.distance import Floats, distances_m
from geo.route import distances_to_route_m

Bools = NDArray[np.bool_]

_MAX_MERCATOR_LAT_DEG = 89.9  # beyond it a web map has no place to draw on


@dataclass(frozen=True)
class Circle:
    """All places within `radius_m` (great circle) of ``(lat, lon)``."""

    lat: float
    lon: float
    radius_m: float

    def __post_init__(self) -> None:
        checked_place(self.lat, self.lon, "search area")
        if not (isfinite(self.radius_m) and self.radius_m >= 0):
            raise BadInput(f"search area: radius {self.radius_m} m must be 0 or more")

    def contains(self, lat: Floats, lon: Floats) -> Bools:
        return np.asarray(self.distances_m(lat, lon) == 0.0)

    def distances_m(self, lat: Floats, lon: Floats) -> Floats:
        return np.maximum(0.0, distances_m(self.lat, self.lon, lat, lon) - self.radius_m)


@dataclass(frozen=True)
class Polygon:
    """Rings of ``(lat, lon)``: the outline, then holes. Edges are straight on a web map, as they were drawn."""

    rings: tuple[tuple[tuple[float, float], ...], ...]

    def __post_init__(self) -> None:
        if not self.rings or any(len(ring) < 4 for ring in self.rings):
            raise BadInput("search area: a polygon needs at least three corners")
        for ring in self.rings:
            for lat, _ in ring:
                checked_place(lat, 0.0, "search area")

    def contains(self, lat: Floats, lon: Floats) -> Bools:
        outline = _unwrapped(self.rings[0])
        middle = float(outline[:, 0].mean())
        holes = [_shifted(_unwrapped(ring), middle) for ring in self.rings[1:]]
        shape = shapely.make_valid(shapely.Polygon(outline, holes))
        # each place is looked for at its copy nearest to the polygon, so that the antimeridian is no edge
        x = lon + 360.0 * np.round((middle - lon) / 360.0)
        inside: Bools = np.asarray(shapely.intersects_xy(shape, x, _mercator_deg(lat)))
        return inside

    def distances_m(self, lat: Floats, lon: Floats) -> Floats:
        edge = distances_to_route_m(lat, lon, self.rings[0])
        return np.where(self.contains(lat, lon), 0.0, edge)


@dataclass(frozen=True)
class Corridor:
    """All places within half of `width_m` (great circle) of a route given as ``(lat, lon)`` in order."""

    points: tuple[tuple[float, float], ...]
    width_m: float

    def __post_init__(self) -> None:
        if not (isfinite(self.width_m) and self.width_m > 0):
            raise BadInput(f"search area: a corridor's width of {self.width_m} m must be above 0")

    def contains(self, lat: Floats, lon: Floats) -> Bools:
        return np.asarray(self.distances_m(lat, lon) == 0.0)

    def distances_m(self, lat: Floats, lon: Floats) -> Floats:
        return np.maximum(0.0, distances_to_route_m(lat, lon, self.points) - self.width_m / 2.0)


Shape = Circle | Polygon | Corridor


@dataclass(frozen=True)
class SearchArea:
    """The union of drawn shapes. No shapes: no filter, everything is inside."""

    shapes: tuple[Shape, ...] = field(default=())

    def contains(self, lat: ArrayLike, lon: ArrayLike) -> Bools:
        """
        Whether places lie in any of the shapes, edges included.

        Parameters
        ----------
        lat, lon
            Decimal degrees, shape ``(n,)``.

        Returns
        -------
        inside
            Booleans, shape ``(n,)``; all true without shapes.
        """
        lats, lons = np.atleast_1d(np.asarray(lat, np.float64)), np.atleast_1d(np.asarray(lon, np.float64))
        inside = np.full(lats.shape, not self.shapes)
        for shape in self.shapes:
            inside |= shape.contains(lats, lons)
        return inside

    def distances_m(self, lat: ArrayLike, lon: ArrayLike) -> Floats:
        """Metres from places to the nearest shape, shape ``(n,)``; 0 inside and without shapes."""
        lats, lons = np.atleast_1d(np.asarray(lat, np.float64)), np.atleast_1d(np.asarray(lon, np.float64))
        nearest = np.full(lats.shape, np.inf if self.shapes else 0.0)
        for shape in self.shapes:
            nearest = np.minimum(nearest, shape.distances_m(lats, lons))
        return nearest


def area_from_geojson(features: Sequence[Mapping[str, object]]) -> SearchArea:
    """
    The search area that was drawn on the map.

    Parameters
    ----------
    features
        GeoJSON features as Leaflet.draw returns them, ``[lon, lat]`` inside: Polygon and MultiPolygon (rectangles are
        polygons), Point with ``properties.radius`` in metres (a circle), LineString with ``properties.width_m`` (a
        corridor of that whole width).

    Returns
    -------
    area
        Without shapes when `features` is empty.

    Raises
    ------
    BadInput
        For any other geometry, a circle without a radius, or coordinates that are not on the globe.
    """
    return SearchArea(tuple(shape for feature in features for shape in _shapes(feature)))


def _shapes(feature: Mapping[str, Any]) -> list[Shape]:
    geometry, properties = feature.get("geometry") or {}, feature.get("properties") or {}
    kind = geometry.get("type")
    coordinates: Any = geometry.get("coordinates")
    try:
        if kind == "Polygon":
            return [_polygon(coordinates)]
        if kind == "MultiPolygon":
            return [_polygon(rings) for rings in coordinates]
        if kind == "Point" and "radius" in properties:
            (lat, lon), radius_m = _place(coordinates), float(properties["radius"])
            # a longitude that needs no turn is left as it is, or a circle would creep each time it is kept
            return [Circle(lat, lon if abs(lon) <= 180.0 else (lon + 180.0) % 360.0 - 180.0, radius_m)]
        if kind == "LineString" and "width_m" in properties:
            return [Corridor(tuple(_place(p) for p in coordinates), float(properties["width_m"]))]
    except BadInput:
        raise
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError) as error:
        raise BadInput(f"search area: the coordinates of a {kind} cannot be read") from error
    raise BadInput(
        f"search area: {kind or 'a feature without geometry'} is no polygon, circle with radius, or corridor"
    )


def _place(lon_lat: Sequence[float]) -> tuple[float, float]:
    lat, lon = float(lon_lat[1]), float(lon_lat[0])
    if not isfinite(lon):
        raise BadInput(f"search area: longitude {lon} is no number")
    return lat, lon


def _polygon(rings: Sequence[Sequence[Sequence[float]]]) -> Polygon:
    return Polygon(tuple(tuple(_place(p) for p in ring) for ring in rings))


def _mercator_deg(lat: Floats) -> Floats:
    """Height on a web map, in units of a degree of longitude."""
    phi = np.radians(np.clip(lat, -_MAX_MERCATOR_LAT_DEG, _MAX_MERCATOR_LAT_DEG))
    return np.degrees(np.arcsinh(np.tan(phi)))


def _unwrapped(ring: Sequence[tuple[float, float]]) -> Floats:
    """Corners as (x, y) on the map, running on past 180 degrees where the drawing did or where the short way does."""
    corners = np.asarray(ring, dtype=np.float64)
    lon = corners[:, 1]
    if np.abs(lon).max() <= 180.0:  # beyond it the map already ran on
        lon = np.unwrap(lon, period=360.0)
    return np.stack([lon, _mercator_deg(corners[:, 0])], axis=1)


def _shifted(corners: Floats, middle: float) -> Floats:
    return np.asarray(corners + np.array([360.0 * np.round((middle - corners[:, 0].mean()) / 360.0), 0.0]))
