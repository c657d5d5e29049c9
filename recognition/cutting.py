"""Pictures of a moment of footage, cut anew: for a track that became a candidate after its footage was scanned."""

from pathlib import Path

import numpy as np

from recognition.faces import Faces
from recognition.footage import Frame, Segment, frames, segments
from recognition.pictures import boxed, jpeg
from recognition.tally import Tally
from recognition.tracks import cut_out, shrunk_context

_STRETCH_S = 1.0  # about as little as lies between two keyframes: so little is decoded
_SAME_MOMENT_S = 1e-4

Box = tuple[float, float, float, float]


def pictures_at(path: Path, time_s: float, box_px: Box, *, max_pixels: int) -> tuple[bytes, bytes] | None:
    """Crop and context, JPEG, of the face at `time_s` (container seconds); None where nothing can be decoded there."""
    frame = _frame_at(path, time_s, max_pixels)
    if frame is None:
        return None
    face = Faces(np.array([box_px], np.float32), np.ones(1, np.float32), np.zeros((1, 5, 2), np.float32))
    context = shrunk_context(frame.image_bgr)
    scale = context.shape[1] / frame.image_bgr.shape[1]
    return jpeg(cut_out(frame.image_bgr, face)[0]), jpeg(boxed(context, box_px, scale=scale))


def _frame_at(path: Path, time_s: float, max_pixels: int) -> Frame | None:
    """The last picture that is shown by then, in the stretch around that moment."""
    found: Frame | None = None
    for frame in frames(
        path, _stretch(path, time_s, max_pixels), sample_fps=None, tally=Tally(), max_pixels=max_pixels
    ):
        if found is not None and frame.time_s > time_s + _SAME_MOMENT_S:
            break
        found = frame
    return found


def _stretch(path: Path, time_s: float, max_pixels: int) -> Segment | None:
    return next((s for s in segments(path, _STRETCH_S, max_pixels=max_pixels) if s.holds(time_s)), None)
