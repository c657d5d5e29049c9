"""Destroy a case, or one footage or photo of it, for good: rows, files, vectors, and what the record tells of them.

First, in one transaction: the rows go, the record's details are blanked (its chain stands), and the plan of what is
left to do is kept. Then the files go, the database is rewritten, and what was destroyed is signed. Whatever dies in
between, `finish_purges` goes on from the plan (docs/decisions/0020-governance.md).
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from casework import custody
from casework.access import for_machines, needs
from casework.cases import new_id
from casework.exporting import remove_exports_of
from casework.governance import check_not_held
from data import audit_chain
from data import purge_rows as rows
from data.alert_rows import forget_words_of_footage
from data.errors import BadInput, NotReachable
from data.evidence_rows import drop_file_checks
from data.models import Permission, utc_now
from data.store import Store
from data.uploads import Partials
from data.writing import Writing

KIND = "lastseen certificate of destruction"
NOT_COVERED = (
    "backups made before, and exports that were taken away, wherever they lie",
    "blocks of the disk that the system has not used anew, and snapshots of it",
    "copies in the caches of other machines, until they are next tidied",
)
NOT_COVERED_ON_A_SERVER = ("the PostgreSQL server's write-ahead log until it is recycled, its replicas and archives",)
_PIECE = 100


@dataclass(frozen=True)
class Certificate:
    """A purge: `document` is what was signed, None while it is not finished."""

    id: str
    case_id: str
    begun_at: datetime
    done_at: datetime | None
    document: dict[str, Any] | None


@needs(Permission.GOVERN)
def purge_case(store: Store, case_id: str, *, typed_number: str, reason: str, by: str) -> Certificate:
    """Destroy everything of a case. It cannot be undone.

    BadInput unless `typed_number` is the case's own, as it is written, and a reason is given; Conflict under a legal
    hold. When this dies half-way, or somebody still reads, nothing of the case can be seen any more; `finish_purges`
    destroys the rest, and the certificate has its `document` only then.
    """
    case = store.case(case_id)
    if typed_number.strip() != case.number:
        raise BadInput("case number: is not that of this case; type it exactly as it stands on the page")
    return _purge(store, case_id, rows.of_case(case_id), "case", by=by, reason=reason, number=case.number)


@needs(Permission.GOVERN)
def destroy_footage(store: Store, footage_id: str, *, reason: str, by: str) -> Certificate:
    """Destroy one footage with all that was found in it; as `purge_case`."""
    footage = store.footage(footage_id)
    return _purge(
        store, footage.case_id, rows.of_footage(footage_id), "footage", by=by, reason=reason, footage_id=footage_id
    )


@needs(Permission.GOVERN)
def destroy_photo(store: Store, photo_id: str, *, reason: str, by: str) -> Certificate:
    """Destroy one reference photo; what was found with it stays. As `purge_case`."""
    photo = store.photo(photo_id)
    return _purge(store, photo.case_id, rows.of_photo(photo_id), "photo", by=by, reason=reason)


def _purge(
    store: Store, case_id: str, clauses: rows.Clauses, what: str, *, by: str, reason: str, number: str = "",
    footage_id: str = "",
) -> Certificate:  # fmt: skip
    if not reason.strip():
        raise BadInput("reason: say why this is destroyed: which period has ended, or who ordered it")
    certificate_id = new_id()
    custody.public_key(store)  # the key is made now, where there is none yet: not in the middle of destroying
    with store.writing() as writing:
        check_not_held(store.case(case_id))
        plan = {"what": what, "reason": " ".join(reason.split()), "case_number_sha256": _number_hash(case_id, number)}
        if footage_id:
            forget_words_of_footage(writing, footage_id)
        _begin(writing, certificate_id, case_id, clauses, plan, by=by)
    try:
        return _finish(store, certificate_id)
    except NotReachable:  # somebody still reads, or the files are away: it is gone on with at intervals
        return _certificate(_row(store, certificate_id))


def _row(store: Store, certificate_id: str) -> dict[str, Any]:
    return next(row for row in rows.certificates(store) if row["id"] == certificate_id)


def _number_hash(case_id: str, number: str) -> str:
    """Tells whoever knows the case's number that it was this one."""
    return hashlib.sha256(f"{case_id} {number}".encode()).hexdigest() if number else ""


def _begin(
    writing: Writing, certificate_id: str, case_id: str, clauses: rows.Clauses, plan: dict[str, Any], *, by: str
) -> None:
    """Delete the rows, blank the record's details, and keep the plan of the rest; all of it or nothing."""
    at = utc_now()
    counted, hashes, ids = rows.counts(writing, clauses), rows.files(writing, clauses), rows.ids(writing, clauses)
    uploads = rows.upload_ids(writing, clauses)
    words = ids | hashes
    places = rows.mentions(writing, words, case_id=None)
    if plan["what"] == "case":
        places += audit_chain.sequences_of(writing.connection, case_id)
    else:
        places += rows.mentions(writing, words, case_id=case_id)
    rows.delete(writing, clauses)
    rows.forget_likeness(writing)
    blanked = audit_chain.destroy_details(
        writing.connection, places, certificate=certificate_id, case_id=case_id, by=by, at=at
    )
    plan = plan | {
        "rows": counted,
        "files": sorted(hashes),
        "uploads": sorted(uploads),
        "record_entries_blanked": blanked,
    }
    rows.add_certificate(writing, certificate_id, case_id=case_id, begun_at=at, by=by, plan=plan)


@for_machines
def finish_purges(store: Store) -> list[Certificate]:
    """Go on with purges that were cut off; harmless to repeat. NotReachable while the database is in use."""
    return [_finish(store, str(row["id"])) for row in rows.certificates(store, open_only=True)]


def _finish(store: Store, certificate_id: str) -> Certificate:
    """Do what the plan of a begun purge says, sign what was destroyed, and close it."""
    row = _row(store, certificate_id)
    if row["done_at"] is not None:
        return _certificate(row)
    plan = row["plan"]
    _remove_uploads(store, plan["uploads"])
    remove_exports_of(store.database.home, row["case_id"])  # they hold what is destroyed here, too
    kept = remove_unused(store, plan["files"])
    how = store.database.scrub([*plan["rows"], "audit", "certificates"])
    done_at = utc_now()
    document = custody.sign(store, _document(row, kept, how, done_at=done_at, is_sqlite=store.database.is_sqlite))
    with store.writing() as writing:
        rows.finish_certificate(writing, certificate_id, done_at=done_at, document=document)
        writing.audit(
            at=done_at, by=row["by"], action=f"{plan['what']} destroyed", case_id=row["case_id"],
            certificate=certificate_id, document=audit_chain.digest(document), reason=plan["reason"],
        )  # fmt: skip
    return _certificate(row | {"done_at": done_at, "document": document})


def remove_unused(store: Store, hashes: Iterable[str]) -> set[str]:
    """Delete those of these files of which no row speaks; the ones that are still used.

    Nobody writes meanwhile: a file that is being added again at this moment is either spoken of already, and stays, or
    its adding fails and is tried again.
    """
    wanted, kept = sorted(set(hashes)), set()
    for start in range(0, len(wanted), _PIECE):
        piece = wanted[start : start + _PIECE]
        with store.writing() as writing:
            used = rows.still_used(writing.connection, piece)
            kept |= used
            for sha256 in piece:
                if sha256 not in used:
                    store.files.remove(sha256)
            drop_file_checks(writing, set(piece) - used)
    return kept


def _remove_uploads(store: Store, ids: Iterable[str]) -> None:
    partials = Partials(store.database.home / "uploads")
    for id in ids:
        partials.remove(id)


def _document(row: dict[str, Any], kept: set[str], how: str, *, done_at: datetime, is_sqlite: bool) -> dict[str, Any]:
    """The certificate: counts and hashes, and nothing of anybody."""
    plan = row["plan"]
    destroyed = sorted(set(plan["files"]) - kept)
    return {
        "kind": KIND,
        "version": 1,
        "certificate": row["id"],
        "what": plan["what"],
        "case": row["case_id"],
        "case_number_sha256": plan["case_number_sha256"],
        "begun_at": row["begun_at"].isoformat(),
        "done_at": done_at.isoformat(),
        "rows_destroyed": plan["rows"],
        "files_destroyed": destroyed,
        "files_kept_for_other_cases": sorted(kept),
        "uploads_destroyed": len(plan["uploads"]),
        "record_entries_blanked": plan["record_entries_blanked"],
        "how": how,
        "not_covered": [*NOT_COVERED, *(() if is_sqlite else NOT_COVERED_ON_A_SERVER)],
    }


def _certificate(row: dict[str, Any]) -> Certificate:
    return Certificate(row["id"], row["case_id"], row["begun_at"], row["done_at"], row["document"])


@for_machines
def certificates(store: Store) -> list[Certificate]:
    """Every purge, oldest first. They name nobody."""
    return [_certificate(row) for row in rows.certificates(store)]
