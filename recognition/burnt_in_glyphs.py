"""Reads one line of burnt-in text: a small network looks through a window that slides over the line.

The network (two hidden layers) was trained by `python -m benchmarks.burnt_in_training` on letters we drew ourselves;
its weights lie beside this file. It knows digits, the signs between them and the letters of AM and PM; any other
letter is "?", and between two characters it says "nothing here".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from recognition.faces import Float, Image

SIGNS = "0123456789:-/.APM?"
NOTHING = len(SIGNS)  # the class of a window whose middle is between characters
DIGIT_ROWS = 20  # a line is scaled so that its digits are this high
MARGIN_ROWS = 4  # and this much is seen above and below
STRIP_ROWS = DIGIT_ROWS + 2 * MARGIN_ROWS
WINDOW_COLUMNS = 24
_WEIGHTS = Path(__file__).with_name("burnt_in_glyphs.npz")
_FLOOR = 6.0  # grey levels; what varies less than noise does is not blown up
_CLOSEST = 0.5  # pitches between two characters' middles; a colon stands .65 to 1 from a digit
_LEAST = 0.35  # probability under which a character is not read


@dataclass(frozen=True)
class Place:
    """Where a line of text stands in the upright picture, in pixels: its digits' top and bottom, and its ends."""

    top: float
    bottom: float
    left: float
    right: float
    is_dark: bool = False

    @property
    def height(self) -> float:
        """Height of a digit, px."""
        return self.bottom - self.top


@dataclass(frozen=True)
class Sign:
    """One character as read: which, the strip's column of its middle, and how sure the network is (0 to 1)."""

    sign: str
    column: float
    probability: float


def strip(grey: Image, place: Place) -> Image:
    """``(STRIP_ROWS, n)`` uint8: the line cut out of a grey picture, digits `DIGIT_ROWS` high, always light on dark."""
    scale = DIGIT_ROWS / place.height
    columns = max(WINDOW_COLUMNS, round((place.right - place.left) * scale))
    # rows and columns of the strip back into the picture, pixel middles on pixel middles
    shift = 0.5 / scale - 0.5
    back = np.array([[1 / scale, 0, place.left + shift], [0, 1 / scale, place.top - MARGIN_ROWS / scale + shift]])
    if scale < 0.75:  # many pixels become one: average them first
        x0, y0 = max(0, int(place.left) - 2), max(0, int(place.top - place.height))
        part = grey[y0 : int(place.bottom + place.height) + 1, x0 : int(place.right) + 3]
        sigma = 0.4 / scale
        part = np.asarray(cv2.GaussianBlur(part, (0, 0), sigma), np.uint8)
        back[:, 2] -= (x0, y0)
        grey = part
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(grey, back, (columns, STRIP_ROWS), flags=how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(255 - cut if place.is_dark else cut, np.uint8)


def windows(cut: Image) -> Float:
    """``(n, STRIP_ROWS * WINDOW_COLUMNS)``: for every column of the strip what is seen around it, evened out."""
    half = WINDOW_COLUMNS // 2
    padded = cv2.copyMakeBorder(cut, 0, 0, half, half - 1, cv2.BORDER_REPLICATE).astype(np.float32)
    seen = sliding_window_view(padded, WINDOW_COLUMNS, axis=1).transpose(1, 0, 2).reshape(cut.shape[1], -1)
    return evened(np.ascontiguousarray(seen))


def evened(seen: Float) -> Float:
    """Windows (one a row) with mean 0 and about unit deviation, so that neither light nor contrast matters."""
    centred = seen - seen.mean(axis=1, keepdims=True)
    return np.asarray(centred / (centred.std(axis=1, keepdims=True) + _FLOOR), np.float32)


@dataclass(frozen=True)
class Layer:
    """One layer of the network."""

    weights: Float
    bias: Float


@cache
def network() -> tuple[Layer, ...]:
    """The trained layers, in order."""
    with np.load(_WEIGHTS, allow_pickle=False) as stored:
        count = len(stored.files) // 2
        return tuple(
            Layer(stored[f"weights{i}"].astype(np.float32), stored[f"bias{i}"].astype(np.float32)) for i in range(count)
        )


def probabilities(seen: Float, layers: tuple[Layer, ...] | None = None) -> Float:
    """``(n, len(SIGNS) + 1)``: what stands in the middle of each window; rows sum to 1."""
    values = seen
    layers = network() if layers is None else layers
    for layer in layers[:-1]:
        values = np.maximum(values @ layer.weights + layer.bias, 0)
    values = values @ layers[-1].weights + layers[-1].bias
    values = np.exp(values - values.max(axis=1, keepdims=True))
    return np.asarray(values / values.sum(axis=1, keepdims=True), np.float32)


def signs(likely: Float) -> list[Sign]:
    """The characters of a line, from the probabilities of its columns.

    A character is a run of columns in which "nothing" is less likely than it; its columns vote together. Of two that
    stand closer than characters can, the less likely one goes.
    """
    found = []
    is_sign = likely[:, NOTHING] < 0.5
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_sign, [False])).astype(np.int8)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        found += _run(likely[start:end, :NOTHING], int(start))
    return _thinned(found)


def pitch_of(found: Sequence[Sign]) -> float:
    """Columns from one digit to the next, by the median; 0 when no two digits stand side by side."""
    steps = [b.column - a.column for a, b in pairwise(found) if a.sign.isdigit() and b.sign.isdigit()]
    return sorted(steps)[len(steps) // 2] if steps else 0.0


def _thinned(found: list[Sign]) -> list[Sign]:
    least = _CLOSEST * pitch_of(found)
    kept: list[Sign] = []
    for sign in found:
        if kept and sign.column - kept[-1].column < least:
            if sign.probability > kept[-1].probability:
                kept[-1] = sign
        else:
            kept.append(sign)
    return kept


def _run(likely: Float, start: int) -> list[Sign]:
    """The characters of one run of columns: neighbours whose best guesses differ for long are two characters."""
    best = likely.argmax(axis=1)
    cuts = [0, *(np.flatnonzero(np.diff(best)) + 1).tolist(), len(best)]
    parts = [(a, b) for a, b in pairwise(cuts) if b - a >= 3]
    if len({int(best[a]) for a, _ in parts}) < 2:
        parts = [(0, len(best))]
    made = []
    for a, b in parts:
        mean = likely[a:b].mean(axis=0)
        which = int(mean.argmax())
        # the run's ends are half "nothing" by nature: the best column says how sure the network is
        sure = float(likely[a:b, which].max())
        if sure >= _LEAST:
            made.append(Sign(SIGNS[which], start + (a + b - 1) / 2, sure))
    return made


def read(grey: Image, place: Place) -> list[Sign]:
    """The characters at `place`, from left to right; empty where there is no text."""
    return signs(probabilities(windows(strip(grey, place))))
