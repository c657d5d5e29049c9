"""dlib's face recogniser: 128 numbers a face, compared by distance."""

from dataclasses import dataclass

import numpy as np
import onnxruntime as ort

from recognition.engines.alignment import upright_chip
from recognition.engines.dlib_graph import CHIP_PX
from recognition.faces import Float, Image
from recognition.similarity import closeness

# Where MTCNN's five points lie in dlib's own 150-pixel chip (get_face_chip, 68 landmarks, padding 0.25): medians over
# 188 labelled stills of ../shared/faces, made symmetric. Chips so cut lie 2.3 pixels (median) from dlib's own and
# recognise as well (docs/decisions/0003-engines.md).
TEMPLATE = np.array([[47.8, 45.36], [102.2, 45.36], [75.0, 78.53], [50.7, 104.75], [99.3, 104.75]], np.float32)
_BATCH = 32


@dataclass(frozen=True)
class DlibRecogniser:
    """The network, opened."""

    net: ort.InferenceSession
    dimensions: int = 128

    def chip(self, image_bgr: Image, points_px: Float) -> Image:
        """The ``(150, 150, 3)`` chip of one face."""
        return upright_chip(image_bgr, points_px, TEMPLATE, CHIP_PX, smooth=True)

    def vectors(self, chips: list[Image]) -> Float:
        """``(n, 128)`` raw descriptors of chips, of length about 1.4 (not 1)."""
        batches = [np.stack(chips[at : at + _BATCH]).astype(np.float32) for at in range(0, len(chips), _BATCH)]
        rows = [self.net.run(["descriptors"], {"chips": batch})[0] for batch in batches]
        return np.concatenate([np.zeros((0, self.dimensions), np.float32), *rows])

    def similarity(self, a: Float, b: Float) -> Float:
        """``(n, m)``: 1 - Euclidean distance, so that dlib's familiar tolerance of 0.6 reads 0.4; may be below 0."""
        return closeness(a, b)
