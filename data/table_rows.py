"""Rows of any table as lines of JSON, and back: the form of a backup, the same for every database."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.errors import BadInput
from data.schema import UtcDateTime

BATCH = 500
LEFT_OUT = ("uploads", "workers", "sessions", "tokens", "sign_in_failures")
"""What belongs to a machine or a moment rather than to a case: uploads that have not arrived, who is at work, and who
is signed in: a restored backup must not sign anybody in again."""


def tables() -> list[sa.Table]:
    """The tables of a backup, each after those it refers to."""
    return [table for table in schema.metadata.sorted_tables if table.name not in LEFT_OUT]


def lines(connection: sa.Connection, table: sa.Table) -> Iterator[bytes]:
    """Every row of a table, a line each."""
    by = list(table.primary_key.columns)
    result = connection.execution_options(yield_per=BATCH).execute(sa.select(table).order_by(*by))
    for row in result.mappings():
        told = {column.name: _told(row[column.name]) for column in table.columns}
        yield json.dumps(told, separators=(",", ":")).encode() + b"\n"


def hashes_in(line: bytes) -> set[str]:
    """The SHA-256 of files that a row speaks of."""
    row = json.loads(line)
    found = {value for name, value in row.items() if name.endswith("sha256") and isinstance(value, str) and value}
    tracks = row["result"].get("tracks", []) if isinstance(row.get("result"), dict) else []
    return found | {track[name] for track in tracks for name in ("crop", "context") if track.get(name)}


def insert(connection: sa.Connection, table: sa.Table, content: Iterable[bytes]) -> int:
    """Add rows to a table as it was when they were written; columns that came later keep their defaults."""
    count, batch = 0, []
    for line in content:
        batch.append(_row(table, json.loads(line)))
        if len(batch) == BATCH:
            count += _add(connection, table, batch)
            batch = []
    count += _add(connection, table, batch)
    _count_on(connection, table)
    return count


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines of a content that comes in pieces."""
    rest: list[bytes] = []
    for chunk in chunks:
        *whole, last = chunk.split(b"\n")
        for line in whole:
            yield b"".join([*rest, line])
            rest = []
        rest.append(last)
    if any(rest):
        yield b"".join(rest)


def _add(connection: sa.Connection, table: sa.Table, batch: list[dict[str, Any]]) -> int:
    if batch:
        columns = [sa.column(name, table.c[name].type) for name in batch[0]]
        connection.execute(sa.insert(sa.table(table.name, *columns)), batch)
    return len(batch)


def _row(table: sa.Table, told: Mapping[str, Any]) -> dict[str, Any]:
    unknown = told.keys() - table.c.keys()
    if unknown:
        raise BadInput(f"backup: table {table.name} has columns that this LastSeen does not know: {sorted(unknown)}")
    return {name: _value(table.c[name].type, value) for name, value in told.items()}


def _told(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date):  # a datetime is one
        return value.isoformat()
    return value


def _value(of: sa.types.TypeEngine[Any], told: Any) -> Any:
    if told is None:
        return None
    if isinstance(of, sa.LargeBinary):
        return base64.b64decode(told, validate=True)
    if isinstance(of, UtcDateTime):
        return datetime.fromisoformat(told)
    if isinstance(of, sa.Date):
        return date.fromisoformat(told)
    return told


def _count_on(connection: sa.Connection, table: sa.Table) -> None:
    """PostgreSQL numbers rows by a counter of its own, which knows nothing of rows that came with their numbers."""
    numbered = table.autoincrement_column
    if numbered is not None and connection.dialect.name == "postgresql":
        last = sa.select(sa.func.max(numbered)).scalar_subquery()
        sequence = sa.func.pg_get_serial_sequence(table.name, numbered.name)
        connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))))
