"""What a provider says later of a message that it took: delivered, or not. Its word also settles what was unknown."""

from datetime import datetime

from casework.access import for_machines
from casework.alerting.texts import plain
from data import alert_rows as rows
from data.alert_models import Alert, AlertState
from data.models import utc_now
from data.store import Store, Writing
from data.writing import of_case

# Twilio's words, in the order in which a message passes them; two machines' messages may come in any order
_STEPS = {
    "accepted": 0, "scheduled": 0, "queued": 0, "sending": 1, "sent": 2,
    "delivered": 3, "undelivered": 3, "failed": 3, "canceled": 3, "read": 4,
}  # fmt: skip
_LOST = frozenset({"undelivered", "failed", "canceled"})


@for_machines
def provider_said(
    store: Store, alert_id: str, *, provider_id: str, status: str, error: str = "", now: datetime | None = None
) -> Alert:
    """Keep a provider's word on a message; harmless to repeat. NotFound for an alert that is none.

    Where a crash had made it unknown whether the message went out, the provider knows: it has it.
    """
    now = now or utc_now()
    provider_id, status, error = plain(provider_id, 64), plain(status, 32), plain(error, 16)
    with store.writing() as writing:
        alert = rows.alert(writing.connection, alert_id)
        if status not in _STEPS or not _is_open(alert) or _is_of_another(alert, provider_id):
            return alert
        if _STEPS[status] < _STEPS.get(alert.provider_status, -1):
            return alert
        state = AlertState.FAILED if status in _LOST else AlertState.SENT
        why = f"SMS: {status}" + (f", Twilio's error {error}" if error else "") if status in _LOST else ""
        _keep(writing, alert, state, now, provider_id=provider_id, provider_status=status, why=why)
    with store.database.reading() as connection:
        return rows.alert(connection, alert_id)


def _is_open(alert: Alert) -> bool:
    """Whether the provider's word can still change something: it may have taken what its own answer said it had not."""
    if alert.state in (AlertState.QUEUED, AlertState.FAILED):
        return alert.attempts > 0 and not alert.provider_id
    return alert.state in (AlertState.SENDING, AlertState.SENT, AlertState.UNKNOWN)


def _is_of_another(alert: Alert, provider_id: str) -> bool:
    return bool(alert.provider_id) and alert.provider_id != provider_id


def _keep(writing: Writing, alert: Alert, state: AlertState, now: datetime, *, why: str, **said: str) -> None:
    if (alert.state, alert.provider_status) == (state, said["provider_status"]):
        return
    values = {"state": state, "settled_at": now, "why": why}
    rows.change(writing, [alert.id], was=alert.state, **values, **said)
    rows.change_parts(writing, alert.id, was=[alert.state], **values)
    writing.changed(of_case(alert.case_id))
    if alert.state is not state:
        writing.audit(
            at=now, by="Twilio", action=f"alert {state}", case_id=alert.case_id, alert=alert.id, was=alert.state.value,
            why=why, **said,
        )  # fmt: skip
