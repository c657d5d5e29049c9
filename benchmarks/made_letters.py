"""Letters to draw clocks with: outline fonts of this machine, OpenCV's, Pillow's, and two dot-matrix fonts of our own.

Recorders write with dot-matrix fonts (a character generator of 5x7 or 8x16 dots, enlarged) or with a plain sans-serif.
Nothing is downloaded; a font that is not installed is left out (`families` says which there are).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Mask = NDArray[np.uint8]
# a character at a size: its picture, the pen's column, how far the pen goes
Draw = Callable[[str, float], tuple[Mask, int, float]]

_SYSTEM = Path("/usr/share/fonts/truetype")
# rows of five dots as numbers 0 to 31, from the top
_DOTS_5X7 = {
    "0": (14, 17, 19, 21, 25, 17, 14), "1": (4, 12, 4, 4, 4, 4, 14), "2": (14, 17, 1, 2, 4, 8, 31),
    "3": (31, 2, 4, 2, 1, 17, 14), "4": (2, 6, 10, 18, 31, 2, 2), "5": (31, 16, 30, 1, 1, 17, 14),
    "6": (6, 8, 16, 30, 17, 17, 14), "7": (31, 1, 2, 4, 8, 8, 8), "8": (14, 17, 17, 14, 17, 17, 14),
    "9": (14, 17, 17, 15, 1, 2, 12), ":": (0, 4, 4, 0, 4, 4, 0), "-": (0, 0, 0, 31, 0, 0, 0),
    "/": (0, 1, 2, 4, 8, 16, 0), ".": (0, 0, 0, 0, 0, 12, 12), "A": (14, 17, 17, 31, 17, 17, 17),
    "B": (30, 17, 17, 30, 17, 17, 30), "C": (14, 17, 16, 16, 16, 17, 14), "D": (30, 17, 17, 17, 17, 17, 30),
    "E": (31, 16, 16, 30, 16, 16, 31), "F": (31, 16, 16, 30, 16, 16, 16), "G": (14, 17, 16, 23, 17, 17, 15),
    "H": (17, 17, 17, 31, 17, 17, 17), "I": (14, 4, 4, 4, 4, 4, 14), "J": (7, 2, 2, 2, 2, 18, 12),
    "K": (17, 18, 20, 24, 20, 18, 17), "L": (16, 16, 16, 16, 16, 16, 31), "M": (17, 27, 21, 21, 17, 17, 17),
    "N": (17, 25, 21, 19, 17, 17, 17), "O": (14, 17, 17, 17, 17, 17, 14), "P": (30, 17, 17, 30, 16, 16, 16),
    "Q": (14, 17, 17, 17, 21, 18, 13), "R": (30, 17, 17, 30, 20, 18, 17), "S": (15, 16, 16, 14, 1, 1, 30),
    "T": (31, 4, 4, 4, 4, 4, 4), "U": (17, 17, 17, 17, 17, 17, 14), "V": (17, 17, 17, 17, 17, 10, 4),
    "W": (17, 17, 17, 21, 21, 27, 17), "X": (17, 10, 4, 4, 4, 10, 17), "Y": (17, 17, 10, 4, 4, 4, 4),
    "Z": (31, 1, 2, 4, 8, 16, 31),
}  # fmt: skip
# the same of eight dots, strokes two dots wide, as graphics cards and many recorders have them; ten rows
_DOTS_8X10 = {
    "0": (0x3C, 0x66, 0xC3, 0xC3, 0xDB, 0xDB, 0xC3, 0xC3, 0x66, 0x3C),
    "1": (0x18, 0x38, 0x78, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x7E),
    "2": (0x7C, 0xC6, 0x06, 0x0C, 0x18, 0x30, 0x60, 0xC0, 0xC6, 0xFE),
    "3": (0x7C, 0xC6, 0x06, 0x06, 0x3C, 0x06, 0x06, 0x06, 0xC6, 0x7C),
    "4": (0x0C, 0x1C, 0x3C, 0x6C, 0xCC, 0xFE, 0x0C, 0x0C, 0x0C, 0x1E),
    "5": (0xFE, 0xC0, 0xC0, 0xC0, 0xFC, 0x06, 0x06, 0x06, 0xC6, 0x7C),
    "6": (0x38, 0x60, 0xC0, 0xC0, 0xFC, 0xC6, 0xC6, 0xC6, 0xC6, 0x7C),
    "7": (0xFE, 0xC6, 0x06, 0x06, 0x0C, 0x18, 0x30, 0x30, 0x30, 0x30),
    "8": (0x7C, 0xC6, 0xC6, 0xC6, 0x7C, 0xC6, 0xC6, 0xC6, 0xC6, 0x7C),
    "9": (0x7C, 0xC6, 0xC6, 0xC6, 0x7E, 0x06, 0x06, 0x06, 0x0C, 0x78),
    ":": (0, 0, 0x18, 0x18, 0, 0, 0, 0x18, 0x18, 0), "-": (0, 0, 0, 0, 0xFE, 0, 0, 0, 0, 0),
    "/": (0, 0, 0x02, 0x06, 0x0C, 0x18, 0x30, 0x60, 0xC0, 0x80), ".": (0, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x18),
    "A": (0x10, 0x38, 0x6C, 0xC6, 0xC6, 0xFE, 0xC6, 0xC6, 0xC6, 0xC6),
    "P": (0xFC, 0x66, 0x66, 0x66, 0x7C, 0x60, 0x60, 0x60, 0x60, 0xF0),
    "M": (0xC3, 0xE7, 0xFF, 0xFF, 0xDB, 0xC3, 0xC3, 0xC3, 0xC3, 0xC3),
    "T": (0xFF, 0xDB, 0x99, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x3C),
    "U": (0xC6, 0xC6, 0xC6, 0xC6, 0xC6, 0xC6, 0xC6, 0xC6, 0xC6, 0x7C),
    "E": (0xFE, 0x66, 0x62, 0x68, 0x78, 0x68, 0x60, 0x62, 0x66, 0xFE),
    "F": (0xFE, 0x66, 0x62, 0x68, 0x78, 0x68, 0x60, 0x60, 0x60, 0xF0),
    "W": (0xC3, 0xC3, 0xC3, 0xC3, 0xC3, 0xDB, 0xDB, 0xFF, 0x66, 0x66),
}  # fmt: skip
# family: the places where it may lie
_FILES = {
    "DejaVu Sans": (_SYSTEM / "dejavu/DejaVuSans.ttf",),
    "DejaVu Sans Bold": (_SYSTEM / "dejavu/DejaVuSans-Bold.ttf",),
    "DejaVu Sans Condensed": (_SYSTEM / "dejavu/DejaVuSansCondensed.ttf",),
    "DejaVu Sans Mono": (_SYSTEM / "dejavu/DejaVuSansMono.ttf",),
    "DejaVu Sans Mono Bold": (_SYSTEM / "dejavu/DejaVuSansMono-Bold.ttf",),
    "DejaVu Serif": (_SYSTEM / "dejavu/DejaVuSerif.ttf",),
    "Liberation Sans": (_SYSTEM / "liberation/LiberationSans-Regular.ttf",),
    "Liberation Sans Bold": (_SYSTEM / "liberation/LiberationSans-Bold.ttf",),
    "Liberation Sans Narrow": (_SYSTEM / "liberation/LiberationSansNarrow-Regular.ttf",),
    "Liberation Sans Narrow Bold": (_SYSTEM / "liberation/LiberationSansNarrow-Bold.ttf",),
    "Liberation Serif": (_SYSTEM / "liberation/LiberationSerif-Regular.ttf",),
    "Liberation Mono": (_SYSTEM / "liberation/LiberationMono-Regular.ttf",),
    "Liberation Mono Bold": (_SYSTEM / "liberation/LiberationMono-Bold.ttf",),
}
_OPENCV = {  # family: OpenCV's built-in outlines, weight
    "OpenCV light": ("sans", 300), "OpenCV": ("sans", 400), "OpenCV bold": ("sans", 700), "OpenCV uni": ("uni", 400),
}  # fmt: skip
_DOTTED = {"dots 5x7": (_DOTS_5X7, 5, 7), "dots 8x10": (_DOTS_8X10, 8, 10)}
# never trained on: for measuring what the reader does with a font it has not met
HELD_OUT = (
    "Liberation Mono",
    "Liberation Mono Bold",
    "Liberation Serif",
    "DejaVu Sans Condensed",
    "Liberation Sans Narrow Bold",
)
ANYWHERE = (*_OPENCV, *_DOTTED, "Pillow")  # drawn with what the product itself installs


@dataclass(frozen=True)
class Letter:
    """One character: its ink (0 to 255), where that lies right of the pen and below the digits' top, how far to go."""

    ink: Mask
    left: int
    top: int
    advance: float


@cache
def families() -> tuple[str, ...]:
    """The families that can be drawn with on this machine."""
    there = tuple(name for name, files in _FILES.items() if any(file.is_file() for file in files))
    return (*ANYWHERE, *there)


@cache
def letters(family: str, height_px: int) -> dict[str, Letter]:
    """Every character of the family with digits `height_px` high."""
    alphabet = "0123456789:-/.ABCDEFGHIJKLMNOPQRSTUVWXYZapm, "
    if family in _DOTTED:
        return _dotted(family, height_px)
    draw = _with_opencv(family) if family in _OPENCV else _with_pillow(family)
    trial = 40
    zero = _ink(draw("0", trial)[0])
    size = trial * height_px / (zero[3] - zero[1])
    image, pen, _ = draw("0", size)
    top = _ink(image)[1]
    made = {}
    for sign in alphabet:
        image, pen, advance = draw(sign, size)
        box = _ink(image)
        made[sign] = Letter(image[box[1] : box[3], box[0] : box[2]], box[0] - pen, box[1] - top, advance)
    return made


def _ink(image: Mask) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(image.max(axis=1) > 40), np.flatnonzero(image.max(axis=0) > 40)
    if not len(rows):
        return (0, 0, 0, 0)
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _with_opencv(family: str) -> Draw:
    name, weight = _OPENCV[family]
    face = cv2.FontFace(name)

    def draw(sign: str, size: float) -> tuple[Mask, int, float]:
        side = round(size * 3)
        image = np.zeros((side, side, 3), np.uint8)
        end, _ = cv2.putText(image, sign, (side // 3, side * 2 // 3), (255, 255, 255), face, round(size), weight)
        return image[..., 0], side // 3, float(end[0] - side // 3)

    return draw


def _with_pillow(family: str) -> Draw:
    def draw(sign: str, size: float) -> tuple[Mask, int, float]:
        font = _pillow_font(family, round(size * 2) / 2)
        side = round(size * 3)
        image = Image.new("L", (side, side))
        ImageDraw.Draw(image).text((side // 3, side // 3), sign, fill=255, font=font)
        return np.asarray(image), side // 3, font.getlength(sign)

    return draw


@cache
def _pillow_font(family: str, size: float) -> ImageFont.FreeTypeFont:
    if family == "Pillow":
        return ImageFont.load_default(size)
    return ImageFont.truetype(next(file for file in _FILES[family] if file.is_file()), size)


def _dotted(family: str, height_px: int) -> dict[str, Letter]:
    dots, wide, high = _DOTTED[family]
    scale = height_px / high
    made = {" ": Letter(np.zeros((0, 0), np.uint8), 0, 0, round((wide + 1) * scale))}
    for sign, rows in dots.items():
        cells = np.array([[row >> (wide - 1 - i) & 1 for i in range(wide)] for row in rows], np.uint8) * 255
        whole = abs(scale - round(scale)) < 0.05
        how = cv2.INTER_NEAREST if whole else (cv2.INTER_LINEAR if scale > 1 else cv2.INTER_AREA)
        ink = cv2.resize(cells, (max(1, round(wide * scale)), height_px), interpolation=how)
        box = _ink(ink)
        made[sign] = Letter(ink[box[1] : box[3], box[0] : box[2]], box[0], box[1], round((wide + 1) * scale))
    return made


@dataclass(frozen=True)
class Drawn:
    """A line of text: its ink, the rows of the digits' top and bottom in it, and every character's middle and width."""

    ink: Mask
    top: int
    bottom: int
    signs: tuple[tuple[str, float, float], ...]


def line(text: str, family: str, height_px: int, *, spacing_px: float = 0.0, margin_px: int = 6) -> Drawn:
    """The text in one line; characters that the family lacks become blanks."""
    font = letters(family, height_px)
    pen, placed = float(margin_px), []
    for sign in text:
        letter = font.get(sign, font[" "])
        placed.append((sign, letter, round(pen)))
        pen += letter.advance + spacing_px
    ink = np.zeros((height_px * 2 + 2 * margin_px, round(pen) + margin_px + height_px), np.uint8)
    top, signs = margin_px + height_px // 2, []
    for sign, letter, x in placed:
        high, wide = letter.ink.shape
        if not high:
            continue
        left, upper = max(0, x + letter.left), max(0, top + letter.top)
        part = ink[upper : upper + high, left : left + wide]
        np.maximum(part, letter.ink[: part.shape[0], : part.shape[1]], out=part)
        signs.append((sign, left + wide / 2, float(wide)))
    return Drawn(ink, top, top + height_px, tuple(signs))
