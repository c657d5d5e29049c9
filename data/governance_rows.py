"""Rows of the log of uses, and of what people said of all matches of a case."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.models import MatchState, Review, Verdict
from data.store import Store, Writing


@dataclass(frozen=True)
class UseRow:
    """One event of one use of a search: it began, gave a match, a person verified that, it ended."""

    id: int
    at: datetime
    case_id: str
    job_id: str
    event: str
    match_id: str | None
    by: str
    details: dict[str, Any]


def log_use(
    writing: Writing, event: str, *, at: datetime, case_id: str, job_id: str, by: str, match_id: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Append an event; nothing ever changes or deletes one."""
    row = {"at": at, "case_id": case_id, "job_id": job_id, "event": event, "match_id": match_id, "by": by}
    writing.connection.execute(sa.insert(schema.use_log).values(row | {"details": dict(details or {})}))


def use_rows(store: Store, case_id: str) -> list[UseRow]:
    """The events of a case's uses, oldest first; those of a purged case too."""
    table = schema.use_log
    query = sa.select(table).where(table.c.case_id == case_id).order_by(table.c.id)
    with store.database.reading() as connection:
        return [UseRow(**row) for row in connection.execute(query).mappings()]


def reviews_of_case(store: Store, case_id: str) -> dict[str, list[Review]]:
    """By match, every verdict on it, oldest first; matches without one are not in it."""
    table, matches = schema.reviews, schema.matches
    query = sa.select(table).join(matches, matches.c.id == table.c.match_id).where(matches.c.case_id == case_id)
    found: dict[str, list[Review]] = {}
    with store.database.reading() as connection:
        for row in connection.execute(query.order_by(table.c.match_id, table.c.sequence)).mappings():
            known = {f.name: row[f.name] for f in fields(Review)}
            found.setdefault(row["match_id"], []).append(Review(**(known | {"verdict": Verdict(row["verdict"])})))
    return found


def case_ids(store: Store) -> list[str]:
    """Every case there is, whoever looks."""
    with store.database.reading() as connection:
        return list(connection.scalars(sa.select(schema.cases.c.id).order_by(schema.cases.c.id)))


_OF_BYSTANDERS = (MatchState.REJECTED, MatchState.SET_ASIDE, MatchState.DROPPED)


def rejected_vector_count(store: Store, case_id: str) -> int:
    """Of how many candidates, whom people or the reference photos called somebody else, vectors are kept."""
    table = schema.match_vectors
    query = sa.select(sa.func.count()).select_from(table).where(table.c.match_id.in_(_rejected(case_id)))
    with store.database.reading() as connection:
        return int(connection.scalar(query) or 0)


def forget_rejected_vectors(writing: Writing, case_id: str) -> int:
    """Delete those vectors; how many candidates' they were."""
    table = schema.match_vectors
    return writing.connection.execute(sa.delete(table).where(table.c.match_id.in_(_rejected(case_id)))).rowcount


def _rejected(case_id: str) -> sa.Select[tuple[str]]:
    matches = schema.matches
    return sa.select(matches.c.id).where(matches.c.case_id == case_id, matches.c.state.in_(_OF_BYSTANDERS))
