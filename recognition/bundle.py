"""A ZIP of pictures and films: what is in it, and the bytes of one of them. Only a child looks into one.

Names in it are told as texts and never used as paths; nothing is unpacked to disk here. How much comes out is counted
while it comes, for what a ZIP says of its own sizes may be a lie, and its entries may share their bytes.
"""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data.errors import BadInput, UnreadableFootage
from recognition.stills import begins_as_still, is_motion_jpeg, still_of
from recognition.taken import NOTHING_SAID, Taken

MOST_MEMBERS = 20_000
MOST_PICTURE_BYTES = 128 << 20
MOST_NAME = 160
_TIMES_LARGER = 20
"""A picture or film packs by a few parts in a hundred; what unpacks to more than this much of itself is a bomb."""
_FREE_BYTES = 1 << 20
_CHUNK = 1 << 20
_LOCKED = 0x1
_FILMS = frozenset(
    ["264", "265", "3g2", "3gp", "asf", "avi", "dav", "flv", "gif", "h264", "h265", "hevc", "m2ts", "m4v", "mjpeg",
     "mjpg", "mkv", "mov", "mp4", "mpeg", "mpg", "mts", "ts", "webm", "wmv"]
)  # fmt: skip
_NOISE = frozenset({"__macosx", ".ds_store", "thumbs.db", "desktop.ini"})
_DAMAGE = (zipfile.BadZipFile, zlib.error, OSError, ValueError, EOFError, RuntimeError, NotImplementedError,
           IndexError, KeyError, UnicodeError, AttributeError)  # fmt: skip

PICTURE, FILM = "picture", "film"


@dataclass(frozen=True)
class Bundled:
    """A file in a ZIP: the `number`-th, under the name it has there.

    `why` says why it cannot be taken, "" where it can. `kind` is "picture" or "film", "" for neither; `taken` is what
    a picture says of itself, nothing for a film.
    """

    number: int
    name: str
    size_bytes: int
    kind: str = ""
    taken: Taken = NOTHING_SAID
    why: str = ""


def bundled(path: Path, *, max_pixels: int) -> Iterator[Bundled]:
    """What the ZIP holds, in its order, without folders and what systems leave in them.

    Raises
    ------
    BadInput
        It is no ZIP, is damaged, holds too many files, or unpacks to far more than it holds.
    """
    with _opened(path) as (packed, infos):
        budget = _Budget(path.name, path.stat().st_size)
        for number, info in enumerate(infos):
            if not info.is_dir() and not _is_noise(info.filename):
                yield _looked(packed, number, info, budget, max_pixels)


def content(path: Path, number: int, *, most_bytes: int) -> Iterator[bytes]:
    """The bytes of one file of the ZIP, in pieces; BadInput where it is damaged, or larger than `most_bytes`."""
    with _opened(path) as (packed, infos):
        if not 0 <= number < len(infos):
            raise BadInput(f"{path.name}: holds no file {number}")
        info = infos[number]
        budget = _Budget(path.name, path.stat().st_size)
        size = 0
        for piece in _pieces(packed, info, budget):
            size += len(piece)
            if size > most_bytes:
                raise BadInput(f"{shown_name(info.filename)}: is larger than the {most_bytes:,} bytes that are taken")
            yield piece


def shown_name(name: str) -> str:
    """A name out of a ZIP as a text: its last two parts, nothing in it that cannot be printed.

    >>> shown_name("../../etc/passwd"), shown_name("C:\\\\holiday\\\\IMG_1.jpg"), shown_name("a\\x00b\\n.jpg")
    ('etc/passwd', 'holiday/IMG_1.jpg', 'a b .jpg')
    """
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..", ".")]
    text = "/".join(parts[-2:])
    kept = "".join(letter if letter.isprintable() else " " for letter in text).strip()
    return kept[-MOST_NAME:] or "unnamed"


class _Budget:
    """How much may come out of a ZIP of so many bytes."""

    def __init__(self, name: str, size_bytes: int) -> None:
        self._name, self._left = name, _TIMES_LARGER * size_bytes + _FREE_BYTES

    def take(self, size_bytes: int) -> None:
        self._left -= size_bytes
        if self._left < 0:
            raise BadInput(f"{self._name}: unpacks to far more than it holds, as a bomb does; it is not opened")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, list[zipfile.ZipInfo]]]:
    try:
        with zipfile.ZipFile(path) as packed:
            infos = packed.infolist()
            if len(infos) > MOST_MEMBERS:
                raise BadInput(f"{path.name}: holds {len(infos):,} files, and at most {MOST_MEMBERS:,} are taken")
            yield packed, infos
    except BadInput:
        raise
    except _DAMAGE as error:
        raise BadInput(f"{path.name}: is no ZIP archive, or a damaged one; pack it again") from error


def _looked(packed: zipfile.ZipFile, number: int, info: zipfile.ZipInfo, budget: _Budget, max_pixels: int) -> Bundled:
    name = shown_name(info.filename)
    if why := _refusal(info):
        return Bundled(number, name, info.file_size, why=why)
    try:
        return _kind_of(packed, number, info, budget, max_pixels, name)
    except UnreadableFootage as error:
        return Bundled(number, name, info.file_size, PICTURE, why=str(error))
    except BadInput:
        raise
    except _DAMAGE:
        return Bundled(number, name, info.file_size, why="is damaged in the archive")


def _kind_of(
    packed: zipfile.ZipFile, number: int, info: zipfile.ZipInfo, budget: _Budget, max_pixels: int, name: str
) -> Bundled:
    with packed.open(info) as stream:
        head = stream.read(12)
    if not begins_as_still(head):
        if name.rpartition(".")[2].lower() in _FILMS:
            return Bundled(number, name, info.file_size, FILM)
        return Bundled(number, name, info.file_size, why="is no picture or film")
    if info.file_size > MOST_PICTURE_BYTES:
        return Bundled(number, name, info.file_size, PICTURE, why="is too large for a picture")
    whole = b"".join(_pieces(packed, info, budget))
    if is_motion_jpeg(whole):
        return Bundled(number, name, len(whole), FILM)
    found = still_of(io.BytesIO(whole), name=name, max_pixels=max_pixels)
    return Bundled(number, name, len(whole), PICTURE, found.taken)


def _refusal(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & _LOCKED:
        return "is locked with a password"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "is a link to another file"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is packed in a way that is not read here"
    return "" if info.file_size else "is empty"


def _pieces(packed: zipfile.ZipFile, info: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    own = _Budget(shown_name(info.filename), info.compress_size)
    with packed.open(info) as stream:
        while piece := stream.read(_CHUNK):
            own.take(len(piece))
            budget.take(len(piece))
            yield piece


def _is_noise(name: str) -> bool:
    return any(part.lower() in _NOISE or part.startswith("._") for part in name.replace("\\", "/").split("/"))
