"""/api/v1/matches: candidates, and what people say of them.

Two people confirm a match, and the second does not know what the first said: whatever is answered here is what the
caller may know (`casework.review`), states, verdicts and order alike.
"""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from api.resources.looks import Looks
from api.resources.shapes import JPEG, Reason, Said, Shown, jpeg_answer
from api.resources.sightings import SightingOut
from api.rest import CONFLICT, Asks, Caller, Id, Out, Page, Paging, Scope, page_of, router, scope
from casework import pictures, review
from casework.footage import true_time
from casework.review import Candidate
from data.models import Match, MatchState, Sighting, Verdict

STATES = Annotated[frozenset[MatchState], Query(description="In one of these states; without: all but dropped ones.")]
Opinion = Literal[Verdict.CONFIRM, Verdict.REJECT, Verdict.UNSURE, Verdict.UNDO]


class ReviewOut(Shown):
    """One person's verdict."""

    id: str
    verdict: Verdict
    by: str
    note: str
    at: datetime


class TrackOut(Shown):
    """One face followed through footage; seconds are those of its time line, `time_source` says whence they are."""

    start_s: float
    end_s: float
    best_s: float
    best_box_px: tuple[float, float, float, float]
    shots: int
    quality: float
    time_source: str


class MatchOut(Out):
    """A candidate: an investigative lead, not an identification.

    `state` and `reviews` are what the caller may know: what others said stays hidden until they have decided
    themselves. `similarity` is on the engine's own scale, on which `review_floor` and `alert_threshold` stand, and is
    no probability. `lat` to `tolerance_s` is what it would become on the map. Candidates that look like one person have
    the same `group_id`.
    """

    id: str
    case_id: str
    footage_id: str
    camera_id: str
    camera_name: str
    state: MatchState
    similarity: float
    review_floor: float
    alert_threshold: float
    engine: str
    created_at: datetime
    seen_at: datetime
    face_px: float
    needs_more_than_the_face: bool
    track: TrackOut
    lat: float
    lon: float
    radius_m: float
    tolerance_s: float
    standing: float
    group_id: str | None
    like_match_id: str | None
    reviews: list[ReviewOut]
    meaning: str = review.LEAD


class ReviewIn(Said):
    """A verdict; `undo` takes one's own last one back. `seen` is the state in which the caller saw the match: 409 where
    somebody moved it meanwhile, as far as they may know. A face under the useful size is confirmed only with a note."""

    verdict: Opinion
    note: Annotated[str, Field(max_length=2000)] = ""
    seen: MatchState | None = None


class DecidedOut(Out):
    """The match as the caller may know it now, and the sighting that it became, where two people have confirmed it."""

    match: MatchOut
    sighting: SightingOut | None


class SettlementIn(Said):
    """How a dispute ends, and why the one is right and the other is not."""

    confirms: bool
    reason: Reason


class TogetherIn(Said):
    """Candidates of one case that show one and the same other person."""

    match_ids: Annotated[list[Id], Field(min_length=2, max_length=1000)]
    note: Annotated[str, Field(max_length=2000)] = ""


class TogetherOut(Out):
    """By this id the rejections are taken back."""

    together_id: str


class UndoneOut(Out):
    """How many came back."""

    undone: int


def shown(candidate: Candidate) -> MatchOut:
    match, footage, camera = candidate.match, candidate.footage, candidate.camera
    place = review.sighting_of(match, footage, camera)
    return MatchOut(
        id=match.id,
        case_id=match.case_id,
        footage_id=match.footage_id,
        camera_id=camera.id,
        camera_name=camera.name or camera.id,
        state=match.state,
        similarity=match.track.similarity,
        review_floor=match.review_floor,
        alert_threshold=match.alert_threshold,
        engine=match.engine,
        created_at=match.created_at,
        seen_at=true_time(footage, match.track.best_s),
        face_px=review.face_px(match),
        needs_more_than_the_face=review.needs_more_than_the_face(match),
        track=TrackOut.of(match.track),
        lat=place.lat,
        lon=place.lon,
        radius_m=place.radius_m,
        tolerance_s=place.tolerance_s,
        standing=candidate.standing,
        group_id=match.group_id,
        like_match_id=match.like_match_id,
        reviews=[ReviewOut.of(one) for one in candidate.reviews],
    )


def matches_router(looks: Looks) -> APIRouter:
    """The routes of matches and reviews."""
    routes = router("matches")

    @routes.get("/cases/{case_id}/matches", operation_id="listMatches")
    def list_matches(case_id: Id, asks: Asks, paging: Paging, state: STATES = frozenset()) -> Page[MatchOut]:
        """The case's candidates in the order of the review queue."""
        found = review.candidates(asks.store, looks.case(asks, case_id).id, states=tuple(state))
        return page_of(found, paging, key=_place, shown=shown)

    @routes.get("/matches/{match_id}", operation_id="readMatch")
    def read_match(match_id: Id, asks: Asks) -> MatchOut:
        """One candidate."""
        return shown(review.candidate(asks.store, _looked_at(looks, asks, match_id).id))

    @routes.get("/matches/{match_id}/crop", operation_id="readCrop", response_class=Response, responses=JPEG)
    def read_crop(match_id: Id, asks: Asks) -> Response:
        """The face at the track's best moment, JPEG."""
        return jpeg_answer(pictures.crop(asks.store, _looked_at(looks, asks, match_id)))

    @routes.get("/matches/{match_id}/context", operation_id="readContext", response_class=Response, responses=JPEG)
    def read_context(match_id: Id, asks: Asks) -> Response:
        """The whole frame at that moment with a box around the face, JPEG."""
        return jpeg_answer(pictures.context(asks.store, _looked_at(looks, asks, match_id)))

    _review(routes)
    return routes


def _place(candidate: Candidate) -> tuple[float, float, str]:
    return -candidate.standing, -candidate.match.track.similarity, candidate.match.id


def _looked_at(looks: Looks, asks: Caller, match_id: str) -> Match:
    match = asks.store.match(match_id)
    looks.case(asks, match.case_id)
    return match


def _decided(asks: Caller, match_id: str, sighting: Sighting | None) -> DecidedOut:
    return DecidedOut(
        match=shown(review.candidate(asks.store, match_id)), sighting=SightingOut.of(sighting) if sighting else None
    )


def _review(routes: APIRouter) -> None:
    reviews = [scope(Scope.REVIEW)]

    @routes.post(
        "/matches/{match_id}/reviews", operation_id="review", status_code=201, dependencies=reviews, responses=CONFLICT
    )
    def decide(match_id: Id, said: ReviewIn, asks: Asks) -> DecidedOut:
        """Say what one sees. Two people who do not know of each other make a match a sighting; one no is enough."""
        sighting = review.decide(
            asks.store, match_id, verdict=Verdict(said.verdict), by=asks.name, note=said.note, seen=said.seen
        )
        return _decided(asks, match_id, sighting)

    @routes.post(
        "/matches/{match_id}/settlement", operation_id="settleDispute", dependencies=[scope(Scope.GOVERN)],
        responses=CONFLICT,
    )  # fmt: skip
    def settle(match_id: Id, said: SettlementIn, asks: Asks) -> DecidedOut:
        """End a dispute, as a supervisor who is neither of those who disagree."""
        sighting = review.settle(asks.store, match_id, confirms=said.confirms, reason=said.reason, by=asks.name)
        return _decided(asks, match_id, sighting)

    @routes.post("/matches/{match_id}/bring-back", operation_id="bringBack", dependencies=reviews, responses=CONFLICT)
    def bring_back(match_id: Id, asks: Asks) -> MatchOut:
        """Put a candidate into the queue that was set aside for looking like one who was rejected."""
        review.bring_back(asks.store, match_id, by=asks.name)
        return shown(review.candidate(asks.store, match_id))

    @routes.post(
        "/matches/rejections", operation_id="rejectTogether", status_code=201, dependencies=reviews, responses=CONFLICT
    )
    def reject_together(said: TogetherIn, asks: Asks) -> TogetherOut:
        """Reject all of these at once, or none; each has its own review."""
        return TogetherOut(together_id=review.reject_all(asks.store, said.match_ids, by=asks.name, note=said.note))

    @routes.delete(
        "/matches/rejections/{together_id}", operation_id="undoTogether", dependencies=reviews, responses=CONFLICT
    )
    def undo_together(together_id: Id, asks: Asks) -> UndoneOut:
        """Take back one's own rejections of one act, but where one decided otherwise since."""
        return UndoneOut(undone=review.undo_together(asks.store, together_id, by=asks.name))
