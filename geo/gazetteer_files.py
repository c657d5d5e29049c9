"""Reading names of places: from the file of the streets, from GeoNames, from a table of one's own."""

import csv
import json
import re
from collections.abc import Callable, Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import osmium

from data.errors import BadInput
from geo.gazetteer import Place
from geo.names import folded
from geo.streets_files import GEOJSON_SUFFIXES, OSM_SUFFIXES

TABLE_SUFFIXES = (".csv", ".tsv", ".txt")
MOST_PLACES = 1_000_000
MOST_LINE_CHARS = 65_536
MOST_NAME_CHARS = 200
MOST_OTHER_NAMES = 6
CELL_DEG = 0.005
"""Parts of a street of one name that lie in neighbouring cells of this size, about 500 m, are one street."""

_PLACE_KEYS = (
    "place", "railway", "public_transport", "amenity", "shop", "tourism", "leisure", "office", "historic", "natural",
    "highway", "building",
)  # fmt: skip
_OTHER_NAMES = frozenset({"alt_name", "loc_name", "old_name", "short_name", "official_name"})
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_COLUMNS = {
    "name": ("name", "title", "label"),
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "lng", "long", "longitude", "x"),
    "kind": ("kind", "type", "category", "class"),
    "people": ("population", "people", "inhabitants"),
}
_GEONAMES_COLUMNS = 19
_GEONAMES_KINDS = {
    "A": "region", "H": "water", "L": "area", "P": "town", "R": "road", "S": "building", "T": "height", "U": "undersea",
    "V": "wood",
}  # fmt: skip
Line = list[tuple[float, float]]


def read_places(path: Path) -> list[Place]:
    """
    Read every named place of a file.

    Parameters
    ----------
    path
        .osm, .osm.bz2, .osm.gz, .osm.pbf or .pbf: nodes and ways that have a name and are something to find, streets
        under their names, each in other languages too. .geojson or .json: features with a `name`. .csv, .tsv or .txt:
        the tables of GeoNames (geonames.org/export), or any with a head that has columns for name, lat and lon; lines
        that hold no place are passed over.

    Returns
    -------
    places
        Parts of one street joined. Empty where nothing in the file has a name.

    Raises
    ------
    BadInput
        When the file cannot be read, is of another kind, or names more than MOST_PLACES places.
    """
    name = path.name.lower()
    kinds: Mapping[tuple[str, ...], Callable[[Path], Iterator[Place]]] = {
        OSM_SUFFIXES: _from_osm,
        GEOJSON_SUFFIXES: _from_geojson,
        TABLE_SUFFIXES: _from_table,
    }
    if not path.is_file():
        raise BadInput(f"{path.name}: there is no such file")
    for suffixes, read in kinds.items():
        if name.endswith(suffixes):
            return _at_most(read(path), path)
    known = ", ".join(suffix for suffixes in kinds for suffix in suffixes)
    raise BadInput(f"{path.name}: names of places are read from {known}")


def _at_most(places: Iterator[Place], path: Path) -> list[Place]:
    found = []
    for place in places:
        found.append(place)
        if len(found) > MOST_PLACES:
            raise BadInput(f"{path.name}: names more than {MOST_PLACES:,} places; take a smaller extract")
    return found


class _Streets:
    """Ways by name, to be joined."""

    def __init__(self) -> None:
        self._lines: dict[str, list[Line]] = {}

    def add(self, name: str, line: Line) -> None:
        self._lines.setdefault(name, []).append(line)

    def places(self) -> Iterator[Place]:
        for name, lines in self._lines.items():
            for parts in _together(lines):
                yield Place(name, *_middle([place for line in parts for place in line]), "street")


def _together(lines: list[Line]) -> list[list[Line]]:
    """Lines in groups, each of those that neighbouring cells join."""
    of_cell: dict[tuple[int, int], list[int]] = {}
    for number, line in enumerate(lines):
        for lat, lon in line:
            of_cell.setdefault((int(lat // CELL_DEG), int(lon // CELL_DEG)), []).append(number)
    group = list(range(len(lines)))

    def head(number: int) -> int:
        while group[number] != number:
            group[number] = number = group[group[number]]
        return number

    for (row, column), numbers in of_cell.items():
        for step in ((0, 1), (1, -1), (1, 0), (1, 1)):
            numbers = [*numbers, *of_cell.get((row + step[0], column + step[1]), [])[:1]]
        for other in numbers[1:]:
            group[head(other)] = head(numbers[0])
    found: dict[int, list[Line]] = {}
    for number, line in enumerate(lines):
        found.setdefault(head(number), []).append(line)
    return list(found.values())


def _middle(places: Line) -> tuple[float, float]:
    """The one of the places that is nearest to their middle, so that it lies on the street."""
    lat, lon = (sum(place[axis] for place in places) / len(places) for axis in (0, 1))
    return min(places, key=lambda place: (place[0] - lat) ** 2 + (place[1] - lon) ** 2)


def _from_osm(path: Path) -> Iterator[Place]:
    streets = _Streets()
    try:
        for thing in osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.KeyFilter("name")):
            tags = thing.tags
            kind = next((key for key in _PLACE_KEYS if key in tags), "")
            line: Line = []
            if isinstance(thing, osmium.osm.Node) and thing.location.valid():
                line = [(thing.lat, thing.lon)]
            elif isinstance(thing, osmium.osm.Way):
                line = [(node.lat, node.lon) for node in thing.nodes if node.location.valid()]
            for name in _names(tags) if line and kind else ():
                if kind == "highway" and len(line) > 1:
                    streets.add(name, line)
                else:
                    yield Place(name, *_middle(line), _clean(tags.get(kind)), _number(tags.get("population")))
    except RuntimeError as error:  # what libosmium raises for anything it cannot read
        raise BadInput(f"{path.name}: cannot be read as OSM data ({error})") from error
    yield from streets.places()


def _names(tags: Any) -> list[str]:
    """The name of a thing, and its names in other languages and of other times, each with the first one behind it."""
    first = _clean(tags.get("name"))
    others = {
        folded(other): other
        for tag in tags
        if tag.k in _OTHER_NAMES or (tag.k.startswith("name:") and len(tag.k) <= len("name:xxx"))
        for other in map(_clean, str(tag.v).split(";"))
    }
    kept = [other for key, other in others.items() if key and key != folded(first)][:MOST_OTHER_NAMES]
    return [first, *(f"{other} ({first})" for other in kept)] if first else []


def _from_geojson(path: Path) -> Iterator[Place]:
    streets = _Streets()
    try:
        with path.open(encoding="utf-8") as file:
            features = json.load(file)["features"]
        for feature in features:
            properties, geometry = feature.get("properties") or {}, feature.get("geometry") or {}
            name = _clean(properties.get("name"))
            line = [place for place in _places(geometry.get("coordinates"), depth=0) if name]
            if line and "String" in str(geometry.get("type")):
                streets.add(name, line)
            elif line:
                yield Place(name, *_middle(line), _clean(properties.get("kind") or properties.get("type")))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        if isinstance(error, BadInput):
            raise
        raise BadInput(f"{path.name}: is no GeoJSON FeatureCollection") from error
    yield from streets.places()


def _places(coordinates: Any, *, depth: int) -> Iterator[tuple[float, float]]:
    """All places of a geometry, however it nests them."""
    if not isinstance(coordinates, list) or depth > 4:
        return
    if len(coordinates) >= 2 and all(isinstance(part, int | float) for part in coordinates[:2]):
        lon, lat = float(coordinates[0]), float(coordinates[1])
        if _is_on_globe(lat, lon):
            yield lat, lon
        return
    for part in coordinates:
        yield from _places(part, depth=depth + 1)


def _from_table(path: Path) -> Iterator[Place]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            head = file.readline(MOST_LINE_CHARS)
            if head.count("\t") == _GEONAMES_COLUMNS - 1 and "latitude" not in head.lower():
                yield from _geonames([head], file)
                return
            separator = max("\t;,", key=head.count)
            column = _columns(next(csv.reader([head], delimiter=separator), []), path)
            for row in csv.reader(_lines(file), delimiter=separator):
                yield from _row(row, column)
    except csv.Error as error:
        raise BadInput(f"{path.name}: is no table ({error})") from error


def _lines(file: Any) -> Iterator[str]:
    """Lines, none longer than MOST_LINE_CHARS: a file without any line end must not fill the memory."""
    while line := file.readline(MOST_LINE_CHARS):
        yield line.replace("\x00", "")


def _columns(head: list[str], path: Path) -> dict[str, int]:
    titles = [title.strip().casefold() for title in head]
    found = {
        name: titles.index(title) for name, known in _COLUMNS.items() for title in reversed(known) if title in titles
    }
    missing = [name for name in ("name", "lat", "lon") if name not in found]
    if missing:
        raise BadInput(f"{path.name}: its first line names no column for {', '.join(missing)}")
    return found


def _row(row: list[str], column: Mapping[str, int]) -> Iterator[Place]:
    cell = {name: row[at] if at < len(row) else "" for name, at in column.items()}
    name, lat, lon = _clean(cell["name"]), _degrees(cell["lat"]), _degrees(cell["lon"])
    if name and _is_on_globe(lat, lon):
        yield Place(name, lat, lon, _clean(cell.get("kind")), _number(cell.get("people")))


def _geonames(head: list[str], file: Any) -> Iterator[Place]:
    """Rows of GeoNames, which have no head and no quotes: id, name, ASCII name, other names, latitude, longitude,
    class, code, country, …, population in the fifteenth column."""
    for lines in (head, _lines(file)):
        for line in lines:
            cells = line.rstrip("\r\n").split("\t")
            if len(cells) == _GEONAMES_COLUMNS:
                row = [cells[at] for at in (1, 4, 5)] + [_GEONAMES_KINDS.get(cells[6], ""), cells[14]]
                yield from _row(row, {"name": 0, "lat": 1, "lon": 2, "kind": 3, "people": 4})


def _clean(text: object) -> str:
    return (
        " ".join(_UNSEEN.sub(" ", text[: 4 * MOST_NAME_CHARS]).split())[:MOST_NAME_CHARS]
        if isinstance(text, str)
        else ""
    )


def _degrees(text: str) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return float("nan")


def _number(text: str | None) -> float:
    number = _degrees(text or "")
    return number if isfinite(number) and 0 <= number <= 1e11 else 0.0


def _is_on_globe(lat: float, lon: float) -> bool:
    return -90 <= lat <= 90 and -180 <= lon <= 180
