from datetime import timedelta
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework import plausibility, review
from casework.plausibility import Leg, legs, speed_words, standing, strength
from data.models import MatchState, Mode
from data.store import Store
from geo.distance import TOP_SPEED_M_S
from tests.factories import NOON, a_camera, a_footage, a_match, a_sighting, a_track

DEGREE_M = 111_195.0


def seen(**fields: object) -> object:
    return a_sighting("", lat=60.0, lon=25.0, radius_m=0.0, at=NOON, match_id="m-1", **fields)


def test_the_nearest_sightings_before_and_after_count_and_not_the_candidates_own() -> None:
    others = [
        a_sighting("long ago", at=NOON - timedelta(hours=9)),
        a_sighting("before", at=NOON - timedelta(hours=1)),
        a_sighting("own", at=NOON, match_id="m-1"),
        a_sighting("after", at=NOON + timedelta(hours=1)),
        a_sighting("later", at=NOON + timedelta(hours=2)),
    ]
    found = legs(seen(), others)  # type: ignore[arg-type]
    assert [(leg.sighting.id, leg.is_before) for leg in found] == [("before", True), ("after", False)]
    assert legs(seen(), []) == ()  # type: ignore[arg-type]


def test_radii_are_taken_off_the_distance_and_tolerances_given_to_the_time() -> None:
    other = a_sighting(lat=60.01, lon=25.0, radius_m=100.0, at=NOON - timedelta(minutes=10), tolerance_s=60.0)
    (leg,) = legs(seen(tolerance_s=5.0), [other])  # type: ignore[arg-type]
    assert leg.distance_m == pytest.approx(0.01 * DEGREE_M * 0.994 - 100, abs=1)
    assert leg.time_s == 665.0
    assert leg.needed_m_s == pytest.approx(leg.distance_m / 665.0)


def test_the_same_place_needs_no_speed_and_two_places_at_one_time_every_speed() -> None:
    here, far = a_sighting(lat=60.0, lon=25.0), a_sighting(lat=61.0, lon=25.0)
    assert legs(seen(), [here])[0].needed_m_s == 0.0  # type: ignore[arg-type]
    assert legs(seen(), [far])[0].needed_m_s == inf  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("km_h", "words"),
    [
        (0.0, "no way to go: the places overlap"),
        (0.4, "a walk: less than 1 km/h needed"),
        (5.0, "a walk: 5 km/h needed"),
        (14.0, "faster than walking: 14 km/h needed"),
        (90.0, "only in a vehicle: 90 km/h needed"),
        (400.0, "impossible at 400 km/h"),
        (inf, "impossible: two places at one time"),
    ],
)
def test_a_speed_is_told_in_words_that_can_be_judged(km_h: float, words: str) -> None:
    assert speed_words(km_h / 3.6) == words


def a_leg(needed_m_s: float) -> Leg:
    return Leg(a_sighting(), True, needed_m_s, 1.0)


def test_strength_is_one_at_the_review_floor_and_two_at_the_alert_threshold() -> None:
    at = [a_match(track=a_track(similarity=s), review_floor=0.4, alert_threshold=0.6) for s in (0.4, 0.6, 0.8)]
    assert [strength(match) for match in at] == pytest.approx([1.0, 2.0, 3.0])
    assert strength(a_match(review_floor=0.5, alert_threshold=0.5)) == pytest.approx(1.7)


@given(st.floats(0, 500), st.sampled_from(Mode))
def test_speed_never_hides_a_candidate_and_never_lifts_one(needed: float, mode: Mode) -> None:
    match = a_match()
    placed = standing(match, [a_leg(needed)], mode)
    assert strength(match) / 2 <= placed <= strength(match)
    if needed <= TOP_SPEED_M_S[mode]:
        assert placed == standing(match, [], mode)


def test_the_queue_puts_what_could_have_been_reached_before_what_could_not(store_with_match: Store) -> None:
    store = store_with_match
    with store.writing() as writing:
        writing.add(a_sighting(lat=60.17, lon=24.94, at=NOON - timedelta(minutes=10)))
        writing.add(a_camera("far", lat=61.17))
        writing.add(a_footage("f-2", camera_id="far"))
        writing.put_track(a_track("t-2", similarity=0.72))
        writing.add_match(a_match("m-2", footage_id="f-2", track=a_track("t-2", similarity=0.72)))
    near, far = review.candidates(store, "case-1")
    assert (near.match.id, far.match.id) == ("m-1", "m-2")
    assert far.match.track.similarity > near.match.track.similarity
    assert speed_words(far.ways[0].needed_m_s).startswith("impossible at")
    assert "nobody is left out" in plausibility.ORDER_WORDS


def test_a_dropped_candidate_is_listed_only_when_asked_for(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.set_match_state("m-1", MatchState.DROPPED)
    assert review.candidates(store_with_match, "case-1") == []
    assert len(review.candidates(store_with_match, "case-1", states=(MatchState.DROPPED,))) == 1
