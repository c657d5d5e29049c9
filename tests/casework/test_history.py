import time
from datetime import datetime, timedelta

import pytest

from casework import cases, review
from casework.correcting import correct_footage, details_of
from casework.history import history, known_at
from casework.requests import set_state
from data.errors import NotFound
from data.models import JobState, MatchState, RequestState, Verdict, utc_now
from data.store import Store
from tests.casework.made_requests import a_request
from tests.casework.reviewing import Reader, confirm_by_two
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_sighting

CONFIRM, UNDO = Verdict.CONFIRM, Verdict.UNDO
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def after() -> datetime:
    """A moment between what was done before and what is done next."""
    time.sleep(0.002)
    moment = utc_now()
    time.sleep(0.002)
    return moment


@pytest.fixture
def case_store(store: Store) -> Store:
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
    return store


def record(store: Store, at: datetime, action: str, **details: object) -> None:
    with store.writing() as writing:
        writing.audit(at=at, by="Ann", action=action, case_id="case-1", **details)


def minutes(start: datetime, end: datetime) -> dict[str, object]:
    return {"from": start.isoformat(), "to": end.isoformat(), "clock_offset_s": 0.0}


def test_a_sighting_is_known_from_when_it_was_told_not_from_when_it_happened(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_sighting("early", at=NOON, created_at=NOON + 5 * HOUR))
        writing.add(a_sighting("late", at=NOON + 2 * HOUR, created_at=NOON + 3 * HOUR))
    past = history(case_store, a_case())
    told = {hours: [s.id for s in past.at(NOON + hours * HOUR).sightings] for hours in (1, 3, 4, 5)}
    assert told == {1: [], 3: ["late"], 4: ["late"], 5: ["early", "late"]}


def test_a_sighting_that_was_withdrawn_and_restored_comes_and_goes(case_store: Store) -> None:
    sighting = cases.add_sighting(case_store, a_sighting(), by="Ann")
    moments = [after()]
    for change in (cases.withdraw_sighting, cases.restore_sighting, cases.withdraw_sighting):
        change(case_store, sighting.id, by="Ann")
        moments.append(after())
    past = history(case_store, a_case())
    assert [len(past.at(moment).sightings) for moment in moments] == [1, 0, 1, 0]


def test_a_confirmed_match_is_a_sighting_until_a_confirmation_is_undone(store_with_match: Store) -> None:
    moments = [after()]
    for verdict, who in ((CONFIRM, "Ann"), (CONFIRM, "Ben"), (UNDO, "Ben"), (CONFIRM, "Cleo")):
        review.decide(store_with_match, "m-1", verdict=verdict, by=who)
        moments.append(after())
    past = history(store_with_match, a_case())
    assert [len(past.at(moment).sightings) for moment in moments] == [0, 0, 1, 0, 1]
    states = [past.at(moment).moments[0].match.state for moment in moments]
    assert states == [
        MatchState.TO_REVIEW,
        MatchState.HALF_CONFIRMED,
        MatchState.CONFIRMED,
        MatchState.HALF_CONFIRMED,
        MatchState.CONFIRMED,
    ]


def test_who_has_yet_to_decide_learns_from_no_hour_what_others_said(store_with_match: Store) -> None:
    review.decide(store_with_match, "m-1", verdict=CONFIRM, by="Ann")
    seen = {who: history(store_with_match.guarded(Reader(who)), a_case()).at(after()) for who in ("Ann", "Ben")}
    assert seen["Ann"].moments[0].match.state is MatchState.HALF_CONFIRMED
    assert seen["Ben"].moments[0].match.state is MatchState.TO_REVIEW


def test_a_sighting_that_a_correction_moved_was_elsewhere_before_it(store_with_match: Store) -> None:
    store = store_with_match
    with store.writing() as writing:
        writing.add(a_camera("cam-2", lat=61.0))
    sighting = confirm_by_two(store, "m-1")
    before = after()
    footage = store.footage("f-1")
    details = details_of(footage)
    changed = type(details)(**{**details.__dict__, "camera_id": "cam-2", "clock_offset_s": 60.0})
    correct_footage(store, footage, details=changed, by="Ben")
    past = history(store, a_case())
    (then,), (now,) = (past.at(moment).sightings for moment in (before, after()))
    assert (then.at, then.lat) == (sighting.at, 60.17)
    assert (now.at, now.lat) == (sighting.at - MINUTE, 61.0)


def test_requests_stand_as_the_record_tells_even_drafts_that_were_removed(case_store: Store) -> None:
    first, second = minutes(NOON, NOON + HOUR), minutes(NOON, NOON + 2 * HOUR)
    with case_store.writing() as writing:
        writing.put_camera(a_camera(retention_days=1.0))
        writing.add(a_request(from_at=NOON, to_at=NOON + 2 * HOUR, state=RequestState.SENT))
    steps = {
        "request drafted": first, "request draft changed": second, "request sent": second, "request note": second,
    }  # fmt: skip
    for hours, (action, told) in enumerate(steps.items()):
        record(case_store, NOON + hours * HOUR, action, request="r-1", camera="cam-1", minutes=told, note="")
    record(case_store, NOON, "request drafted", request="gone", camera="cam-1", minutes=first)
    record(case_store, NOON + HOUR, "request draft removed", request="gone", camera="cam-1", minutes=first)
    past = history(case_store, a_case())

    def told(hours: float) -> list[tuple[str, RequestState, datetime]]:
        return [(r.id, r.state, r.to_at) for r in past.at(NOON + hours * HOUR).requests]

    assert told(-1) == []
    assert told(0) == [("gone", RequestState.DRAFT, NOON + HOUR), ("r-1", RequestState.DRAFT, NOON + HOUR)]
    assert told(1) == [("r-1", RequestState.DRAFT, NOON + 2 * HOUR)]
    assert told(2.5) == told(3.5) == [("r-1", RequestState.SENT, NOON + 2 * HOUR)]
    assert told(26) == [("r-1", RequestState.EXPIRED, NOON + 2 * HOUR)], "overwritten by then"


def test_a_request_without_a_record_stands_as_it_is_from_when_it_was_made(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_request(state=RequestState.SENT))
    past = history(case_store, a_case())
    assert [r.state for r in past.at(NOON + HOUR).requests] == [RequestState.SENT]
    assert past.at(NOON - HOUR).requests == ()


def test_the_verbs_record_what_history_reads(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_request(from_at=utc_now(), to_at=utc_now() + HOUR, created_at=utc_now()))
        writing.audit(
            at=utc_now(), by="Ann", action="request drafted", case_id="case-1", request="r-1", camera="cam-1",
            minutes=minutes(utc_now(), utc_now() + HOUR),
        )  # fmt: skip
    moments = [after()]
    for state in (RequestState.SENT, RequestState.DRAFT, RequestState.SENT, RequestState.REFUSED):
        set_state(case_store, "r-1", state, by="Ann")
        moments.append(after())
    past = history(case_store, a_case())
    assert [past.at(moment).requests[0].state for moment in moments] == [
        RequestState.DRAFT, RequestState.SENT, RequestState.DRAFT, RequestState.SENT, RequestState.REFUSED,
    ]  # fmt: skip


def test_footage_is_there_once_it_came_in_and_searched_once_a_search_ended(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_footage(added_at=NOON + HOUR))
        writing.add(a_job(state=JobState.DONE, seconds_total=60.0, ended_at=NOON + 2 * HOUR))
    past = history(case_store, a_case())
    told = [(len(known.footages), known.searched) for known in (past.at(NOON + k * HOUR) for k in (0, 1, 2))]
    assert told == [(0, frozenset()), (1, frozenset()), (1, frozenset({"f-1"}))]


def test_a_candidate_is_there_once_a_search_offered_it(store_with_match: Store) -> None:
    past = history(store_with_match, a_case())
    assert past.at(NOON - MINUTE).moments == ()
    assert [m.match.id for m in past.at(NOON).moments] == ["m-1"]


def test_what_was_possible_then_and_what_is_known_of_it_today(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_sighting("first", at=NOON, created_at=NOON + MINUTE))
        writing.add(a_sighting("second", at=NOON + HOUR, lat=60.18, created_at=NOON + 5 * HOUR))
    known = known_at(case_store, a_case(), NOON + HOUR / 2)
    assert [bound.sighting.id for bound in known.reach.bounds] == ["first"]
    assert {bound.sighting.id for bound in known.reach_now.bounds} == {"first", "second"}


def test_the_slider_runs_from_the_first_thing_that_happened_to_now(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_sighting(at=NOON - 3 * HOUR))
    assert history(case_store, a_case(), now=NOON + HOUR).extent == (NOON - 3 * HOUR, NOON + HOUR)


def test_an_unknown_case_has_no_history(store: Store) -> None:
    with pytest.raises(NotFound):
        history(store, a_case())


def test_a_record_that_says_little_or_nonsense_harms_nothing(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_sighting())
        writing.add(a_request())
    for details in ({}, {"request": 7}, {"request": "r-1"}, {"request": "r-1", "minutes": "x"}):
        record(case_store, NOON, "request sent", **details)
    record(case_store, NOON, "footage details corrected", sightings="x", before=None)
    record(case_store, NOON, "footage details corrected", sightings=[{"id": "s-1", "from": NOON.isoformat()}])
    known = known_at(case_store, a_case(), NOON + HOUR)
    assert [r.state for r in known.requests] == [RequestState.SENT]
    assert [s.id for s in known.sightings] == ["s-1"]


def test_many_hours_of_a_large_case_are_answered_quickly(case_store: Store) -> None:
    with case_store.writing() as writing:
        writing.add(a_footage())
        writing.add(a_job())
        for n in range(50):
            writing.add(a_sighting(f"s-{n}", at=NOON + n * MINUTE, created_at=NOON + n * HOUR))
        for n in range(200):
            writing.add(a_request(f"r-{n}"))
        for n in range(500):
            match = a_match(f"m-{n}")
            writing.put_track(match.track)
            writing.add_match(match)
    past = history(case_store, a_case())
    began = time.thread_time()
    for n in range(20):
        assert len(past.at(NOON + n * HOUR).sightings) == n + 1
    assert (time.thread_time() - began) / 20 < 0.1
