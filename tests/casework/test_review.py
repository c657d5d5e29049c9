from datetime import timedelta

import pytest

from casework import review
from data.errors import BadInput, Conflict, NotAllowed
from data.models import Camera, Footage, MatchState, SightingKind, Verdict
from data.store import Store
from tests.casework.reviewing import Reader, confirm_by_two
from tests.factories import NOON, a_match, a_track

BACKENDS = ("sqlite", "postgresql")


def test_a_confirmed_match_becomes_a_sighting_at_its_camera_and_moment(store_with_match: Store) -> None:
    sighting = confirm_by_two(store_with_match, "m-1")
    assert store_with_match.sightings("case-1") == [sighting]
    assert sighting.source == "Camera cam-1, confirmed by Ann and Ben"
    assert (sighting.lat, sighting.lon, sighting.kind) == (60.17, 24.94, SightingKind.CONFIRMED_MATCH)
    assert sighting.at == NOON + timedelta(seconds=12.5)
    assert sighting.tolerance_s == 2.5
    assert store_with_match.match("m-1").state is MatchState.CONFIRMED


def test_the_recorders_offset_is_taken_off_the_sightings_time(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.change(Footage, "f-1", clock_offset_s=180.0)
    sighting = confirm_by_two(store_with_match, "m-1")
    assert sighting.at == NOON + timedelta(seconds=12.5 - 180)


def test_the_sighting_is_as_uncertain_as_the_camera_sees_far(store_with_match: Store) -> None:
    with store_with_match.writing() as writing:
        writing.change(Camera, "cam-1", range_m=40.0)
    sighting = confirm_by_two(store_with_match, "m-1")
    assert sighting.radius_m == 40.0


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.UNSURE])
def test_only_a_confirmation_puts_anything_on_the_map(store_with_match: Store, verdict: Verdict) -> None:
    assert review.decide(store_with_match, "m-1", verdict=verdict, by="Ann") is None
    assert store_with_match.sightings("case-1") == []


def test_undo_takes_the_pin_off_the_map_and_the_match_back_to_the_queue(store_with_match: Store) -> None:
    confirm_by_two(store_with_match, "m-1")
    review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ann")
    assert store_with_match.sightings("case-1") == []
    assert store_with_match.match("m-1").state is MatchState.HALF_CONFIRMED
    review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ben")
    assert store_with_match.match("m-1").state is MatchState.TO_REVIEW
    verdicts = [Verdict.CONFIRM, Verdict.CONFIRM, Verdict.UNDO, Verdict.UNDO]
    assert [r.verdict for r in store_with_match.reviews("m-1")] == verdicts


def test_undo_brings_back_the_verdict_before_it(store_with_match: Store) -> None:
    for verdict in (Verdict.CONFIRM, Verdict.REJECT, Verdict.UNDO):
        review.decide(store_with_match, "m-1", verdict=verdict, by="Ann")
    assert store_with_match.match("m-1").state is MatchState.HALF_CONFIRMED
    review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ben")
    assert store_with_match.match("m-1").state is MatchState.CONFIRMED
    assert len(store_with_match.sightings("case-1")) == 1


def test_the_same_person_twice_is_one_person(store_with_match: Store) -> None:
    for _ in range(2):
        assert review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ann") is None
    assert store_with_match.match("m-1").state is MatchState.HALF_CONFIRMED
    assert store_with_match.sightings("case-1") == []


def test_a_third_confirmation_leaves_one_pin(store_with_match: Store) -> None:
    for by in ("Ann", "Ben", "Cai"):
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
    review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ann", note="her red coat")
    with pytest.raises(BadInput, match="what else it rests on"):
        review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ben")
    assert review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ben", note="her walk") is not None
    for verdict in (Verdict.REJECT, Verdict.UNSURE):
        review.decide(store, "m-2", verdict=verdict, by="Ann")


def test_a_face_of_the_useful_size_needs_no_note(store_with_match: Store) -> None:
    with_candidates(store_with_match, "m-2", best_box_px=(0.0, 0.0, 32.0, 60.0))
    confirm_by_two(store_with_match, "m-2")


def test_one_person_is_rejected_once_each_candidate_with_its_own_review_and_one_undo_takes_all_back(
    store_with_match: Store,
) -> None:
    store = store_with_match
    with_candidates(store, "m-2", "m-3")
    together = review.reject_all(store, ["m-1", "m-2", "m-3"], by="Ann", note="a bystander")
    assert {m.state for m in store.matches("case-1")} == {MatchState.REJECTED}
    assert [[r.note for r in store.reviews(id)] for id in ("m-1", "m-2", "m-3")] == [["a bystander"]] * 3
    assert [e.action for e in store.audit_entries()] == ["match reject"] * 3
    with pytest.raises(Conflict, match="no decision of yours"):
        review.undo_together(store, together, by="Ben")
    assert review.undo_together(store, together, by="Ann") == 3
    assert {m.state for m in store.matches("case-1")} == {MatchState.TO_REVIEW}
    with pytest.raises(Conflict, match="no decision"):
        review.undo_together(store, together, by="Ann")


def test_taking_all_back_leaves_what_was_decided_since(store_with_match: Store) -> None:
    store = store_with_match
    with_candidates(store, "m-2")
    together = review.reject_all(store, ["m-1", "m-2"], by="Ann")
    review.decide(store, "m-2", verdict=Verdict.UNSURE, by="Ann")
    assert review.undo_together(store, together, by="Ann") == 1
    assert store.match("m-2").state is MatchState.UNSURE


def test_what_two_confirmed_is_never_rejected_in_bulk(store_with_match: Store) -> None:
    store = store_with_match
    with_candidates(store, "m-2")
    confirm_by_two(store, "m-2")
    with pytest.raises(Conflict, match="look again"):
        review.reject_all(store, ["m-1", "m-2"], by="Ann")
    with pytest.raises(BadInput, match="nothing to take together"):
        review.reject_all(store, ["m-1", "m-1"], by="Ann")
    assert store.reviews("m-1") == []


def test_the_second_person_sees_a_candidate_as_if_nobody_had_looked_at_it(store_with_match: Store) -> None:
    """Neither state nor verdict nor note nor name of the first, nor a place of its own; the first sees their own."""
    store = store_with_match
    with_candidates(store, "m-2", "m-3")
    for id, verdict in (("m-1", Verdict.CONFIRM), ("m-2", Verdict.UNSURE)):
        review.decide(store, id, verdict=verdict, by="Ann", note="a telling note")
    ben, ann = store.guarded(Reader("Ben")), store.guarded(Reader("Ann"))
    seen = review.candidates(ben, "case-1")
    assert {c.match.state for c in seen} == {MatchState.TO_REVIEW}
    assert [c.reviews for c in seen] == [(), (), ()]
    assert len(review.candidates(ben, "case-1", states=(MatchState.TO_REVIEW,))) == review.waiting(ben, "case-1") == 3
    assert review.candidates(ben, "case-1", states=(MatchState.HALF_CONFIRMED, MatchState.UNSURE)) == []
    mine = {c.match.id: c for c in review.candidates(ann, "case-1")}
    assert mine["m-1"].match.state is MatchState.HALF_CONFIRMED
    assert mine["m-2"].match.state is MatchState.UNSURE
    assert [r.note for r in mine["m-1"].reviews] == ["a telling note"]
    assert review.waiting(ann, "case-1") == 1


def test_the_record_keeps_a_verdict_from_who_has_yet_to_decide(store_with_match: Store) -> None:
    store = store_with_match
    review.decide(store, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    ben, ann = store.guarded(Reader("Ben")), store.guarded(Reader("Ann"))
    (entry,) = review.readable(ben, "case-1", store.audit_entries("case-1"))
    assert (entry.action, entry.details) == ("match verdict", {})
    assert "Ann" not in entry.by
    assert review.readable(ann, "case-1", store.audit_entries("case-1")) == store.audit_entries("case-1")

    review.decide(ben, "m-1", verdict=Verdict.REJECT, by="Ben", seen=MatchState.TO_REVIEW)
    entries = review.readable(ben, "case-1", store.audit_entries("case-1"))
    assert [(e.by, e.action) for e in entries] == [("Ann", "match confirm"), ("Ben", "match reject")]


def test_a_dispute_takes_the_pin_off_and_a_third_person_settles_it_with_reasons(store_with_match: Store) -> None:
    store = store_with_match
    confirm_by_two(store, "m-1")
    review.decide(store, "m-1", verdict=Verdict.REJECT, by="Cai")
    assert (store.match("m-1").state, store.sightings("case-1")) == (MatchState.DISPUTED, [])
    with pytest.raises(BadInput, match="reason"):
        review.settle(store, "m-1", confirms=True, reason=" ", by="Sue")
    with pytest.raises(NotAllowed, match="one of those who disagree"):
        review.settle(store, "m-1", confirms=False, reason="I was there", by="Cai")
    sighting = review.settle(store, "m-1", confirms=True, reason="the same scar, seen on both", by="Sue")
    assert store.sightings("case-1") == [sighting]
    assert store.reviews("m-1")[-1].note == "the same scar, seen on both"
    with pytest.raises(Conflict, match="not in dispute"):
        review.settle(store, "m-1", confirms=False, reason="again", by="Sue")
    review.decide(store, "m-1", verdict=Verdict.UNDO, by="Sue")
    assert (store.match("m-1").state, store.sightings("case-1")) == (MatchState.DISPUTED, [])


def test_only_a_supervisors_verb_settles(store_with_match: Store) -> None:
    with pytest.raises(BadInput, match="only a supervisor"):
        review.decide(store_with_match, "m-1", verdict=Verdict.SETTLE_CONFIRM, by="Ann")


def test_nobody_takes_back_what_somebody_else_said(store_with_match: Store) -> None:
    review.decide(store_with_match, "m-1", verdict=Verdict.REJECT, by="Ann")
    with pytest.raises(Conflict, match="no decision of yours"):
        review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ben")


def test_rejecting_in_bulk_what_another_half_confirmed_makes_a_dispute_of_that_one(store_with_match: Store) -> None:
    store = store_with_match
    with_candidates(store, "m-2")
    review.decide(store, "m-2", verdict=Verdict.CONFIRM, by="Ann")
    together = review.reject_all(store, ["m-1", "m-2"], by="Ben")
    assert [store.match(id).state for id in ("m-1", "m-2")] == [MatchState.REJECTED, MatchState.DISPUTED]
    review.undo_together(store, together, by="Ben")
    assert [store.match(id).state for id in ("m-1", "m-2")] == [MatchState.TO_REVIEW, MatchState.HALF_CONFIRMED]
