"""One footage, everybody who is sought: each case gets its own candidates, and learns of no other case."""

from pathlib import Path

import pytest

from casework import cases, gallery_search, governance, jobs, purging, uses
from casework.access import Person
from casework.gallery_parts import GALLERY, PART, part_id, people_sought
from casework.scanning import Workshop
from casework.spots import put_spot
from casework.worker import GALLERY_STEPS
from data import account_rows, leases, role_rows
from data.errors import BadInput, Conflict, NotGoverned
from data.models import Case, CaseRole, Footage, Job, JobState, MatchState, Role
from data.store import Store
from tests.casework.scans import add_clip, add_photo, allow_vectors, run_scan, work
from tests.factories import NOON, an_account, an_authority
from tests.recognition.clips import BLUE, GREEN, RED, walking, write_clip

Sought = tuple[Case, Case]


@pytest.fixture
def others(workshop: Workshop, case_id: str, tmp_path: Path) -> Sought:
    """Two more open cases: one whose person is blue, one whose person is in no footage here."""
    found = []
    for number, colour in (("2", BLUE), ("3", GREEN)):
        other = cases.open_case(workshop.store, number=number, name="Eino", authority=an_authority(), by="Ann")
        add_photo(workshop, other.id, tmp_path, colours=(colour,))
        found.append(other)
    return found[0], found[1]


@pytest.fixture
def footage(workshop: Workshop, case_id: str, tmp_path: Path) -> Footage:
    clip = write_clip(tmp_path / "corridor.mp4", walking(75, colours=(RED, BLUE), step=1.0))
    return add_clip(workshop.store, case_id, clip)


def do(workshop: Workshop, job: Job, *, upto: int | None = None) -> Job:
    spans = GALLERY_STEPS.plan(workshop, job.id)
    for index in range(len(spans))[:upto]:
        GALLERY_STEPS.segment(workshop, job.id, index, spans)
    if upto is None:
        GALLERY_STEPS.finish(workshop, job.id)
    return workshop.store.job(job.id)


def asked(store: Store, footage: Footage) -> Job:
    return gallery_search.request_gallery(store, footage.id, engine="fake", by="Ann")


def test_a_candidate_lands_in_the_case_that_it_concerns_and_the_footage_with_it(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    store, (blue, green) = workshop.store, others
    job = do(workshop, asked(store, footage))
    assert (job.state, job.candidates, job.segments_done) == (JobState.DONE, 0, job.segments_total)
    (match,) = store.matches(blue.id)
    (linked,) = store.footages(blue.id)
    assert match.footage_id == linked.id
    assert (match.state, match.case_id) == (MatchState.TO_REVIEW, blue.id)
    assert (linked.sha256, linked.camera_id, linked.started_at) == (footage.sha256, "cam-1", footage.started_at)
    assert linked.provenance[-1].how == "search of all open cases"
    assert match.track.start_s < 0.5
    assert match.track.end_s > 2.5
    assert store.files.has(str(match.track.crop_sha256))
    assert store.footages(green.id) == []
    assert store.matches(green.id) == store.matches(case_id) == []


def test_the_case_is_told_by_a_part_of_its_own_what_was_searched(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    store, (blue, green) = workshop.store, others
    job = do(workshop, asked(store, footage))
    (match,) = store.matches(blue.id)
    part = store.job(match.track.scan_id)
    assert (part.kind, part.case_id, part.of_id) == (PART, blue.id, match.footage_id)
    assert (part.candidates, part.state) == (1, JobState.DONE)
    assert part.coverage == job.coverage
    assert part.coverage is not None
    assert part.coverage.frames_decoded == 75
    assert part.tracks == job.tracks >= 2
    assert people_sought(store, part) == 2
    assert [j for j in store.jobs(case_id=green.id) if j.kind == PART] == []


def test_the_floor_is_that_of_the_whole_gallery(workshop: Workshop, others: Sought, footage: Footage) -> None:
    """The fake engine is not calibrated: hits then count from its alert threshold on."""
    do(workshop, asked(workshop.store, footage))
    (match,) = workshop.store.matches(others[0].id)
    assert (match.review_floor, match.alert_threshold) == (0.95, 0.97)


def test_what_was_kept_of_strangers_is_forgotten_when_the_search_ends(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    store = workshop.store
    allow_vectors(store, case_id)
    job = asked(store, footage)
    do(workshop, job, upto=1)
    assert store.kept_tracks(job.id)
    do(workshop, job)
    assert store.kept_tracks(job.id) == []
    assert store.segments(job.id) == []


def test_a_search_of_the_own_case_and_one_of_all_leave_each_other_alone(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage, tmp_path: Path
) -> None:
    store = workshop.store
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    allow_vectors(store, case_id)
    job = asked(store, footage)
    do(workshop, job, upto=1)
    scan = run_scan(workshop, footage)
    assert len(leases.done_segments(store, job.id)) == 1
    do(workshop, job)
    assert len(store.matches(others[0].id)) == len(store.matches(case_id)) == 1
    assert store.segments(scan)
    assert store.kept_tracks(scan)


def test_a_segment_that_is_done_twice_counts_once(workshop: Workshop, others: Sought, footage: Footage) -> None:
    job = asked(workshop.store, footage)
    do(workshop, job, upto=1)
    done = do(workshop, job)
    assert done.segments_done == done.segments_total
    assert len(workshop.store.matches(others[0].id)) == 1
    assert len(workshop.store.footages(others[0].id)) == 1


def test_the_log_of_uses_of_every_case_tells_of_it(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    store = workshop.store
    job = do(workshop, asked(store, footage))
    for case in others:
        (use,) = uses.uses(store, case.id)
        assert (use.kind, use.job_id, use.ending) == (GALLERY, part_id(job.id, case.id), "done")
        assert use.footage_sha256 == footage.sha256
        assert {one["photo"] for one in use.references} == {photo.id for photo in store.photos(case.id)}
    (use,) = uses.uses(store, others[0].id)
    assert [match.match_id for match in use.matches] == [store.matches(others[0].id)[0].id]
    assert uses.uses(store, case_id) == []


def test_a_cancelled_search_ends_in_every_log_and_keeps_the_candidates(
    workshop: Workshop, others: Sought, footage: Footage
) -> None:
    store = workshop.store
    job = asked(store, footage)
    do(workshop, job, upto=1)
    jobs.cancel(store, job.id, by="Ann")
    assert {use.ending for case in others for use in uses.uses(store, case.id)} == {"cancelled"}
    assert store.kept_tracks(job.id) == []


def test_a_case_that_is_closed_meanwhile_is_left_out_from_then_on(
    workshop: Workshop, others: Sought, footage: Footage
) -> None:
    store, (blue, _) = workshop.store, others
    job = asked(store, footage)
    do(workshop, job, upto=1)
    governance.close_case(store, blue.id, reason="found", by="Ann")
    done = do(workshop, job)
    assert store.matches(blue.id) == []
    given = gallery_search.given(store, done)
    assert (given.cases, given.dropped) == (2, 1)


def test_without_a_case_left_the_search_waits_and_says_why(
    workshop: Workshop, others: Sought, footage: Footage
) -> None:
    job = asked(workshop.store, footage)
    for case in others:
        governance.close_case(workshop.store, case.id, reason="found", by="Ann")
    with pytest.raises(NotGoverned, match="none of those"):
        do(workshop, job)


def test_a_closed_case_lends_its_footage_to_no_search(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    job = asked(workshop.store, footage)
    governance.close_case(workshop.store, case_id, reason="found", by="Ann")
    with pytest.raises(NotGoverned, match="was closed"):
        do(workshop, job)
    with pytest.raises(NotGoverned, match="was closed"):
        asked(workshop.store, footage)


def test_it_says_which_cases_it_leaves_out_and_why(
    workshop: Workshop, others: Sought, footage: Footage, tmp_path: Path
) -> None:
    store = workshop.store
    cases.open_case(store, number="4", name="Aune", authority=an_authority(), by="Ann")
    closed = cases.open_case(store, number="5", name="Arvo", authority=an_authority(), by="Ann")
    governance.close_case(store, closed.id, reason="found", by="Ann")
    found = gallery_search.reach(store, footage.id)
    assert set(found.photo_ids) == {case.id for case in others}
    assert found.reasons == {"no usable reference photo": 1, "closed, expired, or without a full authority": 1}
    assert gallery_search.given(store, asked(store, footage)).left_out == found.reasons


def test_nothing_is_asked_for_where_no_other_case_can_be_searched(workshop: Workshop, footage: Footage) -> None:
    with pytest.raises(BadInput, match="besides this one"):
        asked(workshop.store, footage)


def test_one_search_of_a_footage_is_enough(workshop: Workshop, others: Sought, footage: Footage) -> None:
    asked(workshop.store, footage)
    with pytest.raises(Conflict, match="already"):
        asked(workshop.store, footage)


def test_a_new_photo_of_the_case_is_compared_with_what_was_found_once(
    workshop: Workshop, others: Sought, footage: Footage, tmp_path: Path
) -> None:
    store, (blue, _) = workshop.store, others
    do(workshop, asked(store, footage))
    (match,) = store.matches(blue.id)
    add_photo(workshop, blue.id, tmp_path, colours=((230, 30, 0),))
    assert work(workshop) == ["recompare"]
    assert [m.id for m in store.matches(blue.id)] == [match.id]


def test_footage_that_was_brought_is_destroyed_with_its_candidates_and_the_original_stays(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    store, (blue, _) = workshop.store, others
    job = do(workshop, asked(store, footage))
    (linked,) = store.footages(blue.id)
    purging.destroy_footage(store, linked.id, reason="not needed", by="Ann")
    assert store.footages(blue.id) == []
    assert store.matches(blue.id) == []
    assert [one.kind for one in store.jobs(case_id=blue.id) if one.kind == PART] == []
    assert store.files.has(footage.sha256)
    purging.destroy_footage(store, footage.id, reason="not needed", by="Ann")
    assert [one.id for one in store.jobs(case_id=case_id) if one.id == job.id] == []
    assert not store.files.has(footage.sha256)


def test_whoever_may_search_no_more_finds_nothing_more(
    workshop: Workshop, case_id: str, others: Sought, footage: Footage
) -> None:
    store, (blue, green) = workshop.store, others
    anna = an_account("Anna")
    with store.writing() as writing:
        account_rows.add_account(writing, anna)
        for id in (case_id, blue.id, green.id):
            role_rows.give(writing, CaseRole(id, anna.id, Role.ANALYST, NOON, "test"))
    job = gallery_search.request_gallery(
        store.guarded(Person(store, anna)), footage.id, engine="fake", by="Anna"
    )  # fmt: skip
    with store.writing() as writing:
        role_rows.take(writing, blue.id, anna.id, Role.ANALYST)
    done = do(workshop, job)
    assert store.matches(blue.id) == []
    assert gallery_search.given(store, done).dropped == 1


def test_the_spot_of_a_phone_becomes_a_spot_of_the_case_that_gets_its_footage(
    workshop: Workshop, case_id: str, others: Sought, tmp_path: Path
) -> None:
    store, (blue, _) = workshop.store, others
    with store.writing() as writing:
        spot = put_spot(writing, case_id, lat=60.2, lon=24.9, radius_m=40, name="phone", by="Ann")
    clip = write_clip(tmp_path / "phone.mp4", walking(40, colours=(BLUE,), step=1.0))
    do(workshop, asked(store, add_clip(store, case_id, clip, camera_id=spot.id)))
    (linked,) = store.footages(blue.id)
    theirs = store.camera(linked.camera_id)
    assert (theirs.spot_of, theirs.lat, theirs.lon, theirs.range_m) == (blue.id, 60.2, 24.9, 40)
    assert theirs.id != spot.id


def test_footage_that_the_other_case_has_already_stays_one(
    workshop: Workshop, others: Sought, footage: Footage, tmp_path: Path
) -> None:
    store, (blue, _) = workshop.store, others
    theirs = add_clip(store, blue.id, tmp_path / "corridor.mp4")
    job = do(workshop, asked(store, footage))
    (match,) = store.matches(blue.id)
    assert match.footage_id == theirs.id
    assert [one.id for one in store.footages(blue.id)] == [theirs.id]
    assert people_sought(store, store.job(part_id(job.id, blue.id))) == 2


def test_a_segment_at_which_workers_crash_is_left_out_and_said(
    workshop: Workshop, others: Sought, footage: Footage
) -> None:
    store = workshop.store
    job = asked(store, footage)
    spans = GALLERY_STEPS.plan(workshop, job.id)
    GALLERY_STEPS.give_up(workshop, job.id, 0, spans, "crashed")
    for index in range(1, len(spans)):
        GALLERY_STEPS.segment(workshop, job.id, index, spans)
    GALLERY_STEPS.finish(workshop, job.id)
    part = store.job(part_id(job.id, others[0].id))
    assert [why for _, _, why in part.given_up] == ["crashed"]
    assert part.coverage is not None
    assert part.coverage.unreadable_spans_s
