"""Everything else, by Apprise: chats, webhooks and whatever an admin let in by its scheme.

Apprise says only yes or no. What a no means is read from what its plugins log, which is caught here and goes into no
log of ours: it may hold parts of the address, and the address is a secret. Where that leaves a doubt, the outcome is
unclear, and the message is not sent again by itself.
"""

import logging
import re
import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from apprise import Apprise, AppriseAsset
from apprise.common import NotifyFormat, OverflowMode, PersistentStoreMode
from apprise.plugins.base import NotifyBase

from casework.alerting.contacts import scheme_of
from casework.alerting.outcomes import Outcome, Outgoing, Result
from data.errors import BadInput, LastSeenError

Judge = Callable[[str], None]
"""Raises a LastSeenError for an address (https://host:port/) that this machine may not call."""
_STATUS = re.compile(r"\berror=(\d{3})\b")
_BEHIND_A_GATEWAY = frozenset({502, 504})
_TRY_LATER = frozenset({408, 425, 429})
_LOG = logging.getLogger("apprise")
_ONE_AT_A_TIME = threading.Lock()
_ONE_EACH = "add each as a recipient of its own, for if one of them fails nobody can tell which"


@dataclass(frozen=True)
class AppriseSettings:
    """Which schemes may be used, as json, slack, …; `timeout_s` is for each step of a connection."""

    schemes: frozenset[str]
    timeout_s: float = 20.0


class AppriseSender:
    """Sends by whatever service an Apprise URL names, once, whole, and without following redirects."""

    def __init__(self, settings: AppriseSettings, *, judge: Judge | None = None) -> None:
        self._settings = settings
        self._judge = judge
        self._asset = AppriseAsset(
            app_id="LastSeen", app_desc="LastSeen", app_url="", async_mode=False, secure_logging=True,
            http_redirects=False, interpret_escapes=False, interpret_emojis=False,
            storage_mode=PersistentStoreMode.MEMORY, allow_templates=False,
        )  # fmt: skip

    def send(self, message: Outgoing) -> Outcome:
        scheme = scheme_of(message.address)
        if scheme not in self._settings.schemes:
            return Outcome(Result.REFUSED, f"Apprise: {scheme or 'its scheme'} is not let in here any more")
        with _ONE_AT_A_TIME, _caught() as said:
            plugin = Apprise.instantiate(message.address, asset=self._asset)
            if not isinstance(plugin, NotifyBase):
                return Outcome(Result.REFUSED, f"Apprise: this {scheme} URL is not one that it can use")
            _tame(plugin, self._settings.timeout_s)
            if len(plugin) != 1:
                return Outcome(Result.REFUSED, f"Apprise: this {scheme} URL names several targets; {_ONE_EACH}")
            refused = self._refused(plugin)
            if refused is not None:
                return refused
            return _sent(plugin, message, scheme, said)

    def _refused(self, plugin: NotifyBase) -> Outcome | None:
        """Where the plugin names the host itself: whether it may be called, and answers; else that is not known."""
        host, port = getattr(plugin, "host", None), getattr(plugin, "port", None)
        if not host or not _speaks_http(plugin):
            return None
        port = port or (443 if plugin.secure else 80)
        try:
            if self._judge is not None:
                self._judge(f"http{'s' if plugin.secure else ''}://{_bracketed(host)}:{port}/")
            socket.create_connection((host, port), timeout=self._settings.timeout_s).close()
        except LastSeenError:
            return Outcome(Result.REFUSED, "Apprise: its host is not one that this machine may call")
        except (OSError, UnicodeError) as error:
            return Outcome(Result.NOT_NOW, f"Apprise: its host does not answer ({type(error).__name__})")
        return None


def check_usable(url: str) -> None:
    """BadInput, without the URL, where Apprise cannot use it, or would send to several targets; sends nothing."""
    with _ONE_AT_A_TIME, _caught():
        plugin = Apprise.instantiate(url)
    if not isinstance(plugin, NotifyBase):
        raise BadInput("Apprise URL: Apprise cannot use it; its manual says what each service's looks like")
    plugin.retry = 0
    if len(plugin) != 1:
        raise BadInput(f"Apprise URL: names several targets; {_ONE_EACH}")


def _tame(plugin: NotifyBase, timeout_s: float) -> None:
    """Take back what a URL may ask for: tries, redirects, no check of certificates, long waits, many parts."""
    plugin.retry = 0
    plugin.redirects = False
    plugin.verify_certificate = True
    plugin.socket_connect_timeout = plugin.socket_read_timeout = timeout_s
    plugin.overflow_mode = OverflowMode.TRUNCATE
    plugin.request_rate_per_sec = 0  # we have limits of our own, and nothing may sleep here


def _sent(plugin: NotifyBase, message: Outgoing, scheme: str, said: list[str]) -> Outcome:
    try:
        is_sent = plugin.notify(body=message.text, title=message.title, body_format=NotifyFormat.TEXT)
    except Exception as error:  # noqa: BLE001  a hundred foreign plugins raise anything, with their address in its text
        return Outcome(Result.UNCLEAR, f"Apprise: {scheme} broke off ({type(error).__name__})")
    if is_sent:
        return Outcome(Result.ACCEPTED, provider_status="accepted")
    codes = {int(code) for line in said for code in _STATUS.findall(line)}
    if len(codes) != 1:
        return Outcome(Result.UNCLEAR, f"Apprise: {scheme} did not say whether it took the message")
    (code,) = codes
    why = f"Apprise: {scheme} answered {code}"
    if code in _BEHIND_A_GATEWAY or code < 300:
        return Outcome(Result.UNCLEAR, why)
    return Outcome(Result.NOT_NOW if code in _TRY_LATER or code >= 500 else Result.REFUSED, why)


def _speaks_http(plugin: NotifyBase) -> bool:
    """Plugins with a host of the user's own, not those of one service, whose `host` is part of a key."""
    return type(plugin).__module__.rpartition(".")[2] in _OWN_HOST


_OWN_HOST: Collection[str] = frozenset(
    {"custom_json", "custom_xml", "custom_form", "apprise_api", "gotify", "mattermost", "rocketchat", "ntfy", "matrix"}
)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def _caught() -> Iterator[list[str]]:
    """What Apprise logs meanwhile, which goes no further."""
    said: list[str] = []
    handler = _Catching(said)
    before = (_LOG.propagate, _LOG.level)
    _LOG.propagate = False
    _LOG.setLevel(logging.WARNING)
    _LOG.addHandler(handler)
    try:
        yield said
    finally:
        _LOG.removeHandler(handler)
        _LOG.propagate, level = before
        _LOG.setLevel(level)


class _Catching(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())
