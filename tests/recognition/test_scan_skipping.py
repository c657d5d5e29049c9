"""What is skipped, what is not, and that the result says so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import pytest

from data.models import Thoroughness
from recognition.footage import Frame, frames, segments
from recognition.references import References, reference_vectors
from recognition.scan import ScanResult, scan
from recognition.tally import Tally
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, grey, square, with_hole, write_clip

RATE, GOP = 25, 25
LENGTH_S = 24


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> References:
    path = tmp_path_factory.mktemp("photos") / "red.png"
    cv2.imwrite(str(path), square(grey(), RED, 50, 50))
    return reference_vectors(FakeEngine(), [path])


def made(path: Path, passing: dict[int, tuple[float, float]], *, kind: str = "mp4") -> Path:
    """A camera that stares at one wall; at each second of `passing` somebody walks through, at (row, for seconds)."""
    still = grey(640, 360)

    def pictures() -> Iterator[object]:
        for i in range(LENGTH_S * RATE):
            image = still.copy()
            for begin_s, (row, lasts_s) in passing.items():
                since = i - begin_s * RATE
                if 0 <= since < lasts_s * RATE:
                    square(image, RED, 60 + 3 * since, row, side=32)
            yield image

    options = {"preset": "veryfast", "crf": "23", "sc_threshold": "0", "threads": "1"}
    return write_clip(path.with_suffix(f".{kind}"), pictures(), gop=GOP, codec_options=options)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("clips") / "wall.mp4", {11: (100, 1.0), 17: (200, 1.4)})


def looked(path: Path, red: References, how: Thoroughness = Thoroughness.BALANCED, segment_s: float = 60) -> ScanResult:
    return scan(path, engine=FakeEngine(), references=red, thoroughness=how, segment_s=segment_s)


def test_passers_by_are_found_though_most_of_the_rest_is_skipped(clip: Path, red: References) -> None:
    found = looked(clip, red)
    assert [(round(t.start_s), t.similarity > 0.95) for t in sorted(found.tracks, key=lambda t: t.start_s)] == [
        (11, True),
        (17, True),
    ]
    assert found.coverage.packets_skipped > LENGTH_S * RATE / 3


def test_what_was_skipped_is_told_and_nothing_is_lost_in_the_sums(clip: Path, red: References) -> None:
    coverage = looked(clip, red).coverage
    assert coverage.packets_read == LENGTH_S * RATE
    assert coverage.frames_decoded + coverage.packets_skipped == LENGTH_S * RATE
    assert coverage.packets_unreadable == 0
    assert coverage.unreadable_spans_s == ()
    assert coverage.quiet_s == pytest.approx(coverage.packets_skipped / RATE, rel=0.05)


def test_every_frame_skips_nothing_and_finds_the_same(clip: Path, red: References) -> None:
    every, balanced = looked(clip, red, Thoroughness.EVERY_FRAME), looked(clip, red)
    assert every.coverage.packets_skipped == 0
    assert every.coverage.frames_examined == LENGTH_S * RATE
    assert len(every.tracks) == len(balanced.tracks) == 2
    for one, other in zip(every.tracks, balanced.tracks, strict=True):
        assert abs(one.start_s - other.start_s) <= 0.25


@pytest.mark.parametrize("kind", ["mkv", "ts"])
def test_other_containers_skip_and_find_alike(kind: str, red: References, tmp_path: Path) -> None:
    found = looked(made(tmp_path / "wall", {14: (100, 1.2)}, kind=kind), red)
    assert [round(t.start_s) for t in found.tracks] == [14]
    assert found.coverage.unreadable_spans_s == ()
    assert found.coverage.frames_decoded + found.coverage.packets_skipped == LENGTH_S * RATE


def test_somebody_who_comes_and_stands_still_is_found(red: References, tmp_path: Path) -> None:
    still = grey(640, 360)
    pictures = (square(still.copy(), RED, 300, 100, side=32) if i >= 12 * RATE else still for i in range(20 * RATE))
    found = looked(write_clip(tmp_path / "stands.mp4", pictures, gop=GOP), red)
    (track,) = found.tracks
    assert track.start_s == pytest.approx(12.0, abs=0.2)
    assert track.end_s > 18, "followed across what was skipped"


def test_a_clip_in_which_nothing_moves_is_mostly_skipped(red: References, tmp_path: Path) -> None:
    coverage = looked(made(tmp_path / "nothing.mp4", {}), red).coverage
    assert coverage.packets_skipped > 0.6 * LENGTH_S * RATE
    assert coverage.audited_s == pytest.approx(1.0, abs=0.1), "one of twenty calm stretches is examined all the same"
    assert coverage.audit_tracks == 0


def test_segments_change_nobody(clip: Path, red: References) -> None:
    whole, parts = looked(clip, red), looked(clip, red, segment_s=8)
    assert len(segments(clip, 8)) == 3
    assert [round(t.start_s, 1) for t in parts.tracks] == [round(t.start_s, 1) for t in whole.tracks]
    assert parts.coverage.frames_decoded + parts.coverage.packets_skipped == LENGTH_S * RATE


def test_side_by_side_gives_the_same_as_one_after_the_other(clip: Path, red: References) -> None:
    def counted(at_once: int) -> ScanResult:
        found = scan(clip, engine=FakeEngine(), references=red, segment_s=6, at_once=at_once)
        return replace(found, elapsed_s=0.0)

    assert counted(1) == counted(4)


@pytest.mark.parametrize("start", [0.1, 0.45, 0.7])
def test_a_hole_is_told_wherever_it_lies(start: float, clip: Path, red: References, tmp_path: Path) -> None:
    size = clip.stat().st_size // 8
    coverage = looked(with_hole(clip, start=start, size=size, target=tmp_path / "hole.mp4"), red).coverage
    assert coverage.packets_unreadable > 0
    assert coverage.unreadable_spans_s


class Dreamer:
    """Calls everything calm, whatever it is shown."""

    changes = 0

    def is_calm(self, sizes: object) -> bool:
        return True

    def learn(self, sizes: object) -> None:
        pass

    def is_audited(self) -> bool:
        return False

    def has_changed(self, frame: Frame) -> bool:
        return False

    def is_due(self, time_s: float) -> bool:
        return False


def test_even_a_watcher_that_always_sleeps_costs_no_count(clip: Path) -> None:
    tally = Tally()
    list(frames(clip, None, sample_fps=10, tally=tally, watcher=Dreamer()))
    coverage = tally.coverage()
    assert coverage.packets_read == LENGTH_S * RATE
    assert coverage.frames_decoded + coverage.packets_skipped == LENGTH_S * RATE
    assert coverage.unreadable_spans_s == ()
