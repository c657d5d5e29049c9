"""The home page: which case needs somebody now, and why.

The rule of the order, most urgent first: footage that is being overwritten or will be before an owner usually answers;
searches that stand still; candidates that wait for a person; footage that can still be asked for in time; searches at
work; nothing. Among cases alike in that, the one whose footage goes first, then the one last seen most lately: the
first hours are those in which a search finds most.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import IntEnum

from casework.access import checks_itself
from casework.requests import ANSWER_TIME_S, chance_of_loss, state_at
from data.home_rows import job_counts, last_sightings, match_counts, open_requests
from data.models import Case, FootageRequest, JobState, MatchState, RequestState, Sighting, utc_now
from data.store import Store

WAITING = frozenset({MatchState.TO_REVIEW, MatchState.HALF_CONFIRMED, MatchState.UNSURE, MatchState.DISPUTED})
"""Somebody has yet to decide. One number for all of them, from which nobody learns what others said."""
UNDER_WAY = frozenset({JobState.QUEUED, JobState.RUNNING})
STUCK = frozenset({JobState.FAILED, JobState.PAUSED})


class Need(IntEnum):
    """What a case needs, the most urgent lowest."""

    FOOTAGE_GOES = 1
    SEARCHES_STAND_STILL = 2
    CANDIDATES_WAIT = 3
    FOOTAGE_TO_ASK = 4
    SEARCHES_RUN = 5
    NOTHING = 6


@dataclass(frozen=True)
class Deadline:
    """Minutes that a recorder will overwrite: the first of them at `at`, the last at `gone_at`."""

    request: FootageRequest
    camera_name: str
    at: datetime
    gone_at: datetime
    chance_of_loss: float

    def is_pressing(self, now: datetime) -> bool:
        """Whether they are going, or will be within the time in which owners answer."""
        return self.at <= now + timedelta(seconds=ANSWER_TIME_S)


@dataclass(frozen=True)
class CaseCard:
    """One case as the home page shows it. `needs` are in order, the most urgent first; never empty."""

    case: Case
    last_seen: Sighting | None
    since_seen: timedelta | None
    deadlines: tuple[Deadline, ...]
    drafts: int
    sent: int
    waiting: int
    confirmed: int
    jobs: Mapping[JobState, int]
    needs: tuple[Need, ...]

    @property
    def under_way(self) -> int:
        """How many searches and checks run or wait for a worker."""
        return sum(self.jobs.get(state, 0) for state in UNDER_WAY)

    @property
    def stuck(self) -> int:
        """How many searches and checks failed or are paused, with nobody having tried again."""
        return sum(self.jobs.get(state, 0) for state in STUCK)

    @property
    def next_deadline(self) -> Deadline | None:
        return self.deadlines[0] if self.deadlines else None


@checks_itself
def home(store: Store, *, closed: bool = False, now: datetime | None = None) -> list[CaseCard]:
    """The open cases that whoever looks may see, or the closed ones; the most urgent first."""
    now = now or utc_now()
    cases = [case for case in store.cases() if (case.closed_at is not None) is closed]
    ids = [case.id for case in cases]
    last, matches = last_sightings(store, ids), match_counts(store, ids)
    jobs, requests = job_counts(store, ids), open_requests(store, ids)
    cards = [
        _card(case, last.get(case.id), requests.get(case.id, []), matches.get(case.id, {}), jobs.get(case.id, {}), now)
        for case in cases
    ]
    return sorted(cards, key=_order)


def only(
    cards: Sequence[CaseCard], *, need: Need | None = None, seen_within: timedelta | None = None
) -> list[CaseCard]:
    """The cards that have a need, or whose person was seen so lately; the order stays."""
    return [
        card
        for card in cards
        if (need is None or need in card.needs)
        and (seen_within is None or (card.since_seen is not None and card.since_seen <= seen_within))
    ]


def _card(
    case: Case,
    last: Sighting | None,
    requests: Sequence[tuple[FootageRequest, str, float | None]],
    matches: Mapping[MatchState, int],
    jobs: Mapping[JobState, int],
    now: datetime,
) -> CaseCard:
    # a recorder overwrites by its present setting, whatever was known of it when the request was drafted
    known = [(replace(request, retention_days=days), name) for request, name, days in requests]
    still = [(request, name) for request, name in known if state_at(request, now) is not RequestState.EXPIRED]
    card = CaseCard(
        case=case,
        last_seen=last,
        since_seen=None if last is None else max(timedelta(), now - last.at),
        deadlines=tuple(sorted(_deadlines(still, now), key=lambda deadline: (deadline.at, deadline.request.id))),
        drafts=sum(request.state is RequestState.DRAFT for request, _ in still),
        sent=sum(request.state is RequestState.SENT for request, _ in still),
        waiting=sum(matches.get(state, 0) for state in WAITING),
        confirmed=matches.get(MatchState.CONFIRMED, 0),
        jobs=jobs,
        needs=(),
    )
    return replace(card, needs=_needs(card, now))


def _deadlines(requests: Sequence[tuple[FootageRequest, str]], now: datetime) -> list[Deadline]:
    return [
        Deadline(request, name, request.deadline, request.gone_at, chance_of_loss(request, now))
        for request, name in requests
        if request.deadline is not None and request.gone_at is not None
    ]


def _needs(card: CaseCard, now: datetime) -> tuple[Need, ...]:
    has = {
        Need.FOOTAGE_GOES: any(deadline.is_pressing(now) for deadline in card.deadlines),
        Need.SEARCHES_STAND_STILL: card.stuck > 0,
        Need.CANDIDATES_WAIT: card.waiting > 0,
        Need.FOOTAGE_TO_ASK: card.drafts > 0,
        Need.SEARCHES_RUN: card.under_way > 0,
    }
    return tuple(need for need, is_so in has.items() if is_so) or (Need.NOTHING,)


def _order(card: CaseCard) -> tuple[Need, float, float, str]:
    first = card.next_deadline
    goes = first.at.timestamp() if first is not None and card.needs[0] is Need.FOOTAGE_GOES else float("inf")
    seen = card.since_seen.total_seconds() if card.since_seen is not None else float("inf")
    return card.needs[0], goes, seen, card.case.id
