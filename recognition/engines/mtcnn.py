"""MTCNN face detection: three small nets in a cascade, on ONNX Runtime.

Zhang et al. 2016. Constants and steps are those of facenet-pytorch (MIT), whose boxes tests compare with: a pyramid
with factor 0.709, thresholds 0.6, 0.7 and 0.7, suppression at 0.5 within a scale and 0.7 across scales.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from recognition.engines.area import SummedPicture
from recognition.faces import Faces, Float, Image

_FACTOR = 0.709
_CELL_PX = 12
_STRIDE_PX = 2
_THRESHOLDS = (0.6, 0.7, 0.7)
_BATCH = 256
_STRIP_PX = 1 << 18
# one gram of sense for hostile pictures: more proposals than this are noise
_MOST_PROPOSALS = 4096


@dataclass(frozen=True)
class MtcnnDetector:
    """The three nets, opened."""

    pnet: ort.InferenceSession
    rnet: ort.InferenceSession
    onet: ort.InferenceSession

    def detect(self, image_bgr: Image, *, min_face_px: float) -> Faces:
        """Faces of at least about `min_face_px`, best first; the net's own floor is 12 pixels."""
        if min(image_bgr.shape[:2]) < _CELL_PX:
            return Faces.empty()
        picture = SummedPicture(image_bgr)
        boxes = self._proposed(picture, max(min_face_px, _CELL_PX))
        boxes = self._refined(picture, boxes)
        return self._final(picture, boxes)

    def _proposed(self, picture: SummedPicture, min_face_px: float) -> Float:
        """Squares ``(n, 4)`` in which the first net, run at every scale, sees a face."""
        found = [self._at_scale(picture, scale) for scale in _scales(picture, min_face_px)]
        boxes = np.concatenate([np.zeros((0, 9), np.float32), *found])
        boxes = boxes[_suppressed(boxes[:, :4], boxes[:, 4], 0.7)][:_MOST_PROPOSALS]
        sides = np.tile(boxes[:, 2:4] - boxes[:, :2], 2)
        return _squared(boxes[:, :4] + boxes[:, 5:] * sides)

    def _at_scale(self, picture: SummedPicture, scale: float) -> Float:
        """``(n, 9)``: box, chance and four shifts of each cell above the threshold."""
        shifts, chance = self._cells(picture, int(picture.height * scale + 1), int(picture.width * scale + 1))
        rows, columns = np.nonzero(chance >= _THRESHOLDS[0])
        corner = np.stack([columns, rows], axis=1) * float(_STRIDE_PX)
        first = np.floor((corner + 1) / scale)
        last = np.floor((corner + _CELL_PX) / scale)
        score = chance[rows, columns][:, None]
        boxes = np.concatenate([first, last, score, shifts[:, rows, columns].T], axis=1).astype(np.float32)
        return np.asarray(boxes[_suppressed(boxes[:, :4], boxes[:, 4], 0.5)])

    def _cells(self, picture: SummedPicture, height: int, width: int) -> tuple[Float, Float]:
        """Shifts ``(4, rows, columns)`` and chances ``(rows, columns)`` of the first net's cells at that size.

        The picture is taken in strips, which bounds memory; as every cell sees 12 rows, strips overlap by 10.
        """
        cells = (height - _CELL_PX) // _STRIDE_PX + 1 + (height % _STRIDE_PX)
        strip = max(_STRIP_PX // (_STRIDE_PX * width), 1)
        answers = []
        for first in range(0, cells, strip):
            end = _STRIDE_PX * (first + strip - 1) + _CELL_PX
            rows = slice(_STRIDE_PX * first, end if first + strip < cells else None)
            answers.append(self.pnet.run(["shifts", "chance"], {"picture": picture.shrunk(height, width, rows)}))
        shifts, chance = (np.concatenate(part, axis=-2) for part in zip(*answers, strict=True))
        return shifts[0], chance[0]

    def _refined(self, picture: SummedPicture, boxes: Float) -> Float:
        """The squares that the second net keeps, moved as it says."""
        windows, boxes = _windows(boxes, picture)
        shifts, chance = _batched(self.rnet, picture, windows, side=24, outputs=["shifts", "chance"])
        keep = chance > _THRESHOLDS[1]
        boxes, shifts, chance = boxes[keep], shifts[keep], chance[keep]
        pick = _suppressed(boxes, chance, 0.7)
        return _squared(_shifted(boxes[pick], shifts[pick]))

    def _final(self, picture: SummedPicture, boxes: Float) -> Faces:
        windows, boxes = _windows(boxes, picture)
        outputs = ["shifts", "points", "chance"]
        shifts, points, chance = _batched(self.onet, picture, windows, side=48, outputs=outputs)
        keep = chance > _THRESHOLDS[2]
        boxes, shifts, points, chance = boxes[keep], shifts[keep], points[keep], chance[keep]
        sides = boxes[:, 2:] - boxes[:, :2] + 1
        # five x before five y, as shares of the window
        points = points.reshape(-1, 2, 5).transpose(0, 2, 1) * sides[:, None] + boxes[:, None, :2] - 1
        boxes = _shifted(boxes, shifts)
        pick = _suppressed_by_smaller(boxes, chance, 0.7)
        return Faces(boxes[pick], chance[pick], points[pick])


def _scales(picture: SummedPicture, min_face_px: float) -> list[float]:
    """Scales at which the first net's cell of 12 pixels covers ever larger faces."""
    scale = _CELL_PX / min_face_px
    scales = []
    while min(picture.height, picture.width) * scale >= _CELL_PX:
        scales.append(scale)
        scale *= _FACTOR
    return scales


def _squared(boxes: Float) -> Float:
    """Boxes grown to squares round their centres."""
    sides = boxes[:, 2:] - boxes[:, :2]
    side = sides.max(axis=1, keepdims=True, initial=0)
    first = boxes[:, :2] + sides / 2 - side / 2
    return np.concatenate([first, first + side], axis=1)


def _shifted(boxes: Float, shifts: Float) -> Float:
    sides = boxes[:, 2:] - boxes[:, :2] + 1
    return np.asarray(boxes + shifts * np.tile(sides, 2))


def _windows(boxes: Float, picture: SummedPicture) -> tuple[NDArray[np.int64], Float]:
    """Whole-pixel windows inside the picture, and the boxes that have one."""
    whole = np.trunc(boxes).astype(np.int64)
    x1, y1 = np.maximum(whole[:, 0], 1) - 1, np.maximum(whole[:, 1], 1) - 1
    x2, y2 = np.minimum(whole[:, 2], picture.width), np.minimum(whole[:, 3], picture.height)
    inside = (x2 > x1) & (y2 > y1)
    return np.stack([x1, y1, x2, y2], axis=1)[inside], boxes[inside]


def _batched(
    net: ort.InferenceSession, picture: SummedPicture, windows: NDArray[np.int64], *, side: int, outputs: list[str]
) -> list[Float]:
    """The net's answers for all windows, a batch at a time."""
    starts = range(0, max(len(windows), 1), _BATCH)
    answers = [net.run(outputs, {"picture": picture.crops(windows[at : at + _BATCH], side)}) for at in starts]
    return [np.concatenate(parts) for parts in zip(*answers, strict=True)]


def _suppressed(boxes: Float, score: Float, most_overlap: float) -> NDArray[np.intp]:
    """Indices of the boxes that no better box overlaps by more than that share of their union, best first."""
    if not len(boxes):
        return np.zeros(0, np.intp)
    cornered = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1).astype(np.float64)
    # the stubs ask for lists, which it would turn into arrays again
    kept = cv2.dnn.NMSBoxes(cornered, score, 0.0, most_overlap)  # type: ignore[arg-type]
    return np.asarray(kept, np.intp).ravel()


def _suppressed_by_smaller(boxes: Float, score: Float, most_overlap: float) -> NDArray[np.intp]:
    """The same, with the overlap as a share of the smaller box: a face within a face goes."""
    order = list(np.argsort(-score, kind="stable"))
    area = np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1)
    kept: list[int] = []
    for index in order:
        first = np.maximum(boxes[kept, :2], boxes[index, :2])
        last = np.minimum(boxes[kept, 2:], boxes[index, 2:])
        shared = np.prod(np.maximum(last - first + 1, 0), axis=1)
        if not (shared > most_overlap * np.minimum(area[kept], area[index])).any():
            kept.append(int(index))
    return np.asarray(kept, np.intp)
