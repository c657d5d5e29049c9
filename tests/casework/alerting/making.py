"""Cases with people to tell, and candidates by the thousand."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from casework.alerting import ledger
from casework.alerting.events import candidates_offered, confirmation_withdrawn, match_confirmed
from casework.alerting.outcomes import Outcome, Outgoing, Result
from casework.alerting.rules import Contact, add_recipient
from casework.alerting.sending import Post, send_next
from data import alert_rows as rows
from data.alert_models import AddressKind, AlertEvent, AlertState, Audience, Recipient
from data.models import Match, MatchState, Sighting
from data.store import Store
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_track

BY = "Ann"


def a_contact(**fields: Any) -> Contact:
    known = {"name": "Team", "kind": AddressKind.EMAIL, "address": "team@example.org", "audience": Audience.TEAM}
    return Contact(**(known | {"on_candidates": True} | fields))


def a_guardian(**fields: Any) -> Contact:
    known = {"name": "Mother", "address": "mother@example.org", "audience": Audience.GUARDIAN, "on_candidates": False}
    return a_contact(**(known | fields))


def a_case_to_tell(store: Store, *, matches: int = 1, similarity: float = 0.7, **case: Any) -> list[Match]:
    """A case with one camera, one footage and candidates above the alert threshold, of which nobody was told."""
    made = [
        a_match(f"m-{n}", track=a_track(f"t-{n}", best_s=10.0 + n, similarity=similarity))
        for n in range(1, matches + 1)
    ]
    with store.writing() as writing:
        writing.add_case(a_case(**case))
        writing.add(a_camera(name="Station, north door"))
        writing.add(a_footage())
        writing.add(a_job())
        writing.add(Sighting("s-1", "case-1", 60.161, 24.94, 30.0, NOON.replace(hour=8), created_at=NOON))
        for match in made:
            writing.put_track(match.track)
            writing.add_match(match)
    return made


def tell_candidates(store: Store, matches: list[Match], *, at: datetime = NOON) -> int:
    with store.writing() as writing:
        return candidates_offered(writing, [(match, None) for match in matches], at=at)


def decide(store: Store, match: Match, state: MatchState) -> Match:
    with store.writing() as writing:
        writing.set_match_state(match.id, state)
    return replace(match, state=state)


def told(store: Store, contact: Contact, **options: Any) -> Recipient:
    return add_recipient(store, "case-1", contact, by=BY, **options)


class FakeSender:
    """Says what it is told to say, the last outcome again and again, and keeps what it was given."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes) or [Outcome(Result.ACCEPTED, provider_id="P-1", provider_status="accepted")]
        self.taken: list[Outgoing] = []

    def send(self, message: Outgoing) -> Outcome:
        self.taken.append(message)
        return self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]


NOT_NOW = Outcome(Result.NOT_NOW, "busy")
UNCLEAR = Outcome(Result.UNCLEAR, "no answer")
REFUSED = Outcome(Result.REFUSED, "no such mailbox")


def a_post(store: Store, sender: FakeSender, **options: object) -> Post:
    return Post(store, dict.fromkeys(AddressKind, sender), **options)  # type: ignore[arg-type]


def empty(post: Post) -> list[AlertState]:
    """Send until nothing may go any more."""
    states = []
    while (state := send_next(post)) is not None:
        states.append(state)
    return states


def all_of(store: Store) -> list[tuple[AlertEvent, AlertState]]:
    return [(alert.event, alert.state) for alert in ledger.alerts(store, "case-1")]


def confirm(store: Store, match_id: str, review_id: str = "r-1") -> None:
    with store.writing() as writing:
        writing.set_match_state(match_id, MatchState.CONFIRMED)
        match_confirmed(writing, store.match(match_id), review_id=review_id, at=NOON)


def take_back(store: Store, match_id: str, review_id: str = "r-2") -> None:
    with store.writing() as writing:
        writing.set_match_state(match_id, MatchState.DISPUTED)
        confirmation_withdrawn(writing, store.match(match_id), review_id=review_id, at=NOON)


def rows_by_state(store: Store) -> dict[AlertState, int]:
    with store.database.reading() as connection:
        return rows.counts(connection, "case-1")


def send_all(store: Store, *outcomes: Outcome) -> FakeSender:
    """Send all that may go; what the sender was given."""
    sender = FakeSender(*outcomes)
    empty(a_post(store, sender))
    return sender
