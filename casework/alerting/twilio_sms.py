"""SMS, by Twilio's own library. `base_url` is for an installation behind a gateway, and for tests."""

import json
import logging
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.exceptions import HTTPError as Urllib3Error

from casework.alerting.outcomes import Outcome, Outgoing, Result
from casework.alerting.texts import plain
from data.errors import BadInput

BASE_URL = "https://api.twilio.com"
_BEHIND_A_GATEWAY = frozenset({502, 504})
"""A gateway says these of a server behind it, which may have taken the message all the same."""
_TRY_LATER = frozenset({408, 425, 429})
# Twilio's library tells every request with its headers, and so the account, at INFO
_SILENT = logging.getLogger("alerts.twilio")
_SILENT.setLevel(logging.WARNING)


@dataclass(frozen=True)
class TwilioSettings:
    """The account that SMS are sent from: `sender` is a number, or a messaging service (MG…).

    `status_url` is the public address of api.alert_status up to the alert's id, "" where Twilio cannot reach it.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    base_url: str = BASE_URL
    status_url: str = ""
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        if not self.auth_token or not self.sender:
            raise BadInput("LASTSEEN_TWILIO_AUTH_TOKEN and LASTSEEN_TWILIO_FROM: must be set with the account")
        where = urlsplit(self.base_url)
        if where.scheme != "https" and where.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise BadInput("LASTSEEN_TWILIO_URL: must begin with https://, else the account's key travels in the open")


class TwilioSender:
    """Sends SMS, one request each; never tries again by itself."""

    def __init__(self, settings: TwilioSettings) -> None:
        self._settings = settings
        http = TwilioHttpClient(timeout=settings.timeout_s, max_retries=0, logger=_SILENT)
        self._client = Client(settings.account_sid, settings.auth_token, http_client=http)
        self._client.api.base_url = settings.base_url.rstrip("/")

    def send(self, message: Outgoing) -> Outcome:
        known = self._settings
        whose = "messaging_service_sid" if known.sender.startswith("MG") else "from_"
        fields = {whose: known.sender}
        if known.status_url:
            fields["status_callback"] = f"{known.status_url}{message.id}"
        try:
            taken = self._client.messages.create(to=message.address, body=message.text, **fields)
        except (TwilioRestException, TwilioServiceException) as error:
            return _answered(int(error.status), error.code)
        except requests.RequestException as error:
            return _broken(error)
        except (TwilioException, json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            return Outcome(Result.UNCLEAR, f"SMS: Twilio's answer cannot be read ({type(error).__name__})")
        if not taken.sid:
            return Outcome(Result.UNCLEAR, "SMS: Twilio's answer names no message")
        return Outcome(Result.ACCEPTED, provider_id=plain(taken.sid, 64), provider_status=plain(str(taken.status), 32))


def _answered(status: int, code: object) -> Outcome:
    why = f"SMS: Twilio answered {status}" + (f", its error {code}" if isinstance(code, int) and code != status else "")
    if status in _BEHIND_A_GATEWAY:
        return Outcome(Result.UNCLEAR, why)
    if status in _TRY_LATER or status >= 500:
        return Outcome(Result.NOT_NOW, why)
    if 200 <= status < 300:
        return Outcome(Result.UNCLEAR, why)
    return Outcome(Result.REFUSED, why)


def _broken(error: requests.RequestException) -> Outcome:
    """Its text holds the request's address, and so the account: only its kind is kept."""
    why = f"SMS: Twilio cannot be reached ({type(error).__name__})"
    if is_before_the_request(error):
        return Outcome(Result.NOT_NOW, why)
    return Outcome(Result.UNCLEAR, f"SMS: Twilio did not answer ({type(error).__name__})")


def is_before_the_request(error: requests.RequestException) -> bool:
    """Whether no connection stood yet when it failed, so that surely nothing was sent."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL):
        return True
    reason = error.args[0] if error.args else None
    reason = getattr(reason, "reason", reason)
    return isinstance(reason, Urllib3Error) and isinstance(reason, NewConnectionError | ConnectTimeoutError)
