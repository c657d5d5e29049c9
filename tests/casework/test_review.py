from datetime import timedelta

import pytest

from casework import review
from data.errors import BadInput, Conflict
from data.models import Camera, Footage, MatchState, SightingKind, Verdict
from data.store import Store
from tests.factories import NOON, a_match, a_track

BACKENDS = ("sqlite", "postgresql")


def test_a_confirmed_match_becomes_a_sighting_at_its_camera_and_moment(store_with_match: Store) -> None:
    sighting = review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    assert sighting is not None
    assert store_with_match.sightings("case-1") == [sighting]
    assert (sighting.lat, sighting.lon, sighting.kind) == (60.17, 24.94, SightingKind.CONFIRMED_MATCH)
    assert sighting.at == NOON + timedelta(seconds=12.5)
    assert sighting.tolerance_s == 2.5
    assert store_with_match.match("m-1").state is MatchState.CONFIRMED


def test_the_recorders_offset_is_taken_off_the_sightings_time(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.change(Footage, "f-1", clock_offset_s=180.0)
    sighting = review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    assert sighting is not None
    assert sighting.at == NOON + timedelta(seconds=12.5 - 180)


def test_the_sighting_is_as_uncertain_as_the_camera_sees_far(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.change(Camera, "cam-1", range_m=40.0)
    sighting = review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    assert sighting is not None
    assert sighting.radius_m == 40.0


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.UNSURE])
def test_only_a_confirmation_puts_anything_on_the_map(store_with_match: Store, verdict: Verdict) -> None:
    assert review.decide(store_with_match, "m-1", verdict=verdict, by="Ann") is None
    assert store_with_match.sightings("case-1") == []


def test_undo_takes_the_pin_off_the_map_and_the_match_back_to_the_queue(store_with_match: Store) -> None:
    review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ann")
    assert store_with_match.sightings("case-1") == []
    assert store_with_match.match("m-1").state is MatchState.TO_REVIEW
    assert [r.verdict for r in store_with_match.reviews("m-1")] == [Verdict.CONFIRM, Verdict.UNDO]


def test_undo_brings_back_the_verdict_before_it(store_with_match: Store) -> None:
    for verdict in (Verdict.CONFIRM, Verdict.REJECT, Verdict.UNDO):
        review.decide(store_with_match, "m-1", verdict=verdict, by="Ann")
    assert store_with_match.match("m-1").state is MatchState.CONFIRMED
    assert len(store_with_match.sightings("case-1")) == 1


def test_confirming_twice_leaves_one_pin(store_with_match: Store) -> None:
    for by in ("Ann", "Ben"):
        review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by=by)
    assert len(store_with_match.sightings("case-1")) == 1


def test_nothing_to_undo_is_said(store_with_match: Store) -> None:
    with pytest.raises(Conflict, match="no decision"):
        review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ann")


def test_a_decision_needs_a_name(store_with_match: Store) -> None:
    with pytest.raises(BadInput, match="name"):
        review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="  ")
    assert store_with_match.reviews("m-1") == []


def test_every_verdict_is_in_the_record(store_with_match: Store) -> None:
    for verdict in (Verdict.UNSURE, Verdict.CONFIRM, Verdict.UNDO):
        review.decide(store_with_match, "m-1", verdict=verdict, by="Ann")
    assert [e.action for e in store_with_match.audit_entries()] == ["match unsure", "match confirm", "match undo"]


def with_candidates(store: Store, *ids: str, **fields: object) -> None:
    """More candidates beside m-1."""
    with store.writing() as writing:
        for id in ids:
            track = a_track(f"track {id}", **fields)
            writing.put_track(track)
            writing.add_match(a_match(id, track=track))


def test_a_face_too_small_to_go_by_is_confirmed_only_with_what_else_it_rests_on(store_with_match: Store) -> None:
    store = store_with_match
    with_candidates(store, "m-2", best_box_px=(0.0, 0.0, 31.0, 60.0))
    with pytest.raises(BadInput, match="note: the face is only 31 pixels wide.*what else it rests on"):
        review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ann", note="  ")
    assert (store.reviews("m-2"), store.sightings("case-1")) == ([], [])
    assert review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ann", note="her red coat") is not None
    for verdict in (Verdict.REJECT, Verdict.UNSURE):
        review.decide(store, "m-2", verdict=verdict, by="Ann")


def test_a_face_of_the_useful_size_needs_no_note(store_with_match: Store) -> None:
    with_candidates(store_with_match, "m-2", best_box_px=(0.0, 0.0, 32.0, 60.0))
    assert review.decide(store_with_match, "m-2", verdict=Verdict.CONFIRM, by="Ann") is not None


def test_one_person_is_rejected_once_each_candidate_with_its_own_review_and_one_undo_takes_all_back(
    store_with_match: Store,
) -> None:
    store = store_with_match
    with_candidates(store, "m-2", "m-3")
    together = review.reject_all(store, ["m-1", "m-2", "m-3"], by="Ann", note="a bystander")
    assert {m.state for m in store.matches("case-1")} == {MatchState.REJECTED}
    assert [[r.note for r in store.reviews(id)] for id in ("m-1", "m-2", "m-3")] == [["a bystander"]] * 3
    assert [e.action for e in store.audit_entries()] == ["match reject"] * 3
    assert review.undo_together(store, together, by="Ben") == 3
    assert {m.state for m in store.matches("case-1")} == {MatchState.TO_REVIEW}
    with pytest.raises(Conflict, match="no decision"):
        review.undo_together(store, together, by="Ben")


def test_taking_all_back_leaves_what_was_decided_since(store_with_match: Store) -> None:
    store = store_with_match
    with_candidates(store, "m-2")
    together = review.reject_all(store, ["m-1", "m-2"], by="Ann")
    review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ben")
    assert review.undo_together(store, together, by="Ann") == 1
    assert store.match("m-2").state is MatchState.CONFIRMED
    assert len(store.sightings("case-1")) == 1


def test_what_somebody_confirmed_is_never_rejected_in_bulk(store_with_match: Store) -> None:
    store = store_with_match
    with_candidates(store, "m-2")
    review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ben")
    with pytest.raises(Conflict, match="look again"):
        review.reject_all(store, ["m-1", "m-2"], by="Ann")
    with pytest.raises(BadInput, match="nothing to take together"):
        review.reject_all(store, ["m-1", "m-1"], by="Ann")
    assert store.reviews("m-1") == []
