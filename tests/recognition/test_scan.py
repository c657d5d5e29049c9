import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.errors import BadTime, UnreadableFootage
from recognition.footage import segments
from recognition.references import References, reference_vectors
from recognition.scan import ScanResult, scan, scan_segment, to_json
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, GREEN, RED, grey, square, walking, with_hole, write_clip


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds: red and blue walk together."""
    path = tmp_path_factory.mktemp("clips") / "two.mp4"
    return write_clip(path, walking(100, colours=[RED, BLUE]), gop=25)


@pytest.fixture(scope="module")
def red(tmp_path_factory: pytest.TempPathFactory) -> References:
    path = tmp_path_factory.mktemp("photos") / "red.png"
    cv2.imwrite(str(path), square(grey(), RED, 50, 50))
    return reference_vectors(FakeEngine(), [path])


def scanned(path: Path, references: References, *, segment_s: float = 60.0) -> ScanResult:
    return scan(path, engine=FakeEngine(), references=references, segment_s=segment_s, keep_pictures=True)


def test_the_person_sought_comes_first_and_others_are_no_candidates(clip: Path, red: References) -> None:
    result = scanned(clip, red)
    assert len(result.tracks) == 2
    assert result.tracks[0].similarity > result.engine.alert_threshold
    assert result.tracks[1].similarity < result.engine.review_floor


def test_a_track_tells_when_and_where_to_the_picture(clip: Path, red: References) -> None:
    found = scanned(clip, red).tracks[0]
    assert (found.start_s, found.end_s) == (0.0, pytest.approx(3.92))
    left = 10 + 2.0 * round(found.best_s * 25)
    assert found.best_box_px == pytest.approx((left, 20, left + 40, 60), abs=2)
    assert found.time_source == "container"
    assert (found.seen, found.shots) == (40, 5)


def test_only_candidates_keep_pictures(clip: Path, red: References) -> None:
    candidate, other = scanned(clip, red).tracks
    assert candidate.crop_jpeg is not None
    assert candidate.context_jpeg is not None
    assert (other.crop_jpeg, other.context_jpeg) == (None, None)
    crop = cv2.imdecode(np.frombuffer(candidate.crop_jpeg, np.uint8), cv2.IMREAD_COLOR)
    context = cv2.imdecode(np.frombuffer(candidate.context_jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert crop.shape[0] == pytest.approx(80, abs=3)
    assert context.shape == (240, 320, 3)
    x1, y1, x2, y2 = (int(v) for v in candidate.best_box_px)
    assert context[y1 + 10 : y2 - 10, x1 + 10 : x2 - 10, 2].mean() > 180, "the context is of the best moment"


def test_the_same_footage_gives_the_same_result(clip: Path, red: References) -> None:
    first, second = scanned(clip, red, segment_s=1.0), scanned(clip, red, segment_s=1.0)
    assert first.tracks == second.tracks
    assert first.coverage == second.coverage


def test_cutting_into_segments_changes_neither_people_nor_counts(clip: Path, red: References) -> None:
    whole, parts = scanned(clip, red), scanned(clip, red, segment_s=1.0)
    assert len(segments(clip, 1.0)) == 4
    assert [(t.start_s, t.end_s, t.seen) for t in parts.tracks] == [(t.start_s, t.end_s, t.seen) for t in whole.tracks]
    assert [t.similarity for t in parts.tracks] == pytest.approx([t.similarity for t in whole.tracks], abs=0.01)
    assert replace(parts.coverage, faces_embedded=0) == replace(whole.coverage, faces_embedded=0)


def test_coverage_says_what_was_looked_at(clip: Path, red: References) -> None:
    coverage = scanned(clip, red).coverage
    assert (coverage.frames_claimed, coverage.packets_read, coverage.frames_decoded) == (100, 100, 100)
    assert (coverage.frames_examined, coverage.faces_seen) == (40, 80)
    assert coverage.unreadable_spans_s == ()


def test_damage_costs_its_part_and_is_told(clip: Path, red: References, tmp_path: Path) -> None:
    size = int(clip.stat().st_size * 0.25)
    result = scanned(with_hole(clip, start=0.4, size=size, target=tmp_path / "hole.mp4"), red, segment_s=1.0)
    assert result.coverage.frames_decoded < 100
    assert result.coverage.packets_unreadable > 0
    assert result.coverage.unreadable_spans_s
    assert result.tracks[0].similarity > result.engine.alert_threshold


def test_nobody_found_is_an_empty_result_with_its_coverage(red: References, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "empty.mp4", walking(25, colours=[]))
    result = scanned(path, red)
    assert result.tracks == ()
    assert result.coverage.frames_examined == 10


def test_a_face_seen_in_a_single_sample_is_not_lost(red: References, tmp_path: Path) -> None:
    pictures = [square(grey(seed=i), RED, 100, 100) if 25 <= i < 27 else grey(seed=i) for i in range(50)]
    result = scanned(write_clip(tmp_path / "glimpse.mp4", pictures), red)
    assert [(t.seen, t.start_s) for t in result.tracks] == [(1, 1.0)]
    assert result.tracks[0].similarity > result.engine.alert_threshold


def test_faces_are_compared_in_batches_and_each_kept_shot_once(clip: Path, red: References) -> None:
    engine = FakeEngine()
    (segment,) = segments(clip, 60.0)
    scan_segment(clip, segment, engine=engine, references=red)
    assert engine.batches == [10]


def test_a_still_scene_is_detected_once(red: References, tmp_path: Path) -> None:
    still = square(grey(), RED, 100, 100)
    path = write_clip(tmp_path / "still.mkv", [still] * 50, codec="ffv1", pix_fmt="bgr0", rate=25)
    engine = FakeEngine()
    (segment,) = segments(path, 60.0)
    result = scan_segment(path, segment, engine=engine, references=red)
    assert engine.detected == 1
    assert [t.seen for t in result.tracks] == [20]
    assert result.coverage.frames_examined == 20


def test_faces_too_small_to_compare_are_left_out(red: References, tmp_path: Path) -> None:
    pictures = (square(grey(seed=i), RED, 100, 100, side=14) for i in range(10))
    path = write_clip(tmp_path / "small.mp4", pictures)
    engine = FakeEngine(min_face_px=24)
    engine.detect = lambda image, min_face_px: FakeEngine().detect(image, min_face_px=5)  # type: ignore[method-assign,assignment]
    (segment,) = segments(path, 60.0)
    assert scan_segment(path, segment, engine=engine, references=red).tracks == ()


def test_progress_is_told_segment_by_segment(clip: Path, red: References) -> None:
    seen: list[int] = []
    scan(
        clip,
        engine=FakeEngine(),
        references=red,
        segment_s=1.0,
        on_progress=lambda result: seen.append(result.segment.index),
    )
    assert seen == [0, 1, 2, 3]


def test_what_cannot_be_opened_is_an_error_naming_the_file(red: References, tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("no video at all, sorry")
    with pytest.raises(UnreadableFootage, match=r"notes\.mp4"):
        scanned(path, red)


def test_the_json_is_what_the_command_line_promises(clip: Path, red: References) -> None:
    written = json.loads(json.dumps(to_json(scanned(clip, red), include_all=True)))
    assert set(written) == {"footage", "engine", "coverage", "tracks", "elapsed_s"}
    assert set(written["footage"]) == {"sha256", "codec", "width", "height", "duration_s"}
    assert written["footage"]["duration_s"] == 4.0
    assert set(written["engine"]) == {"name", "models", "review_floor", "alert_threshold"}
    assert set(written["coverage"]) == {
        "frames_claimed", "packets_read", "packets_unreadable", "frames_decoded", "frames_examined",
        "unreadable_spans_s", "faces_seen", "faces_embedded", "packets_skipped", "quiet_s", "audited_s", "audit_tracks",
        "thoroughness", "frames_estimated",
    }  # fmt: skip
    first, second = written["tracks"]
    assert set(first) == {
        "id", "start_s", "end_s", "similarity", "is_candidate", "best", "shots", "time_source",
    }  # fmt: skip
    assert set(first["best"]) == {"time_s", "box_px"}
    assert (first["is_candidate"], second["is_candidate"]) == (True, False)
    assert len(to_json(scanned(clip, red))["tracks"]) == 1


def test_with_a_start_every_moment_has_its_true_time(clip: Path, red: References) -> None:
    at = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    (found,) = to_json(scanned(clip, red), started_at=at)["tracks"]
    assert found["start_at"] == "2026-03-01T12:00:00.000Z"
    assert found["end_at"] == "2026-03-01T12:00:03.920Z"
    assert found["best"]["at"].startswith("2026-03-01T12:00:0")
    with pytest.raises(BadTime):
        to_json(scanned(clip, red), started_at=datetime(2026, 3, 1, 12, 0))  # noqa: DTZ001


def test_another_person_sought_gives_another_candidate(clip: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "blue.png"), square(grey(), BLUE, 50, 50))
    cv2.imwrite(str(tmp_path / "green.png"), square(grey(), GREEN, 50, 50))
    blue = scanned(clip, reference_vectors(FakeEngine(), [tmp_path / "blue.png"]))
    green = scanned(clip, reference_vectors(FakeEngine(), [tmp_path / "green.png"]))
    assert blue.tracks[0].first_box_px[1] == pytest.approx(90, abs=2)
    assert to_json(green)["tracks"] == []
