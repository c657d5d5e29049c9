"""Doubles for what the outside world provides."""

from dataclasses import dataclass, field

import cv2
import numpy as np

from data.errors import ModelMissing
from data.models import Account, Permission
from recognition.faces import EngineInfo, Faces, Float, Image

_LEAST_COLOUR = 90


@dataclass
class FakeEngine:
    """Sees every evenly coloured patch as a face, and its colour as the person; similarity is the cosine of colours.

    `detected` and `embedded` count the pictures looked at and the faces compared.
    """

    name: str = "fake"
    review_floor: float = 0.8
    alert_threshold: float = 0.95
    min_face_px: float = 24.0
    detected: int = 0
    embedded: int = 0
    batches: list[int] = field(default_factory=list)

    @property
    def info(self) -> EngineInfo:
        return EngineInfo(
            name=self.name,
            licence="None: for tests.",
            models={"colours": "0" * 64},
            review_floor=self.review_floor,
            alert_threshold=self.alert_threshold,
            similarity_meaning="cosine of mean colours",
            min_face_px=self.min_face_px,
        )

    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        self.detected += 1
        spread = image_bgr.max(axis=2).astype(np.int16) - image_bgr.min(axis=2)
        _, _, stats, _ = cv2.connectedComponentsWithStats((spread > _LEAST_COLOUR).astype(np.uint8))
        boxes = [
            (x, y, x + width, y + height) for x, y, width, height, _ in stats[1:] if min(width, height) >= min_face_px
        ]
        if not boxes:
            return Faces.empty()
        box = np.array(sorted(boxes), np.float32)
        return Faces(box, np.full(len(box), 0.9, np.float32), _points(box))

    def embed(self, image_bgr: Image, faces: Faces) -> Float:
        return self.embed_crops([(image_bgr, faces[[row]]) for row in range(len(faces))])

    def embed_crops(self, crops: list[tuple[Image, Faces]]) -> Float:
        self.embedded += len(crops)
        self.batches.append(len(crops))
        vectors = np.array([_colour(image, face) for image, face in crops], np.float32).reshape(-1, 3)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)

    def similarity(self, a: Float, b: Float) -> Float:
        return np.asarray(np.clip(a @ b.T, -1, 1), np.float32)

    def landmarks(self, image_bgr: Image, faces: Faces) -> Float:
        raise ModelMissing("fake: has no landmarks")


def _points(box: Float) -> Float:
    """Eyes, nose and mouth corners where a frontal face has them."""
    places = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.57], [0.35, 0.75], [0.65, 0.75]], np.float32)
    return np.asarray(box[:, None, :2] + places * (box[:, None, 2:] - box[:, None, :2]), np.float32)


def _colour(image: Image, face: Faces) -> Float:
    x1, y1, x2, y2 = (max(0, round(float(v))) for v in face.box_px[0])
    inside = image[(3 * y1 + y2) // 4 : (y1 + 3 * y2) // 4 + 1, (3 * x1 + x2) // 4 : (x1 + 3 * x2) // 4 + 1]
    return np.asarray(inside.reshape(-1, 3).mean(axis=0), np.float32)


class Anyone:
    """A guard for tests of something else than access: allows everything, and signs under any name."""

    name = "anyone"
    account: Account | None = None

    def may_sign(self, by: str) -> bool:
        return True

    def sees(self, case_id: str) -> bool:
        return True

    def may(self, permission: Permission, case_id: str | None = None) -> bool:
        return True

    def may_anywhere(self, permission: Permission) -> bool:
        return True

    def check(self, permission: Permission, case_id: str | None = None) -> None:
        """Nothing is refused."""


class SignedIn(Anyone):
    """The same for an account, which signs under its own name alone."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.name = account.name

    def may_sign(self, by: str) -> bool:
        return by == self.name
