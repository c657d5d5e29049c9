"""Made clips, cut and repeated, and the plans behind them."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import completeness
from benchmarks.footage_made import RATE, cast_of, plan_of
from benchmarks.made_cuts import busiest, cut, repeated
from benchmarks.made_heads import Head
from benchmarks.made_people import Role
from benchmarks.made_scenes import HEIGHT, WIDTH
from benchmarks.made_truth import SIZE_CLASSES_PX, TIME_CLASSES_S
from benchmarks.scan_ways import Way, subset
from tests.benchmarks.test_made_truth import FACE, clip, walker
from tests.recognition.clips import walking, write_clip


def head(person: str) -> Head:
    return Head(person, f"{person}.jpg", np.zeros((400, 360, 4), np.uint8), (116.0, 120.0, 244.0, 280.0))


HEADS = [head("Tony_Blair"), head("Gerhard_Schroeder"), *(head(f"stranger {i}") for i in range(7))]


@pytest.mark.parametrize("name", ["quiet", "noisy", "noisy-b"])
@pytest.mark.parametrize("quick", [True, False])
def test_everybody_appears_wholly_within_the_clip_and_the_picture(name: str, quick: bool) -> None:
    plan = plan_of(name, quick=quick)
    people = cast_of(plan, HEADS)
    assert len(people) == plan.appearances
    assert people == cast_of(plan, HEADS), "the same plan gives the same people"
    assert_within(people, plan.seconds)


@pytest.mark.parametrize("scene", completeness.SCENES)
def test_a_crowd_holds_every_class_equally_often(scene: str) -> None:
    plan = completeness.plan_for(scene, quick=True)
    people = completeness.crowd(plan, HEADS)
    assert_within(people, plan.seconds + 8)
    for low, high in SIZE_CLASSES_PX:
        assert sum(low <= p.face_px < high for p in people) >= 2 * len(TIME_CLASSES_S) - 2
    assert all(sum(o.is_on(p.start_s) for o in people) <= completeness.LANES for p in people)


def assert_within(people: list[Role], seconds: float) -> None:
    for person in people:
        assert 0 <= person.start_s < person.end_s <= seconds + 1
        for time_s in (person.start_s, person.end_s - 1 / RATE):
            x1, y1, x2, y2 = person.box(time_s)
            assert x1 >= 0
            assert y1 >= 0
            assert x2 <= WIDTH
            assert y2 <= HEIGHT
            assert min(x2 - x1, y2 - y1) == pytest.approx(person.face_px)


def test_a_clip_that_was_never_planned_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown"):
        plan_of("loud")


def small_clip(folder: Path) -> Path:
    return write_clip(folder / "a.mp4", walking(100), rate=Fraction(25), gop=25, b_frames=0)


def times_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [round(frame.time, 3) for frame in container.decode(video=0)]


def test_a_cut_holds_its_frames_and_its_truth_from_zero_on(tmp_path: Path) -> None:
    whole = clip(
        small_clip(tmp_path), walker(0, start_s=1.2, end_s=1.8), walker(1, start_s=3.0, end_s=3.5), duration_s=4
    )
    part = cut(whole, 1.0, 3.0)
    assert times_of(part.path) == [round(i / 25, 3) for i in range(50)]
    assert part.frames == 50
    assert [(a.number, round(a.start_s, 3)) for a in part.appearances] == [(0, 0.2)]
    assert part.appearances[0].box_at(0.2) == FACE
    assert cut(whole, 1.0, 3.0) == part, "made only once"


def test_a_repeated_clip_runs_on_without_a_gap(tmp_path: Path) -> None:
    long = repeated(clip(small_clip(tmp_path), duration_s=4), 10)
    assert times_of(long.path) == [round(i / 25, 3) for i in range(300)]
    assert (long.frames, long.duration_s) == (300, 12)


def test_the_busiest_stretch_holds_most_whole_appearances(tmp_path: Path) -> None:
    people = [walker(i, start_s=s, end_s=s + 1) for i, s in enumerate((3.0, 21.0, 24.0, 55.0))]
    start_s, end_s = busiest(clip(tmp_path / "a.mp4", *people), 8)
    assert start_s <= 21
    assert end_s >= 25
    assert end_s - start_s == 8


def test_a_subset_takes_frames_with_and_without_people_separately() -> None:
    busy = [False] * 4 + [True] * 6 + [False] * 4
    assert subset(busy, Way("every")) == [True] * 14
    due = subset(busy, Way("every", dense=3, sparse=4, block=2))
    assert [i for i, is_due in enumerate(due) if is_due] == [0, 1, 4, 7]
    assert subset([True] * 5, Way("every", each=2)) == [True, False, True, False, True]
