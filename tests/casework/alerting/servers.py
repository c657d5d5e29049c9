"""Real servers on loopback that take messages, refuse them, or fall silent, as they are told."""

import asyncio
import json
import socket
import threading
import time
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from casework.alerting.apprise_sender import AppriseSettings
from casework.alerting.channels import Channels
from casework.alerting.smtp import SmtpSecurity, SmtpSettings
from casework.alerting.twilio_sms import TwilioSettings
from data.alert_models import AddressKind

SILENT_S = 30.0
"""Far beyond every time limit of the tests; a server that is asked to stop does not wait for it."""
SID, TOKEN = "AC" + "5" * 32, "planted-twilio-token-Geheim"
USER, PASSWORD = "lastseen", "planted-smtp-password-Geheim"


def channels_to(kind: AddressKind, url: str, *, timeout_s: float = 1.0) -> Channels:
    """The settings by which messages of one kind reach a server here."""
    if kind is AddressKind.EMAIL:
        port = int(url.rpartition(":")[2])
        mail = SmtpSettings(
            "127.0.0.1", "alerts@agency.example", port, SmtpSecurity.NONE, timeout_s=timeout_s, answer_s=timeout_s
        )
        return Channels(smtp=mail)
    if kind is AddressKind.SMS:
        return Channels(twilio=TwilioSettings(SID, TOKEN, "+15550001111", base_url=url, timeout_s=timeout_s))
    return Channels(apprise=AppriseSettings(frozenset({"json"}), timeout_s=timeout_s))


@dataclass
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Web:
    """An HTTP server. `script` says how it answers one request after the other, the last again and again.

    A number is the status; "slow" takes `slow_s` and then is well; "silent" never answers; "cut" closes the connection
    without a word; "garbage" is well, in no JSON.
    """

    script: list[int | str]
    url: str = ""
    slow_s: float = 0.5
    asked: list[Asked] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    got_one: threading.Event = field(default_factory=threading.Event)

    def answer(self, asked: Asked) -> bytes:
        """A message as Twilio tells of it; webhooks do not read it."""
        sid = f"SM{len(self.asked):032d}"
        return json.dumps({"sid": sid, "status": "queued", "account_sid": SID, "to": asked.form.get("To")}).encode()


@contextmanager
def web_server(*script: int | str, slow_s: float = 0.5) -> Iterator[Web]:
    web = Web(list(script) or [201], slow_s=slow_s)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with lock:
                asked = Asked(self.path, dict(self.headers), body)
                web.asked.append(asked)
                how = web.script.pop(0) if len(web.script) > 1 else web.script[0]
            web.got_one.set()
            if how == "silent":
                web.stopping.wait(SILENT_S)
            if how == "slow":
                time.sleep(web.slow_s)
            if how in ("silent", "cut"):
                self.close_connection = True
                return
            self._say(how, asked)

        def _say(self, how: int | str, asked: Asked) -> None:
            status = how if isinstance(how, int) else 201
            content = b"<html>" if how == "garbage" else web.answer(asked)
            if status >= 400:
                words = f"the number {asked.form.get('To')} of {SID} is wrong"
                content = json.dumps({"code": 21211, "message": words, "status": status}).encode()
            self.send_response(status)
            if status in (301, 302, 307):
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    web.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield web
    finally:
        web.stopping.set()
        server.shutdown()
        server.server_close()


def a_free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def signed_in_as(asked: Asked) -> tuple[str, str]:
    name, _, password = b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode().partition(":")
    return name, password


@dataclass
class Mailbox:
    """An SMTP server. `at_rcpt` and `at_data` are what it answers there; None is well.

    `at_data` may also be "silent", "cut" or "slow".
    """

    at_rcpt: str | None = None
    at_data: str | None = None
    port: int = 0
    came: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    signed_in: list[tuple[bytes, bytes]] = field(default_factory=list)
    got_one: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def asked(self) -> list[bytes]:
        """The messages that came, as those of a web server are called."""
        return self.raw

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:  # noqa: N802
        if self.at_rcpt is not None:
            return self.at_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        self.raw.append(content)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.came.append(mail)
        self.got_one.set()
        if self.at_data == "silent":
            await asyncio.sleep(SILENT_S)
        if self.at_data == "slow":
            await asyncio.sleep(0.5)
        if self.at_data == "cut":
            server.transport.abort()
        return self.at_data if self.at_data and self.at_data[0].isdigit() else "250 queued as 7F3K2"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.signed_in.append((given.login, given.password))
        return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


@contextmanager
def smtp_server(at_rcpt: str | None = None, at_data: str | None = None, **options: Any) -> Iterator[Mailbox]:
    box = Mailbox(at_rcpt, at_data)
    box.port = a_free_port()
    controller = Controller(
        box, hostname="127.0.0.1", port=box.port, authenticator=box.authenticate, ready_timeout=10.0, **options
    )
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
