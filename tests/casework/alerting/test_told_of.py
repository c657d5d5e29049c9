"""What people and scans do in a case is told to those who are to know, in the same transaction."""

from dataclasses import replace

import pytest

from casework import review
from casework.alerting import ledger, outbox
from casework.alerting.rules import recipients
from casework.offering import Offer, settle
from data.alert_models import AlertEvent, Audience
from data.errors import NotAllowed
from data.models import Verdict
from data.store import Store
from tests.casework.alerting.making import a_contact, a_guardian, told
from tests.casework.reviewing import Reader, confirm_by_two
from tests.factories import a_match, a_track


def events(store: Store) -> list[tuple[AlertEvent, Audience]]:
    whom = {recipient.id: recipient.audience for recipient in recipients(store, "case-1")}
    return sorted((alert.event, whom[alert.recipient_id]) for alert in ledger.alerts(store, "case-1"))


def test_one_persons_yes_is_told_to_nobody_and_twos_to_all(store_with_match: Store) -> None:
    told(store_with_match, a_contact())
    told(store_with_match, a_guardian())
    review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ann")
    assert events(store_with_match) == []
    review.decide(store_with_match, "m-1", verdict=Verdict.CONFIRM, by="Ben")
    assert events(store_with_match) == [
        (AlertEvent.CONFIRMED, Audience.GUARDIAN), (AlertEvent.CONFIRMED, Audience.TEAM),
    ]  # fmt: skip


def test_a_confirmation_that_is_taken_back_is_put_right(store_with_match: Store) -> None:
    told(store_with_match, a_guardian())
    confirm_by_two(store_with_match, "m-1")
    message = outbox.take_next(store_with_match, run="x")
    assert message is not None
    review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ben")
    assert events(store_with_match) == [
        (AlertEvent.CONFIRMED, Audience.GUARDIAN), (AlertEvent.WITHDRAWN, Audience.GUARDIAN),
    ]  # fmt: skip


def test_a_scans_candidates_above_the_alert_threshold_are_told_to_the_team(store_with_match: Store) -> None:
    told(store_with_match, a_contact())
    told(store_with_match, a_guardian())
    new = a_match("m-2", track=a_track("t-2"))
    low = a_match("m-3", track=a_track("t-3", similarity=0.5))
    with store_with_match.writing() as writing:
        settle(writing, [Offer(new, None, None), Offer(low, None, None)])
        settle(writing, [Offer(replace(new, track=a_track("t-2", similarity=0.8)), None, new)])
    assert [(alert.event, alert.match_id) for alert in ledger.alerts(store_with_match, "case-1")] == [
        (AlertEvent.CANDIDATE, "m-2"),
    ]  # fmt: skip


def test_only_the_machine_takes_messages_out_of_the_queue(store_with_match: Store) -> None:
    with pytest.raises(NotAllowed, match="machine"):
        outbox.take_next(store_with_match.guarded(Reader("Ann")), run="x")
