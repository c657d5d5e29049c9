"""What a page says to somebody who saves what another changed since the page was drawn."""

import pytest

from casework import cases, requests, review
from data.models import FootageRequest, MatchState, RequestState, Verdict
from data.store import Store
from tests.dashboard.test_pages import CASE, page, press, words
from tests.dashboard.test_pages_review_case import kept as with_candidates  # noqa: F401
from tests.factories import NOON


@pytest.fixture
def kept(with_candidates: Store) -> Store:  # noqa: F811
    return with_candidates


def test_a_verdict_on_a_candidate_that_another_decided_on_meanwhile_is_refused(kept: Store) -> None:
    opened = page("review", case=CASE, match="m-1")
    review.decide(kept, "m-1", verdict=Verdict.REJECT, by="Ben")
    press(opened, "It is this person")
    assert "someone else decided on this candidate just now" in words(opened)
    assert [r.by for r in kept.reviews("m-1")] == ["Ben"]
    assert kept.match("m-1").state is MatchState.REJECTED
    assert kept.match("m-2").state is MatchState.TO_REVIEW  # the press does not fall on the next candidate


def test_a_confirmation_that_another_gave_meanwhile_is_no_conflict_and_shows_nowhere(kept: Store) -> None:
    opened = page("review", case=CASE, match="m-1")
    review.decide(kept, "m-1", verdict=Verdict.CONFIRM, by="Ben")
    press(opened, "It is this person")
    assert [r.by for r in kept.reviews("m-1")] == ["Ben", "Aino"]
    assert kept.match("m-1").state is MatchState.CONFIRMED


def test_after_the_conflict_the_reviewer_may_disagree_with_what_is_seen_now(kept: Store) -> None:
    opened = page("review", case=CASE, match="m-1")
    review.decide(kept, "m-1", verdict=Verdict.REJECT, by="Ben")
    press(opened, "It is this person")
    press(opened, "It is this person")
    assert kept.match("m-1").state is MatchState.DISPUTED
    assert [r.by for r in kept.reviews("m-1")] == ["Ben", "Aino"]


def test_a_case_that_another_changed_meanwhile_is_not_overwritten(kept: Store) -> None:
    opened = page("case", case=CASE)
    next(area for area in opened.text_area if area.label == "Notes").set_value("Aino's notes")
    seen = kept.case("case-1")
    cases.change_case(kept, seen, by="Ben", subject=seen.subject, mode=seen.mode, notes="Ben's notes")
    press(opened, "Save")
    assert "someone else changed this case just now" in words(opened)
    assert kept.case("case-1").notes == "Ben's notes"
    assert next(area for area in opened.text_area if area.label == "Notes").value == "Ben's notes"

    next(area for area in opened.text_area if area.label == "Notes").set_value("Ben's notes, and Aino's")
    press(opened, "Save")
    assert kept.case("case-1").notes == "Ben's notes, and Aino's"


def test_a_note_on_a_request_that_another_changed_meanwhile_is_not_overwritten(kept: Store) -> None:
    with kept.writing() as writing:
        writing.add(FootageRequest("r-1", "case-1", "cam-1", NOON, NOON, 0.0, None, 1.0, RequestState.DRAFT, NOON))
    opened = page("requests", case=CASE)
    next(field for field in opened.text_input if field.label == "Note").set_value("Aino called")
    requests.set_note(kept, "r-1", "Ben called", by="Ben")
    press(opened, "Keep the note")
    assert "someone else changed it just now, to" in words(opened)
    assert kept.request("r-1").note == "Ben called"
