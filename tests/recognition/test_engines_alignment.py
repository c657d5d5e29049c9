"""Chips: the same as InsightFace's and dlib's own, and steady under turning and shrinking."""

import warnings

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.engines.alignment import similarity_transform, upright_chip
from recognition.engines.pack import TEMPLATE
from recognition.faces import Float

FACE = np.array([[205.0, 101.7], [246.8, 103.7], [224.7, 129.0], [201.7, 139.3], [245.3, 141.9]], np.float32)


def photo(height: int = 300, width: int = 400) -> np.ndarray:
    noise = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 4), np.uint8)


def test_a_chip_is_the_one_that_insightface_cuts() -> None:
    from insightface.utils.face_align import norm_crop

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it calls a function that scikit-image is about to drop
        theirs = norm_crop(photo(), FACE)
    ours = upright_chip(photo(), FACE, TEMPLATE, 112)
    assert np.abs(ours.astype(int) - theirs).max() <= 1


@given(
    turn=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 20),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_a_known_turn_scale_and_shift_is_found_again(turn: float, scale: float, shift: tuple[float, float]) -> None:
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    moved = FACE @ matrix.T + np.array(shift)
    found = similarity_transform(FACE, moved.astype(np.float64))
    assert np.allclose(found, np.column_stack([matrix, shift]), atol=1e-3 * max(scale, 1))


def test_five_points_in_one_place_give_a_chip_all_the_same() -> None:
    chip = upright_chip(photo(), np.full((5, 2), 50, np.float32), TEMPLATE, 112, smooth=True)
    assert chip.shape == (112, 112, 3)


def test_a_face_off_the_picture_gives_a_black_chip() -> None:
    assert upright_chip(photo(), FACE + 5000, TEMPLATE, 112).max() == 0


@pytest.mark.parametrize("factor", [2, 3, 7])
def test_a_large_face_is_averaged_down_to_the_chip_of_the_small_one(factor: int) -> None:
    small = photo()
    large = np.repeat(np.repeat(small, factor, axis=0), factor, axis=1)
    points: Float = ((FACE + 0.5) * factor - 0.5).astype(np.float32)
    template = TEMPLATE * 0.5
    from_large = upright_chip(large, points, template, 56, smooth=True).astype(int)
    from_small = upright_chip(small, FACE, template, 56, smooth=True).astype(int)
    assert np.abs(from_large - from_small).mean() < 1.5
