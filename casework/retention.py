"""How long what is kept: a clock for the case, and one for each footage, photo, upload and for face vectors.

A clock deletes nothing of evidence by itself: what is due is named on the Case page, and a supervisor destroys it
(`casework.purging`). Face vectors and unfinished uploads do go by themselves. A legal hold stops every clock.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casework.access import for_machines, guard_of, needs
from casework.governance import why_not_searchable
from casework.purging import finish_purges
from casework.uploads import Desk, waiting
from data.errors import BadInput, BadTime, NotFound
from data.governance_rows import case_ids, forget_rejected_vectors, rejected_vector_count
from data.models import Case, Footage, Permission, Photo, in_utc, utc_now
from data.store import Store

WORKER = "retention"


@dataclass(frozen=True)
class Clock:
    """When something is to be deleted, and why then; `until` is None while nothing sets an end.

    `kind` is "case", "footage", "photo", "upload" or "face vectors", `id` that of the thing. `is_held`: not while the
    legal hold lasts. `goes_by_itself`: nobody need press anything.
    """

    kind: str
    id: str
    name: str
    until: datetime | None
    reason: str
    is_held: bool = False
    goes_by_itself: bool = False

    def is_due(self, now: datetime) -> bool:
        return self.until is not None and self.until <= now and not self.is_held


def case_clock(case: Case, *, default_days: int) -> Clock:
    """The clock of a case: as said, else so many days after it was closed or its authority ended."""
    is_held = bool(case.legal_hold)
    if case.delete_after is not None:
        return Clock("case", case.id, case.number, case.delete_after, case.delete_reason, is_held)
    ends = [at for at in (case.closed_at, case.expires_at) if at is not None]
    if not ends:
        return Clock("case", case.id, case.number, None, "runs once the case is closed or has an expiry", is_held)
    words = "the case was closed" if case.closed_at == min(ends) else "the authority ends"
    until = min(ends) + timedelta(days=default_days)
    return Clock("case", case.id, case.number, until, f"{default_days} days after {words}", is_held)


@dataclass(frozen=True)
class Tidied:
    """What `tidy` did: in so many cases face vectors were forgotten, and so many purges ended."""

    cases_forgotten: int = 0
    purges_finished: int = 0


@needs(Permission.READ)
def clocks(store: Store, case_id: str, *, default_days: int, desk: Desk | None = None) -> list[Clock]:
    """Every clock of a case: its own first, then those of what it holds."""
    case = store.case(case_id)
    whole = case_clock(case, default_days=default_days)
    found = [whole]
    things: list[tuple[str, Footage | Photo]] = [("footage", f) for f in store.footages(case_id)]
    things += [("photo", photo) for photo in store.photos(case_id)]
    for kind, thing in things:
        own = thing.delete_after is not None
        until, reason = (thing.delete_after, thing.delete_reason) if own else (whole.until, "with the case")
        found.append(Clock(kind, thing.id, thing.original_name, until, reason, whole.is_held))
    if desk is not None and guard_of(store).may(Permission.ADD_FOOTAGE, case_id):
        for upload in waiting(desk, case_id):
            until, reason = (
                (upload.expires_at, "not used in time") if upload.expires_at else (whole.until, "with the case")
            )
            found.append(
                Clock("upload", upload.id, upload.name, until, reason, whole.is_held, upload.expires_at is not None)
            )
    return found + _vector_clocks(store, case, is_held=whole.is_held)


def _vector_clocks(store: Store, case: Case, *, is_held: bool) -> list[Clock]:
    found = []
    if case.keeps_vectors:
        name = f"everyone seen ({store.kept_track_count(case.id):,} tracks)"
        found.append(Clock("face vectors", case.id, name, case.vectors_expire_at, case.vectors_reason, is_held, True))
    if rejected := rejected_vector_count(store, case.id):
        ends = [at for at in (case.closed_at, case.expires_at) if at is not None]
        name, reason = f"candidates who were rejected ({rejected:,})", "when the case may be searched no more"
        found.append(Clock("face vectors", case.id, name, min(ends, default=None), reason, is_held, True))
    return found


@needs(Permission.GOVERN)
def keep_case_until(store: Store, case_id: str, until: datetime | None, *, reason: str, by: str) -> None:
    """Say until when the whole case is kept; None: by the installation's default again."""
    why = _said(reason, until)
    with store.writing() as writing:
        case = store.case(case_id)
        writing.change_case(replace(case, delete_after=until, delete_reason=why))
        writing.audit(
            at=utc_now(), by=by, action="retention set", case_id=case_id, until=_iso(until),
            before=_iso(case.delete_after), reason=why,
        )  # fmt: skip


@needs(Permission.GOVERN)
def keep_footage_until(store: Store, footage_id: str, until: datetime | None, *, reason: str, by: str) -> None:
    """Say until when one footage is kept, as when its owner lent it; None: as long as the case."""
    _keep_until(store, Footage, store.footage(footage_id), until, reason=reason, by=by)


@needs(Permission.GOVERN)
def keep_photo_until(store: Store, photo_id: str, until: datetime | None, *, reason: str, by: str) -> None:
    """Say until when one reference photo is kept; None: as long as the case."""
    _keep_until(store, Photo, store.photo(photo_id), until, reason=reason, by=by)


def _keep_until(
    store: Store, model: type, thing: Footage | Photo, until: datetime | None, *, reason: str, by: str
) -> None:
    why = _said(reason, until)
    with store.writing() as writing:
        writing.change(model, thing.id, delete_after=until, delete_reason=why)
        writing.audit(
            at=utc_now(), by=by, action="retention set", case_id=thing.case_id, of=thing.id, until=_iso(until),
            before=_iso(thing.delete_after), reason=why,
        )  # fmt: skip


def _said(reason: str, until: datetime | None) -> str:
    why = " ".join(reason.split())
    if until is None:
        return ""
    if not why:
        raise BadInput("reason: say why it is kept until then; it stands in the record")
    if in_utc(until, "kept until") <= utc_now():
        raise BadTime("kept until: that day has passed; what is due already is destroyed at once, or stays")
    return why


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


@for_machines
def forget_expired_vectors(store: Store) -> int:
    """Delete the face vectors whose time has come, but under a legal hold; of how many cases.

    Those of everyone seen when the authority's permission for them ends; those of rejected candidates, who are
    bystanders too, when the case may be searched no more.
    """
    return sum(forget_expired(store, case_id) for case_id in case_ids(store))


@for_machines
def tidy(store: Store) -> Tidied:
    """What is to be done at intervals: forget what has expired, and go on with destroying that was cut off."""
    return Tidied(forget_expired_vectors(store), len(finish_purges(store)))


@for_machines
def forget_expired(store: Store, case_id: str) -> bool:
    """As `forget_expired_vectors`, of one case; whether there was anything to delete."""
    now = utc_now()
    try:
        if not _has_expired(store.case(case_id), now) and not _is_over(store, case_id, now):
            return False
        with store.writing() as writing:
            case = store.case(case_id)
            if case.legal_hold:
                return False
            forgotten = {}
            if _has_expired(case, now):
                writing.change_case(replace(case, keeps_vectors=False, vectors_reason="", vectors_expire_at=None))
                forgotten["tracks_forgotten"] = writing.forget_vectors(case_id)
            if why_not_searchable(case, now) is not None:
                forgotten["rejected_forgotten"] = forget_rejected_vectors(writing, case_id)
            writing.audit(at=now, by=WORKER, action="face vectors expired", case_id=case_id, **forgotten)
    except NotFound:  # destroyed at this moment
        return False
    return True


def _has_expired(case: Case, now: datetime) -> bool:
    return case.keeps_vectors and case.vectors_expire_at is not None and case.vectors_expire_at <= now


def _is_over(store: Store, case_id: str, now: datetime) -> bool:
    case = store.case(case_id)
    is_over = case.closed_at is not None or (case.expires_at is not None and case.expires_at <= now)
    return is_over and not case.legal_hold and rejected_vector_count(store, case_id) > 0
