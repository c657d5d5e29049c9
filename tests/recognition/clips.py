"""Makes small video files for tests: any container and codec, any times, whole or damaged."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from recognition.faces import Image

RED, GREEN, BLUE = (0, 0, 230), (0, 230, 0), (230, 0, 0)
TICKS = Fraction(1, 90_000)


def grey(width: int = 320, height: int = 240, *, noise: int = 6, seed: int = 0) -> Image:
    """A dull background on which the fake engine sees nothing."""
    rng = np.random.default_rng(seed)
    one = rng.integers(90 - noise, 90 + noise + 1, (height, width, 1))
    return np.ascontiguousarray(np.repeat(one, 3, axis=2).astype(np.uint8))


def square(image: Image, colour: tuple[int, int, int], x: float, y: float, side: int = 40) -> Image:
    """`image` with a "face" of one colour whose upper left corner is (x, y)."""
    left, top = round(x), round(y)
    image[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)] = colour
    return image


def walking(
    n: int, *, colours: Iterable[tuple[int, int, int]] = (RED,), step: float = 2.0, width: int = 320, height: int = 240
) -> Iterator[Image]:
    """n pictures with one square a colour, one below the other, all walking to the right."""
    chosen = list(colours)
    for i in range(n):
        image = grey(width, height, seed=i)
        for row, colour in enumerate(chosen):
            square(image, colour, 10 + step * i, 20 + 70 * row)
        yield image


def write_clip(
    path: Path,
    pictures: Iterable[Image],
    *,
    codec: str = "libx264",
    kind: str | None = None,
    rate: Fraction | int = 25,
    time_of: Callable[[int], Fraction | float] | None = None,
    time_base: Fraction = TICKS,
    gop: int = 12,
    b_frames: int = 2,
    pix_fmt: str = "yuv420p",
    codec_options: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode `pictures` at `time_of(i)` seconds (default i / rate) into `path`."""
    is_x26 = codec in ("libx264", "libx265")
    chosen = {"preset": "ultrafast", "threads": "1", "x265-params": "log-level=none"} if is_x26 else {}
    if codec == "libx264":
        chosen = {"preset": "ultrafast", "threads": "1"}
    with av.open(str(path), "w", format=kind, options=options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options={**chosen, **(codec_options or {})})
        stream.pix_fmt, stream.gop_size = pix_fmt, gop
        stream.codec_context.time_base = time_base
        stream.time_base = time_base
        if is_x26:
            stream.max_b_frames = b_frames
        for i, image in enumerate(pictures):
            if i == 0:
                stream.height, stream.width = image.shape[:2]
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            seconds = Fraction(i) / Fraction(rate) if time_of is None else Fraction(time_of(i)).limit_denominator(10**6)
            frame.pts, frame.time_base = round(seconds / time_base), time_base
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A file that holds sound and no video."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44_100, layout="mono")
        for i in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 44_100, 1024 * i, Fraction(1, 44_100)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def turned(path: Path) -> Path:
    """An MP4 whose header says: to be shown a quarter turn clockwise, as telephones write it."""
    content = bytearray(path.read_bytes())
    at = content.index(b"tkhd") + 4
    matrix = at + (36 if content[at] == 0 else 48) + 4
    entries = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
    content[matrix : matrix + 36] = b"".join(value.to_bytes(4, signed=True) for value in entries)
    path.write_bytes(content)
    return path


def with_hole(path: Path, *, start: float, size: int, target: Path) -> Path:
    """A copy in which `size` bytes from the share `start` of the file on are zero."""
    content = bytearray(path.read_bytes())
    at = int(len(content) * start)
    content[at : at + size] = bytes(len(content[at : at + size]))
    target.write_bytes(content)
    return target


def giant_gif(path: Path, width: int = 16_000, height: int = 16_000) -> Path:
    """50 bytes that ask for a canvas of 16000 x 16000 pixels (1 GB)."""
    size = width.to_bytes(2, "little") + height.to_bytes(2, "little")
    palette = b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
    picture = b"\x2c" + bytes(4) + b"\x01\x00\x01\x00\x00" + b"\x02\x02\x44\x01\x00"
    path.write_bytes(b"GIF89a" + size + palette + picture + picture + b"\x3b")
    return path
