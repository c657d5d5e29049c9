"""Who is told of a case, and what became of each message, as the pages show and change it."""

from datetime import time

import pytest
from streamlit.testing.v1 import AppTest

from casework.alerting import ledger, rules
from casework.alerting.outcomes import Outcome, Result
from casework.pulse import pulse
from dashboard.live_news import between
from data.alert_models import AddressKind, AlertEvent, AlertRules, AlertState, Audience, Language
from data.store import Store
from tests.casework.alerting.making import REFUSED, a_contact, send_all, tell_candidates, told
from tests.dashboard.test_pages import CASE, home, page, press, words  # noqa: F401
from tests.dashboard.test_pages import kept as with_case  # noqa: F401
from tests.factories import a_footage, a_job, a_match, a_track

HOSTILE = "Ann *bold* [x](https://evil.example) $1$"


@pytest.fixture
def kept(with_case: Store) -> Store:  # noqa: F811
    return with_case


def field(opened: AppTest, label: str) -> object:
    kinds = (opened.text_input, opened.selectbox, opened.checkbox, opened.number_input, opened.time_input)
    return next(one for kind in kinds for one in kind if one.label == label)


def offer(store: Store, count: int) -> None:
    made = [a_match(f"m-{n}", track=a_track(f"t-{n}", best_s=float(n))) for n in range(count)]
    with store.writing() as writing:
        writing.add(a_footage())
        writing.add(a_job())
        for match in made:
            writing.put_track(match.track)
            writing.add_match(match)
    tell_candidates(store, made)


def test_a_supervisor_names_somebody_sets_the_rules_tries_it_out_and_removes_them(kept: Store) -> None:
    opened = page("case", case=CASE)
    assert "Nobody is told of this case's news yet." in words(opened)
    assert "Not set up here: e-mail. Whoever runs this machine sets LASTSEEN_SMTP_HOST." in words(opened)
    field(opened, "Name").set_value(HOSTILE)  # type: ignore[attr-defined]
    field(opened, "Address").set_value("ann@example.org")  # type: ignore[attr-defined]
    field(opened, "Language").set_value(Language.ARABIC)  # type: ignore[attr-defined]
    press(opened, "Add")
    assert "is told from now on" in words(opened)
    (one,) = rules.recipients(kept, CASE)
    assert (one.name, one.address, one.language) == (HOSTILE, "a…@example.org", Language.ARABIC)
    shown = next(line.value for line in opened.markdown if "a…" in line.value and "bold" in line.value)
    assert r"\*bold\*" in shown
    assert "ann@example.org" not in "".join(line.value for line in opened.markdown)

    field(opened, "Messages of leads, at most").set_value(3)  # type: ignore[attr-defined]
    field(opened, "Quiet from").set_value(time(22))  # type: ignore[attr-defined]
    press(opened, "Save the rules")
    assert "quiet hours: give two different times" in words(opened)
    field(opened, "Quiet to").set_value(time(7))  # type: ignore[attr-defined]
    press(opened, "Save the rules")
    assert "At most 3 messages of leads in 60 min" in words(opened)
    assert "Quiet from 22:00 to 07:00." in words(opened)

    press(opened, "Send a test")
    assert [alert.event for alert in ledger.alerts(kept, CASE)] == [AlertEvent.TEST]
    press(opened, "Send a test")
    assert "was sent a test less than a minute ago" in words(opened)
    next(button for button in opened.button if button.label.endswith("nothing more")).click().run()
    assert rules.recipients(kept, CASE) == []


def test_a_lead_to_a_guardian_is_refused_where_it_is_typed(kept: Store) -> None:
    opened = page("case", case=CASE)
    field(opened, "Name").set_value("Mother")  # type: ignore[attr-defined]
    field(opened, "Address").set_value("+358401234567")  # type: ignore[attr-defined]
    field(opened, "How").set_value(AddressKind.SMS)  # type: ignore[attr-defined]
    field(opened, "What they are to the case").set_value(Audience.GUARDIAN)  # type: ignore[attr-defined]
    field(opened, "New candidates above the alert threshold, as leads (team only)").set_value(True)  # type: ignore[attr-defined]
    press(opened, "Add")
    assert "only the team is told of candidates" in words(opened)
    assert rules.recipients(kept, CASE) == []


def test_what_may_have_gone_out_is_told_loudly_until_somebody_sends_it_again_or_leaves_it(kept: Store) -> None:
    told(kept, a_contact(name=HOSTILE))
    offer(kept, 2)
    send_all(kept, Outcome(Result.UNCLEAR, "e-mail: the server did not <b>confirm</b> it"))
    assert "2 alerts were not sent, or nobody knows whether they were." in words(page("case", case=CASE))
    opened = page("alerts", case=CASE)
    assert "2 alerts went wrong" in str([element.proto for element in opened.sidebar if hasattr(element, "proto")])
    assert "may have gone out, or not" in words(opened)
    assert "It may arrive twice." in words(opened)
    assert "investigative lead, not an identification" in "".join(text.value.casefold() for text in opened.text)
    press(opened, "It did not come: send it again")
    assert "It is queued once more." in words(opened)
    press(opened, "Leave it")
    assert ledger.trouble(kept, CASE) == 0
    assert "nobody knows whether" not in words(page("case", case=CASE))
    send_all(kept)
    opened = page("alerts", case=CASE)
    said = words(opened)
    assert "sent again because Aino asked for it" in said
    assert "Aino looked into it and left it" in said
    assert {entry.action for entry in kept.audit_entries(CASE)} >= {"alert asked for again", "alert left as it is"}


def test_what_waits_is_one_line_with_its_reason_however_much_it_is(kept: Store) -> None:
    rules.set_rules(kept, CASE, AlertRules(CASE, limit=1), by="Aino")
    told(kept, a_contact())
    offer(kept, 1)
    send_all(kept)
    more = [a_match(f"x-{n}", track=a_track(f"y-{n}", best_s=float(n))) for n in range(40)]
    with kept.writing() as writing:
        for match in more:
            writing.put_track(match.track)
            writing.add_match(match)
    tell_candidates(kept, more)
    opened = page("alerts", case=CASE)
    assert "A candidate, as a lead to Team by e-mail".replace("Team", "**Team**") in words(opened)
    opened.segmented_control[0].set_value("wait").run()
    assert "40 messages for **Team**: the limit of 1 messages in 60 minutes is reached" in words(opened)
    opened.segmented_control[0].set_value("not").run()
    assert "Nothing yet." in words(opened)


def test_where_nobody_is_told_the_page_says_where_to_say_who(kept: Store) -> None:
    assert "Nobody is told of this case yet: say who under Who is told." in words(page("alerts", case=CASE))
    told(kept, a_contact())
    assert "Nothing yet." in words(page("alerts", case=CASE))


def test_a_test_says_of_itself_that_it_is_one_and_goes_in_quiet_hours(kept: Store) -> None:
    rules.set_rules(kept, CASE, AlertRules(CASE, quiet_from="00:00", quiet_to="23:59"), by="Aino")
    one = told(kept, a_contact(language=Language.ARABIC))
    ledger.ask_test(kept, one.id, by="Aino")
    send_all(kept)
    (alert,) = ledger.alerts(kept, CASE)
    assert (alert.state, "رسالة تجريبية" in alert.text) == (AlertState.SENT, True)
    assert "A test to **Team** by e-mail" in words(page("alerts", case=CASE))


def test_an_alert_that_goes_wrong_is_news_on_every_page(kept: Store) -> None:
    told(kept, a_contact())
    before = pulse(kept, CASE)
    offer(kept, 2)
    send_all(kept, REFUSED)
    news = between(before, pulse(kept, CASE), reader="Aino", is_by_itself=False)
    assert [(one.page, one.words) for one in news if one.page == "alerts"] == [
        ("alerts", "2 alerts went wrong: look into them."),
    ]  # fmt: skip
