"""The queue of messages: what goes next, and what became of it. Nothing leaves it unseen, nothing goes out twice.

A message is handed to a sender in one transaction (`take_next`: it is then SENDING, with its words) and what became of
it is kept in another (`record`). Where the second one never comes, because the machine lost its power in between,
nobody can tell whether it went out: after `hold_s` it is UNKNOWN, until a person has it sent again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from casework.access import for_machines
from casework.alerting.choosing import Held, first_free, waiting_now
from casework.alerting.outcomes import Outcome, Outgoing, Result
from casework.alerting.policy import Pace, is_still_true, may_be_told
from casework.alerting.texts import Message, News, compose, trial_message
from casework.cases import new_id
from casework.governance import may_be_named
from data import alert_rows as rows
from data.alert_models import Alert, AlertEvent, AlertState, Recipient, Told, Waiting
from data.models import Case, MatchState, utc_now
from data.store import Store, Writing
from data.writing import of_case

SENDER = "alerts"
HOLD_S = 180.0
"""How long a sender may take for one message; longer than the time limits of any of them."""
LOST = (
    "the sender did not say what became of it: it may have gone out or not; ask the recipient before it is sent again"
)
REMOVED = "the recipient was removed"
STALE = "it was not true any more when its turn came"
CLOSED = "the case was closed before its turn came"
_STATE_OF = {Result.ACCEPTED: AlertState.SENT, Result.REFUSED: AlertState.FAILED, Result.UNCLEAR: AlertState.UNKNOWN}
log = structlog.get_logger("alerts")
MakesCap = Callable[[News, str, datetime], bytes]
"""Makes the CAP document of a message from its news, the alert's id and the time; b"" where it gets none."""


# what goes next


@dataclass(frozen=True)
class _Taking:
    """Who takes a message, when, until when they have it, and what makes its CAP document."""

    run: str
    now: datetime
    until: datetime
    makes_cap: MakesCap | None


@for_machines
def take_next(
    store: Store, *, run: str, now: datetime | None = None, hold_s: float = HOLD_S, makes_cap: MakesCap | None = None
) -> Outgoing | None:
    """The next message to send, which is this `run`'s from now on; None while nothing is due, or may go."""
    now = now or utc_now()
    taking = _Taking(run, now, now + timedelta(seconds=hold_s), makes_cap)
    with store.database.reading() as connection:  # the one writer's turn is not taken for nothing
        if not rows.lost(connection, now) and first_free(waiting_now(connection, now)) is None:
            return None
    with store.writing() as writing:
        _mark_lost(writing, now)
        while (chosen := first_free(waiting_now(writing.connection, now))) is not None:
            outgoing = _hand_over(store, writing, chosen, taking)
            if outgoing is not None:
                return outgoing
    return None


def _hand_over(store: Store, writing: Writing, chosen: Held, taking: _Taking) -> Outgoing | None:
    """Make a message of what was chosen; None where nothing of it is true any more, which is then kept as such."""
    w, recipient, now = chosen.waiting, chosen.recipient, taking.now
    is_digest = not w.oldest_is_alone and w.count > chosen.share
    alert = rows.alert(writing.connection, w.oldest_id)
    if recipient.removed_at is not None:
        all_of_it = rows.told_by(writing.connection, alert if w.oldest_is_alone else w, now)
        _overtake(writing, alert, all_of_it, now, REMOVED)
        _overtake_alone(writing, alert, now, REMOVED)
        return None
    if alert.event is AlertEvent.TEST:
        return _handed(writing, alert, recipient, trial_message(recipient.language), b"", taking)
    case = store.case(w.case_id)
    told = rows.told_by(writing.connection, w if is_digest else alert, now)
    stale = [one for one in told if not _may_go(one, recipient, case)]
    if stale:
        _overtake(writing, alert, stale, now, CLOSED if case.closed_at else STALE)
        told = [one for one in told if _may_go(one, recipient, case)]
    if not told:
        if alert.event is AlertEvent.DIGEST or not stale:
            _overtake_alone(writing, alert, now, f"nothing of it is left to tell: {STALE}")
        return None
    if is_digest and stale:
        return None  # few enough may be left to go one by one: they are chosen anew
    if is_digest:
        alert = _digest(writing, w, told, now)
    return _told(store, writing, alert, recipient, told, case, taking)


def _told(
    store: Store, writing: Writing, alert: Alert, recipient: Recipient, told: Sequence[Told], case: Case,
    taking: _Taking,
) -> Outgoing:  # fmt: skip
    """Put the news into words; those of a subject who may not be named name nobody, whatever the rules say."""
    rules = rows.rules(writing.connection, case.id)
    rules = replace(rules, names_subject=rules.names_subject and may_be_named(case, taking.now))
    news = News(case, rules, recipient, told, store.sightings(case.id))
    document = taking.makes_cap(news, alert.id, taking.now) if taking.makes_cap is not None else b""
    return _handed(writing, alert, recipient, compose(news), document, taking)


def _handed(
    writing: Writing, alert: Alert, to: Recipient, message: Message, document: bytes, taking: _Taking
) -> Outgoing:
    rows.change(
        writing, [alert.id], was=AlertState.QUEUED, state=AlertState.SENDING, attempts=alert.attempts + 1,
        title=message.title, text=message.text, run=taking.run, claimed_at=taking.now, hold_until=taking.until, why="",
        cap=document.decode(),
    )  # fmt: skip
    rows.change_parts(writing, alert.id, was=[AlertState.QUEUED], state=AlertState.SENDING)
    writing.changed(of_case(alert.case_id))
    return Outgoing(alert.id, alert.attempts + 1, to.kind, to.address, message.title, message.text, document)


def _may_go(one: Told, recipient: Recipient, case: Case) -> bool:
    is_closed = case.closed_at is not None
    is_true = is_still_true(one.event, MatchState(one.match_state), is_closed=is_closed)
    return is_true and may_be_told(recipient, one.event)


def _digest(writing: Writing, w: Waiting, told: Sequence[Told], now: datetime) -> Alert:
    """One message of all that waits, which stays in the queue as its parts."""
    id = new_id()
    digest = Alert(
        id, w.case_id, w.recipient_id, AlertEvent.DIGEST, w.lane, f"digest:{id}", AlertState.QUEUED, now, now
    )
    rows.enqueue(writing, [digest])
    rows.change(writing, [one.alert_id for one in told], was=AlertState.QUEUED, digest_id=id)
    return digest


def _overtake(writing: Writing, alert: Alert, of: Sequence[Told], now: datetime, why: str) -> None:
    """Keep that these are not sent; those of a digest leave it."""
    ids = [one.alert_id for one in of]
    count = rows.change(
        writing, ids, was=AlertState.QUEUED, state=AlertState.OVERTAKEN, settled_at=now, why=why, digest_id=None
    )
    writing.audit(
        at=now, by=SENDER, action="alerts overtaken", case_id=alert.case_id, recipient=alert.recipient_id, count=count,
        why=why,
    )  # fmt: skip
    if alert.event is AlertEvent.DIGEST and rows.count_of_parts(writing.connection, alert.id) == 0:
        _overtake_alone(writing, alert, now, why)


def _overtake_alone(writing: Writing, alert: Alert, now: datetime, why: str) -> None:
    rows.change(writing, [alert.id], was=AlertState.QUEUED, state=AlertState.OVERTAKEN, settled_at=now, why=why)
    writing.changed(of_case(alert.case_id))


# what became of it


@for_machines
def record(
    store: Store,
    message: Outgoing,
    outcome: Outcome,
    *,
    run: str,
    now: datetime | None = None,
    pace: Pace | None = None,
) -> AlertState:
    """Keep what a sender says of a message that `run` had; the state it stands in then.

    A sender that took longer than its hold may still say what it knows, so long as nobody else was handed the message.
    """
    now = now or utc_now()
    with store.writing() as writing:
        alert = rows.alert(writing.connection, message.id)
        if (alert.run, alert.attempts) != (run, message.attempt):
            return alert.state
        if alert.state is AlertState.SENT:  # the provider's own word came first
            if not alert.provider_id and outcome.provider_id:
                rows.change(writing, [alert.id], was=alert.state, provider_id=outcome.provider_id)
            return alert.state
        if alert.state is AlertState.SENDING and outcome.result is Result.NOT_NOW:
            again_at = (pace or Pace()).again_at(alert.attempts, now, outcome.wait_s)
            if again_at is not None:
                rows.change(
                    writing, [alert.id], was=alert.state, state=AlertState.QUEUED, due_at=again_at, why=outcome.why
                )
                rows.change_parts(writing, alert.id, was=[alert.state], state=AlertState.QUEUED)
                writing.changed(of_case(alert.case_id))
                return AlertState.QUEUED
        if alert.state not in (AlertState.SENDING, AlertState.UNKNOWN):
            return alert.state
        return _settle(writing, alert, outcome, now)


def _settle(writing: Writing, alert: Alert, outcome: Outcome, now: datetime) -> AlertState:
    state = _STATE_OF.get(outcome.result, AlertState.FAILED)
    rows.change(
        writing, [alert.id], was=alert.state, state=state, settled_at=now, why=outcome.why,
        provider_id=outcome.provider_id, provider_status=outcome.provider_status,
    )  # fmt: skip
    rows.change_parts(writing, alert.id, was=[alert.state], state=state, settled_at=now, why=outcome.why)
    _say(writing, replace(alert, state=state, why=outcome.why, provider_id=outcome.provider_id), now)
    return state


def _mark_lost(writing: Writing, now: datetime) -> None:
    for alert in rows.lost(writing.connection, now):
        values = {"state": AlertState.UNKNOWN, "settled_at": now, "why": LOST}
        rows.change(writing, [alert.id], was=AlertState.SENDING, **values)
        rows.change_parts(writing, alert.id, was=[AlertState.SENDING], **values)
        _say(writing, replace(alert, state=AlertState.UNKNOWN, why=LOST), now)


def _say(writing: Writing, alert: Alert, now: datetime) -> None:
    """Put into the record, and the log, what became of a message: never its address or its words."""
    writing.audit(
        at=now, by=SENDER, action=f"alert {alert.state}", case_id=alert.case_id, alert=alert.id,
        recipient=alert.recipient_id, event=alert.event.value, match=alert.match_id, why=alert.why,
        provider_id=alert.provider_id, attempts=alert.attempts,
        parts=rows.count_of_parts(writing.connection, alert.id),
    )  # fmt: skip
    say = log.info if alert.state is AlertState.SENT else log.warning
    say(f"alert {alert.state}", alert=alert.id, attempts=alert.attempts, why=alert.why)
