"""The log of uses: what Article 12(3) of the EU AI Act wants told of every search for a face.

That is, for each use: when it began and ended (a), the reference data it was checked against (b), the input that led
to a match (c), and the people who verified the results (d). The log is only ever added to, holds ids and hashes and no
name of anybody sought or seen, and outlives a purged case.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from casework.access import needs
from casework.footage import true_time
from casework.verdicts import OPEN
from data.governance_rows import UseRow, log_use, use_rows
from data.models import Footage, Job, Match, Permission, Photo, Review, utc_now
from data.store import Store, Writing

BEGAN, MATCH, VERIFIED, ENDED = "began", "match", "verified", "ended"
LIVE, BROWSER = "live", "camera"
"""Searches at the moment: a camera that a worker watches, and a browser's camera."""
KINDS = ("scan", "recompare", LIVE, BROWSER)
"""The jobs that compare somebody with the person sought."""


@dataclass(frozen=True)
class Verified:
    """A person's verdict on a match."""

    by: str
    at: datetime
    verdict: str


@dataclass(frozen=True)
class UsedMatch:
    """What of the input led to a match: `from_s` to `to_s` of the footage, by its own time line.

    `verified` is None while the verification is under way and whoever asks may be the one who is yet to verify.
    """

    match_id: str
    found_at: datetime
    from_s: float
    to_s: float
    similarity: float
    verified: tuple[Verified, ...] | None = ()


@dataclass(frozen=True)
class Use:
    """One use of a search. `input_from` to `input_to` are true times; a comparison of kept vectors has no footage."""

    job_id: str
    kind: str
    began_at: datetime
    asked_by: str
    engine: str
    references: tuple[dict[str, str], ...]
    footage_id: str = ""
    footage_sha256: str = ""
    input_from: datetime | None = None
    input_to: datetime | None = None
    ended_at: datetime | None = None
    ending: str = ""
    models: dict[str, str] = field(default_factory=dict)
    matches: tuple[UsedMatch, ...] = ()


# writing


def began(
    writing: Writing, job: Job, photos: Sequence[Photo], *, footage: Footage | None = None, seconds: float = 0.0
) -> None:
    """A search begins: against which photos, in which footage, of which minutes."""
    details: dict[str, Any] = {
        "kind": job.kind,
        "engine": job.engine,
        "references": [{"photo": photo.id, "sha256": photo.sha256} for photo in photos],
    }
    if footage is not None:
        start, end = (true_time(footage, at_s).isoformat() for at_s in (0.0, seconds))
        details |= {"footage": footage.id, "sha256": footage.sha256, "from": start, "to": end}
    log_use(writing, BEGAN, at=utc_now(), case_id=job.case_id, job_id=job.id, by=job.asked_by, details=details)


def ended(writing: Writing, job: Job, how: str, *, by: str) -> None:
    """A search ended: done, failed or cancelled."""
    details = {"how": how, "models": job.models}
    log_use(writing, ENDED, at=utc_now(), case_id=job.case_id, job_id=job.id, by=by, details=details)


def matched(writing: Writing, match: Match, *, by: str) -> None:
    """A search led to a match."""
    track = match.track
    details = {"from_s": track.start_s, "to_s": track.end_s, "similarity": track.similarity}
    log_use(
        writing, MATCH, at=utc_now(), case_id=match.case_id, job_id=track.scan_id, by=by, match_id=match.id,
        details=details,
    )  # fmt: skip


def verified(writing: Writing, match: Match, review: Review) -> None:
    """A person verified a match, or took their verdict back."""
    log_use(
        writing, VERIFIED, at=review.at, case_id=match.case_id, job_id=match.track.scan_id, by=review.by,
        match_id=match.id, details={"verdict": review.verdict.value},
    )  # fmt: skip


# reading


@needs(Permission.READ_RECORD)
def uses(store: Store, case_id: str, *, with_open: bool = False) -> list[Use]:
    """Every use of a search in this case, oldest first.

    Who verified a match is told only once its verification has ended, for whoever reads may be the one who is to give
    the second opinion. `with_open` tells all, on the command line alone.
    """
    tells_all = with_open and store.guard is not None and store.guard.account is None
    is_open = set() if tells_all else {match.id for match in store.matches(case_id) if match.state in OPEN}
    return _uses(use_rows(store, case_id), is_open)


def _uses(rows: Sequence[UseRow], is_open: set[str]) -> list[Use]:
    found: list[Use] = []
    for row in rows:
        if row.event == BEGAN:
            mine = [other for other in rows if other.job_id == row.job_id and other.id >= row.id]
            again = next((other.id for other in mine if other.event == BEGAN and other.id > row.id), None)
            found.append(_use(row, [other for other in mine if again is None or other.id < again], is_open))
    return found


def _use(row: UseRow, events: Sequence[UseRow], is_open: set[str]) -> Use:
    told = row.details
    end = next((event for event in events if event.event == ENDED), None)
    return Use(
        job_id=row.job_id,
        kind=told["kind"],
        began_at=row.at,
        asked_by=row.by,
        engine=told["engine"],
        references=tuple(told["references"]),
        footage_id=told.get("footage", ""),
        footage_sha256=told.get("sha256", ""),
        input_from=_time(told.get("from")),
        input_to=_time(told.get("to")),
        ended_at=end.at if end else None,
        ending=end.details["how"] if end else "",
        models=end.details["models"] if end else {},
        matches=tuple(_match(event, events, is_open) for event in events if event.event == MATCH),
    )


def _match(row: UseRow, events: Sequence[UseRow], is_open: set[str]) -> UsedMatch:
    said = [event for event in events if event.event == VERIFIED and event.match_id == row.match_id]
    verified = tuple(Verified(event.by, event.at, event.details["verdict"]) for event in said)
    match_id = row.match_id or ""
    told = {name: float(row.details[name]) for name in ("from_s", "to_s", "similarity")}
    return UsedMatch(match_id, row.at, **told, verified=None if match_id in is_open else verified)


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def to_json(found: Sequence[Use]) -> list[dict[str, Any]]:
    """The uses as plain JSON values."""
    return [_plain(asdict(use)) for use in found]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value
