"""The sender at work: takes one message after the other from the queue, and keeps what became of each."""

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import structlog

from casework.access import for_machines
from casework.alerting import outbox
from casework.alerting.contacts import SETTINGS, shown
from casework.alerting.outcomes import Outcome, Outgoing, Result, Sender
from casework.alerting.policy import Pace
from casework.alerting.texts import trial_message
from data.alert_models import AddressKind, AlertState, Language
from data.errors import NotReachable
from data.models import utc_now
from data.store import Store

LOOK_EVERY_S = 1.0
KEEP_TRYING_S = 60.0
"""For how long what became of a message is offered to a database that is away; after that it is unknown."""
log = structlog.get_logger("alerts")
Senders = Mapping[AddressKind, Sender]


@dataclass(frozen=True)
class Post:
    """The queue with what empties it. `run` is new each time a sender starts: it alone says what became of its own."""

    store: Store
    senders: Senders
    pace: Pace = field(default_factory=Pace)
    hold_s: float = outbox.HOLD_S
    makes_cap: outbox.MakesCap | None = None
    run: str = field(default_factory=lambda: uuid4().hex)


@for_machines
def send_next(post: Post) -> AlertState | None:
    """Send one message; what became of it, None where none may go now."""
    message = outbox.take_next(post.store, run=post.run, hold_s=post.hold_s, makes_cap=post.makes_cap)
    if message is None:
        return None
    outcome = sent(post.senders, message)
    until = time.monotonic() + KEEP_TRYING_S
    while True:
        try:
            return outbox.record(post.store, message, outcome, run=post.run, pace=post.pace)
        except NotReachable as error:
            log.warning("not kept yet", alert=message.id, result=outcome.result, provider=outcome.provider_id)
            if time.monotonic() > until:
                raise NotReachable(f"alert {message.id}: {outcome.result}, which could not be kept: {error}") from error
            time.sleep(LOOK_EVERY_S)


def sent(senders: Senders, message: Outgoing) -> Outcome:
    """What the sender for this kind of address says; a kind that is not set up here is refused in words."""
    sender = senders.get(message.kind)
    if sender is None:
        return Outcome(Result.REFUSED, f"{message.kind}: is not set up here; see {SETTINGS[message.kind]}")
    return sender.send(message)


def send_until(post: Post, stopping: threading.Event, *, threads: int = 4) -> None:
    """Send what is queued until told to stop, several messages side by side: a slow server holds up only its own."""
    workers = [threading.Thread(target=_work, args=(post, stopping), name=f"alerts-{n}") for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def _work(post: Post, stopping: threading.Event) -> None:
    while not stopping.is_set():
        try:
            is_idle = send_next(post) is None
        except NotReachable as error:
            log.warning("database away", why=str(error))
            is_idle = True
        if is_idle:
            stopping.wait(LOOK_EVERY_S)


@for_machines
def send_test(
    store: Store, senders: Senders, *, kind: AddressKind, address: str, language: Language, by: str
) -> Outcome:
    """Send somebody a message that says of itself that it is a test; of no case, and at once."""
    text = trial_message(language)
    message = Outgoing(uuid4().hex, 1, kind, address, text.title, text.text)
    began = time.monotonic()
    outcome = sent(senders, message)
    with store.writing() as writing:
        writing.audit(
            at=utc_now(), by=by, action="alert test", case_id=None, alert=message.id, kind=kind.value,
            address=shown(kind, address), result=outcome.result.value, why=outcome.why,
            provider_id=outcome.provider_id, seconds=round(time.monotonic() - began, 3),
        )  # fmt: skip
    return outcome
