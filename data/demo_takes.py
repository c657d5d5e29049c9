"""What is filmed in each demo clip: who walks where, in which room, and how badly the camera sees.

Pure geometry and plain values: where a walker's face lies in the picture at a moment is known here without drawing,
which is how the demo's truth is checked.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import pi, sin

import numpy as np

from data.demo_people import FACE_BOX_PX, FEET_Y_PX, SPRITE_PX_PER_M, SPRITE_WIDTH_PX, Colour, Outfit
from data.demo_scenes import ARCADE, FOYER, STATION, UNDERPASS, Scene

FRAME_RATE = Fraction(25, 2)
STEP_M = 0.72


@dataclass(frozen=True)
class Walker:
    """A person in a clip: `way` is (seconds, x, z) in metres of the scene, in straight lines."""

    head: str | Colour
    outfit: Outfit
    way: tuple[tuple[float, float, float], ...]
    height: float = 1.0

    def at(self, time_s: float) -> tuple[float, float] | None:
        """(x, z) at a moment, or None before and after the walk."""
        times = [point[0] for point in self.way]
        if not times[0] <= time_s <= times[-1]:
            return None
        x, z = (float(np.interp(time_s, times, [point[axis] for point in self.way])) for axis in (1, 2))
        return x, z

    def walked_m(self, time_s: float) -> float:
        """How far the person has come, for the phase of the step."""
        ends = [min(time_s, point[0]) for point in self.way]
        points = [self.at(max(end, self.way[0][0])) or (0.0, 0.0) for end in ends]
        return sum(float(np.hypot(b[0] - a[0], b[1] - a[1])) for a, b in pairwise(points))


@dataclass(frozen=True)
class Take:
    """What is filmed for one clip, and how well."""

    scene: Scene
    walkers: tuple[Walker, ...]
    seed: int
    noise: float  # standard deviation of the sensor's noise, in grey levels
    softness_px: float  # blur of lens and focus
    saturation: float
    crf: int


_SUBJECT = Outfit((92, 66, 36), (62, 52, 46), scarf=(64, 56, 168), bag=(48, 62, 92))
_GREY = Outfit((66, 64, 64), (84, 62, 50))
_SAND = Outfit((112, 134, 146), (44, 42, 42), scarf=(150, 150, 158))
_GREEN = Outfit((62, 78, 58), (50, 46, 44), bag=(40, 40, 44))
_BLACK = Outfit((44, 40, 40), (52, 44, 40), scarf=(120, 96, 60), hem_y=860)
_WINE = Outfit((58, 44, 92), (60, 60, 62), hem_y=800)
_BROWN_HAIR: Colour = (34, 46, 66)

TAKES: dict[str, Take] = {
    "demo-cam-07": Take(
        ARCADE,
        (
            Walker("subject", _SUBJECT, ((3.4, 2.8, 6.2), (6.2, 0.8, 5.3), (7.4, 0.35, 4.6), (11.0, -0.45, 1.7)), 0.98),
            Walker("smiling_man", _GREY, ((0.0, -0.6, 9.5), (6.2, -1.5, 4.2), (7.2, -2.1, 3.4)), 1.06),
            Walker(_BROWN_HAIR, _GREEN, ((5.5, 1.7, 3.0), (8.0, 1.5, 5.5), (17.0, 0.7, 15.0)), 1.0),
            Walker("fair_hair", _WINE, ((9.5, -0.4, 12.0), (17.0, 0.6, 4.4)), 0.97),
        ),
        7, 5.5, 0.7, 0.85, 27,
    ),
    "demo-cam-13": Take(
        FOYER,
        (
            Walker("subject", _SUBJECT, ((3.6, -2.4, 5.6), (6.4, -0.8, 5.0), (7.8, -0.8, 5.0), (11.6, 0.6, 1.8)), 0.98),
            Walker("laughing_man", _SAND, ((0.0, 0.9, 7.4), (4.4, 1.2, 3.2), (5.6, 1.35, 2.0)), 1.05),
            Walker("dark_hair", _BLACK, ((10.0, 2.4, 6.4), (13.0, 0.2, 5.2), (17.9, -2.2, 4.2)), 0.99),
        ),
        13, 5.0, 0.6, 0.9, 27,
    ),
    "demo-cam-17": Take(
        UNDERPASS,
        (
            Walker("subject", _SUBJECT, ((5.0, -2.3, 5.6), (8.6, -0.3, 5.3), (12.8, 2.2, 4.7)), 0.98),
            Walker(_BROWN_HAIR, _BLACK, ((0.0, 0.7, 5.0), (15.9, 0.4, 19.0)), 1.03),
            Walker("turned_man", _GREY, ((9.0, -0.5, 14.0), (15.9, -0.9, 6.0)), 1.07),
        ),
        17, 5.0, 0.6, 0.5, 26,
    ),
    "demo-cam-25": Take(
        STATION,
        (
            Walker("long_hair", _WINE, ((0.5, -0.2, 9.5), (8.4, -0.9, 2.2)), 0.98),
            Walker("laughing_man", _BLACK, ((4.0, 3.2, 7.0), (9.0, 0.4, 4.4), (12.0, -2.2, 3.4)), 1.05),
            Walker("fair_hair", _GREEN, ((7.0, 0.9, 9.0), (14.8, 0.9, 2.0)), 0.97),
            Walker(_BROWN_HAIR, _GREY, ((1.0, 1.3, 3.2), (13.0, 1.9, 17.0)), 1.02),
        ),
        25, 5.5, 0.7, 0.85, 27,
    ),
}  # fmt: skip


def face_box_px(scene: Scene, walker: Walker, time_s: float) -> tuple[float, float, float, float] | None:
    """Where the walker's face is in the picture, leaning aside; None when the walker is not there."""
    place = walker.at(time_s)
    if place is None:
        return None
    scale, left, top = sprite_place(scene, walker, time_s, place)
    x1, y1, x2, y2 = FACE_BOX_PX
    return left + x1 * scale, top + y1 * scale, left + x2 * scale, top + y2 * scale


def appearances(take: Take, duration_s: float) -> tuple[tuple[float, float], ...]:
    """When the subject's whole face is in the picture: from the first such frame to the last, in seconds."""
    times = [float(number / FRAME_RATE) for number in range(int(duration_s * FRAME_RATE))]
    spans = []
    for walker in (walker for walker in take.walkers if walker.head == "subject"):
        seen = []
        for time_s in times:
            box = face_box_px(take.scene, walker, time_s)
            width, height = take.scene.width_px, take.scene.height_px
            if box and box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height:
                seen.append(time_s)
        spans.append((seen[0], seen[-1]))
    return tuple(spans)


def sprite_place(scene: Scene, walker: Walker, time_s: float, place: tuple[float, float]) -> tuple[float, float, float]:
    """Scale of the sprite, and where its top left corner lies, in pixels of the picture."""
    x, z = place
    scale = scene.focal_px / z / SPRITE_PX_PER_M * walker.height
    foot_x, foot_y = scene.foot_px(x, z)
    steps = walker.walked_m(time_s) / STEP_M
    bob = 0.018 * abs(sin(pi * steps)) * scene.focal_px / z
    sway = 0.022 * sin(pi * steps) * scene.focal_px / z
    return scale, foot_x + sway - SPRITE_WIDTH_PX / 2 * scale, foot_y - bob - FEET_Y_PX * scale
