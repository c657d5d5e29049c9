"""Whether the record holds and is signed, and what the regular checks of originals have found."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from casework.doctor.findings import Finding, Installation, error, ok
from data.audit_verify import verify
from data.condition import Look

NAMED = 5
_MOST_ENTRIES = 200_000  # beyond, only --all verifies them: about 8 s


def record(at: Installation, seen: Look) -> Iterator[Finding]:
    """The chain of the record, its signatures, the key, and the originals that were found damaged."""
    yield from _chain(at, seen)
    yield from _key(at.home / "keys" / "signing.pem")
    damaged = seen.damaged_originals()
    for sha256, outcome in islice(damaged, NAMED):
        yield error(
            "originals", f"{sha256} is {outcome}, as was found when it was read again", "restore it from a backup"
        )
    if len(damaged) > NAMED:
        yield error("originals", f"{len(damaged) - NAMED} more are damaged", "restore them from a backup")
    if not damaged:
        yield ok("originals", "none was found damaged when it was read again")


def _chain(at: Installation, seen: Look) -> Iterator[Finding]:
    count = seen.entry_count()
    if count > _MOST_ENTRIES and not at.all_files:
        yield ok("record", f"{count} entries, not verified: that takes long; cli.py audit verify does it")
        return
    with seen.connection() as connection:
        found = verify(connection)
    for wrong in found.wrong[:NAMED]:
        yield error(
            "record", wrong.what,
            "keep a copy of the store, find out who wrote to its database, and compare with a backup",
        )  # fmt: skip
    if found.is_sound:
        signed = f"signed up to {found.signed_up_to}" if found.checkpoints else "not signed yet: the web page does it"
        yield ok("record", f"{found.entries} entries, nothing was changed; {signed}")


def _key(path: Path) -> Iterator[Finding]:
    if path.exists() and path.stat().st_mode & 0o077:
        yield error("record", f"{path}: others can read the signing key", f"chmod 600 {path}")
