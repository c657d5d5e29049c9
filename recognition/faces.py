"""Faces in one image as parallel arrays, and what an engine must be able to do with them."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float32]
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Faces:
    """The n faces of one image, best detection first.

    Attributes
    ----------
    box_px
        ``(n, 4)`` ``[x1, y1, x2, y2]`` in pixels of the image, origin top left; may reach over its edge.
    score
        ``(n,)`` detection score, 0 to 1, on the detector's own scale.
    points_px
        ``(n, 5, 2)`` ``[x, y]``: the eye on the image's left, the other eye, nose, and the mouth corners likewise.
    """

    box_px: Float
    score: Float
    points_px: Float

    def __post_init__(self) -> None:
        n = len(self.box_px)
        for name, shape in (("box_px", (n, 4)), ("score", (n,)), ("points_px", (n, 5, 2))):
            value = np.asarray(getattr(self, name), dtype=np.float32)
            if value.shape != shape:
                raise ValueError(f"{name} has shape {value.shape}, not {shape}")
            object.__setattr__(self, name, value)

    @classmethod
    def empty(cls) -> Self:
        """No face at all."""
        return cls(np.zeros((0, 4)), np.zeros(0), np.zeros((0, 5, 2)))  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self.box_px)

    def __getitem__(self, which: slice | NDArray[np.intp] | NDArray[np.bool_] | list[int]) -> "Faces":
        return Faces(self.box_px[which], self.score[which], self.points_px[which])

    def moved(self, right_px: float, down_px: float) -> "Faces":
        """The same faces in a picture of which theirs is a piece, at that place."""
        shift = np.array([right_px, down_px], np.float32)
        return Faces(self.box_px + np.tile(shift, 2), self.score, self.points_px + shift)

    @property
    def size_px(self) -> Float:
        """``(n,)`` shorter side of each box, in pixels: the face size that limits a recogniser."""
        sides = self.box_px[:, 2:] - self.box_px[:, :2]
        return np.asarray(sides.min(axis=1, initial=np.inf) if len(self) else np.zeros(0), dtype=np.float32)


def joined(parts: list[Faces]) -> Faces:
    """The faces of several pieces of one picture, in that order."""
    kept = [part for part in parts if len(part)]
    if not kept:
        return Faces.empty()
    return Faces(
        np.concatenate([part.box_px for part in kept]),
        np.concatenate([part.score for part in kept]),
        np.concatenate([part.points_px for part in kept]),
    )


def rounded(values: Float) -> Any:
    """Places in pixels to two digits, as nested lists."""
    return np.round(values.astype(np.float64), 2).tolist()


class Device(StrEnum):
    """What the nets run on. AUTO takes CUDA where it is there and computes as the CPU does, else the CPU."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    OPENVINO = "openvino"


class Scale(StrEnum):
    """How vectors of an engine are compared; `recognition.similarity` has the formulas."""

    COSINE = "cosine"
    DISTANCE = "1 - distance"


@dataclass(frozen=True)
class EngineInfo:
    """What an engine is, for every result that rests on it.

    `name` is the setting that opens it again ("open", "insightface:buffalo_l"). `models` maps each model file
    to its SHA-256. `licence` is one plain sentence. `runs_on` is the execution provider that really runs.
    `review_floor` and `alert_threshold` are similarities on this engine's own scale: below the floor a track is
    not offered for review; above the alert threshold it may alert the team. `scale` is how its vectors are compared.
    """

    name: str
    licence: str
    models: dict[str, str]
    review_floor: float
    alert_threshold: float
    similarity_meaning: str
    runs_on: str = "CPU"
    min_face_px: float = 24.0
    extra: dict[str, str] = field(default_factory=dict)
    scale: Scale = Scale.COSINE


class Comparer(Protocol):
    """The half of an engine that compares vectors: no net is needed for it. `similarity` is at most 1."""

    @property
    def info(self) -> EngineInfo: ...

    def similarity(self, a: Float, b: Float) -> Float:
        """``(n, m)`` similarities of the n rows of `a` to the m rows of `b`, higher for more alike."""
        ...


class Engine(Comparer, Protocol):
    """Finds faces and compares them. Vectors of two engines are never compared.

    `embed` returns one row a face, float32, at the scale on which `similarity` is defined; the number of columns
    is the engine's own.
    """

    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        """Faces whose shorter side is at least about `min_face_px` pixels."""
        ...

    def embed(self, image_bgr: Image, faces: Faces) -> Float:
        """``(n, d)`` vectors of the faces of one image, in one batch; ``(0, d)`` for none."""
        ...

    def embed_crops(self, crops: list[tuple[Image, Faces]]) -> Float:
        """``(n, d)`` vectors for n (image, single face) pairs from different images, in one batch."""
        ...

    def landmarks(self, image_bgr: Image, faces: Faces) -> Float:
        """``(n, 68, 2)`` iBUG 68-point landmarks in pixels; ModelMissing where the engine has none."""
        ...
