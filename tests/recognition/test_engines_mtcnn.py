"""MTCNN's cascade gives the boxes of facenet-pytorch 2.6.0, recorded once with torch 2.13.0 and min_face_size=20."""

from pathlib import Path

import cv2
import insightface
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data

from recognition.engines import mtcnn, open_mtcnn
from recognition.engines.area import SummedPicture, bins
from recognition.engines.mtcnn import MtcnnDetector
from recognition.faces import Faces, Image

GROUP_BOXES = [
    [464.97, 261.78, 570.38, 405.17],
    [54.62, 262.77, 165.26, 397.31],
    [908.18, 61.96, 1013.65, 201.54],
    [268.18, 149.75, 375.05, 272.43],
    [742.99, 346.03, 843.51, 473.85],
    [1134.53, 276.29, 1227.67, 395.42],
    [690.72, 539.34, 741.39, 599.7],
    [1093.9, 691.59, 1135.36, 741.5],
]
GROUP_SCORES = [0.99964, 0.99994, 0.99999, 0.99988, 0.99989, 0.97547, 0.86943, 0.8632]
GROUP_FIRST_POINTS = [[492.84, 318.96], [543.42, 331.64], [510.61, 362.9], [482.52, 369.62], [529.86, 380.46]]
ASTRONAUT_BOX = [181.05, 62.16, 267.75, 172.05]
ASTRONAUT_POINTS = [[205.01, 101.73], [246.76, 103.71], [224.67, 128.96], [201.72, 139.25], [245.27, 141.86]]
STREET_BOXES = {  # of ../shared/faces
    "face_recognition/two_people.jpg": [[787.61, 46.15, 942.06, 255.01], [232.75, 19.61, 387.22, 220.91]],
    "deepface/selfie-many-people.jpg": [
        [349.49, 116.2, 486.14, 293.7],
        [87.76, 290.45, 204.19, 446.03],
        [207.15, 120.1, 305.31, 253.59],
        [-23.29, 243.33, 67.45, 358.96],
    ],
}


@pytest.fixture(scope="module")
def detector(tmp_path_factory: pytest.TempPathFactory) -> MtcnnDetector:
    return open_mtcnn(tmp_path_factory.mktemp("engines"), threads=2)[0]


def group_photo() -> Image:
    path = Path(insightface.__file__).parent / "data" / "images" / "t1.jpg"
    return np.asarray(cv2.imread(str(path)), np.uint8)


def astronaut() -> Image:
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def in_order_of(faces: Faces, boxes: list[list[float]]) -> Faces:
    """The faces, each beside the box whose corner is nearest."""
    corners = np.array(boxes)[:, None, :2]
    return faces[np.linalg.norm(faces.box_px[None, :, :2] - corners, axis=2).argmin(axis=1)]


def test_a_group_photo_gives_facenet_pytorchs_boxes_scores_and_points(detector: MtcnnDetector) -> None:
    faces = detector.detect(group_photo(), min_face_px=20)
    assert len(faces) == len(GROUP_BOXES)
    faces = in_order_of(faces, GROUP_BOXES)
    assert np.abs(faces.box_px - GROUP_BOXES).max() < 0.1
    assert np.abs(faces.score - GROUP_SCORES).max() < 1e-3
    assert np.abs(faces.points_px[0] - GROUP_FIRST_POINTS).max() < 0.1


def test_a_portrait_gives_facenet_pytorchs_box_and_points(detector: MtcnnDetector) -> None:
    faces = detector.detect(astronaut(), min_face_px=20)
    assert np.abs(faces.box_px - [ASTRONAUT_BOX]).max() < 0.1
    assert np.abs(faces.points_px - [ASTRONAUT_POINTS]).max() < 0.1


@pytest.mark.parametrize("name", STREET_BOXES)
def test_photos_of_strangers_give_facenet_pytorchs_boxes(detector: MtcnnDetector, name: str) -> None:
    from tests.material import shared

    image = np.asarray(cv2.imread(str(shared(f"faces/{name}"))), np.uint8)
    faces = detector.detect(image, min_face_px=20)
    assert len(faces) == len(STREET_BOXES[name])
    assert np.abs(in_order_of(faces, STREET_BOXES[name]).box_px - STREET_BOXES[name]).max() < 0.1


def test_faces_come_best_first(detector: MtcnnDetector) -> None:
    score = detector.detect(group_photo(), min_face_px=20).score
    assert (np.diff(score) <= 0).all()


def test_a_larger_smallest_face_leaves_the_small_ones_out(detector: MtcnnDetector) -> None:
    assert detector.detect(group_photo(), min_face_px=80).size_px.min() > 60


def test_strips_of_a_picture_give_what_the_whole_gives(
    detector: MtcnnDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = detector.detect(astronaut(), min_face_px=24)
    monkeypatch.setattr(mtcnn, "_STRIP_PX", 3000)
    strips = detector.detect(astronaut(), min_face_px=24)
    assert np.allclose(whole.box_px, strips.box_px, atol=1e-2)


@pytest.mark.parametrize("shape", [(0, 0, 3), (0, 50, 3), (1, 1, 3), (11, 400, 3), (12, 12, 3), (400, 13, 3)])
def test_pictures_too_small_for_a_face_have_none(detector: MtcnnDetector, shape: tuple[int, int, int]) -> None:
    assert len(detector.detect(np.full(shape, 127, np.uint8), min_face_px=12)) == 0


def test_noise_holds_no_face(detector: MtcnnDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (200, 300, 3), dtype=np.uint8)
    assert len(detector.detect(noise, min_face_px=12)) == 0


@given(size=st.integers(1, 400), count=st.integers(1, 400))
def test_bins_cover_every_pixel_and_none_is_empty(size: int, count: int) -> None:
    first, last = bins(np.array([size]), count)
    assert first[0, 0] == 0
    assert last[0, -1] == size
    assert (last > first).all()
    assert (first[0, 1:] <= last[0, :-1]).all()


@settings(max_examples=30, deadline=None)
@given(height=st.integers(1, 60), width=st.integers(1, 60), to_height=st.integers(1, 40), to_width=st.integers(1, 40))
def test_shrinking_takes_the_mean_of_the_pixels_of_each_bin(
    height: int, width: int, to_height: int, to_width: int
) -> None:
    image = np.random.default_rng(height * 61 + width).integers(0, 255, (height, width, 3), dtype=np.uint8)
    small = SummedPicture(image).shrunk(to_height, to_width)[0]
    (top, bottom), (left, right) = bins(np.array([height]), to_height), bins(np.array([width]), to_width)
    row, column = to_height // 2, to_width // 2
    window = image[top[0, row] : bottom[0, row], left[0, column] : right[0, column]]
    assert np.allclose(small[row, column], window.reshape(-1, 3).mean(axis=0), atol=1e-3)


def test_a_window_is_shrunk_like_a_picture_of_its_own() -> None:
    image = np.random.default_rng(1).integers(0, 255, (70, 90, 3), dtype=np.uint8)
    crop = SummedPicture(image).crops(np.array([[7, 3, 61, 55]]), side=24)[0]
    alone = SummedPicture(np.ascontiguousarray(image[3:55, 7:61])).shrunk(24, 24)[0]
    assert np.allclose(crop, alone)


def test_sums_beyond_32_bits_do_no_harm() -> None:
    white = np.full((3000, 6000, 3), 255, np.uint8)  # sums to 4.6e9 a channel
    assert np.allclose(SummedPicture(white).shrunk(30, 60), 255)
