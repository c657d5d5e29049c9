"""Vector tiles to test with, written after the specification (github.com/mapbox/vector-tile-spec, 2.1)."""

import gzip
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.data.made_tiles import Place, varint

EXTENT = 4096
LINE, AREA = 2, 3
LatLon = tuple[float, float]


@dataclass(frozen=True)
class Drawn:
    """Something on a map: the layer it stands in, its corners, and what is said of it."""

    layer: str
    corners: Sequence[LatLon]
    said: dict[str, str | int] = field(default_factory=dict)
    is_area: bool = False


def vector_tiles(drawn: Iterable[Drawn], zooms: Iterable[int]) -> dict[Place, bytes]:
    """All tiles of some zooms in which anything lies, packed; nothing is cut at a tile's edge."""
    drawn = list(drawn)
    tiles: dict[Place, bytes] = {}
    for z in zooms:
        meets = defaultdict(list)
        for one in drawn:
            xy = [_mercator(lat, lon, z) for lat, lon in one.corners]
            xs, ys = ([int(p[of]) for p in xy] for of in (0, 1))
            for x in range(min(xs), max(xs) + 1):
                for y in range(min(ys), max(ys) + 1):
                    meets[x, y].append((one, [(round((px - x) * EXTENT), round((py - y) * EXTENT)) for px, py in xy]))
        tiles |= {(z, x, y): gzip.compress(_tile(found), mtime=0) for (x, y), found in meets.items()}
    return tiles


def _mercator(lat: float, lon: float, z: int) -> tuple[float, float]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return (lon + 180) / 360 * (1 << z), y * (1 << z)


def _tile(found: list[tuple[Drawn, list[tuple[int, int]]]]) -> bytes:
    layers = defaultdict(list)
    for one, corners in found:
        layers[one.layer].append((one, corners))
    return b"".join(_part(3, _layer(name, features)) for name, features in layers.items())


def _layer(name: str, features: list[tuple[Drawn, list[tuple[int, int]]]]) -> bytes:
    keys = sorted({key for one, _ in features for key in one.said})
    values = sorted({value for one, _ in features for value in one.said.values()}, key=str)
    out = varint(15 << 3) + varint(2) + _part(1, name.encode())
    for one, corners in features:
        tags = b"".join(varint(keys.index(key)) + varint(values.index(value)) for key, value in one.said.items())
        kind = AREA if one.is_area else LINE
        out += _part(2, _part(2, tags) + varint(3 << 3) + varint(kind) + _part(4, _geometry(corners, one.is_area)))
    out += b"".join(_part(3, key.encode()) for key in keys)
    for value in values:
        out += _part(4, _part(1, value.encode()) if isinstance(value, str) else varint(5 << 3) + varint(value))
    return out + varint(5 << 3) + varint(EXTENT)


def _geometry(corners: list[tuple[int, int]], is_area: bool) -> bytes:
    out, at = varint(1 | 1 << 3), (0, 0)
    for number, (x, y) in enumerate(corners):
        if number == 1:
            out += varint(2 | len(corners) - 1 << 3)
        out += _zigzag(x - at[0]) + _zigzag(y - at[1])
        at = (x, y)
    return out + (varint(7 | 1 << 3) if is_area else b"")


def _zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def _part(field_number: int, content: bytes) -> bytes:
    return varint(field_number << 3 | 2) + varint(len(content)) + content
