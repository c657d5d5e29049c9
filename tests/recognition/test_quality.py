import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recognition.faces import Faces, Float
from recognition.quality import quality, share_inside, sharpness, turned_away
from tests.material import shared
from tests.recognition.clips import grey

FRONTAL = np.array([[0.3, 0.35], [0.7, 0.35], [0.5, 0.56], [0.35, 0.75], [0.65, 0.75]], np.float32)


def face(x: float, y: float, side: float, *, points: Float = FRONTAL, score: float = 1.0) -> Faces:
    box = np.array([[x, y, x + side, y + side]], np.float32)
    return Faces(box, np.array([score], np.float32), (points * side + (x, y))[None].astype(np.float32))


def textured(side: int = 400) -> np.ndarray:
    return grey(side, side, noise=80, seed=3)


def one(image: np.ndarray, faces: Faces) -> float:
    return float(quality(image, faces)[0])


def test_no_faces_have_no_quality() -> None:
    assert quality(grey(), Faces.empty()).shape == (0,)
    assert sharpness(grey(), np.zeros((0, 4), np.float32)).shape == (0,)


def test_a_larger_face_is_better() -> None:
    image = cv2.GaussianBlur(textured(), (0, 0), 2)
    values = [one(image, face(50, 50, side)) for side in (16, 24, 32, 48, 96)]
    assert values == sorted(values)


def test_a_blurred_face_is_worse() -> None:
    sharp = textured()
    values = [one(cv2.GaussianBlur(sharp, (0, 0), sigma), face(50, 50, 100)) for sigma in (4, 2, 1)]
    assert values == sorted(values)
    assert values[-1] < one(sharp, face(50, 50, 100))


def test_a_profile_is_worse_than_a_face_to_the_camera() -> None:
    aside = FRONTAL.copy()
    aside[2, 0], aside[:2, 0] = 0.2, (0.3, 0.5)
    assert one(textured(), face(50, 50, 80, points=aside)) < one(textured(), face(50, 50, 80)) - 0.1


def test_a_tilted_head_is_not_a_turned_one() -> None:
    for degrees in (-40, 15, 90):
        turn = np.radians(degrees)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        yaw, pitch = turned_away(((FRONTAL - 0.5) @ rotation.T)[None].astype(np.float32) * 80)
        assert yaw[0] == pytest.approx(0.0, abs=0.01)
        assert pitch[0] == pytest.approx(0.0, abs=0.05)


def test_a_face_cut_by_the_edge_is_worse() -> None:
    assert one(textured(), face(-40, 50, 80)) < one(textured(), face(50, 50, 80))
    np.testing.assert_allclose(share_inside(textured(), face(-40, 50, 80).box_px), [0.5])


def test_a_surer_detection_is_better() -> None:
    assert one(textured(), face(50, 50, 80, score=0.5)) < one(textured(), face(50, 50, 80, score=0.9))


@settings(max_examples=60, deadline=None)
@given(
    box=arrays(np.float32, (3, 4), elements=st.floats(-500, 500, width=32)),
    points=arrays(np.float32, (3, 5, 2), elements=st.floats(-500, 500, width=32)),
    score=arrays(np.float32, 3, elements=st.floats(0, 1, width=32)),
)
def test_quality_lies_between_0_and_1_whatever_a_detector_says(box: Float, points: Float, score: Float) -> None:
    values = quality(grey(64, 48), Faces(box, score, points))
    assert values.shape == (3,)
    assert ((values >= 0) & (values <= 1)).all()


def test_the_shot_chosen_of_a_real_face_is_not_the_blurred_one() -> None:
    image = cv2.imread(str(shared("faces/facenet_street/paul_rudd.jpg")))
    height, width = image.shape[:2]
    whole = face(width * 0.3, height * 0.2, min(width, height) * 0.4)
    assert one(cv2.GaussianBlur(image, (0, 0), 6), whole) < one(image, whole)
