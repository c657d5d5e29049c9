"""Rows from JSON: GeoJSON points, a plain list of objects, and what the Overpass API answers."""

import re
from math import isfinite
from typing import TypeGuard

from data.errors import BadInput
from data.importers.files import one_line, parsed_json, shown_name
from data.importers.rows import Row, RowProblem, Table, as_text, columns_of

_WGS84 = re.compile(r"(?:urn:ogc:def:crs:)?(?:OGC:(?:1\.3)?:?CRS84|EPSG:[\d.]*:?4326)", re.IGNORECASE)


def read_json(data: bytes, file_name: str) -> Table:
    """The rows of a GeoJSON feature collection, a list of objects, or an Overpass answer; BadInput for other JSON."""
    name = shown_name(file_name)
    value = parsed_json(data, file_name)
    if isinstance(value, list):
        return _listed(value)
    if not _is_object(value):
        raise BadInput(f"{name}: holds JSON, but no list of places")
    _check_crs(value, name)
    if value.get("type") == "Feature":
        return _features([value])
    if isinstance(features := value.get("features"), list):
        return _features(features)
    if isinstance(elements := value.get("elements"), list):
        return _overpass(elements)
    raise BadInput(f"{name}: is JSON, but neither a GeoJSON FeatureCollection nor an Overpass answer nor a list")


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _check_crs(collection: dict[str, object], name: str) -> None:
    """GeoJSON is WGS 84 (RFC 7946); an older file may say otherwise, and would then be read in the wrong place."""
    crs = collection.get("crs")
    if crs is None:
        return
    properties = crs.get("properties") if _is_object(crs) else None
    code = properties.get("name") if _is_object(properties) else None
    if not (isinstance(code, str) and _WGS84.fullmatch(code.strip())):
        raise BadInput(f"{name}: crs is {as_text(code or crs)[:80]!r}; convert the file to WGS 84 (EPSG:4326) first")


def _features(features: list[object]) -> Table:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for number, feature in enumerate(features, start=1):
        found = _feature(number, feature)
        if isinstance(found, RowProblem):
            problems.append(found)
        else:
            rows.append(found)
    return _table(rows, problems, has_places=True)


def _feature(number: int, feature: object) -> Row | RowProblem:
    if not _is_object(feature):
        return RowProblem(number, "feature", "is not a GeoJSON feature", as_text(feature))
    geometry = feature.get("geometry")
    kind = geometry.get("type") if _is_object(geometry) else None
    if not _is_object(geometry) or kind != "Point":
        message = "has no geometry" if kind is None else f"is a {as_text(kind)[:40]}; only points can be imported"
        return RowProblem(number, "geometry", message, as_text(feature.get("id")))
    place = _place(geometry.get("coordinates"))
    if place is None:
        return RowProblem(number, "geometry", "coordinates are not [longitude, latitude]", as_text(geometry))
    properties = feature.get("properties")
    values = _texts(properties) if _is_object(properties) else {}
    return Row(number, values, as_text(feature.get("id")), place)


def _place(coordinates: object) -> tuple[float, float] | None:
    """(lat, lon) from GeoJSON's [lon, lat, …]; None where they are not two finite numbers."""
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        return None
    lon, lat = coordinates[:2]
    if not (_is_number(lat) and _is_number(lon)):
        return None
    return (float(lat), float(lon)) if abs(lat) < 1e12 and abs(lon) < 1e12 else None


def _is_number(value: object) -> TypeGuard[int | float]:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and (isinstance(value, int) or isfinite(value))
    )


def _texts(properties: dict[str, object]) -> dict[str, str]:
    return {one_line(key): text for key, value in properties.items() if (text := as_text(value))}


def _listed(items: list[object]) -> Table:
    """A list of flat objects: places are read from its keys, as from the columns of a CSV file."""
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for number, item in enumerate(items, start=1):
        if _is_object(item):
            rows.append(Row(number, _texts(item)))
        else:
            problems.append(RowProblem(number, "row", "is not an object with named values", as_text(item)))
    return _table(rows, problems, has_places=False)


def _overpass(elements: list[object]) -> Table:
    """The surveillance elements of an Overpass answer; a way or relation counts where `out center` gave its middle."""
    rows: list[Row] = []
    problems: list[RowProblem] = []
    for number, element in enumerate(elements, start=1):
        tags = element.get("tags") if _is_object(element) else None
        if not _is_object(element) or not _is_object(tags) or tags.get("man_made") != "surveillance":
            continue
        center = element.get("center")
        spot = center if _is_object(center) else element
        place = _place([spot.get("lon"), spot.get("lat")])
        osm_id = f"{as_text(element.get('type'))}/{as_text(element.get('id'))}"
        if place is None:
            problems.append(RowProblem(number, "lat, lon", "has no place; ask Overpass for `out center`", osm_id))
        else:
            rows.append(Row(number, _texts(tags), osm_id, place))
    return _table(rows, problems, has_places=True)


def _table(rows: list[Row], problems: list[RowProblem], *, has_places: bool) -> Table:
    return Table(columns_of(tuple(rows)), tuple(rows), tuple(problems), has_places=has_places)
