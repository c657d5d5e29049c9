"""Reference photos as an attacker would hand them in, made by code, each with what must come of it."""
# ruff: noqa: E501  tables of one line a kind

import io
import struct
import zlib
from collections.abc import Callable

from PIL import Image as Pillow

from recognition.faces import Image
from tests.recognition.bombs import chunk
from tests.recognition.clips import RED, grey, square
from tests.recognition.hostile_footage import MAKERS as FOOTAGE

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def face(side: int = 48) -> Image:
    """A picture of one "face", as the fake engine sees it."""
    return square(grey(160, 120), RED, 50, 40, side)


def saved(kind: str, **how: object) -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(face()[:, :, ::-1]).save(stream, kind, **how)
    return stream.getvalue()


def _png(width: int, height: int, *more: bytes) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return _SIGNATURE + header + b"".join(more) + chunk(b"IDAT", zlib.compress(bytes(1 << 16))) + chunk(b"IEND", b"")


def _with_chunk(kind: bytes, content: bytes) -> bytes:
    """A sound PNG with one chunk more behind its header."""
    whole = saved("PNG")
    return whole[:33] + chunk(kind, content) + whole[33:]


def _jpeg_segment(marker: int, content: bytes) -> bytes:
    """A sound JPEG with one segment more at its beginning."""
    whole = saved("JPEG")
    return whole[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content + whole[2:]


def _exif(entries: bytes, count: int) -> bytes:
    return b"Exif\x00\x00II*\x00\x08\x00\x00\x00" + struct.pack("<H", count) + entries + bytes(4)


def _tiff_loop() -> bytes:
    """A sound TIFF whose list of pages leads back to its own beginning."""
    content = bytearray(saved("TIFF"))
    first = int.from_bytes(content[4:8], "little")
    count = int.from_bytes(content[first : first + 2], "little")
    content[first + 2 + 12 * count : first + 6 + 12 * count] = struct.pack("<I", first)
    return bytes(content)


def _frames(kind: str, n: int, **how: object) -> bytes:
    stream = io.BytesIO()
    first = Pillow.fromarray(face()[:, :, ::-1])
    rest = [Pillow.new("RGB", (160, 120), (k % 250, 0, 0)) for k in range(n)]
    first.save(stream, kind, save_all=True, append_images=rest, **how)
    return stream.getvalue()


MAKERS: dict[str, Callable[[], bytes]] = {
    "giant PNG": lambda: _png(60_000, 60_000),
    "PNG one pixel high and four billion wide": lambda: _png(0x7FFF_FFFF, 1),
    "PNG without pixels": lambda: _png(0, 0),
    "giant JPEG": lambda: FOOTAGE["giant motion JPEG"]({}),
    "giant GIF": lambda: FOOTAGE["giant GIF"]({}),
    "giant BMP": lambda: b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
    "giant WebP": lambda: b"RIFF" + struct.pack("<I", 30) + b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + b"\xff\xff\xff\xff\xff\xff",
    "giant TIFF": lambda: saved("TIFF").replace(struct.pack("<HHII", 256, 4, 1, 160), struct.pack("<HHII", 256, 4, 1, 4_000_000_000)).replace(struct.pack("<HHIHH", 256, 3, 1, 160, 0), struct.pack("<HHII", 256, 4, 1, 4_000_000_000)),
    "PNG with a text of 48 MB": lambda: FOOTAGE["PNG with a text of 48 MB"]({}),
    "PNG with a colour profile of 48 MB": lambda: _with_chunk(b"iCCP", b"x\x00\x00" + zlib.compress(bytes(48 << 20), 9)),
    "PNG of 4 MB of comments": lambda: _with_chunk(b"tEXt", b"Comment\x00" + b"<script>" * (1 << 19)),
    "PNG whose pixels are a bomb": lambda: _SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(bytes(48 << 20), 9)) + chunk(b"IEND", b""),
    "PNG with a wrong sum": lambda: saved("PNG").replace(b"IDAT", b"IDAX", 1),
    "PNG cut at a half": lambda: saved("PNG")[:8000],
    "JPEG cut at a half": lambda: saved("JPEG")[:1200],
    "JPEG with a comment of markup": lambda: _jpeg_segment(0xFE, b"<script>alert(1)</script>" * 100),
    "JPEG with an EXIF list that leads to itself": lambda: _jpeg_segment(0xE1, _exif(struct.pack("<HHII", 0x8769, 4, 1, 8), 1)),
    "JPEG with an EXIF value of four billion bytes": lambda: _jpeg_segment(0xE1, _exif(struct.pack("<HHII", 0x010E, 2, 0xFFFF_FFFF, 8), 1)),
    "JPEG with sixty thousand EXIF entries": lambda: _jpeg_segment(0xE1, _exif(struct.pack("<HHII", 0x010E, 2, 1, 8) * 4000, 0xFFFF)),
    "JPEG to be turned nine ways": lambda: _jpeg_segment(0xE1, _exif(struct.pack("<HHIHH", 0x0112, 3, 1, 9, 0), 1)),
    "JPEG that is a ZIP too": lambda: saved("JPEG") + b"PK\x03\x04" + bytes(200),
    "JPEG that is a web page too": lambda: saved("JPEG") + b"<html><script>alert(1)</script>",
    "TIFF whose pages lead to the first": _tiff_loop,
    "TIFF of three hundred pages": lambda: _frames("TIFF", 300),
    "TIFF of pixels packed as a bomb": lambda: saved("TIFF", compression="tiff_adobe_deflate"),
    "animated GIF": lambda: _frames("GIF", 60),
    "animated WebP": lambda: _frames("WEBP", 20),
    "animated PNG": lambda: _frames("PNG", 20),
    "CMYK JPEG": lambda: _cmyk(),
    "vector drawing": lambda: FOOTAGE["vector drawing"]({}),
    "PostScript": lambda: FOOTAGE["PostScript"]({}),
    "PDF": lambda: FOOTAGE["PDF"]({}),
    "XML that reads a file": lambda: FOOTAGE["XML that reads a file"]({}),
    "icon": lambda: saved("ICO"),
    "portable pixmap": lambda: saved("PPM"),
    "TGA": lambda: saved("TGA"),
    "PCX": lambda: saved("PCX"),
    "JPEG 2000": lambda: saved("JPEG2000"),
    "Photoshop": lambda: b"8BPS\x00\x01" + bytes(6) + struct.pack(">HIIHH", 3, 60_000, 60_000, 8, 3) + bytes(100),
    "ZIP": lambda: b"PK\x03\x04" + bytes(100),
    "text": lambda: b"no picture",
    "nothing": lambda: b"",
}  # fmt: skip


def _cmyk() -> bytes:
    stream = io.BytesIO()
    Pillow.fromarray(face()[:, :, ::-1]).convert("CMYK").save(stream, "JPEG")
    return stream.getvalue()


OUTCOMES: dict[str, str] = {
    'giant PNG': 'refused: has more than the 40,000,000 pixels allowed',
    'PNG one pixel high and four billion wide': 'refused: has more than the 40,000,000 pixels allowed',
    'PNG without pixels': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'giant JPEG': 'refused: has more than the 40,000,000 pixels allowed',
    'giant GIF': 'refused: has more than the 40,000,000 pixels allowed',
    'giant BMP': 'refused: has more than the 40,000,000 pixels allowed',
    'giant WebP': 'refused: has more than the 40,000,000 pixels allowed',
    'giant TIFF': 'refused: has more than the 40,000,000 pixels allowed',
    'PNG with a text of 48 MB': 'refused: the picture is damaged or cut off',
    'PNG with a colour profile of 48 MB': 'refused: the picture is damaged or cut off',
    'PNG of 4 MB of comments': 'read: a face of 48 px',
    'PNG whose pixels are a bomb': 'refused: shows no face that can be used; give a photo with the face larger and turned to the camera',
    'PNG with a wrong sum': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'PNG cut at a half': 'refused: the picture is damaged or cut off',
    'JPEG cut at a half': 'refused: the picture is damaged or cut off',
    'JPEG with a comment of markup': 'read: a face of 49 px',
    'JPEG with an EXIF list that leads to itself': 'read: a face of 49 px',
    'JPEG with an EXIF value of four billion bytes': 'read: a face of 49 px',
    'JPEG with sixty thousand EXIF entries': 'read: a face of 49 px',
    'JPEG to be turned nine ways': 'read: a face of 49 px',
    'JPEG that is a ZIP too': 'read: a face of 49 px',
    'JPEG that is a web page too': 'read: a face of 49 px',
    'TIFF whose pages lead to the first': 'read: a face of 48 px',
    'TIFF of three hundred pages': 'read: a face of 48 px',
    'TIFF of pixels packed as a bomb': 'read: a face of 48 px',
    'animated GIF': 'read: a face of 48 px',
    'animated WebP': 'read: a face of 48 px',
    'animated PNG': 'read: a face of 48 px',
    'CMYK JPEG': 'read: a face of 48 px',
    'vector drawing': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'PostScript': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'PDF': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'XML that reads a file': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'icon': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'portable pixmap': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'TGA': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'PCX': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'JPEG 2000': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'Photoshop': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'ZIP': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'text': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
    'nothing': 'refused: is no picture of a known kind; use JPEG, PNG, HEIC, WebP, AVIF, GIF, BMP or TIFF',
}  # fmt: skip
