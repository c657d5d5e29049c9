"""/api/v1/…/alerts: who is told of a case and by which rules, what was sent, and what became of each message."""

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.resources.shapes import Said, Shown
from api.rest import CONFLICT, Asks, Id, Out, Page, PageAsked, Paging, Scope, page_of, router, scope
from casework.alerting import choosing, ledger, rules
from casework.alerting.contacts import shown as masked
from casework.alerting.ledger import Line
from casework.alerting.policy import LONGEST_WINDOW_S, MOST_MESSAGES
from casework.alerting.rules import Contact
from data.alert_models import (
    AddressKind,
    AlertEvent,
    AlertRules,
    AlertState,
    Audience,
    Lane,
    Language,
    PinLink,
    Recipient,
)
from data.errors import BadInput, NotFound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
STATES = Annotated[list[AlertState], Query(description="Only messages in these states; none given: in any.")]
Clock = Annotated[
    str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d)?$", description="HH:MM in the case's zone, or empty.")
]


class CapResponse(Response):
    """A CAP 1.2 document."""

    media_type = "application/cap+xml"


class AlertOut(Out):
    """One message. `why` is the reason for its state; `needs_a_look` says that it went wrong and is nobody's yet.

    `parts` is of how many pieces of news a digest is made. `again_of` is the message that it repeats because
    `asked_by` wanted so, `sent_again` the one that repeats this one.
    """

    id: str
    case_id: str
    event: AlertEvent
    lane: Lane
    state: AlertState
    recipient_id: str
    recipient: str
    audience: Audience
    kind: AddressKind
    match_id: str | None
    created_at: datetime
    due_at: datetime
    handed_over_at: datetime | None
    settled_at: datetime | None
    attempts: int
    title: str
    text: str
    why: str
    provider_id: str
    provider_status: str
    parts: int
    again_of: str | None
    sent_again: str
    asked_by: str
    left_by: str
    needs_a_look: bool


class WaitingOut(Out):
    """What is due for one recipient; `why` it does not go yet, empty where it does."""

    recipient_id: str
    recipient: str
    lane: Lane
    count: int
    oldest_at: datetime
    why: str


class RecipientOut(Shown):
    """Somebody who is told; of the `address` only what may be shown."""

    id: str
    name: str
    kind: AddressKind
    address: str
    audience: Audience
    language: Language
    on_candidates: bool
    on_confirmed: bool
    wakes: bool
    pin_link: PinLink
    added_at: datetime
    added_by: str


class RecipientIn(Said):
    """Somebody to be told. Only the team is told of candidates, which no two people have confirmed."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: AddressKind
    address: Annotated[str, Field(min_length=1, max_length=2000, description="+358…, name@example.org or slack://…")]
    audience: Audience
    language: Language = Language.ENGLISH
    on_candidates: bool = False
    on_confirmed: bool = True
    wakes: bool = True
    pin_link: PinLink = PinLink.OPENSTREETMAP


class RulesOut(Shown):
    """Within any `window_s` seconds at most `limit` messages of leads go out; what is more goes as one digest."""

    names_subject: bool
    quiet_from: str
    quiet_to: str
    limit: int
    window_s: int


class RulesIn(Said):
    """All rules, at once. In quiet hours leads wait; confirmed matches go to those who want to be woken."""

    names_subject: bool = False
    quiet_from: Clock = ""
    quiet_to: Clock = ""
    limit: Annotated[int, Field(ge=1, le=MOST_MESSAGES)] = 10
    window_s: Annotated[int, Field(ge=60, le=LONGEST_WINDOW_S)] = 3600


def alerts_router(apprise_schemes: Collection[str]) -> APIRouter:
    """The routes of alerts; `apprise_schemes` are the kinds of Apprise addresses that are let in here."""
    routes = router("alerts")
    _messages(routes)
    _message(routes)
    _recipients(routes, apprise_schemes)
    _rules(routes)
    return routes


def _messages(routes: APIRouter) -> None:
    @routes.get("/cases/{case_id}/alerts", operation_id="listAlerts")
    def list_alerts(case_id: Id, asks: Asks, paging: Paging, state: STATES = []) -> Page[AlertOut]:  # noqa: B006
        """The case's messages, the newest first; what a digest is made of is not told one by one."""
        before = _before(paging)
        found = ledger.lines(asks.store, case_id, states=state, before=before, most=paging.limit + 1)
        return page_of(found, paging, key=_place, shown=_out)

    @routes.get("/cases/{case_id}/alerts/waiting", operation_id="listWaitingAlerts")
    def list_waiting(case_id: Id, asks: Asks) -> list[WaitingOut]:
        """What is due and waits, by recipient, with the reason: quiet hours, or the limit."""
        return [
            WaitingOut(
                recipient_id=one.recipient.id, recipient=one.recipient.name, lane=one.waiting.lane,
                count=one.waiting.count, oldest_at=one.waiting.oldest_at, why=one.why,
            )
            for one in choosing.held(asks.store, case_id)
        ]  # fmt: skip


def _message(routes: APIRouter) -> None:
    @routes.get("/alerts/{alert_id}", operation_id="readAlert")
    def read_alert(alert_id: Id, asks: Asks) -> AlertOut:
        """One message, word for word as it went out."""
        return _out(ledger.line(asks.store, alert_id))

    @routes.get("/alerts/{alert_id}/cap", operation_id="readAlertCap", response_class=CapResponse)
    def read_cap(alert_id: Id, asks: Asks) -> Response:
        """The CAP 1.2 document that went to an authority, as it was handed over. 404 for a message that has none."""
        document = ledger.line(asks.store, alert_id).alert.cap
        if not document:
            raise NotFound(f"alert {alert_id}: has no CAP document; only what went to an authority has one")
        return CapResponse(document)

    @routes.post("/alerts/{alert_id}/resend", operation_id="resendAlert", status_code=201, responses=CONFLICT)
    def resend(alert_id: Id, asks: Asks) -> AlertOut:
        """Queue once more what failed or may not have gone out. What is unknown may so arrive twice: ask first."""
        return _out(ledger.line(asks.store, ledger.resend(asks.store, alert_id, by=asks.name).id))

    @routes.post("/alerts/{alert_id}/leave", operation_id="leaveAlert", responses=CONFLICT)
    def leave(alert_id: Id, asks: Asks) -> AlertOut:
        """Say that you have looked into what went wrong with it, and that it stays so."""
        ledger.leave(asks.store, alert_id, by=asks.name)
        return _out(ledger.line(asks.store, alert_id))


def _recipients(routes: APIRouter, apprise_schemes: Collection[str]) -> None:
    place, governs = "/cases/{case_id}/alerts/recipients", [scope(Scope.GOVERN)]
    one = "/alerts/recipients/{recipient_id}"

    @routes.get(place, operation_id="listRecipients")
    def list_recipients(case_id: Id, asks: Asks) -> list[RecipientOut]:
        """Who is told of the case."""
        return [RecipientOut.of(known) for known in rules.recipients(asks.store, case_id)]

    @routes.post(place, operation_id="addRecipient", status_code=201, dependencies=governs, responses=CONFLICT)
    def add_recipient(case_id: Id, said: RecipientIn, asks: Asks) -> RecipientOut:
        """Have somebody told of the case."""
        contact = Contact(**dict(said))
        added = rules.add_recipient(asks.store, case_id, contact, by=asks.name, apprise_schemes=apprise_schemes)
        return RecipientOut.of(_masked(added))

    @routes.delete(one, operation_id="removeRecipient", status_code=204, dependencies=governs, responses=CONFLICT)
    def remove_recipient(recipient_id: Id, asks: Asks) -> None:
        """Tell somebody nothing more: what waits for them is not sent, and their address is forgotten."""
        rules.remove_recipient(asks.store, recipient_id, by=asks.name)

    @routes.post(f"{one}/test", operation_id="testRecipient", status_code=201, dependencies=governs, responses=CONFLICT)
    def send_test(recipient_id: Id, asks: Asks) -> AlertOut:
        """Send them a message that says of itself that it is a test; at most one a minute."""
        return _out(ledger.line(asks.store, ledger.ask_test(asks.store, recipient_id, by=asks.name).id))


def _rules(routes: APIRouter) -> None:
    place = "/cases/{case_id}/alerts/rules"

    @routes.get(place, operation_id="readAlertRules")
    def read_rules(case_id: Id, asks: Asks) -> RulesOut:
        """By which rules the case tells its news."""
        return RulesOut.of(rules.alert_rules(asks.store, case_id))

    @routes.put(place, operation_id="setAlertRules", dependencies=[scope(Scope.GOVERN)], responses=CONFLICT)
    def set_rules(case_id: Id, said: RulesIn, asks: Asks) -> RulesOut:
        """Set all of them at once; they count for what waits already."""
        return RulesOut.of(rules.set_rules(asks.store, case_id, AlertRules(case_id, **dict(said)), by=asks.name))


def _out(line: Line) -> AlertOut:
    alert = line.alert
    told: dict[str, Any] = {name: getattr(alert, name) for name in AlertOut.model_fields if hasattr(alert, name)}
    return AlertOut(
        **told, recipient=line.name, audience=line.audience, kind=line.kind, handed_over_at=alert.claimed_at,
        parts=line.parts, sent_again=line.sent_again, needs_a_look=line.is_trouble,
    )  # fmt: skip


def _masked(recipient: Recipient) -> Recipient:
    return replace(recipient, address=masked(recipient.kind, recipient.address))


def _place(line: Line) -> tuple[int, str]:
    return -((line.alert.created_at - _EPOCH) // _MICROSECOND), line.alert.id


def _before(paging: PageAsked) -> tuple[datetime, str] | None:
    """The message after which the piece begins, which the store is asked for."""
    match paging.after:
        case None:
            return None
        case (int() as minus_us, str() as id):
            try:
                return _EPOCH - minus_us * _MICROSECOND, id
            except OverflowError as error:
                raise BadInput("cursor: is none that was given out") from error
    raise BadInput("cursor: is of another list")
