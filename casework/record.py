"""The record of a case as its people may read it: who did what, whether the chain holds, how the originals are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from typing import Any

from casework import custody
from casework.access import for_machines, needs
from casework.review import readable
from data.audit_chain import DESTROYED
from data.audit_verify import Verified, verify
from data.errors import NotFound
from data.evidence_rows import SOUND, derivatives, file_checks
from data.models import AuditEntry, Derivative, FileCheck, Permission, utc_now
from data.store import Store

LONGEST_ROUND_S = 3000.0


@dataclass(frozen=True)
class Original:
    """An original of a case, when it was last read and hashed, and what was made from it."""

    kind: str
    id: str
    name: str
    sha256: str
    check: FileCheck | None
    derivatives: tuple[Derivative, ...]

    @property
    def is_sound(self) -> bool:
        return self.check is None or self.check.outcome == SOUND


@dataclass(frozen=True)
class Watching:
    """How often the record is signed and originals are read again; see the settings of these names."""

    checkpoint_minutes: float = 60.0
    rehash_days: float = 7.0
    rehash_mb_s: float = 20.0


@needs(Permission.READ_RECORD)
def entries(store: Store, case_id: str) -> list[AuditEntry]:
    """The case's entries, newest first; a verdict is kept from who has yet to give the second opinion."""
    return readable(store, case_id, store.audit_entries(case_id))[::-1]


def told_details(entry: AuditEntry) -> str:
    """An entry's details in one line of plain words."""
    if entry.salt is None and entry.sequence:
        return f"destroyed under certificate {entry.details.get('certificate')}"
    if entry.action == DESTROYED:
        return f"certificate {entry.details.get('certificate')}"
    return ", ".join(f"{name.replace('_', ' ')}: {_told(value)}" for name, value in entry.details.items())


def _told(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{name} {_told(part)}" for name, part in value.items())
    if isinstance(value, list):
        return f"{len(value)} of them" if len(value) > 6 else ", ".join(_told(part) for part in value) or "none"
    return "not known" if value is None else str(value)


@needs(Permission.READ_RECORD)
def check_record(store: Store, case_id: str) -> Verified:  # noqa: ARG001  whose record it is decides who may ask
    """Whether the whole chain holds, of which the case's entries are a part."""
    with store.database.snapshot() as connection:
        return verify(connection)


@needs(Permission.READ_RECORD)
def signed_head(store: Store, case_id: str, *, by: str) -> dict[str, Any]:
    """The record as it stands, signed, to be kept elsewhere; that somebody took it with them stands in it."""
    with store.writing() as writing:
        writing.audit(at=utc_now(), by=by, action="head of the record exported", case_id=case_id)
    return custody.checkpoint_now(store)


@needs(Permission.READ_RECORD)
def originals(store: Store, case_id: str) -> list[Original]:
    """Every original of the case, footage first."""
    checks, made = file_checks(store), derivatives(store, case_id)
    items = [("footage", f.id, f.original_name, f.sha256) for f in store.footages(case_id)]
    items += [("photo", p.id, p.original_name, p.sha256) for p in store.photos(case_id)]
    return [
        Original(*item, checks.get(item[3]), tuple(one for one in made if one.parent_sha256 == item[3]))
        for item in items
    ]


@needs(Permission.READ_RECORD)
def check_original(store: Store, case_id: str, *, sha256: str, by: str) -> FileCheck:
    """Read and hash one of the case's originals now. NotFound when it is none of its."""
    if sha256 not in {original.sha256 for original in originals(store, case_id)}:
        raise NotFound(f"original {sha256[:12]}: not in the case")
    found = custody.check_original(store, sha256)
    with store.writing() as writing:
        writing.audit(
            at=utc_now(), by=by, action="original checked", case_id=case_id, sha256=sha256, outcome=found.outcome
        )
    return found


@for_machines
def note_backup(store: Store, path: str, *, rows: int, files: int, by: str) -> None:
    """Say in the record that somebody copied everything, and where to."""
    with store.writing() as writing:
        writing.audit(at=utc_now(), by=by, action="backup made", case_id=None, path=path, rows=rows, files=files)


@for_machines
def look_after(store: Store, plan: Watching, *, wait: Callable[[float], bool]) -> tuple[bool, Sequence[FileCheck]]:
    """One round: sign the record where that is due, and read originals that were not read for long.

    `wait` sleeps for so many seconds, and says whether to go on. Whether the record was signed, and what was read.
    """
    signed = None
    if plan.checkpoint_minutes:
        signed = custody.checkpoint_when_due(store, every=timedelta(minutes=plan.checkpoint_minutes))
    if not plan.rehash_days:
        return signed is not None, []
    checked = custody.check_originals(
        store,
        older_than=timedelta(days=plan.rehash_days),
        bytes_a_second=plan.rehash_mb_s * 2**20,
        most_s=LONGEST_ROUND_S,
        wait=wait,
        clock=monotonic,
    )
    return signed is not None, checked
