"""The time line of a case as marks with words: what the picture draws, and what the table beside it says."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from casework.timeline import Asked, Bar, Decision, Looked, Moment, Row, Timeline
from dashboard.words import t
from data.models import JobState, MatchState, RequestState, Sighting, SightingKind, Verdict

SIGHTING, REQUEST, DEADLINE, FOOTAGE, CANDIDATE, DECISION = (
    "sighting", "request", "deadline", "footage", "candidate", "decision",
)  # fmt: skip


@dataclass(frozen=True)
class Mark:
    """One thing on the time line. It is at `at`, and certainly between `from_at` and `to_at`.

    `of_id` is the id of what one goes to: a sighting, a camera (footage, requests) or a match. `look` names the shape
    that is drawn. `words` and `more` are plain text, which people and files may have written parts of.
    """

    kind: str
    of_id: str
    at: datetime
    from_at: datetime
    to_at: datetime
    look: str
    words: str
    more: str = ""
    parts: tuple[tuple[str, datetime, datetime], ...] = ()
    unsure_s: float | None = 0.0
    number: int = 0


@dataclass(frozen=True)
class Line:
    """One row of the picture: a camera's."""

    camera_id: str
    name: str
    under: str
    marks: tuple[Mark, ...]


def lines(line: Timeline) -> list[Line]:
    """The cameras' rows, the one with the earliest minutes first."""
    return [
        Line(row.camera.id, row.camera.name or row.camera.id, _under(row), tuple(_of_row(row))) for row in line.rows
    ]


def sighting_marks(line: Timeline) -> list[Mark]:
    """Sightings as they are numbered on the map."""
    return [_sighting(number, sighting) for number, sighting in enumerate(line.sightings, start=1)]


def decision_marks(line: Timeline) -> list[Mark]:
    """What people said of candidates, when they said it."""
    names = {row.camera.id: _name(row) for row in line.rows}
    return [_decision(decision, names[decision.camera_id]) for decision in line.decisions]


def in_order(line: Timeline) -> list[tuple[Mark, str]]:
    """All marks, oldest first, each with the name of its camera, or nothing."""
    marks = [(mark, "") for mark in [*sighting_marks(line), *decision_marks(line)]]
    marks += [(mark, row.name) for row in lines(line) for mark in row.marks]
    return sorted(marks, key=lambda pair: (pair[0].at, pair[0].kind, pair[0].of_id))


def state_words(state: MatchState) -> str:
    return {
        MatchState.TO_REVIEW: t("to review"),
        MatchState.HALF_CONFIRMED: t("confirmed by one, a second person is needed"),
        MatchState.DISPUTED: t("in dispute"),
        MatchState.CONFIRMED: t("confirmed"),
        MatchState.REJECTED: t("rejected"),
        MatchState.UNSURE: t("unsure"),
        MatchState.SET_ASIDE: t("set aside"),
        MatchState.DROPPED: t("below the review floor now"),
    }[state]


def request_words(state: RequestState) -> str:
    return {
        RequestState.DRAFT: t("draft, not sent"),
        RequestState.SENT: t("sent, waiting"),
        RequestState.RECEIVED: t("received"),
        RequestState.REFUSED: t("refused"),
        RequestState.EXPIRED: t("overwritten"),
    }[state]


def looked_words(looked: Looked) -> str:
    return {
        Looked.SEARCHED: t("searched"),
        Looked.NOT_SEARCHED: t("not searched"),
        Looked.UNREADABLE: t("unreadable"),
    }[looked]


def sighting_words(kind: SightingKind) -> str:
    return {
        SightingKind.SEEN: t("seen by someone"),
        SightingKind.PHONE_FIX: t("phone position"),
        SightingKind.CARD_PAYMENT: t("card payment"),
        SightingKind.STATEMENT: t("statement"),
        SightingKind.CONFIRMED_MATCH: t("confirmed match"),
    }[kind]


def verdict_words(verdict: Verdict) -> str:
    return {
        Verdict.CONFIRM: t("said: it is this person"),
        Verdict.REJECT: t("said: someone else"),
        Verdict.UNSURE: t("said: cannot tell"),
        Verdict.UNDO: t("took the decision back"),
        Verdict.SETTLE_CONFIRM: t("settled the dispute: confirmed"),
        Verdict.SETTLE_REJECT: t("settled the dispute: rejected"),
    }[verdict]


def clock_words(unsure_s: float | None) -> str:
    """How far a recorder's clock may be wrong."""
    if unsure_s is None:
        return t("how far its clock may be wrong is not known")
    if unsure_s < 1:
        return t("clock compared with true time")
    return t("its clock may be wrong by {n} s either way", n=f"{unsure_s:.0f}")


def shares_words(bar: Bar) -> str:
    """ "searched 82 %, unreadable 3 %, not searched 15 %"."""
    told = [(looked, bar.share(looked)) for looked in Looked]
    return ", ".join(f"{looked_words(looked)} {percent(share)}" for looked, share in told if share > 0)


def percent(share: float) -> str:
    """A share in whole percents; neither nothing nor all where it is not."""
    return f"{min(99, max(1, round(share * 100)))} %" if 0 < share < 1 else f"{share * 100:.0f} %"


def _name(row: Row) -> str:
    return row.camera.name or row.camera.id


def _of_row(row: Row) -> Iterator[Mark]:
    for asked in row.asked:
        yield _request(asked)
        if asked.deadline is not None and asked.state in (RequestState.DRAFT, RequestState.SENT):
            yield _deadline(asked, asked.deadline)
    for bar in row.bars:
        yield _footage(bar)
    for moment in row.moments:
        yield _candidate(moment, row)


def _sighting(number: int, sighting: Sighting) -> Mark:
    off = timedelta(seconds=sighting.tolerance_s)
    return Mark(
        SIGHTING,
        sighting.id,
        sighting.at,
        sighting.at - off,
        sighting.at + off,
        look=str(sighting.kind),
        words=t("Sighting {number}: {kind}", number=number, kind=sighting_words(sighting.kind)),
        more=sighting.source,
        unsure_s=sighting.tolerance_s,
        number=number,
    )


def _request(asked: Asked) -> Mark:
    request = asked.request
    return Mark(
        REQUEST,
        request.camera_id,
        request.from_at,
        request.from_at,
        request.to_at,
        look=str(asked.state),
        words=t("Request: {state}", state=request_words(asked.state)),
        more=request.note,
    )


def _deadline(asked: Asked, at: datetime) -> Mark:
    words = t("Deadline: from here on the recorder overwrites what was asked for")
    return Mark(DEADLINE, asked.request.camera_id, at, at, at, look=str(asked.state), words=words)


def _footage(bar: Bar) -> Mark:
    known = bar.to_at is not None
    state = "" if bar.job is None or bar.job.state in (JobState.DONE, JobState.CANCELLED) else _job_words(bar.job.state)
    told = [shares_words(bar) if known else t("not searched; how long it is is not known yet"), state]
    return Mark(
        FOOTAGE,
        bar.footage.camera_id,
        bar.from_at,
        bar.from_at,
        bar.to_at or bar.from_at,
        look="known" if known else "unknown",
        words=t("Footage: {told}", told=", ".join(filter(None, told))),
        more=f"{bar.footage.original_name} · {clock_words(bar.uncertainty_s)}",
        parts=tuple((str(s.looked), s.from_at, s.to_at) for s in bar.stretches),
        unsure_s=bar.uncertainty_s,
    )


def _job_words(state: JobState) -> str:
    return {
        JobState.QUEUED: t("waits for a worker"),
        JobState.RUNNING: t("is being searched"),
        JobState.PAUSED: t("search paused"),
        JobState.FAILED: t("search failed"),
    }.get(state, "")


def _candidate(moment: Moment, row: Row) -> Mark:
    bar = next((bar for bar in row.bars if bar.footage.id == moment.match.footage_id), None)
    unsure_s = bar.uncertainty_s if bar else None
    return Mark(
        CANDIDATE,
        moment.match.id,
        moment.at,
        moment.from_at,
        moment.to_at,
        look=str(moment.match.state),
        words=t("Candidate: {state}", state=state_words(moment.match.state)),
        more=f"{t('similarity {value}', value=f'{moment.match.track.similarity:.2f}')} · {clock_words(unsure_s)}",
        unsure_s=unsure_s,
    )


def _decision(decision: Decision, camera: str) -> Mark:
    review = decision.review
    return Mark(
        DECISION,
        decision.match.id,
        review.at,
        review.at,
        review.at,
        look=str(review.verdict),
        words=t("{who} {verdict}", who=review.by, verdict=verdict_words(review.verdict)),
        more=" · ".join(filter(None, (t("candidate at {camera}", camera=camera), review.note))),
    )


def _under(row: Row) -> str:
    """What a row says under the camera's name."""
    told = [shares_words(bar) for bar in row.bars if bar.to_at is not None] if len(row.bars) == 1 else []
    if len(row.bars) > 1:
        whole = [(bar, (bar.to_at - bar.from_at).total_seconds()) for bar in row.bars if bar.to_at is not None]
        total_s = sum(length_s for _, length_s in whole)
        searched_s = sum(bar.share(Looked.SEARCHED) * length_s for bar, length_s in whole)
        share = percent(searched_s / total_s) if total_s else percent(0.0)
        told.append(t("{n} recordings, searched {share}", n=len(row.bars), share=share))
    if not row.bars and row.asked:
        told.append(t("asked for: {state}", state=request_words(row.asked[-1].state)))
    return ", ".join(told) or (t("not searched") if row.bars else "")
