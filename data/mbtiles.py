"""MBTiles 1.3: an SQLite file with one row a tile (github.com/mapbox/mbtiles-spec).

The file is a stranger's database. It is opened read-only and immutable; only plain reads are allowed in it, no
function but a few, no recursion, no virtual table, no value beyond a tile's size; what takes long is broken off.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from data.errors import BadInput, Damaged
from data.tiles import (
    MOST_TILE_BYTES,
    TOP_ZOOM,
    WORLD,
    Tile,
    TilesInfo,
    as_plain_text,
    checked_bounds,
    is_address,
    tile_of,
)

LONGEST_S = 2.0
"""A tile takes 0.03 ms; a view made to be slow is broken off after this."""
_STEPS_BETWEEN_LOOKS = 20_000
_HARMLESS = frozenset({"min", "max", "count", "coalesce", "ifnull", "length"})
_TILE = "SELECT tile_data FROM tiles WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?"


class MbTiles:
    """An open MBTiles file; safe for threads."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        self._lock = threading.Lock()
        self._until_s = 0.0
        self._connection = _opened(path)
        try:
            self._connection.set_progress_handler(self._takes_too_long, _STEPS_BETWEEN_LOOKS)
            self._info = self._told()
        except (Damaged, BadInput, ValueError, TypeError, OverflowError, RecursionError) as error:
            self._connection.close()
            if isinstance(error, BadInput):
                raise
            why = str(error) if isinstance(error, Damaged) else f"{self._name}: its metadata cannot be read"
            raise BadInput(why) from error

    @property
    def info(self) -> TilesInfo:
        return self._info

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """See `data.tiles.TileSet`. MBTiles counts rows from the south."""
        if not is_address(z, x, y):
            return None
        rows = self._rows(_TILE, z, x, (1 << z) - 1 - y)
        if not rows or not rows[0][0]:
            return None
        if not isinstance(rows[0][0], bytes):
            raise Damaged(f"{self._name}: a tile is no picture but a {type(rows[0][0]).__name__}")
        return tile_of(rows[0][0], what=self._name)

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _told(self) -> TilesInfo:
        if self._rows("SELECT 1 FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL%' LIMIT 1"):
            raise BadInput(f"{self._name}: holds virtual tables, which are not opened")
        first = self._rows("SELECT tile_data FROM tiles WHERE length(tile_data) > 0 LIMIT 1")
        if not first or not isinstance(first[0][0], bytes):
            raise BadInput(f"{self._name}: holds no tile")
        said = {str(name): str(value) for name, value in self._rows("SELECT name, value FROM metadata LIMIT 200")}
        low, high = (self._zoom(said, of) for of in ("min", "max"))
        return TilesInfo(
            name=as_plain_text(said.get("name", self._name)),
            attribution=as_plain_text(said.get("attribution", "")),
            kind=tile_of(first[0][0], what=self._name).kind,
            min_zoom=low,
            max_zoom=max(low, high),
            bounds=_bounds(said.get("bounds", "")),
            layers=_layers(said.get("json", "")),
        )

    def _zoom(self, said: dict[str, str], of: str) -> int:
        told = said.get(f"{of}zoom", "").strip()
        if not told.isdecimal():
            told = str(self._rows(f"SELECT {of}(zoom_level) FROM tiles")[0][0])  # noqa: S608  one of two words
        return min(max(int(told), 0), TOP_ZOOM)

    def _rows(self, query: str, *values: int) -> list[tuple[Any, ...]]:
        with self._lock, self._saying_damaged():
            self._until_s = time.monotonic() + LONGEST_S
            return self._connection.execute(query, values).fetchmany(200)

    @contextmanager
    def _saying_damaged(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            late = time.monotonic() >= self._until_s
            raise Damaged(f"{self._name}: {'a tile takes too long' if late else error}") from error
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise Damaged(f"{self._name}: cannot be read ({error})") from error

    def _takes_too_long(self) -> bool:
        return time.monotonic() >= self._until_s


def _opened(path: Path) -> sqlite3.Connection:
    try:
        # immutable: no journal and no lock beside it is looked at, and nothing is made
        uri = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
        connection = sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TILE_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
    except sqlite3.Error as error:
        raise BadInput(f"{path.name}: cannot be opened as MBTiles ({error})") from error
    connection.set_authorizer(_allowed)
    return connection


def _allowed(action: int, _what: str | None, name: str | None, _database: str | None, _view: str | None) -> int:
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ):
        return sqlite3.SQLITE_OK
    is_harmless = action == sqlite3.SQLITE_FUNCTION and name in _HARMLESS | {"like"}
    return sqlite3.SQLITE_OK if is_harmless else sqlite3.SQLITE_DENY


def _bounds(said: str) -> tuple[float, float, float, float]:
    try:
        west, south, east, north = (float(part) for part in said.split(","))
    except ValueError:
        return WORLD
    return checked_bounds(south, west, north, east)


def _layers(said: str) -> tuple[str, ...]:
    """The names of a vector file's layers."""
    try:
        layers = json.loads(said)["vector_layers"]
        return tuple(as_plain_text(layer["id"]) for layer in layers[:100])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()
