"""People as they are pasted into made footage: a head on shoulders, at a size, in a light, out of focus, moving."""

from dataclasses import dataclass
from functools import cached_property
from math import pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.made_heads import FACE_PX, Head
from benchmarks.made_truth import Appearance, Box

Image = NDArray[np.uint8]
Float = NDArray[np.float32]

_EXPOSURE_S = 1 / 50  # what moves is smeared over this time
_SWAY_PX = 1.2  # nobody stands quite still
_SWAY_S = 2.3
_BODY_HIGH = 2.6  # in face widths, below the chin
_BODY_WIDE = 2.9


@dataclass(frozen=True)
class Role:
    """Who is on screen from `start_s` to `end_s`; (x, y) is the face's middle at the start, moving at (vx, vy) px/s."""

    number: int
    head: Head
    is_sought: bool
    start_s: float
    end_s: float
    face_px: float
    x: float
    y: float
    vx: float = 0.0
    vy: float = 0.0
    light: float = 1.0
    blur_px: float = 0.0
    has_body: bool = True

    @property
    def scale(self) -> float:
        return self.face_px / FACE_PX

    def is_on(self, time_s: float) -> bool:
        return self.start_s <= time_s < self.end_s

    def middle(self, time_s: float) -> tuple[float, float]:
        """The face's middle then, without what the camera's own movement adds."""
        since = time_s - self.start_s
        sway = 0.0 if self.vx or self.vy else _SWAY_PX * sin(2 * pi * since / _SWAY_S)
        return self.x + self.vx * since + sway, self.y + self.vy * since

    def box(self, time_s: float, shift: tuple[float, float] = (0.0, 0.0)) -> Box:
        """The face's box in the picture, moved by `shift`."""
        x, y = self.middle(time_s)
        x1, y1, x2, y2 = self.head.box_px
        half = ((x2 - x1) * self.scale / 2, (y2 - y1) * self.scale / 2)
        x, y = x + shift[0], y + shift[1]
        return (x - half[0], y - half[1], x + half[0], y + half[1])

    def appearance(self, shown: list[tuple[float, Box]]) -> Appearance:
        """The truth about this person, from the frames that show them."""
        return Appearance(
            number=self.number,
            person=self.head.person,
            is_sought=self.is_sought,
            start_s=self.start_s,
            end_s=self.end_s,
            face_px=self.face_px,
            motion="walks" if self.vx or self.vy else "stands",
            times_s=tuple(round(t, 4) for t, _ in shown),
            boxes_px=tuple((round(b[0], 1), round(b[1], 1), round(b[2], 1), round(b[3], 1)) for _, b in shown),
            blur_px=self.blur_px,
            light=self.light,
            has_body=self.has_body,
        )


class Person:
    """A role, drawn."""

    def __init__(self, role: Role) -> None:
        self.role = role

    @cached_property
    def _layer(self) -> tuple[Float, tuple[float, float]]:
        """Premultiplied BGRA at the final size, lit and blurred, and where the face's middle lies on it."""
        sprite = _with_body(self.role.head, seed=self.role.number) if self.role.has_body else self.role.head.picture
        middle_x = sprite.shape[1] / 2
        middle_y = (self.role.head.box_px[1] + self.role.head.box_px[3]) / 2
        scale = self.role.scale
        layer = sprite.astype(np.float32)
        layer[..., :3] *= layer[..., 3:] / 255 * self.role.light
        size = (max(1, round(layer.shape[1] * scale)), max(1, round(layer.shape[0] * scale)))
        small = cv2.resize(layer, size, interpolation=cv2.INTER_AREA)
        small = cv2.copyMakeBorder(small, 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
        if self.role.blur_px > 0:
            small = cv2.GaussianBlur(small, (0, 0), self.role.blur_px)
        smear = round(abs(self.role.vx) * _EXPOSURE_S)
        small = cv2.blur(small, (smear, 1)) if smear > 1 else small
        return np.asarray(small, dtype=np.float32), (middle_x * scale + 4, middle_y * scale + 4)

    def draw(self, image_bgr: Image, time_s: float, shift: tuple[float, float] = (0.0, 0.0)) -> None:
        """Into the picture, in place, with parts of pixels."""
        layer, (middle_x, middle_y) = self._layer
        x, y = self.role.middle(time_s)
        left, top = x + shift[0] - middle_x, y + shift[1] - middle_y
        x0, y0 = int(np.floor(left)), int(np.floor(top))
        high, wide = layer.shape[0] + 1, layer.shape[1] + 1
        moved = cv2.warpAffine(layer, np.array([[1, 0, left - x0], [0, 1, top - y0]], np.float64), (wide, high))
        in_x = slice(max(0, -x0), min(wide, image_bgr.shape[1] - x0))
        in_y = slice(max(0, -y0), min(high, image_bgr.shape[0] - y0))
        if in_x.stop <= in_x.start or in_y.stop <= in_y.start:
            return
        part = moved[in_y, in_x]
        below = image_bgr[y0 + in_y.start : y0 + in_y.stop, x0 + in_x.start : x0 + in_x.stop]
        below[:] = np.clip(below * (1 - part[..., 3:] / 255) + part[..., :3], 0, 255).astype(np.uint8)


def _with_body(head: Head, seed: int) -> Image:
    """The head's sprite on shoulders of one muted colour with a little cloth texture; the middle stays the middle."""
    rng = np.random.default_rng(seed)
    top, side = head.picture.shape[:2]
    face = FACE_PX
    chin = round(head.box_px[3])
    wide, high = round(_BODY_WIDE * face), round(chin + _BODY_HIGH * face)
    canvas = np.zeros((high, wide, 4), np.uint8)
    middle = wide // 2
    outline = np.array(
        [(-0.3, -0.1), (0.3, -0.1), (0.4, 0.15), (1.15, 0.45), (1.4, 0.8), (1.4, 3.0), (-1.4, 3.0), (-1.4, 0.8),
         (-1.15, 0.45), (-0.4, 0.15)]
    )  # fmt: skip
    points = (outline * face + (middle, chin)).astype(np.int32)
    mask = np.zeros((high, wide), np.uint8)
    cv2.fillPoly(mask, [points], 255, cv2.LINE_AA)
    cloth = rng.normal(0, 7, (high // 3 + 1, wide // 3 + 1)).astype(np.float32)
    texture = cv2.resize(cloth, (wide, high), interpolation=cv2.INTER_CUBIC)[..., None]
    canvas[..., :3] = np.clip(rng.integers(25, 150, 3) + texture, 0, 255)
    canvas[..., 3] = cv2.GaussianBlur(mask, (0, 0), 2.0)
    left = middle - side // 2
    alpha = head.picture[: min(top, high), :, 3:].astype(np.float32) / 255
    part = canvas[: min(top, high), max(0, left) : left + side]
    cut = slice(max(0, -left), max(0, -left) + part.shape[1])
    alpha, colours = alpha[:, cut], head.picture[: min(top, high), cut, :3]
    part[..., :3] = part[..., :3] * (1 - alpha) + colours * alpha
    part[..., 3] = np.maximum(part[..., 3], alpha[..., 0] * 255)
    return canvas
