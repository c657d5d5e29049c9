"""Self-made files as an attacker or a broken recorder would hand them in: for footage (`footage`) and for photos."""

import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from tests.recognition.clips import giant_gif, walking, write_clip, write_sound


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def huge_png(path: Path) -> Path:
    """A few kilobytes that claim 60000 x 60000 pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(1 << 20))) + chunk(b"IEND", b"")
    )
    return path


def huge_jpeg(path: Path) -> Path:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 17, 8, 65_000, 65_000, 3) + bytes([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1])
    path.write_bytes(b"\xff\xd8" + frame + b"\xff\xda" + bytes(200) + b"\xff\xd9")
    return path


def huge_h264(path: Path) -> Path:
    """A real stream whose parameter set is replaced by one of 16384 x 16384 pixels (baseline, level 5.1)."""
    small = write_clip(path.with_suffix(".h264"), walking(3), b_frames=0).read_bytes()
    bits = (
        "1"
        + "1"
        + _golomb(0)
        + _golomb(0)
        + _golomb(2)
        + _golomb(1)
        + "0"
        + _golomb(1023)
        + _golomb(1023)
        + "1100"
        + "1"
    )
    bits += "0" * (-len(bits) % 8)
    parameters = b"\x67\x42\xc0\x33" + bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    second = small.index(b"\x00\x00\x01\x68") if b"\x00\x00\x01\x68" in small else 40
    path.write_bytes(b"\x00\x00\x00\x01" + parameters + b"\x00" + small[second:])
    return path


def _golomb(number: int) -> str:
    """Exp-Golomb code of ITU-T H.264 9.1."""
    bits = bin(number + 1)[2:]
    return "0" * (len(bits) - 1) + bits


def _written(content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def _cut(share: float) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        content = write_clip(path, walking(20)).read_bytes()
        path.write_bytes(content[: int(len(content) * share)])
        return path

    return make


def _damaged(name: bytes, shift: int, put: bytes) -> Callable[[Path], Path]:
    """A clip in which the box `name` says something else."""

    def make(path: Path) -> Path:
        content = bytearray(write_clip(path, walking(20)).read_bytes())
        at = content.rindex(name) + shift
        content[at : at + len(put)] = put
        path.write_bytes(content)
        return path

    return make


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _link(path: Path) -> Path:
    path.symlink_to("/etc/passwd")
    return path


def _archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.mp4", bytes(1 << 22))
    return path


FOOTAGE: dict[str, Callable[[Path], Path]] = {
    "nothing": _written(b""),
    "zeros": _written(bytes(100_000)),
    "noise": _written(bytes((i * 7919 + (i >> 3) * 104_729) & 0xFF for i in range(50_000))),
    "list of files": _written(b"ffconcat version 1.0\nfile /etc/passwd\n"),
    "playlist": _written(b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
    "web page": _written(b"<!DOCTYPE html><html><script>alert(1)</script></html>"),
    "vector drawing": _written(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "entities": _written(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    "archive": _archive,
    "program": _written(b"\x7fELF" + bytes(500)),
    "pipe": _pipe,
    "folder": _folder,
    "link": _link,
    "picture": huge_png,
    "sound": lambda path: write_sound(path),
    "cut at a tenth": _cut(0.1),
    "cut at nine tenths": _cut(0.9),
    "no index": _damaged(b"moov", 0, b"moox"),
    "endless box": _damaged(b"moov", -4, b"\xff\xff\xff\xff"),
    "endless table": _damaged(b"stsz", 12, b"\xff\xff\xff\xff"),
    "endless durations": _damaged(b"stts", 8, b"\xff\xff\xff\xff" * 3),
    "no pictures' size": _damaged(b"avc1", 28, bytes(4)),
    "giant pictures": _damaged(b"avc1", 28, b"\xff\xff\xff\xff"),
    "damaged parameters": _damaged(b"avcC", 8, b"\xff" * 16),
    "giant H.264": huge_h264,
    "giant GIF": lambda path: giant_gif(path),
}

PHOTOS: dict[str, Callable[[Path], Path]] = {
    "giant PNG": huge_png,
    "giant JPEG": huge_jpeg,
    "giant GIF": lambda path: giant_gif(path),
    "nothing": _written(b""),
    "noise": FOOTAGE["noise"],
    "postscript": _written(b"%!PS-Adobe-3.0 EPSF-3.0\n(/etc/passwd) (r) file\n"),
    "vector drawing": FOOTAGE["vector drawing"],
    "cut JPEG": _written(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01"),
    "pipe": _pipe,
    "folder": _folder,
}
