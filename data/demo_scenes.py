"""The places of the demo clips: four lit, empty rooms in perspective, drawn by casting one ray a pixel.

All are indoors or under cover and artificially lit, so that a clip looks right whatever the hour at which the demo
is loaded. Metres: x to the right, height upwards from the floor, z away from the camera.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Float = NDArray[np.float32]
Colour = tuple[int, int, int]  # B, G, R

_SUPERSAMPLING = 2
_NOISE_SIDE = 64
_EXPOSURE = 1.7
_SURFACES = ("floor", "ceiling", "left", "right", "end")


@dataclass(frozen=True)
class Panel:
    """A rectangle on a wall: `wall` is left, right or end; `along` is z (or x on the end wall), from-to in metres."""

    wall: str
    along: tuple[float, float]
    height: tuple[float, float]
    colour: Colour
    glow: float = 0.0  # light of its own
    goods: bool = False  # a shop window with things on shelves


@dataclass(frozen=True)
class Lamp:
    """A ceiling light."""

    x: float
    z: float
    power: float


@dataclass(frozen=True)
class Scene:
    """A room and the camera that looks into it."""

    width_px: int
    height_px: int
    focal_px: float
    horizon_px: float
    camera_height_m: float
    left_m: float
    right_m: float
    ceiling_m: float
    depth_m: float
    floor: Colour
    wall: Colour
    dado: Colour
    ceiling: Colour
    tile_m: float
    lamps: tuple[Lamp, ...]
    panels: tuple[Panel, ...]
    ambient: float
    seam_m: float = 1.2

    def foot_px(self, x: float, z: float) -> tuple[float, float]:
        """Where a point of the floor lies in the picture, in pixels."""
        return (
            self.width_px / 2 + self.focal_px * x / z,
            self.horizon_px + self.focal_px * self.camera_height_m / z,
        )

    def light_at(self, x: float, z: float) -> float:
        """How brightly a person's front is lit there; 1 is well lit."""
        total = self.ambient
        for lamp in self.lamps:
            dx, dh, dz = lamp.x - x, self.ceiling_m - 1.5, lamp.z - z
            square = dx * dx + dh * dh + dz * dz
            facing = 0.62 * dh + 0.3 * abs(dz) + (0.35 * -dz if dz < 0 else 0.0)
            total += lamp.power * max(facing, 0.0) / square**1.5
        return total


def _noise(u: Float, v: Float, seed: int) -> Float:
    """Smooth noise of about ±1, one lump a unit."""
    table = np.random.default_rng(seed).normal(0, 0.6, (_NOISE_SIDE, _NOISE_SIDE)).astype(np.float32)
    column, row = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    right, down = u - column, v - row
    column, row = column % _NOISE_SIDE, row % _NOISE_SIDE
    next_column, next_row = (column + 1) % _NOISE_SIDE, (row + 1) % _NOISE_SIDE
    above = table[row, column] * (1 - right) + table[row, next_column] * right
    below = table[next_row, column] * (1 - right) + table[next_row, next_column] * right
    return np.asarray(above * (1 - down) + below * down, dtype=np.float32)


def _cell(u: Float, v: Float, seed: int) -> Float:
    """One random number, 0 to 1, for each whole-number cell."""
    table = np.random.default_rng(seed).random((_NOISE_SIDE, _NOISE_SIDE)).astype(np.float32)
    return table[np.floor(v).astype(np.int32) % _NOISE_SIDE, np.floor(u).astype(np.int32) % _NOISE_SIDE]


def _seam(u: Float, width: float) -> Float:
    """1 on the joints between whole numbers, 0 elsewhere."""
    return np.clip(1.5 - np.abs(u - np.round(u)) / width, 0, 1).astype(np.float32)


@dataclass(frozen=True)
class _Seen:
    """The points of one surface that pixels see, one entry a pixel, and the light that surface gives of its own."""

    surface: str  # floor, ceiling, left, right, end
    x: Float
    height: Float
    z: Float
    glow: Float

    @property
    def along(self) -> Float:
        """How far along its wall each point lies."""
        return self.x if self.surface == "end" else self.z


def _first_hit(scene: Scene) -> tuple[NDArray[np.intp], Float, Float, Float]:
    """Which of ``_SURFACES`` each pixel sees, and the point (x, height, z) it sees there."""
    k = _SUPERSAMPLING
    columns = (np.arange(scene.width_px * k, dtype=np.float32) + 0.5) / k
    rows = (np.arange(scene.height_px * k, dtype=np.float32) + 0.5) / k
    dx = ((columns - scene.width_px / 2) / scene.focal_px)[None, :]
    down = ((rows - scene.horizon_px) / scene.focal_px)[:, None]
    with np.errstate(divide="ignore"):
        upright = np.where(down > 0, scene.camera_height_m / down, (scene.camera_height_m - scene.ceiling_m) / down)
        sideways = np.where(dx < 0, scene.left_m / dx, scene.right_m / dx)
    z = np.minimum(np.minimum(upright, sideways), np.float32(scene.depth_m)).astype(np.float32)
    side = np.where(dx < 0, 2, 3)
    flat = np.where(down > 0, 0, 1)
    surface = np.where(z == scene.depth_m, 4, np.where(upright <= sideways, flat, side))
    x, height = np.asarray(dx * z, dtype=np.float32), np.asarray(scene.camera_height_m - down * z, dtype=np.float32)
    return surface.astype(np.intp), x, height, z


def _floor(scene: Scene, seen: _Seen) -> Float:
    u, v = seen.x / scene.tile_m, seen.z / scene.tile_m
    tint = 1 + 0.10 * (_cell(u, v, 1) - 0.5) + 0.05 * _noise(u * 5, v * 5, 2) + 0.05 * _noise(u * 0.4, v * 0.4, 3)
    joint = np.maximum(_seam(u, 0.012), _seam(v, 0.012)) / (1 + 0.08 * seen.z)
    return np.asarray(np.array(scene.floor, dtype=np.float32) * (tint * (1 - 0.35 * joint))[:, None])


def _ceiling(scene: Scene, seen: _Seen) -> Float:
    joint = np.maximum(_seam(seen.x / 0.6, 0.015), _seam(seen.z / 0.6, 0.015))
    colour = np.asarray(np.array(scene.ceiling) * (1 - 0.25 * joint)[:, None], dtype=np.float32)
    for lamp in scene.lamps:
        on = (np.abs(seen.x - lamp.x) < 0.55) & (np.abs(seen.z - lamp.z) < 0.16)
        colour[on] = 250.0
        seen.glow[on] = 1.3
    return colour


def _wall(scene: Scene, seen: _Seen) -> Float:
    dado, wall = np.array(scene.dado, dtype=np.float32), np.array(scene.wall, dtype=np.float32)
    base = np.where((seen.height < 1.0)[:, None], dado, wall)
    patches = _noise(seen.along * 1.7, seen.height * 1.7, 5 + _SURFACES.index(seen.surface))
    grime = 1 + 0.05 * patches - 0.12 * np.exp(-seen.height / 0.25)
    rail = np.clip(1.5 - np.abs(seen.height - 1.0) / 0.025, 0, 1)
    lines = np.maximum(_seam(seen.along / scene.seam_m, 0.010), 0.8 * rail)
    colour = np.asarray(base * (grime * (1 - 0.3 * lines))[:, None], dtype=np.float32)
    for number, panel in enumerate(scene.panels):
        if panel.wall == seen.surface:
            _paint_panel(panel, number, seen, colour)
    return colour


def _paint_panel(panel: Panel, number: int, seen: _Seen, colour: Float) -> None:
    """Paint one rectangle over its wall, in place."""
    (a, b), (low, high) = panel.along, panel.height
    on = (seen.along >= a) & (seen.along <= b) & (seen.height >= low) & (seen.height <= high)
    u, v = seen.along[on] - a, seen.height[on] - low
    paint = np.tile(np.array(panel.colour, dtype=np.float32), (u.size, 1))
    if panel.goods:
        shelf_m, thing_m = ((0.42, 0.13), (0.75, 0.31))[number % 2]
        shelf, thing = v / shelf_m, u / thing_m
        there = (shelf % 1 < 0.45 + 0.4 * _cell(thing, shelf, 40 + number)) & (shelf % 1 > 0.06)
        hues = np.stack([_cell(thing, shelf, 50 + 3 * number + channel) for channel in range(3)], axis=-1)
        hues = 60 + 130 * (0.55 * hues.mean(axis=1, keepdims=True) + 0.45 * hues)
        paint = np.where(there[:, None], hues, paint * (0.75 + 0.25 * (shelf % 1))[:, None])
    elif panel.glow:  # glass: brighter above, with a slanting reflection
        paint *= (0.72 + 0.28 * v / (high - low) + 0.12 * ((u * 0.9 + v * 0.5) % 1.1 < 0.28))[:, None]
    in_frame = np.minimum(np.minimum(u, b - a - u), np.minimum(v, high - low - v)) < 0.06
    colour[on] = np.where(in_frame[:, None], 55.0, paint)
    seen.glow[on] = np.where(in_frame, 0.0, panel.glow)


def _light(scene: Scene, seen: _Seen) -> Float:
    """How brightly each point is lit: by the lamps' distance and angle, less in the corners of the room."""
    lit = np.full(seen.z.shape, scene.ambient, dtype=np.float32)
    for lamp in scene.lamps:
        dx, dh, dz = lamp.x - seen.x, scene.ceiling_m - 0.05 - seen.height, lamp.z - seen.z
        towards = {"floor": dh, "ceiling": np.float32(0.25), "end": np.maximum(-dz, 0.1)}
        facing = towards.get(seen.surface, np.abs(dx))
        lit += lamp.power * facing / np.maximum(dx * dx + dh * dh + dz * dz, 0.15) ** 1.5
    across = (seen.x - scene.left_m, scene.right_m - seen.x)
    gaps = (seen.height, scene.ceiling_m - seen.height, *across, scene.depth_m - seen.z)
    for surface, gap in zip(_SURFACES, gaps, strict=True):
        if surface != seen.surface:
            lit *= 1 - 0.38 * np.exp(-np.maximum(gap, 0) / 0.22)
    return lit


def draw(scene: Scene) -> Image:
    """The empty scene, BGR, as a clean camera would see it."""
    surfaces, x, height, z = _first_hit(scene)
    picture = np.zeros((*z.shape, 3), dtype=np.float32)
    for number, surface in enumerate(_SURFACES):
        on = surfaces == number
        seen = _Seen(surface, x[on], height[on], z[on], np.zeros(int(on.sum()), dtype=np.float32))
        colour = {"floor": _floor, "ceiling": _ceiling}.get(surface, _wall)(scene, seen)
        light = _EXPOSURE * np.maximum(_light(scene, seen), seen.glow)[:, None]
        linear = (colour / 255) ** np.float32(2.2) * light
        picture[on] = 255 * (linear / (1 + 0.25 * linear)) ** np.float32(1 / 2.2)
    small = cv2.resize(picture, (scene.width_px, scene.height_px), interpolation=cv2.INTER_AREA)
    soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 0.9), dtype=np.float32)
    return np.asarray(np.clip(soft * _vignette(scene), 0, 255), dtype=np.uint8)


def _vignette(scene: Scene) -> Float:
    y, x = np.mgrid[-1 : 1 : scene.height_px * 1j, -1 : 1 : scene.width_px * 1j]
    off_centre = np.sqrt((x * x + y * y) / 2)
    return np.asarray(1 - 0.22 * off_centre**3, dtype=np.float32)[..., None]


ARCADE = Scene(
    1280, 720, 1500, 60, 2.55, -2.9, 2.7, 3.3, 17.0,
    (150, 160, 168), (176, 184, 190), (120, 130, 140), (196, 198, 200), 0.6,
    (Lamp(0, 3.5, 2.2), Lamp(0, 7.0, 2.2), Lamp(0, 10.5, 2.2), Lamp(0, 14.0, 2.2)),
    (
        Panel("left", (5.2, 8.4), (0.35, 2.6), (140, 170, 190), 0.8, goods=True),
        Panel("left", (9.2, 11.4), (0.35, 2.6), (190, 175, 150), 0.8, goods=True),
        Panel("left", (12.2, 15.8), (0.35, 2.6), (120, 160, 190), 0.7, goods=True),
        Panel("right", (5.6, 6.7), (0.0, 2.25), (90, 96, 100)),
        Panel("right", (7.6, 10.8), (0.35, 2.6), (160, 180, 190), 0.8, goods=True),
        Panel("right", (11.8, 15.2), (0.35, 2.6), (185, 190, 200), 0.8, goods=True),
        Panel("end", (-2.0, -0.1), (0.0, 2.4), (205, 195, 180), 0.75),
        Panel("end", (-0.1, 1.8), (0.0, 2.4), (205, 195, 180), 0.75),
    ),
    0.22,
)  # fmt: skip
FOYER = Scene(
    1280, 720, 1650, 40, 2.6, -3.4, 2.4, 3.0, 11.5,
    (172, 176, 178), (150, 170, 168), (104, 128, 128), (205, 206, 206), 0.4,
    (Lamp(-1.2, 3.6, 1.6), Lamp(0.9, 3.6, 1.6), Lamp(-1.2, 6.6, 1.6), Lamp(0.9, 6.6, 1.6), Lamp(-0.2, 9.8, 1.6)),
    (
        Panel("end", (-2.4, -0.5), (0.0, 2.35), (150, 140, 118), 0.42),
        Panel("end", (-0.5, 1.4), (0.0, 2.35), (150, 140, 118), 0.42),
        Panel("left", (6.0, 7.1), (1.05, 2.2), (84, 110, 170)),
        Panel("left", (7.9, 9.3), (0.0, 2.15), (82, 104, 128)),
        Panel("left", (9.3, 10.7), (0.0, 2.15), (82, 104, 128)),
        Panel("right", (6.3, 7.4), (0.0, 2.15), (120, 124, 128)),
        Panel("right", (7.4, 8.5), (0.0, 2.15), (120, 124, 128)),
        Panel("right", (9.3, 10.6), (1.15, 2.1), (140, 120, 84)),
    ),
    0.25, 0.9,
)  # fmt: skip
UNDERPASS = Scene(
    1280, 720, 1750, 90, 2.5, -2.3, 2.3, 2.75, 22.0,
    (92, 98, 100), (120, 126, 128), (92, 88, 70), (118, 120, 122), 0.9,
    (Lamp(-0.8, 4.4, 2.0), Lamp(-1.2, 9.5, 0.9), Lamp(-1.2, 19.5, 0.9)),
    (
        Panel("end", (-1.6, 1.6), (0.0, 2.45), (60, 48, 40), 0.16),
        Panel("right", (6.8, 8.0), (1.1, 2.1), (110, 120, 130)),
        Panel("left", (11.5, 12.9), (1.1, 2.1), (90, 110, 150)),
    ),
    0.07, 2.0,
)  # fmt: skip
STATION = Scene(
    1280, 720, 1550, 70, 2.8, -3.8, 3.2, 3.6, 19.0,
    (138, 142, 146), (170, 176, 160), (132, 104, 70), (180, 182, 184), 0.75,
    (Lamp(-1.4, 4.5, 2.0), Lamp(1.4, 7.5, 2.0), Lamp(-1.4, 10.5, 2.0), Lamp(1.4, 13.5, 2.0), Lamp(-1.4, 17, 2.0)),
    (
        Panel("left", (6.4, 7.8), (0.9, 2.5), (80, 150, 190), 0.55),
        Panel("left", (9.0, 10.4), (0.9, 2.5), (150, 110, 70), 0.55),
        Panel("left", (11.6, 13.0), (0.9, 2.5), (110, 120, 200), 0.55),
        Panel("right", (6.6, 7.8), (0.0, 2.2), (70, 74, 78)),
        Panel("right", (9.4, 14.6), (0.9, 2.5), (165, 180, 190), 0.7, goods=True),
        Panel("end", (-2.6, 2.2), (0.0, 2.7), (170, 165, 150), 0.5),
    ),
    0.16, 1.0,
)  # fmt: skip
