"""The people of the demo clips: heads out of photographs (`data.demo_heads`) on drawn, walking bodies.

A sprite is one person seen from the front at ``SPRITE_PX_PER_M``, premultiplied BGRA, one picture for each phase of
a walking step. Faces are never mirrored: a mirrored face is another face to a recogniser.
"""

from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np

from data.demo_heads import HEADS, Float, Image, Points, head_layer

Colour = tuple[int, int, int]  # B, G, R

SPRITE_PX_PER_M = 692.0
SPRITE_WIDTH_PX, SPRITE_HEIGHT_PX = 640, 1260
FEET_Y_PX = 1205  # where the sprite stands on the ground
FACE_BOX_PX = (276, 76, 364, 181)  # the face on every sprite: 88 px wide
CHIN_Y_PX = 190
STEP_PHASES = 8


@dataclass(frozen=True)
class Outfit:
    """What a drawn body wears."""

    coat: Colour
    trousers: Colour
    shoes: Colour = (30, 28, 26)
    scarf: Colour | None = None
    bag: Colour | None = None
    hem_y: int = 760
    width: float = 0.87


def _back_of_head_layer(hair: Colour) -> Float:
    """A head seen from behind, for people who walk away."""
    layer = np.zeros((SPRITE_HEIGHT_PX, SPRITE_WIDTH_PX, 4), dtype=np.float32)
    _paint(layer, _smooth(((290, 150), (350, 150), (356, 260), (284, 260))), (120, 140, 175), 0.4, seed=3)
    _paint(
        layer,
        _smooth(((320, 24), (378, 50), (392, 110), (376, 176), (320, 196), (264, 176), (248, 110), (262, 50))),
        hair,
        0.75,
        seed=4,
    )
    return layer


def _smooth(points: Points) -> Float:
    """A closed curve near the corner points (two rounds of Chaikin's corner cutting)."""
    line = np.array(points, dtype=np.float32)
    for _ in range(2):
        after = np.roll(line, -1, axis=0)
        line = np.stack([0.75 * line + 0.25 * after, 0.25 * line + 0.75 * after], axis=1).reshape(-1, 2)
    return line


def _paint(layer: Float, outline: Float, colour: Colour, roundness: float, *, seed: int) -> None:
    """Paint a rounded, slightly creased piece of cloth over a premultiplied layer, in place."""
    left, top = np.maximum(np.floor(outline.min(axis=0)).astype(int) - 4, 0)
    right, bottom = np.ceil(outline.max(axis=0)).astype(int) + 4
    part = layer[top:bottom, left:right]
    mask = np.zeros(part.shape[:2], dtype=np.uint8)
    cv2.fillPoly(mask, [np.round((outline - (left, top)) * 16).astype(np.int32)], 255, lineType=cv2.LINE_AA, shift=4)
    depth = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 5)
    bulge = np.sqrt(np.clip(depth / max(float(depth.max()), 1.0), 0, 1))
    # light comes from above and a little from the left: the slope of the bulge decides
    slope_y, slope_x = np.gradient(cv2.GaussianBlur(depth, (0, 0), 5))
    shade = 1 - roundness * (0.42 * (1 - bulge) - 0.22 * (slope_y + 0.6 * slope_x))
    folds = (
        np.random.default_rng(seed).normal(0, 1, (part.shape[0] // 10 + 2, part.shape[1] // 26 + 2)).astype(np.float32)
    )
    shade *= 1 + 0.055 * cv2.resize(folds, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_CUBIC)
    alpha = cv2.GaussianBlur(mask, (0, 0), 0.8).astype(np.float32)[..., None] / 255
    cloth = np.clip(np.array(colour, dtype=np.float32) * shade[..., None], 0, 255)
    part *= 1 - alpha
    part += np.dstack([cloth * alpha, alpha[..., 0] * 255])


def _leg(side: int, swing: float) -> tuple[Float, Float]:
    """Trouser leg and shoe; `swing` -1 (behind, lifted) to 1 (in front, nearer and so lower)."""
    x = 320 + side * 62
    foot_x = 320 + side * 46
    foot = FEET_Y_PX - 30 + 20 * swing
    knee = 890 + 14 * swing
    leg = _smooth(
        ((x - 66, 640), (x + 66, 640), (x + 54, knee), (foot_x + 40, foot), (foot_x - 40, foot), (x - 54, knee))
    )
    shoe = _smooth(
        (
            (foot_x - 42, foot - 16),
            (foot_x + 42, foot - 16),
            (foot_x + 48 + 4 * side, foot + 26),
            (foot_x + 20, foot + 36),
            (foot_x - 20, foot + 36),
            (foot_x - 48 + 4 * side, foot + 26),
        )
    )
    return leg, shoe


def _arm(side: int, swing: float, width: float) -> tuple[Float, Float]:
    """Sleeve and hand; a swinging arm seen from the front grows shorter and comes inward."""
    shoulder = 320 + side * 138 * width
    wrist_x = 320 + side * (176 * width - 26 * max(swing, 0))
    wrist_y = 668 - 58 * abs(swing)
    sleeve = _smooth(
        (
            (shoulder - 42, 262),
            (shoulder + 42, 262),
            (shoulder + side * 34 + 38, 450),
            (wrist_x + 34, wrist_y),
            (wrist_x - 34, wrist_y),
            (shoulder + side * 30 - 38, 450),
        )
    )
    hand = _smooth(
        (
            (wrist_x - 24, wrist_y - 12),
            (wrist_x + 24, wrist_y - 12),
            (wrist_x + 22, wrist_y + 48),
            (wrist_x, wrist_y + 62),
            (wrist_x - 22, wrist_y + 48),
        )
    )
    return sleeve, hand


def _darker(colour: Colour, by: float) -> Colour:
    return (int(colour[0] * by), int(colour[1] * by), int(colour[2] * by))


def _body_layer(outfit: Outfit, phase: float, seed: int) -> Float:
    """The body without its head at one phase of the step (0 to 1 is two steps)."""
    layer = np.zeros((SPRITE_HEIGHT_PX, SPRITE_WIDTH_PX, 4), dtype=np.float32)
    swing, wide = sin(2 * pi * phase), outfit.width
    for side in sorted((-1, 1), key=lambda side: side * swing):  # the leg behind first
        leg, shoe = _leg(side, side * swing)
        ahead = 1.0 if side * swing > 0 else 0.8
        _paint(layer, shoe, outfit.shoes, 0.5, seed=seed + 1)
        _paint(layer, leg, _darker(outfit.trousers, ahead), 0.8, seed=seed + 2 + side)
    skin: Colour = (118, 142, 186)
    for side in (-1, 1):
        sleeve, hand = _arm(side, -side * swing, wide)
        _paint(layer, hand, skin, 0.6, seed=seed + 5)
        _paint(layer, sleeve, _darker(outfit.coat, 0.88), 0.9, seed=seed + 6 + side)
    hem = outfit.hem_y + 6 * cos(4 * pi * phase)
    coat = (
        (320 - 60, 218),
        (320 + 60, 218),
        (320 + 172 * wide, 262),
        (320 + 150 * wide, 420),
        (320 + 132 * wide, 520),
        (320 + 150 * wide, hem),
        (320 - 150 * wide, hem),
        (320 - 132 * wide, 520),
        (320 - 150 * wide, 420),
        (320 - 172 * wide, 262),
    )
    _paint(layer, _smooth(coat), outfit.coat, 0.7, seed=seed + 9)
    front = ((316, 300), (325, 300), (327, hem - 14), (318, hem - 14))
    _paint(layer, np.array(front, dtype=np.float32), _darker(outfit.coat, 0.62), 0.0, seed=seed + 10)
    if outfit.bag is not None:
        strap = ((204, 236), (226, 228), (440, 610), (418, 622))
        _paint(layer, np.array(strap, dtype=np.float32), _darker(outfit.bag, 0.7), 0.2, seed=seed + 11)
        _paint(layer, _smooth(((392, 590), (512, 590), (524, 730), (384, 730))), outfit.bag, 0.6, seed=seed + 12)
    return layer


def _collar(layer: Float, outfit: Outfit, seed: int) -> None:
    """What closes the coat over the neck: a scarf, or lapels."""
    if outfit.scarf is not None:
        _paint(
            layer,
            _smooth(((240, 212), (282, 192), (320, 204), (358, 192), (400, 212), (398, 262), (320, 288), (242, 262))),
            outfit.scarf,
            0.9,
            seed=seed + 13,
        )
        _paint(
            layer,
            _smooth(((330, 254), (384, 254), (378, 430), (326, 424))),
            _darker(outfit.scarf, 0.9),
            0.8,
            seed=seed + 14,
        )
        return
    collar = _darker(outfit.coat, 1.12)
    _paint(layer, _smooth(((248, 186), (282, 196), (322, 296), (306, 352), (240, 262))), collar, 0.6, seed=seed + 15)
    _paint(layer, _smooth(((392, 186), (358, 196), (318, 296), (334, 352), (400, 262))), collar, 0.6, seed=seed + 16)


def _over(top: Float, below: Float) -> Float:
    return np.asarray(top + below * (1 - top[..., 3:] / 255), dtype=np.float32)


def sprites(head: str | Colour, outfit: Outfit, *, seed: int) -> list[Image]:
    """The pictures of one person, one a phase of the step; `head` names a head, or is the hair of one walking away."""
    size = (SPRITE_WIDTH_PX, SPRITE_HEIGHT_PX)
    top = head_layer(HEADS[head], size, CHIN_Y_PX) if isinstance(head, str) else _back_of_head_layer(head)
    shirt = _smooth(((262, 210), (378, 210), (366, 330), (320, 372), (274, 330)))
    pictures = []
    for step in range(STEP_PHASES):
        layer = _body_layer(outfit, step / STEP_PHASES, seed)
        if isinstance(head, str):
            _paint(layer, shirt, (62, 58, 60), 0.3, seed=seed + 17)
            layer = _over(top, layer)
            _collar(layer, outfit, seed)
        else:
            layer = _over(top, layer)
            _paint(
                layer,
                _smooth(((236, 214), (404, 214), (420, 258), (320, 276), (220, 258))),
                outfit.scarf or outfit.coat,
                0.9,
                seed=seed + 13,
            )
        pictures.append(np.clip(layer, 0, 255).astype(np.uint8))
    return pictures
