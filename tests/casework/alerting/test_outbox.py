"""The queue: who is told what, once, and what becomes of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from casework.alerting import ledger, outbox, sending
from casework.alerting.choosing import held
from casework.alerting.delivery import provider_said
from casework.alerting.events import candidates_offered, match_confirmed
from casework.alerting.outcomes import Outcome, Outgoing, Result
from casework.alerting.policy import Pace
from casework.alerting.rules import remove_recipient, set_rules
from casework.alerting.sending import Post
from data.alert_models import AddressKind, AlertEvent, AlertRules, AlertState, Audience, Lane
from data.errors import Conflict, NotReachable
from data.models import MatchState, utc_now
from data.store import Store
from tests.casework.alerting.making import (
    NOT_NOW,
    REFUSED,
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
    take_back,
    tell_candidates,
    told,
)
from tests.factories import NOON, a_track


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


def test_a_confirmation_taken_back_before_it_was_told_is_told_to_nobody(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_guardian())
    confirm(store, match.id)
    take_back(store, match.id)
    assert empty(a_post(store, FakeSender())) == []
    assert all_of(store) == [(AlertEvent.CONFIRMED, AlertState.OVERTAKEN)]
    confirm(store, match.id, "r-3")
    assert empty(a_post(store, FakeSender())) == [AlertState.SENT]


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
    (old,) = ledger.alerts(store, "case-1")
    new = ledger.resend(store, old.id, by="Ben")
    with pytest.raises(Conflict, match="was sent again already"):
        ledger.resend(store, old.id, by="Ben")
    assert empty(a_post(store, FakeSender())) == [AlertState.SENT]
    now = {alert.id: alert for alert in ledger.alerts(store, "case-1")}
    assert (now[old.id].state, now[new.id].state, now[new.id].asked_by) == (state, AlertState.SENT, "Ben")
    with pytest.raises(Conflict, match="is sent"):
        ledger.resend(store, new.id, by="Ben")


def held_too_long(store: Store) -> Outgoing:
    """The message of a sender named slow, which another one has found unsettled after its time."""
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    now = utc_now()
    message = outbox.take_next(store, run="slow", now=now, hold_s=60)
    assert message is not None
    outbox.take_next(store, run="other", now=now + timedelta(seconds=61))
    return message


def test_a_slow_sender_may_say_later_what_it_knows_but_nobody_else_may(store: Store) -> None:
    message = held_too_long(store)
    accepted = Outcome(Result.ACCEPTED, provider_id="P-9")
    assert outbox.record(store, message, accepted, run="other") is AlertState.UNKNOWN
    assert outbox.record(store, message, accepted, run="slow") is AlertState.SENT


def test_what_is_known_late_to_have_failed_is_not_tried_again_by_itself(store: Store) -> None:
    message = held_too_long(store)
    assert outbox.record(store, message, NOT_NOW, run="slow") is AlertState.FAILED


def test_nothing_waits_for_a_recipient_who_was_removed(store: Store) -> None:
    matches = a_case_to_tell(store, matches=3)
    recipient = told(store, a_contact())
    tell_candidates(store, matches)
    remove_recipient(store, recipient.id, by="Ann")
    assert empty(a_post(store, FakeSender())) == []
    assert all_of(store) == [(AlertEvent.CANDIDATE, AlertState.OVERTAKEN)] * 3


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
    assert ledger.alerts(store, "case-1")[0].why == "email: is not set up here; see LASTSEEN_SMTP_HOST"


def test_the_providers_later_word_is_kept_in_its_order_and_settles_what_was_unknown(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    empty(a_post(store, FakeSender(UNCLEAR)))
    (alert,) = ledger.alerts(store, "case-1")
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
    (alert,) = ledger.alerts(store, "case-1")
    assert provider_said(store, alert.id, provider_id="SM1", status="sent").state is AlertState.SENT
    assert outbox.take_next(store, run="x", now=utc_now() + timedelta(hours=9)) is None


def test_nobody_is_believed_about_what_was_never_sent(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(kind=AddressKind.SMS, address="+358401234567"))
    tell_candidates(store, [match])
    (alert,) = ledger.alerts(store, "case-1")
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
    (alert,) = ledger.alerts(store, "case-1")
    said = provider_said(store, alert.id, provider_id="SM1", status="undelivered", error="30003")
    assert (said.state, said.why) == (AlertState.FAILED, "SMS: undelivered, Twilio's error 30003")
    assert ledger.resend(store, alert.id, by="Ann").lane is Lane.ASKED


def test_neither_record_nor_log_of_a_message_holds_its_address_or_words(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact(address="secret.person@example.org"))
    tell_candidates(store, [match])
    empty(a_post(store, FakeSender()))
    kept = repr(store.audit_entries())
    assert "secret.person" not in kept
    assert "Aino" not in kept
    assert "s…@example.org" in kept
