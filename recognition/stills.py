"""A still picture as footage: one picture, shown at container time 0."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL.Image import Image as Picture

from data.errors import UnreadableFootage, UnreadableImage
from recognition.decoding import Frame
from recognition.faces import Image
from recognition.formats import check_file
from recognition.images import as_bgr, opened_picture
from recognition.taken import Taken, taken_by_exif
from recognition.tally import Tally
from recognition.timeline import CONTAINER

STILL_S = 1.0
"""How long a still picture stands for: cameras write the second in which it was taken, and no fraction."""

_ANIMATED = frozenset({"png", "webp", "avif"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"})
_TURNS = {3: 180, 4: 180, 5: 90, 6: 90, 7: 270, 8: 270}  # EXIF orientation to degrees clockwise
_ORIENTATION = 0x0112
_START_OF_SCAN = 0xDA
_MOST_PADDING = 64
_JPEG = b"\xff\xd8\xff"


class StillFrame(Frame):
    """A still picture, upright already."""

    def __init__(self, image_bgr: Image) -> None:
        self.image_bgr = image_bgr
        self.time_s, self.time_source = 0.0, CONTAINER
        self.is_audited, self.skipped_s = False, 0.0
        self._quarter_turns = 0
        self.height, self.width = image_bgr.shape[:2]
        self._grey = {}

    def _brightness(self) -> Image:
        return np.asarray(cv2.cvtColor(self.image_bgr, cv2.COLOR_BGR2GRAY), np.uint8)


def is_still(path: Path) -> bool:
    """Whether the file is a picture that is footage by itself: JPEG, PNG, WebP, HEIC or AVIF.

    JPEGs one after the other are none: that is how raw Motion JPEG looks.

    Raises
    ------
    UnreadableFootage
        As `recognition.formats.check_file`.
    """
    check_file(path)
    try:
        with path.open("rb") as file:
            if not begins_as_still(file.read(12)):
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return not is_motion_jpeg(content)
    except OSError as error:
        raise UnreadableFootage(f"{path.name}: cannot be read ({error.strerror})") from error


def begins_as_still(head: bytes) -> bool:
    """Whether the first 12 bytes are those of a picture of these kinds."""
    return (
        head.startswith((_JPEG, b"\x89PNG\r\n\x1a\n"))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS)
    )


def is_motion_jpeg(content: bytes | mmap.mmap) -> bool:
    """Whether it is a JPEG that another follows, and not one of those that phones add to it (CIPA DC-007)."""
    if content[:3] != _JPEG:
        return False
    at = _scan_start(content)
    end = content.find(b"\xff\xd9", at)
    if end < 0 or content.find(b"MPF\x00", 0, at) >= 0:
        return False
    return content[end + 2 : end + 2 + _MOST_PADDING].lstrip(b"\x00\xff\r\n").startswith(b"\xd8\xff")


def _scan_start(content: bytes | mmap.mmap) -> int:
    """Where the segments before the picture itself end: what is in them may look like anything (ITU-T T.81, B.1)."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != _START_OF_SCAN:
        at += 2 + int.from_bytes(content[at + 2 : at + 4])
    return min(at, len(content))


@dataclass(frozen=True)
class Still:
    """What a still picture is, from its head: upright sides, how many pictures its file holds, and what it says."""

    kind: str
    width: int
    height: int
    rotation_deg: int
    pictures: int
    taken: Taken


def still(path: Path, *, max_pixels: int) -> Still:
    """What a still picture is; nothing of it is decoded.

    Raises
    ------
    UnreadableFootage
        It is damaged, larger than `max_pixels`, or an animation.
    """
    with _reading(path) as stream:
        return still_of(stream, name=path.name, max_pixels=max_pixels)


def still_of(stream: BinaryIO, *, name: str, max_pixels: int) -> Still:
    """As `still`, of a stream that errors call `name`."""
    with _opened(stream, name, max_pixels) as picture:
        exif = picture.getexif()
        orientation = exif.get(_ORIENTATION, 1)
        rotation_deg = _TURNS.get(orientation, 0) if isinstance(orientation, int) else 0
        width, height = picture.size[::-1] if rotation_deg in (90, 270) else picture.size
        pictures = int(getattr(picture, "n_frames", 1))
        kind = str(picture.format).lower()
        if pictures > 1 and kind in _ANIMATED:
            raise UnreadableFootage(f"{name}: is an animation of {pictures} pictures; save it as MP4 or GIF")
        # a JPEG's further pictures are previews and depths of the one it shows
        return Still(kind, width, height, rotation_deg, pictures if kind == "heif" else 1, taken_by_exif(exif))


def still_frame(path: Path, *, max_pixels: int) -> StillFrame:
    """The picture. UnreadableFootage as for `still`, and where it is damaged or cut off."""
    with _reading(path) as stream, _opened(stream, path.name, max_pixels) as picture:
        return StillFrame(as_bgr(picture))


def still_frames(path: Path, tally: Tally, *, max_pixels: int) -> Iterator[Frame]:
    """The one picture, counted in `tally`; none where it cannot be decoded, and the tally says so."""
    tally.frames_claimed = still(path, max_pixels=max_pixels).pictures
    tally.packets_read = 1
    try:
        frame = still_frame(path, max_pixels=max_pixels)
    except UnreadableFootage:
        tally.packets_unreadable = 1
        tally.unreadable(0.0, STILL_S)
        return
    tally.frames_decoded = tally.frames_examined = 1
    yield frame


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as stream:
            yield stream
    except UnreadableFootage:
        raise
    except OSError as error:
        raise UnreadableFootage(f"{path.name}: cannot be read ({error.strerror})") from error


@contextmanager
def _opened(stream: BinaryIO, name: str, max_pixels: int) -> Iterator[Picture]:
    """The picture, not decoded yet; whatever is wrong with it is told as for any footage."""
    try:
        with opened_picture(stream, max_pixels=max_pixels, name=name) as picture:
            yield picture
    except UnreadableImage as error:
        raise UnreadableFootage(str(error)) from error
