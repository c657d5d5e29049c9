"""A small HEIC made for tests: a picture encoded by libx265 through PyAV, in the boxes of ISO/IEC 23008-12."""

import io
import struct

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.stream import VideoStream


def a_heic(*, exif: bytes = b"", width: int = 128, height: int = 64, claims: tuple[int, int] | None = None) -> bytes:
    """A picture, red on its left half. `exif` goes in as it is; `claims` are the sides that its header tells."""
    config, coded = _encoded(width, height)
    sides = claims or (width, height)
    infe = _box("infe", struct.pack(">BBHHH4sB", 2, 0, 0, 1, 0, b"hvc1", 0))
    items = [(1, coded)]
    if exif:
        infe += _box("infe", struct.pack(">BBHHH4sB", 2, 0, 0, 2, 0, b"Exif", 0))
        items.append((2, struct.pack(">I", 0) + exif))
    iinf = _full("iinf", struct.pack(">H", len(items)) + infe)
    ipco = _box("ipco", _box("hvcC", config) + _full("ispe", struct.pack(">II", *sides)))
    ipma = _full("ipma", struct.pack(">IHBBB", 1, 1, 2, 0x81, 0x02))
    iref = _full("iref", _box("cdsc", struct.pack(">HHH", 2, 1, 1))) if exif else b""
    hdlr = _full("hdlr", struct.pack(">I4s12xx", 0, b"pict"))
    pitm = _full("pitm", struct.pack(">H", 1))
    ftyp = _box("ftyp", b"heic" + struct.pack(">I", 0) + b"mif1heic")

    def meta(starts: list[int]) -> bytes:
        iloc = struct.pack(">BBH", 0x44, 0, len(items))
        for (id, content), start in zip(items, starts, strict=True):
            iloc += struct.pack(">HHHII", id, 0, 1, start, len(content))
        return _full("meta", hdlr + pitm + _full("iloc", iloc) + iinf + iref + _box("iprp", ipco + ipma))

    first = len(ftyp) + len(meta([0] * len(items))) + 8
    starts = [first + sum(len(content) for _, content in items[:n]) for n in range(len(items))]
    return ftyp + meta(starts) + _box("mdat", b"".join(content for _, content in items))


def _box(kind: str, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind.encode()) + content


def _full(kind: str, content: bytes) -> bytes:
    return _box(kind, bytes(4) + content)


def _encoded(width: int, height: int) -> tuple[bytes, bytes]:
    """(hvcC, the picture's units with their lengths) of one keyframe, as MP4 has them too."""
    image = np.full((height, width, 3), 255, np.uint8)
    image[:, : width // 2] = (255, 0, 0)
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        # with B-frames x265 reads the decoding time of a first and only picture from memory that it never wrote
        options = {"x265-params": "log-level=none:info=0:bframes=0"}
        stream = container.add_stream("libx265", rate=1, options=options)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = VideoFrame.from_ndarray(image, format="rgb24")
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    content = out.getvalue()
    at = content.index(b"hvcC")
    size = struct.unpack(">I", content[at - 4 : at])[0]
    config = content[at + 4 : at - 4 + size]
    with av.open(io.BytesIO(content)) as container:
        packet = next(p for p in container.demux(video=0) if p.size)
        return config, bytes(packet)
