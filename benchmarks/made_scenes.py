"""The places of made footage: an empty room filmed by a fixed camera, and a camera that sways in noise and foliage."""

from functools import cache
from math import pi, sin

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.material import CORRIDOR

Image = NDArray[np.uint8]

WIDTH, HEIGHT = 1920, 1080
_EMPTY_FRAMES = 40  # one-by-one-person-detection.mp4 shows nobody for its first seconds
_SPARE_PX = 60  # around the picture, for a camera that moves
_GRAIN = 2.0  # of the still scene: what upscaling took away


@cache
def room(wide: int = WIDTH, high: int = HEIGHT) -> Image:
    """The empty room of one-by-one-person-detection.mp4 (median of its first frames), at another size."""
    empty: list[Image] = []
    with av.open(str(CORRIDOR)) as container:
        for frame in container.decode(video=0):
            empty.append(np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8))
            if len(empty) == _EMPTY_FRAMES:
                break
    still = np.median(np.stack(empty), axis=0).astype(np.uint8)
    large = cv2.resize(still, (wide, high), interpolation=cv2.INTER_CUBIC).astype(np.float32)
    grain = np.random.default_rng(5).normal(0, _GRAIN, (high, wide, 1)).astype(np.float32)
    return np.asarray(np.clip(large + grain, 0, 255), dtype=np.uint8)


class Scene:
    """What the camera sees without people. `noise` is the sensor's sigma, of 255; `light` dims all."""

    def __init__(self, *, noise: float, moves: bool, light: float = 1.0, seed: int = 0) -> None:
        self.moves, self._rng = moves, np.random.default_rng(seed)
        spare = 2 * _SPARE_PX if moves else 0
        self._still = np.clip(room(WIDTH + spare, HEIGHT + spare) * np.float32(light), 0, 255).astype(np.uint8)
        self._foliage = _foliage() if moves else None
        self._light = light
        shape = (HEIGHT + 128, WIDTH + 128)
        self._noise = [
            np.clip(np.rint(self._rng.normal(128, noise, shape)), 0, 255).astype(np.uint8)
            for _ in range(6 if noise else 0)
        ]

    def shift(self, time_s: float) -> tuple[float, float]:
        """How far the camera's own movement moves what stands in the scene, in pixels."""
        if not self.moves:
            return 0.0, 0.0
        return 50 * sin(2 * pi * time_s / 16), 5 * sin(2 * pi * time_s / 3.1)

    def picture(self, time_s: float) -> Image:
        """The scene then, without people and noise."""
        if self._foliage is None:
            return np.array(self._still)
        dx, dy = self.shift(time_s)
        move = np.array([[1, 0, dx - _SPARE_PX], [0, 1, dy - _SPARE_PX]], np.float64)
        image = np.asarray(cv2.warpAffine(self._still, move, (WIDTH, HEIGHT)), dtype=np.uint8)
        high, wide = self._foliage.shape[:2]
        rows, columns = np.mgrid[0:high, 0:wide].astype(np.float32)
        bend = 9 * np.sin(2 * pi * time_s / 1.7 + rows / 90) * (1 - rows / high)
        leaves = cv2.remap(self._foliage, columns + bend, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        image[:high, WIDTH - wide :] = leaves * np.float32(self._light)
        return image

    def noisy(self, luma: Image) -> None:
        """Add the sensor's noise to a plane of brightness, in place."""
        if self._noise:
            y, x = (int(v) for v in self._rng.integers(0, 128, 2))
            grain = self._noise[int(self._rng.integers(len(self._noise)))][y : y + HEIGHT, x : x + WIDTH]
            cv2.addWeighted(luma, 1, grain, 1, -128, dst=luma)


def _foliage() -> Image:
    """Leaves in front of the camera's right edge: blotches of several sizes, in greens."""
    rng = np.random.default_rng(11)
    high, wide = 700, 420
    light = np.zeros((high, wide), np.float32)
    for cell, strength in ((60, 0.5), (24, 0.6), (9, 0.5)):
        patch = rng.normal(0, strength, (high // cell + 2, wide // cell + 2)).astype(np.float32)
        light += cv2.resize(patch, (wide, high), interpolation=cv2.INTER_CUBIC)
    green = np.array([38, 84, 58], np.float32)
    return np.clip(green * (1 + 0.7 * light[..., None]), 0, 255).astype(np.uint8)
