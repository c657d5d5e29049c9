"""What a child answers that was asked for a picture's faces, or what its engine is; read, trusting nothing, here."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from recognition.apart_checks import array_in, check_kind, count_in, number_in, text_in
from recognition.apart_wire import Message, Nonsense
from recognition.faces import Engine, EngineInfo, Faces, Scale
from recognition.faces_in import MOST_FACES, PictureFaces, faces_in

_MOST_SIDE_PX = 1 << 20
_MOST_DIMENSIONS = 4096
_LANDMARKS = 68


def answered(request: Message, path: Path, engine: Engine, max_pixels: int) -> Iterator[Message]:
    """What the child does: "faces", of its file or of a picture that came with the request, and "engine"."""
    if request.kind == "engine":
        yield Message("engine", {**asdict(engine.info), "extra": {}})
        return
    asked, given = request.value, request.parts.get("picture")
    found = faces_in(
        given if isinstance(given, bytes) else path,
        engine,
        max_pixels=max_pixels,
        name=str(asked["name"]),
        landmarks=bool(asked["landmarks"]),
    )
    yield faces_said(found)


def faces_said(found: PictureFaces) -> Message:
    parts: dict[str, Any] = {
        "box_px": found.faces.box_px,
        "score": found.faces.score,
        "points_px": found.faces.points_px,
        "quality": found.quality,
        "vectors": found.vectors,
        "landmarks_px": found.landmarks_px,
    }
    told = {name: part for name, part in parts.items() if part is not None}
    return Message("faces", {"width_px": found.width_px, "height_px": found.height_px}, told)


def faces_heard(message: Message) -> PictureFaces:
    check_kind(message, "faces")
    width, height = (count_in(message.value, name) for name in ("width_px", "height_px"))
    box, points = array_in(message, "box_px", "f4", 2), array_in(message, "points_px", "f4", 3)
    score, quality = (array_in(message, name, "f4", 1) for name in ("score", "quality"))
    vectors = array_in(message, "vectors", "f4", 2)
    marks = array_in(message, "landmarks_px", "f4", 3) if "landmarks_px" in message.parts else None
    n = len(box)
    shapes = [(box, (n, 4)), (points, (n, 5, 2)), (score, (n,)), (quality, (n,))]
    is_sound = (
        n <= MOST_FACES
        and 1 <= width <= _MOST_SIDE_PX
        and 1 <= height <= _MOST_SIDE_PX
        and all(found.shape == shape for found, shape in shapes)
        and len(vectors) == n
        and vectors.shape[1] <= _MOST_DIMENSIONS
        and (marks is None or marks.shape == (n, _LANDMARKS, 2))
        and all(bool(((found >= 0) & (found <= 1.01)).all()) for found in (score, quality))
    )
    if not is_sound:
        raise Nonsense("sends faces that cannot be")
    return PictureFaces(width, height, Faces(box, score, points), np.minimum(quality, 1), vectors, marks)


def engine_heard(message: Message) -> EngineInfo:
    check_kind(message, "engine")
    value = message.value
    try:
        scale = Scale(text_in(value, "scale"))
    except ValueError as error:
        raise Nonsense("compares on a scale that is none") from error
    return EngineInfo(
        name=text_in(value, "name"),
        licence=text_in(value, "licence"),
        models=_words_in(value, "models"),
        review_floor=number_in(value, "review_floor"),
        alert_threshold=number_in(value, "alert_threshold"),
        similarity_meaning=text_in(value, "similarity_meaning"),
        runs_on=text_in(value, "runs_on"),
        min_face_px=number_in(value, "min_face_px"),
        scale=scale,
    )


def _words_in(value: Mapping[str, Any], name: str) -> dict[str, str]:
    found = value.get(name)
    if not isinstance(found, dict) or len(found) > 100:
        raise Nonsense(f"sends {name} in another form")
    return {text_in({"key": key}, "key"): text_in(found, key) for key in found}
