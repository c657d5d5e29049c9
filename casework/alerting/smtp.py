"""E-mail, by SMTP. The password travels only over TLS, and only to a server whose certificate is right."""

import re
import smtplib
import socket
import ssl
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum

from casework.alerting.contacts import checked_address
from casework.alerting.outcomes import Outcome, Outgoing, Result
from casework.alerting.texts import plain
from data.alert_models import AddressKind
from data.errors import BadInput
from data.models import utc_now

_TRY_LATER = range(400, 500)  # RFC 5321, 4.2.1: 4yz is transient, 5yz is for good


class SmtpSecurity(StrEnum):
    """How the connection is kept secret: TLS from its first byte, by STARTTLS before anything is said, or not."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True)
class SmtpSettings:
    """Where e-mail is handed over. `ca_file` holds the certificates to trust instead of the system's, "" for those."""

    host: str
    sender: str
    port: int = 587
    security: SmtpSecurity = SmtpSecurity.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    timeout_s: float = 15.0
    answer_s: float = 60.0
    """For the server's last word, which comes when it has looked into the message."""

    def __post_init__(self) -> None:
        try:
            checked_address(AddressKind.EMAIL, self.sender)
        except BadInput as error:
            raise BadInput("LASTSEEN_SMTP_FROM: must be an address such as alerts@example.org") from error
        if self.password and self.security is SmtpSecurity.NONE:
            raise BadInput("LASTSEEN_SMTP_PASSWORD: would travel in the open; set LASTSEEN_SMTP_SECURITY to starttls")


class SmtpSender:
    """Sends each message over a connection of its own: a server's trouble with one is none of the next."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, message: Outgoing) -> Outcome:
        try:
            mail = written(message, self._settings.sender)
        except (MessageError, ValueError, LookupError):
            return Outcome(Result.REFUSED, "e-mail: the message cannot be written down")
        try:
            connection = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return _before(error)
        try:
            return self._hand_over(connection, message, mail)
        finally:
            connection.close()

    def _connected(self) -> smtplib.SMTP:
        known = self._settings
        context = ssl.create_default_context(cafile=known.ca_file or None)
        if known.security is SmtpSecurity.TLS:
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                known.host, known.port, timeout=known.timeout_s, context=context
            )
        else:
            connection = smtplib.SMTP(known.host, known.port, timeout=known.timeout_s)
        try:
            if known.security is SmtpSecurity.STARTTLS:
                connection.starttls(context=context)  # raises where the server offers none
            connection.ehlo_or_helo_if_needed()
            if known.user:
                connection.login(known.user, known.password)
        except (OSError, smtplib.SMTPException):
            connection.close()
            raise
        return connection

    def _hand_over(self, connection: smtplib.SMTP, message: Outgoing, mail: bytes) -> Outcome:
        """The envelope, then the message: from its first byte to the server's word on it, nobody knows."""
        try:
            for code, _ in (connection.mail(self._settings.sender), connection.rcpt(message.address)):
                if code >= 400:
                    return _answered(code)
            code, _ = connection.docmd("DATA")
            if code != 354:
                return _answered(code)
        except (OSError, smtplib.SMTPException) as error:
            return _before(error)
        try:
            connection.send(_dotted(mail))
            if connection.sock is not None:
                connection.sock.settimeout(self._settings.answer_s)
            code, words = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return Outcome(Result.UNCLEAR, f"e-mail: the server did not confirm it ({type(error).__name__})")
        if code >= 400:
            return _answered(code)
        return Outcome(Result.ACCEPTED, provider_id=_queue_id(words), provider_status="accepted")


def written(message: Outgoing, sender: str) -> bytes:
    """The message as it goes over the line. No text of it can become a header: each is one line, and is encoded."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("LastSeen", addr_spec=sender)
    mail["To"] = Address(addr_spec=message.address)
    mail["Subject"] = plain(message.title) or "LastSeen"
    mail["Date"] = format_datetime(utc_now())
    # the same for each try of a message, so that a mailbox can tell that it has it already
    mail["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
    mail.set_content(message.text, cte="quoted-printable")
    if message.cap:
        mail.add_attachment(message.cap, maintype="application", subtype="cap+xml", filename="alert.cap.xml")
    return mail.as_bytes()


def _dotted(mail: bytes) -> bytes:
    """RFC 5321, 4.5.2: a line that begins with a dot gets another one, and a dot alone ends it all."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", mail)
    lines = re.sub(rb"(?m)^\.", b"..", lines)
    return (lines if lines.endswith(b"\r\n") else lines + b"\r\n") + b".\r\n"


def _answered(code: int) -> Outcome:
    result = Result.NOT_NOW if code in _TRY_LATER else Result.REFUSED
    return Outcome(result, f"e-mail: the server answered {code}")


def _before(error: Exception) -> Outcome:
    """What an error means before a byte of the message was sent. Its text may hold what was said: it is not kept."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome(Result.NOT_NOW, "e-mail: the server's certificate is not right, so nothing was said to it")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Outcome(Result.NOT_NOW, "e-mail: the server offers no TLS or sign-in; see LASTSEEN_SMTP_SECURITY")
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Outcome(Result.NOT_NOW, f"e-mail: the server refused user or password ({error.smtp_code})")
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error.smtp_code)
    if isinstance(error, TimeoutError | socket.gaierror | ConnectionError | smtplib.SMTPServerDisconnected):
        return Outcome(Result.NOT_NOW, f"e-mail: the server cannot be reached ({type(error).__name__})")
    return Outcome(Result.NOT_NOW, f"e-mail: there is no connection to the server ({type(error).__name__})")


def _queue_id(words: bytes) -> str:
    """What the server said of the message it took, which its own log has too."""
    return plain(words.decode("ascii", "replace"), 120)
