import random
from itertools import pairwise
from pathlib import Path

import pytest

from data.errors import UnreadableFootage
from data.models import Coverage
from recognition.footage import frames, probe, segments
from recognition.tally import Tally
from tests.material import shared
from tests.recognition.clips import walking, with_hole, write_clip

FAST = {"movflags": "faststart"}


def covered(path: Path) -> tuple[list[float], Coverage]:
    tally = Tally()
    at = [frame.time_s for frame in frames(path, None, sample_fps=None, tally=tally)]
    return at, tally.coverage()


def check_sums(coverage: Coverage) -> None:
    assert 0 <= coverage.frames_examined <= coverage.frames_decoded <= coverage.packets_read
    assert 0 <= coverage.packets_unreadable <= coverage.packets_read
    assert coverage.frames_decoded + coverage.packets_unreadable >= coverage.packets_read * 0.5
    spans = coverage.unreadable_spans_s
    assert all(start < end for start, end in spans)
    assert all(a[1] < b[0] for a, b in pairwise(spans)), "in order and apart"


def inside(at: float, coverage: Coverage) -> bool:
    return any(start <= at <= end for start, end in coverage.unreadable_spans_s)


def test_reading_goes_on_behind_a_hole_and_the_hole_is_told(tmp_path: Path) -> None:
    """A hole of 100 kB in the Hamilton clip: OpenCV stops at picture 131 of 275."""
    path = with_hole(
        shared("faces/face_recognition/short_hamilton_clip.mp4"), start=0.5, size=100_000, target=tmp_path / "hole.mp4"
    )
    at, coverage = covered(path)
    assert coverage.frames_claimed == coverage.packets_read == 275
    assert coverage.frames_decoded >= 230
    assert coverage.packets_unreadable >= 275 - coverage.frames_decoded
    assert at[-1] == pytest.approx(9.99, abs=0.05)
    lost = [t / 10 for t in range(53, 65) if not any(abs(a - t / 10) < 0.05 for a in at)]
    assert lost, "the hole lies between 5.3 and 6.5 s"
    assert all(inside(t, coverage) for t in lost)
    assert not inside(2.0, coverage)
    assert not inside(9.0, coverage)


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi"])
def test_what_is_not_shown_is_counted_in_every_container(tmp_path: Path, kind: str) -> None:
    whole = write_clip(tmp_path / f"whole.{kind}", walking(100), gop=10, options=FAST if kind == "mp4" else None)
    path = with_hole(whole, start=0.4, size=int(whole.stat().st_size * 0.2), target=tmp_path / f"hole.{kind}")
    at, coverage = covered(path)
    check_sums(coverage)
    assert at[0] == pytest.approx(0.0, abs=0.01)
    assert at[-1] == pytest.approx(3.96, abs=0.01)
    assert coverage.frames_decoded < 100
    gaps = [(a + b) / 2 for a, b in pairwise(at) if b - a > 0.1]
    assert gaps
    assert all(inside(gap, coverage) for gap in gaps)
    assert not inside(0.5, coverage)
    assert not inside(3.5, coverage)


def test_a_copy_that_was_cut_off_tells_how_much_is_missing(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", walking(100), options=FAST)
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    at, coverage = covered(path)
    assert coverage.frames_claimed == 100
    assert len(at) == coverage.frames_decoded < 80
    last_start, last_end = coverage.unreadable_spans_s[-1]
    assert last_start == pytest.approx(at[-1] + 0.04, abs=0.01)
    assert last_end == pytest.approx(4.0, abs=0.01)
    assert sum(end - start for start, end in coverage.unreadable_spans_s) > 0.8


def test_the_missing_end_belongs_to_the_last_segment_alone(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", walking(100), options=FAST)
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole.read_bytes()[: int(whole.stat().st_size * 0.6)])
    ends = []
    for segment in segments(path, 1.0):
        tally = Tally()
        list(frames(path, segment, sample_fps=None, tally=tally))
        ends.append(tally.coverage().unreadable_spans_s)
    assert ends[0] == ()
    assert ends[-1][-1][1] == pytest.approx(4.0, abs=0.01)


def test_a_video_of_nothing_but_damage_is_refused_when_probed_and_read_as_empty(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "whole.mp4", walking(30), options=FAST)
    content = whole.read_bytes()
    start = content.index(b"mdat") + 4
    path = tmp_path / "noise.mp4"
    path.write_bytes(content[:start] + random.Random(1).randbytes(len(content) - start))
    with pytest.raises(UnreadableFootage, match="no picture could be decoded"):
        probe(path)
    at, coverage = covered(path)
    assert at == []
    assert coverage.packets_unreadable == coverage.packets_read == 30
    assert coverage.unreadable_spans_s[0][0] <= 0.01
    assert coverage.unreadable_spans_s[-1][1] == pytest.approx(1.2, abs=0.01)


def mutated(content: bytes, dice: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.randint(1, 4)):
        at, size = dice.randrange(len(changed)), dice.randint(1, max(1, len(changed) // 8))
        how = dice.randrange(4)
        if how == 0:
            changed[at : at + size] = dice.randbytes(len(changed[at : at + size]))
        elif how == 1:
            changed[at : at + size] = bytes(len(changed[at : at + size]))
        elif how == 2 and len(changed) > 2000:
            del changed[at : at + size]
        else:
            for _ in range(20):
                changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


@pytest.mark.parametrize("kind", ["mp4", "mkv", "ts", "avi", "flv", "h264", "gif"])
def test_damage_of_any_kind_never_crashes_and_the_counts_hold(tmp_path: Path, kind: str) -> None:
    is_gif = kind == "gif"
    whole = write_clip(
        tmp_path / f"whole.{kind}",
        walking(40, width=96, height=64),
        codec="gif" if is_gif else "libx264",
        pix_fmt="rgb8" if is_gif else "yuv420p",
        options=FAST if kind == "mp4" else None,
    ).read_bytes()
    dice = random.Random(kind)
    read = 0
    for _ in range(25):
        path = tmp_path / f"m.{kind}"
        path.write_bytes(mutated(whole, dice))
        try:
            parts = segments(path, 0.5)
        except UnreadableFootage:
            continue
        read += 1
        for segment in (None, *parts):
            tally = Tally()
            list(frames(path, segment, sample_fps=None, tally=tally))
            coverage = tally.coverage()
            assert 0 <= coverage.frames_examined <= coverage.frames_decoded <= coverage.packets_read, coverage
            assert 0 <= coverage.packets_unreadable <= coverage.packets_read, coverage
            spans = coverage.unreadable_spans_s
            assert all(start < end for start, end in spans)
            assert all(a[1] < b[0] for a, b in pairwise(spans))
    assert read > 5
