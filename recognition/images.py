"""Reads still pictures that strangers upload: sizes first, pixels after.

A 109 kB PNG can unfold to 5 GB. So the format is checked against a list and the size is read from the header before a
pixel is decoded. Pillow reads the header; what it decodes is turned upright and into 8-bit BGR.
"""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pi_heif import register_heif_opener  # type: ignore[import-untyped]
from PIL import AvifImagePlugin, ImageOps, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin
from PIL import Image as Pillow
from PIL.Image import Image as Picture

from data.errors import BadInput, UnreadableImage
from recognition.faces import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "HEIF", "AVIF")
# importing a plugin registers its format; Pillow itself would only do so when it searches all of them
_REGISTERED = (AvifImagePlugin, TiffImagePlugin, WebPImagePlugin)
register_heif_opener(thumbnails=False, decode_threads=1)
_SPOKEN = "JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF"
# what Pillow raises on damaged or hostile files
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, EOFError,
           MemoryError, NotImplementedError, RuntimeError, struct.error, zlib.error)  # fmt: skip
# Pillow's own limit, far above ours, by error or (twice as high) by warning
_BOMB = (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning)


def read_image(path_or_bytes: Path | str | bytes, *, max_pixels: int = 40_000_000, name: str = "") -> Image:
    """The picture as ``(height, width, 3)`` uint8 BGR, upright; the first frame of an animated one.

    Transparent parts are laid on white, 16-bit greys are scaled down, and what a cut-off file still holds is not used.

    Parameters
    ----------
    path_or_bytes
        A file, or the content of one.
    max_pixels
        Largest width x height that is opened.
    name
        What errors call the picture; the file's name when empty.

    Raises
    ------
    UnreadableImage
        When it is no picture of a known format, is damaged or cut off, or is larger than `max_pixels`.
    """
    if isinstance(path_or_bytes, bytes):
        return _decoded(io.BytesIO(path_or_bytes), max_pixels, name or "picture")
    path = Path(path_or_bytes)
    name = name or path.name
    if not path.is_file():  # a pipe would be waited for, for ever
        raise UnreadableImage(f"{name}: is no file")
    try:
        stream = path.open("rb")
    except OSError as error:
        raise UnreadableImage(f"{name}: cannot be opened ({error.strerror})") from error
    with stream:
        return _decoded(stream, max_pixels, name)


def _decoded(stream: BinaryIO, max_pixels: int, name: str) -> Image:
    with opened_picture(stream, max_pixels=max_pixels, name=name) as picture:
        return as_bgr(picture)


@contextmanager
def opened_picture(stream: BinaryIO, *, max_pixels: int, name: str) -> Iterator[Picture]:
    """The picture of a stream, not decoded yet; UnreadableImage, as for `read_image`, here and in the block."""
    try:
        with Pillow.open(stream, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise UnreadableImage(f"{name}: {width} x {height} pixels is more than the {max_pixels:,} allowed")
            yield picture
    except UnidentifiedImageError as error:
        raise UnreadableImage(f"{name}: is no picture of a known kind; use {_SPOKEN}") from error
    except _BOMB as error:
        raise UnreadableImage(f"{name}: has more than the {max_pixels:,} pixels allowed") from error
    except BadInput:
        raise
    except _DAMAGE as error:
        raise UnreadableImage(f"{name}: the picture is damaged or cut off") from error


def as_bgr(picture: Picture) -> Image:
    """Decodes a picture that was just opened, turns it upright, and makes three channels of eight bits."""
    if picture.format != "HEIF":  # which opens at its main picture, and that need not be the first
        picture.seek(0)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith(("I", "F")):
        grey = _eight_bits(np.asarray(upright))
        return np.repeat(grey[:, :, None], 3, axis=2)
    if upright.has_transparency_data:
        white = Pillow.new("RGBA", upright.size, "white")
        upright = Pillow.alpha_composite(white, upright.convert("RGBA"))
    return np.ascontiguousarray(np.asarray(upright.convert("RGB"), np.uint8)[:, :, ::-1])


def _eight_bits(grey: NDArray[Any]) -> Image:
    """Greys of 16 bits by their high byte; 32-bit integers and floats stretched between their extremes."""
    if grey.dtype == np.uint16:
        return (grey >> 8).astype(np.uint8)
    values = np.nan_to_num(grey.astype(np.float64), posinf=0, neginf=0)
    low, high = float(values.min()), float(values.max())
    if (low >= 0 and high <= 255) or low == high:
        return np.clip(values, 0, 255).astype(np.uint8)
    return ((values - low) * (255 / (high - low))).astype(np.uint8)
