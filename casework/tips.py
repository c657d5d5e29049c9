"""Triage of what the public sent: look at it, put it on the map, have its picture searched, dismiss it; or undo that.

What a tip says is a stranger's word, and what its file says of itself can be made up: both are offered to whoever
decides, and nothing becomes a sighting or is searched without a person.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from casework.access import guard_of, needs
from casework.cases import new_id, put_sighting
from casework.footage import Details, Place, keep_file
from casework.jobs import request_scan
from casework.sealing import unseal
from data import tip_rows as rows
from data.errors import BadInput, Conflict, LastSeenError
from data.models import Job, Permission, Sighting, SightingKind, StartedFrom, utc_now
from data.store import Store, Writing
from data.tip_models import Tip, TipState

if TYPE_CHECKING:  # pages use this module, and must not load a decoder
    from recognition.first_look import FirstLook

HOW = "public tip"


@dataclass(frozen=True)
class Placed:
    """Where and when something was, as a person decided: the place ± `radius_m`, the true time ± `spread_s`."""

    lat: float
    lon: float
    radius_m: float
    at: datetime
    spread_s: float = 0.0
    place_from: str = "typed"
    time_from: StartedFrom = StartedFrom.TYPED


@needs(Permission.READ)
def tips(store: Store, case_id: str) -> list[Tip]:
    """Everything that the public sent for the case, oldest first; doubtful ones too."""
    return rows.tips(store, case_id)


@needs(Permission.READ)
def tip(store: Store, tip_id: str) -> Tip:
    """One of them."""
    return rows.tip(store, tip_id)


@needs(Permission.READ)
def waiting_places(store: Store, case_id: str) -> list[Tip]:
    """The tips that wait, are not doubtful, and name a place: what the map shows, as no evidence."""
    return [
        one
        for one in rows.tips(store, case_id)
        if one.state is TipState.WAITING and not one.is_doubtful and one.lat is not None
    ]


@needs(Permission.EDIT)
def look_at(store: Store, tip_id: str, *, max_pixels: int, memory_mb: int) -> "tuple[FirstLook | None, str]":
    """What a process of its own sees in a tip's file; None and the reason where it can show nothing."""
    from recognition.apart import Apart, ChildLimits  # a decoder's libraries, in the web process only when needed

    tip = rows.tip(store, tip_id)
    if tip.sha256 is None:
        return None, "the tip has no file"
    try:
        with Apart(store.files.path(tip.sha256), limits=ChildLimits(memory_mb=memory_mb)) as apart:
            return apart.first_look(max_pixels=max_pixels), ""
    except (LastSeenError, FileNotFoundError) as error:
        return None, str(error).replace(tip.sha256, tip.file_name)


@needs(Permission.EDIT)
def read_contact(store: Store, tip_id: str, *, by: str) -> str:
    """How to reach the tipster, "" where they did not say; who read it stands in the record."""
    tip, sealed = rows.tip(store, tip_id), rows.contact(store, tip_id)
    if not sealed:
        return ""
    told = unseal(store, sealed)
    with store.writing() as writing:
        writing.audit(
            at=utc_now(), by=by, action="tipster's contact read", case_id=tip.case_id, tip=tip_id, number=tip.number
        )
    return told


@needs(Permission.EDIT)
def take_as_sighting(
    store: Store, tip_id: str, placed: Placed, *, source: str, by: str, kind: SightingKind = SightingKind.SEEN
) -> Sighting:
    """Put a tip on the map as a reported sighting, as whoever decides places it; Conflict where it waits no more."""
    if kind is SightingKind.CONFIRMED_MATCH:
        raise BadInput("what it rests on: only people's reviews make a confirmed match")
    with store.writing() as writing:
        tip = _waiting(store, tip_id)
        sighting = Sighting(
            new_id(), tip.case_id, placed.lat, placed.lon, placed.radius_m, placed.at, placed.spread_s, kind,
            source.strip(),
        )  # fmt: skip
        kept = put_sighting(writing, sighting, by=by, tip=tip.id, number=tip.number)
        _decide(writing, tip, TipState.TAKEN, by=by, sighting_id=kept.id)
    return kept


@needs(Permission.EDIT)
def dismiss(store: Store, tip_id: str, *, reason: str, by: str) -> Tip:
    """Lay a tip aside for a reason; it stays with the case, and can be taken back."""
    if not reason.strip():
        raise BadInput("reason: say why nothing follows from this tip")
    with store.writing() as writing:
        tip = _waiting(store, tip_id)
        _decide(writing, tip, TipState.DISMISSED, by=by, reason=reason.strip()[:400])
        writing.audit(
            at=utc_now(), by=by, action="tip dismissed", case_id=tip.case_id, tip=tip.id, number=tip.number,
            reason=reason.strip()[:400],
        )  # fmt: skip
    return rows.tip(store, tip_id)


@needs(Permission.EDIT)
def undo(store: Store, tip_id: str, *, by: str) -> Tip:
    """Have a tip wait again; a sighting that was made of it is withdrawn."""
    with store.writing() as writing:
        tip, at = rows.tip(store, tip_id), utc_now()
        if tip.state is TipState.WAITING:
            raise Conflict("this tip waits already; look again")
        if tip.sighting_id is not None and store.sighting(tip.sighting_id).withdrawn_at is None:
            writing.change(Sighting, tip.sighting_id, withdrawn_at=at)
            writing.audit(at=at, by=by, action="sighting withdrawn", case_id=tip.case_id, sighting=tip.sighting_id)
        rows.change_tip(
            writing, tip, state=TipState.WAITING, sighting_id=None, decided_at=None, decided_by="", reason="",
            is_doubtful=False,
        )  # fmt: skip
        writing.audit(at=at, by=by, action="tip waits again", case_id=tip.case_id, tip=tip.id, number=tip.number)
    return rows.tip(store, tip_id)


@needs(Permission.EDIT)
def trust(store: Store, tip_id: str, *, by: str) -> Tip:
    """Lay a doubtful tip among the others."""
    tip = rows.tip(store, tip_id)
    with store.writing() as writing:
        rows.change_tip(writing, tip, is_doubtful=False)
        writing.audit(
            at=utc_now(), by=by, action="doubtful tip let in", case_id=tip.case_id, tip=tip.id, number=tip.number
        )
    return replace(tip, is_doubtful=False)


@needs(Permission.ADD_FOOTAGE)
def search_file(store: Store, tip_id: str, placed: Placed, *, engine: str, by: str, queue: str = "cpu") -> Job:
    """Have a worker search a tip's photo or video as any footage: from a spot of the case, at the time decided on.

    As `casework.jobs.request_scan`; the file then is footage of the case, once, whatever becomes of the tip.
    """
    tip = rows.tip(store, tip_id)
    guard_of(store).check(Permission.SEARCH, tip.case_id)
    if tip.sha256 is None:
        raise BadInput("this tip has neither a photo nor a video")
    if tip.footage_id is None:
        tip = _as_footage(store, tip, placed, by=by)
    return request_scan(store, tip.footage_id or "", engine=engine, by=by, queue=queue)


def _as_footage(store: Store, tip: Tip, placed: Placed, *, by: str) -> Tip:
    details = Details(
        "", placed.at, clock_uncertainty_s=placed.spread_s or None, started_from=placed.time_from,
        place=Place(placed.lat, placed.lon, placed.radius_m, f"Tip {tip.number}", placed.place_from),
    )  # fmt: skip
    with store.files.path(tip.sha256 or "").open("rb") as stream:
        kept = keep_file(
            store, tip.case_id, stream=stream, original_name=tip.file_name, size_bytes=tip.size_bytes,
            details=details, by=by, how=HOW,
        )  # fmt: skip
    with store.writing() as writing:
        rows.change_tip(writing, tip, footage_id=kept.id)
        writing.audit(
            at=utc_now(), by=by, action="tip's file taken as footage", case_id=tip.case_id, tip=tip.id,
            number=tip.number, footage=kept.id,
        )  # fmt: skip
    return replace(tip, footage_id=kept.id)


def _waiting(store: Store, tip_id: str) -> Tip:
    tip = rows.tip(store, tip_id)
    if tip.state is not TipState.WAITING:
        raise Conflict(f"someone else dealt with tip {tip.number} just now; look again")
    return tip


def _decide(writing: Writing, tip: Tip, state: TipState, *, by: str, **values: str) -> None:
    rows.change_tip(writing, tip, state=state, decided_at=utc_now(), decided_by=by, **values)
