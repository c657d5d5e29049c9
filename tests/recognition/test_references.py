from pathlib import Path

import cv2
import numpy as np
import pytest

from data.errors import NoFace, SeveralFaces, UnreadableImage
from recognition.faces import Faces, Image
from recognition.references import only_face, reference_vectors
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, GREEN, RED, grey, square, walking, write_clip


def photo(path: Path, image: Image) -> Path:
    cv2.imwrite(str(path), image)
    return path


def faces(*sides: float, scores: list[float] | None = None) -> Faces:
    box = np.array([(0, 300 * i, side, 300 * i + side) for i, side in enumerate(sides)], np.float32)
    given = np.array(scores or [0.9] * len(sides), np.float32)
    return Faces(box.reshape(-1, 4), given, np.zeros((len(sides), 5, 2), np.float32))


def test_each_photo_gives_one_vector(tmp_path: Path) -> None:
    paths = [photo(tmp_path / f"{i}.png", square(grey(), RED, 50 + i, 50)) for i in range(2)]
    found = reference_vectors(FakeEngine(), paths)
    assert found.vectors.shape == (2, 3)
    assert found.names == ("0.png", "1.png")
    assert all(0 < value <= 1 for value in found.qualities)
    np.testing.assert_allclose(found.vectors @ [0, 0, 1], 1.0, atol=0.01)


def test_a_clip_gives_the_best_shots_of_the_one_person_in_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "her.mp4", walking(50, colours=[GREEN]))
    found = reference_vectors(FakeEngine(), [path])
    assert 3 <= len(found.vectors) <= 5
    assert set(found.names) == {"her.mp4"}
    np.testing.assert_allclose(found.vectors @ [0, 1, 0], 1.0, atol=0.02)


def test_a_photo_without_a_face_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NoFace, match=r"empty\.png"):
        reference_vectors(FakeEngine(), [photo(tmp_path / "empty.png", grey())])


def test_a_photo_of_two_people_is_refused_by_name(tmp_path: Path) -> None:
    image = square(square(grey(), RED, 50, 50), BLUE, 150, 50)
    with pytest.raises(SeveralFaces, match=r"both\.png: shows 2 faces"):
        reference_vectors(FakeEngine(), [photo(tmp_path / "both.png", image)])


def test_a_clip_of_two_people_is_refused_and_one_of_nobody_too(tmp_path: Path) -> None:
    both = write_clip(tmp_path / "both.mp4", walking(30, colours=[RED, BLUE]))
    nobody = write_clip(tmp_path / "nobody.mp4", walking(30, colours=[]))
    with pytest.raises(SeveralFaces, match=r"both\.mp4: shows 2 people"):
        reference_vectors(FakeEngine(), [both])
    with pytest.raises(NoFace, match=r"nobody\.mp4"):
        reference_vectors(FakeEngine(), [nobody])


def test_a_small_passer_by_in_the_background_is_overlooked() -> None:
    assert only_face(faces(100, 49), "a.jpg").size_px[0] == 100
    with pytest.raises(SeveralFaces, match=r"a\.jpg: shows 2 faces"):
        only_face(faces(100, 51), "a.jpg")


def test_a_large_doubtful_face_does_not_hide_a_small_sure_one() -> None:
    with pytest.raises(SeveralFaces):
        only_face(faces(400, 100, scores=[0.76, 0.99]), "sand.jpg")


def test_no_reference_at_all_is_no_face() -> None:
    with pytest.raises(NoFace):
        reference_vectors(FakeEngine(), [])


def test_what_is_neither_picture_nor_clip_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "letter.jpg"
    path.write_text("Dear Sir")
    with pytest.raises(UnreadableImage, match=r"letter\.jpg"):
        reference_vectors(FakeEngine(), [path])
