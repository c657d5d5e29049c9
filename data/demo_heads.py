"""The heads in the demo clips and the reference photo, cut out of two photographs that installed packages bring.

The subject is scikit-image's astronaut photograph (NASA, public domain); the passers-by are the heads of the group
photograph inside the insightface package, found without importing that package. Nothing is copied into this
repository: the outlines below are positions in those photographs.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from data.errors import ModelMissing

Image = NDArray[np.uint8]
Float = NDArray[np.float32]
Points = tuple[tuple[float, float], ...]

HEAD_HEIGHT_PX = 163.0  # hair to chin, on a sprite
_PORTRAIT_CROP = (0, 340, 60, 400)  # rows and columns of the reference photo: head and shoulders


@dataclass(frozen=True)
class Head:
    """A head in a photograph: its outline, the face's middle and chin, its scale and its lean, in source pixels."""

    photograph: str  # "astronaut" or "group"
    outline: Points
    face_x: float
    chin_y: float
    height: float  # hair to chin
    lean_deg: float = 0.0
    warmth: float = 0.0  # how far the photograph is too orange, 0 to 1


# fmt: off
HEADS: dict[str, Head] = {
    "subject": Head("astronaut", (
        (232, 16), (250, 19), (268, 27), (282, 37), (291, 49), (297, 64), (300, 82), (299, 96), (295, 106), (287, 117),
        (279, 126), (275, 133), (268, 136), (266, 146), (262, 156), (258, 164), (255, 178), (253, 187), (245, 190),
        (236, 191), (222, 187), (205, 186), (193, 182), (188, 176), (187, 160), (185, 148), (182, 132), (176, 130),
        (172, 122), (168, 113), (161, 106), (157, 98), (155, 84), (154, 70), (158, 59), (167, 49), (179, 41),
        (189, 37), (193, 30), (201, 24), (216, 19)), 226, 178, 163),
    "long_hair": Head("group", (
        (62, 245), (72, 239), (85, 235), (105, 237), (125, 244), (140, 257), (157, 276), (171, 301), (180, 331),
        (186, 360), (186, 396), (170, 401), (150, 407), (138, 415), (128, 423), (118, 440), (105, 445), (96, 438),
        (88, 450), (60, 445), (40, 440), (28, 420), (24, 380), (23, 330), (28, 290), (42, 263)),
        115, 398, 163, -14.0, 1.0),
    "dark_hair": Head("group", (
        (267, 172), (267, 150), (273, 135), (283, 119), (298, 109), (315, 104), (335, 107), (352, 110), (370, 116),
        (384, 127), (392, 142), (392, 165), (392, 182), (400, 202), (406, 228), (408, 240), (400, 262), (380, 275),
        (352, 275), (342, 268), (335, 266), (326, 261), (318, 252), (310, 245), (300, 236), (291, 226), (286, 214),
        (280, 202), (277, 190), (271, 178)), 318, 266, 163, -12.0, 1.0),
    "smiling_man": Head("group", (
        (471, 250), (465, 265), (467, 285), (465, 300), (464, 318), (463, 330), (466, 350), (470, 368), (480, 392),
        (491, 410), (500, 424), (508, 430), (517, 426), (527, 413), (539, 399), (551, 381), (561, 367), (571, 361),
        (578, 345), (588, 331), (591, 325), (599, 315), (605, 298), (606, 275), (602, 256), (591, 241), (577, 230),
        (560, 225), (540, 222), (515, 221), (501, 224), (489, 231), (477, 239)), 516, 430, 196, 12.0, 0.8),
    "laughing_man": Head("group", (
        (750, 340), (745, 323), (756, 316), (771, 309), (786, 299), (800, 293), (815, 293), (835, 299), (850, 309),
        (864, 323), (873, 340), (871, 360), (867, 378), (870, 390), (869, 402), (863, 415), (853, 423), (850, 440),
        (843, 455), (840, 480), (835, 500), (810, 510), (795, 490), (782, 479), (771, 469), (763, 452), (755, 435),
        (749, 420), (747, 400), (748, 385), (751, 365)), 790, 480, 182, 0.0, 0.8),
    "turned_man": Head("group", (
        (893, 55), (904, 42), (921, 33), (936, 17), (955, 7), (975, 4), (1000, 7), (1019, 16), (1029, 26), (1042, 43),
        (1049, 61), (1054, 85), (1057, 110), (1053, 130), (1057, 150), (1058, 190), (1056, 228), (1040, 238),
        (1010, 233), (990, 215), (975, 205), (962, 206), (951, 199), (946, 187), (939, 181), (933, 174), (929, 165),
        (927, 155), (920, 150), (921, 135), (919, 120), (911, 108), (907, 90), (905, 74), (897, 66)),
        966, 206, 190, 0.0, 0.9),
    "fair_hair": Head("group", (
        (1149, 260), (1161, 246), (1175, 237), (1190, 235), (1205, 242), (1221, 250), (1234, 264), (1244, 286),
        (1252, 310), (1258, 340), (1261, 380), (1260, 413), (1249, 427), (1225, 430), (1215, 430), (1206, 440),
        (1180, 446), (1155, 440), (1141, 430), (1132, 418), (1126, 400), (1126, 360), (1128, 320), (1132, 291),
        (1139, 272)), 1180, 400, 165, 0.0, 1.0),
}
# fmt: on


def _photograph(name: str) -> Image:
    """The packaged photograph, BGR."""
    if name == "astronaut":
        from skimage.data import astronaut  # costs half a second, and only the generator needs it

        return np.ascontiguousarray(astronaut()[..., ::-1])  # type: ignore[no-untyped-call]
    spec = find_spec("insightface")
    if spec is None or spec.origin is None:
        raise ModelMissing("demo passers-by: the insightface package with its group photograph is not installed")
    path = Path(spec.origin).parent / "data" / "images" / "t1.jpg"
    image = cv2.imread(str(path))
    if image is None:
        raise ModelMissing(f"demo passers-by: {path.name} is missing from the insightface package")
    return np.asarray(image, dtype=np.uint8)


def reference_photos() -> list[bytes]:
    """The subject's reference photos as JPEG files: one, the portrait's head and shoulders, otherwise unchanged."""
    top, bottom, left, right = _PORTRAIT_CROP
    portrait = _photograph("astronaut")[top:bottom, left:right]
    _, encoded = cv2.imencode(".jpg", portrait, [cv2.IMWRITE_JPEG_QUALITY, 95])
    return [encoded.tobytes()]


def _cooled(image: Image, warmth: float) -> Image:
    """The group photograph is printed orange; pull it half way to the neutral light of the clips."""
    if not warmth:
        return image
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR).astype(np.float32)
    mixed = image + (grey - image) * 0.42 * warmth
    mixed *= np.array([1.05, 1.0, 0.95], dtype=np.float32)
    return np.clip(mixed, 0, 255).astype(np.uint8)


def head_layer(head: Head, size_px: tuple[int, int], chin_y_px: float) -> Float:
    """The head alone on an empty sprite of (width, height), chin on its middle line; premultiplied BGRA."""
    image = _cooled(_photograph(head.photograph), head.warmth)
    mask = np.zeros(image.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.array(head.outline, dtype=np.int32)], 255, lineType=cv2.LINE_AA)
    soft = cv2.GaussianBlur(cv2.erode(mask, np.ones((3, 3), np.uint8)), (0, 0), 1.6)[..., None].astype(np.float32) / 255
    layer = np.dstack(
        [image.astype(np.float32) * soft * 0.9, soft * 255]
    )  # studio light is brighter than a ceiling lamp
    scale = HEAD_HEIGHT_PX / head.height
    middle = (head.face_x, head.chin_y - head.height / 2)
    matrix = cv2.getRotationMatrix2D(middle, head.lean_deg, scale)
    matrix[0, 2] += size_px[0] / 2 - matrix[0] @ np.array([*middle, 1.0])
    matrix[1, 2] += chin_y_px - matrix[1] @ np.array([head.face_x, head.chin_y, 1.0])
    return np.asarray(cv2.warpAffine(layer, matrix, size_px, flags=cv2.INTER_AREA), dtype=np.float32)
