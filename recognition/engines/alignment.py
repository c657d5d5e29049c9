"""Turns faces upright and to the size that a recogniser was trained on."""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.faces import Float, Image


def similarity_transform(source: Float, target: Float) -> NDArray[np.float64]:
    """The ``(2, 3)`` matrix of rotation, even scale and shift that takes `source` nearest to `target`.

    Least squares after Umeyama 1991, for points ``(k, 2)``; what InsightFace's ``norm_crop`` and dlib's
    ``find_similarity_transform`` do too. Points that all coincide give a shift without scale.

    >>> similarity_transform(np.array([[0, 0], [1, 0]]), np.array([[2, 2], [2, 4]])).round(6).tolist()
    [[0.0, -2.0, 2.0], [2.0, 0.0, 2.0]]
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    middle, aim = source.mean(axis=0), target.mean(axis=0)
    x, y = (source - middle).T
    u, v = (target - aim).T
    spread = float(np.sum(x * x + y * y)) or 1.0
    cosine, sine = np.sum(x * u + y * v) / spread, np.sum(x * v - y * u) / spread
    turn = np.array([[cosine, -sine], [sine, cosine]])
    return np.column_stack([turn, aim - turn @ middle])


def upright_chip(image_bgr: Image, points_px: Float, template: Float, side: int, *, smooth: bool = False) -> Image:
    """A ``(side, side, 3)`` chip of the face whose ``(5, 2)`` points are moved onto `template`.

    What lies outside the picture is black. With `smooth`, a face that must shrink to less than half is averaged
    down first, as dlib does; without, it is sampled, as InsightFace does.
    """
    matrix = similarity_transform(points_px, template)
    if smooth:
        image_bgr, matrix = _halved(image_bgr, matrix)
    chip = cv2.warpAffine(image_bgr, matrix, (side, side), flags=cv2.INTER_LINEAR)
    return np.asarray(chip, np.uint8)


def _halved(image_bgr: Image, matrix: NDArray[np.float64]) -> tuple[Image, NDArray[np.float64]]:
    """The picture shrunk by a whole factor so that the matrix shrinks it to no less than half, and that matrix."""
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    factor = int(0.5 / max(scale, 1e-3)) + 1 if scale < 0.5 else 1
    height, width = image_bgr.shape[:2]
    factor = min(factor, height, width)
    if factor < 2:
        return image_bgr, matrix
    small = cv2.resize(image_bgr[: height - height % factor, : width - width % factor], None,
                       fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)  # fmt: skip
    # pixel centre x of the small picture is x * factor + (factor - 1) / 2 of the large one
    larger = np.array([[factor, 0, (factor - 1) / 2], [0, factor, (factor - 1) / 2], [0, 0, 1]])
    return np.asarray(small, np.uint8), matrix @ larger
