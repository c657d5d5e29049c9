"""The queue: who is told what, once, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from casework.alerting import outbox, sending
from casework.alerting.choosing import held
from casework.alerting.delivery import provider_said
from casework.alerting.events import candidates_offered, confirmation_withdrawn, match_confirmed
from casework.alerting.outcomes import Outcome, Result
from casework.alerting.policy import Pace
from casework.alerting.rules import remove_recipient, set_rules
from casework.alerting.sending import Post, send_next
from data import alert_rows as rows
from data.alert_models import AddressKind, AlertEvent, AlertRules, AlertState, Audience, Lane
from data.errors import Conflict, NotReachable
from data.models import MatchState, utc_now
from data.store import Store
from tests.casework.alerting.making import (
    FakeSender,
    a_case_to_tell,
    a_contact,
    a_guardian,
    decide,
    tell_candidates,
    told,
)
from tests.factories import NOON, a_track

BACKENDS = ("sqlite", "postgresql")
NOT_NOW = Outcome(Result.NOT_NOW, "busy")
UNCLEAR = Outcome(Result.UNCLEAR, "no answer")
REFUSED = Outcome(Result.REFUSED, "no such mailbox")


def a_post(store: Store, sender: FakeSender, **options: object) -> Post:
    return Post(store, dict.fromkeys(AddressKind, sender), **options)  # type: ignore[arg-type]


def empty(post: Post) -> list[AlertState]:
    """Send until nothing may go any more."""
    states = []
    while (state := send_next(post)) is not None:
        states.append(state)
    return states


def all_of(store: Store) -> list[tuple[AlertEvent, AlertState]]:
    return [(alert.event, alert.state) for alert in outbox.alerts(store, "case-1")]


def confirm(store: Store, match_id: str, review_id: str = "r-1") -> None:
    with store.writing() as writing:
        writing.set_match_state(match_id, MatchState.CONFIRMED)
        match_confirmed(writing, store.match(match_id), review_id=review_id, at=NOON)


def take_back(store: Store, match_id: str, review_id: str = "r-2") -> None:
    with store.writing() as writing:
        writing.set_match_state(
            match_id, MatchState.DISPUTED if hasattr(MatchState, "DISPUTED") else MatchState.TO_REVIEW
        )
        confirmation_withdrawn(writing, store.match(match_id), review_id=review_id, at=NOON)


def test_a_candidate_is_told_to_the_team_alone_and_once(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    told(store, a_guardian())
    told(store, a_guardian(name="Police", address="desk@police.example", audience=Audience.AUTHORITY))
    assert tell_candidates(store, [match]) == 1
    assert tell_candidates(store, [match]) == 0
    sender = FakeSender()
    assert empty(a_post(store, sender)) == [AlertState.SENT]
    assert [message.address for message in sender.taken] == ["team@example.org"]
    assert "investigative lead, not an identification" in sender.taken[0].text.casefold()


def test_a_candidate_below_the_alert_threshold_or_known_above_it_before_is_no_news(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    low = replace(match, track=a_track("t-1", similarity=0.54))
    with store.writing() as writing:
        aside = replace(match, state=MatchState.SET_ASIDE)
        assert candidates_offered(writing, [(low, None), (match, match), (aside, None)], at=NOON) == 0
        assert candidates_offered(writing, [(match, low)], at=NOON) == 1


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


def test_a_confirmed_match_is_told_to_everybody_who_asked_for_it(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    for contact in (
        a_contact(),
        a_guardian(),
        a_guardian(name="Police", address="p@x.example", audience=Audience.AUTHORITY),
    ):
        told(store, contact)
    confirm(store, match.id)
    sender = FakeSender()
    assert empty(a_post(store, sender)) == [AlertState.SENT] * 3
    assert all("not an identification" not in message.text for message in sender.taken)


def test_what_is_not_confirmed_any_more_when_its_turn_comes_is_never_told(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_guardian())
    confirm(store, match.id)
    decide(store, match, MatchState.REJECTED)  # as another process might
    sender = FakeSender()
    assert empty(a_post(store, sender)) == []
    assert sender.taken == []
    assert all_of(store) == [(AlertEvent.CONFIRMED, AlertState.OVERTAKEN)]


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
    assert late.id not in {alert.recipient_id for alert in outbox.alerts(store, "case-1")}


def test_a_confirmation_taken_back_before_it_was_told_is_told_to_nobody(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_guardian())
    confirm(store, match.id)
    take_back(store, match.id)
    assert empty(a_post(store, FakeSender())) == []
    assert all_of(store) == [(AlertEvent.CONFIRMED, AlertState.OVERTAKEN)]
    confirm(store, match.id, "r-3")
    assert empty(a_post(store, FakeSender())) == [AlertState.SENT]


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
    (alert,) = outbox.alerts(store, "case-1")
    assert (alert.state, alert.attempts, alert.why) == (AlertState.FAILED, 3, "busy")


def test_no_try_comes_sooner_than_the_other_side_asked_for() -> None:
    assert Pace().again_at(1, NOON, 300.0) == NOON + timedelta(seconds=300)
    assert Pace().again_at(1, NOON, 1e9) == NOON + timedelta(hours=1)
    assert Pace().again_at(3, NOON) == NOON + timedelta(minutes=2)


@pytest.mark.parametrize(("outcome", "state"), [(UNCLEAR, AlertState.UNKNOWN), (REFUSED, AlertState.FAILED)])
def test_what_failed_or_may_have_gone_out_is_sent_again_only_when_a_person_asks_and_once(
    store: Store, outcome: Outcome, state: AlertState
) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    sender = FakeSender(outcome)
    assert empty(a_post(store, sender)) == [state]
    assert empty(a_post(store, sender)) == []
    (old,) = outbox.alerts(store, "case-1")
    new = outbox.resend(store, old.id, by="Ben")
    with pytest.raises(Conflict, match="was sent again already"):
        outbox.resend(store, old.id, by="Ben")
    assert empty(a_post(store, FakeSender())) == [AlertState.SENT]
    now = {alert.id: alert for alert in outbox.alerts(store, "case-1")}
    assert (now[old.id].state, now[new.id].state, now[new.id].asked_by) == (state, AlertState.SENT, "Ben")
    with pytest.raises(Conflict, match="is sent"):
        outbox.resend(store, new.id, by="Ben")


def test_a_sender_that_vanished_leaves_its_message_unknown_and_nobody_sends_it(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    now = utc_now()
    assert outbox.take_next(store, run="dead", now=now, hold_s=60) is not None
    assert outbox.take_next(store, run="other", now=now + timedelta(seconds=59)) is None
    assert all_of(store) == [(AlertEvent.CANDIDATE, AlertState.SENDING)]
    assert outbox.take_next(store, run="other", now=now + timedelta(seconds=61)) is None
    (alert,) = outbox.alerts(store, "case-1")
    assert alert.state is AlertState.UNKNOWN
    assert "may have gone out" in alert.why
    assert [entry.details["alert"] for entry in store.audit_entries(action="alert unknown")] == [alert.id]


def test_a_slow_sender_may_say_later_what_it_knows_but_nobody_else_may(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    now = utc_now()
    message = outbox.take_next(store, run="slow", now=now, hold_s=60)
    assert message is not None
    outbox.take_next(store, run="other", now=now + timedelta(seconds=61))
    accepted = Outcome(Result.ACCEPTED, provider_id="P-9")
    assert outbox.record(store, message, accepted, run="other") is AlertState.UNKNOWN
    assert outbox.record(store, message, accepted, run="slow") is AlertState.SENT


def test_what_is_known_late_to_have_failed_is_not_tried_again_by_itself(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    now = utc_now()
    message = outbox.take_next(store, run="slow", now=now, hold_s=60)
    assert message is not None
    outbox.take_next(store, run="other", now=now + timedelta(seconds=61))
    assert outbox.record(store, message, NOT_NOW, run="slow") is AlertState.FAILED


def test_nothing_waits_for_a_recipient_who_was_removed(store: Store) -> None:
    matches = a_case_to_tell(store, matches=3)
    recipient = told(store, a_contact())
    tell_candidates(store, matches)
    remove_recipient(store, recipient.id, by="Ann")
    assert empty(a_post(store, FakeSender())) == []
    assert all_of(store) == [(AlertEvent.CANDIDATE, AlertState.OVERTAKEN)] * 3


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
    found = outbox.alerts(store, "case-1")
    assert {alert.state for alert in found} == {AlertState.SENT}
    assert len(found) == 9
    assert sum(alert.digest_id == message.id for alert in found) == 5


def test_digests_are_spread_over_the_window_so_that_a_flood_does_not_use_it_up_at_once(store: Store) -> None:
    matches = a_case_to_tell(store, matches=60)
    told(store, a_contact())
    set_rules(store, "case-1", AlertRules("case-1", limit=5, window_s=600), by="Ann")
    start, taken = utc_now(), []
    for n, match in enumerate(matches):  # one every ten seconds, ten minutes long
        now = start + timedelta(seconds=10 * n)
        tell_candidates(store, [match], at=now)
        message = outbox.take_next(store, run="x", now=now)
        if message is not None:
            outbox.record(store, message, Outcome(Result.ACCEPTED), run="x", now=now)
            taken.append(10 * n)
    assert len(taken) == 5
    assert not [one for one in held(store, "case-1", now=start) if not one.why]


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
    found = outbox.alerts(store, "case-1")
    assert {alert.state for alert in found} == {AlertState.UNKNOWN}
    (digest,) = [alert for alert in found if alert.event is AlertEvent.DIGEST]
    part = next(alert for alert in found if alert.digest_id)
    with pytest.raises(Conflict, match="is part of the digest"):
        outbox.resend(store, part.id, by="Ben")
    outbox.resend(store, digest.id, by="Ben")
    sender = FakeSender()
    assert empty(a_post(store, sender)) == [AlertState.SENT]
    assert "5 new possible sightings" in sender.taken[0].title
    assert rows_by_state(store) == {AlertState.SENT: 6, AlertState.UNKNOWN: 1}


def rows_by_state(store: Store) -> dict[AlertState, int]:
    with store.database.reading() as connection:
        return rows.counts(connection, "case-1")


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


def test_in_quiet_hours_leads_wait_and_a_confirmation_wakes_those_who_want_it(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(on_confirmed=False))
    told(store, a_guardian())
    told(store, a_guardian(name="Aunt", address="aunt@example.org", wakes=False))
    set_rules(store, "case-1", AlertRules("case-1", quiet_from="22:00", quiet_to="07:00"), by="Ann")
    night, morning = NOON.replace(hour=1), NOON.replace(hour=5)  # 03:00 and 07:00 in Helsinki
    tell_candidates(store, [match], at=night)
    assert outbox.take_next(store, run="x", now=night) is None
    assert [one.why for one in held(store, "case-1", now=night)] == ["quiet hours until 07:00"]
    with store.writing() as writing:
        writing.set_match_state(match.id, MatchState.CONFIRMED)
        match_confirmed(writing, store.match(match.id), review_id="r", at=night)
    message = outbox.take_next(store, run="x", now=night)
    assert message is not None
    assert message.address == "mother@example.org"
    assert outbox.take_next(store, run="x", now=night) is None
    late = outbox.take_next(store, run="x", now=morning)
    assert late is not None
    assert late.address == "aunt@example.org"


def test_a_kind_of_address_that_is_not_set_up_fails_in_words(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    assert empty(Post(store, {})) == [AlertState.FAILED]
    assert outbox.alerts(store, "case-1")[0].why == "email: is not set up here; see LASTSEEN_SMTP_HOST"


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
    assert not [alert for alert in outbox.alerts(store, "case-1") if "Station" in alert.text]


def test_the_providers_later_word_is_kept_in_its_order_and_settles_what_was_unknown(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    empty(a_post(store, FakeSender(UNCLEAR)))
    (alert,) = outbox.alerts(store, "case-1")
    assert provider_said(store, alert.id, provider_id="SM1", status="delivered").state is AlertState.SENT
    said = provider_said(store, alert.id, provider_id="SM1", status="sent")
    assert (said.provider_id, said.provider_status) == ("SM1", "delivered")
    assert provider_said(store, alert.id, provider_id="SM2", status="failed").state is AlertState.SENT
    assert provider_said(store, alert.id, provider_id="SM1", status="nonsense").provider_status == "delivered"


def test_what_the_provider_took_after_all_is_not_sent_once_more(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    assert empty(a_post(store, FakeSender(NOT_NOW))) == [AlertState.QUEUED]  # it said 500, and sent it
    (alert,) = outbox.alerts(store, "case-1")
    assert provider_said(store, alert.id, provider_id="SM1", status="sent").state is AlertState.SENT
    assert outbox.take_next(store, run="x", now=utc_now() + timedelta(hours=9)) is None


def test_nobody_is_believed_about_what_was_never_sent(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    (alert,) = outbox.alerts(store, "case-1")
    assert provider_said(store, alert.id, provider_id="SM1", status="sent").state is AlertState.QUEUED


def test_what_became_of_a_message_is_kept_when_the_database_is_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    monkeypatch.setattr(sending, "LOOK_EVERY_S", 0.0)
    keep, tries = outbox.record, []

    def away_twice(*args: object, **options: object) -> AlertState:
        tries.append(1)
        if len(tries) < 3:
            raise NotReachable("store: away")
        return keep(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(outbox, "record", away_twice)
    sender = FakeSender()
    assert empty(a_post(store, sender)) == [AlertState.SENT]
    assert len(sender.taken) == 1


def test_an_sms_that_was_not_delivered_has_failed(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    empty(a_post(store, FakeSender(Outcome(Result.ACCEPTED, provider_id="SM1", provider_status="queued"))))
    (alert,) = outbox.alerts(store, "case-1")
    said = provider_said(store, alert.id, provider_id="SM1", status="undelivered", error="30003")
    assert (said.state, said.why) == (AlertState.FAILED, "SMS: undelivered, Twilio's error 30003")
    assert outbox.resend(store, alert.id, by="Ann").lane is Lane.ASKED


def test_neither_record_nor_log_of_a_message_holds_its_address_or_words(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(address="secret.person@example.org"))
    tell_candidates(store, [match])
    empty(a_post(store, FakeSender()))
    kept = repr(store.audit_entries())
    assert "secret.person" not in kept
    assert "Aino" not in kept
    assert "s…@example.org" in kept
