"""What happens in a case becomes messages, in the very transaction in which it happens: both are kept, or neither."""

from collections.abc import Iterable
from datetime import datetime

from casework.alerting.policy import LANE_OF, may_be_told
from casework.cases import new_id
from casework.verdicts import OPEN
from data import alert_rows as rows
from data.alert_models import Alert, AlertEvent, AlertState, Recipient
from data.models import Match
from data.store import Writing

_MAY_KNOW = (AlertState.SENDING, AlertState.SENT, AlertState.UNKNOWN)


def candidates_offered(writing: Writing, offered: Iterable[tuple[Match, Match | None]], *, at: datetime) -> int:
    """Tell each case's team of its candidates that have reached the alert threshold, of each once; how many messages.

    Each comes with the match as it was known before, None for a new one: what was above already is no news.
    """
    news = [match for match, was in offered if _is_news(match, was)]
    whom = {case_id: _whom(writing, AlertEvent.CANDIDATE, case_id) for case_id in {match.case_id for match in news}}
    told = [(match, one) for match in news for one in whom[match.case_id]]
    return rows.enqueue(writing, [_alert(AlertEvent.CANDIDATE, match, one, of=match.id, at=at) for match, one in told])


def _is_news(match: Match, was: Match | None) -> bool:
    threshold = match.alert_threshold
    # what one person said of it makes no difference here: an alert that stays away would tell of it
    if match.state not in OPEN or match.track.similarity < threshold:
        return False
    return was is None or was.track.similarity < threshold


def match_confirmed(writing: Writing, match: Match, *, review_id: str, at: datetime) -> int:
    """Tell of a match that two people have confirmed with the review `review_id`; how many are told."""
    whom = _whom(writing, AlertEvent.CONFIRMED, match.case_id)
    return rows.enqueue(writing, [_alert(AlertEvent.CONFIRMED, match, one, of=review_id, at=at) for one in whom])


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
    whom = [one for one in _whom(writing, AlertEvent.WITHDRAWN, match.case_id) if one.id in knowing]
    return rows.enqueue(writing, [_alert(AlertEvent.WITHDRAWN, match, one, of=review_id, at=at) for one in whom])


def _whom(writing: Writing, event: AlertEvent, case_id: str) -> list[Recipient]:
    return [one for one in rows.recipients(writing.connection, case_id) if may_be_told(one, event)]


def _alert(event: AlertEvent, match: Match, recipient: Recipient, *, of: str, at: datetime) -> Alert:
    return Alert(
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
