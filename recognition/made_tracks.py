"""Tracks made from still photos: what a camera would have seen of a person, several shots at a chosen face size.

A calibration needs many people at many face sizes; footage with known people is rare, photos are not. Each shot is the
photo shrunk to the size, with blur, noise, light, tilt and compression of its own, found again by the engine's
own detector, so that a face it would not find is not calibrated either.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from recognition.faces import Engine, Faces, Float, Image
from recognition.quality import quality
from recognition.tracks import SHOTS_KEPT

MADE_FACE_PX = (24.0, 33.0, 50.0, 90.0)

_CONTEXT = 1.6  # of the face's longer side, on each side; MTCNN misses faces that touch the edge
_LARGEST_ENLARGEMENT = 1.1  # a shot is never much larger than the photo it is made from
_SMALLEST_SHARE = 0.7  # as in recognition.scan
_LEAST_OVERLAP = 0.3


@dataclass(frozen=True)
class Compared:
    """What is kept of one track or photo: ``(s, d)`` vectors, best shot first, with size in px and quality of each.

    `source` names the photo or clip. `person` is whom it shows, empty where nobody knows; `pool` the collection: people
    without a name are known to be strangers only to those of other pools.
    """

    person: str
    pool: str
    source: str
    vectors: Float
    shot_px: tuple[float, ...]
    shot_quality: tuple[float, ...]

    @property
    def face_px(self) -> float:
        """Size of the best shot's face."""
        return self.shot_px[0]

    @property
    def quality(self) -> float:
        """Quality of the best shot."""
        return self.shot_quality[0]


def made_tracks(
    engine: Engine,
    image_bgr: Image,
    face: Faces,
    *,
    person: str,
    pool: str,
    source: str,
    sizes_px: Iterable[float] = MADE_FACE_PX,
    seed: int,
) -> list[Compared]:
    """One track of up to `SHOTS_KEPT` shots for each size that the photo is large enough for; same seed, same tracks.

    Sizes at which the engine finds the face in no shot give no track.
    """
    made: list[Compared] = []
    for size_px in sizes_px:
        rng = np.random.default_rng([seed, round(size_px)])
        if float(face.size_px[0]) * _LARGEST_ENLARGEMENT < size_px:
            continue
        shots = [found for _ in range(SHOTS_KEPT) if (found := _shot(engine, image_bgr, face, size_px, rng))]
        if shots:
            made.append(_compared(engine, shots, person, pool, source))
    return made


def _compared(engine: Engine, shots: list[tuple[Image, Faces, float]], person: str, pool: str, source: str) -> Compared:
    shots = sorted(shots, key=lambda shot: -shot[2])
    return Compared(
        person=person,
        pool=pool,
        source=source,
        vectors=engine.embed_crops([(image, face) for image, face, _ in shots]),
        shot_px=tuple(float(face.size_px[0]) for _, face, _ in shots),
        shot_quality=tuple(value for _, _, value in shots),
    )


def _shot(
    engine: Engine, image_bgr: Image, face: Faces, size_px: float, rng: np.random.Generator
) -> tuple[Image, Faces, float] | None:
    """One degraded picture of the face with the face found in it, and its quality."""
    scene, box = degraded(image_bgr, face, size_px, rng)
    found = engine.detect(scene, min_face_px=engine.info.min_face_px)
    found = found[found.size_px >= _SMALLEST_SHARE * engine.info.min_face_px]
    if not len(found):
        return None
    overlaps = np.array([_overlap(box, other) for other in found.box_px])
    best = int(overlaps.argmax())
    if overlaps[best] < _LEAST_OVERLAP:
        return None
    mine = found[[best]]
    return scene, mine, float(quality(scene, mine)[0])


def degraded(image_bgr: Image, face: Faces, size_px: float, rng: np.random.Generator) -> tuple[Image, Float]:
    """The photo's surroundings of the face as a camera would show them, and where the face then lies.

    The face's shorter side becomes about `size_px` (within a tenth), tilted within 8 degrees; defocus (to 0.9 px),
    noise (2 to 7 of 255), light (0.6 to 1.2 of the photo's) and JPEG (quality 45 to 85) as in cheap cameras.
    """
    box = face.box_px[0].astype(np.float64)
    scale = size_px / float(face.size_px[0]) * rng.uniform(0.92, 1.08)
    half = (0.5 + _CONTEXT) * float((box[2:] - box[:2]).max()) * scale
    side = int(np.ceil(2 * half))
    middle = (box[:2] + box[2:]) / 2
    # shrunk first by area, as a sensor does, then turned and shifted by parts of a pixel
    small, fx, fy = _shrunk(image_bgr, scale)
    at = (middle + 0.5) * [fx, fy] - 0.5
    matrix = cv2.getRotationMatrix2D((float(at[0]), float(at[1])), rng.uniform(-8, 8), scale / ((fx * fy) ** 0.5))
    matrix[:, 2] += half - at + rng.uniform(-0.5, 0.5, 2)
    scene = cv2.warpAffine(small, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    sigma = rng.uniform(0.0, 0.9)
    if sigma > 0.2:
        scene = cv2.GaussianBlur(scene, (0, 0), sigma)
    noisy = scene * rng.uniform(0.6, 1.2) + rng.normal(0.0, rng.uniform(2.0, 7.0), scene.shape)
    scene = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(45, 86))])
    sides = (box[2:] - box[:2]) * scale / 2
    place = np.concatenate([half - sides, half + sides]).astype(np.float32)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8), place


def _shrunk(image_bgr: Image, scale: float) -> tuple[Image, float, float]:
    """The picture at `scale` or larger, and the factors it really has."""
    if scale >= 1.0:
        return image_bgr, 1.0, 1.0
    height, width = image_bgr.shape[:2]
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8), size[0] / width, size[1] / height


def _overlap(a: Float, b: Float) -> float:
    """Intersection over union of two boxes, 0 to 1."""
    wide, high = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    if wide <= 0 or high <= 0:
        return 0.0
    both = wide * high
    return float(both / (np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both))
