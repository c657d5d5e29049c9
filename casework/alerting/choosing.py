"""Which of the messages that are due goes next, and why the others wait: quiet hours, limits, digests."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casework.access import needs
from casework.alerting.policy import LANES_IN_ORDER, must_wait_for_morning, share
from data import alert_rows as rows
from data.alert_models import AlertRules, Lane, Recipient, Waiting
from data.alert_rows import Connection
from data.models import Permission, utc_now
from data.store import Store

QUIET = "quiet hours until {until}"
LIMIT = "the limit of {limit} messages in {minutes:.0f} minutes is reached; what waits goes as one digest"
GATHERED = "too many leads to tell one by one; they are gathered into a digest, at most one in {minutes:.0f} minutes"


@dataclass(frozen=True)
class Held:
    """What waits in one lane for one recipient, how many may go one by one, and `why` it must wait ("": it may go)."""

    waiting: Waiting
    recipient: Recipient
    share: int
    why: str = ""


@needs(Permission.READ)
def held(store: Store, case_id: str, *, now: datetime | None = None) -> list[Held]:
    """What of a case is due and waits, each with the reason why it does not go yet."""
    with store.database.reading() as connection:
        return [one for one in waiting_now(connection, now or utc_now()) if one.waiting.case_id == case_id]


def waiting_now(connection: Connection, now: datetime) -> list[Held]:
    """All that is due, in the order in which it goes."""
    due = sorted(rows.waiting(connection, now), key=lambda w: (LANES_IN_ORDER.index(w.lane), w.oldest_at))
    recipients = {w.recipient_id: rows.recipient(connection, w.recipient_id) for w in due}
    case_zones = rows.zones(connection, {w.case_id for w in due})
    rules = {case_id: rows.rules(connection, case_id) for case_id in case_zones}
    asleep = {
        (w.lane, w.recipient_id)
        for w in due
        if must_wait_for_morning(rules[w.case_id], case_zones[w.case_id], recipients[w.recipient_id], w.lane, now)
    }
    found = []
    for w in due:
        beside = {o.recipient_id for o in due if (o.case_id, o.lane) == (w.case_id, w.lane)}
        awake = sum((w.lane, id) not in asleep for id in beside)
        judged = _judged(connection, w, recipients[w.recipient_id], rules[w.case_id], awake, now)
        is_asleep = (w.lane, w.recipient_id) in asleep and judged.recipient.removed_at is None
        found.append(replace(judged, why=QUIET.format(until=rules[w.case_id].quiet_to)) if is_asleep else judged)
    return found


def _judged(
    connection: Connection, w: Waiting, recipient: Recipient, rules: AlertRules, awake: int, now: datetime
) -> Held:
    """What waits, by the limits alone; `awake` recipients share what room there is for leads."""
    room = _room(connection, w, rules, now)
    one_by_one = share(room, awake if w.lane is Lane.LEADS else 1)
    why = ""
    if recipient.removed_at is not None:
        pass  # nobody is told: it only leaves the queue
    elif room <= 0:
        why = LIMIT.format(limit=rules.limit, minutes=rules.window_s / 60)
    elif _is_gathered(connection, w, rules, one_by_one, now):
        why = GATHERED.format(minutes=rules.window_s / rules.limit / 60)
    return Held(w, recipient, one_by_one, why)


def _is_gathered(connection: Connection, w: Waiting, rules: AlertRules, one_by_one: int, now: datetime) -> bool:
    """Whether leads wait for a digest; these are spread over the window, which a flood would use up in seconds."""
    if w.lane is not Lane.LEADS or w.oldest_is_alone or w.count <= one_by_one:
        return False
    last = rows.last_message_at(connection, w)
    return last is not None and now - last < timedelta(seconds=rules.window_s / rules.limit)


def _room(connection: Connection, w: Waiting, rules: AlertRules, now: datetime) -> int:
    """How many messages more the lane may take: leads of the whole case, confirmed news for each recipient apart."""
    if w.lane is Lane.ASKED:
        return 1
    whose = None if w.lane is Lane.LEADS else w.recipient_id
    but = w.oldest_id if w.oldest_is_alone else ""  # its own first try is no message beside it
    since = now - timedelta(seconds=rules.window_s)
    return rules.limit - rows.messages_since(connection, w.case_id, w.lane, since=since, recipient_id=whose, but=but)


def first_free(found: Sequence[Held]) -> Held | None:
    return next((one for one in found if not one.why), None)
