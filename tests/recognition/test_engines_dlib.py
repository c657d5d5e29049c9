"""dlib's network and its 68 landmarks, beside dlib itself (dlib-bin, a development dependency)."""

from pathlib import Path

import cv2
import dlib
import insightface
import numpy as np
import pytest
from skimage import data

from data.errors import ModelMissing
from recognition.engines import open_dlib, open_mtcnn
from recognition.engines.dlib_graph import build_dlib
from recognition.engines.dlib_resnet import DlibRecogniser
from recognition.engines.landmarks import LandmarkPredictor, dlib_boxes, open_landmarks
from recognition.engines.landmarks_file import build_landmarks
from recognition.engines.weights import DLIB_FILES, LANDMARK_FILES, wheel_files
from recognition.faces import Faces, Image


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engines")


@pytest.fixture(scope="module")
def recogniser(cache: Path) -> DlibRecogniser:
    return open_dlib(cache, threads=2)[0]


@pytest.fixture(scope="module")
def predictor(cache: Path) -> LandmarkPredictor:
    return open_landmarks(cache)


@pytest.fixture(scope="module")
def pictures(cache: Path) -> list[tuple[Image, Faces]]:
    """The astronaut and the group photo with their six large faces."""
    detector, _ = open_mtcnn(cache, threads=2)
    group = cv2.imread(str(Path(insightface.__file__).parent / "data" / "images" / "t1.jpg"))
    images = [np.ascontiguousarray(data.astronaut()[:, :, ::-1]), np.asarray(group, np.uint8)]
    return [(image, detector.detect(image, min_face_px=60)) for image in images]


def rgb(image_bgr: Image) -> Image:
    return np.ascontiguousarray(image_bgr[:, :, ::-1])


def test_descriptors_are_dlibs_own_to_float_rounding(
    recogniser: DlibRecogniser, pictures: list[tuple[Image, Faces]]
) -> None:
    theirs = dlib.face_recognition_model_v1(str(*wheel_files(DLIB_FILES).values()))
    noise = np.random.default_rng(0).integers(0, 255, (150, 150, 3), dtype=np.uint8)
    chips = [noise, *(recogniser.chip(image, points) for image, faces in pictures for points in faces.points_px)]
    expected = [np.array(theirs.compute_face_descriptor(rgb(chip))) for chip in chips]
    assert np.abs(recogniser.vectors(chips) - expected).max() < 1e-5


def test_descriptors_are_not_unit_vectors(recogniser: DlibRecogniser, pictures: list[tuple[Image, Faces]]) -> None:
    image, faces = pictures[0]
    lengths = np.linalg.norm(recogniser.vectors([recogniser.chip(image, faces.points_px[0])]), axis=1)
    assert 1.2 < lengths[0] < 1.6


def test_our_chip_and_dlibs_own_give_near_descriptors(
    recogniser: DlibRecogniser, pictures: list[tuple[Image, Faces]]
) -> None:
    shapes = dlib.shape_predictor(str(*wheel_files(LANDMARK_FILES).values()))
    for image, faces in pictures:
        boxes = [dlib.rectangle(*map(int, box)) for box in dlib_boxes(faces)]
        theirs = [rgb(dlib.get_face_chip(rgb(image), shapes(rgb(image), box), 150, 0.25)) for box in boxes]
        ours = [recogniser.chip(image, points) for points in faces.points_px]
        distance = np.linalg.norm(recogniser.vectors(ours) - recogniser.vectors(theirs), axis=1)
        assert distance.max() < 0.35  # two photos of one person lie .43 apart on average, strangers .75


def test_similarity_is_one_less_the_distance(recogniser: DlibRecogniser) -> None:
    a = np.zeros((2, 128), np.float32)
    a[1, 0] = 0.6
    assert np.allclose(recogniser.similarity(a, a), [[1, 0.4], [0.4, 1]])


def test_no_chip_gives_no_row(recogniser: DlibRecogniser) -> None:
    assert recogniser.vectors([]).shape == (0, 128)


def test_more_chips_than_a_batch_keep_their_order(recogniser: DlibRecogniser) -> None:
    chips = list(np.random.default_rng(1).integers(0, 255, (35, 150, 150, 3), dtype=np.uint8))
    assert np.allclose(recogniser.vectors(chips)[33:], recogniser.vectors(chips[33:]), atol=1e-5)


def test_landmarks_are_dlibs_own_to_the_pixel(
    predictor: LandmarkPredictor, pictures: list[tuple[Image, Faces]]
) -> None:
    theirs = dlib.shape_predictor(str(*wheel_files(LANDMARK_FILES).values()))
    for image, faces in pictures:
        boxes = dlib_boxes(faces)
        found = np.floor(predictor.predict(image, boxes) + 0.5)
        for ours, box in zip(found, boxes, strict=True):
            shape = theirs(rgb(image), dlib.rectangle(*map(int, box)))
            assert (ours == [[part.x, part.y] for part in shape.parts()]).all()


def test_landmarks_at_the_edge_of_a_picture_are_still_dlibs(predictor: LandmarkPredictor) -> None:
    image = np.random.default_rng(2).integers(0, 255, (80, 80, 3), dtype=np.uint8)
    theirs = dlib.shape_predictor(str(*wheel_files(LANDMARK_FILES).values()))
    shape = theirs(rgb(image), dlib.rectangle(-30, 20, 60, 110))
    ours = np.floor(predictor.predict(image, np.array([[-30, 20, 60, 110]])) + 0.5)
    assert np.abs(ours[0] - [[part.x, part.y] for part in shape.parts()]).max() <= 1


def test_landmarks_from_our_box_lie_near_those_of_dlibs_own_detector(
    predictor: LandmarkPredictor, pictures: list[tuple[Image, Faces]]
) -> None:
    image, faces = pictures[0]
    found = dlib.get_frontal_face_detector()(rgb(image), 0)[0]
    theirs = dlib.shape_predictor(str(*wheel_files(LANDMARK_FILES).values()))(rgb(image), found)
    expected = np.array([[part.x, part.y] for part in theirs.parts()])
    ours = predictor.predict(image, dlib_boxes(faces))[0]
    eyes = np.linalg.norm(expected[36] - expected[45])
    assert np.linalg.norm(ours - expected, axis=1).mean() < 0.05 * eyes


def test_no_face_has_no_landmarks(predictor: LandmarkPredictor) -> None:
    image = np.zeros((50, 50, 3), np.uint8)
    assert predictor.predict(image, dlib_boxes(Faces.empty())).shape == (0, 68, 2)


@pytest.mark.parametrize("content", [b"", b"\x01\x01" * 50, bytes(range(256)) * 20, b"\x01"])
def test_another_file_is_not_taken_for_the_predictor(content: bytes) -> None:
    with pytest.raises(ModelMissing, match="shape_predictor"):
        build_landmarks(content)


@pytest.mark.parametrize("content", [b"", b"nothing", b"\x01\x05con_4" + b"\x01\x02" * 9])
def test_another_file_is_not_taken_for_the_recogniser(content: bytes) -> None:
    with pytest.raises(ModelMissing, match="dlib_face_recognition"):
        build_dlib(content)
