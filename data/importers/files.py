"""Bytes from outside made safe to read: unpacked within a limit, decoded, and told apart by what they hold."""

import bz2
import gzip
import json
import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from pathlib import PurePath

from data.errors import BadInput

MAX_UNPACKED_BYTES = 512 * 2**20  # a city's OSM extract fits, a bomb does not
MAX_TEXT = 500  # characters kept of any one value
_CHUNK = 2**20
_XML_ROOT = re.compile(r"<(?:[A-Za-z]\w*:)?([A-Za-z]\w*)")


class Kind(StrEnum):
    """What a file holds."""

    CSV = "CSV"
    JSON = "JSON"
    OSM_XML = "OSM XML"
    OSM_PBF = "OSM PBF"
    GPX = "GPX"


# OSM is streamed; the others are held whole, at 10 to 50 times their size in the worst case
MAX_BYTES = {Kind.CSV: 256 * 2**20, Kind.JSON: 256 * 2**20, Kind.GPX: 32 * 2**20}


@dataclass(frozen=True)
class Text:
    """A decoded file; `note` says what had to be assumed or left out, empty where nothing was."""

    text: str
    note: str = ""


def shown_name(file_name: str) -> str:
    """The file's own name, without folders, on one line."""
    return one_line(PurePath(file_name.replace("\\", "/")).name)[:120] or "file"


def one_line(text: str) -> str:
    """`text` as stores and pages can hold it: no control characters, no halves of surrogate pairs, at most MAX_TEXT."""
    if len(text) > MAX_TEXT:
        text = text[: MAX_TEXT - 1] + "…"
    if text.isprintable():
        return text.strip()
    kept = "".join(char if char.isprintable() else "�" if "\ud800" <= char <= "\udfff" else " " for char in text)
    return " ".join(kept.split())


def unpacked(data: bytes, file_name: str, *, max_bytes: int = MAX_UNPACKED_BYTES) -> bytes:
    """`data` out of one layer of gzip or bzip2; BadInput where it is damaged, or grows beyond `max_bytes`."""
    name = shown_name(file_name)
    if data[:4] == b"PK\x03\x04":
        raise BadInput(f"{name}: is a zip or Excel file; unpack it, or save the sheet as CSV")
    if data[:2] == b"\x1f\x8b":
        packed: gzip.GzipFile | bz2.BZ2File = gzip.GzipFile(fileobj=BytesIO(data))
    elif data[:3] == b"BZh":
        packed = bz2.BZ2File(BytesIO(data))
    else:
        return within(data, name, max_bytes)
    parts: list[bytes] = []
    room = max_bytes + 1
    try:
        while room > 0 and (part := packed.read(min(_CHUNK, room))):
            parts.append(part)
            room -= len(part)
    except (zlib.error, OSError, EOFError) as error:
        raise BadInput(f"{name}: the compressed file is damaged or cut short") from error
    return within(b"".join(parts), name, max_bytes)


def within(data: bytes, name: str, max_bytes: int) -> bytes:
    """`data`, or BadInput where it is larger than `max_bytes`."""
    if len(data) > max_bytes:
        raise BadInput(f"{name}: holds more than {max_bytes / 2**20:g} MiB unpacked, which is refused")
    return data


def kind_of(data: bytes, file_name: str) -> Kind:
    """Told by the first bytes, since a file's name may be wrong; BadInput for other XML, and where it is too large."""
    kind = _kind(data, file_name)
    within(data, shown_name(file_name), MAX_BYTES.get(kind, MAX_UNPACKED_BYTES))
    return kind


def _kind(data: bytes, file_name: str) -> Kind:
    if b"OSMHeader" in data[:64]:
        return Kind.OSM_PBF
    head = decoded(data[:4096]).text.lstrip("\ufeff \t\r\n\x00")
    if head[:1] in ("{", "["):
        return Kind.JSON
    if head[:1] != "<":
        return Kind.CSV
    root = _XML_ROOT.search(re.sub(r"<!--.*?-->", "", head, flags=re.DOTALL))
    if root is not None and root[1] in ("osm", "gpx"):
        return Kind.OSM_XML if root[1] == "osm" else Kind.GPX
    raise BadInput(f"{shown_name(file_name)}: is XML or HTML, but neither OpenStreetMap (<osm>) nor GPX (<gpx>)")


def decoded(data: bytes) -> Text:
    """The text of a CSV or JSON file: by its byte order mark, else UTF-8, else Windows-1252, which is said."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Text(data.decode("utf-16", errors="replace"))
    pairs = data[:2000]
    if len(pairs) >= 8 and pairs[1::2].count(0) > len(pairs) // 3:
        return Text(data.decode("utf-16-le", errors="replace"), "read as UTF-16 without a byte order mark")
    if len(pairs) >= 8 and pairs[::2].count(0) > len(pairs) // 3:
        return Text(data.decode("utf-16-be", errors="replace"), "read as UTF-16 without a byte order mark")
    try:
        return Text(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Text(data.decode("cp1252", errors="replace"), "is not UTF-8; read as Windows-1252")


def parsed_json(data: bytes, file_name: str) -> object:
    """The JSON value in `data`; BadInput where it is damaged or nested too deep."""
    name = shown_name(file_name)
    try:
        value: object = json.loads(decoded(data).text)
    except RecursionError as error:
        raise BadInput(f"{name}: is nested too deep to be a list of places") from error
    except ValueError as error:
        raise BadInput(f"{name}: is not valid JSON ({one_line(str(error))[:80]})") from error
    return value
