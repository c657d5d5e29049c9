"""What the home page needs of many cases at once. Whoever asks gives the ids of the cases that may be seen."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.models import FootageRequest, JobState, MatchState, RequestState, Sighting
from data.rows import Row, in_parts, plain
from data.store import Store


@dataclass(frozen=True)
class Note:
    """A text that somebody wrote in a case: `kind` is "case", "request" or "review", `of_id` what it is about."""

    kind: str
    case_id: str
    of_id: str
    text: str
    at: datetime


def last_sightings(store: Store, case_ids: Collection[str]) -> dict[str, Sighting]:
    """By case, the last sighting that stands; cases without one are not in it."""
    table = schema.sightings
    of_case = sa.select(table.c.case_id, sa.func.max(table.c.at).label("at")).where(table.c.withdrawn_at.is_(None))
    found: dict[str, Sighting] = {}
    for part in in_parts(case_ids):
        last = of_case.where(table.c.case_id.in_(part)).group_by(table.c.case_id).subquery()
        is_last = sa.and_(table.c.case_id == last.c.case_id, table.c.at == last.c.at, table.c.withdrawn_at.is_(None))
        for row in _rows(store, sa.select(table).join(last, is_last).order_by(table.c.id)):
            found[row["case_id"]] = plain(Sighting, row)
    return found


def match_counts(store: Store, case_ids: Collection[str]) -> dict[str, dict[MatchState, int]]:
    """By case, how many matches are in each state."""
    table, found = schema.matches, dict[str, dict[MatchState, int]]()
    columns = (table.c.case_id, table.c.state)
    for part in in_parts(case_ids):
        query = sa.select(*columns, sa.func.count().label("n")).where(table.c.case_id.in_(part)).group_by(*columns)
        for row in _rows(store, query):
            found.setdefault(row["case_id"], {})[MatchState(row["state"])] = row["n"]
    return found


def job_counts(store: Store, case_ids: Collection[str]) -> dict[str, dict[JobState, int]]:
    """By case, how many things are in each state: of each footage, photo or case its newest job counts."""
    table, found = schema.jobs, dict[str, dict[JobState, int]]()
    key = (table.c.case_id, table.c.kind, table.c.of_id)
    newest = sa.func.row_number().over(partition_by=key, order_by=(table.c.created_at.desc(), table.c.id.desc()))
    for part in in_parts(case_ids):
        of = (
            sa.select(table.c.case_id, table.c.state, newest.label("place"))
            .where(table.c.case_id.in_(part), table.c.kind != "look")  # those are made ahead, for one reader
            .subquery()
        )
        query = sa.select(of.c.case_id, of.c.state, sa.func.count().label("n")).where(of.c.place == 1)
        for row in _rows(store, query.group_by(of.c.case_id, of.c.state)):
            found.setdefault(row["case_id"], {})[JobState(row["state"])] = row["n"]
    return found


def open_requests(store: Store, case_ids: Collection[str]) -> dict[str, list[tuple[FootageRequest, str, float | None]]]:
    """By case, the drafted and sent requests, each with its camera's name and present retention in days."""
    table, cameras = schema.requests, schema.cameras
    found: dict[str, list[tuple[FootageRequest, str, float | None]]] = {}
    for part in in_parts(case_ids):
        query = sa.select(table, cameras.c.name.label("of_camera"), cameras.c.retention_days.label("of_recorder"))
        query = query.join(cameras, cameras.c.id == table.c.camera_id).where(table.c.case_id.in_(part))
        is_open = table.c.state.in_([RequestState.DRAFT, RequestState.SENT])
        for row in _rows(store, query.where(is_open).order_by(table.c.from_at, table.c.id)):
            told = (plain(FootageRequest, row), row["of_camera"], row["of_recorder"])
            found.setdefault(row["case_id"], []).append(told)
    return found


def notes(store: Store, case_ids: Collection[str]) -> Iterator[Note]:
    """Every note of these cases.

    Of reviews only those of candidates that are confirmed or rejected: while somebody has yet to decide, they must not
    learn from a search what others said.
    """
    cases, requests, reviews, matches = schema.cases, schema.requests, schema.reviews, schema.matches
    settled = matches.c.state.in_([MatchState.CONFIRMED, MatchState.REJECTED])
    for part in in_parts(case_ids):
        of_cases = sa.select(cases.c.id.label("case_id"), cases.c.id.label("of_id"), cases.c.notes, cases.c.created_at)
        of_requests = sa.select(requests.c.case_id, requests.c.id, requests.c.note, requests.c.created_at)
        of_reviews = sa.select(matches.c.case_id, matches.c.id, reviews.c.note, reviews.c.at)
        of_reviews = of_reviews.join(matches, matches.c.id == reviews.c.match_id).where(settled)
        for kind, query, note, case_id in (
            ("case", of_cases, cases.c.notes, cases.c.id),
            ("request", of_requests, requests.c.note, requests.c.case_id),
            ("review", of_reviews, reviews.c.note, matches.c.case_id),
        ):
            with store.database.reading() as connection:
                for row in connection.execute(query.where(case_id.in_(part), note != "")):
                    yield Note(kind, *row)


def _rows(store: Store, query: sa.Select[Any]) -> list[Row]:
    with store.database.reading() as connection:
        return list(connection.execute(query).mappings())
