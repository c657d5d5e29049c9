"""Reading street networks from OSM files and from GeoJSON ways."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import osmium

from data.errors import BadInput
from geo.streets import ON_FOOT, ON_WHEELS, StreetNetwork
from geo.streets_build import Ways, build_network

OSM_SUFFIXES = (".osm", ".osm.bz2", ".osm.gz", ".osm.pbf", ".pbf")
GEOJSON_SUFFIXES = (".geojson", ".json")

NOT_FOR_FEET = frozenset({"motorway", "motorway_link", "raceway", "bus_guideway", "escape"})
NOT_FOR_WHEELS = frozenset(
    {
        "footway",
        "path",
        "steps",
        "pedestrian",
        "cycleway",
        "bridleway",
        "corridor",
        "trail",
        "crossing",
        "elevator",
        "platform",
    }
)
NOT_BUILT = frozenset({"construction", "proposed", "abandoned", "razed", "planned", "disused", "demolished"})
"""Values of OSM's `highway` left out. What is merely forbidden (foot=no, private) stays: people take such ways."""


@dataclass
class _Collected:
    key: list[int] = field(default_factory=list)
    lat: list[float] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)
    start: list[int] = field(default_factory=lambda: [0])
    use: list[int] = field(default_factory=list)

    def add(self, vertices: Iterable[tuple[int, float, float]], use: int) -> None:
        for key, lat, lon in vertices:
            self.key.append(key)
            self.lat.append(lat)
            self.lon.append(lon)
        self.start.append(len(self.key))
        self.use.append(use)

    def network(self) -> StreetNetwork:
        lat, lon = np.array(self.lat), np.array(self.lon)
        key, start = np.array(self.key, dtype=np.int64), np.array(self.start, dtype=np.int64)
        return build_network(Ways(key, lat, lon, start, np.array(self.use, dtype=np.uint8)))


def read_streets(path: Path) -> StreetNetwork:
    """
    Read and simplify a street network.

    Parameters
    ----------
    path
        .osm, .osm.bz2, .osm.gz, .osm.pbf or .pbf: every way with a usable `highway`. .geojson or .json: LineString and
        MultiLineString features; where all carry `nodes` (a list of ids as long as the line) ways join at equal ids,
        else at equal coordinates, to 1e-7 degrees.

    Returns
    -------
    network
        Never empty.

    Raises
    ------
    BadInput
        When the file cannot be read, is of another kind, or holds no street.
    """
    name = path.name.lower()
    if not path.is_file():
        raise BadInput(f"{path.name}: there is no such file")
    if name.endswith(OSM_SUFFIXES):
        ways = _from_osm(path)
    elif name.endswith(GEOJSON_SUFFIXES):
        ways = _from_geojson(path)
    else:
        raise BadInput(f"{path.name}: streets are read from {', '.join(OSM_SUFFIXES + GEOJSON_SUFFIXES)}")
    network = ways.network()
    if not network.edge_count:
        raise BadInput(f"{path.name}: holds no street")
    return network


def use_of(highway: str | None) -> int:
    """
    Who may use a way, as bits ON_FOOT and ON_WHEELS, by its `highway` tag; both when it has none.

    Examples
    --------
    >>> use_of("steps"), use_of("motorway"), use_of("residential"), use_of("proposed")
    (1, 2, 3, 0)
    """
    if highway in NOT_BUILT:
        return 0
    return (0 if highway in NOT_FOR_FEET else ON_FOOT) | (0 if highway in NOT_FOR_WHEELS else ON_WHEELS)


def _from_osm(path: Path) -> _Collected:
    ways = _Collected()
    wanted = osmium.filter.EntityFilter(osmium.osm.WAY), osmium.filter.KeyFilter("highway")
    try:
        # locations are gathered before the filters see anything
        for way in osmium.FileProcessor(str(path)).with_locations().with_filter(wanted[0]).with_filter(wanted[1]):
            use = use_of(way.tags.get("highway"))
            if use and isinstance(way, osmium.osm.Way):
                for stretch in _stretches(way.nodes):
                    ways.add(stretch, use)
    except RuntimeError as error:  # what libosmium raises for anything it cannot read
        raise BadInput(f"{path.name}: cannot be read as OSM data ({error})") from error
    return ways


def _stretches(nodes: Any) -> Iterator[list[tuple[int, float, float]]]:
    """Runs of nodes whose place is in the file: an extract cuts ways at its border."""
    for has_place, run in groupby(nodes, key=lambda node: node.location.valid()):
        if has_place:
            yield [(node.ref, node.lat, node.lon) for node in run]


def _from_geojson(path: Path) -> _Collected:
    try:
        with path.open(encoding="utf-8") as file:
            content = json.load(file)
        features = content["features"]
        lines = [line for feature in features for line in _lines(feature)]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError, RecursionError) as error:
        raise BadInput(f"{path.name}: is no GeoJSON FeatureCollection of ways") from error
    by_id = all(line.nodes is not None for line in lines)
    ways = _Collected()
    for line in lines:
        keys = line.nodes if by_id and line.nodes is not None else [_place_key(*place) for place in line.places]
        ways.add([(key, lat, lon) for key, (lat, lon) in zip(keys, line.places, strict=True)], line.use)
    return ways


@dataclass(frozen=True)
class _Line:
    places: list[tuple[float, float]]
    nodes: list[int] | None
    use: int


def _lines(feature: dict[str, Any]) -> list[_Line]:
    geometry, properties = feature.get("geometry") or {}, feature.get("properties") or {}
    use = use_of(properties.get("highway"))
    if geometry.get("type") not in ("LineString", "MultiLineString") or not use:
        return []
    is_single = geometry["type"] == "LineString"
    parts = [geometry["coordinates"]] if is_single else geometry["coordinates"]
    nodes: Any = properties.get("nodes")
    lines = []
    for part in parts:
        places = [_checked(float(p[1]), float(p[0])) for p in part]
        fits = is_single and isinstance(nodes, list) and len(nodes) == len(places)
        lines.append(_Line(places, [int(n) for n in nodes] if fits else None, use))
    return [line for line in lines if line.places]


def _checked(lat: float, lon: float) -> tuple[float, float]:
    if not (isfinite(lat) and isfinite(lon) and -90 <= lat <= 90 and -180 <= lon <= 180):
        raise ValueError(f"({lat}, {lon}) is not on the globe")
    return lat, lon


def _place_key(lat: float, lon: float) -> int:
    """One whole number for each place, to 1e-7 degrees (a centimetre), as OSM keeps them."""
    return round((lat + 90.0) * 1e7) * 4_000_000_000 + round((lon + 180.0) * 1e7)
