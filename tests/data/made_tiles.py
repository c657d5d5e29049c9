"""Files of tiles to test with: MBTiles, and PMTiles written after the specification by other code than reads them."""

import gzip
import json
import sqlite3
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Place = tuple[int, int, int]
WORLD_E7 = (-1_800_000_000, -850_000_000, 1_800_000_000, 850_000_000)
VECTOR = gzip.compress(b"\x1a\x05\x0a\x03abc", mtime=0)


def png(shade: int) -> bytes:
    """A picture of one pixel."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes([0, shade % 256]))), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(c)) + n + c + struct.pack(">I", zlib.crc32(n + c)) for n, c in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def write_mbtiles(path: Path, tiles: Mapping[Place, bytes], **said: str) -> Path:
    """An MBTiles file of `tiles` with y counted from the north; `said` are its metadata."""
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE metadata (name text, value text)")
        made.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
        made.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
        made.executemany("INSERT INTO metadata VALUES (?, ?)", said.items())
        rows = [(z, x, (1 << z) - 1 - y, content) for (z, x, y), content in tiles.items()]
        made.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    made.close()
    return path


def hilbert(z: int, x: int, y: int) -> int:
    """The id of a tile as the specification's own description goes: walk the curve and count."""
    number = sum(4**lower for lower in range(z))
    order = 1 << z
    d, s, rx, ry = 0, order >> 1, 0, 0
    while s:
        rx, ry = int((x & s) > 0), int((y & s) > 0)
        d += s * s * ((3 * rx) ^ ry)
        if ry == 0:
            if rx == 1:
                x, y = order - 1 - x, order - 1 - y
            x, y = y, x
        s >>= 1
    return number + d


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def directory(entries: list[tuple[int, int, int, int]]) -> bytes:
    """(id, run, length, offset) as a packed directory."""
    out = bytearray(varint(len(entries)))
    last = 0
    for tile_id, *_ in entries:
        out += varint(tile_id - last)
        last = tile_id
    for column in (1, 2):
        for entry in entries:
            out += varint(entry[column])
    end = None
    for _, _, length, offset in entries:
        out += varint(0 if offset == end else offset + 1)
        end = offset + length
    return gzip.compress(bytes(out), mtime=0)


def write_pmtiles(
    path: Path,
    tiles: Mapping[Place, bytes],
    *,
    kind: int = 2,
    per_leaf: int = 0,
    said: Any = None,
    version: int = 3,
    packing: int = 1,
    inner: int = 2,
    bounds_e7: tuple[int, int, int, int] = WORLD_E7,
    zooms: tuple[int, int] | None = None,
) -> Path:
    """A PMTiles file; with `per_leaf` its directory has leaves of that many entries."""
    body, entries = bytearray(), []
    for tile_id, content in sorted((hilbert(*place), content) for place, content in tiles.items()):
        if entries and entries[-1][0] + entries[-1][1] == tile_id and body[entries[-1][3] :] == content:
            entries[-1] = (entries[-1][0], entries[-1][1] + 1, *entries[-1][2:])
            continue
        entries.append((tile_id, 1, len(content), len(body)))
        body += content
    leaves, root_entries = bytearray(), entries
    if per_leaf:
        root_entries = []
        for at in range(0, len(entries), per_leaf):
            leaf = directory(entries[at : at + per_leaf])
            root_entries.append((entries[at][0], 0, len(leaf), len(leaves)))
            leaves += leaf
    root = directory(root_entries)
    metadata = gzip.compress(json.dumps({} if said is None else said).encode(), mtime=0)
    low, high = zooms or (min(z for z, _, _ in tiles), max(z for z, _, _ in tiles))
    places, at = [], 127
    for part in (root, metadata, leaves, body):
        places += [at, len(part)]
        at += len(part)
    head = b"PMTiles" + bytes([version]) + struct.pack("<11Q", *places, len(tiles), len(entries), len(entries))
    head += bytes([1, inner, packing, kind, low, high]) + struct.pack("<iiii", *bounds_e7)
    head += bytes([low]) + struct.pack("<ii", 0, 0)
    path.write_bytes(head + root + metadata + leaves + body)
    return path
