"""Who may be told of what, at which addresses, and when not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.alerting.contacts import checked_address, shown
from casework.alerting.policy import is_quiet
from casework.alerting.rules import alert_rules, recipients, remove_recipient, set_rules
from data.alert_models import AddressKind, AlertRules, Audience
from data.errors import BadInput, Conflict, LastSeenError, NotFound
from data.store import Store
from tests.casework.alerting.making import a_case_to_tell, a_contact, a_guardian, told

URL = "slack://TokenGeheimA/TokenGeheimB/TokenGeheimC"


def test_a_lead_is_for_the_team_alone(store: Store) -> None:
    a_case_to_tell(store)
    for audience in (Audience.GUARDIAN, Audience.AUTHORITY):
        with pytest.raises(BadInput, match="only the team is told of candidates"):
            told(store, a_contact(audience=audience))
    with pytest.raises(BadInput, match="say what to tell them of"):
        told(store, a_guardian(on_confirmed=False))


def test_an_address_is_told_once(store: Store) -> None:
    a_case_to_tell(store)
    first = told(store, a_contact())
    with pytest.raises(Conflict, match="Team is told at this address already"):
        told(store, a_contact(name="Again", address="TEAM@example.org"))
    remove_recipient(store, first.id, by="Ann")
    assert recipients(store, "case-1") == []
    with pytest.raises(Conflict, match="removed already"):
        remove_recipient(store, first.id, by="Ann")
    told(store, a_contact())


def test_only_what_the_admin_let_in_may_be_used_and_its_url_is_shown_nowhere(store: Store) -> None:
    a_case_to_tell(store)
    contact = a_contact(kind=AddressKind.APPRISE, address=URL)
    with pytest.raises(
        BadInput, match=r"slack is not let in here \(LASTSEEN_APPRISE_SCHEMES lets in: none\)"
    ) as caught:
        told(store, contact)
    recipient = told(store, contact, apprise_schemes={"slack"})
    assert (recipient.address, shown(recipient.kind, recipient.address)) == (URL, "slack://…")
    assert "Geheim" not in f"{caught.value}{recipient!r}{contact!r}{store.audit_entries()}"


@pytest.mark.parametrize(
    ("kind", "text", "kept", "seen"),
    [
        (AddressKind.SMS, "+358 40 123-4567", "+358401234567", "+358…67"),
        (AddressKind.EMAIL, " Anna.O'Neil+x@Example.org ", "Anna.O'Neil+x@Example.org", "A…@Example.org"),
        (AddressKind.EMAIL, "äiti@bücher.example", None, ""),
        (AddressKind.EMAIL, "aiti@bücher.example", "aiti@xn--bcher-kva.example", "a…@xn--bcher-kva.example"),
        (AddressKind.SMS, "0401234567", None, ""),
        (AddressKind.SMS, "+35840123456789012", None, ""),
        (AddressKind.SMS, "+358401234567\nBcc", None, ""),
        (AddressKind.EMAIL, "a@b\r\nBcc: c@d", None, ""),
        (AddressKind.EMAIL, "a@b, c@d", None, ""),
        (AddressKind.EMAIL, "<a@b>", None, ""),
        (AddressKind.EMAIL, '"a b"@c', None, ""),
        (AddressKind.EMAIL, "a" * 65 + "@b", None, ""),
        (AddressKind.EMAIL, "a@" + "b" * 300, None, ""),
        (AddressKind.EMAIL, "", None, ""),
        (AddressKind.APPRISE, "https//x", None, ""),
        (AddressKind.APPRISE, "json://a b", None, ""),
    ],
)
def test_addresses_are_checked_and_never_shown_whole(kind: AddressKind, text: str, kept: str | None, seen: str) -> None:
    if kept is None:
        with pytest.raises(BadInput) as caught:
            checked_address(kind, text, apprise_schemes={"json"})
        assert not text.strip() or text.strip() not in str(caught.value)
    else:
        assert (checked_address(kind, text), shown(kind, kept)) == (kept, seen)


@given(st.sampled_from(list(AddressKind)), st.text(max_size=100))
def test_any_text_is_an_address_or_bad_input(kind: AddressKind, text: str) -> None:
    try:
        kept = checked_address(kind, text, apprise_schemes={"json"})
    except BadInput:
        return
    assert kept.isprintable()
    assert "\n" not in kept


def test_rules_are_kept_and_what_makes_no_sense_is_refused(store: Store) -> None:
    a_case_to_tell(store)
    assert alert_rules(store, "case-1") == AlertRules("case-1")
    wanted = AlertRules("case-1", True, "22:00", "07:00", 5, 600)
    assert set_rules(store, "case-1", wanted, by="Ann") == wanted == alert_rules(store, "case-1")
    for wrong in (
        {"quiet_from": "25:00"}, {"quiet_from": "7"}, {"quiet_to": ""}, {"quiet_to": "22:00"}, {"limit": 0},
        {"limit": 10**6}, {"window_s": 1}, {"quiet_from": "22:00+"},
    ):  # fmt: skip
        with pytest.raises(BadInput):
            set_rules(store, "case-1", replace(wanted, **wrong), by="Ann")
    with pytest.raises(NotFound):
        set_rules(store, "case-9", wanted, by="Ann")
    assert issubclass(BadInput, LastSeenError)


@pytest.mark.parametrize(
    ("clock", "is_so"),
    [("21:59", False), ("22:00", True), ("23:59", True), ("00:00", True), ("06:59", True), ("07:00", False)],
)
def test_quiet_hours_lead_over_midnight_by_the_cases_clocks(clock: str, is_so: bool) -> None:
    rules = AlertRules("case-1", quiet_from="22:00", quiet_to="07:00")
    hour, minute = map(int, clock.split(":"))
    at = datetime(2026, 7, 2, hour, minute, tzinfo=UTC)
    assert is_quiet(rules, "UTC", at) is is_so
    assert is_quiet(replace(rules, quiet_from="01:00", quiet_to="10:00"), "Europe/Helsinki", at) is is_so
    assert not is_quiet(AlertRules("case-1"), "UTC", at)
