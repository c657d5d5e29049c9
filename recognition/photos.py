"""A reference photo as people see it checked: the one face in it, how good it is, and small redrawn pictures."""

from dataclasses import dataclass
from pathlib import Path

from recognition.faces import Engine, Image
from recognition.images import read_image
from recognition.pictures import boxed, jpeg, shrunk
from recognition.quality import quality
from recognition.references import only_face

_PREVIEW_PX = 640
_FACE_PX = 320
_MARGIN = 0.5  # of the face's size on each side, as in a candidate's crop

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class CheckedPhoto:
    """The one face of a photo: box in pixels of the photo, quality 0 to 1, and JPEG pictures without metadata."""

    box_px: Box
    quality: float
    preview_jpeg: bytes
    crop_jpeg: bytes


def check_photo(path: Path, engine: Engine, *, name: str, max_pixels: int) -> CheckedPhoto:
    """Find the one face of a reference photo.

    Raises
    ------
    UnreadableImage
        The file is no picture, or larger than `max_pixels`.
    NoFace, SeveralFaces
        It shows no usable face, or more than one person who might be meant. The message names `name`.
    """
    image = read_image(path, max_pixels=max_pixels, name=name)
    face = only_face(engine.detect(image, min_face_px=engine.info.min_face_px), name)
    x1, y1, x2, y2 = (float(v) for v in face.box_px[0])
    box = (x1, y1, x2, y2)
    return CheckedPhoto(
        box_px=box,
        quality=float(quality(image, face)[0]),
        preview_jpeg=_preview(image, box),
        crop_jpeg=jpeg(shrunk(_cut(image, box), _FACE_PX)),
    )


def _preview(image: Image, box: Box) -> bytes:
    small = shrunk(image, _PREVIEW_PX)
    return jpeg(boxed(small, box, scale=small.shape[1] / image.shape[1]))


def _cut(image_bgr: Image, box_px: Box) -> Image:
    x1, y1, x2, y2 = box_px
    dx, dy = (x2 - x1) * _MARGIN, (y2 - y1) * _MARGIN
    height, width = image_bgr.shape[:2]
    left, top = max(0, int(x1 - dx)), max(0, int(y1 - dy))
    return image_bgr[top : min(height, int(y2 + dy) + 1), left : min(width, int(x2 + dx) + 1)]
