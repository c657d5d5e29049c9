import time
from datetime import timedelta

import pytest

from casework.urgency import Need, home, only
from data.models import JobState, MatchState, RequestState, Subject
from data.store import Store
from tests.casework.made_requests import a_request
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting, a_track

BACKENDS = ("sqlite", "postgresql")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def five(store: Store) -> Store:
    """Five cases, and a camera that keeps its footage for three days."""
    with store.writing() as writing:
        for n in range(1, 6):
            writing.add_case(a_case(id=f"case-{n}", number=f"2026-00{n}", subject=Subject(f"Person {n}")))
        writing.add(a_camera(retention_days=3.0))
    return store


def order(store: Store) -> list[tuple[str, Need]]:
    return [(card.case.id, card.needs[0]) for card in home(store, now=NOON)]


def test_the_cases_stand_in_the_order_of_what_they_need(five: Store) -> None:
    with five.writing() as writing:
        writing.add(
            a_request("goes", case_id="case-4", from_at=NOON - 2 * DAY, to_at=NOON - DAY, state=RequestState.SENT)
        )
        writing.add(a_request("far", case_id="case-1", from_at=NOON, to_at=NOON + HOUR))
        writing.add(a_footage("f-2", case_id="case-2"))
        writing.add(a_job("j-2", case_id="case-2", of_id="f-2", state=JobState.FAILED))
        writing.add(a_footage("f-5", case_id="case-5"))
        writing.add(a_job("j-5", case_id="case-5", of_id="f-5", state=JobState.DONE))
        writing.put_track(a_track(scan_id="j-5"))
        writing.add_match(a_match(case_id="case-5", footage_id="f-5", track=a_track(scan_id="j-5")))
    assert order(five) == [
        ("case-4", Need.FOOTAGE_GOES), ("case-2", Need.SEARCHES_STAND_STILL), ("case-5", Need.CANDIDATES_WAIT),
        ("case-1", Need.FOOTAGE_TO_ASK), ("case-3", Need.NOTHING),
    ]  # fmt: skip


def test_of_two_whose_footage_goes_the_sooner_comes_first_and_else_who_was_seen_most_lately(five: Store) -> None:
    with five.writing() as writing:
        for case, back in (("case-1", 30), ("case-2", 50)):
            start = NOON - back * HOUR
            writing.add(a_request(f"r-{case}", case_id=case, from_at=start, to_at=NOON))
        writing.add(a_sighting("s-3", case_id="case-3", at=NOON - 9 * HOUR))
        writing.add(a_sighting("s-4", case_id="case-4", at=NOON - 40 * HOUR))
        writing.add(a_sighting("s-5", case_id="case-5", at=NOON - HOUR, withdrawn_at=NOON))
    assert [id for id, _ in order(five)] == ["case-2", "case-1", "case-3", "case-4", "case-5"]


def test_a_card_counts_what_is_there(five: Store) -> None:
    with five.writing() as writing:
        writing.add(a_sighting("s-1", at=NOON - 9 * HOUR))
        writing.add(a_sighting("s-2", at=NOON - 5 * HOUR))
        writing.add(a_request("r-1", from_at=NOON - 2 * DAY, to_at=NOON))
        writing.add(a_request("r-2", state=RequestState.SENT))
        writing.add(a_request("r-3", state=RequestState.RECEIVED))
        writing.add(a_request("r-4", from_at=NOON - 9 * DAY, to_at=NOON - 8 * DAY))
        writing.add(a_footage())
        writing.add(a_job("old", state=JobState.FAILED, created_at=NOON - DAY))
        writing.add(a_job("new", state=JobState.RUNNING))
        writing.add(a_job("photo", kind="photo", of_id="p-1", state=JobState.PAUSED))
        for n, state in enumerate((MatchState.TO_REVIEW, MatchState.UNSURE, MatchState.REJECTED, MatchState.DROPPED)):
            writing.put_track(a_track(f"t-{n}", scan_id="new"))
            writing.add_match(a_match(f"m-{n}", track=a_track(f"t-{n}", scan_id="new"), state=state))
    card = next(card for card in home(five, now=NOON) if card.case.id == "case-1")
    assert card.last_seen is not None
    assert (card.last_seen.id, card.since_seen) == ("s-2", 5 * HOUR)
    assert (card.drafts, card.sent, card.waiting) == (1, 1, 2), "what is overwritten is no draft any more"
    assert (card.under_way, card.stuck) == (1, 1), "what was tried again is not stuck"
    assert card.next_deadline is not None
    assert (card.next_deadline.at, card.next_deadline.camera_name) == (NOON + DAY, "Camera cam-1")
    assert card.next_deadline.is_pressing(NOON)
    assert card.needs == (
        Need.FOOTAGE_GOES, Need.SEARCHES_STAND_STILL, Need.CANDIDATES_WAIT, Need.FOOTAGE_TO_ASK, Need.SEARCHES_RUN,
    )  # fmt: skip


def test_a_recorder_s_present_retention_counts_and_an_unknown_one_has_no_deadline(five: Store) -> None:
    with five.writing() as writing:
        writing.put_camera(a_camera(retention_days=None))
        writing.add(a_request(retention_days=1.0))
    card = next(card for card in home(five, now=NOON) if card.case.id == "case-1")
    assert (card.deadlines, card.drafts, card.needs) == ((), 1, (Need.FOOTAGE_TO_ASK,))


def test_a_sighting_in_the_near_future_is_not_less_than_no_time_ago(five: Store) -> None:
    with five.writing() as writing:
        writing.add(a_sighting(at=NOON + timedelta(minutes=3)))
    assert home(five, now=NOON)[0].since_seen == timedelta()


def test_cards_are_filtered_and_stay_in_order(five: Store) -> None:
    with five.writing() as writing:
        writing.add(a_sighting("s-1", at=NOON - HOUR))
        writing.add(a_sighting("s-2", case_id="case-2", at=NOON - 50 * HOUR))
        writing.add(a_request("r-2", case_id="case-2"))
    cards = home(five, now=NOON)
    assert [card.case.id for card in only(cards, seen_within=DAY)] == ["case-1"]
    assert [card.case.id for card in only(cards, need=Need.FOOTAGE_TO_ASK)] == ["case-2"]
    assert only(cards) == cards


def test_only_the_cases_that_the_store_shows_are_looked_at(five: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with five.writing() as writing:
        writing.add(a_request("r-2", case_id="case-2"))
    seen = five.cases()[:1]
    monkeypatch.setattr(five, "cases", lambda: seen)
    assert [card.case for card in home(five, now=NOON)] == seen
    monkeypatch.setattr(five, "cases", list)
    assert home(five) == []


def test_a_home_of_many_cases_is_told_quickly(store: Store, backend: str) -> None:
    if backend != "sqlite":
        pytest.skip("timed on SQLite")
    with store.writing() as writing:
        writing.add(a_camera())
        for n in range(60):
            writing.add_case(a_case(id=f"case-{n}", number=str(n)))
            writing.add(a_footage(f"f-{n}", case_id=f"case-{n}"))
            writing.add(a_job(f"j-{n}", case_id=f"case-{n}", of_id=f"f-{n}"))
            track = a_track(f"t-{n}", scan_id=f"j-{n}")
            writing.put_track(track)
            for k in range(20):
                writing.add(a_request(f"r-{n}-{k}", case_id=f"case-{n}"))
                writing.add_match(a_match(f"m-{n}-{k}", case_id=f"case-{n}", footage_id=f"f-{n}", track=track))
    began = time.thread_time()
    assert len(home(store, now=NOON)) == 60
    assert time.thread_time() - began < 0.5
