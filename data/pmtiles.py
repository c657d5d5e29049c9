"""PMTiles version 3: one file, directories of tile ids along a Hilbert curve (github.com/protomaps/PMTiles, spec v3).

Every offset and length is a stranger's word: reads stay inside the file, directories inside fixed sizes.
"""

import json
import os
import struct
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput, Damaged
from data.tiles import (
    MOST_TILE_BYTES,
    TOP_ZOOM,
    Tile,
    TileKind,
    TilesInfo,
    as_plain_text,
    checked_bounds,
    is_address,
    tile_of,
    unpacked,
)

MOST_DIRECTORY_BYTES = 8 << 20
MOST_ENTRIES = 500_000
MOST_METADATA_BYTES = 4 << 20
DEEPEST = 4
"""Directories below one another; writers make two, the specification's own reader follows four."""
ENTRIES_KEPT = 2_000_000
"""Of directories kept unpacked; 32 bytes each."""

_HEADER = struct.Struct("<7sB11QBBBBBBiiiiBii")
_NONE, _GZIP = 1, 2
_KINDS = {1: TileKind.VECTOR, 2: TileKind.PNG, 3: TileKind.JPEG, 4: TileKind.WEBP}
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class _Header:
    root: tuple[int, int]
    metadata: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    is_packed: bool  # directories and metadata
    kind: TileKind
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]


@dataclass(frozen=True)
class _Directory:
    """Entries in the order of their tile ids; one with `run` 0 leads to another directory."""

    id: Numbers
    run: Numbers
    length: Numbers
    offset: Numbers

    def find(self, tile_id: int) -> tuple[int, int, int] | None:
        """Run, length and offset of the entry that holds `tile_id`."""
        at = int(np.searchsorted(self.id, tile_id, side="right")) - 1
        if at < 0:
            return None
        run = int(self.run[at])
        holds = run == 0 or tile_id - int(self.id[at]) < run
        return (run, int(self.length[at]), int(self.offset[at])) if holds else None


class PmTiles:
    """An open PMTiles file; safe for threads."""

    def __init__(self, path: Path) -> None:
        self._name = path.name
        # read by position: a file that is cut short under a memory map would end the process
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        # closed with the last who reads, never under their hands: the number may be another file's a moment later
        self._close = weakref.finalize(self, os.close, self._file)
        self._size = os.fstat(self._file).st_size
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], _Directory] = OrderedDict()
        try:
            self._header = self._read_header()
            self._info = self._told()
            self._directory(*self._header.root)
        except (Damaged, BadInput) as error:
            self.close()
            raise BadInput(str(error)) from error

    @property
    def info(self) -> TilesInfo:
        return self._info

    def tile(self, z: int, x: int, y: int) -> Tile | None:
        """See `data.tiles.TileSet`."""
        if not is_address(z, x, y):
            return None
        tile_id, place = tile_number(z, x, y), self._header.root
        for _ in range(DEEPEST):
            found = self._directory(*place).find(tile_id)
            if found is None:
                return None
            run, length, offset = found
            if run:
                content = self._part(self._header.tiles, offset, length, most=MOST_TILE_BYTES)
                return tile_of(content, what=self._name) if content else None
            place = self._within(self._header.leaves, offset, length)
        raise Damaged(f"{self._name}: its directories lead nowhere")

    def close(self) -> None:
        self._close()

    def _read_header(self) -> _Header:
        head = self._read(0, min(_HEADER.size, self._size))
        if len(head) < _HEADER.size:
            raise BadInput(f"{self._name}: is cut off")
        _, version, *numbers = _HEADER.unpack(head)
        if version != 3:
            raise BadInput(f"{self._name}: is PMTiles version {version}; version 3 is read")
        inner, packing, kind, low, high = numbers[12:17]
        if inner not in (_NONE, _GZIP) or packing not in (_NONE, _GZIP):
            raise BadInput(f"{self._name}: is packed in a way that is not read here; gzip and none are")
        if kind not in _KINDS:
            raise BadInput(f"{self._name}: holds tiles of a kind that is not served")
        if not 0 <= low <= high <= TOP_ZOOM:
            raise BadInput(f"{self._name}: its zooms {low} to {high} make no sense")
        west, south, east, north = (e7 / 1e7 for e7 in numbers[17:21])
        parts = [(numbers[at], numbers[at + 1]) for at in (0, 2, 4, 6)]
        for offset, length in parts:
            if offset + length > self._size:
                raise BadInput(f"{self._name}: is cut off, or its head is damaged")
        root, metadata, leaves, tiles = parts
        bounds = checked_bounds(south, west, north, east)
        return _Header(root, metadata, leaves, tiles, inner == _GZIP, _KINDS[kind], low, high, bounds)

    def _told(self) -> TilesInfo:
        head = self._header
        said = self._metadata()
        layers = said.get("vector_layers")
        names = [layer.get("id", "") for layer in layers[:100] if isinstance(layer, dict)] if isinstance(
            layers, list
        ) else []  # fmt: skip
        return TilesInfo(
            name=as_plain_text(said.get("name", self._name)),
            attribution=as_plain_text(said.get("attribution", "")),
            kind=head.kind,
            min_zoom=head.min_zoom,
            max_zoom=head.max_zoom,
            bounds=head.bounds,
            layers=tuple(as_plain_text(name) for name in names),
        )

    def _metadata(self) -> dict[str, object]:
        offset, length = self._header.metadata
        if length > MOST_METADATA_BYTES:
            raise BadInput(f"{self._name}: its metadata are larger than {MOST_METADATA_BYTES >> 20} MiB")
        content = self._plain(offset, length, most=MOST_METADATA_BYTES)
        try:
            said = json.loads(content) if content else {}
        except (ValueError, RecursionError) as error:
            raise BadInput(f"{self._name}: its metadata cannot be read") from error
        return said if isinstance(said, dict) else {}

    def _directory(self, offset: int, length: int) -> _Directory:
        with self._lock:
            kept = self._kept.get((offset, length))
            if kept is not None:
                self._kept.move_to_end((offset, length))
                return kept
        if length > MOST_DIRECTORY_BYTES:
            raise Damaged(f"{self._name}: a directory is larger than {MOST_DIRECTORY_BYTES >> 20} MiB")
        read = directory_of(self._plain(offset, length, most=MOST_DIRECTORY_BYTES), what=self._name)
        with self._lock:
            self._kept[offset, length] = read
            while sum(len(kept.id) for kept in self._kept.values()) > ENTRIES_KEPT and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return read

    def _plain(self, offset: int, length: int, *, most: int) -> bytes:
        content = self._read(offset, length)
        if not content or not self._header.is_packed:
            return content
        return unpacked(content, what=self._name, most_bytes=most)

    def _part(self, of: tuple[int, int], offset: int, length: int, *, most: int) -> bytes:
        start, size = self._within(of, offset, length)
        if size > most:
            raise Damaged(f"{self._name}: a tile is larger than {most >> 20} MiB")
        return self._read(start, size)

    def _within(self, of: tuple[int, int], offset: int, length: int) -> tuple[int, int]:
        start, size = of
        if offset < 0 or length <= 0 or offset + length > size:
            raise Damaged(f"{self._name}: a directory points outside of the file")
        return start + offset, length

    def _read(self, offset: int, length: int) -> bytes:
        try:
            content = os.pread(self._file, length, offset)
        except OSError as error:
            raise Damaged(f"{self._name}: cannot be read ({error})") from error
        if len(content) != length:
            raise Damaged(f"{self._name}: is cut off")
        return content


def tile_number(z: int, x: int, y: int) -> int:
    """A tile's id: all tiles of lower zooms, then its place on the Hilbert curve of its own zoom.

    >>> [tile_number(*at) for at in [(0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0)]]
    [0, 1, 2, 3, 4, 5]
    """
    number = ((1 << 2 * z) - 1) // 3
    for bit in reversed(range(z)):
        side = 1 << bit
        is_right, is_low = int(bool(x & side)), int(bool(y & side))
        number += side * side * ((3 * is_right) ^ is_low)
        if not is_low:  # the curve of this quarter is turned
            if is_right:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
    return number


def directory_of(content: bytes, *, what: str) -> _Directory:
    """A directory from its unpacked bytes: the number of entries, then ids (each as the step from the one before),
    runs, lengths, and offsets (each plus one, or 0 for "right behind the one before"), all as varints."""
    numbers = _varints(content, what)
    count = int(numbers[0]) if len(numbers) else 0
    if not 0 < count <= MOST_ENTRIES or len(numbers) != 1 + 4 * count:
        raise Damaged(f"{what}: a directory is damaged")
    steps, run, length, said = numbers[1:].reshape(4, count)
    if int(length.max()) >= 1 << 40 or int(said.max()) >= 1 << 61 or float(steps.sum(dtype=np.float64)) >= 2.0**61:
        raise Damaged(f"{what}: a directory is damaged")  # such sums would not fit into 64 bits
    tile_id = np.cumsum(steps)
    follows = said == 0
    if follows[0]:
        raise Damaged(f"{what}: a directory is damaged")
    # where an entry follows the one before, its offset is that of the last one said plus all lengths since
    before = np.cumsum(length) - length
    last_said = np.maximum.accumulate(np.where(follows, 0, np.arange(count)))
    offset = (said - 1)[last_said] + before - before[last_said]
    return _Directory(tile_id, run, length, offset)


def _varints(content: bytes, what: str) -> Numbers:
    """All varints (little-endian groups of seven bits) of a content, at once."""
    octets = np.frombuffer(content, np.uint8)
    is_last = octets < 0x80
    if not len(octets) or not is_last[-1]:
        raise Damaged(f"{what}: a directory is cut off")
    ends = np.flatnonzero(is_last)
    starts = np.concatenate([[0], ends[:-1] + 1])
    if int((ends - starts).max()) > 8:  # nine groups hold 63 bits
        raise Damaged(f"{what}: a directory is damaged")
    place = np.arange(len(octets)) - np.repeat(starts, ends - starts + 1)
    groups = (octets & 0x7F).astype(np.int64) << (7 * place)
    return np.asarray(np.add.reduceat(groups, starts), np.int64)
