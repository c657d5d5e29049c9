"""What has changed of a case since somebody's page was drawn: marks that a page left open is told of.

A mark is a hash over what this person may know, and over nothing else: what others said of a candidate that they have
yet to decide on moves none of theirs (`casework.verdicts`), so that neither the page nor the line to it tells of it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeVar, cast

from casework import review, urgency
from casework.access import checks_itself, guard_of, needs
from casework.close_looks import KIND as LOOK
from data import alert_ledger_rows, change_rows, live_rows, role_rows, tip_rows, upload_rows
from data.errors import NotFound
from data.models import Job, JobState, Match, MatchState, Permission, Review, Verdict
from data.store import Store
from data.tip_models import TipState
from data.writing import CAMERAS, of_case

HOME = ""
"""Stands for the list of all cases where else a case's id stands."""
UNDER_WAY = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
_KEPT = 1000
T = TypeVar("T")
_HAVE_SAID = frozenset({Verdict.CONFIRM, Verdict.REJECT})


@dataclass(frozen=True)
class Pulse:
    """A case as one person may know it at one moment, or the list of their cases.

    `marks`: by part of the case, what changes whenever a page that shows this part would look different. `waits` is how
    many candidates wait for this person's word. `candidates` are all there are, `to_review` those under To review,
    `verdicts` those that they may know of; all by id.
    """

    marks: Mapping[str, str]
    waits: int
    candidates: frozenset[str] = frozenset()
    to_review: frozenset[str] = frozenset()
    jobs: Mapping[str, Job] = field(default_factory=dict)
    verdicts: Mapping[str, Review] = field(default_factory=dict)
    sightings: frozenset[str] = frozenset()
    footages: Mapping[str, str] = field(default_factory=dict)
    requests: Mapping[str, str] = field(default_factory=dict)
    alert_trouble: int = 0
    """How many alerts failed, or may not have gone out, that nobody has looked into yet."""
    tips: int = 0
    """How many tips of the public wait for a decision, doubtful ones left out."""

    @property
    def under_way(self) -> int:
        """How many jobs run or wait for a worker."""
        return sum(job.state in UNDER_WAY for job in self.jobs.values())


@dataclass(frozen=True)
class _Known:
    """What of a case's candidates one person may know."""

    mark: str
    waits: int
    candidates: frozenset[str]
    to_review: frozenset[str]
    verdicts: Mapping[str, Review]


@needs(Permission.READ)
def pulse(store: Store, case_id: str, *, known: _Known | None = None) -> Pulse:
    """The case's pulse for whoever looks; NotFound where they do not see the case.

    `known` is what they may know of its candidates, where somebody remembers it.
    """
    case = store.case(case_id)
    known = known or _known(store, case_id)
    jobs = [job for job in store.jobs(case_id=case_id) if job.kind != LOOK]  # those are made ahead, for one reader
    sightings, footages, requests = store.sightings(case_id), store.footages(case_id), store.requests(case_id)
    tips = tip_rows.tips(store, case_id)
    arrived = [it.id for it in upload_rows.uploads(store) if it.is_finished and it.case_id in (case_id, None)]
    marks = {
        "case": mark(case, store.photos(case_id), role_rows.of_case(store, case_id)),
        "sightings": mark(sightings),
        "area": mark(store.area(case_id).features, store.streets(case_id)),
        "requests": mark(requests),
        "footage": mark(footages, arrived),
        "jobs": mark([(job.id, job.state, job.note, job.candidates) for job in jobs]),
        "matches": known.mark,
        "cameras": mark(store.changes(CAMERAS)),
        "tips": mark(tip_rows.page_of_case(store, case_id), tips),
        "live": mark(live_rows.watches(store, case_id)),
        "alerts": mark(alert_ledger_rows.stamp(store, case_id)),
    }
    return Pulse(
        marks | {f"job {job.id}": job_mark(job) for job in jobs if job.state in UNDER_WAY},
        known.waits,
        known.candidates,
        known.to_review,
        {job.id: job for job in jobs},
        known.verdicts,
        frozenset(sighting.id for sighting in sightings),
        {footage.id: footage.original_name for footage in footages},
        {request.id: request.state.value for request in requests},
        alert_ledger_rows.trouble(store, case_id),
        sum(tip.state is TipState.WAITING and not tip.is_doubtful for tip in tips),
    )


def _known(store: Store, case_id: str) -> _Known:
    seen = review.seen_matches(store, case_id)
    return _Known(
        mark([(match.id, match.state, match.group_id, [one.id for one in said]) for match, said in seen]),
        _waits(store, case_id, seen),
        frozenset(match.id for match, _ in seen),
        frozenset(match.id for match, _ in seen if match.state is MatchState.TO_REVIEW),
        {one.id: one for _, said in seen for one in said},
    )


@checks_itself
def home_pulse(store: Store, *, waits_in: Callable[[str], int] | None = None) -> Pulse:
    """The pulse of the list of cases that whoever looks may see, and what waits for them in all of them.

    `waits_in` tells what waits in one case, where somebody remembers it.
    """
    cards = urgency.home(store)
    look = []
    for card in cards:
        deadlines = [(one.request, one.at, one.gone_at) for one in card.deadlines]  # the chance of loss moves by itself
        jobs = sorted(card.jobs.items())
        look.append((card.case, card.last_seen, deadlines, card.drafts, card.sent, card.waiting, card.confirmed, jobs))
    ask = waits_in or (lambda case_id: _waits(store, case_id, review.seen_matches(store, case_id)))
    return Pulse({"cases": mark(look)}, sum(ask(card.case.id) for card in cards if card.waiting))


def moved(store: Store) -> tuple[int, int]:
    """Two numbers that stay as they are for as long as nobody writes anything that a page shows."""
    return change_rows.moved(store)


def job_mark(job: Job) -> str:
    """What changes whenever the line of a job would look different."""
    return mark(job)


def mark(*things: object) -> str:
    """A short hash over what things look like."""
    return sha256(repr(things).encode("utf-8", "replace")).hexdigest()[:16]


def _waits(store: Store, case_id: str, seen: Iterable[tuple[Match, tuple[Review, ...]]]) -> int:
    """How many candidates wait for whoever looks: to be reviewed, and disputes of others to be settled."""
    guard, waits = guard_of(store), 0
    may_review, may_settle = (guard.may(what, case_id) for what in (Permission.REVIEW, Permission.GOVERN))
    for match, said in seen:
        if match.state is MatchState.TO_REVIEW:
            waits += may_review
        elif match.state is MatchState.DISPUTED and may_settle:
            waits += not any(one.by == guard.name and one.verdict in _HAVE_SAID for one in said)
    return waits


class Pulses:
    """The pulses that somebody asked for last, each for as long as nothing of it has changed. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], tuple[Any, Any]] = OrderedDict()

    def of(self, store: Store, case_id: str) -> Pulse:
        """The pulse of a case, or of HOME, for the person whose guard the store carries.

        NotFound where they do not see the case.
        """
        if case_id and not store.sees(case_id):
            raise NotFound(f"case {case_id[:40]}: not in the store")
        if not case_id:
            return self._once(
                store, "home", HOME, change_rows.moved(store),
                lambda: home_pulse(store, waits_in=lambda id: self._known(store, id).waits),
            )  # fmt: skip
        state = store.changes(CAMERAS, of_case(case_id))
        return self._once(
            store, "case", case_id, state, lambda: pulse(store, case_id, known=self._known(store, case_id))
        )

    def _known(self, store: Store, case_id: str) -> _Known:
        """A search under way moves its case every second, and its candidates seldom."""
        guard = guard_of(store)
        allowed = (guard.may(Permission.REVIEW, case_id), guard.may(Permission.GOVERN, case_id))
        state = (allowed, change_rows.candidates_stamp(store, case_id))
        return self._once(store, "candidates", case_id, state, lambda: _known(store, case_id))

    def _once(self, store: Store, what: str, case_id: str, state: Any, make: Callable[[], T]) -> T:
        key = (what, guard_of(store).name, case_id)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            return cast(T, kept[1])
        made = make()
        with self._lock:
            self._kept[key] = (state, made)
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made
