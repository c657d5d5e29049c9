"""The bookkeeping of made footage: what counts as found, recognised, missed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.made_truth import (
    Appearance,
    Box,
    Clip,
    Found,
    Sight,
    joined,
    of_class,
    overlap,
    read_clip,
    score,
    shows,
    write_clip_truth,
)

FACE: Box = (100.0, 100.0, 140.0, 150.0)
AWAY: Box = (400.0, 100.0, 440.0, 150.0)


def walker(
    number: int = 0, *, start_s: float = 2.0, end_s: float = 4.0, box: Box = FACE, is_sought: bool = False
) -> Appearance:
    times = tuple(start_s + i / 25 for i in range(round((end_s - start_s) * 25)))
    boxes = tuple((box[0] + i, box[1], box[2] + i, box[3]) for i in range(len(times)))
    return Appearance(number, "someone", is_sought, start_s, end_s, 40.0, "walks", times, boxes)


def at(time_s: float, box: Box = FACE, similarity: float | None = None) -> Found:
    return Found((Sight(time_s, box),), similarity)


def clip(path: Path, *appearances: Appearance, duration_s: float = 60.0) -> Clip:
    return Clip("clip", path, "by hand", 1920, 1080, 1500, duration_s, "someone", (Path("a.jpg"),), appearances)


def test_a_face_is_found_where_and_when_the_person_is() -> None:
    assert shows(at(2.0), walker())
    assert shows(Found((Sight(9.0, AWAY), Sight(2.01, FACE))), walker())


@pytest.mark.parametrize(("time_s", "box"), [(2.0, AWAY), (1.9, FACE), (4.2, FACE), (3.9, FACE)])
def test_the_right_place_at_the_wrong_time_finds_nobody(time_s: float, box: Box) -> None:
    assert not shows(at(time_s, box), walker())


def test_a_box_is_known_only_while_the_person_is_on_screen() -> None:
    person = walker()
    assert person.box_at(2.0) == FACE
    assert person.box_at(2.05) in person.boxes_px
    assert person.box_at(1.9) is None
    assert person.box_at(4.1) is None
    assert Appearance(0, "nobody", False, 0, 0, 0, "stands", (), ()).box_at(0.0) is None


def test_only_the_person_sought_can_be_recognised() -> None:
    appearances = [walker(0, is_sought=True), walker(1, box=AWAY)]
    result = score(appearances, [at(2.0, FACE, 0.6), at(2.0, AWAY, 0.3)], review_floor=0.4)
    assert (result.found, result.recognised, result.false_candidates, result.elsewhere) == ({0, 1}, {0}, 0, 0)
    result = score(appearances, [at(2.0, FACE, 0.3), at(2.0, AWAY, 0.6)], review_floor=0.4)
    assert (result.found, result.recognised, result.false_candidates, result.elsewhere) == ({0, 1}, set(), 1, 0)


def test_a_find_on_nobody_is_counted_and_finds_nobody() -> None:
    result = score([walker()], [at(30.0, FACE, 0.9), at(31.0, FACE)], review_floor=0.4)
    assert (result.found, result.elsewhere, result.false_candidates) == (set(), 2, 1)


def test_classes_hold_their_lower_bound_and_not_their_upper_one() -> None:
    person = walker(end_s=3.0)
    assert of_class([person], (40, 64), (1.0, 2.0)) == [person]
    assert of_class([person], (32, 40), (1.0, 2.0)) == []
    assert of_class([person], (40, 64), (0.5, 1.0)) == []


def test_faces_of_one_place_in_turn_are_one_find_with_the_best_similarity() -> None:
    faces = [(Sight(i / 25, FACE), 0.1 * i) for i in range(5)] + [(Sight(0.2, AWAY), None)]
    found = sorted(joined(faces), key=lambda f: -len(f.sights))
    assert [len(f.sights) for f in found] == [5, 1]
    assert [f.similarity for f in found] == [0.4, None]


def test_faces_of_one_place_after_a_pause_are_two_finds() -> None:
    assert len(joined([(Sight(0.0, FACE), None), (Sight(5.0, FACE), None)])) == 2


side = st.floats(0, 500)
boxes = st.tuples(side, side, side, side).map(
    lambda v: (min(v[0], v[2]), min(v[1], v[3]), max(v[0], v[2]) + 1, max(v[1], v[3]) + 1)
)


@given(boxes, boxes)
def test_overlap_is_a_share_and_the_same_both_ways(a: Box, b: Box) -> None:
    assert 0 <= overlap(a, b) <= 1
    assert overlap(a, b) == pytest.approx(overlap(b, a))
    assert overlap(a, a) == pytest.approx(1)


def test_the_truth_written_beside_a_clip_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    written = clip(path, walker(0, is_sought=True), walker(1))
    write_clip_truth(written)
    assert read_clip(path) is None, "the clip itself is missing"
    path.write_bytes(b"video")
    assert read_clip(path) == written
