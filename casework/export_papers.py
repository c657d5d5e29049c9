"""What an export tells in JSON and CSV: plain values of everything that belongs to a case."""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from io import StringIO
from typing import Any

from casework.footage import true_time
from casework.request_papers import safe_cell
from casework.verdicts import OPEN
from data import audit_chain
from data.evidence_rows import derivatives, file_checks
from data.models import AuditEntry, Camera, Case, Footage, Job, Match, MatchState
from data.store import Store

WITHHELD = ("notes", "note", "contact", "export_notes", "source")
"""What a redacted export leaves out: words about people who have nothing to do with the case, and who told what."""


def plain(value: Any, *, but: Iterable[str] = ()) -> Any:
    """A value of data.models as plain JSON; bytes and the fields named are left out."""
    if is_dataclass(value) and not isinstance(value, type):
        kept = [f.name for f in fields(value) if f.name not in but and not isinstance(getattr(value, f.name), bytes)]
        return {name: plain(getattr(value, name), but=but) for name in kept}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(name): plain(part, but=but) for name, part in value.items() if name not in but}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(part, but=but) for part in value]
    return value


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV that no spreadsheet computes; nested values as their text."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    names = list(rows[0]) if rows else []
    writer.writerow([safe_cell(name) for name in names])
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in names])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, int | float) else safe_cell(str(value))


def case_paper(case: Case, *, is_redacted: bool) -> dict[str, Any]:
    told: dict[str, Any] = plain(case, but=WITHHELD if is_redacted else ())
    return told


def cameras_used(store: Store, case: Case) -> list[Camera]:
    """Those that footage of the case comes from, spots too, or that were asked for some."""
    wanted = {footage.camera_id for footage in store.footages(case.id)}
    wanted |= {request.camera_id for request in store.requests(case.id)}
    return [camera for _, camera in sorted(store.cameras_by_id(wanted).items())]


def footage_paper(store: Store, footages: Sequence[Footage]) -> list[dict[str, Any]]:
    """Each footage with all that is known of how it came here, and how much of it was read."""
    checks = file_checks(store)
    found = []
    for footage in footages:
        scans = [job for job in store.jobs(of_id=footage.id) if job.kind == "scan"]
        check = checks.get(footage.sha256)
        found.append(
            plain(footage)
            | {
                "true_start": true_time(footage, 0.0).isoformat(),
                "last_check": plain(check) if check else None,
                "searches": [scan_paper(scan) for scan in scans],
            }
        )
    return found


def scan_paper(job: Job) -> dict[str, Any]:
    """A search: what with, against which photos, and what it could and could not look at."""
    told: dict[str, Any] = plain(job, but=("lease_run", "priority", "queue", "reference_ids"))
    return told | {"reference_photos": list(job.reference_ids)}


def match_paper(store: Store, match: Match, footage: Footage, *, but: Iterable[str] = ()) -> dict[str, Any]:
    """A confirmed match: score, thresholds, engine, the moment in true time, and every verdict."""
    job = store.job(match.track.scan_id)
    moments = {
        name: true_time(footage, getattr(match.track, f"{name}_s")).isoformat() for name in ("start", "best", "end")
    }
    told: dict[str, Any] = plain(match)
    return told | {
        "similarity": match.track.similarity,
        "true_times": moments,
        "models": dict(job.models),
        "footage_sha256": footage.sha256,
        "reviews": plain(store.reviews(match.id), but=but),
    }  # fmt: skip


def other_matches(matches: Iterable[Match]) -> dict[str, int]:
    """How many candidates stand otherwise; only what two people confirmed leaves.

    Those under review are one number: a second reviewer must not learn here that a first one said yes.
    """
    states = (match.state for match in matches if match.state is not MatchState.CONFIRMED)
    return dict(Counter("undecided" if state in OPEN else state.value for state in states))


def custody_paper(store: Store, case: Case, entries: Sequence[AuditEntry]) -> list[dict[str, Any]]:
    """For each original: how it came, everything that was done with it, when it was last found sound, what was made."""
    checks, made = file_checks(store), derivatives(store, case.id)
    items = [("footage", f.id, f.sha256, f.original_name) for f in store.footages(case.id)]
    items += [("photo", p.id, p.sha256, p.original_name) for p in store.photos(case.id)]
    found = []
    for kind, id, sha256, name in items:
        check = checks.get(sha256)
        found.append(
            {
                "kind": kind,
                "id": id,
                "original_name": name,
                "sha256": sha256,
                "acts": [_act(entry) for entry in entries if _concerns(entry, kind, id, sha256)],
                "last_check": plain(check) if check else None,
                "derivatives": [plain(one) for one in made if one.parent_sha256 == sha256],
            }
        )
    return found


def _act(entry: AuditEntry) -> dict[str, Any]:
    return {"entry": entry.sequence, "at": entry.at.isoformat(), "by": entry.by, "action": entry.action}


def _concerns(entry: AuditEntry, kind: str, id: str, sha256: str) -> bool:
    return entry.details.get(kind) == id or entry.details.get("sha256") == sha256


def record_lines(
    case_id: str, entries: Sequence[AuditEntry], all_contents: Iterable[tuple[int, str | None, str]], *,
    after: tuple[int, str], is_redacted: bool,
) -> Iterator[bytes]:  # fmt: skip
    """The case's entries as they were chained; of all others between them and the signed head only a hash each."""
    own = {entry.sequence: entry for entry in entries}
    first, prev_hash = after
    head = {"kind": "lastseen record", "version": 1, "case_id": case_id, "first": first, "prev_hash": prev_hash}
    yield json.dumps(head).encode() + b"\n"
    for sequence, _, content in all_contents:
        entry = own.get(sequence)
        told: dict[str, Any] = {"sequence": sequence, "content": content}
        if entry is not None:
            told = {
                "sequence": sequence,
                "at": audit_chain.told(entry.at),
                "by": entry.by,
                "action": entry.action,
                "case_id": entry.case_id,
                "details_hash": entry.details_hash,
            }
            if entry.salt is not None and not is_redacted:
                told |= {"details": audit_chain.canonical(entry.details).decode(), "salt": entry.salt}
            elif entry.salt is None:
                told |= {"destroyed": entry.details.get("certificate")}
        yield json.dumps(told, ensure_ascii=False).encode("utf-8") + b"\n"
