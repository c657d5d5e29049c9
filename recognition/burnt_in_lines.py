"""Finds lines of text burnt into pictures: thin strokes of one height, side by side, lighter or darker than around.

A place is looked for in single pictures and in what stays: the darkest of several pictures keeps light letters and
loses light things that move, the lightest keeps dark letters.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from recognition.burnt_in_glyphs import Place
from recognition.faces import Image

MOST_PLACES = 48
_SMALLEST_PX = 6  # height of a digit
_LARGEST_SHARE = 0.10  # of the picture's height
_THRESHOLDS = (28, 70)  # grey levels by which strokes stand out
_MOST_BLOBS = 3000
_FEWEST = 4  # characters of a line

Boxes = NDArray[np.int64]


def places(greys: Sequence[Image]) -> list[Place]:
    """Where lines of text may stand in pictures of one size, longest first, at most `MOST_PLACES`; empty for none."""
    if not greys:
        return []
    views = [greys[0], greys[len(greys) // 2]]
    found: list[Place] = []
    stroke = max(7, greys[0].shape[0] // 60) | 1
    kernel = np.ones((stroke, stroke), np.uint8)
    for is_dark in (False, True):
        stays = np.max(greys, axis=0) if is_dark else np.min(greys, axis=0)
        how = cv2.MORPH_BLACKHAT if is_dark else cv2.MORPH_TOPHAT
        for view in [stays, *views] if len(greys) > 1 else [stays]:
            strokes = np.asarray(cv2.morphologyEx(view, how, kernel), np.uint8)
            for threshold in _THRESHOLDS:
                found += _lines(_blobs(strokes, threshold), is_dark=is_dark)
    return _without_doubles(found)[:MOST_PLACES]


def _blobs(strokes: Image, threshold: int) -> Boxes:
    """``(n, 4)`` left, top, width, height of connected strokes that could be characters, or several that touch."""
    mask = (strokes > threshold).astype(np.uint8)
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    stats = stats[1:count].astype(np.int64)
    wide, high, area = stats[:, 2], stats[:, 3], stats[:, 4]
    fits = (high >= _SMALLEST_PX) & (high <= strokes.shape[0] * _LARGEST_SHARE) & (wide <= 8 * high)
    fits &= (wide * 8 >= high) & (area * 10 >= wide * high)
    stats = stats[fits]
    if len(stats) > _MOST_BLOBS:  # noise: the largest are likeliest to be letters
        stats = stats[np.argsort(-stats[:, 4], kind="stable")[:_MOST_BLOBS]]
    return np.asarray(stats[:, :4], np.int64)


def _lines(boxes: Boxes, *, is_dark: bool) -> list[Place]:
    """Blobs of about one height and level that stand close together."""
    if len(boxes) < 2:
        return []
    boxes = boxes[np.argsort(boxes[:, 0], kind="stable")]
    left, top, wide, high = (boxes[:, i].astype(np.float32) for i in range(4))
    bottom, right = top + high, left + wide
    height = np.minimum(high[:, None], high[None, :])
    slack = np.maximum(0.22 * height, 1.6)
    gap = left[None, :] - right[:, None]
    joined = (np.abs(top[:, None] - top[None, :]) <= slack) & (np.abs(bottom[:, None] - bottom[None, :]) <= slack)
    joined &= (gap <= 2.2 * height) & (gap >= -0.6 * height)
    first, second = np.nonzero(np.triu(joined, 1))
    graph = coo_array((np.ones(len(first), bool), (first, second)), shape=(len(boxes), len(boxes)))
    count, group = connected_components(graph, directed=False)
    made = []
    characters = np.maximum(1, np.round(wide / (0.8 * high)))
    sizes = np.bincount(group, weights=characters, minlength=count)
    for which in np.flatnonzero(sizes >= _FEWEST):
        mine = group == which
        level, low = float(np.median(top[mine])), float(np.median(bottom[mine]))
        made.append(Place(level, low, float(left[mine].min()), float(right[mine].max()), is_dark))
    return made


def _without_doubles(found: list[Place]) -> list[Place]:
    """The same line found in several views becomes one, as long as the longest of them; longest in characters first."""
    kept: list[Place] = []
    for place in sorted(found, key=lambda p: -(p.right - p.left) / p.height):
        if not any(_is_same(place, other) for other in kept):
            kept.append(place)
    return kept


def _is_same(a: Place, b: Place) -> bool:
    near = 0.15 * b.height + 1
    return (
        a.is_dark == b.is_dark
        and abs(a.top - b.top) <= near
        and abs(a.bottom - b.bottom) <= near
        and a.left >= b.left - b.height
        and a.right <= b.right + b.height
    )


def widened(place: Place, width_px: int) -> Place:
    """The place with room for characters that were not found, within a picture `width_px` wide."""
    left, right = max(0.0, place.left - 3 * place.height), min(float(width_px), place.right + 9 * place.height)
    return Place(place.top, place.bottom, left, right, place.is_dark)
