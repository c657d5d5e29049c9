"""`cli.py alerts`: a test to oneself, what was sent, and what is sent again."""

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from casework.alerting.outcomes import Outcome, Result
from casework.alerting.sending import Post, send_next
from cli_alerts import alerts, channels_of
from data.alert_models import AddressKind
from data.store import Store
from settings import Settings
from tests.casework.alerting.making import FakeSender, a_case_to_tell, a_contact, tell_candidates, told
from tests.casework.alerting.servers import PASSWORD, SID, TOKEN, smtp_server, web_server

UNCLEAR = FakeSender(Outcome(Result.UNCLEAR, "no answer"))


def run(*words: str) -> tuple[int, str, str]:
    door = typer.Typer(pretty_exceptions_enable=False)
    door.add_typer(alerts, name="alerts")
    result = CliRunner().invoke(door, ["alerts", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def home(store: Store, monkeypatch: pytest.MonkeyPatch) -> Path:
    found = Path(str(store.database.readers.url.database)).parent
    monkeypatch.setenv("LASTSEEN_HOME", str(found))
    return found


@pytest.mark.usefixtures("home")
def test_a_test_to_oneself_by_mail_and_by_sms_says_what_became_of_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with smtp_server() as box, web_server(201) as web:
        for name, value in {
            "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(box.port), "SMTP_SECURITY": "none", "SMTP_FROM": "a@b.example",
            "TWILIO_ACCOUNT_SID": SID, "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15550001111", "TWILIO_URL": web.url,
        }.items():  # fmt: skip
            monkeypatch.setenv(f"LASTSEEN_{name}", value)
        assert run("test", "me@example.org", "--by", "Ann")[:2] == (
            0, "m…@example.org: taken over by the provider queued as 7F3K2\n",
        )  # fmt: skip
        assert run("test", "+358 40 1234567", "--language", "fi")[0] == 0
    assert "This is a test" in str(box.came[0].get_body())
    assert "Tämä on LastSeenin hälytysten kokeiluviesti" in web.asked[0].form["Body"]
    kept = [(entry.by, entry.details["result"]) for entry in store.audit_entries(action="alert test")]
    assert kept == [("Ann", "accepted"), ("command line", "accepted")]


@pytest.mark.usefixtures("home")
def test_a_test_that_cannot_go_says_why_in_one_line() -> None:
    assert run("test", "me@example.org") == (
        1, "", "m…@example.org: refused (email: is not set up here; see LASTSEEN_SMTP_HOST)\n",
    )  # fmt: skip
    code, _, said = run("test", "slack://TokenGeheim/TokenGeheim/TokenGeheim")
    assert (code, "Geheim" in said, said.count("\n")) == (3, False, 1)
    assert run("test", "me@example.org", "--language", "xx")[0] == 3
    assert run("test", "nonsense")[0] == 3


@pytest.mark.usefixtures("home")
def test_the_list_tells_of_every_message_and_a_person_sends_one_again(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_contact())
    tell_candidates(store, [match])
    send_next(Post(store, dict.fromkeys(AddressKind, UNCLEAR)))
    code, said, _ = run("list", "2026-001")
    line, total = said.splitlines()
    assert (code, total) == (0, "1 unknown")
    assert "unknown  candidate  Team t…@example.org" in line
    alert_id = line.split()[0]
    assert run("resend", alert_id, "--by", "Ann")[0] == 0
    code, _, said = run("resend", alert_id, "--by", "Ann")
    assert (code, said) == (1, f"alert {alert_id}: was sent again already\n")
    assert run("list", "case-1")[1].splitlines()[-1] == "1 queued, 1 unknown"
    assert run("list", "none")[0] == 3


def test_settings_hold_no_key_where_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SMTP_HOST": "h", "SMTP_FROM": "a@b", "SMTP_PASSWORD": PASSWORD, "TWILIO_ACCOUNT_SID": SID,
        "TWILIO_AUTH_TOKEN": TOKEN, "TWILIO_FROM": "+15550001111", "APPRISE_SCHEMES": "json",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"LASTSEEN_{name}", value)
    settings = Settings()
    shown = repr(settings) + str(settings) + repr(channels_of(settings))
    assert PASSWORD not in shown
    assert TOKEN not in shown
    assert {PASSWORD, TOKEN} <= set(settings.secrets)
