from pathlib import Path

import pytest

from casework import jobs, review
from casework.scanning import Workshop
from data.errors import BadInput, BadTime, Conflict, DiskFull, UnreadableFootage
from data.models import JobState, MatchState, Verdict, utc_now
from data.store import Store
from tests.casework.scans import add_clip, add_photo, run_scan
from tests.recognition.clips import BLUE, RED, walking, write_clip


def test_a_photo_with_one_face_is_shown_with_its_face(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    photo = add_photo(workshop, case_id, tmp_path, colours=(RED,))
    assert photo.is_usable
    assert photo.preview_sha256 is not None
    assert photo.crop_sha256 is not None
    assert workshop.store.files.read(photo.crop_sha256).startswith(b"\xff\xd8")


@pytest.mark.parametrize(("colours", "says"), [((), "no face"), ((RED, BLUE), "2 faces")])
def test_a_photo_with_no_face_or_several_is_refused_and_told_why(
    workshop: Workshop, case_id: str, tmp_path: Path, colours: tuple[tuple[int, int, int], ...], says: str
) -> None:
    photo = add_photo(workshop, case_id, tmp_path, colours=colours)
    assert not photo.is_usable
    assert photo.problem is not None
    assert says in photo.problem
    assert photo.original_name in photo.problem


def test_a_scan_offers_the_person_and_leaves_others_alone(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    clip = write_clip(tmp_path / "clip.mp4", walking(100, colours=(RED, BLUE)))
    job = workshop.store.job(run_scan(workshop, add_clip(workshop.store, case_id, clip)))
    (match,) = workshop.store.matches(case_id)
    assert (job.state, job.candidates) == (JobState.DONE, 1)
    assert job.coverage is not None
    assert (job.coverage.frames_claimed, job.coverage.frames_decoded) == (100, 100)
    assert match.state is MatchState.TO_REVIEW
    assert match.track.crop_sha256 is not None
    assert match.track.context_sha256 is not None


def test_a_person_who_crosses_a_segments_border_is_one_candidate(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    clip = write_clip(tmp_path / "clip.mp4", walking(125, colours=(RED,), step=1.0))
    job = workshop.store.job(run_scan(workshop, add_clip(workshop.store, case_id, clip)))
    assert job.segments_total is not None
    assert job.segments_total > 1
    (match,) = workshop.store.matches(case_id)
    assert match.track.start_s < 0.5
    assert match.track.end_s > 4.5


def test_a_segment_that_is_scanned_twice_counts_once(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    clip = write_clip(tmp_path / "clip.mp4", walking(100, colours=(RED,)))
    footage = add_clip(workshop.store, case_id, clip)
    job = jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")
    spans = workshop.plan(job.id)
    for index in (*range(len(spans)), *range(len(spans))):
        workshop.scan_segment(job.id, index, spans)
    workshop.finish(job.id)
    ended = workshop.store.job(job.id)
    assert ended.coverage is not None
    assert ended.coverage.frames_decoded == 100
    assert ended.segments_done == ended.segments_total
    assert len(workshop.store.matches(case_id)) == 1


def test_searching_again_neither_doubles_a_candidate_nor_asks_again_for_a_decision(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(50, colours=(RED,))))
    run_scan(workshop, footage)
    (match,) = workshop.store.matches(case_id)
    review.decide(workshop.store, match.id, verdict=Verdict.REJECT, by="Ann")
    run_scan(workshop, footage)
    (again,) = workshop.store.matches(case_id)
    assert (again.id, again.state) == (match.id, MatchState.REJECTED)


def test_a_scan_compares_with_the_photos_that_stood_when_it_was_asked_for(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    photo = add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(30, colours=(BLUE,))))
    job = jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")
    workshop.plan(job.id)
    add_photo(workshop, case_id, tmp_path, colours=(BLUE,))
    assert workshop.store.job(job.id).reference_ids == (photo.id,)


def test_a_scan_without_a_usable_photo_is_refused_saying_what_to_do(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(10)))
    with pytest.raises(BadInput, match="Case page"):
        jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")


def test_one_footage_is_scanned_once_at_a_time(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(10)))
    jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")
    with pytest.raises(Conflict, match="under way"):
        jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")


def test_footage_that_is_no_video_is_said_to_be_none_by_the_name_it_came_with(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    (tmp_path / "notes.mp4").write_text("not a video")
    footage = add_clip(workshop.store, case_id, tmp_path / "notes.mp4")
    job = jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")
    with pytest.raises(UnreadableFootage, match=r"^notes\.mp4"):
        workshop.plan(job.id)


def test_a_job_that_failed_says_why_and_stays_in_the_record(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(10)))
    job = jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")
    workshop.fail(job.id, "the lights went out")
    ended = workshop.store.job(job.id)
    assert (ended.state, ended.error) == (JobState.FAILED, "the lights went out")
    assert workshop.store.audit_entries(case_id)[-1].action == "scan failed"


def test_the_same_file_of_the_same_camera_is_taken_once(store: Store, case_id: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", walking(10))
    first = add_clip(store, case_id, clip)
    assert add_clip(store, case_id, clip).id == first.id
    assert len(store.footages(case_id)) == 1


def test_footage_from_the_future_or_without_a_byte_is_refused(store: Store, case_id: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", walking(10))
    with pytest.raises(BadTime, match="future"):
        add_clip(store, case_id, clip, started_at=utc_now().replace(year=2100))
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(BadInput, match="empty"):
        add_clip(store, case_id, tmp_path / "empty.mp4")
    assert store.footages(case_id) == []


def test_footage_that_would_not_fit_is_refused_and_nothing_is_kept(store: Store, case_id: str, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", walking(10))
    with pytest.raises(DiskFull, match="bytes of disk space are missing"):
        add_clip(store, case_id, clip, size_bytes=1 << 60)
    assert store.footages(case_id) == []
