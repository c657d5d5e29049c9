import gzip
import os
import random
import sqlite3
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput, Damaged, NotReachable
from data.pmtiles import directory_of, tile_number
from data.tiles import WORLD, Tile, TileKind, TilesFile, as_plain_text, is_address, open_tiles, tile_of, unpacked
from tests.data.made_tiles import VECTOR, directory, hilbert, png, write_mbtiles, write_pmtiles

PLACES = [(2, 1, 0), (2, 1, 1), (2, 3, 2), (3, 0, 0), (3, 7, 7), (3, 4, 5)]
PICTURES = {place: png(number) for number, place in enumerate(PLACES)}
WRITERS: dict[str, Callable[..., Path]] = {"mbtiles": write_mbtiles, "pmtiles": write_pmtiles}


@pytest.fixture(params=WRITERS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return WRITERS[request.param](tmp_path / f"town map.{request.param}", PICTURES)


def test_every_tile_comes_back_as_it_was_written_and_the_others_are_missing(written: Path) -> None:
    tiles = open_tiles(written)
    for place, content in PICTURES.items():
        assert tiles.tile(*place) == Tile(content, TileKind.PNG)
    assert tiles.tile(2, 0, 0) is None
    assert tiles.tile(5, 0, 0) is None
    assert (tiles.info.min_zoom, tiles.info.max_zoom, tiles.info.kind) == (2, 3, TileKind.PNG)
    assert not tiles.info.is_vector
    tiles.close()


@pytest.mark.parametrize("place", [(2, 4, 0), (2, 0, -1), (-1, 0, 0), (27, 0, 0), (2, 10**30, 0), (0, 0, 1)])
def test_an_address_that_no_map_has_is_no_tile(written: Path, place: tuple[int, int, int]) -> None:
    assert not is_address(*place)
    assert open_tiles(written).tile(*place) is None


def test_vector_tiles_are_told_apart_and_unpacked_on_demand(tmp_path: Path) -> None:
    layers = '{"vector_layers": [{"id": "roads"}, {"id": "<b>water"}]}'
    said = {"format": "pbf", "json": layers, "minzoom": "0", "maxzoom": "14", "bounds": "24,60,25,61"}
    for tiles in (
        open_tiles(write_mbtiles(tmp_path / "a", {(0, 0, 0): VECTOR}, **said)),
        open_tiles(
            write_pmtiles(
                tmp_path / "b", {(0, 0, 0): VECTOR}, kind=1, packing=2, zooms=(0, 14),
                said={"vector_layers": [{"id": "roads"}, {"id": "<b>water"}]},
                bounds_e7=(240_000_000, 600_000_000, 250_000_000, 610_000_000),
            )
        ),
    ):  # fmt: skip
        tile = tiles.tile(0, 0, 0)
        assert tile is not None
        assert (tile.kind, tile.is_gzipped, tile.plain()) == (TileKind.VECTOR, True, gzip.decompress(VECTOR))
        assert tiles.info.is_vector
        assert (tiles.info.layers, tiles.info.bounds) == (("roads", "water"), (60, 24, 61, 25))
        assert (tiles.info.min_zoom, tiles.info.max_zoom) == (0, 14)


def test_a_tile_is_what_its_bytes_are_whatever_the_file_says(tmp_path: Path) -> None:
    tiles = open_tiles(write_mbtiles(tmp_path / "a", {(0, 0, 0): b"\xff\xd8\xff\xe0 jpeg"}, format="pbf"))
    assert tiles.info.kind is TileKind.JPEG
    for content in (b"<html><script>alert(1)</script>", b"<svg onload=alert(1)>", b"GIF89a", b"%PDF"):
        with pytest.raises(Damaged, match="neither"):
            tile_of(content, what="x")
    assert tile_of(b"RIFF\0\0\0\0WEBPVP8 ", what="x").kind is TileKind.WEBP


def test_what_a_file_says_of_itself_is_plain_text(tmp_path: Path) -> None:
    said = {"attribution": '<a href="x" onclick="alert(1)">&copy; OSM</a> &lt;img src=x onerror=alert(1)&gt;'}
    for tiles in (
        open_tiles(write_mbtiles(tmp_path / "a", PICTURES, **said)),
        open_tiles(write_pmtiles(tmp_path / "b", PICTURES, said=said)),
    ):
        assert tiles.info.attribution == "© OSM"


@given(st.text(alphabet="<>&;#xlgtamp/abc \u202e\x00", max_size=60))
def test_no_markup_survives_however_it_is_nested(text: str) -> None:
    plain = as_plain_text(text)
    assert "<" not in plain
    assert ">" not in plain
    assert "\x00" not in plain
    assert "\u202e" not in plain


@pytest.mark.parametrize("said", ["", "1,2,3", "a,b,c,d", "nan,nan,nan,nan", "25,61,24,60", "-1e999,0,0,0"])
def test_bounds_that_make_no_sense_are_the_world_s(tmp_path: Path, said: str) -> None:
    assert open_tiles(write_mbtiles(tmp_path / "a", PICTURES, bounds=said)).info.bounds == WORLD


@given(z=st.integers(0, 26), data=st.data())
def test_tile_numbers_follow_the_hilbert_curve(z: int, data: st.DataObject) -> None:
    x, y = (data.draw(st.integers(0, (1 << z) - 1)) for _ in range(2))
    assert tile_number(z, x, y) == hilbert(z, x, y)


def test_tile_numbers_of_a_zoom_are_neighbours_on_the_map() -> None:
    walk = sorted(((x, y) for x in range(16) for y in range(16)), key=lambda at: tile_number(4, *at))
    assert all(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(walk))


ENTRIES = st.lists(
    st.tuples(st.integers(1, 1 << 30), st.integers(0, 900), st.integers(1, 1 << 24), st.integers(0, 1 << 40)),
    min_size=1,
    max_size=60,
)


@given(entries=ENTRIES, follow=st.lists(st.booleans(), min_size=60, max_size=60))
def test_a_directory_comes_back_as_it_was_written(entries: list[tuple[int, int, int, int]], follow: list[bool]) -> None:
    told, tile_id, end = [], 0, None
    for (step, run, length, offset), follows in zip(entries, follow, strict=False):
        tile_id += step
        at = end if follows and end is not None else offset
        told.append((tile_id, run, length, at))
        end = at + length
    read = directory_of(gzip.decompress(directory(told)), what="x")
    assert (
        list(zip(*(column.tolist() for column in (read.id, read.run, read.length, read.offset)), strict=True)) == told
    )


@given(st.binary(max_size=200))
def test_a_directory_of_any_bytes_is_read_or_refused(content: bytes) -> None:
    try:
        read = directory_of(content, what="x")
    except Damaged:
        return
    assert len(read.id) == len(read.offset) > 0


def test_leaf_directories_and_runs_of_the_same_tile_are_followed(tmp_path: Path) -> None:
    sea = png(1)
    tiles = {(5, x, y): sea if x < 16 else png(x * 32 + y) for x in range(32) for y in range(32)}
    opened = open_tiles(write_pmtiles(tmp_path / "a", tiles, per_leaf=50))
    assert all(opened.tile(*place) == Tile(content, TileKind.PNG) for place, content in tiles.items())
    assert opened.tile(6, 1, 1) is None


def test_a_file_that_is_replaced_is_opened_again_and_its_stamp_changes(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "a.tiles", {(0, 0, 0): png(1)})
    file = TilesFile(path)
    first = file.opened()
    assert file.opened() is first
    write_mbtiles(tmp_path / "b", {(0, 0, 0): png(2)}).replace(path)
    second = file.opened()
    assert second.stamp != first.stamp
    assert second.tiles.tile(0, 0, 0) == Tile(png(2), TileKind.PNG)
    assert first.tiles.tile(0, 0, 0) == Tile(png(1), TileKind.PNG), "whoever still reads the old one, reads the old one"


def test_many_read_at_once_while_the_file_is_replaced_again_and_again(tmp_path: Path) -> None:
    """Each answer is a tile of one of the files, never of another one and never a piece."""
    path = write_pmtiles(tmp_path / "now", {(4, x, 0): png(x) for x in range(16)})
    sources = [write_mbtiles(tmp_path / "a", {(4, x, 0): png(100 + x) for x in range(16)}).read_bytes()]
    sources.append(write_pmtiles(tmp_path / "b", {(4, x, 0): png(200 + x) for x in range(16)}, per_leaf=3).read_bytes())
    file = TilesFile(path)

    def read(number: int) -> bool:
        x = number % 16
        if number % 25 == 0:
            (tmp_path / f"next{number}").write_bytes(sources[number // 25 % 2])
            (tmp_path / f"next{number}").replace(path)
        tile = file.opened().tiles.tile(4, x, 0)
        return tile is not None and tile.content in {png(x), png(100 + x), png(200 + x)}

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(1000)))


# hostile files


def test_what_is_no_map_file_is_refused_by_name(tmp_path: Path) -> None:
    for name, content in {
        "a.mbtiles": b"",
        "b": b"PK\x03\x04",
        "c.pmtiles": b"PMTiles",
        "d": b"SQLite format 3\x00",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput, match=name):
            open_tiles(tmp_path / name)
    with pytest.raises(NotReachable, match="nowhere"):
        open_tiles(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="is no file"):
        open_tiles(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="is no file"):
        open_tiles(tmp_path / "pipe")


def made_database(path: Path, *statements: str) -> Path:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE metadata (name text, value text)")
        for statement in statements:
            made.execute(statement)
    made.close()
    return path


ENDLESS = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n)"
VIEW = "CREATE VIEW tiles AS SELECT 1 zoom_level, 0 tile_column, 0 tile_row, {} tile_data"


@pytest.mark.parametrize(
    "statements",
    [
        (),
        (VIEW.format("NULL"),),
        (VIEW.format("'<script>'"),),
        (VIEW.format("x'3c68746d6c3e'"),),
        (VIEW.format(ENDLESS),),
        (VIEW.format("zeroblob(1000000000)"),),
        (VIEW.format("readfile('/etc/passwd')"),),
        (VIEW.format("load_extension('x')"),),
        ("CREATE VIRTUAL TABLE tiles USING fts5(zoom_level, tile_column, tile_row, tile_data)",),
    ],
)
def test_a_database_made_to_harm_is_refused(tmp_path: Path, statements: tuple[str, ...]) -> None:
    try:
        path = made_database(tmp_path / "evil.mbtiles", *statements)
    except sqlite3.OperationalError as error:
        pytest.skip(f"this SQLite cannot make it: {error}")
    with pytest.raises(BadInput, match=r"evil\.mbtiles"):
        open_tiles(path)


def test_a_view_that_multiplies_without_end_is_broken_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.mbtiles.LONGEST_S", 0.2)
    count = "WITH RECURSIVE c(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM c LIMIT 2000) SELECT v FROM c"
    many = f"CREATE TABLE n AS SELECT v i FROM ({count})"  # noqa: S608
    never = "CASE WHEN a.i + b.i + c.i < 0 THEN x'00' END tile_data"
    slow = f"CREATE VIEW tiles AS SELECT a.i zoom_level, b.i tile_column, c.i tile_row, {never} FROM n a, n b, n c"  # noqa: S608
    path = made_database(tmp_path / "slow.mbtiles", many, slow)
    began = time.monotonic()
    with pytest.raises(BadInput, match="too long"):
        open_tiles(path)
    assert time.monotonic() - began < 5


def test_tiles_kept_apart_and_joined_by_a_view_are_served(tmp_path: Path) -> None:
    path = made_database(
        tmp_path / "view.mbtiles",
        "CREATE TABLE map (zoom_level integer, tile_column integer, tile_row integer, tile_id text)",
        "CREATE TABLE images (tile_data blob, tile_id text)",
        "INSERT INTO map VALUES (1, 0, 1, 'sea'), (1, 1, 1, 'sea')",
        f"INSERT INTO images VALUES (x'{png(7).hex()}', 'sea')",  # noqa: S608
        "CREATE VIEW tiles AS SELECT zoom_level, tile_column, tile_row, tile_data FROM map "
        "JOIN images ON images.tile_id = map.tile_id",
    )
    assert open_tiles(path).tile(1, 1, 0) == Tile(png(7), TileKind.PNG)


def test_nothing_is_written_beside_or_into_the_file(tmp_path: Path) -> None:
    path = write_mbtiles(tmp_path / "a.mbtiles", PICTURES)
    before, content = sorted(tmp_path.iterdir()), path.read_bytes()
    tiles = open_tiles(path)
    tiles.tile(2, 1, 0)
    assert sorted(tmp_path.iterdir()) == before
    assert path.read_bytes() == content


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(Damaged, match="grows beyond"):
        unpacked(gzip.compress(bytes(3 << 20)), what="x", most_bytes=1 << 20)
    with pytest.raises(Damaged, match="cut off"):
        unpacked(gzip.compress(b"abc" * 100)[:-12], what="x")


@pytest.mark.parametrize(
    "wrong", [{"version": 2}, {"kind": 0}, {"kind": 5}, {"packing": 4}, {"inner": 3}, {"zooms": (9, 3)}]
)
def test_a_pmtiles_file_of_another_make_is_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(BadInput, match=r"a\.pmtiles"):
        open_tiles(write_pmtiles(tmp_path / "a.pmtiles", PICTURES, **wrong))  # type: ignore[arg-type]


def test_a_directory_that_points_outside_of_the_file_gives_no_byte_of_it(tmp_path: Path) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", {(0, 0, 0): png(1)})
    content = bytearray(path.read_bytes())
    struct.pack_into("<Q", content, 64, 5)  # says that the tile data are five bytes long
    path.write_bytes(content)
    with pytest.raises(Damaged, match="outside"):
        open_tiles(path).tile(0, 0, 0)


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_read_or_refused_and_never_worse(tmp_path: Path, name: str) -> None:
    sound = WRITERS[name](tmp_path / "sound", PICTURES).read_bytes()
    chance = random.Random(6)
    for number in range(150):
        content = bytearray(sound)
        for _ in range(chance.randint(1, 8)):
            content[chance.randrange(len(content))] = chance.randrange(256)
        path = tmp_path / f"damaged-{number}"
        path.write_bytes(content[: chance.randint(1, len(content))] if number % 3 == 0 else content)
        try:
            tiles = open_tiles(path)
        except BadInput:
            continue
        for place in PLACES:
            with suppress(Damaged):
                tiles.tile(*place)
        tiles.close()
