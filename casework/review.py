"""What people say of the matches. Only here does a match become a sighting, or stop being one."""

from dataclasses import dataclass

from casework.cases import new_id
from casework.footage import true_time
from data.errors import BadInput, Conflict
from data.models import Camera, Footage, Match, MatchState, Review, Sighting, SightingKind, Verdict, utc_now
from data.store import Store

LEAD = "investigative lead, not an identification"
# Where nobody said how far the camera sees: the position of the face within the camera's view is not known better.
UNKNOWN_RANGE_M = 25.0
_STATE = {
    Verdict.CONFIRM: MatchState.CONFIRMED,
    Verdict.REJECT: MatchState.REJECTED,
    Verdict.UNSURE: MatchState.UNSURE,
}


@dataclass(frozen=True)
class Candidate:
    """A match with all that a reviewer needs beside it."""

    match: Match
    footage: Footage
    camera: Camera


def candidates(store: Store, case_id: str, *, states: tuple[MatchState, ...] = ()) -> list[Candidate]:
    """The case's candidates, most alike first."""
    footages = {footage.id: footage for footage in store.footages(case_id)}
    cameras = {camera.id: camera for camera in store.cameras()}
    found = store.matches(case_id, states=states)
    return [Candidate(m, footages[m.footage_id], cameras[footages[m.footage_id].camera_id]) for m in found]


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
    return MatchState.TO_REVIEW if verdict is None else _STATE[verdict.verdict]


def decide(store: Store, match_id: str, *, verdict: Verdict, by: str, note: str = "") -> Sighting | None:
    """Record one person's verdict; a confirmed match becomes a sighting, which is returned.

    UNDO takes the last standing verdict back, and its sighting off the map.
    """
    if not by.strip():
        raise BadInput("your name: a decision needs the name of the person who makes it")
    match = store.match(match_id)
    reviews = store.reviews(match_id)
    if verdict is Verdict.UNDO and standing_verdict(reviews) is None:
        raise Conflict("there is no decision to undo")
    review = Review(new_id(), match_id, verdict, by.strip(), note.strip(), utc_now())
    state = state_of([*reviews, review])
    sighting = _sighting(store, match, review) if state is MatchState.CONFIRMED else None
    standing = [s for s in store.sightings(match.case_id) if s.match_id == match_id]
    with store.writing() as writing:
        writing.add_review(review, sequence=len(reviews) + 1)
        writing.set_match_state(match_id, state)
        for old in standing:
            writing.change(Sighting, old.id, withdrawn_at=review.at)
        if sighting is not None:
            writing.add(sighting)
        writing.audit(
            at=review.at,
            by=review.by,
            action=f"match {verdict.value}",
            case_id=match.case_id,
            match=match_id,
            similarity=match.track.similarity,
        )
    return sighting


def _sighting(store: Store, match: Match, review: Review) -> Sighting:
    """The sighting that a confirmed match makes: at its camera, at the track's best moment."""
    footage = store.footage(match.footage_id)
    camera = store.camera(footage.camera_id)
    best = true_time(footage, match.track.best_s)
    half_width_s = max(match.track.best_s - match.track.start_s, match.track.end_s - match.track.best_s)
    return Sighting(
        id=new_id(),
        case_id=match.case_id,
        lat=camera.lat,
        lon=camera.lon,
        radius_m=camera.range_m or UNKNOWN_RANGE_M,
        at=best,
        tolerance_s=half_width_s,
        kind=SightingKind.CONFIRMED_MATCH,
        source=f"{camera.name or camera.id}, confirmed by {review.by}",
        match_id=match.id,
        created_at=review.at,
    )
