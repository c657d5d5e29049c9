"""What happens in a case becomes messages, in the very transaction in which it happens: both are kept, or neither."""

from collections.abc import Iterable
from datetime import datetime

from casework.alerting.policy import LANE_OF, may_be_told
from casework.cases import new_id
from data import alert_rows as rows
from data.alert_models import Alert, AlertEvent, AlertState, Recipient
from data.models import Match, MatchState
from data.store import Writing

_MAY_KNOW = (AlertState.SENDING, AlertState.SENT, AlertState.UNKNOWN)


def candidate_offered(writing: Writing, match: Match, *, was: Match | None, at: datetime) -> int:
    """Tell the team of a candidate that has reached the alert threshold, once; how many are told.

    `was` is the match as it was known before, None for a new one: what was above the threshold already is no news.
    """
    threshold = match.alert_threshold
    if match.state is not MatchState.TO_REVIEW or match.track.similarity < threshold:
        return 0
    if was is not None and was.track.similarity >= threshold:
        return 0
    return _tell(writing, AlertEvent.CANDIDATE, match, _whom(writing, AlertEvent.CANDIDATE, match), of=match.id, at=at)


def match_confirmed(writing: Writing, match: Match, *, review_id: str, at: datetime) -> int:
    """Tell of a match that two people have confirmed with the review `review_id`; how many are told."""
    whom = _whom(writing, AlertEvent.CONFIRMED, match)
    return _tell(writing, AlertEvent.CONFIRMED, match, whom, of=review_id, at=at)


def confirmation_withdrawn(writing: Writing, match: Match, *, review_id: str, at: datetime) -> int:
    """Put right what was told of a match that is confirmed no more: only those who may know of it are told.

    What still waits to tell of it is never sent.
    """
    told = [a for a in rows.alerts(writing.connection, match_id=match.id) if a.event is AlertEvent.CONFIRMED]
    waiting = [alert.id for alert in told if alert.state is AlertState.QUEUED]
    rows.change(
        writing, waiting, was=AlertState.QUEUED, state=AlertState.OVERTAKEN, settled_at=at,
        why="the confirmation was withdrawn before it was told", digest_id=None,
    )  # fmt: skip
    knowing = {alert.recipient_id for alert in told if alert.state in _MAY_KNOW}
    whom = [one for one in _whom(writing, AlertEvent.WITHDRAWN, match) if one.id in knowing]
    return _tell(writing, AlertEvent.WITHDRAWN, match, whom, of=review_id, at=at)


def _whom(writing: Writing, event: AlertEvent, match: Match) -> list[Recipient]:
    return [one for one in rows.recipients(writing.connection, match.case_id) if may_be_told(one, event)]


def _tell(
    writing: Writing, event: AlertEvent, match: Match, whom: Iterable[Recipient], *, of: str, at: datetime
) -> int:
    queued = [
        Alert(
            id=new_id(),
            case_id=match.case_id,
            recipient_id=recipient.id,
            event=event,
            lane=LANE_OF[event],
            key=f"{event}:{of}:{recipient.id}",
            state=AlertState.QUEUED,
            created_at=at,
            due_at=at,
            match_id=match.id,
        )
        for recipient in whom
    ]
    return len(rows.enqueue(writing, queued))
