"""Compare with the reference photos as they are now: the photos' vectors, and tracks whose vectors were kept.

Nothing is decoded for it, but one moment for the pictures of a track that becomes a candidate only now.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from casework.access import for_machines
from casework.kept import derivatives_of, face_vectors, picture_key, rows_of, scanned_tracks
from casework.naming import named
from casework.offering import Offer, Remembered, offers, offers_again, settle
from data.errors import ChildKilled
from data.evidence_rows import put_derivatives
from data.models import Derivative, Footage, Job, JobState, Match, Photo, PhotoVectors
from data.store import Store
from recognition.eyes import Eyes
from recognition.faces import Comparer, Engine, Float
from recognition.footage import Segment
from recognition.scan import References, ScannedTrack, SegmentResult, join
from recognition.similarity import track_similarity
from recognition.tally import Tally


@dataclass(frozen=True)
class Compared:
    """What a comparison of a case's kept tracks gave."""

    footages: int = 0
    candidates: int = 0

    def plus(self, offered: Sequence[Offer], *, footages: int = 0) -> "Compared":
        return Compared(self.footages + footages, self.candidates + sum(offer.is_candidate for offer in offered))


@for_machines
def photo_vectors(store: Store, engine: Engine, eyes: Eyes, photo: Photo, *, max_pixels: int) -> PhotoVectors:
    """The vector of the photo's face and how alike it is to the case's other usable photos; made once and kept."""
    name = engine.info.name
    known = store.photo_vectors([photo.id], engine=name)
    if photo.id in known:
        return known[photo.id]
    with named(photo):
        made = eyes.reference_vectors(store.files.path(photo.sha256), engine, max_pixels=max_pixels)
    others = [other.id for other in store.photos(photo.case_id) if other.is_usable and other.id != photo.id]
    likeness = {
        id: track_similarity(engine, made.vectors, rows_of(other.vectors))
        for id, other in store.photo_vectors(others, engine=name).items()
    }
    vectors = face_vectors(name, made.vectors, quality=made.qualities)
    kept = PhotoVectors(photo.id, vectors, likeness, engine.info.review_floor)
    with store.writing() as writing:
        writing.put_photo_vectors(kept)
    return kept


@for_machines
def references_of(store: Store, engine: Engine, eyes: Eyes, photo_ids: Sequence[str], *, max_pixels: int) -> References:
    """The vectors of these photos, in their order."""
    photos = [store.photo(id) for id in photo_ids]
    kept = [photo_vectors(store, engine, eyes, photo, max_pixels=max_pixels).vectors for photo in photos]
    return References(
        vectors=np.concatenate([rows_of(vectors) for vectors in kept]),
        names=tuple(photo.original_name for photo, of in zip(photos, kept, strict=True) for _ in of.quality),
        qualities=tuple(value for of in kept for value in of.quality),
    )


@for_machines
def kept_scans(store: Store, case_id: str, engine: str) -> list[Job]:
    """Of each footage, the newest finished scan with this engine whose tracks' vectors are all kept."""
    newest: dict[str, Job] = {}
    for job in store.jobs(case_id=case_id):
        if (job.kind, job.engine, job.state) == ("scan", engine, JobState.DONE):
            newest.setdefault(job.of_id, job)
    return [job for job in newest.values() if job.keeps_vectors]


@for_machines
def compare_again(store: Store, job: Job, engine: Engine, eyes: Eyes, *, max_pixels: int) -> Compared:
    """Compare the case's kept tracks, and every candidate's, with the photos of a recompare job."""
    references = references_of(store, engine, eyes, job.reference_ids, max_pixels=max_pixels).vectors
    done: set[str] = set()
    compared = Compared()
    remembered = Remembered(store, job.case_id, engine)
    for scan in kept_scans(store, job.case_id, engine.info.name):
        footage = store.footage(scan.of_id)
        offered = _footage_again(store, remembered, footage, scan, references)
        offered = [_pictured(store, eyes, offer, footage, max_pixels) for offer in offered]
        with store.writing() as writing:
            settle(writing, offered)
            put_derivatives(writing, _made_of(footage, job, offered))
        done |= {offer.match.id for offer in offered}
        compared = compared.plus(offered, footages=1)
    return compared.plus(_candidates_again(store, remembered, references, but=done))


def _footage_again(store: Store, remembered: Remembered, footage: Footage, scan: Job, references: Float) -> list[Offer]:
    """The tracks of one footage against the references, cut ones joined as its scan did."""
    vectors = {(kept.segment, kept.place): kept.vectors for kept in store.kept_tracks(scan.id)}
    results: list[SegmentResult] = []
    pictures: dict[tuple[float, tuple[float, ...]], tuple[str | None, str | None]] = {}
    for number, result, _ in store.segments(scan.id):
        tracks = [
            _compared(remembered.engine, track, references)
            for track in scanned_tracks(result, number, vectors)
            if track.vectors is not None
        ]
        results.append(SegmentResult(Segment(number, 0.0, 0.0), tuple(tracks), Tally().coverage()))
        pictures |= {picture_key(k["best_s"], k["best_box_px"]): (k["crop"], k["context"]) for k in result["tracks"]}
    return offers(remembered, footage, scan.id, join(results), pictures)


def _compared(engine: Comparer, track: ScannedTrack, references: Float) -> ScannedTrack:
    """The track with its similarity as it is now; vectors stay only with a piece that reaches the review floor."""
    assert track.vectors is not None  # noqa: S101  the caller asked for those
    similarity = track_similarity(engine, track.vectors, references)
    if similarity >= engine.info.review_floor:
        return replace(track, similarity=similarity)
    return replace(track, similarity=similarity, vectors=None, shot_px=(), shot_quality=())


def _candidates_again(store: Store, remembered: Remembered, references: Float, *, but: set[str]) -> list[Offer]:
    """Candidates whose footage kept nothing else: their own vectors are there, so they need not wait for a scan."""
    offered = []
    for match_id, vectors in remembered.vectors.items():
        known: Match = remembered.matches[match_id]
        if match_id not in but:
            similarity = track_similarity(remembered.engine, rows_of(vectors), references)
            offered.append(offers_again(remembered, store.footage(known.footage_id), known, similarity))
    with store.writing() as writing:
        settle(writing, offered)
    return offered


def _made_of(footage: Footage, job: Job, offered: Sequence[Offer]) -> Iterator[Derivative]:
    """What the candidates' pictures were made from; those that the scan had kept stand in the record already."""
    for track in (offer.match.track for offer in offered):
        told = {"crop": track.crop_sha256, "context": track.context_sha256}
        where = {"best_s": track.best_s, "best_box_px": track.best_box_px}
        yield from derivatives_of(footage, told | where, made_by=f"comparison {job.id}, {job.engine}")


def _pictured(store: Store, eyes: Eyes, offer: Offer, footage: Footage, max_pixels: int) -> Offer:
    """The offer with pictures, cut anew from the footage where its scan had kept none."""
    track = offer.match.track
    if not offer.is_candidate or track.crop_sha256 is not None:
        return offer
    path = store.files.path(footage.sha256)
    try:
        made = eyes.pictures_at(path, track.best_s, track.best_box_px, max_pixels=max_pixels)
    except ChildKilled:  # a candidate without pictures is better than none
        return offer
    if made is None:
        return offer
    crop, context = (store.files.put_bytes(picture, what=footage.original_name) for picture in made)
    return replace(offer, match=replace(offer.match, track=replace(track, crop_sha256=crop, context_sha256=context)))
