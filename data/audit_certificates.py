"""Whether details that were taken out of the record were taken out under a certificate that is there, and signed."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import sqlalchemy as sa

_CERTIFICATES = sa.text("SELECT id, done_at, CAST(document AS TEXT) AS document FROM certificates")


class Found(Protocol):
    """Where it is noted; see data.audit_verify.Verified."""

    destroyed_under: dict[str, int]
    notes: list[str]

    def say(self, kind: str, what: str) -> None: ...


def check_certificates(
    connection: sa.Connection, found: Found, is_signed: Callable[[Mapping[str, Any], str], bool]
) -> None:
    """Look for the certificate of each destruction: whoever only writes rows can name one, and cannot sign it."""
    kept = {row["id"]: row for row in connection.execute(_CERTIFICATES).mappings()}
    for id, entries in found.destroyed_under.items():
        row = kept.get(id)
        if row is None:
            found.say(
                "edited", f"the details of {entries} entries were taken out under certificate {id}, which is not there"
            )
        elif row["done_at"] is None:
            found.notes.append(f"certificate {id}, under which {entries} entries lost their details, is not finished")
        else:
            _check(found, id, entries, row["document"], is_signed)


def _check(found: Found, id: str, entries: int, text: Any, is_signed: Callable[[Mapping[str, Any], str], bool]) -> None:
    try:
        document = json.loads(text)
        told = (document["certificate"], document["record_entries_blanked"])
    except (ValueError, TypeError, KeyError):
        found.say("certificate", f"certificate {id} cannot be read")
        return
    if is_signed(document, f"certificate {id}") and told != (id, entries):
        found.say(
            "edited", f"certificate {id} speaks of {told[1]} entries that lost their details, and there are {entries}"
        )
