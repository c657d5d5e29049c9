"""Words for people who are told and for messages, on the Case page and on that of the alerts."""

from casework.alerting.contacts import schemes_of
from dashboard import session
from dashboard.words import later, t, tn
from data.alert_models import AddressKind, AlertEvent, AlertRules, AlertState, Audience, Language, PinLink, Recipient

KINDS = {
    AddressKind.SMS: later("SMS"),
    AddressKind.EMAIL: later("e-mail"),
    AddressKind.APPRISE: later("chat or webhook"),
}
AUDIENCES = {
    Audience.TEAM: later("team"),
    Audience.GUARDIAN: later("guardian"),
    Audience.AUTHORITY: later("authority"),
}
LANGUAGES = {Language.ENGLISH: "English", Language.FINNISH: "suomi", Language.ARABIC: "العربية"}
"""Each in its own words."""
PINS = {PinLink.OPENSTREETMAP: "OpenStreetMap", PinLink.GOOGLE: "Google Maps", PinLink.GEO: "geo:"}
EVENTS = {
    AlertEvent.CANDIDATE: later("A candidate, as a lead"),
    AlertEvent.CONFIRMED: later("A confirmed match"),
    AlertEvent.WITHDRAWN: later("A correction: confirmed no more"),
    AlertEvent.DIGEST: later("A digest"),
    AlertEvent.TEST: later("A test"),
}
STATES = {
    AlertState.QUEUED: later(":material/schedule: waits"),
    AlertState.SENDING: later(":material/outgoing_mail: is being sent"),
    AlertState.SENT: later(":material/check_circle: sent"),
    AlertState.FAILED: later(":material/error: **not sent**"),
    AlertState.UNKNOWN: later(":material/help: **may have gone out, or not**"),
    AlertState.OVERTAKEN: later(":material/block: not sent: it was not to be told any more"),
}
STEPS = {
    "delivered": later("delivered"),
    "read": later("read"),
    "undelivered": later("not delivered"),
    "failed": later("not delivered"),
}
"""What a provider said later of what it took; anything else it says adds nothing for a reader."""


def kinds_set_up() -> frozenset[AddressKind]:
    """Which kinds of address this installation reaches."""
    wanted = session.settings()
    found = {
        AddressKind.SMS: wanted.twilio_account_sid,
        AddressKind.EMAIL: wanted.smtp_host,
        AddressKind.APPRISE: schemes_of(wanted.apprise_schemes),
    }
    return frozenset(kind for kind, value in found.items() if value)


def trouble_words(count: int) -> str:
    """That so many messages went wrong."""
    return tn(
        "{n} alert was not sent, or nobody knows whether it was.",
        "{n} alerts were not sent, or nobody knows whether they were.",
        count,
    )


def told_of(recipient: Recipient) -> str:
    """Of what somebody is told, and whether that wakes them."""
    wakes = t(", in quiet hours too") if recipient.wakes else ""
    of = [t("confirmed matches") + wakes] if recipient.on_confirmed else []
    of += [t("candidates, as leads")] if recipient.on_candidates else []
    return t("told of {news}", news=" · ".join(of))


def rules_words(rules: AlertRules) -> str:
    """A case's rules, in sentences."""
    limit = tn(
        "At most {n} message of leads in {window}; what is more waits and goes as one digest.",
        "At most {n} messages of leads in {window}; what is more waits and goes as one digest.",
        rules.limit,
        window=window_words(rules.window_s),
    )
    quiet = (
        t("Quiet from {start} to {end}.", start=rules.quiet_from, end=rules.quiet_to)
        if rules.quiet_from
        else t("No quiet hours.")
    )
    name = t("Messages say the first name.") if rules.names_subject else t("Messages say the case number, no name.")
    return f"{limit} {quiet} {name}"


def window_words(seconds: int) -> str:
    """ "60 min" or "24 h"."""
    return t("{n:.0f} h", n=seconds / 3600) if seconds >= 7200 else t("{n:.0f} min", n=seconds / 60)
