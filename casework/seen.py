"""What of a footage was really looked at, said beside every result: nobody is to take a damaged file for a whole one.

Three counts, for one is not enough (a decoder can be silent about what it lost): the frames that the file claims, the
packets that were read, the frames that were decoded. And the stretches that could not be read, and where times come
from.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

from casework.access import needs
from casework.uses import BROWSER, LIVE
from data import leases
from data.models import Coverage, Job, JobState, Match, Permission
from data.store import Store

CONTAINER = "container"
_SHOWN_SPANS = 5


class Sight(StrEnum):
    """What happened to a stretch of footage."""

    SEARCHED = "searched"
    UNREADABLE = "unreadable"
    LEFT_OUT = "left out after crashes"
    NOT_SEARCHED = "not searched"


@dataclass(frozen=True)
class Stretch:
    """A stretch of footage, in container seconds."""

    sight: Sight
    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@needs(Permission.READ)
def stretches(store: Store, job: Job) -> tuple[Stretch, ...]:
    """What a scan did with each stretch of its footage, in order; empty before it was cut into segments."""
    spans = leases.spans_of(store, job.id) or []
    if job.state is JobState.DONE:  # what its segments gave need not be read
        done: Collection[int] = range(len(spans))
        unread = job.coverage.unreadable_spans_s if job.coverage else ()
    else:
        results = {index: result for index, result, _ in store.segments(job.id)}
        done, unread = results, _unreadable(results.values())
    painted = [Stretch(Sight.SEARCHED if n in done else Sight.NOT_SEARCHED, a, b) for n, (a, b) in enumerate(spans)]
    over = [Stretch(Sight.UNREADABLE, a, b) for a, b in unread]
    return tuple(_laid_over(painted, [*over, *(Stretch(Sight.LEFT_OUT, a, b) for a, b, _ in job.given_up)]))


def _unreadable(results: Iterable[dict[str, Any]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(a), float(b)) for result in results for a, b in result["coverage"]["unreadable_spans_s"])


def _laid_over(below: list[Stretch], above: list[Stretch]) -> list[Stretch]:
    """One row of stretches without overlap, the later ones of `above` on top; nothing sticks out at the ends."""
    if not below:
        return []
    cuts = sorted({cut for s in [*below, *above] for cut in (s.start_s, s.end_s)})
    row: list[Stretch] = []
    for start_s, end_s in pairwise(cuts):
        if start_s < below[0].start_s or end_s > below[-1].end_s:
            continue
        over = [s for s in [*below, *above] if s.start_s <= start_s and end_s <= s.end_s]
        sight = over[-1].sight if over else Sight.NOT_SEARCHED
        if row and row[-1].sight is sight:
            row[-1] = Stretch(sight, row[-1].start_s, end_s)
        else:
            row.append(Stretch(sight, start_s, end_s))
    return row


def is_whole(job: Job) -> bool:
    """Whether a finished scan knows of nothing that it did not see."""
    return job.state is JobState.DONE and job.coverage is not None and not missing_words(job)


def counts_words(coverage: Coverage) -> str:
    """The three counts, in one sentence.

    >>> counts_words(Coverage(100, packets_read=99, frames_decoded=98, frames_examined=50))
    'The file claims 100 frames; 99 packets were read, 98 frames decoded, 50 examined.'
    """
    claimed = "does not say how many frames it holds" if coverage.frames_claimed is None else _claims(coverage)
    decoded = f"{coverage.frames_decoded:,} frames decoded, {coverage.frames_examined:,} examined"
    return f"The file {claimed}; {coverage.packets_read:,} packets were read, {decoded}."


def _claims(coverage: Coverage) -> str:
    return f"claims {coverage.frames_claimed:,} frames"


def missing_words(job: Job) -> str:
    """What of its footage a scan could not see, in plain words; empty where it knows of nothing."""
    if job.coverage is None:
        return ""
    return missing_in(job.coverage, job.given_up, is_done=job.state is JobState.DONE)


def missing_in(coverage: Coverage, given_up: Sequence[tuple[float, float, str]] = (), *, is_done: bool = True) -> str:
    """The same of a scan's coverage alone; `is_done` where it came to the end of the footage."""
    left_out = {(start, end) for start, end, _ in given_up}
    unread = [span for span in coverage.unreadable_spans_s if span not in left_out]
    told = []
    if unread or coverage.packets_unreadable:
        where = ", ".join(f"{clock(a)} to {clock(b)}" for a, b in unread[:_SHOWN_SPANS]) or "of unknown length"
        more = f" and {len(unread) - _SHOWN_SPANS} more" if len(unread) > _SHOWN_SPANS else ""
        told.append(
            f"Part of this footage could not be read ({where}{more}); {coverage.packets_unreadable:,} damaged packets."
        )
    if left_out:
        told.append(f"{_sum_s(left_out)} were left out after repeated crashes.")
    short = (coverage.frames_claimed or 0) - coverage.packets_read
    if short > 0 and is_done:
        told.append(f"The file claims {short:,} frames more than it gave.")
    return " ".join(told)


def _sum_s(spans: set[tuple[float, float]]) -> str:
    return f"{sum(end - start for start, end in spans):.1f} s"


def times_words(coverage: Coverage) -> str:
    """Where the times of a footage's pictures come from; empty where that was not kept."""
    estimated = coverage.frames_estimated
    if estimated is None or not coverage.frames_decoded:
        return ""
    if not estimated:
        return "Times come from the file."
    if estimated >= coverage.frames_decoded:
        return "All times are estimated: the file holds none that can be used."
    return (
        f"{estimated:,} of {coverage.frames_decoded:,} pictures have an estimated time; the rest comes from the file."
    )


def time_words(match: Match) -> str:
    """Where the time of one candidate comes from."""
    is_read = match.track.time_source == CONTAINER
    return "Time: from the file." if is_read else "Time: estimated, the file carries no usable times here."


def result_words(job: Job, match: Match) -> str:
    """What stands beside a candidate, and beside the sighting that it became: its time, the counts, what is missing."""
    if job.kind in (LIVE, BROWSER):
        looked = "" if job.coverage is None else f" {job.coverage.frames_examined:,} pictures were searched in all."
        return f"Seen at the moment, by a camera of which only the pictures of a hit are kept.{looked}"
    if job.coverage is None or job.state is not JobState.DONE:
        return f"{time_words(match)} The footage is not searched to its end."
    return " ".join(filter(None, (time_words(match), missing_words(job), counts_words(job.coverage))))


def clock(seconds: float) -> str:
    """A place on a video's time line.

    >>> clock(62.5), clock(3723.5)
    ('1:02.5', '1:02:03.5')
    """
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{rest:04.1f}" if hours else f"{minutes}:{rest:04.1f}"
