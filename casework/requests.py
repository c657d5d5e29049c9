"""Footage requests: what each camera's owner is asked for, in the order in which waiting costs most."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp

from casework.access import needs
from casework.cases import new_id
from data.errors import BadInput, Conflict
from data.models import Camera, Case, Footage, FootageRequest, Permission, RequestState, utc_now
from data.store import Store, Writing
from geo.ranking import RankedCamera, Ranking

ANSWER_TIME_S = 48 * 3600.0
"""How long an owner takes to secure the minutes, on average: an assumption, not a measurement."""

ASSUMED_RETENTION_DAYS = 7.0
"""Stands in for an unknown retention, in the order only: short, so that an unknown one is asked early."""

OPEN = (RequestState.DRAFT, RequestState.SENT)
_ALLOWED = {
    RequestState.DRAFT: {RequestState.SENT, RequestState.RECEIVED, RequestState.REFUSED, RequestState.EXPIRED},
    RequestState.SENT: {RequestState.DRAFT, RequestState.RECEIVED, RequestState.REFUSED, RequestState.EXPIRED},
    RequestState.RECEIVED: {RequestState.SENT},
    RequestState.REFUSED: {RequestState.SENT, RequestState.RECEIVED},
    RequestState.EXPIRED: {RequestState.SENT, RequestState.RECEIVED},
}


@dataclass(frozen=True)
class RequestLine:
    """A request with all that is told of it now.

    `request` carries the camera's retention as known now, and while it is a draft its clock too. `value` is the score
    of the present ranking, or the one at drafting for a camera it does not list. `ranked` is the camera's present place
    in the ranking; `minutes_moved` says that it now wants minutes this request does not ask for.
    """

    request: FootageRequest
    camera: Camera
    state: RequestState
    value: float
    chance_of_loss: float
    footage: tuple[Footage, ...] = ()
    ranked: RankedCamera | None = None
    minutes_moved: bool = False
    asked_clock_is_wrong: bool = False

    @property
    def priority(self) -> float:
        """What is lost, on average, by waiting for this owner: value x chance of loss."""
        return self.value * self.chance_of_loss

    @property
    def owner(self) -> str:
        return self.camera.owner.strip()

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_pressing(self) -> bool:
        """Whether the minutes are being overwritten, or will be within the time an answer takes."""
        return self.is_open and self.request.deadline is not None and self.chance_of_loss >= exp(-1)

    @property
    def looks_received(self) -> bool:
        """Whether footage of this camera is in the case while the request still waits for it."""
        return bool(self.footage) and self.request.state in (*OPEN, RequestState.EXPIRED)


@dataclass(frozen=True)
class OwnerRequests:
    """The requests to one owner, most pressing first; `owner` is empty where it is not known."""

    owner: str
    lines: tuple[RequestLine, ...]

    @property
    def contacts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.camera.contact.strip() for line in self.lines if line.camera.contact.strip()))

    @property
    def to_ask(self) -> tuple[RequestLine, ...]:
        """Those a letter is for: drafted or sent, and not yet overwritten."""
        return tuple(line for line in self.lines if line.is_open)


@dataclass(frozen=True)
class MadeRequests:
    """What `make_requests` did: drafts added, drafts with new minutes, and those that asked for all of it already."""

    added: tuple[FootageRequest, ...] = ()
    changed: tuple[FootageRequest, ...] = ()
    kept: tuple[FootageRequest, ...] = ()


def chance_of_loss(request: FootageRequest, now: datetime) -> float:
    """The chance that the first minute is overwritten before the owner has answered.

    The owner's answer is taken to come at any moment with the same chance, after ANSWER_TIME_S on average: with t
    seconds left, the chance that it comes later than that is exp(-t / ANSWER_TIME_S). It is 1 while the minutes are
    being overwritten, and 0 once all of them are gone: nothing is left to lose.
    """
    days = request.retention_days if request.retention_days is not None else ASSUMED_RETENTION_DAYS
    left_s = (request.from_at + timedelta(days=days) - now).total_seconds()
    if request.gone_at is not None and request.gone_at <= now:
        return 0.0
    return exp(-max(0.0, left_s) / ANSWER_TIME_S)


def state_at(request: FootageRequest, now: datetime) -> RequestState:
    """The state as it is at `now`: an open request has expired once the last minute asked for is overwritten."""
    is_gone = request.gone_at is not None and request.gone_at <= now
    return RequestState.EXPIRED if is_gone and request.state in OPEN else request.state


@needs(Permission.READ)
def lines(store: Store, case: Case, *, ranking: Ranking, now: datetime | None = None) -> list[RequestLine]:
    """The case's requests: open ones first, by value x chance of loss; then the closed ones, latest change first."""
    now = now or utc_now()
    ranked = {r.camera.id: r for r in ranking.cameras}
    footage = store.footages(case.id)
    requests = store.requests(case.id)
    cameras = {camera_id: store.camera(camera_id) for camera_id in {request.camera_id for request in requests}}
    told = [_line(request, cameras[request.camera_id], ranked, footage, now) for request in requests]
    return sorted(told, key=_order)


def _line(
    request: FootageRequest, camera: Camera, ranked: dict[str, RankedCamera], footage: Sequence[Footage], now: datetime
) -> RequestLine:
    # a recorder overwrites by its present setting, whatever was known of it when the request was drafted
    known = replace(request, retention_days=camera.retention_days)
    if request.state is RequestState.DRAFT:
        known = replace(known, clock_offset_s=camera.clock_offset_s)
    place = ranked.get(camera.id)
    return RequestLine(
        request=known,
        camera=camera,
        state=state_at(known, now),
        value=place.score if place is not None else request.score,
        chance_of_loss=chance_of_loss(known, now),
        footage=tuple(f for f in footage if f.camera_id == camera.id and _starts_at(f) < request.to_at),
        ranked=place,
        # a window that is open at its end grows as time passes; that alone is no news
        minutes_moved=place is not None and not _covers(request, place, grown=now - request.created_at),
        asked_clock_is_wrong=known.clock_offset_s != camera.clock_offset_s,
    )


def _starts_at(footage: Footage) -> datetime:
    return footage.started_at - timedelta(seconds=footage.clock_offset_s)


def _order(line: RequestLine) -> tuple[bool, float, float, str]:
    changed = (line.request.changed_at or line.request.created_at).timestamp()
    return not line.is_open, -line.priority if line.is_open else -changed, -line.value, line.request.id


def by_owner(told: Iterable[RequestLine]) -> list[OwnerRequests]:
    """Lines grouped by owner, the owner of the most pressing one first; names that differ only in case are one."""
    groups: dict[str, list[RequestLine]] = {}
    for line in told:
        groups.setdefault(" ".join(line.owner.casefold().split()), []).append(line)
    return [OwnerRequests(group[0].owner, tuple(group)) for group in groups.values()]


@needs(Permission.EDIT)
def make_requests(
    store: Store, case: Case, camera_ids: Iterable[str], *, ranking: Ranking, by: str, now: datetime | None = None
) -> MadeRequests:
    """Draft a request for each camera, for the minutes the ranking gives.

    A draft that is there takes the new minutes, and the record keeps the old ones. Nothing else is touched: a camera
    that was asked for all of these minutes, and has not refused, is left as it is. BadInput, before anything is
    written, for a camera that the ranking does not list.
    """
    at = now or utc_now()
    ranked = {r.camera.id: r for r in ranking.cameras}
    wanted = list(dict.fromkeys(camera_ids))
    for camera_id in wanted:
        if camera_id not in ranked:
            raise BadInput(f"camera {camera_id}: is not in the ranking, so there are no minutes to ask for")
    added: list[FootageRequest] = []
    changed: list[FootageRequest] = []
    kept: list[FootageRequest] = []
    with store.writing() as writing:
        known = store.requests(case.id)
        for camera_id in wanted:
            own = [request for request in known if request.camera_id == camera_id]
            draft = next((request for request in own if request.state is RequestState.DRAFT), None)
            request = _drafted(case, ranked[camera_id], draft, by=by, at=at)
            if asked := _already_asked(own, ranked[camera_id], request):
                kept.append(asked)
            elif draft is not None:
                writing.change_request(request, was=RequestState.DRAFT)
                _audit(writing, request, "request draft changed", by=by, at=at, was=_minutes(draft))
                changed.append(request)
            else:
                writing.add(request)
                _audit(writing, request, "request drafted", by=by, at=at)
                added.append(request)
    return MadeRequests(tuple(added), tuple(changed), tuple(kept))


def _already_asked(
    own: Sequence[FootageRequest], wanted: RankedCamera, drafted: FootageRequest
) -> FootageRequest | None:
    """The request that asks for all of the minutes already; None when there is none."""
    for request in own:
        if request.state in (RequestState.SENT, RequestState.RECEIVED) and _covers(request, wanted):
            return request
        if request.id == drafted.id and _minutes(request) == _minutes(drafted):
            return request
    return None


def _drafted(
    case: Case, wanted: RankedCamera, draft: FootageRequest | None, *, by: str, at: datetime
) -> FootageRequest:
    camera = wanted.camera
    return FootageRequest(
        id=draft.id if draft else new_id(),
        case_id=case.id,
        camera_id=camera.id,
        from_at=wanted.start,
        to_at=wanted.end,
        clock_offset_s=camera.clock_offset_s,
        retention_days=camera.retention_days,
        score=wanted.score,
        state=RequestState.DRAFT,
        created_at=draft.created_at if draft else at,
        created_by=draft.created_by if draft else by,
        changed_at=at if draft else None,
        changed_by=by if draft else "",
        note=draft.note if draft else "",
    )


def _covers(request: FootageRequest, wanted: RankedCamera, *, grown: timedelta = timedelta()) -> bool:
    slack = timedelta(minutes=1)  # letters ask for whole minutes
    return request.from_at - slack <= wanted.start and wanted.end <= request.to_at + slack + grown


@needs(Permission.EDIT)
def set_state(
    store: Store,
    request_id: str,
    state: RequestState,
    *,
    by: str,
    note: str | None = None,
    now: datetime | None = None,
    was_note: str | None = None,
) -> FootageRequest:
    """Say what became of a request; `note` None leaves the note as it is, `was_note` is the one that the editor saw.

    Conflict for a step that makes no sense, and when somebody else changed the note meanwhile.
    """
    with store.writing() as writing:
        request = store.request(request_id)
        if note is not None:
            _check_note(request, was_note)
        changed = _stepped(store, request, state, by=by, note=note, at=now or utc_now())
        if state is RequestState.DRAFT and _has_draft(store, request):
            raise Conflict("request: this camera has another draft already; remove that one first")
        writing.change_request(changed, was=request.state)
        at = changed.changed_at or changed.created_at
        _audit(writing, changed, f"request {state.value}", by=by, at=at, was_state=request.state.value)
    return changed


def _stepped(
    store: Store, request: FootageRequest, state: RequestState, *, by: str, note: str | None, at: datetime
) -> FootageRequest:
    """The request after a step; Conflict for one that makes no sense."""
    if state not in allowed_next(request.state):
        raise Conflict(f"request: {request.state.value} cannot become {state.value}")
    sent_at = request.sent_at or at if state is RequestState.SENT else request.sent_at
    changed = replace(
        request,
        state=state,
        sent_at=None if state is RequestState.DRAFT else sent_at,
        changed_at=at,
        changed_by=by,
        note=request.note if note is None else note.strip(),
    )
    if state is RequestState.SENT and request.state is RequestState.DRAFT:
        camera = store.camera(request.camera_id)  # what the letter of this moment says
        changed = replace(changed, clock_offset_s=camera.clock_offset_s, retention_days=camera.retention_days)
    return changed


@needs(Permission.EDIT)
def set_note(store: Store, request_id: str, note: str, *, by: str, was_note: str | None = None) -> FootageRequest:
    """Keep what an owner said, while nothing else about the request changes.

    Conflict when the note is no longer `was_note`, which the editor saw.
    """
    with store.writing() as writing:
        request = store.request(request_id)
        changed = replace(request, note=note.strip())
        if changed != request:
            _check_note(request, was_note)
            writing.change_request(changed, was=request.state)
            _audit(writing, changed, "request note", by=by, at=utc_now(), was_note=request.note)
    return changed


def _check_note(request: FootageRequest, was_note: str | None) -> None:
    if was_note is not None and request.note != was_note:
        raise Conflict(f"note: someone else changed it just now, to {request.note!r}; look again")


def allowed_next(state: RequestState) -> frozenset[RequestState]:
    """The states that a request in `state` may be set to; steps back undo a slip."""
    return frozenset(_ALLOWED[state])


@needs(Permission.EDIT)
def remove_draft(store: Store, request_id: str, *, by: str) -> None:
    """Drop a draft; Conflict once it was sent."""
    with store.writing() as writing:
        request = store.request(request_id)
        if request.state is not RequestState.DRAFT:
            raise Conflict("request: only a draft can be removed; what was sent stays in the record")
        writing.remove_request(request_id, was=RequestState.DRAFT)
        _audit(writing, request, "request draft removed", by=by, at=utc_now())


def _has_draft(store: Store, request: FootageRequest) -> bool:
    same_camera = [other for other in store.requests(request.case_id) if other.camera_id == request.camera_id]
    return any(other.state is RequestState.DRAFT for other in same_camera)


def _minutes(request: FootageRequest) -> dict[str, object]:
    return {
        "from": request.from_at.isoformat(),
        "to": request.to_at.isoformat(),
        "clock_offset_s": request.clock_offset_s,
    }


def _audit(writing: Writing, request: FootageRequest, action: str, *, by: str, at: datetime, **more: object) -> None:
    told = {"request": request.id, "camera": request.camera_id, "minutes": _minutes(request), "note": request.note}
    writing.audit(at=at, by=by, action=action, case_id=request.case_id, **told, **more)
