"""Where the verifier reads a record from: a store, or a file that was exported; and its findings in words."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.audit_json import read_object
from data.audit_verify import CHECKPOINTS, ENTRIES, Verified, time_of, told_time, verify_rows
from data.condition import look, wanted_schema
from data.errors import BadInput, LastSeenError

_KIND = "lastseen whole record"


@contextmanager
def opened_record(home: Path, database_url: str = "") -> Iterator[sa.Connection]:
    """A connection to the store's database, for reading only. LastSeenError where its tables are of another version."""
    with look(home, database_url) as seen:
        if seen.schema != wanted_schema():
            raise LastSeenError("store: its tables are of another version; start the LastSeen that belongs to it first")
        with seen.connection() as connection:
            yield connection


def read_head(text: str, where: str) -> dict[str, Any]:
    """A head as `audit head` wrote it; BadInput when it is none."""
    try:
        return read_object(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(f"{where}: is no head of a record; `cli.py audit head` writes one") from error


def record_text(connection: sa.Connection) -> Iterator[str]:
    """The whole record as lines of JSON: the signed checkpoints, then every entry."""
    signed = [dict(row) for row in connection.execute(CHECKPOINTS).mappings()]
    yield json.dumps({"kind": _KIND, "version": 1, "checkpoints": signed}) + "\n"
    for row in connection.execution_options(yield_per=1000).execute(ENTRIES).mappings():
        yield json.dumps({**row, "at": told_time(time_of(row["at"]))}) + "\n"


def verify_file(path: Path, *, head: Mapping[str, Any] | None = None, public_keys: Sequence[str] = ()) -> Verified:
    """Verify a record as `record_text` wrote it. BadInput when it is none."""
    with path.open(encoding="utf-8") as lines:
        try:
            first = read_object(next(lines))
            if first.get("kind") != _KIND:
                raise ValueError("is of another kind")
            rows = (_row(line) for line in lines)
            return verify_rows(rows, first["checkpoints"], head=head, public_keys=public_keys)
        except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
            raise BadInput(f"{path}: is no record that `cli.py audit export` wrote ({error})") from error


def _row(line: str) -> dict[str, Any]:
    names = ("sequence", "at", "by", "action", "case_id", "details", "salt", "details_hash", "prev_hash", "hash")
    found = read_object(line)
    return {name: found[name] for name in names}


def in_words(found: Verified, *, has_head: bool, has_key: bool) -> Iterator[str]:
    """What was found, for people, what is wrong last."""
    yield f"{found.entries} entries, the last of {found.last_at or 'never'}; {found.checkpoints} signed checkpoints"
    if found.destroyed:
        yield f"the details of {found.destroyed} entries were destroyed under certificates; the entries stand"
    yield from (f"note: {note}" for note in found.notes)
    if found.is_sound:
        yield f"Nothing was changed, moved, added or taken out. Signed up to entry {found.signed_up_to}."
        if not has_head:
            yield "Only a head kept elsewhere (--head) tells whether all of it was swapped, or its end cut off."
        elif not has_key:
            yield "Give the public key that was kept elsewhere too (--public-key)."
    yield from (f"WRONG  {wrong.what}" for wrong in found.wrong)
