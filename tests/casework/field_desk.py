"""What a camera search works with, in tests: coloured patches for faces, looked at in this very process."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import cv2
import numpy as np

from casework.camera_search import CameraDesk
from casework.gallery import Gallery, Sought, gallery_of
from data.store import Store
from recognition.eyes import OwnEyes
from recognition.faces_in import PictureFaces, faces_in
from tests.fakes import FakeEngine

PERSON, STRANGER, THIRD = (200, 40, 40), (40, 200, 40), (60, 40, 210)
"""Colours of three people, as blue, green and red."""
MAX_PIXELS = 4_000_000


@dataclass
class PatchDesk:
    """Stands for `casework.face_desk.FaceDesk`, without a process of its own."""

    engine: FakeEngine = field(default_factory=FakeEngine)
    sought: Sought | None = None
    """Where it is given, the only one whom faces are compared with; else whoever the store has."""

    def faces(self, picture: bytes, *, name: str = "picture", landmarks: bool = False) -> PictureFaces:
        return faces_in(picture, self.engine, max_pixels=MAX_PIXELS, name=name, landmarks=landmarks)

    @property
    def comparer(self) -> FakeEngine:
        return self.engine

    def calibration(self) -> None:
        return None

    def gallery(self, store: Store, case_ids: Collection[str] | None = None, *, at: datetime | None = None) -> Gallery:
        if self.sought is not None:
            return Gallery(self.engine, self.engine.info, (self.sought,))
        return gallery_of(store, self.engine, case_ids=case_ids, at=at)


def camera_desk(*, sought: Sought | None = None) -> CameraDesk:
    return CameraDesk(PatchDesk(sought=sought), OwnEyes, MAX_PIXELS)  # type: ignore[arg-type]  it does all that a search asks for


def picture(*people: tuple[int, int, int], size_px: int = 60) -> bytes:
    """A JPEG of grey ground with a patch for each person, side by side."""
    image = np.full((160, 40 + 120 * max(1, len(people)), 3), 128, np.uint8)
    for number, colour in enumerate(people):
        left = 40 + 120 * number
        image[40 : 40 + size_px, left : left + size_px] = colour
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
