"""What is handed to a sender, and the four things it can say of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from data.alert_models import AddressKind


class Result(StrEnum):
    """What became of a try to send."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Surely not sent, and trying again would not help."""
    NOT_NOW = "not now"
    """Surely not sent; it may go later."""
    UNCLEAR = "unclear"
    """It may have been taken, or not: the answer did not come, or could not be read."""


@dataclass(frozen=True)
class Outcome:
    """What a sender says. `why` is one line without addresses, keys or texts; it is kept and shown."""

    result: Result
    why: str = ""
    provider_id: str = ""
    provider_status: str = ""
    wait_s: float | None = None
    """For how long the other side asked not to be tried again."""


@dataclass(frozen=True)
class Outgoing:
    """One message on its way: the `attempt`-th try of the alert `id`. `cap` is its CAP 1.2 document, b"" for none."""

    id: str
    attempt: int
    kind: AddressKind
    address: str = field(repr=False)
    title: str = field(repr=False)
    text: str = field(repr=False)
    cap: bytes = field(default=b"", repr=False)


class Sender(Protocol):
    """Carries messages of one kind of address. Never raises for what the other side does."""

    def send(self, message: Outgoing) -> Outcome: ...
