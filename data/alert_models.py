"""What LastSeen remembers of alerts: who is to be told of what, and what became of each message."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class AddressKind(StrEnum):
    """How somebody is reached."""

    SMS = "sms"
    EMAIL = "email"
    APPRISE = "apprise"


class Audience(StrEnum):
    """What somebody is to the case. Only the team is told of what no two people have confirmed."""

    TEAM = "team"
    GUARDIAN = "guardian"
    AUTHORITY = "authority"


class Language(StrEnum):
    """In which language somebody is written to."""

    ENGLISH = "en"
    FINNISH = "fi"
    ARABIC = "ar"


class PinLink(StrEnum):
    """To which map the one link of a short message leads."""

    OPENSTREETMAP = "openstreetmap"
    GOOGLE = "google"
    GEO = "geo"


class AlertEvent(StrEnum):
    """What a message tells."""

    CANDIDATE = "candidate"
    """A new candidate above the alert threshold: a lead."""
    CONFIRMED = "confirmed"
    """Two people confirmed a match."""
    WITHDRAWN = "withdrawn"
    """A match that was told of as confirmed is so no more."""
    DIGEST = "digest"
    """Several of the above in one message, because the case's limit was reached."""
    TEST = "test"
    """Nothing: somebody tries out whether a recipient is reached."""


class Lane(StrEnum):
    """Which limit a message counts against; a flood of leads never holds up what people confirmed."""

    LEADS = "leads"
    CONFIRMED = "confirmed"
    ASKED = "asked"
    """Sent again because a person asked for it: no limit, no quiet hours."""


class AlertState(StrEnum):
    """Where a message stands. Every one ends in one of the last four, and stays in the store."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """Whoever carries it has taken it over; `provider_status` says how far it came."""
    FAILED = "failed"
    """It was surely not delivered; `why` says for what reason."""
    UNKNOWN = "unknown"
    """It may have gone out, or not: nobody can tell from here. Never sent again unless a person asks for it."""
    OVERTAKEN = "overtaken"
    """Nothing was sent: what it was to tell was not true any more, or its recipient was removed."""


@dataclass(frozen=True)
class Recipient:
    """Somebody who is told of a case. `address` may hold a secret (Apprise's do), so that it is never shown whole.

    `wakes`: told of what two people confirmed in quiet hours, too.
    """

    id: str
    case_id: str
    name: str
    kind: AddressKind
    address: str = field(repr=False)
    audience: Audience
    language: Language
    added_at: datetime
    added_by: str
    on_candidates: bool = False
    on_confirmed: bool = True
    wakes: bool = True
    pin_link: PinLink = PinLink.OPENSTREETMAP
    removed_at: datetime | None = None


@dataclass(frozen=True)
class AlertRules:
    """How a case tells its news. `quiet_from` to `quiet_to` are wall-clock times (HH:MM) in its zone, "" for none.

    In any `window_s` seconds at most `limit` messages of leads go out for the case, over all recipients, and to each
    recipient at most `limit` of what two people confirmed; the rest waits and goes as a digest. `names_subject`:
    messages call the subject by their first name, else by the case's number.
    """

    case_id: str
    names_subject: bool = False
    quiet_from: str = ""
    quiet_to: str = ""
    limit: int = 10
    window_s: int = 3600


@dataclass(frozen=True)
class Alert:
    """One message to one recipient, or what waits to become part of one (`digest_id`).

    `key` names what is told to whom, and is unique: nothing is queued twice. `attempts` counts how often it was handed
    to a sender, `hold_until` says until when the one that has it (`run`) may take. `title` and `text` are what was
    said, word for word, once it was handed over. `why` is the reason for its state, or why it still waits. `left_by`
    is who looked into what went wrong with it and decided to leave it so. `cap` is its CAP 1.2 document as it was
    handed over, "" for none.
    """

    id: str
    case_id: str
    recipient_id: str
    event: AlertEvent
    lane: Lane
    key: str
    state: AlertState
    created_at: datetime
    due_at: datetime
    match_id: str | None = None
    attempts: int = 0
    run: str = ""
    claimed_at: datetime | None = None
    hold_until: datetime | None = None
    settled_at: datetime | None = None
    title: str = ""
    text: str = ""
    why: str = ""
    provider_id: str = ""
    provider_status: str = ""
    digest_id: str | None = None
    again_of: str | None = None
    asked_by: str = ""
    left_by: str = ""
    cap: str = field(default="", repr=False)


@dataclass(frozen=True)
class Waiting:
    """The messages of one lane that wait for one recipient and are due: how many, since when, and the oldest one's id.

    `oldest_is_alone`: the oldest is a digest already, or was tried before, so that it goes by itself.
    """

    case_id: str
    lane: Lane
    recipient_id: str
    count: int
    oldest_at: datetime
    oldest_id: str
    oldest_is_alone: bool


@dataclass(frozen=True)
class Told:
    """What the store knows of the match that a message is about."""

    alert_id: str
    event: AlertEvent
    match_id: str
    match_state: str
    similarity: float
    alert_threshold: float
    best_s: float
    started_at: datetime
    clock_offset_s: float
    camera_id: str
    camera_name: str
    lat: float
    lon: float
    range_m: float | None
