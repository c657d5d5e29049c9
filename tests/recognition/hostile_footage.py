"""Footage as an attacker or a broken recorder would hand it in, made by code, each with what must come of it.

``MAKERS`` maps a name to the bytes; ``OUTCOMES`` to what a worker's child says: "refused: REASON", or "read: C claimed, P
packets, D decoded, U unreadable, E estimated" where E is "container" or "estimated", the kind of its times.
"""
# ruff: noqa: E501  tables of one line a kind

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path

from PIL import Image as Pillow

from tests.recognition.bombs import FOOTAGE as BOMBS
from tests.recognition.bombs import chunk
from tests.recognition.clips import walking, write_clip
from tests.recognition.media_seeds import CLIPS

Seeds = Mapping[str, bytes]
PLAIN = Fraction(1, 25)


def _text(content: str | bytes) -> Callable[[Seeds], bytes]:
    data = content.encode() if isinstance(content, str) else content
    return lambda _: data


def _zip(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def _tar(content: bytes, mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
        entry = tarfile.TarInfo("../../camera4.mp4")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _bomb(name: str) -> Callable[[Seeds], bytes]:
    """One of tests.recognition.bombs, which writes a file."""

    def make(_: Seeds) -> bytes:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            return BOMBS[name](Path(folder) / "camera4.mp4").read_bytes()

    return make


def _picture(kind: str, **how: object) -> Callable[[Seeds], bytes]:
    def make(_: Seeds) -> bytes:
        stream = io.BytesIO()
        frames = [Pillow.new("RGB", (64, 48), (n * 9, 0, 0)) for n in range(8)]
        more = {"save_all": True, "append_images": frames[1:]} if how.pop("animated", False) else {}
        frames[0].save(stream, kind, **more, **how)
        return stream.getvalue()

    return make


def _clip(suffix: str, n: int = 20, **how: object) -> Callable[[Seeds], bytes]:
    def make(_: Seeds) -> bytes:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"clip{suffix}"
            return write_clip(path, walking(n, width=128, height=112), **how).read_bytes()  # type: ignore[arg-type]

    return make


def _patched(seed: str, tag: bytes, shift: int, put: bytes, *, first: bool = False) -> Callable[[Seeds], bytes]:
    """A clip in which the bytes `shift` behind the tag say something else."""

    def make(seeds: Seeds) -> bytes:
        content = bytearray(seeds[seed])
        at = (content.index(tag) if first else content.rindex(tag)) + shift
        content[at : at + len(put)] = put
        return bytes(content)

    return make


def _share(seed: str, share: float) -> Callable[[Seeds], bytes]:
    return lambda seeds: seeds[seed][: int(len(seeds[seed]) * share)]


def _hole(seed: str, start: float, share: float) -> Callable[[Seeds], bytes]:
    def make(seeds: Seeds) -> bytes:
        content = bytearray(seeds[seed])
        at, size = int(len(content) * start), int(len(content) * share)
        content[at : at + size] = bytes(size)
        return bytes(content)

    return make


def _box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def _nested_boxes(_: Seeds) -> bytes:
    inside = b""
    for _level in range(20_000):
        inside = _box(b"moov", inside)
    return _box(b"ftyp", b"isom\x00\x00\x02\x00isom") + inside


def _with_box(kind: bytes, content: Callable[[], bytes]) -> Callable[[Seeds], bytes]:
    """A sound MP4 with one more box at its end."""
    return lambda seeds: seeds["mp4"] + _box(kind, content())


def _many_tracks(seeds: Seeds) -> bytes:
    """The index of a sound MP4 with its one track in it two thousand times."""
    content = seeds["mp4"]
    start = content.rindex(b"moov") - 4
    moov = content[start : start + int.from_bytes(content[start : start + 4])]
    track = moov.index(b"trak") - 4
    size = int.from_bytes(moov[track : track + 4])
    more = moov[track : track + size] * 2000
    return content[:start] + _box(b"moov", moov[8 : track + size] + more + moov[track + size :])


def _external_data(seeds: Seeds) -> bytes:
    """A QuickTime file whose pictures lie, it says, in another file of this machine (dref, not self-contained)."""
    content = seeds["mp4"]
    at = content.rindex(b"url ") - 4
    size = int.from_bytes(content[at : at + 4])
    target = _box(b"url ", b"\x00\x00\x00\x00file:///etc/passwd\x00")
    changed = bytearray(content[:at] + target + content[at + size :])
    for name in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        place = changed.rindex(name) - 4
        changed[place : place + 4] = struct.pack(">I", int.from_bytes(changed[place : place + 4]) + len(target) - size)
    return bytes(changed)


def _ts_wrapped(seeds: Seeds) -> bytes:
    """A transport stream whose 33-bit clock goes round in its middle."""
    return _ts_moved(seeds["ts"], (1 << 33) - 60_000 - 126_000)


def _ts_spliced(seeds: Seeds) -> bytes:
    return seeds["ts"] + _ts_moved(seeds["ts, mpeg2"], 90_000 * 50_000)


def _ts_moved(content: bytes, ticks: int) -> bytes:
    """All presentation and decoding times of a transport stream later by so many ticks of 90 kHz (ISO 13818-1)."""
    changed = bytearray(content)
    for at in range(0, len(changed) - 187, 188):
        if not changed[at + 1] & 0x40:  # no beginning of a PES packet
            continue
        start = at + 4 + (1 + changed[at + 4] if changed[at + 3] & 0x20 else 0)
        if changed[start : start + 3] != b"\x00\x00\x01":
            continue
        for n in range({2: 1, 3: 2}.get(changed[start + 7] >> 6, 0)):
            place = start + 9 + 5 * n
            b = changed[place : place + 5]
            now = (b[0] >> 1 & 7) << 30 | b[1] << 22 | (b[2] >> 1) << 15 | b[3] << 7 | b[4] >> 1
            new = (now + ticks) % (1 << 33)
            changed[place : place + 5] = bytes(
                (b[0] & 0xF1 | (new >> 30 & 7) << 1, new >> 22 & 255, (new >> 15 & 127) << 1 | 1, new >> 7 & 255,
                 (new & 127) << 1 | 1)
            )  # fmt: skip
    return bytes(changed)


def _two_sizes(_: Seeds) -> bytes:
    small = _clip(".ts", 10)({})
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.ts"
        return small + write_clip(path, walking(10, width=320, height=240)).read_bytes()


def _amf_bomb(seeds: Seeds) -> bytes:
    """A sound FLV that begins with a script tag of ten thousand objects, each in the last."""
    nested = b"\x03\x00\x01a" * 10_000
    body = b"\x02\x00\x0aonMetaData" + nested
    tag = b"\x12" + struct.pack(">I", len(body))[1:] + bytes(7) + body
    return seeds["flv"][:13] + tag + struct.pack(">I", len(tag)) + seeds["flv"][13:]


def _zlib_bomb(size: int) -> bytes:
    return zlib.compress(bytes(size), 9)


def _png_text_bomb(_: Seeds) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(8 * 25)))
    text = chunk(b"zTXt", b"Comment\x00\x00" + _zlib_bomb(48 << 20))
    return b"\x89PNG\r\n\x1a\n" + header + text + pixels + chunk(b"IEND", b"")


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

MAKERS: dict[str, Callable[[Seeds], bytes]] = {
    # lists of other files
    "playlist": _text("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"),
    "playlist behind a byte order mark": _text(b"\xef\xbb\xbf#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nhttp://10.0.0.1/a.ts\n"),
    "list of files": _text("ffconcat version 1.0\nfile /etc/passwd\n"),
    "list behind empty lines": _text("\n\n  ffconcat version 1.0\nfile http://10.0.0.1/\n"),
    "DASH": _text('<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://10.0.0.1</BaseURL></MPD>'),
    "session description": _text("v=0\no=- 0 0 IN IP4 10.0.0.1\ns=x\nc=IN IP4 10.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"),
    "smooth streaming": _text('<SmoothStreamingMedia MajorVersion="2"><StreamIndex Url="http://10.0.0.1/"/></SmoothStreamingMedia>'),
    "subtitles": _text("1\n00:00:01,000 --> 00:00:02,000\n<script>alert(1)</script>\n"),
    "pictures in another file (dref)": _external_data,
    # archives and bombs
    "ZIP": lambda seeds: _zip({"a.mp4": seeds["mp4"]}),
    "ZIP in a ZIP in a ZIP": lambda seeds: _zip({"a.zip": _zip({"b.zip": _zip({"c.mp4": seeds["mp4"]})})}),
    "ZIP bomb": lambda _: _zip({"a.mp4": bytes(64 << 20)}),
    "RAR": _text(b"Rar!\x1a\x07\x01\x00" + bytes(200)),
    "7-Zip": _text(b"7z\xbc\xaf\x27\x1c" + bytes(200)),
    "gzip": lambda seeds: gzip.compress(seeds["mp4"], mtime=0),
    "gzip bomb": lambda _: gzip.compress(bytes(64 << 20), mtime=0),
    "bzip2": lambda seeds: bz2.compress(seeds["mp4"]),
    "xz": lambda seeds: lzma.compress(seeds["mp4"]),
    "tar with a path that leads out": lambda seeds: _tar(b"x" * 600, "w"),
    "tar.gz": lambda seeds: _tar(seeds["mp4"], "w:gz"),
    # other kinds of file
    "nothing": _text(b""),
    "zeros": _text(bytes(100_000)),
    "noise": _text(bytes((i * 7919 + (i >> 3) * 104_729) & 0xFF for i in range(50_000))),
    "text": _text("camera 4, front door\n" * 20),
    "web page": _text("<!DOCTYPE html><html><script>alert(1)</script></html>"),
    "vector drawing": _text('<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "XML with a billion laughs": _text(f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{_LAUGHS}]><a>&l9;</a>'),
    "XML that reads a file": _text('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'),
    "PostScript": _text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file\n"),
    "PDF": _text(b"%PDF-1.7\n" + bytes(300)),
    "Linux program": _text(b"\x7fELF" + bytes(500)),
    "Windows program": _text(b"MZ\x90\x00" + bytes(500)),
    "PNG": _picture("PNG"),
    "JPEG": _picture("JPEG"),
    "animated PNG": _picture("PNG", animated=True),
    "animated WebP": _picture("WEBP", animated=True),
    "TIFF": _picture("TIFF"),
    "PNG with a text of 48 MB": _png_text_bomb,
    "sound": _bomb("sound"),
    # giants
    "giant PNG": _bomb("picture"),
    "giant GIF": _bomb("giant GIF"),
    "giant H.264": _bomb("giant H.264"),
    "giant pictures in an MP4": _patched("mp4", b"avc1", 28, b"\xff\xff\xff\xff"),
    "giant pictures in a Matroska": _patched("mkv", b"\xb0\x81\x80", 0, b"\xb0\x81\xff", first=True),
    "giant motion JPEG": lambda _: b"\xff\xd8\xff\xc0" + struct.pack(">HBHHB", 17, 8, 65_000, 65_000, 3)
    + bytes([1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]) + b"\xff\xda" + bytes(200) + b"\xff\xd9",
    "MP4 with two thousand tracks": _many_tracks,
    "MP4 with 16 MB of metadata": _with_box(b"udta", lambda: _box(b"meta", bytes(16 << 20))),
    "MP4 of boxes within boxes": _nested_boxes,
    "FLV with nested metadata": _amf_bomb,
    # damaged indices and headers
    "MP4 without index": _patched("mp4", b"moov", 0, b"moox"),
    "MP4 with an endless box": _patched("mp4", b"moov", -4, b"\xff\xff\xff\xff"),
    "MP4 with an endless size table": _patched("mp4", b"stsz", 12, b"\xff\xff\xff\xff"),
    "MP4 with endless durations": _patched("mp4", b"stts", 8, b"\xff\xff\xff\xff" * 3),
    "MP4 that counts no second (timescale 0)": _patched("mp4", b"mdhd", 16, bytes(4)),
    "MP4 with a timescale of four billion": _patched("mp4", b"mdhd", 16, b"\xff\xff\xff\xff"),
    "MP4 without a picture's size": _patched("mp4", b"avc1", 28, bytes(4)),
    "MP4 with damaged parameters": _patched("mp4", b"avcC", 8, b"\xff" * 16),
    "MP4 with an unknown codec": _patched("mp4", b"avc1", 0, b"zzzz"),
    "AVI that claims four billion pictures": _patched("avi", b"strh", 40, b"\xff\xff\xff\xff", first=True),
    "Matroska with an endless element": _patched("mkv", b"\x18\x53\x80\x67", 4, b"\x01" + b"\xff" * 7, first=True),
    # cut, with holes, spliced
    "MP4 cut at a tenth": _share("mp4", 0.1),
    "MP4 cut at nine tenths": _share("mp4", 0.9),
    "MP4 with its index first, cut at a half": _share("mp4, index first", 0.5),
    "MP4 in fragments, cut at a half": _share("mp4, fragments", 0.5),
    "Matroska cut at a half": _share("mkv", 0.5),
    "TS cut at a half": _share("ts", 0.5),
    "AVI cut at a half": _share("avi", 0.5),
    "FLV cut at a half": _share("flv", 0.5),
    "ASF cut at a half": _share("asf", 0.5),
    "GIF cut at a half": _share("gif", 0.5),
    "MP4 with a hole": _hole("mp4, index first", 0.5, 0.2),
    "Matroska with a hole": _hole("mkv", 0.4, 0.2),
    "TS with a hole": _hole("ts", 0.4, 0.2),
    "AVI with a hole": _hole("avi", 0.4, 0.2),
    "H.264 with a hole": _hole("h264", 0.4, 0.2),
    "TS spliced with another": _ts_spliced,
    "TS of two picture sizes": _two_sizes,
    "MP4 with a Matroska behind it": lambda seeds: seeds["mp4"] + seeds["mkv"],
    # times
    "raw H.264 without times": lambda seeds: seeds["h264"],
    "motion JPEG without times": lambda seeds: seeds["mjpeg"],
    "TS whose clock goes round": _ts_wrapped,
    "Matroska that pauses for an hour": _clip(".mkv", time_of=lambda i: i / 25 + 3600 * (i >= 10)),
    "MP4 of uneven times": _clip(".mp4", time_of=lambda i: Fraction(i * i, 100)),
    # two kinds at once, wrong names
    "MP4 that is a ZIP too": lambda seeds: seeds["mp4"] + _zip({"evil.sh": b"rm -rf /"}),
    "GIF that is a script too": lambda seeds: seeds["gif"] + b"*/=alert(1);//",
    "PDF that is an MP4 too": lambda seeds: b"%PDF-1.7\n" + seeds["mp4"],
    "web page that is a TS too": lambda seeds: b"<html><script>alert(1)</script>".ljust(188, b" ") + seeds["ts"],
    "Matroska called .mp4": lambda seeds: seeds["mkv"],
    "WMV called .mp4": lambda seeds: seeds["asf"],
}  # fmt: skip


OUTCOMES: dict[str, str] = {
    'playlist': 'refused: is a playlist that names other files; give the video itself',
    'playlist behind a byte order mark': 'refused: is a playlist that names other files; give the video itself',
    'list of files': 'refused: is a list of other files; give the video itself',
    'list behind empty lines': 'refused: is a list of other files; give the video itself',
    'DASH': 'refused: is XML, such as a playlist, a drawing or a web page, not a video',
    'session description': 'refused: is text, not a video',
    'smooth streaming': 'refused: is XML, such as a playlist, a drawing or a web page, not a video',
    'subtitles': 'refused: is text, not a video',
    'pictures in another file (dref)': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'ZIP': 'refused: is a ZIP archive; unpack it and give the video inside',
    'ZIP in a ZIP in a ZIP': 'refused: is a ZIP archive; unpack it and give the video inside',
    'ZIP bomb': 'refused: is a ZIP archive; unpack it and give the video inside',
    'RAR': 'refused: is a RAR archive; unpack it and give the video inside',
    '7-Zip': 'refused: is a 7-Zip archive; unpack it and give the video inside',
    'gzip': 'refused: is a gzip archive; unpack it and give the video inside',
    'gzip bomb': 'refused: is a gzip archive; unpack it and give the video inside',
    'bzip2': 'refused: is a bzip2 archive; unpack it and give the video inside',
    'xz': 'refused: is an xz archive; unpack it and give the video inside',
    'tar with a path that leads out': 'refused: is a tar archive; unpack it and give the video inside',
    'tar.gz': 'refused: is a gzip archive; unpack it and give the video inside',
    'nothing': 'refused: is empty (0 bytes); the copy or the export did not finish',
    'zeros': 'refused: is no video or picture that this program reads (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)',
    'noise': 'refused: is no video or picture that this program reads (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)',
    'text': 'refused: is text, not a video',
    'web page': 'refused: is a web page, perhaps an error message saved as video; download it again',
    'vector drawing': 'refused: is XML, such as a playlist, a drawing or a web page, not a video',
    'XML with a billion laughs': 'refused: is XML, such as a playlist, a drawing or a web page, not a video',
    'XML that reads a file': 'refused: is XML, such as a playlist, a drawing or a web page, not a video',
    'PostScript': 'refused: is a PostScript document, not a video',
    'PDF': 'refused: is a PDF, not a video',
    'Linux program': 'refused: is a program, not a video',
    'Windows program': "refused: is a Windows program, perhaps a recorder's player; export the recording as MP4, MKV or AVI",
    'PNG': 'read: 1 claimed, 1 packets, 1 decoded, 0 unreadable, 0.00 s without pictures, container',
    'JPEG': 'read: 1 claimed, 1 packets, 1 decoded, 0 unreadable, 0.00 s without pictures, container',
    'animated PNG': 'refused: is an animation of 8 pictures; save it as MP4 or GIF',
    'animated WebP': 'refused: is an animation of 8 pictures; save it as MP4 or GIF',
    'TIFF': 'refused: is a TIFF or raw picture; save it as JPEG or PNG',
    'PNG with a text of 48 MB': 'refused: the picture is damaged or cut off',
    'sound': 'refused: holds sound but no video',
    'giant PNG': 'refused: has more than the 40,000,000 pixels allowed',
    'giant GIF': 'refused: no picture could be decoded',
    'giant H.264': 'read: none claimed, 3 packets, 1 decoded, 2 unreadable, 0.00 s without pictures, estimated',
    'giant pictures in an MP4': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'giant pictures in a Matroska': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'giant motion JPEG': 'refused: has more than the 40,000,000 pixels allowed',
    'MP4 with two thousand tracks': 'refused: is no video or picture that this program reads (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)',
    'MP4 with 16 MB of metadata': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'MP4 of boxes within boxes': 'refused: is no video or picture that this program reads (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)',
    'FLV with nested metadata': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'MP4 without index': 'refused: the MP4 has no index (moov): the recording or the copy was cut off; export it again, if possible as MKV or TS',
    'MP4 with an endless box': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'MP4 with an endless size table': 'refused: is no video or picture that this program reads (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)',
    'MP4 with endless durations': 'refused: is no video or picture that this program reads (MP4, MOV, MKV, WebM, AVI, TS, MPEG, FLV, ASF, GIF, H.264, JPEG, PNG, HEIC, WebP, AVIF)',
    'MP4 that counts no second (timescale 0)': 'read: 40 claimed, 13 packets, 1 decoded, 0 unreadable, 0.00 s without pictures, estimated',
    'MP4 with a timescale of four billion': 'read: 40 claimed, 13 packets, 1 decoded, 0 unreadable, 0.00 s without pictures, estimated',
    "MP4 without a picture's size": 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'MP4 with damaged parameters': 'refused: no picture could be decoded',
    'MP4 with an unknown codec': 'refused: its video codec is not known here; export it as H.264',
    'AVI that claims four billion pictures': 'read: 4294967295 claimed, 40 packets, 40 decoded, 0 unreadable, 171798690.20 s without pictures, container',
    'Matroska with an endless element': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'MP4 cut at a tenth': 'refused: the MP4 has no index (moov): the recording or the copy was cut off; export it again, if possible as MKV or TS',
    'MP4 cut at nine tenths': 'refused: the MP4 has no index (moov): the recording or the copy was cut off; export it again, if possible as MKV or TS',
    'MP4 with its index first, cut at a half': 'read: 40 claimed, 20 packets, 19 decoded, 1 unreadable, 0.84 s without pictures, container',
    'MP4 in fragments, cut at a half': 'read: none claimed, 20 packets, 19 decoded, 1 unreadable, 0.20 s without pictures, container',
    'Matroska cut at a half': 'read: none claimed, 19 packets, 19 decoded, 0 unreadable, 0.84 s without pictures, container',
    'TS cut at a half': 'read: none claimed, 20 packets, 20 decoded, 0 unreadable, 0.04 s without pictures, container',
    'AVI cut at a half': 'read: 40 claimed, 19 packets, 19 decoded, 1 unreadable, 0.04 s without pictures, container',
    'FLV cut at a half': 'read: none claimed, 20 packets, 19 decoded, 1 unreadable, 0.84 s without pictures, container',
    'ASF cut at a half': 'read: none claimed, 1 packets, 1 decoded, 0 unreadable, 1.60 s without pictures, container',
    'GIF cut at a half': 'read: 21 claimed, 22 packets, 21 decoded, 1 unreadable, 0.00 s without pictures, container',
    'MP4 with a hole': 'read: 40 claimed, 40 packets, 30 decoded, 11 unreadable, 0.44 s without pictures, container',
    'Matroska with a hole': 'read: none claimed, 19 packets, 19 decoded, 0 unreadable, 0.84 s without pictures, container',
    'TS with a hole': 'read: none claimed, 31 packets, 30 decoded, 3 unreadable, 0.48 s without pictures, container',
    'AVI with a hole': 'read: 40 claimed, 30 packets, 30 decoded, 0 unreadable, 0.44 s without pictures, container',
    'H.264 with a hole': 'read: none claimed, 31 packets, 29 decoded, 2 unreadable, 0.04 s without pictures, estimated',
    'TS spliced with another': 'read: none claimed, 79 packets, 41 decoded, 38 unreadable, 1.64 s without pictures, container',
    'TS of two picture sizes': 'read: none claimed, 20 packets, 20 decoded, 3 unreadable, 0.00 s without pictures, container',
    'MP4 with a Matroska behind it': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'raw H.264 without times': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, estimated',
    'motion JPEG without times': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, estimated',
    'TS whose clock goes round': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'Matroska that pauses for an hour': 'read: none claimed, 20 packets, 20 decoded, 0 unreadable, 3600.00 s without pictures, container',
    'MP4 of uneven times': 'read: 20 claimed, 20 packets, 20 decoded, 0 unreadable, 0.00 s without pictures, container',
    'MP4 that is a ZIP too': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'GIF that is a script too': 'read: 40 claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'PDF that is an MP4 too': 'refused: is a PDF, not a video',
    'web page that is a TS too': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'Matroska called .mp4': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
    'WMV called .mp4': 'read: none claimed, 40 packets, 40 decoded, 0 unreadable, 0.00 s without pictures, container',
}  # fmt: skip


def made() -> dict[str, bytes]:
    """Every hostile footage by its name."""
    from tests.recognition.fuzzing import seeds

    known = seeds(CLIPS)
    return {name: make(known) for name, make in MAKERS.items()}
