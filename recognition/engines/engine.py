"""An engine is a detector and a recogniser put together."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from recognition.engines.landmarks import LandmarkPredictor, dlib_boxes, open_landmarks
from recognition.faces import EngineInfo, Faces, Float, Image

# detectors look for heads of a size, and boxes of faces are narrower than tall
_ABOUT = 0.75


class Detector(Protocol):
    """Finds faces with their five points."""

    def detect(self, image_bgr: Image, *, min_face_px: float) -> Faces: ...


class Recogniser(Protocol):
    """Turns an upright chip of a face into numbers, and compares such numbers."""

    def chip(self, image_bgr: Image, points_px: Float) -> Image: ...

    def vectors(self, chips: list[Image]) -> Float: ...

    def similarity(self, a: Float, b: Float) -> Float: ...


@dataclass(frozen=True)
class ComposedEngine:
    """The Engine of ``recognition.faces``, from any detector and any recogniser."""

    info: EngineInfo
    detector: Detector
    recogniser: Recogniser
    cache_dir: Path

    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        """Faces whose shorter side is at least about `min_face_px` pixels, best detection first; empty for none."""
        faces = self.detector.detect(image_bgr, min_face_px=min_face_px)
        return faces[faces.size_px >= min_face_px * _ABOUT]

    def embed(self, image_bgr: Image, faces: Faces) -> Float:
        """``(n, d)`` vectors of the faces of one image, in one batch; ``(0, d)`` for none."""
        return self.recogniser.vectors([self.recogniser.chip(image_bgr, points) for points in faces.points_px])

    def embed_crops(self, crops: list[tuple[Image, Faces]]) -> Float:
        """``(n, d)`` vectors for n (image, single face) pairs, in one batch; a pair's further faces are ignored."""
        return self.recogniser.vectors([self.recogniser.chip(image, face.points_px[0]) for image, face in crops])

    def similarity(self, a: Float, b: Float) -> Float:
        """``(n, m)`` similarities of the rows of `a` to the rows of `b`."""
        return self.recogniser.similarity(a, b)

    def landmarks(self, image_bgr: Image, faces: Faces) -> Float:
        """``(n, 68, 2)`` iBUG landmarks in pixels; loads dlib's predictor at the first call (see its licence).

        Raises
        ------
        ModelMissing
            When the predictor's file is not installed.
        """
        return self._predictor.predict(image_bgr, dlib_boxes(faces))

    @cached_property
    def _predictor(self) -> LandmarkPredictor:
        return open_landmarks(self.cache_dir)
