"""Exact area resizing of many windows of one picture, from one summed-area table.

Each pixel of the answer is the mean of the whole source pixels it touches (the "adaptive average": from
``floor(i * in / out)`` to ``ceil((i + 1) * in / out)``). MTCNN was trained on it; bilinear resizing or OpenCV's
INTER_AREA move some of its boxes and lose others.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from recognition.faces import Float, Image

Ints = NDArray[np.int64]


def bins(size: Ints, count: int) -> tuple[Ints, Ints]:
    """First and last-plus-one source index of `count` bins over sources of `size` pixels: two ``(n, count)`` arrays.

    >>> first, last = bins(np.array([5]), 2)
    >>> first.tolist(), last.tolist()
    ([[0, 2]], [[3, 5]])
    """
    step = np.arange(count)
    first = step * size[:, None] // count
    last = -(-(step + 1) * size[:, None] // count)
    return first, last


class SummedPicture:
    """A picture whose windows can be shrunk quickly.

    Sums are kept modulo 2**32, which is harmless as long as one bin covers fewer than 2**24 pixels.
    """

    def __init__(self, image_bgr: Image) -> None:
        self.height, self.width = image_bgr.shape[:2]
        self._sums: NDArray[np.uint32] = cv2.integral(image_bgr, sdepth=cv2.CV_32S).view(np.uint32)

    def shrunk(self, height: int, width: int, rows: slice = slice(None)) -> Float:
        """``(1, rows, width, 3)``: those rows of the whole picture at size `height` x `width`, 0 to 255."""
        top, bottom = (edges[0, rows] for edges in bins(np.array([self.height]), height))
        left, right = (edges[0] for edges in bins(np.array([self.width]), width))
        bands = self._sums[bottom] - self._sums[top]
        sums = bands[:, right] - bands[:, left]
        area = (bottom - top)[:, None] * (right - left)
        return np.asarray(sums / area[:, :, None].astype(np.float32), dtype=np.float32)[None]

    def crops(self, windows: Ints, side: int) -> Float:
        """``(n, side, side, 3)``: windows ``(n, 4)`` ``[x1, y1, x2, y2]`` (x2, y2 excluded, all inside), 0 to 255."""
        x1, y1, x2, y2 = windows.T
        top, bottom = (rows + y1[:, None] for rows in bins(y2 - y1, side))
        left, right = (columns + x1[:, None] for columns in bins(x2 - x1, side))
        sums = self._at(bottom, right) - self._at(top, right) - self._at(bottom, left) + self._at(top, left)
        area = (bottom - top)[:, :, None] * (right - left)[:, None, :]
        return np.asarray(sums / area[..., None].astype(np.float32), dtype=np.float32)

    def _at(self, rows: Ints, columns: Ints) -> NDArray[np.uint32]:
        flat = rows[:, :, None] * (self.width + 1) + columns[:, None, :]
        return np.asarray(np.take(self._sums.reshape(-1, 3), flat, axis=0), np.uint32)
