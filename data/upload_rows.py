"""Rows of uploads, and those of footage that must not be lost between two writers."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import schema
from data.errors import Conflict, NotFound
from data.models import Footage, Provenance, Sighting, Upload
from data.rows import plain, to_row
from data.store import Store, Writing

_CORRECTABLE = (
    "camera_id", "started_at", "clock_offset_s", "clock_uncertainty_s", "clock_checked", "started_from",
    "recorder_make", "exporter", "export_notes",
)  # fmt: skip


def upload(store: Store, id: str) -> Upload:
    """NotFound when there is no such upload, or it is in use already."""
    found = _uploads(store, schema.uploads.c.id == id)
    if not found:
        raise none_with(id)
    return found[0]


def none_with(id: str) -> NotFound:
    """The error for an upload that is not there, or not for whoever asks."""
    return NotFound(f"upload {id[:40]}: there is none with this id; it was finished, removed or is too old")


def uploads(store: Store, *, ids: Sequence[str] | None = None) -> list[Upload]:
    """All of them, or those with these ids, oldest first."""
    return _uploads(store, sa.true() if ids is None else schema.uploads.c.id.in_(ids))


def upload_count(store: Store) -> int:
    with store.database.reading() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(schema.uploads)) or 0)


def expired(store: Store, at: datetime) -> list[Upload]:
    return _uploads(store, schema.uploads.c.expires_at <= at)


def _uploads(store: Store, where: sa.ColumnElement[bool]) -> list[Upload]:
    table = schema.uploads
    query = sa.select(table).where(where).order_by(table.c.created_at, table.c.id)
    with store.database.reading() as connection:
        found = [plain(Upload, row) for row in connection.execute(query).mappings()]
    return [upload for upload in found if _is_seen(store, upload)]


def _is_seen(store: Store, upload: Upload) -> bool:
    """One's own, those in a case that one sees, and what came without an account or a case."""
    account = store.guard.account if store.guard is not None else None
    if account is None or upload.account_id == account.id:
        return True
    return store.sees(upload.case_id) if upload.case_id is not None else not upload.account_id


def remove_upload(writing: Writing, id: str) -> bool:
    """Forget the row; whether there was one."""
    return writing.connection.execute(sa.delete(schema.uploads).where(schema.uploads.c.id == id)).rowcount == 1


def add_footage(writing: Writing, footage: Footage) -> str:
    """Add the footage; where its camera has these same bytes in this case, add its provenance to that one instead.

    Returns the id of the one that is kept. Conflict when someone else adds the same at this very moment.
    """
    table = schema.footage
    same = sa.and_(
        table.c.case_id == footage.case_id, table.c.camera_id == footage.camera_id, table.c.sha256 == footage.sha256
    )
    row = writing.connection.execute(sa.select(table).where(same).with_for_update()).mappings().first()
    if row is None:
        try:
            writing.add(footage)
        except sa.exc.IntegrityError as error:
            raise Conflict(f"{footage.original_name}: someone else adds this file just now; try again") from error
        return footage.id
    known = plain(Footage, row)
    # one kept before provenance was has its first entry in its own columns
    first = () if known.provenance else (Provenance(known.added_at, known.added_by, "upload", known.original_name),)
    both = to_row(replace(known, provenance=(*first, *known.provenance, *footage.provenance)))["provenance"]
    writing.connection.execute(sa.update(table).where(table.c.id == known.id).values(provenance=both))
    return known.id


def correct_footage(writing: Writing, was: Footage, now: Footage) -> None:
    """Set the details of a footage; Conflict when they are no longer what they were, or its new camera has the file."""
    table = schema.footage
    old, new = to_row(was), to_row(now)
    where = [table.c.id == was.id, *(table.c[name].is_not_distinct_from(old[name]) for name in _CORRECTABLE)]
    values: dict[str, Any] = {name: new[name] for name in _CORRECTABLE}
    try:
        changed = writing.connection.execute(sa.update(table).where(*where).values(values)).rowcount
    except sa.exc.IntegrityError as error:
        raise Conflict(f"{was.original_name}: the other camera has this same file in the case already") from error
    if changed != 1:
        raise Conflict(f"{was.original_name}: someone else corrected its details just now; look again")


def move_sighting(writing: Writing, sighting: Sighting) -> bool:
    """Give a sighting that rests on a match the place and time its match has now; False when it is gone."""
    table = schema.sightings
    values = {name: getattr(sighting, name) for name in ("lat", "lon", "radius_m", "at", "tolerance_s")}
    where = sa.and_(table.c.id == sighting.id, table.c.withdrawn_at.is_(None))
    return writing.connection.execute(sa.update(table).where(where).values(values)).rowcount == 1
