from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.footage import Segment, frames, probe, segments
from recognition.tally import Tally, combined
from tests.material import shared
from tests.recognition.clips import walking, write_clip


def check_partition(path: Path, length_s: float, *, is_steady: bool = True) -> tuple[Segment, ...]:
    """Every picture of the whole belongs to exactly one segment, and the counts add up."""
    whole = Tally()
    expected = [(f.time_s, f.time_source) for f in frames(path, None, sample_fps=None, tally=whole)]
    parts, found = segments(path, length_s), []
    coverages = []
    for segment in parts:
        tally = Tally()
        found += [(f.time_s, f.time_source) for f in frames(path, segment, sample_fps=None, tally=tally)]
        coverages.append(tally.coverage())
    assert found == expected
    total = combined(coverages, frames_claimed=probe(path).frames_claimed)
    if not is_steady:  # how long a picture stands is judged by those before it, which a segment may not have
        total = replace(total, unreadable_spans_s=whole.coverage().unreadable_spans_s)
    assert total == whole.coverage()
    assert [part.index for part in parts] == list(range(len(parts)))
    assert all(part.of == len(parts) for part in parts)
    assert all(a.end_s == b.start_s for a, b in pairwise(parts))
    assert all(part.start_s < part.end_s for part in parts)
    assert parts == segments(path, length_s), "the same cuts every time"
    return parts


@pytest.mark.parametrize(
    ("name", "codec", "options", "expected"),
    [
        ("a.mp4", "libx264", {}, 4),
        ("a.mkv", "libx264", {}, 4),
        ("a.ts", "libx264", {}, 4),
        ("a.flv", "libx264", {}, 4),
        ("a.mpg", "mpeg2video", {}, 4),
        ("a.avi", "mpeg4", {}, 4),
        ("a.mp4", "libx264", {"x264-params": "open-gop=1"}, None),
        ("a.ts", "libx264", {"x264-params": "open-gop=1"}, None),
        ("a.mkv", "libx265", {"x265-params": "open-gop=1:log-level=none"}, None),
        ("a.avi", "libx264", {}, 1),
        ("a.h264", "libx264", {}, 1),
    ],
)
def test_segments_part_the_footage(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], expected: int | None
) -> None:
    base = Fraction(1, 25) if name.endswith(("avi", "mpg")) else Fraction(1, 90_000)
    path = write_clip(
        tmp_path / name, walking(100), codec=codec, codec_options=options, gop=12, b_frames=3, time_base=base
    )
    parts = check_partition(path, 0.9)
    assert expected is None or len(parts) == expected


@settings(max_examples=12, deadline=None)
@given(
    n=st.integers(1, 60),
    gop=st.integers(1, 20),
    b_frames=st.integers(0, 4),
    length_s=st.floats(0.05, 3),
    kind=st.sampled_from(["mp4", "mkv", "ts"]),
    gaps=st.lists(st.integers(1, 20), min_size=60, max_size=60),
)
def test_any_footage_is_parted_without_loss(
    tmp_path_factory: pytest.TempPathFactory,
    n: int,
    gop: int,
    b_frames: int,
    length_s: float,
    kind: str,
    gaps: list[int],
) -> None:
    at = [Fraction(sum(gaps[:i]), 25) for i in range(n)]
    path = tmp_path_factory.mktemp("clip") / f"a.{kind}"
    write_clip(path, walking(n, width=64, height=48), gop=gop, b_frames=b_frames, time_of=lambda i: at[i])
    check_partition(path, length_s, is_steady=False)


def test_real_clips_are_parted_without_loss() -> None:
    assert len(check_partition(shared("faces/face_recognition/short_hamilton_clip.mp4"), 2.0)) == 4
    assert len(check_partition(shared("faces/intel_corridor/head-pose-face-detection-female.gif"), 0.5)) == 1


def test_a_segment_holds_its_first_moment_and_not_the_next_ones() -> None:
    first, second = Segment(0, 0.5, 2.0, of=2), Segment(1, 2.0, 4.0, of=2)
    assert first.holds(1.99)
    assert not first.holds(2.0)
    assert second.holds(2.0)
    assert first.holds(-3.0)
    assert second.holds(99.0)
