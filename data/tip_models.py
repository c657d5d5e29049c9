"""What LastSeen remembers of the public's reports: where they come in, and what became of each."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class TipState(StrEnum):
    """What people have done with a tip."""

    WAITING = "waiting"
    TAKEN = "taken"
    """It was put on the map as a reported sighting."""
    DISMISSED = "dismissed"


@dataclass(frozen=True)
class TipPage:
    """The public's page of one case, at the address /tips/`code`; `agency` and `words` are all that it says.

    `secret` is what its tickets are made with; it is shown to nobody.
    """

    case_id: str
    code: str
    is_open: bool
    agency: str
    words: str
    changed_at: datetime
    changed_by: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Tip:
    """What one stranger reported; nothing of it is evidence until somebody takes it as a sighting.

    `number` is all that the tipster was told. Place and time are what the tipster said: `radius_m` and `seen_spread_s`
    are how far off they may be, `seen_typed` is the time as it was typed and in which zone. The file is kept under its
    `sha256`. How to reach the tipster is kept apart, encrypted: `has_contact`. `is_doubtful`: it came as a machine's
    would. `footage_id` is the footage that its file became, `sighting_id` the sighting.
    """

    id: str
    case_id: str
    number: str
    came_at: datetime
    state: TipState = TipState.WAITING
    is_doubtful: bool = False
    words: str = ""
    where_words: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: float = 0.0
    seen_at: datetime | None = None
    seen_spread_s: float = 0.0
    seen_typed: str = ""
    has_contact: bool = False
    sha256: str | None = None
    file_name: str = ""
    size_bytes: int = 0
    footage_id: str | None = None
    sighting_id: str | None = None
    decided_at: datetime | None = None
    decided_by: str = ""
    reason: str = ""
