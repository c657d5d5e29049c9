"""Clocks of what is kept, what goes by itself, and what a legal hold stops."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from casework import cases, governance, jobs, retention, uploads
from casework.kept import face_vectors
from casework.retention import Clock, case_clock
from casework.scanning import Workshop
from data.errors import BadInput, BadTime, Conflict, NotGoverned
from data.models import Case, KeptTrack, MatchState, Upload, utc_now
from data.store import Store
from tests.casework.scans import add_photo, allow_vectors, scanned
from tests.factories import FAR_AWAY, NOON, a_case, a_footage, a_photo
from tests.recognition.clips import BLUE, RED

BACKENDS = ("sqlite", "postgresql")
LATER = timedelta(days=365)


def change(store: Store, **fields: object) -> Case:
    case = a_case(**fields)
    with store.writing() as writing:
        writing.change_case(case)
    return case


def with_vectors(store: Store) -> Store:
    """The case keeps the vectors of one stranger, and those of its candidate."""
    vectors = face_vectors("fake", np.ones((1, 3), np.float32))
    with store.writing() as writing:
        writing.put_kept_track(KeptTrack("j-1", 0, 0, "case-1", "f-1", False, vectors))
        writing.put_match_vectors("m-1", vectors)
    return store


@pytest.mark.parametrize(
    ("case", "until", "why"),
    [
        (a_case(expires_at=NOON), NOON + LATER, "365 days after the authority ends"),
        (a_case(closed_at=NOON), NOON + LATER, "365 days after the case was closed"),
        (a_case(closed_at=NOON, expires_at=NOON - LATER), NOON, "365 days after the authority ends"),
        (a_case(expires_at=None), None, "runs once the case is closed or has an expiry"),
        (a_case(delete_after=NOON, delete_reason="court order"), NOON, "court order"),
    ],
)
def test_a_cases_clock_runs_from_its_end(case: Case, until: object, why: str) -> None:
    clock = case_clock(case, default_days=365)
    assert (clock.until, clock.reason) == (until, why)


def test_what_is_due_is_not_while_a_hold_lasts() -> None:
    assert Clock("case", "c", "1", NOON, "").is_due(NOON)
    assert not Clock("case", "c", "1", NOON, "", is_held=True).is_due(NOON)
    assert not Clock("case", "c", "1", None, "").is_due(NOON)


def test_every_item_has_a_clock_of_its_own_or_its_cases(store_with_match: Store) -> None:
    store = store_with_match
    with store.writing() as writing:
        writing.add(a_photo())
        writing.add(a_footage("f-2", sha256="ee" * 32, original_name="lent.mp4"))
    until = utc_now() + timedelta(days=30)
    retention.keep_footage_until(store, "f-2", until, reason="lent for a month", by="Sue")
    found = {(c.kind, c.name): c for c in retention.clocks(store, "case-1", default_days=365)}
    assert found["case", "2026-001"].until == FAR_AWAY + LATER
    assert found["photo", "photo.jpg"].reason == "with the case"
    lent = found["footage", "lent.mp4"]
    assert (lent.until, lent.reason) == (until, "lent for a month")
    (entry,) = store.audit_entries("case-1", action="retention set")
    assert (entry.by, entry.details["reason"]) == ("Sue", "lent for a month")
    retention.keep_footage_until(store, "f-2", None, reason="", by="Sue")
    assert store.footage("f-2").delete_after is None
    with pytest.raises(BadInput, match="reason"):
        retention.keep_case_until(store, "case-1", until, reason="", by="Sue")
    with pytest.raises(BadTime, match="has passed"):
        retention.keep_photo_until(store, "p-1", NOON, reason="x", by="Sue")


def test_bystanders_vectors_are_kept_only_as_the_authority_says_and_for_a_time(store_with_match: Store) -> None:
    store = store_with_match
    ends = utc_now() + timedelta(days=3)

    def keep(**fields: object) -> None:
        known = {"keeps": True, "by": "Sue", "reason": "order 17/26, p. 2", "expires_at": ends}
        cases.keep_vectors(store, "case-1", **(known | fields))  # type: ignore[arg-type]

    change(store, legal_basis="")
    with pytest.raises(NotGoverned):
        keep()
    change(store, expires_at=utc_now() + timedelta(days=5))
    for wrong in ({"reason": " "}, {"expires_at": None}, {"expires_at": NOON}, {"expires_at": FAR_AWAY}):
        with pytest.raises(BadInput):
            keep(**wrong)
    assert not store.case("case-1").keeps_vectors
    keep()
    case = store.case("case-1")
    assert (case.keeps_vectors, case.vectors_reason, case.vectors_expire_at) == (True, "order 17/26, p. 2", ends)


def test_expired_vectors_go_by_themselves_and_those_of_candidates_stay(store_with_match: Store) -> None:
    store = with_vectors(store_with_match)
    change(store, keeps_vectors=True, vectors_reason="r", vectors_expire_at=NOON)
    assert retention.tidy(store) == retention.Tidied(cases_forgotten=1)
    assert store.kept_track_count("case-1") == 0
    assert not store.case("case-1").keeps_vectors
    assert list(store.match_vectors("case-1", engine="fake")) == ["m-1"]
    assert retention.tidy(store) == retention.Tidied()
    assert store.audit_entries("case-1")[-1].action == "face vectors expired"


def test_rejected_candidates_vectors_go_when_the_case_may_be_searched_no_more(store_with_match: Store) -> None:
    store = with_vectors(store_with_match)
    with store.writing() as writing:
        writing.set_match_state("m-1", MatchState.REJECTED)
    assert retention.forget_expired_vectors(store) == 0
    change(store, expires_at=NOON)
    assert retention.forget_expired_vectors(store) == 1
    assert store.match_vectors("case-1", engine="fake") == {}


def test_a_hold_stops_every_deletion(store_with_match: Store, tmp_path: Path) -> None:
    store = with_vectors(store_with_match)
    change(store, keeps_vectors=True, vectors_expire_at=NOON, legal_hold="court order 5/26")
    assert retention.forget_expired_vectors(store) == 0
    with pytest.raises(Conflict, match="legal hold: court order 5/26"):
        cases.keep_vectors(store, "case-1", keeps=False, by="Sue")
    desk = uploads.desk_at(store, tmp_path, max_upload_mb=1, max_uploads=9, free_bytes=0)
    with store.writing() as writing:
        writing.add(Upload("a" * 32, "clip.mp4", 9, "footage", NOON, case_id="case-1", expires_at=NOON))
    assert uploads.remove_expired(desk) == 0
    assert store.kept_track_count("case-1") == 1
    governance.lift_legal_hold(store, "case-1", reason="lifted by the court", by="Sue")
    assert uploads.remove_expired(desk) == 1
    assert retention.forget_expired_vectors(store) == 1


def test_under_a_hold_no_search_is_begun_anew_and_cancelling_deletes_nothing(store_with_match: Store) -> None:
    store = with_vectors(store_with_match)
    change(store, legal_hold="court order 5/26")
    jobs.cancel(store, "j-1", by="Ann")
    assert store.kept_track_count("case-1") == 1
    with pytest.raises(Conflict, match="legal hold"):
        jobs.retry(store, "j-1", reason="again", by="Ann")


def test_a_worker_does_not_compare_with_what_has_expired(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    store = workshop.store
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    allow_vectors(store, case_id)
    scanned(workshop, case_id, tmp_path, BLUE)
    assert store.kept_track_count(case_id) == 1
    case = store.case(case_id)
    with store.writing() as writing:
        writing.change_case(replace(case, vectors_expire_at=NOON))
    scanned(workshop, case_id, tmp_path, BLUE)
    assert store.kept_track_count(case_id) == 0
