"""How good a shot of a face is for telling people apart, 0 to 1, without looking at who it is."""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.faces import Faces, Float, Image

# Found and recognised at a false-match rate of 1e-3 in noisy CCTV pictures (FINDINGS.md): 48 px .99, 32 px .97,
# 24 px .55, 16 px hopeless. The curve rises from its foot accordingly and is flat above about 100 px.
_FOOT_PX = 14.0
_RISE_PX = 22.0
_CHIP_PX = 64
_HALF_SHARP = 120.0  # Laplacian variance at which sharpness reads 0.5, on a chip of 64 pixels
_FRONTAL_NOSE = 0.55  # of the way from the eyes to the mouth, on a level frontal face
_WEIGHTS = (2.0, 1.0, 1.0, 0.5, 4.0, 1.0)
_BEST = 1.0
_WORST = 0.02  # so that one bad property lowers a shot and never erases the order among bad shots


def quality(image_bgr: Image, faces: Faces) -> Float:
    """``(n,)`` quality of each face, 0 to 1: the weighted geometric mean of the parts below.

    Parameters
    ----------
    image_bgr
        The image in which the faces were found.
    faces
        n faces; ``(0,)`` is returned for none.

    Notes
    -----
    Each part lies in 0.02 to 1:

    - size (weight 2): ``1 - exp(-(shorter side - 14) / 22)``: 24 px .37, 32 px .56, 48 px .79, 100 px .98;
    - sharpness (1): ``v / (v + 120)`` for the variance v of the Laplacian of the grey face at 64 x 64;
    - facing (1 and .5): ``1 - 1.2 yaw`` and ``1 - 1.5 pitch``, see `turned_away`;
    - score (4): the detector's own; SCRFD's falls with everything that spoils a shot, MTCNN's hardly ever;
    - completeness (1): the share of the box that lies inside the image, squared.

    The weights are round numbers near the best of a grid, judged by the rank correlation with the similarity to the
    right person: 793 degraded stills and 8 tracks of the clips of ../shared, both engines (2026-11). The tilt of
    the head was tried and told nothing.

    Examples
    --------
    >>> quality(np.zeros((8, 8, 3), np.uint8), Faces.empty()).shape
    (0,)
    """
    if not len(faces):
        return np.zeros(0, np.float32)
    yaw, pitch = turned_away(faces.points_px)
    sharp = sharpness(image_bgr, faces.box_px)
    parts = np.stack([
        1 - np.exp(-(faces.size_px - _FOOT_PX) / _RISE_PX),
        sharp / (sharp + _HALF_SHARP),
        1 - 1.2 * yaw,
        1 - 1.5 * pitch,
        faces.score,
        share_inside(image_bgr, faces.box_px) ** 2,
    ])  # fmt: skip
    logs = np.log(np.clip(parts, _WORST, _BEST))
    return np.asarray(np.exp(np.average(logs, axis=0, weights=_WEIGHTS)), dtype=np.float32)


def turned_away(points_px: Float) -> tuple[Float, Float]:
    """How far each face is turned aside and up or down, ``(n,)`` each, 0 (frontal) to 0.8 and more (profile).

    Sideways: distance of the nose from the eyes' middle along the line of the eyes, in eye distances (0 frontal,
    about .5 at 45 degrees). Up and down: how far the nose's place between eyes and mouth is from 0.55. Both are
    taken in the face's own axes, so that a tilted head is not counted; where the eyes coincide both are 1.
    """
    eyes = points_px[:, 1] - points_px[:, 0]
    middle = points_px[:, :2].mean(axis=1)
    mouth = points_px[:, 3:].mean(axis=1) - middle
    nose = points_px[:, 2] - middle
    eye_distance = np.linalg.norm(eyes, axis=1)
    is_flat = eye_distance < 1e-3
    across = eyes / np.where(is_flat, 1.0, eye_distance)[:, None]
    down = np.stack([-across[:, 1], across[:, 0]], axis=1)
    yaw = np.abs((nose * across).sum(axis=1)) / np.where(is_flat, 1.0, eye_distance)
    height = (mouth * down).sum(axis=1)
    is_level = np.abs(height) > 1e-3
    place = (nose * down).sum(axis=1) / np.where(is_level, height, 1.0)
    pitch = np.where(is_level, np.abs(place - _FRONTAL_NOSE), 1.0)
    limited = [np.clip(np.where(is_flat, 1.0, value), 0.0, 1.0).astype(np.float32) for value in (yaw, pitch)]
    return limited[0], limited[1]


def sharpness(image_bgr: Image, box_px: Float) -> Float:
    """``(n,)`` variance of the Laplacian of each grey face, scaled to 64 x 64 so that sizes compare; 0 outside."""
    return np.array([_laplacian_variance(image_bgr, box) for box in box_px], dtype=np.float32)


def share_inside(image_bgr: Image, box_px: Float) -> Float:
    """``(n,)`` share of each box's area that lies inside the image, 0 to 1."""
    height, width = image_bgr.shape[:2]
    low = np.clip(box_px[:, :2], 0, [width, height])
    high = np.clip(box_px[:, 2:], 0, [width, height])
    whole = np.prod(np.maximum(box_px[:, 2:] - box_px[:, :2], 1e-6), axis=1)
    return np.asarray(np.prod(np.maximum(high - low, 0), axis=1) / whole, dtype=np.float32)


def _laplacian_variance(image_bgr: Image, box: NDArray[np.float32]) -> float:
    height, width = image_bgr.shape[:2]
    x1, y1 = (int(np.floor(np.clip(v, 0, side))) for v, side in zip(box[:2], (width, height), strict=True))
    x2, y2 = (int(np.ceil(np.clip(v, 0, side))) for v, side in zip(box[2:], (width, height), strict=True))
    if x2 - x1 < 2 or y2 - y1 < 2:
        return 0.0
    grey = cv2.cvtColor(image_bgr[y1:y2, x1:x2], cv2.COLOR_BGR2GRAY)
    is_larger = min(grey.shape) > _CHIP_PX
    chip = cv2.resize(grey, (_CHIP_PX, _CHIP_PX), interpolation=cv2.INTER_AREA if is_larger else cv2.INTER_LINEAR)
    return float(cv2.Laplacian(chip, cv2.CV_32F).var())
