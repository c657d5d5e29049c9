"""Marks by which an open page learns that it would look different: each moves for whoever may know, and nobody else."""

import pytest

from casework import review, urgency
from casework.pulse import HOME, Pulses, home_pulse, job_mark, pulse
from data.models import Camera, Footage, Job, JobState, MatchState, Sighting, Verdict
from data.store import Store
from tests.casework.reviewing import Reader
from tests.factories import a_camera, a_footage, a_job, a_match, a_sighting, a_track


def as_(store: Store, name: str) -> Store:
    return store.guarded(Reader(name))


def moved(before: dict[str, str], store: Store) -> set[str]:
    now = pulse(store, "case-1").marks
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


@pytest.mark.parametrize("verdict", [Verdict.CONFIRM, Verdict.UNSURE])
def test_what_a_colleague_says_moves_nothing_for_who_has_yet_to_decide(
    store_with_match: Store, verdict: Verdict
) -> None:
    ann, ben = as_(store_with_match, "Ann"), as_(store_with_match, "Ben")
    before, home = pulse(ben, "case-1"), home_pulse(ben)
    mine = dict(pulse(ann, "case-1").marks)
    review.decide(ann, "m-1", verdict=verdict, by="Ann", note="her coat")
    assert pulse(ben, "case-1") == before
    assert home_pulse(ben) == home
    assert moved(mine, ann) == {"matches"}


def test_both_learn_of_each_other_once_both_have_decided(store_with_match: Store) -> None:
    ann, ben = as_(store_with_match, "Ann"), as_(store_with_match, "Ben")
    before = dict(pulse(ann, "case-1").marks)
    review.decide(ann, "m-1", verdict=Verdict.CONFIRM, by="Ann", note="her coat")
    review.decide(ben, "m-1", verdict=Verdict.CONFIRM, by="Ben", note="her walk")
    now = pulse(ann, "case-1")
    assert moved(before, ann) == {"matches", "sightings"}
    assert {said.by for said in now.verdicts.values()} == {"Ann", "Ben"}


def test_each_counts_what_waits_for_them_alone(store_with_match: Store) -> None:
    ann, ben, sam = (as_(store_with_match, name) for name in ("Ann", "Ben", "Sam"))
    review.decide(ann, "m-1", verdict=Verdict.CONFIRM, by="Ann", note="her coat")
    assert [pulse(who, "case-1").waits for who in (ann, ben)] == [0, 1]
    review.decide(ben, "m-1", verdict=Verdict.REJECT, by="Ben")
    assert review.seen_state(ben, "m-1") is MatchState.DISPUTED
    assert [pulse(who, "case-1").waits for who in (ann, ben, sam)] == [0, 0, 1], "a third person settles a dispute"
    assert [home_pulse(who).waits for who in (ann, ben, sam)] == [0, 0, 1]


def test_a_mark_moves_with_what_its_part_shows_and_no_other(store_with_match: Store) -> None:
    store = as_(store_with_match, "Ann")
    added: tuple[tuple[str, Sighting | Camera | Footage], ...] = (
        ("sightings", a_sighting("s-9")),
        ("cameras", a_camera("cam-9")),
        ("footage", a_footage("f-9", camera_id="cam-9", sha256="ab" * 32)),
    )
    for part, thing in added:
        before = dict(pulse(store, "case-1").marks)
        with store.writing() as writing:
            writing.add(thing)
        assert moved(before, store) == {part}


def test_a_job_under_way_has_a_mark_of_its_own_that_moves_as_it_goes_on(store_with_match: Store) -> None:
    store = as_(store_with_match, "Ann")
    with store.writing() as writing:
        writing.add(a_job("j-2", state=JobState.RUNNING, seconds_total=60.0))
    before = dict(pulse(store, "case-1").marks)
    with store.writing() as writing:
        writing.change(Job, "j-2", seconds_done=20.0)
    assert moved(before, store) == {"job j-2"}
    assert pulse(store, "case-1").marks["job j-2"] == job_mark(store.job("j-2"))
    with store.writing() as writing:
        writing.change(Job, "j-2", state=JobState.DONE)
    assert moved(before, store) == {"job j-2", "jobs"}


def test_the_list_of_cases_has_a_mark_that_moves_with_what_it_shows(store_with_match: Store) -> None:
    store = as_(store_with_match, "Ann")
    before = home_pulse(store).marks
    assert home_pulse(store).marks == before, "time alone moves nothing"
    with store.writing() as writing:
        track = a_track("t-2")
        writing.put_track(track)
        writing.add_match(a_match("m-2", track=track))
    assert home_pulse(store).marks != before
    assert urgency.home(store)[0].waiting == home_pulse(store).waits == 2


def test_a_pulse_is_read_once_for_as_long_as_nothing_is_written(store_with_match: Store) -> None:
    store, pulses = as_(store_with_match, "Ann"), Pulses()
    first, home = pulses.of(store, "case-1"), pulses.of(store, HOME)
    assert pulses.of(store, "case-1") is first
    assert pulses.of(store, HOME) is home
    assert pulses.of(as_(store_with_match, "Ben"), "case-1") is not first
    with store.writing() as writing:
        writing.add(a_sighting("s-9"))
    assert pulses.of(store, "case-1") is not first
    assert pulses.of(store, HOME) is not home
