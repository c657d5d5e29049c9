"""A case as one bag that stands by itself: what was found, from what, by whom, how sure, and proof of all that.

`original` holds the originals as they came. `redacted` is for those who need to see the person sought and nobody else:
pictures and films in which every other face is filled, no originals, no details of the record's entries.
"""

import hashlib
import itertools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from casework import custody, uses
from casework.access import needs
from casework.bag import Bag
from casework.export_papers import (
    WITHHELD,
    cameras_used,
    case_paper,
    custody_paper,
    footage_paper,
    match_paper,
    other_matches,
    plain,
    record_lines,
    table,
)
from casework.export_redacted import Means, Redaction
from casework.governance import check_release
from casework.request_papers import file_part
from casework.verdicts import OPEN
from data.errors import Damaged, NotFound
from data.evidence_rows import contents_between
from data.models import AuditEntry, Case, MatchState, Permission, utc_now
from data.store import Store

ROOM_BYTES = 64 << 20
_VERIFIER = Path(__file__).with_name("bag_verify.py")
_README = """An export of LastSeen, case {number}, {kind}, made {made_at} by {by}.

It offers investigative leads: a similarity is no identification, and every match was confirmed by two people.
data/ holds what was exported. To check that nothing was changed since:

    python3 -I -S verify.py --key KEY

KEY is the exporter's public key, 64 digits, as they told you another way (`cli.py audit key` prints it). verify.py
needs nothing but Python. If you doubt the sender, take it from a source you trust rather than from here; the formats
are told in docs/decisions/0021-evidence.md of LastSeen.
Times are UTC unless they carry an offset; a place is latitude, longitude in degrees (WGS 84).
{left_out}"""


@dataclass(frozen=True)
class Exported:
    """What was exported, where, and what had to be left out of it, in words."""

    path: Path
    files: int
    size_bytes: int
    manifest_sha256: str
    key: str
    left_out: tuple[str, ...]


@needs(Permission.EXPORT)
def export_case(
    store: Store, case_id: str, target: Path, *, is_redacted: bool, by: str, means: Means | None = None
) -> Exported:
    """Write the bag to `target`, a folder to make, or a file that ends in .zip.

    NotAllowed where a subject under 18 was not released; BadInput when something of that name is there; DiskFull before
    the first byte when it would not fit; Damaged when an original is not what it was. Nothing is left of a bag then.
    """
    case = store.case(case_id)
    check_release(case, utc_now())
    kind = "redacted" if is_redacted else "original"
    with store.writing() as writing:
        writing.audit(at=utc_now(), by=by, action="export begun", case_id=case_id, kind=kind)
    made = _Export(store, case, target, is_redacted=is_redacted, by=by, means=means or Means())
    is_whole = False
    try:
        exported = made.write()
        is_whole = True
    finally:
        if not is_whole:
            made.bag.drop()
    with store.writing() as writing:
        writing.audit(
            at=utc_now(), by=by, action="case exported", case_id=case_id, kind=kind, files=exported.files,
            size_bytes=exported.size_bytes, manifest_sha256=exported.manifest_sha256, left_out=list(exported.left_out),
            verifier_sha256=made.verifier_sha256,
        )  # fmt: skip
    return exported


class _Export:
    """One export under way."""

    def __init__(self, store: Store, case: Case, target: Path, *, is_redacted: bool, by: str, means: Means) -> None:
        self.store, self.case, self.is_redacted, self.by, self.means = store, case, is_redacted, by, means
        self.matches = store.matches(case.id)
        self.confirmed = [match for match in self.matches if match.state is MatchState.CONFIRMED]
        self.open_ids = {match.id for match in self.matches if match.state in OPEN}
        self.footages = store.footages(case.id)
        self.photos = store.photos(case.id)
        self.left_out: list[str] = []
        self.made_at = utc_now()
        self.verifier_sha256 = ""
        needed = ROOM_BYTES + (0 if is_redacted else sum(footage.size_bytes for footage in self.footages))
        self.bag = Bag(target, needed_bytes=needed)

    def write(self) -> Exported:
        self._papers()
        if self.is_redacted:
            redaction = Redaction(self.store, self.bag, self.means)
            redaction.photos(self.photos)
            redaction.matches(self.confirmed, self.footages)
            self.left_out += redaction.left_out
            self.bag.add_json("derived.json", redaction.derived)
        else:
            self._say("pictures", 0.05)
            self._pictures()
            self._originals()
        self._say("record and signatures", 0.9)
        head = custody.checkpoint_now(self.store)
        self._record(head)
        manifest = self.bag.seal(info=self._info())
        signed = custody.sign(self.store, self._statement(manifest, head))
        verifier = _VERIFIER.read_text("utf-8")
        tags = {"signed.json": _one_line(signed), "verify.py": verifier, "README.txt": self._readme()}
        self.verifier_sha256 = _sha256(verifier)
        self.bag.finish(tags)
        size = sum(member.size_bytes for member in self.bag.members)
        return Exported(
            self.bag.target, len(self.bag.members), size, manifest, str(signed["key"]), tuple(self.left_out)
        )

    def _say(self, what: str, share: float) -> None:
        self.means.say(what, share)

    def _papers(self) -> None:
        bag, store, but = self.bag, self.store, WITHHELD if self.is_redacted else ()
        by_id = {footage.id: footage for footage in self.footages}
        bag.add_json("case.json", case_paper(self.case, is_redacted=self.is_redacted))
        for name, things in (
            ("sightings", store.sightings(self.case.id)),
            ("cameras", cameras_used(store, self.case)),
            ("requests", store.requests(self.case.id)),
            ("photos", self.photos),
        ):
            rows = [plain(thing, but=but) for thing in things]
            bag.add_json(f"{name}.json", rows)
            bag.add_text(f"{name}.csv", table(rows))
        footage = [plain(paper, but=but) for paper in footage_paper(store, self.footages)]
        bag.add_json("footage.json", footage)
        matches = [match_paper(store, match, by_id[match.footage_id], but=but) for match in self.confirmed]
        bag.add_json("matches.json", {"confirmed": matches, "others": other_matches(self.matches)})
        bag.add_json("uses.json", self._uses())
        bag.add_json("settings.json", dict(self.means.settings))

    def _pictures(self) -> None:
        for photo in self.photos:
            self._original(f"photos/{photo.id}-{_name(photo.original_name)}", photo.sha256, photo.original_name)
        for match in self.confirmed:
            track = match.track
            for name, sha256 in (("face", track.crop_sha256), ("frame", track.context_sha256)):
                if sha256:
                    self._original(f"matches/{match.id}-{name}.jpg", sha256, f"picture of match {match.id}")

    def _originals(self) -> None:
        total, done = sum(footage.size_bytes for footage in self.footages) or 1, 0
        for footage in self.footages:
            self._say(f"footage {footage.original_name}", 0.1 + 0.8 * done / total)
            self._original(
                f"footage/{footage.id}-{_name(footage.original_name)}", footage.sha256, footage.original_name
            )
            done += footage.size_bytes

    def _original(self, name: str, sha256: str, what: str) -> None:
        """A kept file as it is; Damaged when it is not what it was any more."""
        try:
            member = self.bag.add(name, self.store.files.chunks(sha256))
        except NotFound as error:
            raise Damaged(f"{what}: its file is missing ({sha256[:12]}…); restore it from a backup first") from error
        if member.sums["sha256"] != sha256:
            raise Damaged(f"{what}: was changed since it was kept ({sha256[:12]}…); restore it from a backup first")

    # proof

    def _record(self, head: Mapping[str, Any]) -> None:
        last = int(head["sequence"])
        entries = [entry for entry in self.store.audit_entries(self.case.id) if entry.sequence <= last]
        entries.sort(key=lambda entry: entry.sequence)
        shown = [entry for entry in entries if not self._tells_too_early(entry)]
        contents: Iterable[Any] = contents_between(self.store, entries[0].sequence, last)
        lines = record_lines(
            self.case.id,
            shown,
            contents,
            after=(entries[0].sequence, entries[0].prev_hash),
            is_redacted=self.is_redacted,
        )
        self.bag.add("record.jsonl", lines)
        self.bag.add_json("custody.json", custody_paper(self.store, self.case, shown))

    def _tells_too_early(self, entry: AuditEntry) -> bool:
        """Whether an entry would tell the second reviewer of a match what the first one said: only its hash leaves."""
        return entry.action.startswith("match ") and entry.details.get("match") in self.open_ids

    def _uses(self) -> list[dict[str, Any]]:
        told = uses.to_json(uses.uses(self.store, self.case.id))
        for match in (match for use in told for match in use["matches"]):
            if match["match_id"] in self.open_ids:
                match["verified"] = None
        return told

    def _info(self) -> dict[str, str]:
        kind = "redacted" if self.is_redacted else "original"
        return {
            "Source-Organization": "LastSeen",
            "External-Identifier": f"case {self.case.number} ({kind})",
            "External-Description": "Evidence of a search for a missing person; see README.txt",
        }

    def _statement(self, manifest_sha256: str, head: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "kind": "lastseen export",
            "version": 1,
            "case_id": self.case.id,
            "case_number": self.case.number,
            "content": "redacted" if self.is_redacted else "original",
            "made_at": self.made_at.isoformat(),
            "made_by": self.by,
            "manifest_sha256": manifest_sha256,
            "head": dict(head),
        }

    def _readme(self) -> str:
        left_out = "".join(f"\nNot in it: {line}" for line in self.left_out)
        kind = "redacted" if self.is_redacted else "original"
        told = {"number": self.case.number, "made_at": f"{self.made_at:%Y-%m-%d %H:%M} UTC", "by": self.by}
        return _README.format(kind=kind, left_out=left_out, **told)


def _name(original: str) -> str:
    """A stranger's file name as one that every system takes."""
    stem, dot, kind = original.rpartition(".")
    kind = "".join(itertools.islice((c for c in kind if c.isascii() and c.isalnum()), 5)) if dot else ""
    ascii_stem = (stem or original).encode("ascii", "ignore").decode()
    return f"{file_part(ascii_stem)}.{kind}" if kind else file_part(ascii_stem)


def _one_line(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
