"""When each picture of a footage was shown, in seconds from the container's zero.

The rules, each with its reason (docs/decisions/0004-scan.md tells more):

- A time is the packet's presentation time (PTS) times the time base, less the container's zero. Frame number over
  frame rate is never used where the container gives times.
- No PTS, or one more than 60 s from the decoding time: the time is estimated from the frame rate.
- Decoding times that fall by 2^33 ticks of 90 kHz: the MPEG clock went round; 2^33 is added, the time stays exact.
- Decoding times that fall otherwise by more than 1 s, or that leap more than 12 hours ahead (FFmpeg takes an MPEG
  clock that falls below its first value for one that went round, and adds 26.5 hours): recordings were spliced;
  time runs on from the last picture, and everything from there on is estimated.
- One packet off by more than 60 s between two that agree, or a first one far from zero: damage; that packet alone is
  estimated.
- A jump ahead that the next packet confirms is what the container says: recording paused.
- Kinds without times (raw H.264) are estimated throughout; AVI has decoding times only, which are dealt out to the
  pictures in the order in which they are shown.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from operator import attrgetter
from statistics import median
from typing import TYPE_CHECKING, TypeAlias

from av.packet import Packet
from av.video.stream import VideoStream

if TYPE_CHECKING:
    VideoPacket: TypeAlias = Packet[VideoStream]
else:
    VideoPacket = Packet  # PyAV gives its parameter to type checkers only

CONTAINER = "container"
ESTIMATED = "estimated"

_STEP_BACK_S = 1.0
_STEP_AHEAD_S = 60.0
_PTS_FROM_DTS_S = 60.0
_LONGEST_PAUSE_S = 12 * 3600.0
_WRAP_TICKS = 1 << 33
_WRAP_TOLERANCE_S = 60.0
_REORDER_DEPTH = 32  # H.264 and HEVC allow 16 pictures; doubled for field pairs


@dataclass(frozen=True)
class Placed:
    """A packet, the `number`-th read, and its time in container seconds; None where it must be estimated.

    `clock_s` is its decoding time, `duration_s` how long its picture is meant to stand (0 where it does not say).
    """

    packet: VideoPacket
    number: int
    time_s: float | None
    clock_s: float | None
    time_source: str
    duration_s: float = 0.0


class Times(Enum):
    """What a kind of container tells of its pictures' times."""

    PRESENTATION = "when each is shown"
    DECODING = "when each is decoded, which is when it is shown"
    REORDERED = "when each is decoded, in another order than shown"
    NONE = "nothing"


class PacketClock:
    """Gives the packets of one stream their times, in the order in which they are read.

    Parameters
    ----------
    time_base
        Seconds a tick; None or 0 where the stream has none (then nothing is placed).
    zero_s
        What the container's clock shows at its time 0, in seconds.
    times
        What the container tells; with REORDERED or NONE packets get no `time_s`.
    wraps
        Its clock has 33 bits and goes round (MPEG).
    decoding_ticks
        A packet's decoding time, where something tells it better than the packet itself (the index of an AVI).
    """

    def __init__(
        self,
        *,
        time_base: Fraction | None,
        zero_s: float,
        times: Times,
        wraps: bool,
        decoding_ticks: Callable[[VideoPacket], int | None] = attrgetter("dts"),
    ) -> None:
        self._time_base = Fraction(0) if times is Times.NONE or time_base is None else time_base
        self._times = times
        self._decoding_ticks = decoding_ticks
        self._wrap_s = float(_WRAP_TICKS * self._time_base) if wraps else None
        self._zero_s = zero_s
        self._offset_s = 0.0
        self._last_s: float | None = None
        self._step_s = 0.0
        self._source = ESTIMATED if not self._time_base else CONTAINER
        self._read = 0

    def place(self, packets: Iterable[VideoPacket]) -> Iterator[Placed]:
        """Each packet with its time; looks one packet ahead to tell damage from a splice."""
        waiting: VideoPacket | None = None
        for packet in packets:
            if waiting is not None:
                yield self._placed(waiting, packet)
            waiting = packet
        if waiting is not None:
            yield self._placed(waiting, None)

    def _placed(self, packet: VideoPacket, following: VideoPacket | None) -> Placed:
        clock_s = self._clock_s(packet)
        next_s = None if following is None else self._clock_s(following)
        if next_s is None and following is not None and following.pts is not None:
            next_s = self._seconds(following.pts)
        is_believable = clock_s is None or self._is_believable(clock_s, next_s)
        if clock_s is not None and not is_believable:
            clock_s = None
        elif clock_s is not None and not self._is_steady(clock_s):
            clock_s = self._after_jump(clock_s)
        if clock_s is not None:
            if self._last_s is not None and clock_s > self._last_s:
                self._step_s = clock_s - self._last_s
            self._last_s = clock_s
        time_s = self._time_s(packet, clock_s) if is_believable else None
        source = ESTIMATED if time_s is None and self._times is not Times.REORDERED else self._source
        duration_s = float((packet.duration or 0) * self._time_base)
        self._read += 1
        return Placed(packet, self._read - 1, time_s, clock_s, source, duration_s)

    def _time_s(self, packet: VideoPacket, clock_s: float | None) -> float | None:
        """When the packet's picture is shown, as far as the packet itself can tell."""
        if self._times is Times.DECODING:
            return clock_s
        if self._times is not Times.PRESENTATION or packet.pts is None or not self._time_base:
            return None
        if packet.dts is not None and self._is_far(packet.pts - packet.dts):
            return None
        return self._seconds(packet.pts)

    def _seconds(self, ticks: int) -> float:
        # one expression for every time, so that a segment's bounds compare equal to its pictures' times
        return float(ticks * self._time_base) - self._zero_s + self._offset_s

    def _clock_s(self, packet: VideoPacket) -> float | None:
        # decoding times only: they never run back, where presentation times are reordered
        ticks = self._decoding_ticks(packet)
        return None if ticks is None or not self._time_base else self._seconds(ticks)

    def _is_far(self, ticks: int) -> bool:
        return abs(float(ticks * self._time_base)) > _PTS_FROM_DTS_S

    def _is_believable(self, clock_s: float, next_s: float | None) -> bool:
        """Whether the next packet does not show this one's time to be damaged."""
        if next_s is None:
            return True
        if self._last_s is None:  # of two first times that do not fit, the one nearer to zero
            follows = -_STEP_BACK_S <= next_s - clock_s <= _STEP_AHEAD_S
            return follows or abs(clock_s) <= abs(next_s) or self._goes_round(next_s - clock_s)
        return self._is_steady(clock_s) or not self._is_steady(next_s)

    def _is_steady(self, clock_s: float) -> bool:
        return self._last_s is None or -_STEP_BACK_S <= clock_s - self._last_s <= _STEP_AHEAD_S

    def _goes_round(self, jump_s: float) -> bool:
        return self._wrap_s is not None and abs(jump_s + self._wrap_s) < _WRAP_TOLERANCE_S

    def _after_jump(self, clock_s: float) -> float:
        """The clock after a confirmed jump; moves the offset where the jump is not the container's word."""
        assert self._last_s is not None  # noqa: S101  a first packet is always steady
        jump_s = clock_s - self._last_s
        if 0 < jump_s <= _LONGEST_PAUSE_S:
            return clock_s
        if self._wrap_s is not None and self._goes_round(jump_s):
            shift_s = self._wrap_s
        else:
            shift_s = self._step_s - jump_s
            self._source = ESTIMATED
        self._offset_s += shift_s
        return clock_s + shift_s


class PictureClock:
    """Gives decoded pictures their times, from those of their packets.

    Parameters
    ----------
    rate
        Pictures a second, for estimates only; above 0.
    times
        What the container tells; with REORDERED the next picture shown gets the earliest time not yet given.
    """

    def __init__(self, *, rate: float, times: Times) -> None:
        self._nominal_s = 1.0 / rate
        self._is_by_order = times is Times.REORDERED
        self._free: list[float] = []
        self._steps: list[float] = []
        self._last_s: float | None = None
        self._missed = 0

    @property
    def step_s(self) -> float:
        """Seconds between pictures: the median of the last 31 steps, at first one over the rate."""
        return median(self._steps) if len(self._steps) >= 3 else self._nominal_s

    def expect(self, placed: Placed) -> None:
        """A packet went to the decoder."""
        if self._is_by_order and placed.clock_s is not None:
            heapq.heappush(self._free, placed.clock_s)

    def give_up(self, placed: Placed) -> None:
        """`placed` will give no picture: its time is not dealt out, an estimate leaves room for it."""
        if self._is_by_order:
            if placed.clock_s in self._free:
                self._free.remove(placed.clock_s)
                heapq.heapify(self._free)
        elif placed.time_s is None:
            self._missed += 1

    def time_of(self, placed: Placed | None) -> tuple[float, str]:
        """Time and time source of the next picture out of the decoder, made from `placed` where that is known."""
        if self._is_by_order and self._free:
            found: tuple[float, str] = (heapq.heappop(self._free), CONTAINER)
        elif placed is None or placed.time_s is None or self._is_by_order:
            found = (0.0 if self._last_s is None else self._last_s + (1 + self._missed) * self.step_s, ESTIMATED)
        else:
            found = (placed.time_s, placed.time_source)
        if self._last_s is not None and found[0] > self._last_s and not self._missed:
            self._steps = [*self._steps[-30:], found[0] - self._last_s]
        self._last_s, self._missed = found[0], 0
        return found


def is_overdue(waiting: Placed, shown: Placed, time_s: float) -> bool:
    """Whether `waiting` can give no picture any more, now that `shown` was shown at `time_s`.

    Pictures leave a decoder in the order of their times, so an earlier one will not come; where a packet has no
    time, the greatest reordering a codec allows decides.
    """
    if waiting.number < shown.number - _REORDER_DEPTH:
        return True
    return waiting.time_s is not None and shown.time_s is not None and waiting.time_s < time_s
