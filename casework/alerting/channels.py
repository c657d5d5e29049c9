"""What of the settings makes senders: which kinds of address can be reached from this installation."""

from dataclasses import dataclass, field
from datetime import datetime

from casework.alerting.apprise_sender import AppriseSender, AppriseSettings, Judge
from casework.alerting.cap import Origin, cap_for_authorities
from casework.alerting.outbox import MakesCap
from casework.alerting.outcomes import Sender
from casework.alerting.smtp import SmtpSender, SmtpSettings
from casework.alerting.texts import News
from casework.alerting.twilio_sms import TwilioSender, TwilioSettings
from data import alert_rows as rows
from data.alert_models import AddressKind, Alert, AlertEvent, AlertState
from data.store import Store

_MAY_KNOW = (AlertState.SENDING, AlertState.SENT, AlertState.UNKNOWN)


@dataclass(frozen=True)
class Channels:
    """The settings of all kinds; None for a kind that is not set up."""

    smtp: SmtpSettings | None = None
    twilio: TwilioSettings | None = field(default=None, repr=False)
    apprise: AppriseSettings | None = None
    judge: Judge | None = None
    """Says which addresses this machine may call (casework.addresses)."""

    def senders(self) -> dict[AddressKind, Sender]:
        found: dict[AddressKind, Sender] = {}
        if self.smtp is not None:
            found[AddressKind.EMAIL] = SmtpSender(self.smtp)
        if self.twilio is not None:
            found[AddressKind.SMS] = TwilioSender(self.twilio)
        if self.apprise is not None:
            found[AddressKind.APPRISE] = AppriseSender(self.apprise, judge=self.judge)
        return found


def cap_maker(store: Store, origin: Origin) -> MakesCap:
    """Makes the CAP documents of messages to authorities, a Cancel for what is taken back."""

    def make(news: News, alert_id: str, at: datetime) -> bytes:
        return cap_for_authorities(news, alert_id, at, origin=origin, before=_told_before(store, news))

    return make


def _told_before(store: Store, news: News) -> list[Alert]:
    """The messages by which this recipient was told of what is withdrawn now: digests, where it was part of one."""
    withdrawn = [one.match_id for one in news.told if one.event is AlertEvent.WITHDRAWN]
    found: dict[str, Alert] = {}
    with store.database.reading() as connection:
        for match_id in withdrawn:
            for alert in rows.alerts(connection, match_id=match_id):
                is_it = alert.event is AlertEvent.CONFIRMED and alert.state in _MAY_KNOW
                if is_it and alert.recipient_id == news.recipient.id:
                    message = rows.alert(connection, alert.digest_id) if alert.digest_id else alert
                    found[message.id] = message
    return list(found.values())
