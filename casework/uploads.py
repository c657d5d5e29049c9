"""Take in a file, piece by piece: begin it, receive its bytes, check its hash, hand it to whoever uses it.

What `Upload.received_bytes` says is on the disk, fsynced, and then in the store, before anybody is told. A piece that
breaks off keeps what came of it; one whose checksum is wrong changes nothing.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType

from casework import senders
from casework.access import Machine, check_signs, checks_itself, for_machines, guard_of, needs
from casework.cases import PHOTO_LIMIT_BYTES, new_id
from casework.governance import check_not_held
from casework.senders import NEEDED, arrived, check_may_send, may_use, sent
from data import upload_rows as rows
from data.errors import BadInput, DiskFull, Gone, Locked, NotFound, TooLarge, TooMany, WrongOffset, WrongSum
from data.models import Permission, Upload, utc_now
from data.store import Store
from data.uploads import Part, Partials

FOOTAGE = senders.FOOTAGE
LIMITS_BYTES = {"photo": PHOTO_LIMIT_BYTES, "cameras": 256 << 20, "sightings": 64 << 20, "streets": 500 << 20}
"""The most a file for each other purpose may have; footage has the setting `max_upload_mb`."""
KEPT = timedelta(hours=48)
"""How long a file that does not go on arriving, or that nobody uses, is kept. Whole footage stays until it is used."""
CHECKPOINT_BYTES = 16 << 20
LONGEST_NAME = 255
CHECKSUMS = {"sha1": 20, "sha256": 32}
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Desk:
    """Where files come in: the store, the folder of their bytes, and how much and how many are taken."""

    store: Store
    partials: Partials
    max_upload_bytes: int
    max_uploads: int = 200
    clock: Callable[[], datetime] = field(default=utc_now)

    def limit_bytes(self, purpose: str) -> int:
        """The most a file for this purpose may have."""
        return min(self.max_upload_bytes, LIMITS_BYTES.get(purpose, self.max_upload_bytes))


def desk_at(store: Store, home: Path, *, max_upload_mb: int, max_uploads: int, free_bytes: int) -> Desk:
    """The desk of an installation; sizes are those of the settings of the same names."""
    return Desk(store, Partials(home / "uploads", free_bytes=free_bytes), max_upload_mb << 20, max_uploads)


@dataclass(frozen=True)
class Checksum:
    """What a piece must hash to: `algorithm` is one of CHECKSUMS."""

    algorithm: str
    digest: bytes


@checks_itself
def begin_upload(
    desk: Desk,
    *,
    name: str,
    size_bytes: int,
    purpose: str = FOOTAGE,
    case_id: str | None = None,
    said_sha256: str = "",
    by: str = "",
) -> Upload:
    """Make room for a file. TooLarge, TooMany or DiskFull before its first byte, BadInput for what is not understood,
    NotAllowed or NotFound for a case or purpose that is not the sender's (`casework.senders`).

    The name is kept as it was typed and is never part of a path.
    """
    if not name or len(name) > LONGEST_NAME:
        raise BadInput(f"file name: must have 1 to {LONGEST_NAME} characters")
    if purpose not in NEEDED:
        raise BadInput(f"{name}: purpose {purpose[:40]!r} is none of {', '.join(NEEDED)}")
    check_may_send(desk.store, name, purpose=purpose, case_id=case_id, by=by)
    if said_sha256 and not _SHA256.fullmatch(said_sha256):
        raise BadInput(f"{name}: sha256 must be 64 hexadecimal digits, in small letters")
    if size_bytes <= 0:
        raise BadInput(f"{name}: the file is empty")
    if size_bytes > (limit := desk.limit_bytes(purpose)):
        raise TooLarge(f"{name}: has {size_bytes:,} bytes, and at most {limit:,} are taken")
    _remove_expired(desk)
    if rows.upload_count(desk.store) >= desk.max_uploads:
        raise TooMany(f"{name}: {desk.max_uploads} files are on their way in or wait already; use or remove some first")
    desk.partials.check_room(size_bytes, name)
    at, account = desk.clock(), guard_of(desk.store).account
    upload = Upload(
        new_id(),
        name,
        size_bytes,
        purpose,
        at,
        case_id=case_id,
        by=by[:80],
        said_sha256=said_sha256,
        expires_at=at + KEPT,
        account_id=account.id if account else "",
    )
    desk.partials.create(upload.id)
    with desk.store.writing() as writing:
        writing.add(upload)
    return upload


@checks_itself
def upload_state(desk: Desk, upload_id: str) -> Upload:
    """How far an upload of one's own has come. Gone when it has expired, NotFound when there is none (any more).

    One whose last byte came just before a server died is checked now.
    """
    upload = _alive(desk, upload_id)
    if upload.received_bytes == upload.size_bytes and not upload.is_finished:
        try:
            part = desk.partials.open(upload.id, upload.name)
        except Locked:
            return upload
        try:
            return _settle(desk, upload, part)
        finally:
            part.close()
    return upload


def _alive(desk: Desk, upload_id: str) -> Upload:
    upload = sent(desk.store, upload_id)
    if upload.expires_at is not None and upload.expires_at <= desk.clock():
        raise Gone(f"{upload.name}: was not finished or used in time, and is gone; send it again")
    return upload


class Receiving:
    """One piece of an upload on its way to the disk; locked against every other writer until it is left."""

    def __init__(self, desk: Desk, upload: Upload, part: Part, checksum: Checksum | None) -> None:
        self.desk = desk
        self.upload = upload
        self._part = part
        self._checksum = checksum
        self._digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._written = upload.received_bytes
        part.begin_at(upload.received_bytes)

    def __enter__(self) -> "Receiving":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._part.close()

    def write(self, data: bytes) -> None:
        """Take some more bytes; TooLarge for more than the file was said to have, DiskFull when the disk runs short."""
        name, size = self.upload.name, self.upload.size_bytes
        if self._written + len(data) > size:
            raise TooLarge(f"{name}: more bytes came than the {size:,} that were announced")
        try:
            self._part.write(data)
        except DiskFull as error:
            raise self._short_of_disk() from error
        self._written += len(data)
        if self._digest is not None:
            self._digest.update(data)
        elif self._written - self.upload.received_bytes >= CHECKPOINT_BYTES:
            self._acknowledge()
        if self.desk.partials.missing_bytes(0):
            raise self._short_of_disk()

    def stop(self) -> None:
        """The sender broke off: what came is kept, unless it was to be checked as a whole."""
        if self._digest is None and self._written > self.upload.received_bytes:
            self._acknowledge()
            self._settle_if_whole()

    def finish(self) -> Upload:
        """The piece is complete: WrongSum if it is not what its sender said; else it counts from now on."""
        if self._checksum is not None and self._digest is not None and self._digest.digest() != self._checksum.digest:
            raise WrongSum(f"{self.upload.name}: the piece arrived changed ({self._checksum.algorithm}); send it again")
        self._acknowledge()
        self._settle_if_whole()
        return self.upload

    def _settle_if_whole(self) -> None:
        if self.upload.received_bytes == self.upload.size_bytes and not self.upload.is_finished:
            self.upload = _settle(self.desk, self.upload, self._part)

    def _acknowledge(self) -> None:
        self._part.sync()
        expires_at = self.upload.expires_at and self.desk.clock() + KEPT
        with self.desk.store.writing() as writing:
            writing.change(Upload, self.upload.id, received_bytes=self._written, expires_at=expires_at)
        self.upload = replace(self.upload, received_bytes=self._written, expires_at=expires_at)

    def _short_of_disk(self) -> DiskFull:
        self._part.begin_at(self.upload.received_bytes)  # gives the space back
        missing = max(1, self.desk.partials.missing_bytes(self.upload.size_bytes - self.upload.received_bytes))
        kept = f"; the first {self.upload.received_bytes:,} are kept" if self.upload.received_bytes else ""
        return DiskFull(f"{self.upload.name}: {missing:,} bytes of disk space are missing{kept}. Free some and go on")


@checks_itself
def receive(desk: Desk, upload_id: str, *, offset: int, checksum: Checksum | None = None) -> Receiving:
    """Begin to take the piece at `offset`. WrongOffset when it would not fit to what is here, Locked while another
    is being written, DiskFull when the rest of the file would not fit."""
    asked = _alive(desk, upload_id)
    part = desk.partials.open(asked.id, asked.name)
    try:
        upload = _alive(desk, upload_id)  # once more, now that nobody else can change it
        if offset != upload.received_bytes:
            raise WrongOffset(
                f"{upload.name}: the piece begins at {offset:,}, but {upload.received_bytes:,} bytes are here"
            )
        desk.partials.check_room(upload.size_bytes - offset, upload.name)
        return Receiving(desk, upload, part, checksum)
    except BaseException:
        part.close()
        raise


def _settle(desk: Desk, upload: Upload, part: Part) -> Upload:
    """Hash the whole file. One that is not what its sender said is removed: nobody can tell which part is wrong."""
    sha256 = part.sha256()
    if upload.said_sha256 not in ("", sha256):
        _forget(desk, upload)
        raise WrongSum(
            f"{upload.name}: arrived changed: its SHA-256 is {sha256}, not {upload.said_sha256}; send it again"
        )
    expires_at = None if upload.purpose == FOOTAGE else desk.clock() + KEPT
    with desk.store.writing() as writing:
        writing.change(Upload, upload.id, sha256=sha256, expires_at=expires_at)
        writing.audit(
            at=desk.clock(), by=upload.by, action="file received", case_id=upload.case_id, upload=upload.id,
            name=upload.name, purpose=upload.purpose, size_bytes=upload.size_bytes, sha256=sha256,
        )  # fmt: skip
    return replace(upload, sha256=sha256, expires_at=expires_at)


@checks_itself
def cancel_upload(desk: Desk, upload_id: str, *, by: str) -> None:
    """Remove an upload of one's own, whole or not, that nobody has used; its bytes are deleted."""
    check_signs(guard_of(desk.store), by)
    _remove_unused(desk, _alive(desk, upload_id), by=by)


@needs(Permission.ADD_FOOTAGE)
def discard(desk: Desk, upload_id: str, case_id: str, *, by: str) -> None:
    """Remove footage that waits for its details in this case; its bytes are deleted."""
    upload = arrived(desk.store, upload_id)
    if upload.case_id not in (case_id, None):
        raise rows.none_with(upload_id)
    _remove_unused(desk, upload, by=by)


def _is_held(desk: Desk, upload: Upload) -> bool:
    """Whether a legal hold keeps what is on its way into its case, too."""
    return upload.case_id is not None and bool(desk.store.case(upload.case_id).legal_hold)


def _remove_unused(desk: Desk, upload: Upload, *, by: str) -> None:
    if upload.is_finished:
        if upload.case_id is not None:
            check_not_held(desk.store.case(upload.case_id))
        with desk.store.writing() as writing:
            writing.audit(
                at=desk.clock(), by=by or upload.by, action="received file removed unused", case_id=upload.case_id,
                upload=upload.id, name=upload.name, sha256=upload.sha256,
            )  # fmt: skip
    _forget(desk, upload)


def _forget(desk: Desk, upload: Upload) -> None:
    with desk.store.writing() as writing:
        rows.remove_upload(writing, upload.id)
    desk.partials.remove(upload.id)


@for_machines
def remove_expired(desk: Desk) -> int:
    """Remove what has expired and is not being written at this moment, and bytes that no upload owns; how many."""
    return _remove_expired(desk)


def _remove_expired(desk: Desk) -> int:
    # whoever sends a file sees only their own; the room is everybody's
    desk, removed = replace(desk, store=desk.store.guarded(Machine("uploads"))), 0
    for upload in rows.expired(desk.store, desk.clock()):
        if _is_held(desk, upload):
            continue
        try:
            desk.partials.open(upload.id, upload.name).close()
        except Locked:
            continue
        except NotFound:
            pass
        _forget(desk, upload)
        removed += 1
    known = {upload.id for upload in rows.uploads(desk.store)}
    for id in desk.partials.ids():
        if id not in known and desk.partials.age_s(id) > KEPT.total_seconds():
            desk.partials.remove(id)
            removed += 1
    return removed


@checks_itself
def finished(desk: Desk, ids: list[str], *, purpose: str) -> list[Upload]:
    """Those of these uploads that are whole, for this purpose, and may be used here, in the order of `ids`."""
    found = {upload.id: upload for upload in rows.uploads(desk.store, ids=ids) if may_use(desk.store, upload)}
    return [found[id] for id in ids if id in found and found[id].is_finished and found[id].purpose == purpose]


@needs(Permission.ADD_FOOTAGE)
def waiting(desk: Desk, case_id: str) -> list[Upload]:
    """Whole footage that waits for its details: of this case, and what came in without a case."""
    return [
        upload
        for upload in rows.uploads(desk.store)
        if upload.is_finished and upload.purpose == FOOTAGE and upload.case_id in (case_id, None)
        and may_use(desk.store, upload)
    ]  # fmt: skip


@checks_itself
def bytes_path(desk: Desk, upload: Upload) -> Path:
    """Where the bytes of a finished upload lie, until it is used."""
    return desk.partials.path(arrived(desk.store, upload.id).id)


@checks_itself
def used_up(desk: Desk, upload: Upload) -> None:
    """A file that was read and is not kept (a list of cameras, of sightings): its bytes are deleted."""
    _forget(desk, sent(desk.store, upload.id))
