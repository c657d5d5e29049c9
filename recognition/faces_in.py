"""All faces of one still picture: where they are, how good a shot each is, and what compares them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import ModelMissing
from recognition.faces import Engine, Faces, Float, rounded
from recognition.images import read_image
from recognition.quality import quality

MOST_FACES = 500
"""A crowd has so many that can be told apart; more are a pattern that a detector takes for faces."""


@dataclass(frozen=True)
class PictureFaces:
    """The n faces of a picture of `width_px` by `height_px`, best detection first.

    Attributes
    ----------
    faces
        Boxes, scores and five points, in pixels of the upright picture.
    quality
        ``(n,)`` how good a shot each is, 0 to 1: see `recognition.quality`.
    vectors
        ``(n, d)`` on the engine's own scale; d is 0 where they were not asked for.
    landmarks_px
        ``(n, 68, 2)`` iBUG landmarks; None where they were not asked for, or their model is not here.
    """

    width_px: int
    height_px: int
    faces: Faces
    quality: Float
    vectors: Float = field(repr=False)
    landmarks_px: Float | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.faces)


def faces_in(
    picture: Path | bytes,
    engine: Engine,
    *,
    max_pixels: int,
    name: str = "",
    landmarks: bool = False,
    min_face_px: float | None = None,
) -> PictureFaces:
    """Find all faces of a picture, and what there is to say of each.

    Parameters
    ----------
    picture
        A file, or the content of one.
    name
        What errors call the picture.
    landmarks
        Whether the 68 landmarks are wanted; without their model there are none, and that is no error.
    min_face_px
        Smallest face, shorter side; None takes the engine's.

    Raises
    ------
    UnreadableImage
        It is no picture, or larger than `max_pixels`.
    """
    image = read_image(picture, max_pixels=max_pixels, name=name)
    faces = engine.detect(image, min_face_px=engine.info.min_face_px if min_face_px is None else min_face_px)
    faces = faces[:MOST_FACES]
    marks = None
    if landmarks:
        try:
            marks = engine.landmarks(image, faces)
        except ModelMissing:
            marks = None
    height, width = image.shape[:2]
    return PictureFaces(width, height, faces, quality(image, faces), engine.embed(image, faces), marks)


def to_json(picture: Path, found: PictureFaces) -> dict[str, Any]:
    """The faces as ``cli.py faces`` writes them, vectors too."""
    faces = found.faces
    return {
        "image": str(picture),
        "faces": [
            {
                "box_px": rounded(faces.box_px[row]),
                "score": round(float(faces.score[row]), 4),
                "points_px": rounded(faces.points_px[row]),
                "landmarks_px": None if found.landmarks_px is None else rounded(found.landmarks_px[row]),
                "embedding": [round(float(v), 7) for v in found.vectors[row]],
                "quality": round(float(found.quality[row]), 4),
            }
            for row in range(len(faces))
        ],
    }
