"""The whole way from a candidate to a real server on loopback, and what a crash, a flood or a secret does on it."""

import signal
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework.alerting import ledger, outbox
from casework.alerting.apprise_sender import AppriseSettings
from casework.alerting.cap import Origin
from casework.alerting.channels import Channels, cap_maker
from casework.alerting.choosing import held
from casework.alerting.contacts import schemes_of
from casework.alerting.events import candidates_offered, confirmation_withdrawn, match_confirmed
from casework.alerting.policy import Pace
from casework.alerting.rules import set_rules
from casework.alerting.sending import Post, send_next, send_until
from casework.alerting.smtp import SmtpSecurity, SmtpSettings
from casework.alerting.twilio_sms import TwilioSettings
from data import alert_rows as rows
from data import schema
from data.alert_models import AddressKind, AlertEvent, AlertRules, AlertState, Audience
from data.models import Match, MatchState, utc_now
from data.rows import to_row
from data.store import Store, Writing
from tests.casework.alerting.making import a_case_to_tell, a_contact, a_guardian, tell_candidates, told
from tests.casework.alerting.servers import PASSWORD, SID, TOKEN, Web, channels_to, smtp_server, web_server
from tests.factories import a_match, a_track

ROOT = Path(__file__).resolve().parents[3]
PHONE = "+358401234567"
KILLED = [sys.executable, "-m", "tests.casework.alerting.killed_sender"]


def an_sms_contact() -> object:
    return a_contact(kind=AddressKind.SMS, address=PHONE)


def twilio_post(store: Store, web: Web, **options: object) -> Post:
    channels = Channels(twilio=TwilioSettings(SID, TOKEN, "+15550001111", base_url=web.url, timeout_s=1.0))
    return Post(store, channels.senders(), **options)  # type: ignore[arg-type]


def test_an_sms_that_could_not_go_goes_at_the_next_try(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, an_sms_contact())  # type: ignore[arg-type]
    tell_candidates(store, [match])
    with web_server(503, 429, 201) as web:
        post = twilio_post(store, web, pace=Pace(first_s=0.0))
        assert [send_next(post) for _ in range(4)] == [AlertState.QUEUED, AlertState.QUEUED, AlertState.SENT, None]
    (alert,) = ledger.alerts(store, "case-1")
    assert (alert.attempts, alert.provider_id, alert.provider_status) == (3, "SM" + "3".zfill(32), "queued")
    assert alert.text == web.asked[-1].form["Body"]


CONTACTS = {
    AddressKind.SMS: lambda _: a_contact(kind=AddressKind.SMS, address=PHONE),
    AddressKind.EMAIL: lambda _: a_contact(),
    AddressKind.APPRISE: lambda url: a_contact(kind=AddressKind.APPRISE, address=f"json://{url[7:]}/x"),
}


@pytest.mark.parametrize(
    ("kind", "is_before"),
    [(AddressKind.SMS, True), (AddressKind.SMS, False), (AddressKind.EMAIL, False), (AddressKind.APPRISE, False)],
    ids=["SMS, before the answer", "SMS", "mail", "webhook"],
)
def test_killed_between_send_and_record_a_message_is_unknown_and_never_sent_by_itself(
    store: Store, kind: AddressKind, is_before: bool
) -> None:
    (match,) = a_case_to_tell(store)
    home = Path(str(store.database.readers.url.database)).parent
    server = smtp_server() if kind is AddressKind.EMAIL else web_server("silent" if is_before else 201, 201)
    with server as other_side:
        told(store, CONTACTS[kind](other_side.url), apprise_schemes={"json"})  # type: ignore[no-untyped-call]
        tell_candidates(store, [match])
        child = subprocess.Popen([*KILLED, str(home), kind, other_side.url], cwd=ROOT)
        assert other_side.got_one.wait(60)
        if is_before:
            child.kill()
        assert child.wait(60) == -signal.SIGKILL
        assert [alert.state for alert in ledger.alerts(store, "case-1")] == [AlertState.SENDING]
        post = Post(store, channels_to(kind, other_side.url).senders())
        until = time.monotonic() + 10
        while rows_of(store)[AlertState.SENDING] and time.monotonic() < until:
            assert send_next(post) is None
            time.sleep(0.1)
        (alert,) = ledger.alerts(store, "case-1")
        assert (alert.state, alert.why) == (AlertState.UNKNOWN, outbox.LOST)
        assert [send_next(post) for _ in range(3)] == [None, None, None]
        assert len(other_side.asked) == 1
        ledger.resend(store, alert.id, by="Ben")
        assert send_next(post) is AlertState.SENT
        assert len(other_side.asked) == 2


def rows_of(store: Store) -> dict[AlertState, int]:
    with store.database.reading() as connection:
        return dict.fromkeys(AlertState, 0) | rows.counts(connection)


def test_ten_thousand_candidates_in_a_minute_make_no_more_messages_than_the_limit(store: Store) -> None:
    """While two senders are at work; every one of the candidates is in the queue and accounted for."""
    a_case_to_tell(store, matches=0)
    set_rules(store, "case-1", AlertRules("case-1", limit=5, window_s=3600), by="Ann")
    stopping = threading.Event()
    with web_server(200) as web:
        told(store, a_contact(kind=AddressKind.APPRISE, address=f"json://{web.url[7:]}/x"), apprise_schemes={"json"})
        post = Post(store, Channels(apprise=AppriseSettings(frozenset({"json"}))).senders())
        work = threading.Thread(target=send_until, args=(post, stopping), kwargs={"threads": 2})
        work.start()
        try:
            took_s = offer_ten_thousand(store)
            time.sleep(1.5)
        finally:
            stopping.set()
            work.join()
    assert took_s < 60
    counts, messages = rows_of(store), len(web.asked)
    assert 1 <= messages <= 5
    waiting = sum(one.waiting.count for one in held(store, "case-1"))
    everything = ledger.alerts(store, "case-1")
    digests = [alert for alert in everything if alert.event is AlertEvent.DIGEST]
    assert len(everything) - len(digests) == 10_000
    assert counts[AlertState.QUEUED] == waiting
    assert counts[AlertState.SENT] + counts[AlertState.QUEUED] == len(everything)
    # an hour later the rest goes as one message
    later = utc_now().replace(year=utc_now().year + 1)
    message = outbox.take_next(store, run="x", now=later)
    assert (message is not None) == (waiting > 0)
    if message is not None:
        assert f"{waiting} new possible sightings" in message.title or waiting == 1
    assert outbox.take_next(store, run="x", now=later) is None


def add_at_once(writing: Writing, matches: list[Match]) -> None:
    """Many matches in two statements: what a scan writes one by one takes longer than the alerts that are tested."""
    writing.connection.execute(sa.insert(schema.tracks), [to_row(match.track) for match in matches])
    of = [to_row(match) for match in matches]
    writing.connection.execute(sa.insert(schema.matches), [row | {"track_id": row.pop("track").id} for row in of])


def offer_ten_thousand(store: Store) -> float:
    """How many seconds it took."""
    began = time.monotonic()
    for start in range(0, 10_000, 250):
        made = [a_match(f"m-{n}", track=a_track(f"t-{n}", best_s=float(n))) for n in range(start, start + 250)]
        with store.writing() as writing:
            add_at_once(writing, made)
            candidates_offered(writing, [(match, None) for match in made], at=utc_now())
    return time.monotonic() - began


def test_an_authority_gets_a_cap_document_and_its_cancel_by_mail(store: Store) -> None:
    (match,) = a_case_to_tell(store)
    told(store, a_guardian(name="Police", address="desk@police.example", audience=Audience.AUTHORITY))
    told(store, a_guardian())
    with smtp_server() as box:
        settings = SmtpSettings("127.0.0.1", "alerts@agency.example", box.port, SmtpSecurity.NONE, timeout_s=5.0)
        origin = Origin("alerts@agency.example")
        post = Post(store, Channels(smtp=settings).senders(), makes_cap=cap_maker(store, origin))
        with store.writing() as writing:
            writing.set_match_state(match.id, MatchState.CONFIRMED)
            match_confirmed(writing, replace(match, state=MatchState.CONFIRMED), review_id="r-1", at=utc_now())
        assert [send_next(post), send_next(post)] == [AlertState.SENT] * 2
        with store.writing() as writing:
            writing.set_match_state(match.id, MatchState.REJECTED)
            confirmation_withdrawn(writing, match, review_id="r-2", at=utc_now())
        assert [send_next(post), send_next(post)] == [AlertState.SENT] * 2
    attached = {
        mail["To"] + "/" + mail["Subject"].split(":")[1].split(" ")[1]: [
            part.get_content() for part in mail.iter_attachments()
        ]
        for mail in box.came
    }
    assert attached["mother@example.org/Sighting"] == attached["mother@example.org/Correction"] == []
    (cancel,) = attached["desk@police.example/Correction"]
    (alert,) = attached["desk@police.example/Sighting"]
    assert b"<msgType>Alert</msgType>" in alert
    assert b"<msgType>Cancel</msgType>" in cancel
    kept = {one.cap for one in ledger.alerts(store, "case-1")}
    assert kept == {"", alert.decode(), cancel.decode()}
    identifier = alert.split(b"<identifier>")[1].split(b"<")[0]
    sent = alert.split(b"<sent>")[1].split(b"<")[0]
    assert b",".join([b"alerts@agency.example", identifier, sent]) in cancel


SECRETS = ("lantedGeheim", PASSWORD, TOKEN, PHONE[4:])


def test_planted_secrets_are_in_no_log_no_record_and_no_traceback(
    store: Store, capfd: pytest.CaptureFixture[str]
) -> None:
    from casework.logs import configure

    configure("json", secrets=[])  # nothing is told beforehand what to mask
    matches = a_case_to_tell(store, matches=8)
    told(store, an_sms_contact())  # type: ignore[arg-type]
    with web_server(400, 503, "cut", "garbage", 201) as web, smtp_server("550 no") as box:
        hook = f"json://bob:plantedGeheim@{web.url[7:]}/T0/plantedGeheimB?-k=plantedGeheimC"
        told(store, a_contact(kind=AddressKind.APPRISE, address=hook), apprise_schemes={"json"})
        told(store, a_contact(name="By mail"))
        channels = Channels(
            smtp=SmtpSettings(
                "127.0.0.1", "a@b.example", box.port, SmtpSecurity.STARTTLS, "u", PASSWORD, timeout_s=1.0
            ),
            twilio=TwilioSettings(SID, TOKEN, "+15550001111", base_url=web.url, timeout_s=1.0),
            apprise=AppriseSettings(schemes_of(" JSON, slack:// ,"), timeout_s=1.0),
        )
        post = Post(store, channels.senders())
        for match in matches:
            tell_candidates(store, [match])
            while send_next(post) is not None:
                pass
    kept = capfd.readouterr()
    assert "alert failed" in kept.err
    everything = (
        kept.err + kept.out + repr(store.audit_entries()) + repr(ledger.alerts(store, "case-1")) + repr(channels)
    )
    try:
        raise ValueError(post, channels, channels.twilio, held(store, "case-1"))
    except ValueError:
        everything += traceback.format_exc()
    assert not [secret for secret in SECRETS if secret in everything]
