"""The record's chain: each entry carries the hash of the one before it, so that no change of the past goes unseen.

The format is told in docs/decisions/0021-evidence.md; data.audit_verify reads it back with code of its own.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import rfc8785
import sqlalchemy as sa

from data import schema

NOTHING = "0" * 64
"""What the first entry has for the hash of the one before it."""
DESTROYED = "details destroyed"
"""The action of an entry that tells which entries' details were destroyed, and by which certificate."""
CLOCK_SLACK = timedelta(minutes=2)
"""Clocks of several machines, and acts that waited for their turn to write, may differ by so much."""
_MOST_EXACT = 2**53 - 1
_HALF = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Tail:
    """The last entry of the chain; `at` is when it, or the last checkpoint, was made, whichever is later."""

    sequence: int
    hash: str
    at: datetime | None


START = Tail(0, NOTHING, None)


def canonical(value: Any) -> bytes:
    """The RFC 8785 form of what JSON can hold.

    Two things that RFC 8785 has no form for count as text: whole numbers beyond 2**53 - 1 as their digits, and half a
    surrogate pair as a backslash, u and its four digits.
    """
    return rfc8785.dumps(_exact(json.loads(json.dumps(value, allow_nan=False))))


def digest(value: Any) -> str:
    """The SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def told(at: datetime) -> str:
    """A time as it is hashed: UTC, to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def details_hash(details: dict[str, Any], salt: str) -> str:
    return digest({"details": details, "salt": salt})


def content_hash(*, at: datetime, by: str, action: str, case_id: str | None, details_hash: str) -> str:
    """What an entry says, without its place: so much of another case's entry is shown in an export."""
    told_of = {"action": action, "at": told(at), "by": by, "case_id": case_id, "details_hash": details_hash}
    return digest(told_of)


def entry_hash(sequence: int, content: str, prev_hash: str) -> str:
    return digest({"content": content, "prev_hash": prev_hash, "sequence": sequence})


def linked(
    tail: Tail, *, at: datetime, by: str, action: str, case_id: str | None, details: dict[str, Any]
) -> dict[str, Any]:
    """The row of the entry that follows `tail`. ValueError for a number that is none."""
    if tail.at is not None and at < tail.at - CLOCK_SLACK:
        # said within what is hashed: who reads the record sees that the clock, or somebody, went back
        details = {**details, "clock_went_back_s": round((tail.at - at).total_seconds(), 3)}
    salt = secrets.token_hex(16)
    hashed = details_hash(details, salt)
    content = content_hash(at=at, by=by, action=action, case_id=case_id, details_hash=hashed)
    return {
        "at": at,
        "by": by,
        "action": action,
        "case_id": case_id,
        "details": details,
        "sequence": tail.sequence + 1,
        "salt": salt,
        "details_hash": hashed,
        "prev_hash": tail.hash,
        "hash": entry_hash(tail.sequence + 1, content, tail.hash),
    }


def append(
    connection: sa.Connection, *, at: datetime, by: str, action: str, case_id: str | None, details: dict[str, Any]
) -> None:
    """Add an entry, within a transaction of the one writer: nobody else can have the same predecessor."""
    row = linked(tail_of(connection), at=at, by=by, action=action, case_id=case_id, details=details)
    connection.execute(sa.insert(schema.audit).values(row))


def tail_of(connection: sa.Connection) -> Tail:
    table = schema.audit
    query = sa.select(table.c.sequence, table.c.hash, table.c.at).order_by(table.c.sequence.desc()).limit(1)
    row = connection.execute(query).first()
    if row is None:
        return START
    known = schema.checkpoints
    signed = connection.scalar(sa.select(known.c.made_at).order_by(known.c.number.desc()).limit(1))
    return Tail(row.sequence, row.hash, row.at if signed is None else max(row.at, signed))


def destroy_details(
    connection: sa.Connection, sequences: Iterable[int], *, certificate: str, case_id: str | None, by: str, at: datetime
) -> int:
    """Blank the details of these entries for good, and say so in a new entry; how many they were.

    The chain goes on verifying: an entry's hash rests on its details' hash, which stays, and whose salt is gone.
    Entries that tell of an earlier destruction stay as they are.
    """
    table = schema.audit
    wanted = sorted(set(sequences))
    rows: list[int] = []
    for start in range(0, len(wanted), 500):
        piece = table.c.sequence.in_(wanted[start : start + 500])
        blank = sa.and_(piece, table.c.action != DESTROYED, table.c.salt.is_not(None))
        rows += connection.execute(sa.select(table.c.sequence).where(blank)).scalars().all()
        values = {"details": {"certificate": certificate}, "salt": None}
        connection.execute(sa.update(table).where(blank).values(values))
    told_of = {"certificate": certificate, "sequences": _ranges(sorted(rows))}
    append(connection, at=at, by=by, action=DESTROYED, case_id=case_id, details=told_of)
    return len(rows)


def sequences_of(connection: sa.Connection, case_id: str) -> list[int]:
    """The places of a case's entries in the chain."""
    table = schema.audit
    query = sa.select(table.c.sequence).where(table.c.case_id == case_id).order_by(table.c.sequence)
    return list(connection.execute(query).scalars())


def _ranges(numbers: list[int]) -> list[list[int]]:
    """Whole numbers in order as [first, last] of each run."""
    found: list[list[int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def _exact(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _MOST_EXACT:
        return str(value)
    if isinstance(value, list):
        return [_exact(part) for part in value]
    if isinstance(value, dict):
        return {_exact(name): _exact(part) for name, part in value.items()}
    return value
