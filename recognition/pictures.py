"""Pictures for people to look at: shrunk, with a box around the face, as JPEG without metadata."""

import cv2

from recognition.faces import Image

_JPEG_QUALITY = 90
_BOX_BGR = (80, 200, 60)

Box = tuple[float, float, float, float]


def shrunk(image_bgr: Image, longest_px: int) -> Image:
    """The image with its longer side at most `longest_px`; never enlarged."""
    scale = _scale(image_bgr, longest_px)
    if scale == 1.0:
        return image_bgr
    size = (max(1, round(image_bgr.shape[1] * scale)), max(1, round(image_bgr.shape[0] * scale)))
    return cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA).astype("uint8")


def boxed(image_bgr: Image, box_px: Box, *, scale: float = 1.0) -> Image:
    """A copy with a box drawn on it; `box_px` times `scale` is in pixels of the image."""
    drawn = image_bgr.copy()
    x1, y1, x2, y2 = (round(v * scale) for v in box_px)
    for colour, thickness in (((0, 0, 0), 4), (_BOX_BGR, 2)):
        cv2.rectangle(drawn, (x1, y1), (x2, y2), colour, thickness, cv2.LINE_AA)
    return drawn


def jpeg(image_bgr: Image) -> bytes:
    """The image as JPEG."""
    return bytes(cv2.imencode(".jpg", image_bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1])


def _scale(image_bgr: Image, longest_px: int) -> float:
    return min(1.0, longest_px / float(max(image_bgr.shape[:2])))
