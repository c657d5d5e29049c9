from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.models import Coverage
from recognition.footage import Segment
from recognition.joining import join, overlap
from recognition.scan import ScannedTrack, SegmentResult

Box = tuple[float, float, float, float]
HERE: Box = (100, 100, 140, 140)
FAR: Box = (400, 100, 440, 140)


def track(start_s: float, end_s: float, *, first: Box = HERE, last: Box = HERE, **fields: object) -> ScannedTrack:
    made = ScannedTrack(
        segment=0, start_s=start_s, end_s=end_s, best_s=start_s, best_box_px=first, first_box_px=first,
        last_box_px=last, seen=5, shots=2, similarity=0.5, quality=0.5, time_source="container",
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]


def result(index: int, *tracks: ScannedTrack, of: int = 3) -> SegmentResult:
    return SegmentResult(
        Segment(index, 10.0 * index, 10.0 * index + 10, of=of),
        tuple(replace(t, segment=index) for t in tracks),
        Coverage(None),
    )


def test_a_track_cut_by_a_boundary_is_one_again() -> None:
    joined = join([
        result(0, track(8.0, 9.9, similarity=0.4, quality=0.9, crop_jpeg=b"a")),
        result(1, track(10.0, 12.0, similarity=0.7, quality=0.3, crop_jpeg=b"b")),
    ])  # fmt: skip
    assert len(joined) == 1
    assert (joined[0].start_s, joined[0].end_s, joined[0].seen, joined[0].shots) == (8.0, 12.0, 10, 4)
    assert (joined[0].similarity, joined[0].quality, joined[0].crop_jpeg) == (0.7, 0.9, b"a")
    assert joined[0].segment == 0


def test_the_picture_of_the_half_that_has_one_is_kept() -> None:
    joined = join([
        result(0, track(8.0, 9.9, similarity=0.1, quality=0.9)),
        result(1, track(10.0, 12.0, similarity=0.7, quality=0.3, crop_jpeg=b"b", best_s=11.0)),
    ])  # fmt: skip
    assert (joined[0].crop_jpeg, joined[0].best_s) == (b"b", 11.0)


def test_a_track_through_three_segments_is_one() -> None:
    joined = join([result(0, track(9, 9.9)), result(1, track(10, 19.9)), result(2, track(20, 21))])
    assert [(t.start_s, t.end_s) for t in joined] == [(9, 21)]


def test_another_place_another_time_or_a_missing_segment_is_another_track() -> None:
    assert len(join([result(0, track(8, 9.9)), result(1, track(10, 12, first=FAR))])) == 2
    assert len(join([result(0, track(5, 8.5)), result(1, track(10, 12))])) == 2
    assert len(join([result(0, track(8, 9.9)), result(2, track(10, 12))])) == 2


def test_two_people_side_by_side_are_joined_each_with_their_own() -> None:
    near: Box = (130, 100, 170, 140)
    joined = join([
        result(0, track(8, 9.9, similarity=0.1), track(8, 9.9, first=near, last=near, similarity=0.9)),
        result(1, track(10, 12, first=near, last=near, similarity=0.9), track(10, 12, similarity=0.1)),
    ])  # fmt: skip
    assert [(t.first_box_px, t.similarity, t.end_s) for t in joined] == [(HERE, 0.1, 12), (near, 0.9, 12)]


def test_a_part_with_estimated_times_makes_the_whole_estimated() -> None:
    joined = join([result(0, track(8, 9.9)), result(1, track(10, 12, time_source="estimated"))])
    assert joined[0].time_source == "estimated"


def test_nothing_joins_to_nothing() -> None:
    assert join([]) == ()
    assert join([result(0), result(1)]) == ()


@st.composite
def scans(draw: st.DrawFn) -> list[SegmentResult]:
    results = []
    for index in range(draw(st.integers(1, 4))):
        tracks = []
        for _ in range(draw(st.integers(0, 4))):
            a, b = sorted((draw(st.floats(0, 9.99)), draw(st.floats(0, 9.99))))
            x = draw(st.integers(0, 200))
            box = (x, 0.0, x + 40.0, 40.0)
            tracks.append(track(10 * index + a, 10 * index + b, first=box, last=box, seen=draw(st.integers(1, 9))))
        results.append(result(index, *tracks, of=4))
    return results


@given(scans())
def test_joining_never_loses_time_nor_shots_nor_the_greatest_similarity(results: list[SegmentResult]) -> None:
    joined = join(results)
    parts = [t for r in results for t in r.tracks]
    assert sum(t.seen for t in joined) == sum(t.seen for t in parts)
    assert sum(t.shots for t in joined) == sum(t.shots for t in parts)
    for part in parts:
        assert any(t.start_s <= part.start_s and part.end_s <= t.end_s for t in joined)
    assert joined == join(list(reversed(results))), "the order in which segments came does not matter"
    assert [t.start_s for t in joined] == sorted(t.start_s for t in joined)


@given(*[st.tuples(*[st.floats(-100, 100)] * 2, st.floats(1, 50), st.floats(1, 50))] * 2)
def test_overlap_is_symmetric_and_a_share(a: Box, b: Box) -> None:
    first, second = ((x, y, x + w, y + h) for x, y, w, h in (a, b))
    assert 0 <= overlap(first, second) <= 1.0000001
    assert overlap(first, second) == pytest.approx(overlap(second, first))
    assert overlap(first, first) == pytest.approx(1.0)
