"""What people say of the matches. Only here does a match become a sighting, or stop being one.

Two people confirm a match, and the second one does not know what the first one said (`casework.verdicts`): whatever is
read of matches here is what the person may know of them whose guard the store carries.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework import uses
from casework.access import needs
from casework.alerting.events import confirmation_withdrawn, match_confirmed
from casework.cases import new_id
from casework.footage import true_time
from casework.plausibility import Leg, legs, standing
from casework.verdicts import LEFT_OUT, OPEN, SETTLES, as_seen_by, standing_of, state_of
from data.errors import BadInput, Conflict, NotAllowed
from data.governance_rows import reviews_of_case
from data.models import (
    AuditEntry,
    Camera,
    Footage,
    Match,
    MatchState,
    Mode,
    Permission,
    Review,
    Sighting,
    SightingKind,
    Verdict,
    utc_now,
)
from data.store import Store, Writing

LEAD = "investigative lead, not an identification"
# Where nobody said how far the camera sees: the position of the face within the camera's view is not known better.
UNKNOWN_RANGE_M = 25.0
# Below this the recogniser, not the detector, is the limit: found / true accept rate at FMR 1e-3 were .97 at 32 px
# and .55 at 24 px in noisy CCTV frames (FINDINGS.md).
USEFUL_FACE_PX = 32  # at 24 px the right person is found half as often as at 32 (docs/calibration.md)
REJECTABLE = (MatchState.TO_REVIEW, MatchState.UNSURE)
"""What may be rejected together, as the person who does it sees it; what another confirmed then becomes a dispute."""
_HIDDEN = "hidden until you have decided on this candidate yourself"


@dataclass(frozen=True)
class Candidate:
    """A match with all that a reviewer needs beside it.

    `ways` lead from the nearest sightings before and after; `standing` is its place in the queue, higher first
    (`casework.plausibility` states the rule). The match's state and the `reviews` are those that the person who looks
    may know of.
    """

    match: Match
    footage: Footage
    camera: Camera
    ways: tuple[Leg, ...] = ()
    standing: float = 0.0
    reviews: tuple[Review, ...] = ()


@needs(Permission.READ)
def candidates(store: Store, case_id: str, *, states: tuple[MatchState, ...] = ()) -> list[Candidate]:
    """The case's candidates in the order of the review queue; the dropped ones only when asked for by their state.

    States are as the person who looks may know them: what others said of a candidate that this person has yet to
    decide on shows nowhere, not even as a state.
    """
    mode = store.case(case_id).mode
    sightings = store.sightings(case_id)
    footages = {footage.id: footage for footage in store.footages(case_id)}
    cameras = store.cameras_by_id({footage.camera_id for footage in footages.values()})
    found = []
    for match, said in seen_matches(store, case_id):
        if match.state not in states if states else match.state is MatchState.DROPPED:
            continue
        footage = footages[match.footage_id]
        found.append(_candidate(match, footage, cameras[footage.camera_id], sightings, mode, said))
    return sorted(found, key=lambda c: (-c.standing, -c.match.track.similarity, c.match.id))


@needs(Permission.READ)
def candidate(store: Store, match_id: str) -> Candidate:
    """One candidate, as the person who looks may know it."""
    match, said = _as_seen(store.match(match_id), store.reviews(match_id), _reader(store))
    footage = store.footage(match.footage_id)
    mode, sightings = store.case(match.case_id).mode, store.sightings(match.case_id)
    return _candidate(match, footage, store.camera(footage.camera_id), sightings, mode, said)


def _candidate(
    match: Match, footage: Footage, camera: Camera, sightings: Sequence[Sighting], mode: Mode, said: tuple[Review, ...]
) -> Candidate:
    ways = legs(sighting_of(match, footage, camera), sightings)
    return Candidate(match, footage, camera, ways, standing(match, ways, mode), said)


def _reader(store: Store) -> str | None:
    """Who looks, where they are a person from whom a verdict may have to be kept; None for a machine."""
    return store.guard.account.name if store.guard is not None and store.guard.account is not None else None


@needs(Permission.READ)
def seen_matches(store: Store, case_id: str) -> list[tuple[Match, tuple[Review, ...]]]:
    """The case's matches with the state and verdicts that whoever looks may know of."""
    said, reader = reviews_of_case(store, case_id), _reader(store)
    return [_as_seen(match, said.get(match.id, []), reader) for match in store.matches(case_id)]


def _as_seen(match: Match, reviews: Sequence[Review], reader: str | None) -> tuple[Match, tuple[Review, ...]]:
    if reader is None or not reviews or match.state not in OPEN:
        return match, tuple(reviews)
    known = as_seen_by(reviews, reader)
    return (match, known) if len(known) == len(reviews) else (replace(match, state=state_of(known)), known)


@needs(Permission.READ)
def seen_state(store: Store, match_id: str) -> MatchState:
    """Where a match stands, as far as the person who looks may know."""
    return _as_seen(store.match(match_id), store.reviews(match_id), _reader(store))[0].state


@needs(Permission.READ)
def waiting(store: Store, case_id: str) -> int:
    """How many candidates wait for the person who looks."""
    return sum(match.state is MatchState.TO_REVIEW for match, _ in seen_matches(store, case_id))


@needs(Permission.READ)
def readable(store: Store, case_id: str, entries: Sequence[AuditEntry]) -> list[AuditEntry]:
    """Entries of the record as the person who looks may read them.

    An entry that tells of a verdict which they may not know of yet tells only that there is one: not whose, not which,
    and not on what, for what still stands under To review after a verdict can only have got a yes. The rest of the
    entry, its hashes too, stays as it is.
    """
    reader = _reader(store)
    if reader is None:
        return list(entries)
    blind = {
        match_id
        for match_id, said in reviews_of_case(store, case_id).items()
        if len(as_seen_by(said, reader)) < len(said)
    }
    return [_readable(entry, blind, reader) for entry in entries]


def _readable(entry: AuditEntry, blind: set[str], reader: str) -> AuditEntry:
    is_hidden = entry.action.startswith("match ") and entry.by != reader and entry.details.get("match") in blind
    if not is_hidden:
        return entry
    return replace(entry, by=_HIDDEN, action="match verdict", details={})


def face_px(match: Match) -> float:
    """Shorter side of the candidate's best face, in pixels of the footage."""
    x1, y1, x2, y2 = match.track.best_box_px
    return min(x2 - x1, y2 - y1)


def needs_more_than_the_face(match: Match) -> bool:
    """Whether the face is too small to be gone by alone."""
    return face_px(match) < USEFUL_FACE_PX


@needs(Permission.REVIEW)
def decide(
    store: Store, match_id: str, *, verdict: Verdict, by: str, note: str = "", seen: MatchState | None = None
) -> Sighting | None:
    """Record one person's verdict; a match that two people confirmed becomes a sighting, which is returned.

    UNDO takes this person's own standing verdict back; what then no longer rests on two goes off the map. BadInput for
    a confirmation of a face under the useful size whose note does not say what else it rests on. `seen` is the state in
    which the reviewer saw the match: Conflict when somebody else moved it meanwhile, as far as they may know.
    """
    if verdict in SETTLES:
        raise BadInput("verdict: only a supervisor settles a dispute")
    match = store.match(match_id)
    if verdict is Verdict.CONFIRM and needs_more_than_the_face(match) and not note.strip():
        raise BadInput(
            f"note: the face is only {face_px(match):.0f} pixels wide, too small to confirm on the face alone; say in "
            "the note what else it rests on: clothes, gait, company, a clearer picture of the same minute"
        )
    with store.writing() as writing:
        match = store.match(match_id)
        if seen is not None and _as_seen(match, store.reviews(match_id), by)[0].state is not seen:
            raise Conflict("someone else decided on this candidate just now; look again")
        decision = _decision(store, match, verdict, by=by, note=note)
        _keep(writing, decision)
    return decision.sighting


@needs(Permission.GOVERN)
def settle(store: Store, match_id: str, *, confirms: bool, reason: str, by: str) -> Sighting | None:
    """End a dispute, one way or the other; a match that is confirmed so becomes a sighting, which is returned.

    BadInput without a reason, NotAllowed for one of those who are in dispute, Conflict where there is no dispute.
    """
    if not reason.strip():
        raise BadInput("reason: say why the one is right and the other is not; it stands in the record")
    with store.writing() as writing:
        match = store.match(match_id)
        if match.state is not MatchState.DISPUTED:
            raise Conflict("this candidate is not in dispute any more; look again")
        said = standing_of(store.reviews(match_id))
        if by in said.who(Verdict.CONFIRM) | said.who(Verdict.REJECT):
            raise NotAllowed("you are one of those who disagree; another supervisor settles it")
        verdict = Verdict.SETTLE_CONFIRM if confirms else Verdict.SETTLE_REJECT
        decision = _decision(store, match, verdict, by=by, note=reason)
        _keep(writing, decision)
    return decision.sighting


@needs(Permission.REVIEW)
def reject_all(store: Store, match_ids: Sequence[str], *, by: str, note: str = "") -> str:
    """Reject candidates that show one and the same other person; each has its own review, all of them or none.

    Returns what `undo_together` takes all back by. BadInput for fewer than two, Conflict when one was decided on. One
    that somebody else half confirmed is in dispute then.
    """
    if len(set(match_ids)) < 2:
        raise BadInput("reject together: there is nothing to take together")
    together_id = new_id()
    with store.writing() as writing:
        matches = [store.match(id) for id in dict.fromkeys(match_ids)]
        if len({match.case_id for match in matches}) > 1:
            raise BadInput("reject together: these candidates belong to different cases")
        as_seen = [_as_seen(match, store.reviews(match.id), by)[0] for match in matches]
        if not all(match.state in REJECTABLE for match in as_seen):
            raise Conflict("someone else decided on one of these candidates just now; look again")
        for match in matches:
            _keep(writing, _decision(store, match, Verdict.REJECT, by=by, note=note, together_id=together_id))
    return together_id


@needs(Permission.REVIEW)
def undo_together(store: Store, together_id: str, *, by: str) -> int:
    """Take back what the same person's `reject_all` did, but where they decided otherwise since; how many came back."""
    undone = 0
    with store.writing() as writing:
        for review in store.reviews_together(together_id):
            last = standing_of(store.reviews(review.match_id)).of(by)
            if last is not None and last.id == review.id:
                _keep(writing, _decision(store, store.match(review.match_id), Verdict.UNDO, by=by, note=""))
                undone += 1
        if not undone:
            raise Conflict("there is no decision of yours to undo")
    return undone


@needs(Permission.REVIEW)
def bring_back(store: Store, match_id: str, *, by: str) -> None:
    """Put a candidate that was set aside into the queue; a later search does not set it aside again."""
    by = _named(by)
    match = store.match(match_id)
    with store.writing() as writing:
        if not writing.bring_back(match_id=match_id):
            raise Conflict("this candidate is not set aside any more; look again")
        _asked_again(writing, match, by=by)


def _asked_again(writing: Writing, match: Match, *, by: str) -> None:
    writing.audit(
        at=utc_now(), by=by, action="candidate asked for again", case_id=match.case_id, match=match.id,
        like=match.like_match_id,
    )  # fmt: skip


@dataclass(frozen=True)
class _Decision:
    """A verdict with all that follows from it."""

    match: Match
    review: Review
    place: int
    state: MatchState
    confirmed_by: tuple[str, ...]
    sighting: Sighting | None
    withdrawn: tuple[str, ...]


def _named(by: str) -> str:
    if not by.strip():
        raise BadInput("your name: a decision needs the name of the person who makes it")
    return by.strip()


def _decision(
    store: Store, match: Match, verdict: Verdict, *, by: str, note: str, together_id: str | None = None
) -> _Decision:
    by = _named(by)
    reviews = store.reviews(match.id)
    if verdict is Verdict.UNDO and standing_of(reviews).of(by) is None:
        raise Conflict("there is no decision of yours to undo")
    review = Review(new_id(), match.id, verdict, by, note.strip(), utc_now(), together_id)
    now = standing_of([*reviews, review])
    withdrawn = tuple(s.id for s in store.sightings(match.case_id) if s.match_id == match.id)
    is_confirmed = now.state is MatchState.CONFIRMED
    sighting = _confirmed(store, match, review, now.confirmed_by) if is_confirmed else None
    return _Decision(match, review, len(reviews) + 1, now.state, now.confirmed_by, sighting, withdrawn)


def _keep(writing: Writing, decision: _Decision) -> None:
    match, review = decision.match, decision.review
    if match.state in LEFT_OUT and decision.state in OPEN:
        # else it stood in the queue for no reason but a verdict, which the others are not to know of yet
        writing.bring_back(match_id=match.id)
        _asked_again(writing, match, by=review.by)
    writing.add_review(review, sequence=decision.place)
    writing.set_match_state(match.id, decision.state)
    for sighting_id in decision.withdrawn:
        writing.change(Sighting, sighting_id, withdrawn_at=review.at)
    if decision.sighting is not None:
        writing.add(decision.sighting)
    details = {} if review.together_id is None else {"together": review.together_id}
    if decision.state is not MatchState.REJECTED and (back := writing.bring_back(like=match.id)):
        details["brought_back"] = str(back)  # they were set aside for looking like one who is not rejected any more
    writing.audit(
        at=review.at,
        by=review.by,
        action=f"match {review.verdict.value}",
        case_id=match.case_id,
        match=match.id,
        similarity=match.track.similarity,
        **details,
    )
    uses.verified(writing, match, review)
    _tell(writing, match, decision)


def _tell(writing: Writing, match: Match, decision: _Decision) -> None:
    """Those who are to know hear of a match that is confirmed now, or is so no more."""
    review, is_confirmed = decision.review, decision.state is MatchState.CONFIRMED
    if is_confirmed and match.state is not MatchState.CONFIRMED:
        match_confirmed(writing, match, review_id=review.id, at=review.at)
    elif match.state is MatchState.CONFIRMED and not is_confirmed:
        confirmation_withdrawn(writing, match, review_id=review.id, at=review.at)


def _confirmed(store: Store, match: Match, review: Review, confirmed_by: tuple[str, ...]) -> Sighting:
    """The sighting that a confirmed match makes."""
    footage = store.footage(match.footage_id)
    camera = store.camera(footage.camera_id)
    source = f"{camera.name or camera.id}, confirmed by {' and '.join(confirmed_by)}"
    return replace(sighting_of(match, footage, camera), id=new_id(), source=source, created_at=review.at)


def sighting_of(match: Match, footage: Footage, camera: Camera) -> Sighting:
    """What a match would become on the map if it were confirmed: at its camera, at the track's best moment."""
    track = match.track
    return Sighting(
        id="",
        case_id=match.case_id,
        lat=camera.lat,
        lon=camera.lon,
        radius_m=camera.range_m or UNKNOWN_RANGE_M,
        at=true_time(footage, track.best_s),
        tolerance_s=max(track.best_s - track.start_s, track.end_s - track.best_s)
        + (footage.clock_uncertainty_s or 0.0),
        kind=SightingKind.CONFIRMED_MATCH,
        match_id=match.id,
    )
