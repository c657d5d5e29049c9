"""Cameras that are watched live, as plain frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LiveState(StrEnum):
    """What a watched camera shows just now. In all but WATCHING nobody can be seen there: a gap."""

    WAITING = "waiting"
    """No worker has it."""
    CONNECTING = "connecting"
    WATCHING = "watching"
    STALLED = "stalled"
    """The connection stands, and no picture has come for some seconds."""
    DISCONNECTED = "disconnected"
    """The camera hung up or cannot be reached; it is tried again and again."""
    DEAD = "dead"
    """There has been no picture for 20 seconds, whatever the reason."""
    FROZEN = "frozen"
    """Pictures come, and are the same one again and again."""
    BLACK = "black"
    """Pictures come, and are dark all over."""
    UNREADABLE = "unreadable"
    """Something comes, and no picture can be made of it."""


@dataclass(frozen=True)
class LiveWatch:
    """A camera that is watched for a case, until `ends_at`; `job_id` is the job under which a worker has it.

    `shown` is its address without name and password. `state` is what it showed last, since `state_since`, and `why`
    says more. `rate` is how many pictures a second came, `looks` how many were looked at, `faces` how many they showed.
    """

    job_id: str
    case_id: str
    camera_id: str
    shown: str
    started_at: datetime
    ends_at: datetime
    state: LiveState = LiveState.WAITING
    state_since: datetime | None = None
    why: str = ""
    last_picture_at: datetime | None = None
    rate: float = 0.0
    looks: int = 0
    faces: int = 0
    width_px: int = 0
    height_px: int = 0


@dataclass(frozen=True)
class LiveGap:
    """A stretch of a watch in which nobody could be seen; `to_at` is None while it lasts. True times."""

    id: str
    job_id: str
    case_id: str
    state: LiveState
    from_at: datetime
    to_at: datetime | None = None
    why: str = ""
