"""68 landmarks of a face: dlib's regression trees (Kazemi and Sullivan 2014), run with numpy.

Trained on iBUG 300-W, whose licence excludes commercial use; nothing else in LastSeen rests on it.
"""

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recognition.engines.alignment import similarity_transform
from recognition.engines.dlib_resnet import TEMPLATE
from recognition.engines.graphs import cached_files
from recognition.engines.landmarks_file import BUILDER_VERSION, build_landmarks
from recognition.engines.trusted import SHIPPED
from recognition.engines.weights import LANDMARK_FILES, sha256_of_each, trusted_bytes, wheel_files
from recognition.faces import Faces, Float, Image

# dlib's own face box in its 150-pixel chip: centre and side, medians over 240 faces of ../shared/faces on which its
# HOG detector and MTCNN agree. From these, landmarks differ from dlib's by .0105 of the eyes' distance (median), as
# much as when dlib's box is jittered by 3 %; derived from MTCNN's box they differ by .0110, with twice the outliers.
_BOX_CENTRE = np.array([75.0, 73.7])
_BOX_SIDE = 129.9


def dlib_boxes(faces: Faces) -> NDArray[np.int64]:
    """``(n, 4)`` boxes as dlib's frontal detector would draw them: ``[left, top, right, bottom]``, all inclusive."""
    boxes = []
    for points in faces.points_px:
        matrix = similarity_transform(TEMPLATE, points)
        half = _BOX_SIDE * np.hypot(matrix[0, 0], matrix[1, 0]) / 2
        centre = matrix[:, :2] @ _BOX_CENTRE + matrix[:, 2]
        boxes.append(np.concatenate([centre - half, centre + half]))
    return np.rint(np.reshape(boxes, (-1, 4))).astype(np.int64)


@dataclass(frozen=True)
class LandmarkPredictor:
    """The predictor's arrays; see ``landmarks_file.build_landmarks``."""

    mean: Float
    anchors: NDArray[np.int16]
    deltas: Float
    pairs: NDArray[np.int16]
    thresholds: Float
    leaves: Float

    @classmethod
    def from_npz(cls, content: bytes) -> "LandmarkPredictor":
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})

    def predict(self, image_bgr: Image, boxes: NDArray[np.int64]) -> Float:
        """``(n, 68, 2)`` landmarks ``[x, y]`` in pixels for n boxes ``[left, top, right, bottom]``, all inclusive."""
        # dlib's grey is the whole-number mean of the three colours
        grey = (image_bgr.astype(np.uint16).sum(axis=2) // 3).astype(np.float32)
        shapes = [self._one(grey, box) for box in boxes.astype(np.float64)]
        return np.asarray(shapes, np.float32).reshape(-1, len(self.mean), 2)

    def _one(self, grey: Float, box: NDArray[np.float64]) -> Float:
        corner, sides = box[:2], box[2:] - box[:2]
        shape = self.mean.copy()
        for cascade in range(len(self.leaves)):
            turn = similarity_transform(self.mean, shape)[:, :2].astype(np.float32)
            looked = shape[self.anchors[cascade]] + self.deltas[cascade] @ turn.T
            seen = _intensities(grey, looked * sides + corner)
            # added tree by tree, as dlib does: another order of rounding moves a landmark now and then
            steps = np.concatenate([shape.reshape(1, -1), self._steps(cascade, seen)])
            shape = np.add.reduce(steps, axis=0).reshape(shape.shape)
        return np.asarray(shape * sides + corner, np.float32)

    def _steps(self, cascade: int, seen: Float) -> Float:
        """What each of a cascade's trees adds to the shape, ``(500, 136)``."""
        trees = np.arange(len(self.pairs[cascade]))
        node = np.zeros(len(trees), np.intp)
        splits = self.pairs.shape[2]
        while node[0] < splits:
            pair = self.pairs[cascade, trees, node]
            goes_left = seen[pair[:, 0]] - seen[pair[:, 1]] > self.thresholds[cascade, trees, node]
            node = 2 * node + np.where(goes_left, 1, 2)
        return np.asarray(self.leaves[cascade, trees, node - splits])


def _intensities(grey: Float, places: NDArray[np.float64]) -> Float:
    """Grey values at the pixels nearest to `places` ``(k, 2)``; 0 outside the picture."""
    column, row = np.floor(places + 0.5).astype(np.int64).T
    height, width = grey.shape
    inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
    values = grey[np.clip(row, 0, height - 1), np.clip(column, 0, width - 1)]
    return np.where(inside, values, np.float32(0))


def open_landmarks(cache_dir: Path) -> LandmarkPredictor:
    """The predictor, unpacked once into `cache_dir` (66 MB).

    Raises
    ------
    ModelMissing
        When its file is not installed.
    """
    paths = wheel_files(LANDMARK_FILES)
    arrays = cached_files(
        cache_dir,
        "landmarks",
        version=BUILDER_VERSION,
        sources=sha256_of_each(paths),
        build=lambda: build_landmarks(*(trusted_bytes(path, SHIPPED) for path in paths.values())),
    )
    return LandmarkPredictor.from_npz(arrays["landmarks.npz"])
