"""Everything that belongs to a case, or to one footage or photo of it: found by following references, and deleted.

What is kept: the record, whose details are blanked (`data.audit_chain.destroy_details`), the log of uses, which holds
no name of anybody sought or seen, and the certificates.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from data import schema
from data.store import Store
from data.writing import Writing

KEPT = frozenset({"audit", "use_log", "certificates"})
_NO_FILE = frozenset({"said_sha256"})
"""Columns that end in "sha256" and name no file."""
_PIECE = 400
T = TypeVar("T")
Clauses = dict[sa.Table, sa.ColumnElement[bool]]


def of_case(case_id: str) -> Clauses:
    """By table, parents first, which rows belong to a case."""
    return _followed({schema.cases: schema.cases.c.id == case_id, schema.cameras: schema.cameras.c.spot_of == case_id})


def of_footage(footage_id: str) -> Clauses:
    """By table, parents first, which rows belong to a footage."""
    jobs, sightings, matches = schema.jobs, schema.sightings, schema.matches
    its_matches = sa.select(matches.c.id).where(matches.c.footage_id == footage_id)
    its_tracks = sa.select(matches.c.track_id).where(matches.c.footage_id == footage_id)
    of_it = sa.and_(
        schema.derivatives.c.parent_sha256 == _sha256(schema.footage, footage_id),
        schema.derivatives.c.case_id == _case(schema.footage, footage_id),
    )
    return _followed(
        {
            schema.footage: schema.footage.c.id == footage_id,
            schema.cameras: _spots_left_without(footage_id),
            jobs: sa.or_(
                sa.and_(jobs.c.of_id == footage_id, jobs.c.kind.in_(["scan", "gallery", "gallery part"])),
                sa.and_(jobs.c.of_id.in_(its_matches), jobs.c.kind == "look"),
            ),
            schema.tracks: schema.tracks.c.id.in_(its_tracks),  # those of a live search go without their job
            sightings: sightings.c.match_id.in_(its_matches),
            schema.derivatives: of_it,
        }
    )


def _spots_left_without(footage_id: str) -> sa.ColumnElement[bool]:
    """The spots of its case at which no other footage was taken: its own, and those it was said to be from before."""
    cameras, others = schema.cameras, schema.footage.alias("others")
    another = sa.select(others.c.id).where(others.c.camera_id == cameras.c.id, others.c.id != footage_id)
    return sa.and_(cameras.c.spot_of == _case(schema.footage, footage_id), ~another.exists())


def of_photo(photo_id: str) -> Clauses:
    """By table, parents first, which rows belong to a reference photo."""
    jobs = schema.jobs
    of_it = sa.and_(
        schema.derivatives.c.parent_sha256 == _sha256(schema.photos, photo_id),
        schema.derivatives.c.case_id == _case(schema.photos, photo_id),
    )
    return _followed(
        {
            schema.photos: schema.photos.c.id == photo_id,
            jobs: sa.and_(jobs.c.of_id == photo_id, jobs.c.kind == "photo"),
            schema.derivatives: of_it,
        }
    )


def _sha256(table: sa.Table, id: str) -> sa.ScalarSelect[Any]:
    return sa.select(table.c.sha256).where(table.c.id == id).scalar_subquery()


def _case(table: sa.Table, id: str) -> sa.ScalarSelect[Any]:
    return sa.select(table.c.case_id).where(table.c.id == id).scalar_subquery()


def _followed(roots: Clauses) -> Clauses:
    """The roots, and whatever refers to one of their rows, however far."""
    found: Clauses = {}
    for table in schema.metadata.sorted_tables:
        if table.name in KEPT:
            continue
        keys = [key for key in sorted(table.foreign_keys, key=lambda key: str(key.parent)) if key.column.table in found]
        parts: list[sa.ColumnElement[bool]] = [
            key.parent.in_(sa.select(key.column).where(found[key.column.table])) for key in keys
        ]
        parts += [roots[table]] if table in roots else []
        if parts:
            found[table] = sa.or_(*parts)
    return found


def counts(writing: Writing, clauses: Clauses) -> dict[str, int]:
    """How many rows of each table there are, of those that have any."""
    made = {
        table.name: int(writing.connection.scalar(sa.select(sa.func.count()).select_from(table).where(where)) or 0)
        for table, where in clauses.items()
    }
    return {name: count for name, count in made.items() if count}


def files(writing: Writing, clauses: Clauses) -> set[str]:
    """The SHA-256 of every file that these rows speak of."""
    found: set[str] = set()
    for table, where in clauses.items():
        for column in _file_columns(table):
            query = sa.select(column).where(where, column.is_not(None), column != "").distinct()
            found |= set(writing.connection.scalars(query))
    if schema.segments in clauses:
        for result in writing.connection.scalars(sa.select(schema.segments.c.result).where(clauses[schema.segments])):
            found |= _pictures(result)
    return found


def still_used(connection: sa.Connection, hashes: Collection[str]) -> set[str]:
    """Those of these files of which any row that is left speaks."""
    found: set[str] = set()
    for piece in _pieces(sorted(hashes)):
        for table in schema.metadata.sorted_tables:
            if table.name not in KEPT:
                for column in _file_columns(table):
                    found |= set(connection.scalars(sa.select(column).where(column.in_(piece)).distinct()))
    for result in connection.scalars(sa.select(schema.segments.c.result).execution_options(yield_per=200)):
        found |= _pictures(result) & set(hashes)
    return found


def ids(writing: Writing, clauses: Clauses) -> set[str]:
    """The ids of these rows, for finding who speaks of them."""
    found: set[str] = set()
    for table, where in clauses.items():
        if "id" in table.c:
            found |= {str(id) for id in writing.connection.scalars(sa.select(table.c.id).where(where))}
    return found


def upload_ids(writing: Writing, clauses: Clauses) -> set[str]:
    """The ids of the uploads among these rows, under which their bytes lie."""
    table = schema.uploads
    return set(writing.connection.scalars(sa.select(table.c.id).where(clauses[table]))) if table in clauses else set()


def mentions(writing: Writing, words: Collection[str], *, case_id: str | None) -> list[int]:
    """The places in the record of entries, of this case or of none, whose details hold one of these words."""
    table, wanted = schema.audit, set(words)
    is_of = table.c.case_id.is_(None) if case_id is None else table.c.case_id == case_id
    query = sa.select(table.c.sequence, table.c.details).where(is_of, table.c.salt.is_not(None))
    return [place for place, details in writing.connection.execute(query) if wanted & set(_words(details))]


def delete(writing: Writing, clauses: Clauses) -> None:
    """Delete the rows, those that refer to others first.

    Which they are is looked up before the first one goes: many are found by others that go before them.
    """
    keys = {table: sa.tuple_(*table.primary_key.columns) for table in clauses}
    found = {
        table: [tuple(row) for row in writing.connection.execute(sa.select(*table.primary_key.columns).where(where))]
        for table, where in clauses.items()
    }
    for table in reversed(list(clauses)):
        for piece in _pieces(found[table]):
            writing.connection.execute(sa.delete(table).where(keys[table].in_(piece)))


def forget_likeness(writing: Writing) -> None:
    """Candidates that were set aside for looking like one that is gone are to be reviewed after all."""
    matches = schema.matches
    left = sa.select(matches.alias("left").c.id)
    gone = sa.and_(matches.c.like_match_id.is_not(None), matches.c.like_match_id.not_in(left))
    values = {
        "like_match_id": None,
        "state": sa.case((matches.c.state == "set_aside", "to_review"), else_=matches.c.state),
    }
    writing.connection.execute(sa.update(matches).where(gone).values(values))


# certificates


def add_certificate(
    writing: Writing, id: str, *, case_id: str, begun_at: datetime, by: str, plan: dict[str, Any]
) -> None:
    row = {"id": id, "case_id": case_id, "begun_at": begun_at, "by": by, "plan": plan}
    writing.connection.execute(sa.insert(schema.certificates).values(row))


def finish_certificate(writing: Writing, id: str, *, done_at: datetime, document: dict[str, Any]) -> None:
    table = schema.certificates
    values = {"done_at": done_at, "document": document}
    writing.connection.execute(sa.update(table).where(table.c.id == id).values(values))


def certificates(store: Store, *, open_only: bool = False) -> list[dict[str, Any]]:
    """Purges, oldest first: begun ones too, or only those."""
    table = schema.certificates
    query = sa.select(table).order_by(table.c.begun_at, table.c.id)
    if open_only:
        query = query.where(table.c.done_at.is_(None))
    with store.database.reading() as connection:
        return [dict(row) for row in connection.execute(query).mappings()]


def _file_columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.columns if column.name.endswith("sha256") and column.name not in _NO_FILE]


def _pictures(result: dict[str, Any]) -> set[str]:
    """The files that a segment's result speaks of."""
    return {track[name] for track in result.get("tracks", []) for name in ("crop", "context") if track.get(name)}


def _words(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _words(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words(part)


def _pieces(words: list[T]) -> Iterable[list[T]]:
    return (words[start : start + _PIECE] for start in range(0, len(words), _PIECE))
