"""A change of the reference photos: at once from what was kept, by another search where nothing was."""

from pathlib import Path

import pytest

from casework import cases, jobs, references
from casework.jobs import Renewal
from casework.scanning import Workshop
from data.models import Job, JobState, MatchState
from tests.casework.reviewing import confirm_by_two
from tests.casework.scans import add_clip, add_photo, allow_vectors, match_in, run_scan, scanned, work
from tests.fakes import FakeEngine
from tests.recognition.clips import BLUE, GREEN, RED, walking, write_clip


@pytest.fixture
def keeping(workshop: Workshop, case_id: str, tmp_path: Path) -> Workshop:
    """A case that keeps vectors, with a photo of RED."""
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    allow_vectors(workshop.store, case_id)
    return workshop


def renewal(workshop: Workshop, case_id: str) -> Renewal:
    """What is said of the last change of the photos."""
    found = jobs.last_renewal(workshop.store, case_id)
    return found[1] if found else Renewal()


def test_a_new_photo_finds_people_again_without_searching_the_footage(
    keeping: Workshop, case_id: str, engine: FakeEngine, tmp_path: Path
) -> None:
    footage = scanned(keeping, case_id, tmp_path, RED, BLUE)
    assert keeping.store.kept_track_count(case_id) == 2
    add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    looked_at = (engine.detected, engine.embedded)
    assert work(keeping) == ["recompare"]
    assert (engine.detected, engine.embedded) == looked_at
    found = keeping.store.matches(case_id)
    assert {m.footage_id for m in found} == {footage.id}
    assert [m.track.similarity > 0.95 for m in found] == [True, True]
    for match in found:
        assert match.track.crop_sha256 is not None
        assert match.track.context_sha256 is not None
        assert keeping.store.files.read(match.track.crop_sha256).startswith(b"\xff\xd8")
    assert renewal(keeping, case_id) == Renewal(0, 1)


def test_a_track_across_a_segments_border_is_compared_as_the_one_it_is(
    keeping: Workshop, case_id: str, tmp_path: Path
) -> None:
    scanned(keeping, case_id, tmp_path, BLUE, n=125)
    add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    work(keeping)
    (match,) = keeping.store.matches(case_id)
    assert match.track.start_s < 0.5
    assert match.track.end_s > 4.5


def test_footage_whose_vectors_were_not_kept_is_searched_again(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = scanned(workshop, case_id, tmp_path, BLUE)
    assert workshop.store.kept_track_count(case_id) == 0
    add_photo(workshop, case_id, tmp_path, colours=(BLUE,))
    assert "scan" in work(workshop)
    assert match_in(workshop.store, case_id, footage).track.similarity > 0.95
    assert renewal(workshop, case_id) == Renewal(1, 0)


def test_a_removed_photo_takes_undecided_candidates_with_it_and_leaves_decisions_alone(
    keeping: Workshop, case_id: str, tmp_path: Path
) -> None:
    second = add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    seen, decided = (match_in(keeping.store, case_id, scanned(keeping, case_id, tmp_path, BLUE)) for _ in range(2))
    confirm_by_two(keeping.store, decided.id)
    assert references.remove_photo(keeping.store, second.id, by="Ann") == Renewal(0, 2)
    work(keeping)
    dropped = keeping.store.match(seen.id)
    assert (dropped.state, dropped.track.similarity < dropped.review_floor) == (MatchState.DROPPED, True)
    assert keeping.store.match(decided.id).state is MatchState.CONFIRMED
    assert len(keeping.store.reviews(decided.id)) == 2
    (entry,) = keeping.store.audit_entries(case_id, action="candidate dropped")
    assert (entry.details["match"], entry.details["before"]) == (seen.id, seen.track.similarity)

    assert references.restore_photo(keeping.store, second.id, by="Ann") == Renewal(0, 2)
    work(keeping)
    assert keeping.store.match(seen.id).state is MatchState.TO_REVIEW
    assert keeping.store.match(seen.id).track.similarity == pytest.approx(seen.track.similarity, abs=1e-6)


def test_candidates_of_footage_that_kept_nothing_are_compared_at_once_all_the_same(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    second = add_photo(workshop, case_id, tmp_path, colours=(BLUE,))
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, BLUE))
    assert references.remove_photo(workshop.store, second.id, by="Ann") == Renewal(1, 0)
    (job,) = [j for j in workshop.store.jobs(open_only=True) if j.kind == "recompare"]
    workshop.recompare(job.id)
    assert workshop.store.match(match.id).state is MatchState.DROPPED


def test_a_comparison_done_twice_counts_once(keeping: Workshop, case_id: str, tmp_path: Path) -> None:
    scanned(keeping, case_id, tmp_path, RED, BLUE)
    add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    (job,) = keeping.store.jobs(open_only=True)
    for _ in range(2):
        keeping.recompare(job.id)
    assert keeping.store.job(job.id).candidates == 2
    assert len(keeping.store.matches(case_id)) == 2


def test_asking_twice_for_the_same_photos_sets_nothing_going(keeping: Workshop, case_id: str, tmp_path: Path) -> None:
    scanned(keeping, case_id, tmp_path, RED)
    add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    assert jobs.references_changed(keeping.store, case_id, by="Ann") == Renewal()
    assert len(keeping.store.jobs(open_only=True)) == 1
    add_photo(keeping, case_id, tmp_path, colours=(GREEN,))
    (job,) = keeping.store.jobs(open_only=True)
    assert len(job.reference_ids) == 3, "a job that waits takes the newest photos"


def test_a_photo_that_comes_while_a_search_is_under_way_is_compared_when_it_ends(
    keeping: Workshop, case_id: str, tmp_path: Path
) -> None:
    footage = add_clip(keeping.store, case_id, write_clip(tmp_path / "clip.mp4", walking(30, colours=(BLUE,))))
    job = jobs.request_scan(keeping.store, footage.id, engine="fake", by="Ann")
    spans = keeping.plan(job.id)
    add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    for index in range(len(spans)):
        keeping.scan_segment(job.id, index, spans)
    assert keeping.store.matches(case_id) == []
    keeping.finish(job.id)
    assert work(keeping) == ["recompare"]
    assert renewal(keeping, case_id) == Renewal(0, 1)
    assert match_in(keeping.store, case_id, footage).state is MatchState.TO_REVIEW


def test_without_a_photo_left_nothing_is_compared_and_nothing_lost(
    keeping: Workshop, case_id: str, tmp_path: Path
) -> None:
    match = match_in(keeping.store, case_id, scanned(keeping, case_id, tmp_path, RED))
    (photo,) = keeping.store.photos(case_id)
    assert references.remove_photo(keeping.store, photo.id, by="Ann") == Renewal()
    assert keeping.store.match(match.id).state is MatchState.TO_REVIEW


def test_switching_off_deletes_what_was_kept_but_for_candidates(
    keeping: Workshop, case_id: str, tmp_path: Path
) -> None:
    scanned(keeping, case_id, tmp_path, RED, BLUE)
    assert cases.keep_vectors(keeping.store, case_id, keeps=False, by="Ann") == 2
    assert keeping.store.kept_track_count(case_id) == 0
    assert len(keeping.store.match_vectors(case_id, engine="fake")) == 1
    assert keeping.store.audit_entries(case_id)[-1].action == "face vectors deleted"
    add_photo(keeping, case_id, tmp_path, colours=(BLUE,))
    assert "scan" in work(keeping)
    assert keeping.store.kept_track_count(case_id) == 0


def test_switching_off_in_the_middle_of_a_search_holds_at_once(keeping: Workshop, case_id: str, tmp_path: Path) -> None:
    footage = add_clip(keeping.store, case_id, write_clip(tmp_path / "c.mp4", walking(125, colours=(RED, BLUE))))
    job = jobs.request_scan(keeping.store, footage.id, engine="fake", by="Ann")
    spans = keeping.plan(job.id)
    keeping.scan_segment(job.id, 0, spans)
    cases.keep_vectors(keeping.store, case_id, keeps=False, by="Ann")
    assert keeping.store.kept_track_count(case_id) == 1, "the candidate's own"
    for index in range(1, len(spans)):
        keeping.scan_segment(job.id, index, spans)
    keeping.finish(job.id)
    assert keeping.store.kept_track_count(case_id) == 0
    match = match_in(keeping.store, case_id, footage)
    (vectors,) = keeping.store.match_vectors(case_id, engine="fake").values()
    assert len(vectors.px) == match.track.shots


def test_only_the_newest_search_of_a_footage_keeps_its_tracks(keeping: Workshop, case_id: str, tmp_path: Path) -> None:
    footage = scanned(keeping, case_id, tmp_path, RED, BLUE)
    job_id = run_scan(keeping, footage)
    assert keeping.store.kept_track_count(case_id) == len(keeping.store.kept_tracks(job_id)) == 2


def test_a_search_that_failed_leaves_no_vectors(keeping: Workshop, case_id: str, tmp_path: Path) -> None:
    footage = add_clip(keeping.store, case_id, write_clip(tmp_path / "c.mp4", walking(125, colours=(BLUE,))))
    job = jobs.request_scan(keeping.store, footage.id, engine="fake", by="Ann")
    keeping.scan_segment(job.id, 0, keeping.plan(job.id))
    keeping.fail(job.id, "the lights went out")
    assert keeping.store.kept_track_count(case_id) == 0


def test_a_photo_is_looked_at_once_for_its_vector(
    workshop: Workshop, case_id: str, engine: FakeEngine, tmp_path: Path
) -> None:
    photo = add_photo(workshop, case_id, tmp_path, colours=(RED,))
    assert list(workshop.store.photo_vectors([photo.id], engine="fake")) == [photo.id]
    looked_at = engine.detected
    job = Job("j", "scan", case_id, "f", "fake", JobState.QUEUED, photo.added_at, reference_ids=(photo.id,))
    references_kept = workshop._references(job)
    assert (engine.detected, references_kept.names) == (looked_at, (photo.original_name,))


def test_photos_that_changed_under_a_comparison_are_compared_after_it(
    keeping: Workshop, case_id: str, tmp_path: Path
) -> None:
    footage = scanned(keeping, case_id, tmp_path, BLUE)
    green = add_photo(keeping, case_id, tmp_path, colours=(GREEN,))
    (job,) = keeping.store.jobs(open_only=True)
    with keeping.store.writing() as writing:  # as if two had asked in the same moment, and the older wish won
        before = job.reference_ids[:1]
        assert writing.set_references(job.id, before)
    assert green.id not in before
    assert work(keeping) == ["recompare", "recompare"]
    assert work(keeping) == []
    assert [m for m in keeping.store.matches(case_id) if m.footage_id == footage.id] == []
