"""What a case needs before it may be searched, what bounds a search, and who may see or let out a child's pictures.

A case can be opened with a number and a name alone, at night and in a hurry. Footage is searched for it only once it
says on what legal basis, by whose authority, for what purpose, who answers for it, and until when
(docs/decisions/0020-governance.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from casework.access import needs
from data import account_rows
from data.errors import BadInput, BadTime, Conflict, NotAllowed, NotFound, NotGoverned
from data.models import Case, Footage, Permission, Sighting, in_utc, utc_now
from data.store import Store, Writing

GROWN_UP_YEARS = 18
BEFORE_FIRST_SIGHTING = timedelta(days=1)
"""So long before the first sighting the search period begins by itself: its time may be wrong, or a way led there."""
BEFORE_OPENING = timedelta(days=30)
"""So long before the case was opened it begins where there is no sighting yet."""
FURTHEST_BACK = timedelta(days=365)
"""No sighting opens more than that by itself: whoever enters one would else widen the search alone."""
LONGEST_FOOTAGE = timedelta(days=7)
"""A recording that began so long before the period is refused before anybody has looked how long it is."""
_LONGEST_TEXT = 2000


@dataclass(frozen=True)
class Authority:
    """What a case rests on. `owner` is the name of the account that answers for it.

    `search_from` and `search_to` bound the footage that is searched; None: see `period`.
    """

    legal_basis: str = ""
    reference: str = ""
    purpose: str = ""
    owner: str = ""
    expires_at: datetime | None = None
    search_from: datetime | None = None
    search_to: datetime | None = None


@dataclass(frozen=True)
class Period:
    """The true time within which footage is searched, and in words where its ends come from."""

    start: datetime
    end: datetime | None
    reason: str


def authority_of(case: Case) -> Authority:
    return Authority(
        case.legal_basis, case.authority_reference, case.purpose, case.owner, case.expires_at, case.search_from,
        case.search_to,
    )  # fmt: skip


def with_authority(case: Case, authority: Authority) -> Case:
    """The case with this authority. BadInput for too long a text, BadTime for a period that ends before it begins."""
    words = {
        "legal basis": authority.legal_basis,
        "authority's reference": authority.reference,
        "purpose": authority.purpose,
        "owner": authority.owner,
    }
    for name, text in words.items():
        if len(text) > _LONGEST_TEXT:
            raise BadInput(f"{name}: has {len(text):,} characters; at most {_LONGEST_TEXT:,} are kept")
    start, end = authority.search_from, authority.search_to
    if start is not None and end is not None and in_utc(end, "search to") <= in_utc(start, "search from"):
        raise BadTime("search period: it ends before it begins")
    return replace(
        case,
        legal_basis=authority.legal_basis.strip(),
        authority_reference=authority.reference.strip(),
        purpose=authority.purpose.strip(),
        owner=authority.owner.strip(),
        expires_at=authority.expires_at,
        search_from=start,
        search_to=end,
    )


def missing(case: Case) -> list[str]:
    """What the case still lacks before it may be searched, in the words of the form."""
    has = {
        "legal basis": case.legal_basis,
        "authority's reference": case.authority_reference,
        "purpose": case.purpose,
        "owner": case.owner,
        "expiry": case.expires_at,
    }
    return [name for name, value in has.items() if not value]


def why_not_searchable(case: Case, now: datetime) -> str | None:
    """Why no footage may be searched for this case, and what to do; None where it may."""
    if lacks := missing(case):
        named = lacks[0] if len(lacks) == 1 else f"{', '.join(lacks[:-1])} and {lacks[-1]}"
        is_or_are = "is" if len(lacks) == 1 else "are"
        return f"it cannot be searched yet: {named} {is_or_are} missing. A supervisor fills them in under Authority"
    if case.closed_at is not None:
        return f"it was closed on {case.closed_at:%d %B %Y}. A supervisor can open it again under Authority"
    if case.expires_at is not None and case.expires_at <= now:
        return f"its authority expired on {case.expires_at:%d %B %Y}. A supervisor can extend it under Authority"
    return None


def check_searchable(case: Case, now: datetime) -> None:
    """NotGoverned, which names what is missing, unless footage may be searched for this case now."""
    if why := why_not_searchable(case, now):
        raise NotGoverned(f"case {case.number}: {why} on the Case page")


def period(case: Case, sightings: Sequence[Sighting]) -> Period:
    """Between which true times footage may be searched: as typed, else from a day before the first sighting to the end
    of the authority."""
    end = case.search_to or case.expires_at
    if case.search_from is not None:
        return Period(case.search_from, end, "as typed under Authority")
    if sightings:
        first = min(s.at - timedelta(seconds=s.tolerance_s) for s in sightings) - BEFORE_FIRST_SIGHTING
        if first < case.created_at - FURTHEST_BACK:
            return Period(case.created_at - FURTHEST_BACK, end, "from a year before the case was opened")
        return Period(first, end, "from a day before the first sighting")
    return Period(case.created_at - BEFORE_OPENING, end, "from 30 days before the case was opened: no sighting yet")


def lies_in_period(case: Case, sightings: Sequence[Sighting], start: datetime, end: datetime) -> bool:
    """Whether anything of what was recorded from `start` to `end` (true times) lies in what the case may search."""
    bounds = period(case, sightings)
    return (bounds.end is None or start <= bounds.end) and end >= bounds.start


def check_in_period(
    case: Case, sightings: Sequence[Sighting], footage: Footage, *, seconds: float | None = None
) -> None:
    """NotGoverned for footage that lies wholly outside the search period; `seconds` is its length, where known."""
    bounds = period(case, sightings)
    start = footage.started_at - timedelta(seconds=footage.clock_offset_s)
    end = start + (LONGEST_FOOTAGE if seconds is None else timedelta(seconds=seconds))
    if lies_in_period(case, sightings, start, end):
        return
    zone = ZoneInfo(case.timezone)
    until = "" if bounds.end is None else f" to {bounds.end.astimezone(zone):%d %B %Y %H:%M}"
    raise NotGoverned(
        f"{footage.original_name}: begins on {start.astimezone(zone):%d %B %Y %H:%M} and lies wholly outside what this "
        f"case may search, {bounds.start.astimezone(zone):%d %B %Y %H:%M}{until} ({bounds.reason}). Check its date; "
        "else a supervisor widens the search period under Authority on the Case page"
    )


@needs(Permission.GOVERN)
def set_authority(store: Store, was: Case, authority: Authority, *, by: str) -> Case:
    """Say what the case rests on; what is left empty can be filled in later.

    `was` is the case as the editor saw it: Conflict when somebody else changed its authority meanwhile. BadTime for an
    expiry in the past, BadInput for an owner that is no account here.
    """
    at = utc_now()
    if authority.expires_at != was.expires_at:
        check_expiry(authority.expires_at, at)
    if authority.owner.strip() != was.owner:
        check_owner(store, authority.owner.strip())
    with store.writing() as writing:
        now = store.case(was.id)
        if authority_of(now) != authority_of(was):
            raise Conflict("someone else changed this case's authority just now; look again, then make your change")
        case = with_authority(now, authority)
        writing.change_case(case)
        writing.audit(
            at=at, by=by, action="authority set", case_id=case.id, before=_told(now), after=_told(case),
        )  # fmt: skip
    return case


def check_expiry(expires_at: datetime | None, now: datetime) -> None:
    """BadTime for an end that has passed."""
    if expires_at is not None and in_utc(expires_at, "expiry") <= now:
        raise BadTime(f"expiry: {expires_at:%d %B %Y} has passed; say until when the authority lasts")


def check_owner(store: Store, owner: str) -> None:
    """BadInput where there are accounts, and the owner is none of them."""
    if not owner or not account_rows.account_count(store):
        return
    try:
        account_rows.account_named(store, owner)
    except NotFound:
        raise BadInput(f"owner: there is no account {owner[:80]!r} here; name the one that answers for it") from None


def _told(case: Case) -> dict[str, str]:
    known = authority_of(case)
    times = {"expires_at": known.expires_at, "search_from": known.search_from, "search_to": known.search_to}
    words = {
        "legal_basis": known.legal_basis,
        "authority_reference": known.reference,
        "purpose": known.purpose,
        "owner": known.owner,
    }
    return words | {name: at.isoformat() if at else "" for name, at in times.items()}


@needs(Permission.GOVERN)
def close_case(store: Store, case_id: str, *, reason: str, by: str) -> Case:
    """End the work on a case: it is searched no more, and its retention clock runs. Conflict when it is closed."""
    why = _said(reason, "why the case is closed")
    with store.writing() as writing:
        case = store.case(case_id)
        if case.closed_at is not None:
            raise Conflict("this case is closed already")
        return _changed(writing, replace(case, closed_at=utc_now()), "case closed", by=by, reason=why)


@needs(Permission.GOVERN)
def reopen_case(store: Store, case_id: str, *, reason: str, by: str) -> Case:
    """Undo `close_case`."""
    why = _said(reason, "why the case is opened again")
    with store.writing() as writing:
        case = store.case(case_id)
        if case.closed_at is None:
            raise Conflict("this case is not closed")
        return _changed(writing, replace(case, closed_at=None), "case opened again", by=by, reason=why)


@needs(Permission.GOVERN)
def set_legal_hold(store: Store, case_id: str, *, reason: str, by: str) -> Case:
    """Keep everything of the case, whatever clocks say, until the hold is lifted."""
    why = _said(reason, "who ordered the hold, and under which reference")
    with store.writing() as writing:
        return _changed(writing, replace(store.case(case_id), legal_hold=why), "legal hold set", by=by, reason=why)


@needs(Permission.GOVERN)
def lift_legal_hold(store: Store, case_id: str, *, reason: str, by: str) -> Case:
    """Let the clocks count again. Conflict where nothing was held."""
    why = _said(reason, "who lifted the hold, and under which reference")
    with store.writing() as writing:
        case = store.case(case_id)
        if not case.legal_hold:
            raise Conflict("there is no legal hold on this case any more")
        return _changed(writing, replace(case, legal_hold=""), "legal hold lifted", by=by, reason=why)


def check_not_held(case: Case) -> None:
    """Conflict while a legal hold keeps everything of the case."""
    if case.legal_hold:
        raise Conflict(f"case {case.number}: nothing may be deleted under its legal hold: {case.legal_hold}")


# a subject under 18


def whole_years(start: date, end: date) -> int:
    """Years from day to day, as people count their age."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def is_minor(case: Case, now: datetime) -> bool:
    """Whether the subject is under 18 today, by the calendar of the case's place; of unknown age: taken as grown up."""
    born = case.subject.birth_date
    return born is not None and whole_years(born, now.astimezone(ZoneInfo(case.timezone)).date()) < GROWN_UP_YEARS


@needs(Permission.GOVERN)
def release_pictures(store: Store, case_id: str, *, reason: str, by: str) -> Case:
    """Let name and pictures of a subject under 18 leave, in letters and exports."""
    why = _said(reason, "to whom and for what the pictures may leave")
    with store.writing() as writing:
        released = replace(store.case(case_id), release_reason=why)
        return _changed(writing, released, "pictures released", by=by, reason=why)


@needs(Permission.GOVERN)
def withdraw_release(store: Store, case_id: str, *, by: str) -> Case:
    """Undo `release_pictures`; what has left stays out there."""
    with store.writing() as writing:
        case = store.case(case_id)
        if not case.release_reason:
            raise Conflict("nothing is released any more; look again")
        return _changed(writing, replace(case, release_reason=""), "release withdrawn", by=by)


def may_be_named(case: Case, now: datetime) -> bool:
    """Whether name and pictures of the subject may leave at all."""
    return not is_minor(case, now) or bool(case.release_reason)


def check_release(case: Case, now: datetime) -> None:
    """NotAllowed while name and pictures of a subject under 18 may not leave; to be asked by whatever lets them out."""
    if not may_be_named(case, now):
        raise NotAllowed(
            f"case {case.number}: the person is under 18; name and pictures leave only once a supervisor has released "
            "them, with a reason, under Authority on the Case page"
        )


def _changed(writing: Writing, case: Case, action: str, *, by: str, **told: str) -> Case:
    """Keep the case as it is now, and in the record who did what to it."""
    writing.change_case(case)
    writing.audit(at=utc_now(), by=by, action=action, case_id=case.id, **told)
    return case


def _said(reason: str, what: str) -> str:
    told = " ".join(reason.split())
    if not told:
        raise BadInput(f"reason: say {what}; it stands in the record")
    if len(told) > _LONGEST_TEXT:
        raise BadInput(f"reason: has {len(told):,} characters; at most {_LONGEST_TEXT:,} are kept")
    return told
