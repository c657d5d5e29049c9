"""Clips with a clock burnt in, or with what only looks like one, for benchmarks and tests of recognition.burnt_in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.made_letters import Drawn, line
from recognition.faces import Image

WHITE, YELLOW, BLACK, GREEN = (245, 245, 245), (40, 220, 240), (12, 12, 12), (90, 235, 110)
# how recorders write; %f is not there, weekday names are
LAYOUTS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S",
    "%d.%m.%Y %H:%M:%S",
    "%Y-%m-%d %a %H:%M:%S",
    "%d-%m-%Y %a %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%a %Y/%m/%d %I:%M:%S %p",
    "%H:%M:%S %d/%m/%Y",
)
CORNERS = ("top left", "top right", "bottom left", "bottom right", "top middle")
EDGES = ("outline", "none", "shadow", "box")
SCENES = ("still", "noise", "walkers", "pan")


@dataclass(frozen=True)
class Clip:
    """One clip to make.

    `says` gives the text at a container time instead of a clock's, and `behind` is real footage instead of a scene.
    """

    size: tuple[int, int] = (1280, 720)
    start: datetime = datetime(2026, 3, 2, 15, 10, 7, 300_000)  # noqa: DTZ001 - a recorder's clock has no zone
    layout: str = "%Y-%m-%d %H:%M:%S"
    family: str = "OpenCV"
    height_px: int = 18
    colour: tuple[int, int, int] = WHITE
    edge: str = "outline"
    corner: str = "top left"
    scene: str = "walkers"
    crf: int = 26
    rate: int = 15
    seconds: float = 13.0
    seed: int = 0
    says: Callable[[float], str] | None = field(default=None, compare=False)
    behind: Path | None = None

    def text(self, time_s: float) -> str:
        """What stands in the picture at a container time."""
        if self.says is not None:
            return self.says(time_s)
        return (self.start + timedelta(seconds=time_s)).strftime(self.layout).upper()


def pictures(clip: Clip) -> Iterator[Image]:
    """The clip's pictures, in order."""
    if clip.behind is not None:
        for number, image in enumerate(islice(_footage(clip.behind, clip.size), round(clip.seconds * clip.rate))):
            burn(image, clip.text(number / clip.rate), clip)
            yield image
        return
    random = np.random.default_rng(clip.seed)
    scene = _scene(random, clip.size)
    grain = [random.normal(0, 5, (clip.size[1], clip.size[0], 1)).astype(np.int16) for _ in range(4)]
    walkers = [_walker(random, clip.size) for _ in range(9)]
    for number in range(round(clip.seconds * clip.rate)):
        time_s = number / clip.rate
        image = np.roll(scene, -round(time_s * clip.size[0] / 25), axis=1) if clip.scene == "pan" else scene.copy()
        if clip.scene in ("walkers", "pan"):
            for walker in walkers:
                walker(image, time_s)
        if clip.scene != "still":
            shift = int(random.integers(clip.size[0]))
            image = np.clip(image.astype(np.int16) + np.roll(grain[number % 4], shift, axis=1), 0, 255).astype(np.uint8)
        burn(image, clip.text(time_s), clip)
        yield image


def _footage(path: Path, size: tuple[int, int]) -> Iterator[Image]:
    """Pictures of real footage, again from the start when it ends."""
    while True:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                image = np.asarray(cv2.resize(frame.to_ndarray(format="bgr24"), size, interpolation=cv2.INTER_AREA))
                yield image.astype(np.uint8)


def burn(image: Image, text: str, clip: Clip) -> None:
    """Write the text into the picture as the clip says, in place."""
    drawn: Drawn = line(text, clip.family, clip.height_px)
    high, wide = drawn.ink.shape
    margin = max(4, image.shape[0] // 40)
    x = {"left": margin, "right": image.shape[1] - wide - margin, "middle": (image.shape[1] - wide) // 2}[
        clip.corner.split()[1]
    ]
    y = margin if clip.corner.startswith("top") else image.shape[0] - high - margin
    x, y = max(0, x), max(0, y)
    part = image[y : y + high, x : x + wide]
    ink = drawn.ink[: part.shape[0], : part.shape[1]].astype(np.float32)[..., None] / 255
    edge = np.float32((245, 245, 245) if max(clip.colour) < 60 else (8, 8, 8))
    below = part.astype(np.float32)
    if clip.edge == "outline":
        rim = cv2.dilate(ink[..., 0], np.ones((3, 3), np.uint8))[..., None]
        below = below * (1 - rim) + rim * edge
    elif clip.edge == "shadow":
        rim = np.roll(ink, (1, 1), axis=(0, 1))
        below = below * (1 - rim) + rim * edge
    elif clip.edge == "box":
        below = below * 0.1 + np.float32(0.9) * edge
    part[:] = np.clip(below * (1 - ink) + ink * clip.colour, 0, 255).astype(np.uint8)


def _scene(random: np.random.Generator, size: tuple[int, int]) -> Image:
    """A street's muddle: slopes of light, house fronts, windows, edges."""
    wide, high = size
    rough = random.uniform(40, 170, (5, 7, 3)).astype(np.float32)
    made = np.asarray(cv2.resize(rough, size, interpolation=cv2.INTER_CUBIC))
    for _ in range(60):
        x, y = int(random.integers(0, wide)), int(random.integers(0, high))
        w, h = int(random.integers(wide // 60, wide // 6)), int(random.integers(high // 60, high // 4))
        colour = tuple(
            float(v) for v in np.clip(made[min(y, high - 1), min(x, wide - 1)] + random.normal(0, 40, 3), 0, 215)
        )
        cv2.rectangle(made, (x, y), (x + w, y + h), colour, -1 if random.random() < 0.7 else 2)
    return np.clip(cv2.GaussianBlur(made, (0, 0), high / 700), 0, 215).astype(np.uint8)


def _walker(random: np.random.Generator, size: tuple[int, int]) -> Callable[[Image, float], None]:
    wide, high = size
    x, y, speed = random.uniform(0, wide), random.uniform(0, high), random.normal(0, wide / 8)
    side = random.uniform(high / 14, high / 5)
    colour = tuple(float(v) for v in random.uniform(15, 205, 3))

    def draw(image: Image, time_s: float) -> None:
        at = int((x + speed * time_s) % (wide + 2 * side) - side)
        cv2.ellipse(image, (at, int(y)), (int(side / 2), int(side)), 0, 0, 360, colour, -1)

    return draw


def write(path: Path, clip: Clip) -> Path:
    """Encode the clip with x264 at its rate factor, B-frames as cameras do not have them."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": str(clip.crf), "threads": "1"}
        stream = container.add_stream("libx264", rate=Fraction(clip.rate), options=options)
        stream.width, stream.height, stream.pix_fmt = *clip.size, "yuv420p"
        stream.max_b_frames, stream.gop_size = 0, clip.rate * 2
        for image in pictures(clip):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path
