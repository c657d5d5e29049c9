import numpy as np
import pytest

from recognition.faces import Faces, Image
from recognition.made_tracks import Compared, degraded, made_tracks
from recognition.tracks import SHOTS_KEPT
from tests.fakes import FakeEngine

RED = (40, 40, 220)


def photo(side: int = 100, colour: tuple[int, int, int] = RED) -> tuple[Image, Faces]:
    """A coloured patch in the middle of a grey picture, and where it is."""
    image = np.full((300, 300, 3), 128, np.uint8)
    image[100 : 100 + side, 100 : 100 + side] = colour
    faces = FakeEngine().detect(image, min_face_px=10)
    return image, faces


def made(engine: FakeEngine, side: int = 100, seed: int = 1) -> list[Compared]:
    image, face = photo(side)
    return made_tracks(engine, image, face, person="anna", pool="p", source="anna.jpg", seed=seed)


def test_a_photo_gives_a_track_of_several_shots_at_each_size() -> None:
    tracks = made(FakeEngine())
    assert [track.face_px for track in tracks] == pytest.approx([24, 33, 50, 90], abs=12)
    for track in tracks:
        assert len(track.vectors) == len(track.shot_px) == len(track.shot_quality) <= SHOTS_KEPT
        assert list(track.shot_quality) == sorted(track.shot_quality, reverse=True)
        assert track.quality == track.shot_quality[0]
    assert len(tracks[-1].vectors) == SHOTS_KEPT


def test_no_shot_is_made_larger_than_its_photo() -> None:
    assert [track.face_px for track in made(FakeEngine(), side=40)] == pytest.approx([24, 33], abs=7)


def test_the_same_seed_makes_the_same_shots() -> None:
    first, second, other = made(FakeEngine()), made(FakeEngine()), made(FakeEngine(), seed=2)
    assert all((a.vectors == b.vectors).all() for a, b in zip(first, second, strict=True))
    assert any(
        (a.vectors != b.vectors).any() for a, b in zip(first, other, strict=True) if a.vectors.shape == b.vectors.shape
    )


def test_a_face_that_the_engine_does_not_find_again_gives_no_track() -> None:
    assert made(FakeEngine(min_face_px=200)) == []


def test_a_degraded_face_has_the_size_asked_for_and_lies_where_it_is_said_to() -> None:
    image, face = photo()
    for seed in range(20):
        scene, box = degraded(image, face, 40, np.random.default_rng(seed))
        assert 36 < min(box[2:] - box[:2]) < 44
        reddish = (scene[..., 2].astype(int) - scene[..., 0]) > 60
        rows, columns = np.nonzero(reddish)
        assert (columns.mean(), rows.mean()) == pytest.approx((box[[0, 2]].mean(), box[[1, 3]].mean()), abs=2.5)
