"""A rejected candidate is remembered, and only what nobody has decided on ever moves by itself."""

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from casework import review
from casework.kept import face_vectors
from casework.offering import Remembered
from casework.scanning import Workshop
from data import schema
from data.errors import Conflict
from data.models import MatchState, Verdict
from data.store import Store
from tests.casework.scans import ORANGE, add_photo, match_in, run_scan, scanned
from tests.factories import a_match, a_track
from tests.fakes import FakeEngine
from tests.recognition.clips import RED

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture
def rejected(workshop: Workshop, case_id: str, tmp_path: Path) -> str:
    """The id of a candidate that somebody said is someone else."""
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, ORANGE))
    review.decide(workshop.store, match.id, verdict=Verdict.REJECT, by="Ann")
    return match.id


def test_someone_rejected_before_is_set_aside_in_other_footage_and_the_record_says_so(
    workshop: Workshop, case_id: str, rejected: str, tmp_path: Path
) -> None:
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, ORANGE))
    assert (match.state, match.like_match_id) == (MatchState.SET_ASIDE, rejected)
    (entry,) = [e for e in workshop.store.audit_entries(case_id) if e.action == "candidate set aside"]
    assert (entry.by, entry.details["match"], entry.details["like"]) == ("worker", match.id, rejected)
    assert workshop.store.reviews(match.id) == []


def test_the_person_sought_is_offered_however_often_another_was_rejected(
    workshop: Workshop, case_id: str, rejected: str, tmp_path: Path
) -> None:
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, RED))
    assert match.state is MatchState.TO_REVIEW


def test_a_candidate_as_much_like_a_confirmed_one_as_like_a_rejected_one_is_offered(store_with_match: Store) -> None:
    store, engine = store_with_match, FakeEngine()
    vectors = face_vectors("fake", np.array([[1, 0, 0]], np.float32))
    with store.writing() as writing:
        writing.put_track(a_track("t-2"))
        writing.add_match(a_match("m-2", track=a_track("t-2"), state=MatchState.REJECTED))
        writing.put_match_vectors("m-2", vectors)
    assert Remembered(store, "case-1", engine).like_rejected("new", vectors, similarity=0.9) == "m-2"
    assert Remembered(store, "case-1", engine).like_rejected("new", None, similarity=0.9) is None
    with store.writing() as writing:
        writing.set_match_state("m-1", MatchState.CONFIRMED)
        writing.put_match_vectors("m-1", vectors)
    assert Remembered(store, "case-1", engine).like_rejected("new", vectors, similarity=0.9) is None


def test_what_was_set_aside_comes_back_when_asked_for_and_stays_in_the_queue(
    workshop: Workshop, case_id: str, rejected: str, tmp_path: Path
) -> None:
    footage = scanned(workshop, case_id, tmp_path, ORANGE)
    match = match_in(workshop.store, case_id, footage)
    review.bring_back(workshop.store, match.id, by="Ben")
    run_scan(workshop, footage)
    assert match_in(workshop.store, case_id, footage).state is MatchState.TO_REVIEW
    with pytest.raises(Conflict, match="not set aside any more"):
        review.bring_back(workshop.store, match.id, by="Ben")


@pytest.mark.parametrize("verdict", [Verdict.CONFIRM, Verdict.UNSURE])
def test_a_verdict_on_what_was_set_aside_asks_for_it_again_so_that_the_queue_tells_nobody_of_the_verdict(
    workshop: Workshop, case_id: str, rejected: str, tmp_path: Path, verdict: Verdict
) -> None:
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, ORANGE))
    review.decide(workshop.store, match.id, verdict=verdict, by="Ann")
    (asked,) = [e for e in workshop.store.audit_entries(case_id) if e.action == "candidate asked for again"]
    assert (asked.by, asked.details["match"], asked.details["like"]) == ("Ann", match.id, rejected)
    review.decide(workshop.store, match.id, verdict=Verdict.UNDO, by="Ann")
    assert workshop.store.match(match.id).like_match_id is None


def test_what_was_set_aside_is_rejected_where_it_is(
    workshop: Workshop, case_id: str, rejected: str, tmp_path: Path
) -> None:
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, ORANGE))
    review.decide(workshop.store, match.id, verdict=Verdict.REJECT, by="Ann")
    assert workshop.store.match(match.id).state is MatchState.REJECTED
    assert "candidate asked for again" not in {entry.action for entry in workshop.store.audit_entries(case_id)}


def test_what_was_set_aside_comes_back_when_the_rejection_is_taken_back(
    workshop: Workshop, case_id: str, rejected: str, tmp_path: Path
) -> None:
    match = match_in(workshop.store, case_id, scanned(workshop, case_id, tmp_path, ORANGE))
    review.decide(workshop.store, rejected, verdict=Verdict.UNDO, by="Ann")
    assert workshop.store.match(match.id).state is MatchState.TO_REVIEW
    assert workshop.store.audit_entries(case_id)[-1].details["brought_back"] == "1"


def test_only_candidates_keep_their_vectors_without_permission(workshop: Workshop, case_id: str, rejected: str) -> None:
    assert list(workshop.store.match_vectors(case_id, engine="fake")) == [rejected]
    assert workshop.store.kept_track_count(case_id) == 0


def test_the_vectors_of_a_match_go_with_it(store_with_match: Store) -> None:
    vectors = face_vectors("fake", np.zeros((1, 3), np.float32))
    with store_with_match.writing() as writing:
        writing.put_match_vectors("m-1", vectors)
        writing.connection.execute(sa.delete(schema.matches).where(schema.matches.c.id == "m-1"))
    assert store_with_match.match_vectors("case-1", engine="fake") == {}
