"""Open a case, and put into it what is known: subject, reference photos, sightings."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import BinaryIO
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from casework.access import guard_of, needs
from casework.governance import (
    Authority,
    check_expiry,
    check_not_held,
    check_owner,
    check_searchable,
    is_minor,
    with_authority,
)
from casework.team import found_team
from data.errors import BadInput, BadTime, Conflict
from data.files import chunks_of
from data.models import Case, Mode, Permission, Photo, Sighting, Subject, in_utc, utc_now
from data.store import Store, Writing

PHOTO_LIMIT_BYTES = 50 << 20
CLOCK_SLACK = timedelta(minutes=5)  # laptops' clocks disagree a little; a sighting is not "in the future" for that


def new_id() -> str:
    """An id that two machines never make twice."""
    return uuid4().hex


@needs(Permission.OPEN_CASES)
def open_case(
    store: Store,
    *,
    number: str,
    name: str,
    birth_date: date | None = None,
    description: str = "",
    mode: Mode = Mode.WALK,
    timezone: str = "UTC",
    notes: str = "",
    authority: Authority | None = None,
    by: str,
) -> Case:
    """Open a new case; Conflict when the number is taken. What its authority lacks can be filled in later."""
    if not number.strip():
        raise BadInput("case number: must not be empty")
    if birth_date is not None and birth_date > utc_now().date():
        raise BadTime(f"birth date: {birth_date} lies in the future")
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Europe" names a folder
        raise BadInput(f"time zone: {timezone!r} is not a known zone; use one like Europe/Helsinki") from error
    subject = Subject(name.strip(), birth_date, description.strip())
    case = Case(new_id(), number.strip(), subject, mode, timezone, utc_now(), notes=notes.strip())
    if authority is not None:
        check_expiry(authority.expires_at, case.created_at)
        check_owner(store, authority.owner.strip())
        case = with_authority(case, authority)
    with store.writing() as writing:
        writing.add_case(case)
        found_team(store, writing, case.id, by=by)
        writing.audit(at=case.created_at, by=by, action="case opened", case_id=case.id, number=case.number)
    return case


@needs(Permission.EDIT)
def change_case(store: Store, was: Case, *, by: str, subject: Subject, mode: Mode, notes: str) -> Case:
    """Correct the subject, the way they move, or the notes.

    `was` is the case as the editor saw it: Conflict when somebody else corrected one of these meanwhile.
    """
    with store.writing() as writing:
        now = store.case(was.id)
        if (now.subject, now.mode, now.notes) != (was.subject, was.mode, was.notes):
            raise Conflict("someone else changed this case just now; look at it again, then make your change")
        case = replace(now, subject=subject, mode=mode, notes=notes.strip())
        if is_minor(now, utc_now()) and not is_minor(case, utc_now()):
            guard_of(store).check(Permission.GOVERN, case.id)  # it would let a child's name and pictures out
        writing.change_case(case)
        writing.audit(at=utc_now(), by=by, action="case changed", case_id=case.id, mode=mode.value)
    return case


def _limited(chunks: Iterable[bytes], limit_bytes: int, what: str) -> Iterable[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit_bytes:
            raise BadInput(f"{what}: larger than {limit_bytes >> 20} MiB, the most a photo may have")
        yield chunk


def check_still_here(store: Store, sha256: str, name: str) -> None:
    """Conflict where another case was destroyed with the same file between its arrival and this transaction."""
    if not store.files.has(sha256):
        raise Conflict(f"{name}: the same file was destroyed with another case at this moment; add it once more")


@needs(Permission.EDIT)
def add_photo(store: Store, case_id: str, *, stream: BinaryIO, original_name: str, by: str) -> Photo:
    """Keep a reference photo; `casework.jobs.check_photo` then has a worker look for the one face in it."""
    store.case(case_id)
    chunks = _limited(chunks_of(stream), PHOTO_LIMIT_BYTES, original_name)
    sha256, size_bytes = store.files.put(chunks, what=original_name)
    if size_bytes == 0:
        raise BadInput(f"{original_name}: the file is empty")
    photo = Photo(new_id(), case_id, sha256, original_name, utc_now())
    with store.writing() as writing:
        if any(other.sha256 == sha256 for other in store.photos(case_id)):
            raise Conflict(f"{original_name}: this photo is in the case already")
        check_still_here(store, sha256, original_name)
        writing.add(photo)
        writing.audit(
            at=photo.added_at, by=by, action="photo added", case_id=case_id, photo=photo.id, name=original_name
        )
    return photo


@needs(Permission.GOVERN)
def keep_vectors(
    store: Store, case_id: str, *, keeps: bool, by: str, reason: str = "", expires_at: datetime | None = None
) -> int:
    """Keep the face vectors of everyone seen in the case's footage from now on, or not, and delete those kept.

    They are kept only under the case's authority, for a `reason` and until `expires_at`: NotGoverned without an
    authority, BadInput without a reason, BadTime for an end that has passed or lies beyond the authority's. Deleted,
    Conflict under a legal hold. Returns of how many tracks they were deleted. Those of candidates stay with them: a
    rejected one is known again by them, until the case ends.
    """
    why = " ".join(reason.split())
    with store.writing() as writing:
        case = store.case(case_id)
        if keeps:
            _check_vectors_may_be_kept(case, why, expires_at)
            changed = replace(case, keeps_vectors=True, vectors_reason=why, vectors_expire_at=expires_at)
        else:
            check_not_held(case)
            changed = replace(case, keeps_vectors=False, vectors_reason="", vectors_expire_at=None)
        writing.change_case(changed)
        forgotten = 0 if keeps else writing.forget_vectors(case_id)
        action = "face vectors kept from now on" if keeps else "face vectors deleted"
        details = {"reason": why, "expires_at": expires_at.isoformat()} if keeps and expires_at else {}
        writing.audit(at=utc_now(), by=by, action=action, case_id=case_id, tracks_forgotten=forgotten, **details)
    return forgotten


def _check_vectors_may_be_kept(case: Case, reason: str, expires_at: datetime | None) -> None:
    check_searchable(case, utc_now())
    if not reason:
        raise BadInput("reason: say where the authority permits it, and why the vectors of bystanders are needed")
    if expires_at is None or expires_at <= utc_now():
        raise BadTime("until when: say on which day, still to come, the vectors are deleted")
    if case.expires_at is not None and expires_at > case.expires_at:
        raise BadTime(f"until when: the authority itself ends on {case.expires_at:%d %B %Y}; vectors go no later")


@needs(Permission.READ)
def note_look(store: Store, case_id: str, *, by: str) -> None:
    """Say in the record that a person looked at the case: Art. 25 of Directive (EU) 2016/680 wants that logged too."""
    with store.writing() as writing:
        writing.audit(at=utc_now(), by=by, action="case looked at", case_id=case_id)


@needs(Permission.EDIT)
def add_sighting(store: Store, sighting: Sighting, *, by: str) -> Sighting:
    """Put a reported sighting on the map. BadTime when it lies in the future."""
    with store.writing() as writing:
        return put_sighting(writing, sighting, by=by)


def put_sighting(writing: Writing, sighting: Sighting, *, by: str, **details: str) -> Sighting:
    """The same within a transaction; `details` go into the record."""
    at = utc_now()
    if in_utc(sighting.at, "sighting") > at + CLOCK_SLACK:
        raise BadTime(f"sighting: {sighting.at:%d %B %Y %H:%M} UTC lies in the future; check date and time zone")
    kept = replace(sighting, created_at=at)
    writing.add(kept)
    writing.audit(
        at=at, by=by, action="sighting added", case_id=kept.case_id, sighting=kept.id, kind=kept.kind.value, **details
    )
    return kept


@needs(Permission.EDIT)
def withdraw_sighting(store: Store, sighting_id: str, *, by: str) -> None:
    """Take a reported sighting off the map. One that rests on a match goes by undoing its review."""
    at = utc_now()
    with store.writing() as writing:
        sighting = store.sighting(sighting_id)
        if sighting.match_id is not None:
            raise Conflict("this sighting rests on a confirmed match: undo the review instead")
        if sighting.withdrawn_at is not None:
            raise Conflict("someone else withdrew this sighting just now")
        writing.change(Sighting, sighting_id, withdrawn_at=at)
        writing.audit(at=at, by=by, action="sighting withdrawn", case_id=sighting.case_id, sighting=sighting_id)


@needs(Permission.EDIT)
def restore_sighting(store: Store, sighting_id: str, *, by: str) -> None:
    """Undo `withdraw_sighting`."""
    with store.writing() as writing:
        sighting = store.sighting(sighting_id)
        if sighting.match_id is not None or sighting.withdrawn_at is None:
            raise Conflict("this sighting is not withdrawn any more; look again")
        writing.change(Sighting, sighting_id, withdrawn_at=None)
        writing.audit(at=utc_now(), by=by, action="sighting restored", case_id=sighting.case_id, sighting=sighting_id)
