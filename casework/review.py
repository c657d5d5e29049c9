"""What people say of the matches. Only here does a match become a sighting, or stop being one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from casework.cases import new_id
from casework.footage import true_time
from casework.plausibility import Leg, legs, standing
from data.errors import BadInput, Conflict
from data.models import Camera, Footage, Match, MatchState, Review, Sighting, SightingKind, Verdict, utc_now
from data.store import Store, Writing

LEAD = "investigative lead, not an identification"
# Where nobody said how far the camera sees: the position of the face within the camera's view is not known better.
UNKNOWN_RANGE_M = 25.0
# Below this the recogniser, not the detector, is the limit: found / true accept rate at FMR 1e-3 were .97 at 32 px
# and .55 at 24 px in noisy CCTV frames (FINDINGS.md).
USEFUL_FACE_PX = 32  # at 24 px the right person is found half as often as at 32 (docs/calibration.md)
REJECTABLE = (MatchState.TO_REVIEW, MatchState.UNSURE)
"""What may be rejected together; never what somebody confirmed."""
STATE_AFTER = {
    Verdict.CONFIRM: MatchState.CONFIRMED,
    Verdict.REJECT: MatchState.REJECTED,
    Verdict.UNSURE: MatchState.UNSURE,
}


@dataclass(frozen=True)
class Candidate:
    """A match with all that a reviewer needs beside it.

    `ways` lead from the nearest sightings before and after; `standing` is its place in the queue, higher first
    (`casework.plausibility` states the rule).
    """

    match: Match
    footage: Footage
    camera: Camera
    ways: tuple[Leg, ...] = ()
    standing: float = 0.0


def candidates(store: Store, case_id: str, *, states: tuple[MatchState, ...] = ()) -> list[Candidate]:
    """The case's candidates in the order of the review queue; the dropped ones only when asked for by their state."""
    mode = store.case(case_id).mode
    sightings = store.sightings(case_id)
    footages = {footage.id: footage for footage in store.footages(case_id)}
    cameras = {camera.id: camera for camera in store.cameras()}
    found = []
    for match in store.matches(case_id, states=states):
        if match.state is MatchState.DROPPED and not states:
            continue
        footage = footages[match.footage_id]
        camera = cameras[footage.camera_id]
        ways = legs(sighting_of(match, footage, camera), sightings)
        found.append(Candidate(match, footage, camera, ways, standing(match, ways, mode)))
    return sorted(found, key=lambda c: (-c.standing, -c.match.track.similarity, c.match.id))


def face_px(match: Match) -> float:
    """Shorter side of the candidate's best face, in pixels of the footage."""
    x1, y1, x2, y2 = match.track.best_box_px
    return min(x2 - x1, y2 - y1)


def needs_more_than_the_face(match: Match) -> bool:
    """Whether the face is too small to be gone by alone."""
    return face_px(match) < USEFUL_FACE_PX


def standing_verdict(reviews: list[Review]) -> Review | None:
    """The verdict that stands: the last one not taken back by an UNDO; None when there is none."""
    standing: list[Review] = []
    for review in reviews:
        if review.verdict is not Verdict.UNDO:
            standing.append(review)
        elif standing:
            standing.pop()
    return standing[-1] if standing else None


def state_of(reviews: list[Review]) -> MatchState:
    """The state that a match's reviews give it."""
    verdict = standing_verdict(reviews)
    return MatchState.TO_REVIEW if verdict is None else STATE_AFTER[verdict.verdict]


def decide(
    store: Store, match_id: str, *, verdict: Verdict, by: str, note: str = "", seen: MatchState | None = None
) -> Sighting | None:
    """Record one person's verdict; a confirmed match becomes a sighting, which is returned.

    UNDO takes the last standing verdict back, and its sighting off the map. BadInput for a confirmation of a face
    under the useful size whose note does not say what else it rests on. `seen` is the state in which the reviewer saw
    the match: Conflict when somebody else moved it meanwhile.
    """
    match = store.match(match_id)
    if verdict is Verdict.CONFIRM and needs_more_than_the_face(match) and not note.strip():
        raise BadInput(
            f"note: the face is only {face_px(match):.0f} pixels wide, too small to confirm on the face alone; say in "
            "the note what else it rests on: clothes, gait, company, a clearer picture of the same minute"
        )
    with store.writing() as writing:
        match = store.match(match_id)
        if seen is not None and match.state is not seen:
            raise Conflict("someone else decided on this candidate just now; look again")
        decision = _decision(store, match, verdict, by=by, note=note)
        _keep(writing, decision)
    return decision.sighting


def reject_all(store: Store, match_ids: Sequence[str], *, by: str, note: str = "") -> str:
    """Reject candidates that show one and the same other person; each has its own review, all of them or none.

    Returns what `undo_together` takes all back by. BadInput for fewer than two, Conflict when one was decided on.
    """
    if len(set(match_ids)) < 2:
        raise BadInput("reject together: there is nothing to take together")
    together_id = new_id()
    with store.writing() as writing:
        matches = [store.match(id) for id in dict.fromkeys(match_ids)]
        if len({match.case_id for match in matches}) > 1:
            raise BadInput("reject together: these candidates belong to different cases")
        if not all(match.state in REJECTABLE for match in matches):
            raise Conflict("someone else decided on one of these candidates just now; look again")
        for match in matches:
            _keep(writing, _decision(store, match, Verdict.REJECT, by=by, note=note, together_id=together_id))
    return together_id


def undo_together(store: Store, together_id: str, *, by: str) -> int:
    """Take back what `reject_all` did, but for candidates that were decided on since; how many came back."""
    undone = 0
    with store.writing() as writing:
        for review in store.reviews_together(together_id):
            last = standing_verdict(store.reviews(review.match_id))
            if last is not None and last.id == review.id:
                _keep(writing, _decision(store, store.match(review.match_id), Verdict.UNDO, by=by, note=""))
                undone += 1
        if not undone:
            raise Conflict("there is no decision to undo")
    return undone


def bring_back(store: Store, match_id: str, *, by: str) -> None:
    """Put a candidate that was set aside into the queue; a later search does not set it aside again."""
    by = _named(by)
    match = store.match(match_id)
    with store.writing() as writing:
        if not writing.bring_back(match_id=match_id):
            raise Conflict("this candidate is not set aside any more; look again")
        writing.audit(
            at=utc_now(), by=by, action="candidate asked for again", case_id=match.case_id, match=match_id,
            like=match.like_match_id,
        )  # fmt: skip


@dataclass(frozen=True)
class _Decision:
    """A verdict with all that follows from it."""

    match: Match
    review: Review
    place: int
    state: MatchState
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
    if verdict is Verdict.UNDO and standing_verdict(reviews) is None:
        raise Conflict("there is no decision to undo")
    review = Review(new_id(), match.id, verdict, by, note.strip(), utc_now(), together_id)
    state = state_of([*reviews, review])
    withdrawn = tuple(s.id for s in store.sightings(match.case_id) if s.match_id == match.id)
    sighting = _confirmed(store, match, review) if state is MatchState.CONFIRMED else None
    return _Decision(match, review, len(reviews) + 1, state, sighting, withdrawn)


def _keep(writing: Writing, decision: _Decision) -> None:
    match, review = decision.match, decision.review
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


def _confirmed(store: Store, match: Match, review: Review) -> Sighting:
    """The sighting that a confirmed match makes."""
    footage = store.footage(match.footage_id)
    camera = store.camera(footage.camera_id)
    source = f"{camera.name or camera.id}, confirmed by {review.by}"
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
