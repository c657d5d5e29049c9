"""The time line of a case, as values: what happened when, and which minutes of which camera were looked at.

All times are true times. What rests on a recorder's clock carries how far that clock may be wrong.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import TypeVar

from casework import review
from casework.access import needs
from casework.footage import true_time
from casework.requests import state_at
from data import leases
from data.models import (
    Camera,
    Case,
    Footage,
    FootageRequest,
    Job,
    JobState,
    Match,
    MatchState,
    Permission,
    RequestState,
    Review,
    Sighting,
    utc_now,
)
from data.rows import coverage_of
from data.store import Store
from data.timeline_rows import spans_of_case

Span = tuple[float, float]
T = TypeVar("T")


class Looked(StrEnum):
    """What became of some minutes of footage."""

    SEARCHED = "searched"
    NOT_SEARCHED = "not searched"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Stretch:
    """Minutes of footage that were all treated alike."""

    looked: Looked
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True)
class Bar:
    """One footage. `to_at` is None, and there is no stretch, while nobody has looked how long it is.

    All its times may be wrong together by `uncertainty_s`, None where nobody said by how much.
    """

    footage: Footage
    from_at: datetime
    to_at: datetime | None
    uncertainty_s: float | None
    stretches: tuple[Stretch, ...] = ()
    job: Job | None = None

    def share(self, looked: Looked) -> float:
        """The part of its length that this became of, 0 to 1; all of it is not searched while its length is unknown."""
        if self.to_at is None or self.to_at == self.from_at:
            return float(looked is Looked.NOT_SEARCHED)
        of = sum((s.to_at - s.from_at).total_seconds() for s in self.stretches if s.looked is looked)
        return of / (self.to_at - self.from_at).total_seconds()


@dataclass(frozen=True)
class Asked:
    """A footage request: its minutes, and its state and last days as they are now."""

    request: FootageRequest
    state: RequestState

    @property
    def deadline(self) -> datetime | None:
        return self.request.deadline


@dataclass(frozen=True)
class Moment:
    """A candidate: the track's best moment, and the first and last in which it may have been, clock and all."""

    match: Match
    at: datetime
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True)
class Decision:
    """What one person said of a candidate, when they said it."""

    review: Review
    match: Match
    camera_id: str


@dataclass(frozen=True)
class Row:
    """All of one camera, oldest first."""

    camera: Camera
    bars: tuple[Bar, ...] = ()
    asked: tuple[Asked, ...] = ()
    moments: tuple[Moment, ...] = ()

    @property
    def first_at(self) -> datetime:
        return min(at for at, _ in _extent(self))


@dataclass(frozen=True)
class Timeline:
    """A case in time. `rows` are the cameras that anything is known of, the one with the earliest first."""

    sightings: tuple[Sighting, ...]
    rows: tuple[Row, ...]
    decisions: tuple[Decision, ...]
    now: datetime

    @property
    def extent(self) -> tuple[datetime, datetime] | None:
        """The first and the last moment of what happened; None while nothing has. Decisions come later and do not
        stretch it."""
        ends = [(s.at - _s(s.tolerance_s), s.at + _s(s.tolerance_s)) for s in self.sightings]
        ends += [pair for row in self.rows for pair in _extent(row)]
        return (min(a for a, _ in ends), max(b for _, b in ends)) if ends else None


@needs(Permission.READ)
def timeline(store: Store, case: Case, *, now: datetime | None = None) -> Timeline:
    """The case's time line; NotFound where there is no such case for whoever looks."""
    store.case(case.id)
    now = now or utc_now()
    footages = {footage.id: footage for footage in store.footages(case.id)}
    bars = bars_of(store, case.id, list(footages.values()))
    said = [
        (match, given) for match, given in review.seen_matches(store, case.id) if match.state is not MatchState.DROPPED
    ]
    moments = [moment_of(match, footages[match.footage_id]) for match, _ in said]
    requests = store.requests(case.id)
    cameras = store.cameras_by_id({f.camera_id for f in footages.values()} | {r.camera_id for r in requests})
    asked = [_asked(request, cameras[request.camera_id], now) for request in requests]
    bars_by = _by(bars, lambda bar: bar.footage.camera_id)
    asked_by = _by(asked, lambda one: one.request.camera_id)
    moments_by = _by(sorted(moments, key=_when), lambda moment: footages[moment.match.footage_id].camera_id)
    rows = [
        Row(camera, bars_by.get(id, ()), asked_by.get(id, ()), moments_by.get(id, ())) for id, camera in cameras.items()
    ]
    decisions = [
        Decision(review, match, footages[match.footage_id].camera_id) for match, given in said for review in given
    ]
    return Timeline(
        tuple(store.sightings(case.id)),
        tuple(sorted(rows, key=lambda row: (row.first_at, row.camera.id))),
        tuple(sorted(decisions, key=lambda decision: decision.review.at)),
        now,
    )


def bars_of(store: Store, case_id: str, footages: Iterable[Footage]) -> list[Bar]:
    """What was looked at of each footage, by all its searches, earliest first."""
    spans = spans_of_case(store, case_id)
    scans: dict[str, list[Job]] = {}
    for job in store.jobs(case_id=case_id):  # newest first
        if job.kind == "scan":
            scans.setdefault(job.of_id, []).append(job)
    bars = [_bar(store, footage, scans.get(footage.id, []), spans) for footage in footages]
    return sorted(bars, key=lambda bar: (bar.from_at, bar.footage.id))


def _bar(store: Store, footage: Footage, scans: Sequence[Job], spans: Mapping[str, list[Span]]) -> Bar:
    whole = next((found for scan in scans if (found := _whole(scan, spans))), None)
    newest = scans[0] if scans else None
    if whole is None:
        return Bar(footage, true_time(footage, 0.0), None, footage.clock_uncertainty_s, (), newest)
    painted: list[tuple[Span, Looked]] = [(whole, Looked.NOT_SEARCHED)]
    for scan in reversed(scans):  # what a later search read is not unreadable any more
        searched, unreadable = _seen(store, scan, spans)
        painted += [(span, Looked.SEARCHED) for span in searched]
        painted += [(span, Looked.UNREADABLE) for span in unreadable]
    stretches = tuple(
        Stretch(looked, true_time(footage, a), true_time(footage, b)) for (a, b), looked in over_one_another(painted)
    )
    start, end = (true_time(footage, at) for at in whole)
    return Bar(footage, start, end, footage.clock_uncertainty_s, stretches, newest)


def _whole(scan: Job, spans: Mapping[str, list[Span]]) -> Span | None:
    """From where to where the footage goes, in container seconds; None before a search has looked."""
    if known := spans.get(scan.id):
        return known[0][0], known[-1][1]
    return (0.0, scan.seconds_total) if scan.seconds_total else None


def _seen(store: Store, scan: Job, spans: Mapping[str, list[Span]]) -> tuple[list[Span], list[Span]]:
    """What a search looked at, and what of it could not be read, in container seconds."""
    whole = _whole(scan, spans)
    if whole is None:
        return [], []
    given_up = [(start, end) for start, end, _ in scan.given_up]
    if scan.state is JobState.DONE:
        coverage = scan.coverage
        return [whole], [*(coverage.unreadable_spans_s if coverage else ()), *given_up]
    known = spans.get(scan.id, [])
    done = leases.done_segments(store, scan.id) if scan.segments_done else set()
    searched = [known[number] for number in sorted(done) if number < len(known)]
    results = store.segments(scan.id) if searched else []
    coverages = [coverage_of(result["coverage"]) for _, result, _ in results]
    return searched, [span for c in coverages if c for span in c.unreadable_spans_s] + given_up


def over_one_another(painted: Sequence[tuple[Span, Looked]]) -> list[tuple[Span, Looked]]:
    """What is seen of spans that were painted one over the other, within the first; neighbours alike are one.

    >>> over_one_another([((0, 9), Looked.NOT_SEARCHED), ((0, 5), Looked.SEARCHED), ((2, 3), Looked.UNREADABLE)])
    ... # doctest: +ELLIPSIS
    [((0, 2), <Looked.SEARCHED...>), ((2, 3), <Looked.UNREADABLE...>), ((3, 5), <...>), ((5, 9), <...>)]
    """
    first, last = painted[0][0]
    edges = sorted({min(max(at, first), last) for span, _ in painted for at in span})
    seen = [painted[0][1]] * (len(edges) - 1)
    for (start, end), looked in painted:
        a, b = bisect_left(edges, start), bisect_left(edges, end)
        seen[a:b] = [looked] * max(0, min(b, len(seen)) - a)
    found: list[tuple[Span, Looked]] = []
    for (start, end), looked in zip(pairwise(edges), seen, strict=True):
        if found and found[-1][1] is looked:
            found[-1] = ((found[-1][0][0], end), looked)
        else:
            found.append(((start, end), looked))
    return found


def moment_of(match: Match, footage: Footage) -> Moment:
    """When a candidate was seen."""
    track, unsure = match.track, _s(footage.clock_uncertainty_s or 0.0)
    start, best, end = (true_time(footage, at) for at in (track.start_s, track.best_s, track.end_s))
    return Moment(match, best, start - unsure, end + unsure)


def _asked(request: FootageRequest, camera: Camera, now: datetime) -> Asked:
    # a recorder overwrites by its present setting, whatever was known of it when the request was drafted
    known = replace(request, retention_days=camera.retention_days)
    return Asked(known, state_at(known, now))


def _by(things: Iterable[T], key: Callable[[T], str]) -> dict[str, tuple[T, ...]]:
    groups: dict[str, list[T]] = {}
    for thing in things:
        groups.setdefault(key(thing), []).append(thing)
    return {name: tuple(group) for name, group in groups.items()}


def _when(moment: Moment) -> datetime:
    return moment.at


def _extent(row: Row) -> list[tuple[datetime, datetime]]:
    return [
        *((bar.from_at, bar.to_at or bar.from_at) for bar in row.bars),
        *((asked.request.from_at, asked.request.to_at) for asked in row.asked),
        *((moment.from_at, moment.to_at) for moment in row.moments),
    ]


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)
