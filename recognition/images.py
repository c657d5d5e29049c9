"""Reads still pictures that strangers upload: sizes first, pixels after.

A 109 kB PNG can unfold to 5 GB. So the format is checked against a list and the size is read from the header before a
pixel is decoded. Pillow reads the header; what it decodes is turned upright and into 8-bit BGR.
"""

import io
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, TiffImagePlugin, UnidentifiedImageError, WebPImagePlugin
from PIL.Image import Image as Picture

from data.errors import UnreadableImage
from recognition.faces import Image

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
# importing a plugin registers its format; Pillow itself would only do so when it searches all of them
_REGISTERED = (TiffImagePlugin, WebPImagePlugin)
_SPOKEN = "JPEG, PNG, WebP, GIF, BMP or TIFF"
# what Pillow raises on damaged or hostile files
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, EOFError,
           MemoryError, NotImplementedError, struct.error, zlib.error)  # fmt: skip
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
    try:
        with Pillow.open(stream, formats=FORMATS) as picture:
            width, height = picture.size
            if width * height > max_pixels:
                raise UnreadableImage(f"{name}: {width} x {height} pixels is more than the {max_pixels:,} allowed")
            return _as_bgr(picture)
    except UnidentifiedImageError as error:
        raise UnreadableImage(f"{name}: is no picture of a known kind; use {_SPOKEN}") from error
    except _BOMB as error:
        raise UnreadableImage(f"{name}: has more than the {max_pixels:,} pixels allowed") from error
    except UnreadableImage:
        raise
    except _DAMAGE as error:
        raise UnreadableImage(f"{name}: the picture is damaged or cut off") from error


def _as_bgr(picture: Picture) -> Image:
    """Decodes, turns upright, and makes three channels of eight bits."""
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
