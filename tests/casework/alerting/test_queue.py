"""The queue where databases differ: on both of them."""

import threading
from datetime import timedelta
from itertools import pairwise

import pytest

from casework.alerting import ledger, outbox
from casework.alerting.choosing import held
from casework.alerting.events import candidates_offered
from casework.alerting.outcomes import Outcome, Result
from casework.alerting.policy import Pace
from casework.alerting.rules import set_rules
from data import alert_rows as rows
from data.alert_models import AlertEvent, AlertRules, AlertState
from data.errors import Conflict
from data.models import MatchState, utc_now
from data.store import Store
from tests.casework.alerting.making import (
    NOT_NOW,
    UNCLEAR,
    FakeSender,
    a_case_to_tell,
    a_contact,
    a_guardian,
    a_post,
    all_of,
    confirm,
    decide,
    empty,
    rows_by_state,
    take_back,
    tell_candidates,
    told,
)
from tests.factories import NOON

BACKENDS = ("sqlite", "postgresql")


def test_what_is_rolled_back_is_not_told(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())

    def offer_and_break_off() -> None:
        with store.writing() as writing:
            candidates_offered(writing, [(match, None)], at=NOON)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        offer_and_break_off()
    assert all_of(store) == []


def test_who_was_told_of_a_confirmation_is_told_that_it_was_taken_back(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_guardian())
    confirm(store, match.id)
    sender = FakeSender()
    empty(a_post(store, sender))
    late = told(store, a_guardian(name="Father", address="father@example.org"))
    take_back(store, match.id)
    empty(a_post(store, sender))
    assert [message.address for message in sender.taken] == ["mother@example.org"] * 2
    assert "no longer confirmed" in sender.taken[1].text
    assert late.id not in {alert.recipient_id for alert in ledger.alerts(store, "case-1")}


def test_a_message_that_was_surely_not_taken_is_tried_again_later_and_then_given_up(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    post = a_post(store, FakeSender(NOT_NOW), pace=Pace(first_s=60.0, attempts=3))
    now, tries = utc_now(), []
    while (message := outbox.take_next(store, run=post.run, now=now)) is not None or len(tries) < 3:
        if message is not None:
            outbox.record(store, message, NOT_NOW, run=post.run, now=now, pace=post.pace)
            tries.append(now)
        now += timedelta(seconds=30)
    assert [(b - a).total_seconds() for a, b in pairwise(tries)] == [60.0, 120.0]
    (alert,) = ledger.alerts(store, "case-1")
    assert (alert.state, alert.attempts, alert.why) == (AlertState.FAILED, 3, "busy")


def test_a_sender_that_vanished_leaves_its_message_unknown_and_nobody_sends_it(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    now = utc_now()
    assert outbox.take_next(store, run="dead", now=now, hold_s=60) is not None
    assert outbox.take_next(store, run="other", now=now + timedelta(seconds=59)) is None
    assert all_of(store) == [(AlertEvent.CANDIDATE, AlertState.SENDING)]
    assert outbox.take_next(store, run="other", now=now + timedelta(seconds=61)) is None
    (alert,) = ledger.alerts(store, "case-1")
    assert alert.state is AlertState.UNKNOWN
    assert "may have gone out" in alert.why
    assert [entry.details["alert"] for entry in store.audit_entries(action="alert unknown")] == [alert.id]


def test_beyond_the_limit_leads_wait_and_go_as_one_digest(store: Store) -> None:
    matches = a_case_to_tell(store, matches=8)
    told(store, a_contact())
    set_rules(store, "case-1", AlertRules("case-1", limit=3, window_s=3600), by="Ann")
    start, sender = utc_now(), FakeSender()
    for n, match in enumerate(matches):  # as they come, one after the other
        tell_candidates(store, [match], at=start)
        message = outbox.take_next(store, run="x", now=start + timedelta(seconds=n))
        if message is not None:
            outbox.record(store, message, sender.send(message), run="x", now=start + timedelta(seconds=n))
    assert len(sender.taken) == 3
    (waits,) = held(store, "case-1", now=start + timedelta(seconds=60))
    assert (waits.waiting.count, waits.why.startswith("the limit of 3 messages in 60 minutes")) == (5, True)
    message = outbox.take_next(store, run="x", now=start + timedelta(seconds=3601))
    assert message is not None
    assert "5 new possible sightings" in message.title
    outbox.record(store, message, Outcome(Result.ACCEPTED), run="x")
    found = ledger.alerts(store, "case-1")
    assert {alert.state for alert in found} == {AlertState.SENT}
    assert len(found) == 9
    assert sum(alert.digest_id == message.id for alert in found) == 5


def test_a_digest_that_was_not_taken_leaves_out_what_was_decided_meanwhile(store: Store) -> None:
    matches = a_case_to_tell(store, matches=5)
    told(store, a_contact())
    set_rules(store, "case-1", AlertRules("case-1", limit=1), by="Ann")
    tell_candidates(store, matches)
    now = utc_now()
    message = outbox.take_next(store, run="x", now=now)
    assert message is not None
    assert outbox.record(store, message, NOT_NOW, run="x", now=now) is AlertState.QUEUED
    decide(store, matches[0], MatchState.REJECTED)
    again = outbox.take_next(store, run="x", now=now + timedelta(minutes=5))
    assert again is not None
    assert (again.id, again.attempt) == (message.id, 2)
    assert "4 new possible sightings" in again.title
    for match in matches:
        decide(store, match, MatchState.REJECTED)
    outbox.record(store, again, NOT_NOW, run="x", now=now + timedelta(minutes=5))
    assert outbox.take_next(store, run="x", now=now + timedelta(hours=1)) is None
    assert set(all_of(store)) == {
        (AlertEvent.CANDIDATE, AlertState.OVERTAKEN),
        (AlertEvent.DIGEST, AlertState.OVERTAKEN),
    }


def test_a_digest_that_may_have_gone_out_is_sent_again_whole_when_a_person_asks(store: Store) -> None:
    matches = a_case_to_tell(store, matches=5)
    told(store, a_contact())
    set_rules(store, "case-1", AlertRules("case-1", limit=1), by="Ann")
    tell_candidates(store, matches)
    assert empty(a_post(store, FakeSender(UNCLEAR))) == [AlertState.UNKNOWN]
    found = ledger.alerts(store, "case-1")
    assert {alert.state for alert in found} == {AlertState.UNKNOWN}
    (digest,) = [alert for alert in found if alert.event is AlertEvent.DIGEST]
    part = next(alert for alert in found if alert.digest_id)
    with pytest.raises(Conflict, match="is part of the digest"):
        ledger.resend(store, part.id, by="Ben")
    ledger.resend(store, digest.id, by="Ben")
    sender = FakeSender()
    assert empty(a_post(store, sender)) == [AlertState.SENT]
    assert "5 new possible sightings" in sender.taken[0].title
    assert rows_by_state(store) == {AlertState.SENT: 6, AlertState.UNKNOWN: 1}


def test_a_flood_of_leads_does_not_hold_up_what_two_people_confirmed(store: Store) -> None:
    matches = a_case_to_tell(store, matches=6)
    told(store, a_contact())
    for n in range(4):
        told(store, a_guardian(name=f"G{n}", address=f"g{n}@example.org"))
    set_rules(store, "case-1", AlertRules("case-1", limit=1), by="Ann")
    tell_candidates(store, matches[:1])
    sender = FakeSender()
    empty(a_post(store, sender))
    tell_candidates(store, matches[1:])
    confirm(store, "m-6")
    assert empty(a_post(store, sender)) == [AlertState.SENT] * 5
    assert {h.why[:9] for h in held(store, "case-1")} == {"the limit"}


def test_the_teams_members_share_what_room_there_is(store: Store) -> None:
    matches = a_case_to_tell(store, matches=4)
    for n in range(2):
        told(store, a_contact(name=f"T{n}", address=f"t{n}@example.org"))
    set_rules(store, "case-1", AlertRules("case-1", limit=4), by="Ann")
    tell_candidates(store, matches)
    sender = FakeSender()
    assert len(empty(a_post(store, sender))) == 2
    assert {message.address for message in sender.taken} == {"t0@example.org", "t1@example.org"}
    assert all("4 new possible sightings" in message.title for message in sender.taken)


def test_what_a_backup_holds_as_queued_is_not_sent_by_itself(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    with store.writing() as writing:
        assert rows.not_to_be_sent_after_restore(writing.connection, utc_now(), "restored from a backup") == 1
    assert empty(a_post(store, FakeSender())) == []
    assert all_of(store) == [(AlertEvent.CANDIDATE, AlertState.UNKNOWN)]


def test_what_a_digest_said_of_purged_footage_is_blanked(store: Store) -> None:
    matches = a_case_to_tell(store, matches=3)
    told(store, a_contact())
    set_rules(store, "case-1", AlertRules("case-1", limit=1), by="Ann")
    tell_candidates(store, matches)
    empty(a_post(store, FakeSender()))
    with store.writing() as writing:
        assert rows.forget_words_of_footage(writing, "f-2") == 0
        assert rows.forget_words_of_footage(writing, "f-1") == 1
    assert not [alert for alert in ledger.alerts(store, "case-1") if "Station" in alert.text]


def test_many_senders_beside_one_another_send_each_message_once(store: Store) -> None:
    matches = a_case_to_tell(store, matches=24)
    set_rules(store, "case-1", AlertRules("case-1", limit=1000), by="Ann")
    told(store, a_contact())
    tell_candidates(store, matches)
    sender = FakeSender()
    threads = [threading.Thread(target=empty, args=(a_post(store, sender),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(sender.taken) == len({message.id for message in sender.taken}) == 24
    assert rows_by_state(store) == {AlertState.SENT: 24}
