"""Verifies the record: code apart from that which writes it, sharing nothing with it but the format told in
docs/decisions/0021-evidence.md. It reads the tables with plain SQL, and changes nothing."""

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from data.audit_certificates import check_certificates
from data.audit_json import canonical, digest, read_object

SLACK = timedelta(minutes=2)
MOST_WRONG = 100
ENTRIES = sa.text(
    'SELECT sequence, at, "by", action, case_id, CAST(details AS TEXT) AS details, salt, details_hash, prev_hash, hash'
    " FROM audit ORDER BY sequence, id"
)
CHECKPOINTS = sa.text("SELECT number, sequence, CAST(document AS TEXT) AS document FROM checkpoints ORDER BY number")
_NOTHING = "0" * 64


@dataclass(frozen=True)
class Wrong:
    """Something that does not hold. `kind` is one word for programs, `what` a sentence for people."""

    kind: str
    what: str
    sequence: int | None = None


@dataclass
class Verified:
    """What was found. `notes` are true and worth knowing, and no sign of tampering by themselves."""

    entries: int = 0
    checkpoints: int = 0
    last_hash: str = _NOTHING
    last_at: str = ""
    signed_up_to: int = 0
    destroyed: int = 0
    destroyed_under: dict[str, int] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.wrong

    def say(self, kind: str, what: str, sequence: int | None = None) -> None:
        if len(self.wrong) < MOST_WRONG:
            self.wrong.append(Wrong(kind, what, sequence))


def verify(
    connection: sa.Connection, *, head: Mapping[str, Any] | None = None, public_keys: Sequence[str] = ()
) -> Verified:
    """Verify the record that a database holds.

    Parameters
    ----------
    head
        A signed head that was exported before and kept elsewhere.
    public_keys
        Keys (64 hexadecimal digits) kept elsewhere; then only they may have signed. Else those that the record itself
        announces are taken, which somebody who rewrites all of it can announce too.
    """
    rows = connection.execution_options(yield_per=1000).execute(ENTRIES).mappings()
    checkpoints = [dict(row) for row in connection.execute(CHECKPOINTS).mappings()]
    entries = ({str(name): value for name, value in row.items()} for row in rows)
    found = verify_rows(entries, checkpoints, head=head, public_keys=public_keys)

    def is_signed(document: Mapping[str, Any], name: str) -> bool:
        return _is_signed(found, document, name, set(found.keys), public_keys, kind="certificate")

    check_certificates(connection, found, is_signed)
    return found


def verify_rows(
    rows: Iterable[Mapping[str, Any]],
    checkpoints: Sequence[Mapping[str, Any]],
    *,
    head: Mapping[str, Any] | None = None,
    public_keys: Sequence[str] = (),
) -> Verified:
    """As `verify`, of rows in the order of their sequence."""
    found = Verified()
    signed = list(_read_checkpoints(checkpoints, found))
    walk = _Walk(found, wanted={c["sequence"] for c in signed} | ({head.get("sequence")} if head else set()))
    for row in rows:
        walk.entry(row)
    walk.end()
    announced = set(walk.announced)
    _check_signed(found, walk, signed, announced, public_keys)
    if head is not None:
        _check_head(found, walk, signed, head, announced, public_keys)
    found.keys = sorted(announced)
    return found


class _Walk:
    """Goes along the entries, once, in order."""

    def __init__(self, found: Verified, *, wanted: set[Any]) -> None:
        self.found = found
        self.announced: list[str] = []
        self.hashes: dict[int, str] = {}
        self.times: list[tuple[int, datetime]] = []
        self.last = 0
        self.chained_at = 0
        self._wanted = wanted
        self._prev_hash = _NOTHING
        self._at: datetime | None = None
        self._backwards: list[tuple[int, str]] = []
        self._destroyed: dict[int, str] = {}
        self._explained: dict[str, list[list[int]]] = {}

    def entry(self, row: Mapping[str, Any]) -> None:
        found, sequence = self.found, row["sequence"]
        found.entries += 1
        if not isinstance(sequence, int) or isinstance(sequence, bool):
            found.say("edited", f"an entry has the place {sequence!r}, which is no number")
            return
        if sequence != self.last + 1:
            self._gap(sequence)
        if row["prev_hash"] != self._prev_hash:
            what = "does not follow the one before it; one was moved, added or taken out"
            found.say("broken", f"entry {sequence} {what}", sequence)
        self._content(row, sequence)
        if sequence in self._wanted:
            self.hashes[sequence] = row["hash"]
        self.last, self._prev_hash = max(self.last, sequence), row["hash"]
        found.last_hash = str(row["hash"])

    def _gap(self, sequence: int) -> None:
        if sequence <= self.last:
            self.found.say("inserted", f"entry {sequence} is there twice, or out of order", sequence)
        else:
            missing = f"{self.last + 1}" if sequence == self.last + 2 else f"{self.last + 1} to {sequence - 1}"
            self.found.say("removed", f"entry {missing} is missing", sequence)

    def _content(self, row: Mapping[str, Any], sequence: int) -> None:
        """The entry's own hashes, its time, and what it tells of keys and destroyed details."""
        found = self.found
        try:
            at = time_of(row["at"])
            details = read_object(row["details"])
            if row["salt"] is None:
                self._destroyed[sequence] = str(details.get("certificate"))
                if set(details) != {"certificate"}:
                    found.say("edited", f"entry {sequence}: its details were destroyed, and others put there", sequence)
            elif digest({"details": details, "salt": row["salt"]}) != row["details_hash"]:
                found.say("edited", f"entry {sequence}: its details were changed", sequence)
            content = {"action": row["action"], "at": told_time(at), "by": row["by"], "case_id": row["case_id"]}
            of_content = digest(content | {"details_hash": row["details_hash"]})
            whole = digest({"content": of_content, "prev_hash": row["prev_hash"], "sequence": sequence})
            is_whole = whole == row["hash"]
        except (ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
            found.say("edited", f"entry {sequence}: cannot be read ({error})"[:200], sequence)
            return
        if not is_whole:
            found.say("edited", f"entry {sequence}: was changed since it was written", sequence)
        self._time(sequence, at, details)
        if row["salt"] is not None:
            self._learn(row["action"], details, sequence)

    def _time(self, sequence: int, at: datetime, details: Mapping[str, Any]) -> None:
        if self._at is not None and at < self._at - SLACK:
            if "clock_went_back_s" in details:
                behind_s = details["clock_went_back_s"]
                note = f"entry {sequence} was written with the clock {behind_s} s behind what was there"
                self.found.notes.append(note)
            else:
                self._backwards.append(
                    (sequence, f"{told_time(at)}, before entry {sequence - 1} of {told_time(self._at)}")
                )
        self._at = at
        self.times.append((sequence, at))
        self.found.last_at = told_time(at)

    def _learn(self, action: Any, details: Mapping[str, Any], sequence: int) -> None:
        if action == "signing key made" and isinstance(details.get("public_key"), str):
            self.announced.append(details["public_key"])
        elif action == "details destroyed":
            self._explained.setdefault(str(details.get("certificate")), []).extend(details.get("sequences") or [])
        elif action == "record chained":
            self.chained_at = sequence
            self.found.notes.append(f"entries 1 to {sequence - 1} were made before the record was chained")

    def end(self) -> None:
        for sequence, times in self._backwards:
            if sequence > self.chained_at:
                self.found.say("back-dated", f"entry {sequence} claims the time {times}", sequence)
        self.found.destroyed = len(self._destroyed)
        self.found.destroyed_under = dict(Counter(self._destroyed.values()))
        for sequence, certificate in self._destroyed.items():
            spans = [span for span in self._explained.get(certificate, []) if isinstance(span, list) and len(span) == 2]
            if not any(first <= sequence <= last for first, last in spans):
                self.found.say(
                    "edited", f"entry {sequence}: its details were taken out without a certificate", sequence
                )


def _read_checkpoints(rows: Sequence[Mapping[str, Any]], found: Verified) -> Iterator[dict[str, Any]]:
    """Checkpoints in order, each of which names the one before it."""
    before = _NOTHING
    for expected, row in enumerate(rows, start=1):
        found.checkpoints += 1
        try:
            document = read_object(row["document"])
            fits = document["sequence"] == row["sequence"] and document["number"] == row["number"] == expected
            if not fits or document["before"] != before:
                found.say("checkpoint", f"checkpoint {row['number']}: one before it was changed, added or taken out")
            before = digest(document)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            found.say("checkpoint", f"checkpoint {row['number']}: cannot be read ({error})"[:200])
            continue
        yield document


def _check_signed(
    found: Verified, walk: _Walk, signed: Sequence[dict[str, Any]], announced: set[str], public_keys: Sequence[str]
) -> None:
    for document in signed:
        name = f"checkpoint {document['number']}"
        if not _is_signed(found, document, name, announced, public_keys, kind="checkpoint"):
            continue
        if _agrees(found, walk, document, name):
            found.signed_up_to = max(found.signed_up_to, document["sequence"])
        if walk.chained_at > document["sequence"]:
            found.say("checkpoint", f"{name} is older than the entry that says the record was chained only then")
    _check_after(found, walk, signed)


def _agrees(found: Verified, walk: _Walk, document: Mapping[str, Any], name: str) -> bool:
    """Whether the record still holds what was signed."""
    sequence = document["sequence"]
    if sequence > walk.last:
        found.say("cut", f"{name} was signed at entry {sequence}, but the record ends at {walk.last}", sequence)
    elif sequence and walk.hashes.get(sequence) != document["hash"]:
        found.say("rewritten", f"entry {sequence} is not the one that {name} was signed at: entries up to it were rewritten, or the whole record was swapped", sequence)  # fmt: skip  # noqa: E501
    else:
        return True
    return False


def _check_after(found: Verified, walk: _Walk, signed: Sequence[Mapping[str, Any]]) -> None:
    """An entry after a checkpoint cannot be older than it."""
    made = sorted((_place(document), time_of(document["made_at"])) for document in signed if _place(document) >= 0)
    at, newest = 0, datetime(1, 1, 2, tzinfo=UTC)
    behind = {wrong.sequence for wrong in found.wrong}
    told = {int(note.split()[1]) for note in found.notes if note.startswith("entry ")}
    for sequence, time in walk.times:
        while at < len(made) and made[at][0] < sequence:
            newest, at = max(newest, made[at][1]), at + 1
        if time < newest - SLACK and sequence not in behind | told and sequence > walk.chained_at:
            found.say("back-dated", f"entry {sequence} claims the time {told_time(time)}, but was written after a checkpoint of {told_time(newest)}", sequence)  # fmt: skip  # noqa: E501


def _place(document: Mapping[str, Any]) -> int:
    sequence = document.get("sequence")
    try:
        time_of(document.get("made_at"))
    except (ValueError, TypeError):
        return -1
    return sequence if isinstance(sequence, int) else -1


def _check_head(
    found: Verified,
    walk: _Walk,
    signed: Sequence[Mapping[str, Any]],
    head: Mapping[str, Any],
    announced: set[str],
    public_keys: Sequence[str],
) -> None:
    if not {"sequence", "hash", "number", "key", "signature"} <= set(head) or not isinstance(head["sequence"], int):
        found.say("head", "the head that was given is none")
        return
    # the key that signed it stands in a file that was kept elsewhere: it may be one that this record does not know
    if not _is_signed(found, head, "the head that was given", announced | {str(head["key"])}, public_keys, kind="head"):
        return
    if str(head["key"]) not in announced:
        found.say("swapped", "the head that was given was signed by a key of which this record knows nothing")
    _agrees(found, walk, head, "the head that was given")
    if digest(dict(head)) not in {digest(dict(document)) for document in signed}:
        found.say("checkpoint", f"checkpoint {head['number']}, which was exported as a head, is gone or was changed")


def _is_signed(
    found: Verified,
    document: Mapping[str, Any],
    name: str,
    announced: set[str],
    public_keys: Sequence[str],
    *,
    kind: str,
) -> bool:
    key = str(document.get("key"))
    allowed = set(public_keys) or announced
    if key not in allowed:
        known = "the keys that were given" if public_keys else "the keys that the record announces"
        found.say(kind, f"{name} was signed by {key[:16]}…, which is none of {known}")
        return False
    try:
        unsigned = {part: value for part, value in document.items() if part != "signature"}
        signature = base64.b64decode(str(document["signature"]), validate=True)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, canonical(unsigned))
    except (InvalidSignature, ValueError, KeyError, TypeError):
        found.say(kind, f"{name} was not signed by its key, or changed since")
        return False
    return True


def time_of(value: Any) -> datetime:
    """A time as SQLite (a text, in UTC), PostgreSQL (a time) or a signed document gives it."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def told_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
