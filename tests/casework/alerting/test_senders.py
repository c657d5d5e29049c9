"""Each sender against a real server on loopback, which takes, refuses, fails, or falls silent."""

import logging
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from casework.alerting.apprise_sender import AppriseSender, AppriseSettings, check_usable
from casework.alerting.outcomes import Outgoing, Result
from casework.alerting.smtp import SmtpSecurity, SmtpSender, SmtpSettings, written
from casework.alerting.twilio_sms import TwilioSender, TwilioSettings
from data.alert_models import AddressKind
from data.errors import BadInput
from tests.casework.alerting.servers import (
    PASSWORD,
    SID,
    TOKEN,
    USER,
    Web,
    a_free_port,
    signed_in_as,
    smtp_server,
    web_server,
)

LIMIT_S = 1.0
FROM = "alerts@agency.example"
SECRET_PATH = "T0000PLANTEDGEHEIM/xoxbPlantedGeheim"


def an_outgoing(kind: AddressKind, address: str, **fields: object) -> Outgoing:
    known = {
        "id": "a1b2",
        "attempt": 1,
        "title": "LastSeen 1: Possible sighting",
        "text": "Station, north door\n.\n..\n",
    }
    return Outgoing(kind=kind, address=address, **(known | fields))  # type: ignore[arg-type]


def a_mail(**fields: object) -> Outgoing:
    return an_outgoing(AddressKind.EMAIL, "mother@example.org", **fields)


def an_sms(**fields: object) -> Outgoing:
    return an_outgoing(AddressKind.SMS, "+358401234567", **fields)


def smtp(port: int, **fields: object) -> SmtpSender:
    known = {"security": SmtpSecurity.NONE, "timeout_s": LIMIT_S, "answer_s": LIMIT_S}
    return SmtpSender(SmtpSettings("127.0.0.1", FROM, port, **(known | fields)))  # type: ignore[arg-type]


def twilio(url: str, **fields: object) -> TwilioSender:
    known = {"base_url": url, "timeout_s": LIMIT_S}
    return TwilioSender(TwilioSettings(SID, TOKEN, "+15550001111", **(known | fields)))  # type: ignore[arg-type]


def apprise(**fields: object) -> AppriseSender:
    return AppriseSender(AppriseSettings(frozenset({"json", "xml"}), timeout_s=LIMIT_S), **fields)  # type: ignore[arg-type]


def hook(web: Web, more: str = "") -> Outgoing:
    host = web.url.removeprefix("http://")
    return an_outgoing(AddressKind.APPRISE, f"json://bob:plantedGeheim@{host}/{SECRET_PATH}{more}")


# e-mail


def test_a_mail_arrives_as_it_was_written() -> None:
    with smtp_server() as box:
        outcome = smtp(box.port).send(a_mail(cap=b"<alert/>"))
    assert (outcome.result, outcome.provider_id) == (Result.ACCEPTED, "queued as 7F3K2")
    (mail,) = box.came
    assert (mail["To"], mail["From"], mail["Subject"]) == (
        "mother@example.org", f"LastSeen <{FROM}>", "LastSeen 1: Possible sighting",
    )  # fmt: skip
    body, attached = mail.get_body(("plain",)), list(mail.iter_attachments())
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == "Station, north door\n.\n..\n"
    assert [(part.get_content_type(), part.get_content()) for part in attached] == [
        ("application/cap+xml", b"<alert/>")
    ]
    assert mail["Message-ID"] == "<a1b2@agency.example>"


@pytest.mark.parametrize(
    ("at_rcpt", "at_data", "result"),
    [
        ("550 no such mailbox", None, Result.REFUSED),
        ("450 try later", None, Result.NOT_NOW),
        (None, "554 not wanted", Result.REFUSED),
        (None, "451 try later", Result.NOT_NOW),
        (None, "slow", Result.ACCEPTED),
        (None, "silent", Result.UNCLEAR),
        (None, "cut", Result.UNCLEAR),
    ],
)
def test_what_a_mail_server_says_decides_what_became_of_a_mail(
    at_rcpt: str | None, at_data: str | None, result: Result
) -> None:
    with smtp_server(at_rcpt, at_data) as box:
        assert smtp(box.port).send(a_mail()).result is result


def test_a_mail_server_that_is_not_there_is_tried_again() -> None:
    outcome = smtp(a_free_port()).send(a_mail())
    assert (outcome.result, outcome.why) == (
        Result.NOT_NOW, "e-mail: the server cannot be reached (ConnectionRefusedError)",
    )  # fmt: skip


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that signs itself, and a server's context with it."""
    from ipaddress import ip_address

    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem, private = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, private)
    return pem, context


def test_the_password_goes_over_starttls_alone(certificate: tuple[Path, ssl.SSLContext]) -> None:
    pem, context = certificate
    secure = {"security": SmtpSecurity.STARTTLS, "user": USER, "password": PASSWORD}
    with smtp_server(tls_context=context, require_starttls=True, auth_require_tls=True) as box:
        assert smtp(box.port, ca_file=str(pem), **secure).send(a_mail()).result is Result.ACCEPTED
        assert box.signed_in == [(USER.encode(), PASSWORD.encode())]
        outcome = smtp(box.port, **secure).send(a_mail())  # nobody vouches for the certificate
        assert (outcome.result, "certificate" in outcome.why) == (Result.NOT_NOW, True)
        wrong = smtp(box.port, ca_file=str(pem), **(secure | {"password": "wrong"})).send(a_mail())
        assert wrong.why == "e-mail: the server refused user or password (535)"
    assert len(box.came) == 1
    with smtp_server() as plain_box:
        outcome = smtp(plain_box.port, ca_file=str(pem), **secure).send(a_mail())
        assert (outcome.result, plain_box.signed_in, plain_box.came) == (Result.NOT_NOW, [], [])


def test_settings_that_cannot_work_or_give_keys_away_are_refused() -> None:
    with pytest.raises(BadInput, match="LASTSEEN_SMTP_FROM"):
        SmtpSettings("127.0.0.1", "")
    with pytest.raises(BadInput, match="LASTSEEN_TWILIO_AUTH_TOKEN"):
        TwilioSettings(SID, "", "+15550001111")
    with pytest.raises(BadInput, match="LASTSEEN_TWILIO_URL") as caught:
        TwilioSettings(SID, TOKEN, "+15550001111", base_url="http://gateway.example")
    assert TOKEN not in str(caught.value)


def test_a_password_in_the_open_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(BadInput, match="LASTSEEN_SMTP_PASSWORD") as caught:
        SmtpSettings("127.0.0.1", FROM, 25, SmtpSecurity.NONE, USER, PASSWORD)
    assert PASSWORD not in str(caught.value)


HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding",
    "MIME-Version",
}  # fmt: skip
INJECTIONS = [
    "x\r\nBcc: all@example.org",
    "x\nBcc: all@example.org\n\nhidden",
    "x\r\n.\r\nMAIL FROM:<a@b>",
    "=?utf-8?q?x?=\r\n\tBcc: a",
    "\x00\x0b\x0c\x85\u2028Bcc: a@b",
]


@given(title=st.one_of(st.sampled_from(INJECTIONS), st.text(max_size=200)), text=st.text(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_text_becomes_a_header_or_a_command(title: str, text: str) -> None:
    from email import message_from_bytes, policy

    try:
        raw = written(a_mail(title=title, text=text), FROM)
    except ValueError:
        return  # half a surrogate pair: refused, not sent
    mail = message_from_bytes(raw, policy=policy.default)
    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert not mail.defects


def test_a_mail_of_dots_and_commands_ends_where_it_ends() -> None:
    with smtp_server() as box:
        for text in [*INJECTIONS, ".", "\n.\nQUIT\n", "\r\n.\r\nMAIL FROM:<a@b>\r\n"]:
            assert smtp(box.port).send(a_mail(title=text, text=text)).result is Result.ACCEPTED
    assert len(box.came) == len(INJECTIONS) + 3
    assert all(set(mail.keys()) >= HEADERS and mail["Bcc"] is None for mail in box.came)


# SMS


def test_an_sms_is_handed_to_twilio_with_the_account_and_the_address_for_its_status() -> None:
    with web_server(201) as web:
        outcome = twilio(web.url, status_url="https://ls.example/api/alerts/status?alert=").send(an_sms())
    assert outcome.result is Result.ACCEPTED
    assert (outcome.provider_id, outcome.provider_status) == ("SM" + "1".zfill(32), "queued")
    (asked,) = web.asked
    assert asked.path == f"/2010-04-01/Accounts/{SID}/Messages.json"
    assert signed_in_as(asked) == (SID, TOKEN)
    assert asked.form == {
        "To": "+358401234567", "From": "+15550001111", "Body": "Station, north door\n.\n..\n",
        "StatusCallback": "https://ls.example/api/alerts/status?alert=a1b2",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("how", "result"),
    [
        (400, Result.REFUSED),
        (401, Result.REFUSED),
        (404, Result.REFUSED),
        (307, Result.REFUSED),
        (429, Result.NOT_NOW),
        (500, Result.NOT_NOW),
        (503, Result.NOT_NOW),
        (502, Result.UNCLEAR),
        (504, Result.UNCLEAR),
        ("slow", Result.ACCEPTED),
        ("silent", Result.UNCLEAR),
        ("cut", Result.UNCLEAR),
        ("garbage", Result.UNCLEAR),
    ],
)
def test_what_twilio_says_decides_what_became_of_an_sms(how: int | str, result: Result) -> None:
    with web_server(how) as web:
        outcome = twilio(web.url).send(an_sms())
        assert outcome.result is result
        assert len(web.asked) == 1  # no library tries again by itself
    assert not any(secret in repr(outcome) for secret in (SID, TOKEN, "358401234567"))


def test_twilio_that_cannot_be_reached_is_tried_again() -> None:
    assert twilio(f"http://127.0.0.1:{a_free_port()}").send(an_sms()).result is Result.NOT_NOW


def test_a_messaging_service_sends_instead_of_a_number() -> None:
    with web_server(201) as web:
        sender = TwilioSender(TwilioSettings(SID, TOKEN, "MG" + "1" * 32, base_url=web.url, timeout_s=LIMIT_S))
        assert sender.send(an_sms()).result is Result.ACCEPTED
    assert web.asked[0].form["MessagingServiceSid"] == "MG" + "1" * 32


# everything else


def test_a_webhook_gets_the_message() -> None:
    with web_server(200) as web:
        assert apprise().send(hook(web)).result is Result.ACCEPTED
    (asked,) = web.asked
    assert asked.path == f"/{SECRET_PATH}"
    assert b"Station, north door" in asked.body


@pytest.mark.parametrize(
    ("how", "result"),
    [
        (400, Result.REFUSED),
        (403, Result.REFUSED),
        (307, Result.REFUSED),
        (429, Result.NOT_NOW),
        (500, Result.NOT_NOW),
        (503, Result.NOT_NOW),
        (502, Result.UNCLEAR),
        ("slow", Result.ACCEPTED),
        ("silent", Result.UNCLEAR),
        ("cut", Result.UNCLEAR),
    ],
)
def test_what_a_webhook_says_decides_what_became_of_the_message(how: int | str, result: Result) -> None:
    with web_server(how) as web:
        outcome = apprise().send(hook(web, "?retry=3&redirect=yes&rto=60&verify=no"))
        assert outcome.result is result
        assert len(web.asked) == 1  # no retries and no redirects, whatever the URL asks for
    assert "lanted" not in repr(outcome)


def test_a_webhook_that_is_not_there_is_tried_again() -> None:
    web = Web([200], url=f"http://127.0.0.1:{a_free_port()}")
    assert apprise().send(hook(web)).result is Result.NOT_NOW


def test_a_scheme_that_is_not_let_in_or_several_targets_are_refused() -> None:
    for url in ("slack://a/b/c", "syslog://", "nonsense", "json://"):
        assert apprise().send(an_outgoing(AddressKind.APPRISE, url)).result is Result.REFUSED
    several = "tgram://123456789:abcdefg_hijklmnop-geheim_qrstuvwxyz/1/2/"
    with pytest.raises(BadInput, match="several targets") as caught:
        check_usable(several)
    assert "geheim" not in str(caught.value)
    check_usable("json://example.org/x")


def test_a_host_that_may_not_be_called_is_not_called() -> None:
    def judge(address: str) -> None:
        raise BadInput(f"{address}: is an address of this machine itself")

    with web_server(200) as web:
        outcome = apprise(judge=judge).send(hook(web))
    assert (outcome.result, web.asked) == (Result.REFUSED, [])


def test_no_sender_logs_a_secret_whatever_happens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for how in (200, 400, 503, "cut", "garbage"):
        with web_server(how) as web:
            apprise().send(hook(web))
            twilio(web.url).send(an_sms())
    closed = f"http://127.0.0.1:{a_free_port()}"
    apprise().send(hook(Web([200], url=closed)))
    twilio(closed).send(an_sms())
    with smtp_server("550 no") as box:
        smtp(box.port).send(a_mail())
    told = [record for record in caplog.records if record.levelno >= logging.INFO]
    lines = "\n".join(record.getMessage() for record in told if not record.name.startswith("mail."))
    assert not [word for word in ("lanted", SID, "358401234567", "mother@") if word in lines]
