"""Who may be told what, and when: every rule of alerts that needs no store. Pure; reads and writes nothing."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from data.alert_models import AlertEvent, AlertRules, Audience, Lane, Recipient
from data.errors import BadInput
from data.models import MatchState

LANE_OF = {
    AlertEvent.CANDIDATE: Lane.LEADS,
    AlertEvent.CONFIRMED: Lane.CONFIRMED,
    AlertEvent.WITHDRAWN: Lane.CONFIRMED,
    AlertEvent.TEST: Lane.ASKED,
}
LANES_IN_ORDER = (Lane.ASKED, Lane.CONFIRMED, Lane.LEADS)
"""What goes first when several things wait."""
NO_LEAD_ANY_MORE = frozenset(
    {MatchState.CONFIRMED, MatchState.REJECTED, MatchState.SET_ASIDE, MatchState.DROPPED}
)  # decided, or not offered any more
LONGEST_WINDOW_S = 7 * 86_400
MOST_MESSAGES = 1000


@dataclass(frozen=True)
class Pace:
    """How often and how soon a message is tried that was surely not taken: after 30 s, 1, 2, 4 … minutes, then not."""

    first_s: float = 30.0
    longest_s: float = 3600.0
    attempts: int = 8

    def again_at(self, attempts: int, now: datetime, wanted_s: float | None = None) -> datetime | None:
        """When to try again after so many attempts; None to give up. Never sooner than the other side `wanted_s`."""
        if attempts >= self.attempts:
            return None
        wait_s = min(self.first_s * 2 ** (attempts - 1), self.longest_s)
        return now + timedelta(seconds=max(wait_s, min(wanted_s or 0.0, self.longest_s)))


def may_be_told(recipient: Recipient, event: AlertEvent) -> bool:
    """Whether this news is for this recipient at all: a lead never leaves the team."""
    if event is AlertEvent.CANDIDATE:
        return recipient.audience is Audience.TEAM and recipient.on_candidates
    return recipient.on_confirmed


def is_still_true(event: AlertEvent, state: MatchState, *, is_closed: bool) -> bool:
    """Whether what a message was queued to tell can still be said of the match; of a closed case, only corrections."""
    if is_closed and event is not AlertEvent.WITHDRAWN:
        return False
    if event is AlertEvent.CANDIDATE:
        return state not in NO_LEAD_ANY_MORE
    return (state is MatchState.CONFIRMED) == (event is AlertEvent.CONFIRMED)


def is_quiet(rules: AlertRules, timezone: str, now: datetime) -> bool:
    """Whether clocks in the case's zone show quiet hours; those may lead over midnight."""
    if not rules.quiet_from:
        return False
    start, end = time.fromisoformat(rules.quiet_from), time.fromisoformat(rules.quiet_to)
    clock = now.astimezone(ZoneInfo(timezone)).time()
    return start <= clock < end if start < end else clock >= start or clock < end


def must_wait_for_morning(rules: AlertRules, timezone: str, recipient: Recipient, lane: Lane, now: datetime) -> bool:
    """Whether quiet hours hold a message back."""
    if lane is Lane.ASKED or (lane is Lane.CONFIRMED and recipient.wakes):
        return False
    return is_quiet(rules, timezone, now)


def share(room: int, recipients_waiting: int) -> int:
    """How many single messages a recipient may get of the room that is left; with more to tell they get a digest."""
    return max(1, room // max(1, recipients_waiting))


def checked_rules(rules: AlertRules) -> AlertRules:
    """The rules; BadInput, with the field, for what makes no sense."""
    for name in ("quiet_from", "quiet_to"):
        _check_clock(getattr(rules, name), name)
    if bool(rules.quiet_from) != bool(rules.quiet_to) or (rules.quiet_from and rules.quiet_from == rules.quiet_to):
        raise BadInput("quiet hours: give two different times, from and to, or neither")
    if not 1 <= rules.limit <= MOST_MESSAGES:
        raise BadInput(f"limit: {rules.limit} messages are not within 1 to {MOST_MESSAGES}")
    if not 60 <= rules.window_s <= LONGEST_WINDOW_S:
        raise BadInput(f"window: {rules.window_s} s are not within a minute and {LONGEST_WINDOW_S // 86_400} days")
    return rules


def _check_clock(text: str, name: str) -> None:
    try:
        is_right = not text or (len(text) == 5 and time.fromisoformat(text) is not None)
    except ValueError:
        is_right = False
    if not is_right:
        raise BadInput(f"{name.replace('_', ' ')}: {text[:20]!r} is no time of day; write it as 22:00")
