"""What a watched camera shows just now, from how its connection stands and what its pictures look like. Pure."""

from collections import deque
from dataclasses import dataclass

from casework.live_feed import Line
from data.live_models import LiveState
from recognition.live_look import LiveLook

DEAD_AFTER_S = 20.0
STALLED_AFTER_S = 5.0
FROZEN_AFTER_S = 30.0
BLACK_AFTER_S = 5.0
_DARK, _EVEN = 20.0, 6.0
"""Grey values of 255: black in the range of television is 16, and a lens cap has hardly any contrast."""
_SAME = 0.2
"""Mean difference of grey: .003 between pictures of one frozen frame (H.264), .5 to .8 of a still scene with noise."""
_SHARE_SAME = 0.8  # keyframes of the very same picture differ a little more


@dataclass(frozen=True)
class Shown:
    """The state of a camera since `since_s`, and in words why."""

    state: LiveState
    since_s: float
    why: str = ""


class Health:
    """Judges each look at a camera; times are seconds of one clock, of whatever beginning.

    Parameters
    ----------
    interval_s
        How often it is looked at; nothing is called stalled before two and a half looks gave no picture.
    """

    def __init__(self, began_s: float, *, interval_s: float, frozen_after_s: float = FROZEN_AFTER_S) -> None:
        self.shown = Shown(LiveState.CONNECTING, began_s)
        self._began_s = began_s
        self._stalled_after_s = max(STALLED_AFTER_S, 2.5 * interval_s)
        self._frozen_after_s = frozen_after_s
        self._picture_s: float | None = None
        self._good_s: float | None = None
        self._packet_s: float | None = None
        self._dark_since_s: float | None = None
        self._changes: deque[tuple[float, float]] = deque(maxlen=1000)

    def judge(self, now_s: float, line: Line, looked: LiveLook | None, *, has_packets: bool) -> Shown:
        """What the camera shows, given what came since the last time and what was seen in it."""
        if has_packets:
            self._packet_s = now_s
        if looked is not None:
            self._see(now_s, looked)
        state, why = self._state(now_s, line, looked)
        if state is LiveState.WATCHING:
            self._good_s = now_s
        if state is not self.shown.state:
            self.shown = Shown(state, self._since(now_s, state), why)
        elif why != self.shown.why:
            self.shown = Shown(state, self.shown.since_s, why)
        return self.shown

    @property
    def last_good_s(self) -> float | None:
        """When somebody could have been seen for the last time; None where that was never."""
        return self._good_s

    def _see(self, now_s: float, looked: LiveLook) -> None:
        self._picture_s = now_s
        is_dark = looked.brightness < _DARK and looked.contrast < _EVEN
        if self._dark_since_s is not None and not is_dark:
            self._changes.clear()  # darkness does not change, and is no frozen picture
        self._dark_since_s = (self._dark_since_s or now_s) if is_dark else None
        if looked.change is not None:
            self._changes.append((now_s, looked.change))
        while self._changes and now_s - self._changes[0][0] > self._frozen_after_s:
            self._changes.popleft()

    def _state(self, now_s: float, line: Line, looked: LiveLook | None) -> tuple[LiveState, str]:
        silent_s = now_s - (self._began_s if self._picture_s is None else self._picture_s)
        has_packets = self._packet_s is not None and now_s - self._packet_s < STALLED_AFTER_S
        if silent_s >= DEAD_AFTER_S:
            return LiveState.DEAD, line.why or (
                "what it sends cannot be decoded" if has_packets else "it sends nothing"
            )
        if not line.is_open:
            is_new = self._picture_s is None and not line.why
            return (LiveState.CONNECTING, "") if is_new else (LiveState.DISCONNECTED, line.why)
        if looked is None:
            if silent_s < self._stalled_after_s:
                return self._as_before()
            return (LiveState.UNREADABLE, "") if has_packets else (LiveState.STALLED, "")
        if self._dark_since_s is not None and now_s - self._dark_since_s >= BLACK_AFTER_S:
            return LiveState.BLACK, ""
        if self._is_frozen(now_s):
            return LiveState.FROZEN, ""
        return LiveState.WATCHING, ""

    def _as_before(self) -> tuple[LiveState, str]:
        """A moment without a picture says nothing yet, unless the connection was lost and has just come back."""
        known = self.shown.state
        is_lost = known in (LiveState.DISCONNECTED, LiveState.DEAD)
        return (LiveState.CONNECTING, "") if is_lost else (known, self.shown.why)

    def _is_frozen(self, now_s: float) -> bool:
        if self.shown.state is LiveState.FROZEN:
            return bool(self._changes) and self._changes[-1][1] <= 2 * _SAME
        if (
            not self._changes
            or self._changes[-1][1] > _SAME
            or now_s - self._changes[0][0] < 0.8 * self._frozen_after_s
            or len(self._changes) < 3
        ):
            return False
        same = sum(change <= _SAME for _, change in self._changes)
        return same >= _SHARE_SAME * len(self._changes)

    def _since(self, now_s: float, state: LiveState) -> float:
        """When a new state began: what is noticed late began earlier."""
        if state is LiveState.FROZEN:
            return self._changes[0][0]
        if state is LiveState.BLACK and self._dark_since_s is not None:
            return self._dark_since_s
        if state in (LiveState.DEAD, LiveState.STALLED, LiveState.UNREADABLE):
            return self._began_s if self._picture_s is None else self._picture_s
        return now_s
