"""Heads cut out of the stills of ../shared, upright and with soft edges, to be pasted into made footage."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.material import FACES, cache_folder
from recognition.engines import open_engine
from recognition.faces import Engine

Image = NDArray[np.uint8]
Float = NDArray[np.float32]

HEADS_VERSION = 3
FACE_PX = 128.0  # shorter side of the face on a sprite
REFERENCE_PHOTOS = slice(1, 4)  # of each person of lfw10, whose others are pasted; Tony_Blair_0001 shows two people

_FROM = ("lfw10", "others_human")
_SMALLEST_FACE_PX = 88.0
_LARGEST_SIDE_PX = 900
_MOST_TURNED = 0.28  # how far the nose lies off the middle between the eyes, in eye distances
_SIZE = (360, 400)  # of a sprite; the face's middle lies at _MIDDLE
_MIDDLE = (180.0, 200.0)


@dataclass(frozen=True)
class Head:
    """BGRA sprite of a head, face upright; `box_px` is the face's box on it (as MTCNN saw it in the still)."""

    person: str
    file: str
    picture: Image
    box_px: tuple[float, float, float, float]


def references_of(person: str) -> tuple[Path, ...]:
    """The photos of a person of lfw10 that are never pasted."""
    return tuple(sorted((FACES / "lfw10" / person).glob("*.jpg"))[REFERENCE_PHOTOS])


def strangers() -> dict[str, tuple[Path, ...]]:
    """Photos of people of whom no head is ever pasted, by name."""
    photos: dict[str, list[Path]] = {}
    for folder in ("face_recognition", "deepface"):
        for row in _stills(folder):
            photos.setdefault(row["identity"], []).append(FACES / folder / row["file"])
    return {name: tuple(paths[:3]) for name, paths in sorted(photos.items())}


def _stills(folder: str) -> list[dict[str, str]]:
    """The rows of labels.csv about stills of one known person."""
    with (FACES / folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [r for r in rows if r["kind"] == "still" and r["identity"] and ";" not in r["identity"]]


def all_heads() -> list[Head]:
    """Every usable head, in the order of folders and files; cut once, then read from the cache."""
    path = cache_folder() / f"heads-v{HEADS_VERSION}.npz"
    if not path.is_file():
        heads = list(_cut_all())
        part = path.with_suffix(".part.npz")
        np.savez(
            part,
            person=[h.person for h in heads],
            files=[h.file for h in heads],
            picture=np.stack([h.picture for h in heads]),
            box_px=np.array([h.box_px for h in heads]),
        )
        part.replace(path)
    with np.load(path) as kept:
        rows = zip(kept["person"], kept["files"], kept["picture"], kept["box_px"], strict=True)
        return [Head(str(p), str(f), picture, _box(box)) for p, f, picture, box in rows]


def _cut_all() -> Iterator[Head]:
    engine = open_engine("open", models_dir=cache_folder(), cache_dir=cache_folder())
    for folder in _FROM:
        for row in _stills(folder):
            path = FACES / folder / row["file"]
            head = None if path in references_of(row["identity"]) else _cut(engine, path, row["identity"])
            if head is not None:
                yield head


def _cut(engine: Engine, path: Path, person: str) -> Head | None:
    """The largest face of a still as a head; None when it is small, turned away or not found."""
    image = cv2.imread(str(path))
    if image is None:
        return None
    shrink = min(1.0, _LARGEST_SIDE_PX / max(image.shape[:2]))
    image = cv2.resize(image, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else image
    faces = engine.detect(np.asarray(image, dtype=np.uint8), min_face_px=60)
    if not len(faces):
        return None
    row = int(np.argmax(faces.size_px))
    points, size_px = faces.points_px[row], float(faces.size_px[row])
    left, right, nose = points[0], points[1], points[2]
    eyes = right - left
    turned = abs(float((nose - (left + right) / 2) @ eyes)) / float(eyes @ eyes)
    x1, y1, x2, y2 = (float(v) for v in faces.box_px[row])
    off_edge_px = min(x1, y1, image.shape[1] - x2, image.shape[0] - y2)  # a neighbour, half cut off
    if size_px < _SMALLEST_FACE_PX or turned > _MOST_TURNED or off_edge_px < 0.12 * size_px:
        return None
    scale = FACE_PX / size_px
    matrix = cv2.getRotationMatrix2D(
        ((x1 + x2) / 2, (y1 + y2) / 2), float(np.degrees(np.arctan2(eyes[1], eyes[0]))), scale
    )
    matrix[0, 2] += _MIDDLE[0] - (x1 + x2) / 2
    matrix[1, 2] += _MIDDLE[1] - (y1 + y2) / 2
    upright = cv2.warpAffine(image, matrix, _SIZE, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    half = ((x2 - x1) * scale / 2, (y2 - y1) * scale / 2)
    box = (_MIDDLE[0] - half[0], _MIDDLE[1] - half[1], _MIDDLE[0] + half[0], _MIDDLE[1] + half[1])
    return Head(person, path.name, np.dstack([upright, _soft_oval(half)]).astype(np.uint8), box)


def _box(values: NDArray[np.float64]) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(v) for v in values)
    return x1, y1, x2, y2


def _soft_oval(half: tuple[float, float]) -> Image:
    """The outline of a head around a face of those half sides: hair to chin, soft at the edge."""
    mask = np.zeros((_SIZE[1], _SIZE[0]), np.uint8)
    centre = (round(_MIDDLE[0]), round(_MIDDLE[1] - 0.12 * half[1]))
    cv2.ellipse(mask, centre, (round(1.22 * half[0]), round(1.32 * half[1])), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 5.0), dtype=np.uint8)
