"""What a camera sends, as packets of one picture each, and the store that holds only what the newest picture needs."""

import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

MOST_PACKET_BYTES = 16 << 20
MOST_WAITING_BYTES = 32 << 20
MOST_WAITING = 2000
_RATE_OVER_S = 10.0


class BadStream(ValueError):
    """What a camera sends is no stream that this program reads; the words say what is wrong with it."""


@dataclass(frozen=True)
class LivePacket:
    """The coded bytes of one picture; a keyframe can be decoded without those before it."""

    data: bytes = field(repr=False)
    is_keyframe: bool


@dataclass(frozen=True)
class Waiting:
    """What was sent since somebody looked last, and when the last of it came (true time)."""

    packets: tuple[bytes, ...]
    is_new_start: bool
    newest_at: datetime


class Newest:
    """Holds what is needed to decode the newest picture, and nothing of what came before the last keyframe.

    It never grows beyond 32 MiB: where nobody looks for long, it waits for the next keyframe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._packets: list[bytes] = []
        self._bytes = 0
        self._is_new_start = True
        self._needs_keyframe = True
        self._newest_at: datetime | None = None
        self._arrivals_s: deque[float] = deque(maxlen=MOST_WAITING)

    def put(self, packet: LivePacket, at: datetime) -> None:
        """A packet came, whole, at this true time."""
        with self._lock:
            self._arrivals_s.append(monotonic())
            if packet.is_keyframe:
                self._packets, self._bytes = [], 0
                self._is_new_start, self._needs_keyframe = True, False
            elif self._needs_keyframe:
                return
            self._packets.append(packet.data)
            self._bytes += len(packet.data)
            self._newest_at = at
            if self._bytes > MOST_WAITING_BYTES or len(self._packets) > MOST_WAITING:
                self._packets, self._bytes, self._needs_keyframe = [], 0, True

    def take(self) -> Waiting | None:
        """What came since the last time; None where nothing did."""
        with self._lock:
            if not self._packets or self._newest_at is None:
                return None
            taken = Waiting(tuple(self._packets), self._is_new_start, self._newest_at)
            self._packets, self._bytes, self._is_new_start = [], 0, False
            return taken

    def forget(self) -> None:
        """The connection is new: what comes now has nothing to do with what came before."""
        with self._lock:
            self._packets, self._bytes = [], 0
            self._is_new_start = self._needs_keyframe = True
            self._arrivals_s.clear()

    @property
    def rate(self) -> float:
        """Pictures a second, over the last ten seconds."""
        now = monotonic()
        with self._lock:
            recent = [at for at in self._arrivals_s if now - at <= _RATE_OVER_S]
        if len(recent) < 2 or recent[-1] <= recent[0]:
            return len(recent) / _RATE_OVER_S
        return (len(recent) - 1) / (recent[-1] - recent[0])
