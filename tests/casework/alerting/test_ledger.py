"""What people see of messages, what they do about those that went wrong, and what is never told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from casework import governance, purging, review
from casework.alerting import ledger, outbox, rules
from casework.alerting.outcomes import Outcome, Result
from casework.alerting.rules import remove_recipient, set_rules
from casework.offering import Offer, settle
from casework.pulse import pulse
from data.alert_models import AlertEvent, AlertRules, AlertState, Language
from data.errors import Conflict, NotAllowed
from data.models import Subject, Verdict, utc_now
from data.store import Store
from tests.casework.alerting.making import (
    REFUSED,
    UNCLEAR,
    a_case_to_tell,
    a_contact,
    a_guardian,
    send_all,
    tell_candidates,
    told,
)
from tests.casework.reviewing import Reader, confirm_by_two
from tests.factories import a_case, a_match, a_track


def states(store: Store) -> list[tuple[AlertEvent, AlertState]]:
    return [(alert.event, alert.state) for alert in ledger.alerts(store, "case-1")]


@pytest.mark.parametrize("verdict", [None, Verdict.CONFIRM, Verdict.UNSURE])
def test_what_one_person_said_makes_no_difference_to_any_message(
    store_with_match: Store, verdict: Verdict | None
) -> None:
    """Neither before a candidate is told of, nor while its message waits, nor when it rises above the threshold."""
    told(store_with_match, a_contact())
    early, rising = a_match("m-2", track=a_track("t-2")), a_match("m-3", track=a_track("t-3", similarity=0.5))
    with store_with_match.writing() as writing:
        settle(writing, [Offer(early, None, None), Offer(rising, None, None)])
    ben = store_with_match.guarded(Reader("Ben"))
    before = pulse(ben, "case-1")
    for match in (early, rising):
        if verdict is not None:
            review.decide(store_with_match, match.id, verdict=verdict, by="Ann", note="her coat")
    assert pulse(ben, "case-1") == before
    known = store_with_match.match("m-3")
    with store_with_match.writing() as writing:
        settle(writing, [Offer(replace(known, track=a_track("t-3", similarity=0.7)), None, known)])
    sender = send_all(store_with_match)
    assert states(ben) == [(AlertEvent.CANDIDATE, AlertState.SENT)] * 2
    assert len(sender.taken) == 2
    assert [entry.action for entry in store_with_match.audit_entries("case-1") if "alert" in entry.action] == [
        "alert recipient added", "alert sent", "alert sent",
    ]  # fmt: skip


def test_candidates_of_several_cases_are_told_each_to_its_own_team(store: Store) -> None:
    (mine,) = a_case_to_tell(store)
    other = a_match("m-9", case_id="case-2", track=a_track("t-9"))
    with store.writing() as writing:
        writing.add_case(a_case(id="case-2", number="2026-002"))
        writing.put_track(other.track)
        writing.add_match(other)
    told(store, a_contact())
    rules.add_recipient(store, "case-2", a_contact(address="others@example.org"), by="Ann")
    assert tell_candidates(store, [mine, other]) == 2
    taken = {message.address: message.text for message in send_all(store).taken}
    assert "2026-001" in taken["team@example.org"]
    assert "2026-002" in taken["others@example.org"]


def test_what_went_wrong_is_trouble_until_somebody_sends_it_again_or_leaves_it(store: Store) -> None:
    matches = a_case_to_tell(store, matches=3)
    told(store, a_contact())
    tell_candidates(store, matches)
    before = dict(pulse(store, "case-1").marks)
    send_all(store, UNCLEAR, REFUSED, Outcome(Result.ACCEPTED))
    now = pulse(store, "case-1")
    assert {name for name in before if before[name] != now.marks[name]} == {"alerts"}
    assert now.alert_trouble == ledger.trouble(store, "case-1") == 2
    lines = [line for line in ledger.lines(store, "case-1") if line.is_trouble]
    assert {line.name for line in lines} == {"Team"}
    again = ledger.resend(store, lines[0].alert.id, by="Ann")
    assert (ledger.trouble(store, "case-1"), ledger.line(store, lines[0].alert.id).sent_again) == (1, again.id)
    ledger.leave(store, lines[1].alert.id, by="Ben")
    assert ledger.trouble(store, "case-1") == 0
    with pytest.raises(Conflict, match="nothing to leave"):
        ledger.leave(store, lines[1].alert.id, by="Ann")
    left = [entry for entry in store.audit_entries("case-1") if entry.action == "alert left as it is"]
    assert [(entry.by, entry.details["was"]) for entry in left] == [("Ben", lines[1].alert.state)]


def test_of_somebody_who_is_removed_no_address_stays_and_nothing_is_sent_again(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    one = told(store, a_contact(address="mother.of.aino@example.org"))
    tell_candidates(store, [match])
    send_all(store, REFUSED)
    remove_recipient(store, one.id, by="Ann")
    (line,) = ledger.lines(store, "case-1")
    with pytest.raises(Conflict, match="its recipient was removed"):
        ledger.resend(store, line.alert.id, by="Ann")
    with pytest.raises(Conflict, match="removed"):
        ledger.ask_test(store, one.id, by="Ann")
    assert line.name == "Team"
    assert b"mother.of.aino" not in dump(store)


def dump(store: Store) -> bytes:
    """All rows of what alerts keep."""
    from data import schema

    with store.database.reading() as connection:
        tables = (schema.alerts, schema.alert_recipients, schema.audit)
        return repr([connection.execute(table.select()).all() for table in tables]).encode()


def test_a_test_goes_at_once_whatever_the_rules_and_not_twice_in_a_minute(store: Store) -> None:
    a_case_to_tell(store)
    set_rules(store, "case-1", AlertRules("case-1", quiet_from="00:00", quiet_to="23:59", limit=1), by="Ann")
    one = told(store, a_contact(language=Language.FINNISH))
    asked = ledger.ask_test(store, one.id, by="Ann")
    with pytest.raises(Conflict, match="less than a minute ago"):
        ledger.ask_test(store, one.id, by="Ann")
    (message,) = send_all(store, REFUSED).taken
    assert "kokeiluviesti" in message.text
    again = ledger.resend(store, asked.id, by="Ann")
    assert "kokeiluviesti" in send_all(store).taken[0].text
    assert ledger.line(store, again.id).alert.state is AlertState.SENT


def test_of_a_closed_case_only_corrections_are_told(store_with_match: Store) -> None:
    told(store_with_match, a_guardian())
    told(store_with_match, a_contact())
    confirm_by_two(store_with_match, "m-1")
    assert outbox.take_next(store_with_match, run="x") is not None
    tell_candidates(store_with_match, [a_match("m-1")])
    governance.close_case(store_with_match, "case-1", reason="found", by="Sam")
    assert outbox.take_next(store_with_match, run="x") is None
    review.decide(store_with_match, "m-1", verdict=Verdict.UNDO, by="Ben")
    sender = send_all(store_with_match)
    assert [("Correction" in message.title) for message in sender.taken] == [True]
    overtaken = [alert for alert in ledger.alerts(store_with_match, "case-1") if alert.state is AlertState.OVERTAKEN]
    assert {alert.why for alert in overtaken} == {outbox.CLOSED}


def test_a_child_is_named_only_once_a_supervisor_has_released_them(store: Store) -> None:
    born = (utc_now() - timedelta(days=10 * 365)).date()
    (match,) = a_case_to_tell(store, subject=Subject("Aino Example", born), release_reason="")
    told(store, a_contact())
    named = AlertRules("case-1", names_subject=True)
    with pytest.raises(NotAllowed, match="under 18"):
        set_rules(store, "case-1", named, by="Sam")
    governance.release_pictures(store, "case-1", reason="letters", by="Sam")
    set_rules(store, "case-1", named, by="Sam")
    governance.withdraw_release(store, "case-1", by="Sam")
    tell_candidates(store, [match])
    (message,) = send_all(store).taken
    assert "Aino" not in message.title + message.text
    assert "the subject of case 2026-001" in message.title


def test_a_demonstration_says_that_it_is_one(store: Store) -> None:
    (match,) = a_case_to_tell(store, is_demo=True)
    told(store, a_contact())
    tell_candidates(store, [match])
    assert "This case is a demonstration" in send_all(store).taken[0].text


def test_with_its_footage_goes_every_word_that_was_said_of_it(store: Store) -> None:
    matches = a_case_to_tell(store, matches=3)
    told(store, a_contact())
    set_rules(store, "case-1", AlertRules("case-1", limit=1), by="Ann")
    tell_candidates(store, matches)
    send_all(store)
    assert b"Station, north door" in dump(store)
    purging.destroy_footage(store, "f-1", reason="its period has ended", by="Sam")
    assert b"Station" not in dump(store)
    (line,) = ledger.lines(store, "case-1")
    assert (line.alert.event, line.alert.text, line.alert.why) == (
        AlertEvent.DIGEST, "", "some of what it told of was purged",
    )  # fmt: skip


def test_with_its_case_goes_everything(store: Store) -> None:
    matches = a_case_to_tell(store)
    told(store, a_contact(address="mother.of.aino@example.org"))
    rules.set_rules(store, "case-1", AlertRules("case-1", limit=2), by="Ann")
    tell_candidates(store, matches)
    send_all(store)
    purging.purge_case(store, "case-1", typed_number="2026-001", reason="its period has ended", by="Sam")
    assert b"aino" not in dump(store).lower()
    assert b"Station" not in dump(store)


def test_lines_come_in_pieces_that_hold_each_message_once(store: Store) -> None:
    matches = a_case_to_tell(store, matches=4)
    told(store, a_contact())
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    tell_candidates(store, matches[:3], at=at)
    tell_candidates(store, matches[3:], at=at + timedelta(seconds=1))
    found: list[str] = []
    before = None
    while piece := ledger.lines(store, "case-1", before=before, most=2):
        found += [line.alert.match_id or "" for line in piece]
        before = (piece[-1].alert.created_at, piece[-1].alert.id)
    assert (found[0], sorted(found)) == ("m-4", ["m-1", "m-2", "m-3", "m-4"])
