"""From tracks to candidates: what is offered for review, set aside, compared anew, or dropped. Decisions stand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from casework import uses
from casework.alerting.events import candidates_offered
from casework.kept import picture_key, rows_of, track_id, vectors_of
from casework.verdicts import LEFT_OUT
from data.models import FaceTrack, FaceVectors, Footage, Match, MatchState, utc_now
from data.store import Store, Writing
from recognition.faces import Comparer, Float
from recognition.scan import ScannedTrack
from recognition.similarity import track_similarity

Pictures = Mapping[tuple[float, tuple[float, ...]], tuple[str | None, str | None]]
"""By `picture_key`, the hashes of crop and context."""

UNDECIDED = LEFT_OUT | {MatchState.TO_REVIEW}
_TAKEN_FOR_THE_PERSON = (MatchState.CONFIRMED, MatchState.HALF_CONFIRMED, MatchState.DISPUTED)
WORKER = "worker"


@dataclass(frozen=True)
class Offer:
    """One track, as it is to stand in the case from now on; `known` is the match that it was until now."""

    match: Match
    vectors: FaceVectors | None
    known: Match | None

    @property
    def is_candidate(self) -> bool:
        return self.match.track.similarity >= self.match.review_floor


class Remembered:
    """What is known of a case's candidates of one engine while new ones are offered."""

    def __init__(self, store: Store, case_id: str, engine: Comparer) -> None:
        self.engine = engine
        self.matches = {m.id: m for m in store.matches(case_id) if m.engine == engine.info.name}
        self.vectors = store.match_vectors(case_id, engine=engine.info.name)

    def like_rejected(self, match_id: str, vectors: FaceVectors | None, similarity: float) -> str | None:
        """The rejected match that a track looks like; None when there is none.

        It must reach the engine's alert threshold with it, the highest limit that was measured, and be more like it
        than like the person sought and every confirmed match: in doubt a candidate is offered.
        """
        if vectors is None:
            return None
        rows = rows_of(vectors)
        least = max(self.engine.info.alert_threshold, similarity)
        confirmed = self._likest(rows, *_TAKEN_FOR_THE_PERSON, but=match_id)
        rejected = self._likest(rows, MatchState.REJECTED, but=match_id)
        if rejected is None or rejected[0] < least or (confirmed is not None and confirmed[0] >= rejected[0]):
            return None
        return rejected[1]

    def _likest(self, rows: Float, *states: MatchState, but: str) -> tuple[float, str] | None:
        alike = [
            (track_similarity(self.engine, rows, rows_of(self.vectors[id])), id)
            for id, match in self.matches.items()
            if match.state in states and id in self.vectors and id != but
        ]
        return max(alike, default=None)


def offers(
    remembered: Remembered, footage: Footage, scan_id: str, tracks: Sequence[ScannedTrack], pictures: Pictures
) -> list[Offer]:
    """What becomes of the finished tracks of a footage: a match for each at or above the review floor, or known."""
    found = []
    for track in tracks:
        match_id = track_id(footage, remembered.engine.info.name, track)
        known = remembered.matches.get(match_id)
        if known is None and track.similarity < remembered.engine.info.review_floor:
            continue
        vectors = vectors_of(track, remembered.engine.info.name)
        crop, context = pictures.get(picture_key(track.best_s, track.best_box_px), (None, None))
        face = _face(match_id, scan_id, track, crop, context)
        if known is not None and crop is None:  # the pictures that are there show the moment that is kept with them
            face = replace(known.track, scan_id=scan_id, similarity=track.similarity)
        found.append(_offer(remembered, footage, face, vectors, known))
    return found


def offers_again(remembered: Remembered, footage: Footage, known: Match, similarity: float) -> Offer:
    """What becomes of a candidate whose own vectors were compared again."""
    face = replace(known.track, similarity=similarity)
    return _offer(remembered, footage, face, remembered.vectors.get(known.id), known)


def settle(writing: Writing, offered: Sequence[Offer]) -> None:
    """Keep them. A decision once taken is never asked for again, and no reviewed match changes its state."""
    for offer in offered:
        match, known = offer.match, offer.known
        writing.put_track(match.track)
        if known is None:
            writing.add_match(match)
            if match.state is MatchState.SET_ASIDE:
                _record(writing, match, "candidate set aside", like=match.like_match_id)
        elif known.state is not match.state and writing.set_match_state(match.id, match.state, was=known.state):
            words = "candidate dropped" if match.state is MatchState.DROPPED else "candidate offered again"
            _record(writing, match, words, review_floor=match.review_floor, before=known.track.similarity)
        if offer.vectors is not None and offer.is_candidate:
            writing.put_match_vectors(match.id, offer.vectors)
        if offer.is_candidate and (known is None or known.track.scan_id != match.track.scan_id):
            uses.matched(writing, match, by=WORKER)
    candidates_offered(writing, [(offer.match, offer.known) for offer in offered], at=utc_now())


def _record(writing: Writing, match: Match, action: str, **details: object) -> None:
    similarity = match.track.similarity
    writing.audit(
        at=utc_now(), by=WORKER, action=action, case_id=match.case_id, match=match.id, similarity=similarity, **details
    )


def _offer(
    remembered: Remembered, footage: Footage, face: FaceTrack, vectors: FaceVectors | None, known: Match | None
) -> Offer:
    info = remembered.engine.info
    if known is not None:
        return Offer(replace(known, track=face, state=_state_again(known, face.similarity)), vectors, known)
    like = remembered.like_rejected(face.id, vectors, face.similarity)
    match = Match(
        id=face.id,
        case_id=footage.case_id,
        footage_id=footage.id,
        track=face,
        engine=info.name,
        review_floor=info.review_floor,
        alert_threshold=info.alert_threshold,
        state=MatchState.SET_ASIDE if like else MatchState.TO_REVIEW,
        created_at=utc_now(),
        like_match_id=like,
    )
    return Offer(match, vectors, None)


def _state_again(known: Match, similarity: float) -> MatchState:
    """Only what nobody has decided on moves: below the floor it is dropped, above it comes back."""
    if known.state not in UNDECIDED:
        return known.state
    if similarity < known.review_floor:
        return MatchState.DROPPED
    if known.state is not MatchState.DROPPED:
        return known.state
    return MatchState.SET_ASIDE if known.like_match_id else MatchState.TO_REVIEW


def _face(match_id: str, scan_id: str, track: ScannedTrack, crop: str | None, context: str | None) -> FaceTrack:
    return FaceTrack(
        id=match_id,
        scan_id=scan_id,
        segment=track.segment,
        start_s=track.start_s,
        end_s=track.end_s,
        best_s=track.best_s,
        best_box_px=track.best_box_px,
        shots=track.shots,
        similarity=track.similarity,
        quality=track.quality,
        time_source=track.time_source,
        crop_sha256=crop,
        context_sha256=context,
    )
