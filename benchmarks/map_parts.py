"""How fast the parts around the map answer: tiles, names, the time line, the home page; beside plain ways of doing it.

.venv/bin/python -m benchmarks.map_parts

Milliseconds of this thread's own time, so that other work on the machine does not count; medians, and the slowest of
twenty.
"""

import random
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import thread_time

import numpy as np

from data.pmtiles import directory_of, tile_number
from data.tiles import open_tiles
from geo.gazetteer import Gazetteer, Place
from geo.street_tiles import StreetTiles
from geo.streets import StreetNetwork
from geo.streets_build import Ways, build_network
from tests.data.made_tiles import png, write_mbtiles, write_pmtiles

SIDE = 128
STREETS_A_SIDE = 230
SYLLABLES = (
    "ka", "ma", "ri", "to", "ven", "la", "hel", "sin", "kä", "mö", "tu", "re", "pau", "nik", "sa", "vo", "tal", "no",
    "jär", "vi", "kos", "ki", "pel", "mä", "ke", "lin", "na", "ra", "nta", "por", "var",
)  # fmt: skip
ENDS = ("katu", "tie", "polku", "tori", "kuja", "ranta")
MOST_MS = {"a tile of an MBTiles file": 1.0, "a tile of a PMTiles file": 1.0, "100,000 names, one slip": 10.0,
           "100,000 names, half of a name": 10.0}  # fmt: skip


def told(name: str, work: Callable[[object], object], on: Iterable[object]) -> int:
    """Print how long it takes; 1 where that is more than it may be."""
    took = []
    for thing in on:
        began = thread_time()
        work(thing)
        took.append(1000 * (thread_time() - began))
    slow = quantiles(took, n=20)[-1]
    too_slow = median(took) > MOST_MS.get(name, float("inf"))
    print(
        f"{name:<48} median {median(took):9.3f} ms   19 of 20 within {slow:9.3f} ms{'  TOO SLOW' if too_slow else ''}"
    )
    return int(too_slow)


def tiles(chance: random.Random) -> int:
    """One tile of a file of 16,384, and the same by reading all of it, or by opening it anew."""
    made = {(8, x, y): png(x) + chance.randbytes(1500) for x in range(SIDE) for y in range(SIDE)}
    failed = 0
    with TemporaryDirectory() as folder:
        raster = write_mbtiles(Path(folder) / "a.mbtiles", made)
        archive = write_pmtiles(Path(folder) / "a.pmtiles", made, per_leaf=4096)
        on = chance.sample(list(made), 400)
        for name, path in (("an MBTiles", raster), ("a PMTiles", archive)):
            opened = open_tiles(path)
            failed |= told(f"a tile of {name} file", lambda at, o=opened: o.tile(*at), on)  # type: ignore[misc]
            opened.close()
        told("  the MBTiles file opened for each tile", lambda at: _opened_anew(raster, at), on[:100])
        told("  all rows of the MBTiles file read", lambda at: _all_rows(raster)[at], on[:10])  # type: ignore[index]
        told("  the PMTiles file read whole for each tile", lambda at: _whole(archive, at), on[:20])
    return failed


def _opened_anew(path: Path, at: object) -> bytes:
    z, x, y = at  # type: ignore[misc]
    connection = sqlite3.connect(path)
    query = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"
    (content,) = connection.execute(query, (z, x, (1 << z) - 1 - y)).fetchone()
    connection.close()
    return bytes(content)


def _all_rows(path: Path) -> dict[tuple[int, int, int], bytes]:
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT zoom_level, tile_column, tile_row, tile_data FROM tiles").fetchall()
    connection.close()
    return {(z, x, (1 << z) - 1 - y): content for z, x, y, content in rows}


def _whole(path: Path, at: object) -> bytes:
    """Read all of the file, unpack all of its directories, take one tile."""
    content = path.read_bytes()
    root_at, root_size, _, _, leaves_at, _, tiles_at, _ = (
        int.from_bytes(content[8 + 8 * k : 16 + 8 * k], "little") for k in range(8)
    )
    root = directory_of(zlib.decompress(content[root_at : root_at + root_size], 31), what="whole")
    places: dict[int, tuple[int, int]] = {}
    for size, offset in zip(root.length.tolist(), root.offset.tolist(), strict=True):
        packed = content[leaves_at + offset : leaves_at + offset + size]
        leaf = directory_of(zlib.decompress(packed, 31), what="whole")
        places |= dict(zip(leaf.id.tolist(), zip(leaf.offset.tolist(), leaf.length.tolist(), strict=True), strict=True))
    offset, size = places[tile_number(*at)]  # type: ignore[misc]
    return content[tiles_at + offset : tiles_at + offset + size]


def street_tiles(chance: random.Random) -> int:
    """Tiles drawn from a made town of 105,000 edges, 25 x 25 km."""
    drawer = StreetTiles(town(STREETS_A_SIDE))
    for z in (8, 10, 12, 13, 14, 16, 18):
        size = 1 << z
        on = [_tile(size, 60.02 + 0.19 * chance.random(), 24.52 + 0.4 * chance.random()) for _ in range(20)]
        told(f"a street tile at zoom {z}", lambda at, z=z: drawer.png(z, *at), on)  # type: ignore[misc]
    return 0


def _tile(size: int, lat: float, lon: float) -> tuple[int, int]:
    y = (1.0 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2.0
    return int((lon + 180.0) / 360.0 * size), int(y * size)


def town(side: int) -> StreetNetwork:
    """A crooked grid of `side` x `side` crossings; every third street is for feet alone."""
    chance = np.random.default_rng(0)
    place = np.arange(side * side)
    lat = 60.0 + place // side * 0.001 + chance.normal(0.0, 1e-4, side * side)
    lon = 24.5 + place % side * 0.002 + chance.normal(0.0, 2e-4, side * side)
    grid = place.reshape(side, side)
    key = np.concatenate([grid.ravel(), grid.T.ravel()])
    use = np.where(np.arange(2 * side) % 3 == 0, 1, 3).astype(np.uint8)
    return build_network(Ways(key, lat[key], lon[key], np.arange(0, len(key) + 1, side), use))


def names(chance: random.Random) -> int:
    """100,000 made names that are much alike, and how often the one that was meant is among the first ten."""
    known = [_name(chance) for _ in range(100_000)]
    places = [Place(name, 60 + chance.random(), 24 + 2 * chance.random()) for name in known]
    began = thread_time()
    gazetteer = Gazetteer(places)
    print(f"{'100,000 names made ready':<48} {1000 * (thread_time() - began):16.0f} ms")
    failed = 0
    for what, typed in (
        ("as they are", lambda name: name),
        ("one letter", lambda name: name[:1]),
        ("half of a name", lambda name: name[: len(name) // 2 + 2]),
        ("one slip", lambda name: _slip(name, chance)),
        ("two slips", lambda name: _slip(_slip(name, chance), chance)),
        ("nothing like it", lambda name: f"xqzw{name[::-1]}"),
    ):
        meant = [(name, typed(name)) for name in chance.sample(known, 200)]
        failed |= told(
            f"100,000 names, {what}",
            lambda one: gazetteer.search(one[1], near=(60.5, 25.0)),  # type: ignore[index]
            meant,
        )
        found = sum(any(h.place.name == name for h in gazetteer.search(t, near=(60.5, 25.0))) for name, t in meant)
        print(f"{'':<48} found among ten: {found} of {len(meant)}")
    return failed


def _name(chance: random.Random) -> str:
    word = "".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))).capitalize()
    return word + chance.choice(ENDS) if chance.random() < 0.6 else f"{word} {_name(chance).lower()}"


def _slip(name: str, chance: random.Random) -> str:
    """A letter too few, a wrong one, or two exchanged."""
    at = chance.randrange(1, len(name) - 1)
    return chance.choice(
        [
            name[:at] + name[at + 1 :],
            name[:at] + "x" + name[at + 1 :],
            name[:at] + name[at + 1] + name[at] + name[at + 2 :],
        ]
    )


def main(_arguments: list[str]) -> int:
    chance = random.Random(6)
    return tiles(chance) | street_tiles(chance) | names(chance)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
