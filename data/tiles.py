"""Local map tiles from one file, MBTiles or PMTiles v3: read only, a tile at a time, and nothing in it is trusted.

What a tile is, is read from its own first bytes; what a file says of itself is plain text by the time it leaves here.
"""

import html
import os
import re
import stat
import threading
import zlib
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2s
from pathlib import Path
from typing import Protocol

from data.errors import BadInput, Damaged, NotReachable

TOP_ZOOM = 26
"""Beyond it a tile is a few decimetres wide; a PMTiles id still fits into 64 bits."""
TRIES = 5
"""To open a file that is replaced again and again."""
MOST_TILE_BYTES = 16 << 20
MOST_UNPACKED_BYTES = 64 << 20
WORLD = (-85.0511287798066, -180.0, 85.0511287798066, 180.0)
"""South, west, north, east of a Web Mercator map."""

_TAG = re.compile(r"<[^<>]{0,2000}>")
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class TileKind(StrEnum):
    """What a tile holds, as its media type."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    VECTOR = "application/vnd.mapbox-vector-tile"


@dataclass(frozen=True)
class TilesInfo:
    """What a file says of itself. `bounds` are south, west, north, east in degrees; `attribution` is plain text."""

    name: str
    attribution: str
    kind: TileKind
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float] = WORLD
    layers: tuple[str, ...] = ()

    @property
    def is_vector(self) -> bool:
        return self.kind is TileKind.VECTOR


@dataclass(frozen=True)
class Tile:
    """One tile as it is kept; `is_gzipped` only where it is a vector tile."""

    content: bytes
    kind: TileKind
    is_gzipped: bool = False

    def plain(self) -> bytes:
        """The content unpacked."""
        return unpacked(self.content, what="tile") if self.is_gzipped else self.content


class TileSet(Protocol):
    """An open file of tiles; safe for threads."""

    @property
    def info(self) -> TilesInfo: ...

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """The tile with y counted from the north; None where the file has none. Damaged where it cannot be read."""
        ...

    def close(self) -> None:
        """Only for whoever alone has it."""
        ...


def is_address(z: int, x: int, y: int) -> bool:
    """Whether a Web Mercator map has a tile of this address."""
    return 0 <= z <= TOP_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z


def tile_of(content: bytes, *, what: str) -> Tile:
    """A tile by its first bytes, whatever else is said of it; Damaged when it is of no kind that is served."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return Tile(content, TileKind.PNG)
    if content.startswith(b"\xff\xd8\xff"):
        return Tile(content, TileKind.JPEG)
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return Tile(content, TileKind.WEBP)
    if content.startswith(b"\x1f\x8b"):
        return Tile(content, TileKind.VECTOR, is_gzipped=True)
    if content.startswith(b"\x1a"):  # field 3, "layers", with which every Mapbox vector tile begins
        return Tile(content, TileKind.VECTOR)
    raise Damaged(f"{what}: a tile is neither PNG, JPEG, WebP nor a vector tile")


def unpacked(content: bytes, *, what: str, most_bytes: int = MOST_UNPACKED_BYTES) -> bytes:
    """Unpack gzip; Damaged when it cannot be, or would grow beyond `most_bytes`."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        plain = unpacking.decompress(content, most_bytes)
    except zlib.error as error:
        raise Damaged(f"{what}: cannot be unpacked ({error})") from error
    if not unpacking.eof:
        why = "is cut off" if not unpacking.unconsumed_tail else f"grows beyond {most_bytes >> 20} MiB when unpacked"
        raise Damaged(f"{what}: {why}")
    return plain


def as_plain_text(said: object, *, most: int = 300) -> str:
    """Text of a stranger's file without markup and unseen characters: attributions come as HTML, and maps show them so.

    >>> as_plain_text('<a href="https://osm.org" onclick=x()>&copy; OSM</a> contributors')
    '© OSM contributors'
    """
    text = str(said)[: 20 * most]
    for _ in range(3):  # what a tag or an entity hides may be another one
        text = html.unescape(_TAG.sub("", text))
    text = _UNSEEN.sub(" ", text).replace("<", "").replace(">", "")
    return " ".join(text.split())[:most]


def checked_bounds(south: float, west: float, north: float, east: float) -> tuple[float, float, float, float]:
    """Bounds as a file says them, or the world's where they make no sense."""
    makes_sense = -90 <= south < north <= 90 and -180 <= west < east <= 180
    return (south, west, north, east) if makes_sense else WORLD


def open_tiles(path: Path) -> TileSet:
    """Open an MBTiles or PMTiles v3 file, by its content. BadInput when it is neither, or cannot be served safely.

    NotReachable when there is no such file, or it may not be read.
    """
    from data.mbtiles import MbTiles  # both stand on this module
    from data.pmtiles import PmTiles

    head = _head(path)
    if head.startswith(b"SQLite format 3\x00"):
        return MbTiles(path)
    if head.startswith(b"PMTiles"):
        return PmTiles(path)
    raise BadInput(f"{path.name}: is no map file; MBTiles and PMTiles (version 3) are read")


def _head(path: Path) -> bytes:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for without end
            raise BadInput(f"{path.name}: is no file")
        with path.open("rb") as file:
            return file.read(16)
    except OSError as error:
        raise NotReachable(f"{path.name}: the map file cannot be read ({error.strerror})") from error


@dataclass(frozen=True)
class OpenTiles:
    """A file of tiles as it is now; `stamp` changes with the file."""

    tiles: TileSet
    stamp: str


class TilesFile:
    """The file of tiles that a setting names: opened when first asked for, and again when somebody replaces it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._open: OpenTiles | None = None

    def opened(self) -> OpenTiles:
        """The open file; see `open_tiles` for what it raises."""
        for _ in range(TRIES - 1):
            stamp = _stamp(self.path)
            try:
                return self._opened(stamp)
            except BadInput:
                if stamp == _stamp(self.path):
                    raise  # it is not that somebody replaced the file while it was being opened
        return self._opened(_stamp(self.path))

    def _opened(self, stamp: str) -> OpenTiles:
        with self._lock:
            if self._open is None or self._open.stamp != stamp:
                self._open = OpenTiles(open_tiles(self.path), stamp)  # the one before ends with its last reader
            return self._open


def _stamp(path: Path) -> str:
    try:
        known: os.stat_result = path.stat()
    except OSError as error:
        raise NotReachable(f"{path.name}: the map file cannot be read ({error.strerror})") from error
    told = f"{known.st_dev} {known.st_ino} {known.st_size} {known.st_mtime_ns}"
    return blake2s(told.encode(), digest_size=8).hexdigest()
