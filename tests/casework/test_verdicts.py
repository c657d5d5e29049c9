"""The rule of two people, as one pure function of the verdicts."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.verdicts import FINAL, OPEN, as_seen_by, is_blind, standing_of, state_of
from data.models import MatchState, Review, Verdict
from tests.factories import NOON

YES, NO, UNSURE, UNDO = Verdict.CONFIRM, Verdict.REJECT, Verdict.UNSURE, Verdict.UNDO
SETTLE_YES, SETTLE_NO = Verdict.SETTLE_CONFIRM, Verdict.SETTLE_REJECT
PEOPLE = ("Ann", "Ben", "Cai", "Dee")


def said(*words: tuple[str, Verdict]) -> list[Review]:
    return [
        Review(str(n), "m-1", verdict, by, "", NOON + timedelta(seconds=n)) for n, (by, verdict) in enumerate(words)
    ]


any_words = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from((YES, NO, UNSURE, UNDO))), max_size=14)
all_words = st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(Verdict))), max_size=14)


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ((), MatchState.TO_REVIEW),
        ((("Ann", YES),), MatchState.HALF_CONFIRMED),
        ((("Ann", YES), ("Ann", YES)), MatchState.HALF_CONFIRMED),
        ((("Ann", YES), ("Ben", YES)), MatchState.CONFIRMED),
        ((("Ann", YES), ("Ben", UNSURE)), MatchState.HALF_CONFIRMED),
        ((("Ann", YES), ("Ben", NO)), MatchState.DISPUTED),
        ((("Ann", NO), ("Ben", YES)), MatchState.DISPUTED),
        ((("Ann", YES), ("Ben", YES), ("Cai", NO)), MatchState.DISPUTED),
        ((("Ann", NO),), MatchState.REJECTED),
        ((("Ann", UNSURE),), MatchState.UNSURE),
        ((("Ann", UNSURE), ("Ben", NO)), MatchState.REJECTED),
        ((("Ann", YES), ("Ann", UNDO)), MatchState.TO_REVIEW),
        ((("Ann", YES), ("Ben", UNDO)), MatchState.HALF_CONFIRMED),
        ((("Ann", NO), ("Ann", YES), ("Ben", YES)), MatchState.CONFIRMED),
        ((("Ann", YES), ("Ann", NO), ("Ann", UNDO), ("Ben", YES)), MatchState.CONFIRMED),
        ((("Ann", YES), ("Ben", YES), ("Ben", UNDO)), MatchState.HALF_CONFIRMED),
        ((("Ann", YES), ("Ben", YES), ("Ben", UNDO), ("Ben", YES)), MatchState.CONFIRMED),
    ],
)
def test_the_state_follows_from_what_each_person_says_now(
    words: tuple[tuple[str, Verdict], ...], state: MatchState
) -> None:
    assert state_of(said(*words)) is state


def test_who_turns_to_yes_after_seeing_the_others_yes_is_no_second_person() -> None:
    turned = [("Ann", YES), ("Ben", NO), ("Ben", UNDO), ("Ben", YES)]
    assert state_of(said(*turned)) is MatchState.HALF_CONFIRMED
    assert state_of(said(*turned, ("Cai", YES))) is MatchState.CONFIRMED


def test_who_first_speaks_up_in_an_open_dispute_is_no_second_person() -> None:
    spoke = [("Ann", YES), ("Ben", NO), ("Cai", YES), ("Ben", UNDO)]
    assert state_of(said(*spoke)) is MatchState.HALF_CONFIRMED


def test_a_dispute_is_settled_either_way_and_opened_again_by_a_new_word() -> None:
    dispute = [("Ann", YES), ("Ben", NO)]
    confirmed = [*dispute, ("Sue", SETTLE_YES)]
    assert state_of(said(*confirmed)) is MatchState.CONFIRMED
    assert standing_of(said(*confirmed)).confirmed_by == ("Ann", "Sue")
    assert state_of(said(*dispute, ("Sue", SETTLE_NO))) is MatchState.REJECTED
    assert state_of(said(*confirmed, ("Sue", UNDO))) is MatchState.DISPUTED
    assert state_of(said(*confirmed, ("Cai", NO))) is MatchState.DISPUTED
    assert state_of(said(*confirmed, ("Ann", UNDO))) is MatchState.REJECTED


@given(any_words)
def test_nothing_is_confirmed_by_fewer_than_two_people_and_nothing_against_a_standing_no(
    words: list[tuple[str, Verdict]],
) -> None:
    standing = standing_of(said(*words))
    if standing.state is MatchState.CONFIRMED:
        assert len(set(standing.confirmed_by)) >= 2
        assert not standing.who(NO)
        assert set(standing.confirmed_by) <= standing.who(YES)
    if standing.who(YES) and standing.who(NO):
        assert standing.state is MatchState.DISPUTED


@given(all_words)
def test_a_settled_confirmation_needs_somebody_who_still_confirms(
    words: list[tuple[str, Verdict]],
) -> None:
    standing = standing_of(said(*words))
    if standing.state is MatchState.CONFIRMED:
        assert standing.who(YES)
    if not standing.verdicts:
        assert standing.state is MatchState.TO_REVIEW


@given(any_words, st.sampled_from(PEOPLE))
def test_a_person_who_has_yet_to_decide_learns_nothing_of_the_others(
    words: list[tuple[str, Verdict]], reader: str
) -> None:
    reviews = said(*words)
    own = [review for review in reviews if review.by == reader]
    mine = standing_of(reviews).of(reader)
    if state_of(reviews) in OPEN and (mine is None or mine.verdict not in FINAL):
        assert is_blind(reviews, reader)
        assert list(as_seen_by(reviews, reader)) == own
        assert state_of(as_seen_by(reviews, reader)) in (MatchState.TO_REVIEW, MatchState.UNSURE)
    else:
        assert list(as_seen_by(reviews, reader)) == reviews


@given(any_words, st.sampled_from(PEOPLE))
def test_taking_back_what_was_just_said_leaves_everybody_elses_verdict(
    words: list[tuple[str, Verdict]], person: str
) -> None:
    before = standing_of(said(*words)).verdicts
    after = standing_of(said(*words, (person, UNSURE), (person, UNDO))).verdicts
    assert {by: r.verdict for by, r in after.items()} == {by: r.verdict for by, r in before.items()}


@given(st.permutations([("Ann", YES), ("Ben", YES), ("Cai", UNSURE)]))
def test_independent_verdicts_count_the_same_in_any_order(words: list[tuple[str, Verdict]]) -> None:
    assert state_of(said(*words)) is MatchState.CONFIRMED
