"""What people see of a case's messages, and what they do about those that went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.access import needs
from casework.alerting.policy import LANE_OF
from casework.cases import new_id
from data import alert_ledger_rows as ledger
from data import alert_rows as rows
from data.alert_models import AddressKind, Alert, AlertEvent, AlertState, Audience, Lane
from data.errors import Conflict
from data.models import Permission, utc_now
from data.store import Store

ENDED_BADLY = (AlertState.FAILED, AlertState.UNKNOWN)
TESTS_APART = timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """One message, to whom it went, of how many pieces of news it is made, and by which one it was `sent_again`."""

    alert: Alert
    name: str
    audience: Audience
    kind: AddressKind
    parts: int
    sent_again: str = ""

    @property
    def is_trouble(self) -> bool:
        """Whether it went wrong, and nobody has looked into it yet."""
        return self.alert.state in ENDED_BADLY and not self.sent_again and not self.alert.left_by


@needs(Permission.READ)
def alerts(store: Store, case_id: str, *, states: Sequence[AlertState] = (), most: int | None = None) -> list[Alert]:
    """A case's messages, newest first, whatever became of them, with what digests are made of."""
    with store.database.reading() as connection:
        return rows.alerts(connection, case_id=case_id, states=states, most=most)


@needs(Permission.READ)
def lines(
    store: Store,
    case_id: str,
    *,
    states: Sequence[AlertState] = (),
    before: tuple[datetime, str] | None = None,
    most: int = 50,
) -> list[Line]:
    """A case's messages, newest first, each with its recipient's name and never with an address.

    `before` is (created_at, id) of the last one that was read.
    """
    with store.database.reading() as connection:
        ids = ledger.message_ids(connection, case_id, states=states, before=before, most=most)
        return _lines(connection, case_id, ids)


@needs(Permission.READ)
def line(store: Store, alert_id: str) -> Line:
    """One message."""
    with store.database.reading() as connection:
        return _lines(connection, rows.alert(connection, alert_id).case_id, [alert_id])[0]


def _lines(connection: rows.Connection, case_id: str, ids: Sequence[str]) -> list[Line]:
    parts, again = ledger.parts(connection, ids), ledger.sent_again(connection, ids)
    whom = {one.id: one for one in rows.recipients(connection, case_id, removed_too=True)}
    found = rows.alerts(connection, case_id=case_id, ids=ids)
    return [
        Line(alert, to.name, to.audience, to.kind, parts.get(alert.id, 1), again.get(alert.id, ""))
        for alert in found
        for to in [whom[alert.recipient_id]]
    ]


@needs(Permission.READ)
def trouble(store: Store, case_id: str) -> int:
    """How many messages failed, or may not have gone out, that nobody has looked into yet."""
    return ledger.trouble(store, case_id)


@needs(Permission.EDIT)
def resend(store: Store, alert_id: str, *, by: str) -> Alert:
    """Queue once more what failed or may not have gone out, because a person says so; Conflict for anything else.

    It is a message of its own, told as things stand then; the old one stays as it was.
    """
    now = utc_now()
    with store.writing() as writing:
        old = rows.alert(writing.connection, alert_id)
        if old.digest_id is not None:
            raise Conflict(f"alert {alert_id}: is part of the digest {old.digest_id}; send that again")
        if old.state not in ENDED_BADLY:
            raise Conflict(f"alert {alert_id}: is {old.state}; only what failed or is unknown can be sent again")
        if rows.recipient(writing.connection, old.recipient_id).removed_at is not None:
            raise Conflict(f"alert {alert_id}: its recipient was removed; name them anew, or leave it")
        new = Alert(
            id=new_id(), case_id=old.case_id, recipient_id=old.recipient_id, event=old.event, lane=Lane.ASKED,
            key=f"again:{old.id}", state=AlertState.QUEUED, created_at=now, due_at=now, match_id=old.match_id,
            again_of=old.id, asked_by=by,
        )  # fmt: skip
        if not rows.enqueue(writing, [new]):
            raise Conflict(f"alert {alert_id}: was sent again already")
        rows.change_parts(writing, old.id, was=[old.state], state=AlertState.QUEUED, digest_id=new.id, settled_at=None)
        writing.audit(
            at=now, by=by, action="alert asked for again", case_id=old.case_id, alert=new.id, again_of=old.id,
            was=old.state.value,
        )  # fmt: skip
    return new


@needs(Permission.EDIT)
def leave(store: Store, alert_id: str, *, by: str) -> None:
    """Keep that somebody has looked into what went wrong, and that it is not sent again; Conflict for anything else."""
    with store.writing() as writing:
        alert = rows.alert(writing.connection, alert_id)
        if not ledger.leave(writing, alert.id, by=by):
            raise Conflict(f"alert {alert_id}: there is nothing to leave; somebody has looked into it, or it went out")
        writing.audit(
            at=utc_now(), by=by, action="alert left as it is", case_id=alert.case_id, alert=alert.id,
            was=alert.state.value,
        )  # fmt: skip


@needs(Permission.GOVERN)
def ask_test(store: Store, recipient_id: str, *, by: str) -> Alert:
    """Queue a message that says of itself that it is a test; it goes the way of all others, at once.

    Conflict for somebody who was removed, and within a minute of the last test to the same person.
    """
    now = utc_now()
    with store.writing() as writing:
        whom = rows.recipient(writing.connection, recipient_id)
        if whom.removed_at is not None:
            raise Conflict("this recipient was removed; look again")
        recent = rows.alerts(writing.connection, case_id=whom.case_id, event=AlertEvent.TEST, most=100)
        if any(one.recipient_id == whom.id and now - one.created_at < TESTS_APART for one in recent):
            raise Conflict(f"{whom.name}: was sent a test less than a minute ago; wait for what becomes of it")
        id = new_id()
        test = Alert(
            id=id, case_id=whom.case_id, recipient_id=whom.id, event=AlertEvent.TEST, lane=LANE_OF[AlertEvent.TEST],
            key=f"test:{id}", state=AlertState.QUEUED, created_at=now, due_at=now, asked_by=by,
        )  # fmt: skip
        rows.enqueue(writing, [test])
        writing.audit(at=now, by=by, action="alert test asked for", case_id=whom.case_id, alert=id, recipient=whom.id)
    return test
