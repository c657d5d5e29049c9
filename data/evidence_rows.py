"""Rows of signed checkpoints, of pictures made from originals, and of when originals were last read and hashed."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit_chain, schema
from data.models import Derivative, FileCheck
from data.store import Store
from data.writing import Writing

KEY_MADE = "signing key made"
SOUND, CHANGED, MISSING = "sound", "changed", "missing"


def announced_keys(store: Store) -> list[str]:
    """The public keys that the record announces, in order."""
    table = schema.audit
    query = sa.select(table.c.details).where(table.c.action == KEY_MADE).order_by(table.c.sequence)
    with store.database.reading() as connection:
        return [str(details["public_key"]) for details in connection.execute(query).scalars()]


def last_checkpoint(connection: sa.Connection) -> dict[str, Any] | None:
    table = schema.checkpoints
    query = sa.select(table.c.document).order_by(table.c.number.desc()).limit(1)
    found: dict[str, Any] | None = connection.execute(query).scalar()
    return found


def add_checkpoint(writing: Writing, document: dict[str, Any], *, made_at: datetime) -> None:
    values = {"number": document["number"], "made_at": made_at, "sequence": document["sequence"], "document": document}
    writing.connection.execute(sa.insert(schema.checkpoints).values(values))


def tail(store: Store) -> audit_chain.Tail:
    """The last entry of the record."""
    with store.database.reading() as connection:
        return audit_chain.tail_of(connection)


def newest_checkpoint(store: Store) -> dict[str, Any] | None:
    """The last signed checkpoint."""
    with store.database.reading() as connection:
        return last_checkpoint(connection)


def contents_between(store: Store, first: int, last: int) -> Iterator[tuple[int, str | None, str]]:
    """(sequence, case, content hash) of the entries from `first` to `last`."""
    table = schema.audit
    columns = [table.c[name] for name in ("sequence", "at", "by", "action", "case_id", "details_hash")]
    query = sa.select(*columns).where(table.c.sequence.between(first, last)).order_by(table.c.sequence)
    with store.database.reading() as connection:
        for row in connection.execution_options(yield_per=1000).execute(query).mappings():
            told = {name: row[name] for name in ("at", "by", "action", "case_id", "details_hash")}
            yield row["sequence"], row["case_id"], audit_chain.content_hash(**told)


def put_derivatives(writing: Writing, made: Iterable[Derivative]) -> None:
    """Keep what files were made from; one that is known already stays as it was first told."""
    table = schema.derivatives
    for one in made:
        key = {name: getattr(one, name) for name in ("case_id", "sha256", "parent_sha256", "kind")}
        where = sa.and_(*(table.c[name] == value for name, value in key.items()))
        if writing.connection.execute(sa.select(table.c.kind).where(where)).first() is None:
            box_px = None if one.box_px is None else list(one.box_px)
            more = {"made_by": one.made_by, "made_at": one.made_at, "at_s": one.at_s, "box_px": box_px}
            writing.connection.execute(sa.insert(table).values(key | more))


def derivatives(store: Store, case_id: str) -> list[Derivative]:
    """What was made from the case's originals, oldest first."""
    table = schema.derivatives
    return _derivatives(store, sa.select(table).where(table.c.case_id == case_id))


def derivatives_from(store: Store, case_id: str, parent_sha256: str, kinds: Sequence[str]) -> list[Derivative]:
    """What was made in these ways from one original of the case, oldest first."""
    table = schema.derivatives
    query = sa.select(table).where(
        table.c.case_id == case_id, table.c.parent_sha256 == parent_sha256, table.c.kind.in_(list(kinds))
    )
    return _derivatives(store, query)


def _derivatives(store: Store, query: sa.Select[Any]) -> list[Derivative]:
    table = schema.derivatives
    with store.database.reading() as connection:
        rows = connection.execute(query.order_by(table.c.made_at, table.c.sha256, table.c.kind)).mappings().all()
    return [Derivative(**{**row, "box_px": None if row["box_px"] is None else tuple(row["box_px"])}) for row in rows]


def originals(store: Store) -> set[str]:
    """The SHA-256 of every original that a case has: its footage, photos and street files."""
    columns = [schema.footage.c.sha256, schema.photos.c.sha256, schema.case_streets.c.sha256]
    with store.database.reading() as connection:
        return {sha256 for column in columns for sha256 in connection.execute(sa.select(column)).scalars() if sha256}


def cases_of(store: Store, sha256: str) -> list[str]:
    """The cases one of whose originals this is."""
    tables = (schema.footage, schema.photos, schema.case_streets)
    with store.database.reading() as connection:
        found = {
            case_id
            for table in tables
            for case_id in connection.execute(sa.select(table.c.case_id).where(table.c.sha256 == sha256)).scalars()
        }
    return sorted(found)


def file_checks(store: Store) -> dict[str, FileCheck]:
    """By SHA-256, when each original was last read and hashed, and what came of it."""
    with store.database.reading() as connection:
        rows = connection.execute(sa.select(schema.file_checks)).mappings().all()
    return {row["content"]: FileCheck(row["content"], row["checked_at"], row["outcome"]) for row in rows}


def put_file_check(writing: Writing, check: FileCheck) -> None:
    table = schema.file_checks
    values = {"checked_at": check.checked_at, "outcome": check.outcome}
    done = writing.connection.execute(sa.update(table).where(table.c.content == check.sha256).values(values))
    if done.rowcount == 0:
        writing.connection.execute(sa.insert(table).values(values | {"content": check.sha256}))


def drop_file_checks(writing: Writing, gone: Iterable[str]) -> None:
    """Forget the checks of originals that no case has any more."""
    table = schema.file_checks
    for sha256 in gone:
        writing.connection.execute(sa.delete(table).where(table.c.content == sha256))
