"""All faces of one picture, here and through a child that may lie."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from data.errors import UnreadableImage
from recognition.apart_faces import answered, engine_heard, faces_heard, faces_said
from recognition.apart_wire import Message, Nonsense
from recognition.faces import Faces, Float, Image, Scale
from recognition.faces_in import MOST_FACES, PictureFaces, faces_in, to_json
from recognition.similarity import Scales, closeness, cosines
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, RED, grey, square

PIXELS = 1_000_000


class Marking(FakeEngine):
    """Knows where the 68 landmarks are: all in the middle of the face."""

    def landmarks(self, image_bgr: Image, faces: Faces) -> Float:
        middle = (faces.box_px[:, :2] + faces.box_px[:, 2:]) / 2
        return np.asarray(np.repeat(middle[:, None], 68, axis=1), np.float32)


def png(*colours: tuple[int, int, int]) -> bytes:
    image = grey()
    for number, colour in enumerate(colours):
        square(image, colour, 20 + 90 * number, 80, 60)
    return bytes(cv2.imencode(".png", image)[1])


def test_every_face_has_its_box_points_quality_and_vector(tmp_path: Path) -> None:
    found = faces_in(png(RED, BLUE), Marking(), max_pixels=PIXELS, landmarks=True)
    assert (found.width_px, found.height_px, len(found)) == (320, 240, 2)
    assert found.quality.shape == (2,)
    assert found.vectors.shape == (2, 3)
    assert found.landmarks_px is not None
    assert found.landmarks_px.shape == (2, 68, 2)
    path = tmp_path / "two.png"
    path.write_bytes(png(RED, BLUE))
    again = faces_in(path, Marking(), max_pixels=PIXELS)
    assert np.array_equal(again.faces.box_px, found.faces.box_px)
    assert again.landmarks_px is None
    assert [face["landmarks_px"] for face in to_json(path, again)["faces"]] == [None, None]


def test_a_picture_without_faces_gives_empty_arrays_and_no_landmarks_are_no_error() -> None:
    found = faces_in(png(), FakeEngine(), max_pixels=PIXELS, landmarks=True)
    assert (len(found), found.vectors.shape, found.landmarks_px) == (0, (0, 3), None)


def test_what_is_no_picture_is_named() -> None:
    with pytest.raises(UnreadableImage, match=r"frame\.jpg: is no picture"):
        faces_in(b"nothing", FakeEngine(), max_pixels=PIXELS, name="frame.jpg")


def test_a_child_answers_the_same_for_its_file_and_for_a_picture_that_it_is_handed(tmp_path: Path) -> None:
    path = tmp_path / "two.png"
    path.write_bytes(png(RED, BLUE))
    asked: Mapping[str, Any] = {"name": "two.png", "landmarks": True}
    here = faces_in(path, Marking(), max_pixels=PIXELS, landmarks=True)
    for given in ({}, {"picture": path.read_bytes()}):
        (message,) = answered(Message("faces", asked, given), path, Marking(), PIXELS)
        there = faces_heard(message)
        assert np.array_equal(there.faces.points_px, here.faces.points_px)
        assert np.array_equal(np.asarray(there.landmarks_px), np.asarray(here.landmarks_px))
    (told,) = answered(Message("engine"), path, Marking(), PIXELS)
    assert engine_heard(told) == Marking().info


LIES: dict[str, Mapping[str, Any]] = {
    "another number of faces": {"score": np.ones(1, np.float32)},
    "points of another form": {"points_px": np.zeros((2, 4, 2), np.float32)},
    "landmarks of another form": {"landmarks_px": np.zeros((2, 5, 2), np.float32)},
    "no number": {"box_px": np.full((2, 4), np.nan, np.float32)},
    "surer than sure": {"score": np.full(2, 7, np.float32)},
    "vectors of nobody": {"vectors": np.zeros((3, 3), np.float32)},
    "bytes": {"vectors": b"\x80\x04pickled"},
}


@pytest.mark.parametrize("lie", LIES)
def test_faces_that_cannot_be_are_no_answer(lie: str) -> None:
    honest = faces_said(faces_in(png(RED, BLUE), Marking(), max_pixels=PIXELS, landmarks=True))
    with pytest.raises(Nonsense):
        faces_heard(replace(honest, parts={**honest.parts, **LIES[lie]}))
    with pytest.raises(Nonsense):
        faces_heard(replace(honest, value={"width_px": 0, "height_px": 240}))
    with pytest.raises(Nonsense):
        faces_heard(faces_said(_many(MOST_FACES + 1)))


def test_an_engine_that_cannot_be_is_no_answer() -> None:
    (honest,) = answered(Message("engine"), Path(), Marking(), PIXELS)
    for lie in ({"scale": "by eye"}, {"models": "none"}, {"review_floor": "low"}, {"name": "a\nb"}):
        with pytest.raises(Nonsense):
            engine_heard(replace(honest, value={**honest.value, **lie}))


def test_vectors_are_compared_without_the_engine_as_with_it() -> None:
    a, b = (np.random.default_rng(seed).normal(size=(3, 5)).astype(np.float32) for seed in (1, 2))
    info = FakeEngine().info
    assert np.array_equal(Scales(info).similarity(a, b), cosines(a, b))
    assert np.array_equal(Scales(replace(info, scale=Scale.DISTANCE)).similarity(a, b), closeness(a, b))
    assert closeness(a, a).diagonal() == pytest.approx([1, 1, 1], abs=1e-3)


def _many(n: int) -> PictureFaces:
    faces = Faces(np.zeros((n, 4), np.float32), np.zeros(n, np.float32), np.zeros((n, 5, 2), np.float32))
    return PictureFaces(10, 10, faces, np.zeros(n, np.float32), np.zeros((n, 3), np.float32))
