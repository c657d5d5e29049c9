import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.faces import Faces, Float, Image
from recognition.tracks import SHOTS_KEPT, Follower, Shot, Track, cut_out, is_cut, observe, shrunk_context
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, RED, grey, square


class Still:
    """A picture and its time, as `frames` gives them."""

    def __init__(self, image_bgr: Image, time_s: float, time_source: str = "container") -> None:
        self.image_bgr, self.time_s, self.time_source = image_bgr, time_s, time_source


def boxes(*left_top: tuple[float, float], side: float = 40) -> Float:
    return np.array([(x, y, x + side, y + side) for x, y in left_top], np.float32).reshape(-1, 4)


def numbers(follower: Follower, time_s: float, *left_top: tuple[float, float]) -> list[int]:
    return [int(n) for n in follower.update(time_s, boxes(*left_top))]


def test_a_walker_keeps_the_number() -> None:
    follower = Follower(sample_fps=8)
    seen = [numbers(follower, i / 8, (10 + 30 * i, 50))[0] for i in range(10)]
    assert set(seen) == {0}


def test_every_face_is_numbered_at_once_even_one_seen_a_single_time() -> None:
    follower = Follower(sample_fps=8)
    assert numbers(follower, 0.0, (10, 10), (200, 10)) == [0, 1]
    assert numbers(follower, 0.125, (400, 300)) == [2]


def test_two_people_who_pass_each_other_keep_their_numbers() -> None:
    follower = Follower(sample_fps=8)
    for i in range(20):
        assert numbers(follower, i / 8, (10 + 12 * i, 50), (250 - 12 * i, 130)) == [0, 1]


def test_a_face_lost_for_half_a_second_is_the_same_and_after_two_seconds_another() -> None:
    follower = Follower(sample_fps=8)
    for i in range(8):
        numbers(follower, i / 8, (50, 50))
    for i in range(8, 12):
        numbers(follower, i / 8)
    assert numbers(follower, 1.5, (52, 50)) == [0]
    for i in range(13, 30):
        numbers(follower, i / 8)
    assert follower.live == frozenset()
    assert numbers(follower, 30 / 8, (52, 50)) == [1]


def test_a_silence_in_the_recording_ends_every_track() -> None:
    follower = Follower(sample_fps=8)
    for i in range(8):
        numbers(follower, i / 8, (50, 50))
    assert numbers(follower, 600.0, (50, 50)) == [1]


def test_times_that_stand_still_or_run_back_do_no_harm() -> None:
    follower = Follower(sample_fps=8)
    seen = [numbers(follower, t, (50, 50))[0] for t in (1.0, 1.125, 1.125, 1.0, 1.25)]
    assert set(seen) == {0}


def test_another_scene_means_other_people() -> None:
    follower = Follower(sample_fps=8)
    bright, dark = grey(noise=0), grey(noise=0)
    bright[:, :160], dark[:, 160:] = 250, 250
    found = []
    for i, image in enumerate([bright, bright, dark, dark]):
        follower.look(image[:, :, 0].astype(np.float32))
        found += numbers(follower, i / 8, (50, 50))
    assert found == [0, 0, 1, 1]


def test_a_light_switched_on_is_no_other_scene() -> None:
    scene = np.tile(np.linspace(20, 120, 32, dtype=np.float32), (18, 1))
    assert not is_cut(scene, scene + 100)
    assert not is_cut(scene, scene * 2)
    assert not is_cut(np.full((18, 32), 9.0, np.float32), np.full((18, 32), 12.0, np.float32))
    assert is_cut(scene, scene[:, ::-1].copy())


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.floats(-50, 600), st.floats(-50, 400), st.floats(1, 200)), max_size=5), max_size=12)
)
def test_numbers_are_given_to_all_and_are_different_within_a_picture(
    scenes: list[list[tuple[float, float, float]]],
) -> None:
    follower = Follower(sample_fps=5)
    again = Follower(sample_fps=5)
    for i, scene in enumerate(scenes):
        box = np.array([(x, y, x + side, y + side) for x, y, side in scene], np.float32).reshape(-1, 4)
        found = follower.update(i / 5, box)
        assert len(set(found.tolist())) == len(scene)
        assert (found >= 0).all()
        np.testing.assert_array_equal(found, again.update(i / 5, box))


def shot(time_s: float, quality: float) -> Shot:
    return Shot(time_s, "container", (0, 0, 1, 1), quality, grey(8, 8), Faces.empty())


def offer(track: Track, time_s: float, quality: float) -> None:
    if track.wants(time_s, quality):
        track.keep(shot(time_s, quality))


def empty_track() -> Track:
    return Track(0, 0.0, 0.0, (0, 0, 1, 1), (0, 0, 1, 1))


def test_the_best_shots_are_kept_and_no_two_of_one_moment() -> None:
    track = empty_track()
    for i in range(100):
        offer(track, i / 25, 0.5 + 0.001 * i)
    assert len(track.shots) == SHOTS_KEPT
    assert track.shots[0].quality == pytest.approx(0.599)
    assert len({int(s.time_s * 4) for s in track.shots}) == SHOTS_KEPT


def test_a_better_shot_of_the_same_moment_replaces_the_worse() -> None:
    track = empty_track()
    for time_s, quality in ((0.0, 0.5), (0.1, 0.7), (0.2, 0.6)):
        offer(track, time_s, quality)
    assert [s.quality for s in track.shots] == [0.7]


@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 1)), max_size=60))
def test_the_very_best_shot_is_never_lost(offers: list[tuple[float, float]]) -> None:
    track = empty_track()
    for time_s, quality in offers:
        offer(track, time_s, quality)
    assert len(track.shots) <= SHOTS_KEPT
    assert [s.quality for s in track.shots] == sorted((s.quality for s in track.shots), reverse=True)
    if offers:
        assert track.shots[0].quality == max(quality for _, quality in offers)


def test_what_is_seen_is_entered_with_its_extent() -> None:
    engine, follower, tracks = FakeEngine(), Follower(sample_fps=8), {}
    for i in range(4):
        image = square(square(grey(seed=i), RED, 20 + 10 * i, 30), BLUE, 20, 150)
        observe(Still(image, i / 8), engine.detect(image), follower, tracks)  # type: ignore[arg-type]
    assert sorted(tracks) == [0, 1]
    assert [(t.start_s, t.end_s, t.seen) for t in tracks.values()] == [(0.0, 0.375, 4)] * 2
    assert tracks[0].first_box_px != tracks[0].last_box_px
    assert tracks[0].context_bgr is not None
    assert tracks[0].context_bgr.shape == (240, 320, 3)


def test_one_estimated_moment_makes_the_track_estimated() -> None:
    engine, follower, tracks = FakeEngine(), Follower(sample_fps=8), {}
    image = square(grey(), RED, 20, 30)
    for i, source in enumerate(("container", "estimated", "container")):
        observe(Still(image, i / 8, source), engine.detect(image), follower, tracks)  # type: ignore[arg-type]
    assert tracks[0].time_source == "estimated"


def test_a_cut_out_holds_the_face_and_shrinks_large_ones() -> None:
    image = square(grey(1000, 800), RED, 300, 200, side=448)
    crop, face = cut_out(image, FakeEngine().detect(image))
    x1, y1, x2, y2 = face.box_px[0]
    assert (x2 - x1, y2 - y1) == (224, 224)
    assert crop.shape[0] <= 450
    assert crop[int(y1) + 10 : int(y2) - 10, int(x1) + 10 : int(x2) - 10, 2].min() > 200


def test_a_cut_out_at_the_edge_stays_inside() -> None:
    image = square(grey(), RED, -10, 210)
    crop, face = cut_out(image, FakeEngine(min_face_px=20).detect(image, min_face_px=20))
    assert crop.size > 0
    assert FakeEngine().embed(crop, face)[0] == pytest.approx(
        FakeEngine().embed(square(grey(), RED, 5, 5), face)[0], abs=0.1
    )


def test_a_box_wholly_outside_gives_the_whole_picture_and_no_error() -> None:
    faces = Faces(boxes((-300, -300)), np.ones(1, np.float32), np.zeros((1, 5, 2), np.float32))
    assert cut_out(grey(), faces)[0].shape == (240, 320, 3)


def test_a_context_is_never_wider_than_960() -> None:
    assert shrunk_context(grey(1920, 1080)).shape == (540, 960, 3)
    assert shrunk_context(grey(320, 240)).shape == (240, 320, 3)
