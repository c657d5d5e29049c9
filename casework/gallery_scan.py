"""What a worker does for a search of one footage for the people of all open cases, step by step, as for a scan.

Each segment is decoded once, whoever is sought in it. Before each, every case is asked again whether it may be
searched, and whether whoever asked for the search may still search there; one that may not be is left out from then on.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from casework import uses
from casework.access import Person, for_machines
from casework.comparing import references_of
from casework.gallery import Gallery, Sought, shared
from casework.gallery_linking import FoundFor, offer_in, parts_in
from casework.gallery_parts import DONE, as_part, ended, linked_id
from casework.governance import check_searchable, why_not_searchable
from casework.grouping import group_candidates
from casework.kept import kept_track, scanned_tracks
from casework.offering import WORKER
from casework.purging import remove_unused
from casework.retention import forget_expired
from casework.scanning import Workshop
from casework.segment_results import (
    SoFar,
    Spans,
    candidates_vectors,
    counted,
    finished,
    pictures_of,
    pieces_of,
    planned,
    segment_of,
)
from data import account_rows, leases
from data.errors import NotFound, NotGoverned
from data.gallery_rows import cases_of_photos
from data.models import Job, JobState, KeptTrack, Permission, Photo, utc_now
from data.store import Store
from recognition.calibration import find_calibration
from recognition.faces import EngineInfo
from recognition.scan import References, ScannedTrack, SegmentResult
from recognition.similarity import track_similarity

_NOT_COMPARED = -1.0
"""The similarity of a piece of a track whose vectors were not kept: it reached the floor with nobody."""


@for_machines
def plan(shop: Workshop, job_id: str) -> Spans:
    """Look at the footage's head and cut it into segments, once; the log of uses of each case tells that it began."""
    store = shop.store
    if (known := leases.spans_of(store, job_id)) is not None:
        return known
    job = shop.begin(job_id)
    footage = store.footage(job.of_id)
    gallery = _gallery(shop, job)
    info, spans = shop.cut(footage)
    end_s = spans[-1][1] if spans else 0.0
    with shop.writing() as writing:
        for one in gallery.sought:
            photos = [store.photo(id) for id in dict.fromkeys(one.photo_ids)]
            theirs = replace(footage, id=linked_id(job.id, one.case_id))
            uses.began(writing, as_part(job, one.case_id), photos, footage=theirs, seconds=end_s)
        writing.change(Job, job_id, **planned(info, spans))
    return spans


@for_machines
def scan_segment(shop: Workshop, job_id: str, index: int, spans: Spans) -> None:
    """Search one segment for everybody; what is found is kept, and offered in the cases that it concerns, at once."""
    job = shop.store.job(job_id)
    footage, gallery = shop.store.footage(job.of_id), _gallery(shop, job)
    began_s = time.monotonic()
    result = shop.look(footage, segment_of(index, spans), shop.open_engine(job.engine), _references(gallery))
    _keep(shop, job, gallery, spans, result, began_s=began_s)


@for_machines
def give_up(shop: Workshop, job_id: str, index: int, spans: Spans, why: str) -> None:
    """Leave out a segment at which workers crash, as a scan does."""
    job = shop.store.job(job_id)
    result = shop.unseen(index, spans)
    _keep(shop, job, _gallery(shop, job), spans, result, began_s=time.monotonic(), given_up=why)


@for_machines
def finish(shop: Workshop, job_id: str) -> None:
    """Say what was looked at, here and in the cases where something was found; forget everybody else's tracks."""
    store, job = shop.store, shop.store.job(job_id)
    whole, engine, at = shop.whole(job), shop.open_engine(job.engine), utc_now()
    pictures = {picture for _, result, _ in store.segments(job_id) for picture in _pictures(result)}
    asked = cases_of_photos(store, job.reference_ids)
    dropped = len(asked) - len(_may_be_searched(store, job))
    parts = parts_in(store, job, asked)
    for part in parts:
        group_candidates(store, part.case_id, engine)
    with shop.writing() as writing:
        models = dict(engine.info.models)
        writing.change(Job, job_id, state=JobState.DONE, ended_at=at, coverage=whole, models=models)
        for part in parts:
            writing.change(Job, part.id, ended_at=at, coverage=whole, given_up=list(job.given_up))
        ended(store, writing, replace(job, models=models), "done", by=WORKER)
        writing.audit(at=at, by=WORKER, action=DONE, case_id=job.case_id, job=job_id, cases=len(asked), dropped=dropped)
        writing.forget_scan(job_id)
        leases.start_over(writing, job_id)
    remove_unused(store, pictures)


# whom to look for


def _may_be_searched(store: Store, job: Job) -> dict[str, list[Photo]]:
    """By case, the usable photos of the cases that may be searched at this moment for whoever asked."""
    found: dict[str, list[Photo]] = {}
    refused: set[str] = set()
    asker = _asker(store, job)
    for photo_id in job.reference_ids:
        try:
            photo = store.photo(photo_id)
            case = store.case(photo.case_id)
        except NotFound:  # gone with its case, or by itself
            continue
        if case.id not in found and case.id not in refused:
            is_theirs = asker is None or asker.may(Permission.SEARCH, case.id)
            if not is_theirs or why_not_searchable(case, utc_now()) is not None:
                refused.add(case.id)
        if photo.is_usable and case.id not in refused:
            found.setdefault(case.id, []).append(photo)
    return found


def _asker(store: Store, job: Job) -> Person | None:
    """Whoever asked for the search, as they stand now; None where that was the command line."""
    try:
        return Person(store, account_rows.account_named(store, job.asked_by))
    except NotFound:
        return None


def _gallery(shop: Workshop, job: Job) -> Gallery:
    """The people to look for now; NotGoverned where there is none left, or the footage's own case is closed."""
    store, engine = shop.store, shop.open_engine(job.engine)
    check_searchable(store.case(job.case_id), utc_now())
    sought = []
    for case_id, photos in _may_be_searched(store, job).items():
        forget_expired(store, case_id)
        of = [(photo.id, _vectors(shop, job, photo)) for photo in photos]
        ids = tuple(id for id, rows in of for _ in rows.vectors)
        sought.append(Sought(case_id, ids, np.concatenate([rows.vectors for _, rows in of])))
    if not sought:
        raise NotGoverned("open cases: none of those that were to be searched may be searched any more")
    return Gallery(engine, _floors(shop, job), tuple(sought))


def _vectors(shop: Workshop, job: Job, photo: Photo) -> References:
    engine = shop.open_engine(job.engine)
    return references_of(shop.store, engine, shop.eyes, [photo.id], max_pixels=shop.limits.max_pixels)


def _floors(shop: Workshop, job: Job) -> EngineInfo:
    """The engine's info with the floors for everybody who was asked for, also once some are left out."""
    info = shop.open_engine(job.engine).info
    return shared(
        info,
        find_calibration(info.models, shop.limits.calibrations_dir),
        len(cases_of_photos(shop.store, job.reference_ids)),
    )


def _references(gallery: Gallery) -> References:
    """Everybody's vectors as one: the greatest similarity with anybody says whether a track is kept."""
    vectors = np.concatenate([one.vectors for one in gallery.sought])
    return References(vectors, ("",) * len(vectors), (1.0,) * len(vectors))


# what is kept


def _keep(
    shop: Workshop, job: Job, gallery: Gallery, spans: Spans, result: SegmentResult, *, began_s: float,
    given_up: str = "",
) -> None:  # fmt: skip
    """Keep what a segment gave, and offer what is finished in the cases that it concerns, in one transaction."""
    store, index, footage = shop.store, result.segment.index, shop.store.footage(job.of_id)
    floor = gallery.info.review_floor
    tracks = [track if track.similarity >= floor else replace(track, crop_jpeg=None, context_jpeg=None)
              for track in result.tracks]  # fmt: skip
    kept = {
        "tracks": [kept_track(store.files, track, footage) for track in tracks],
        "coverage": asdict(result.coverage),
    }
    pieces = [one for one in pieces_of(job, replace(result, tracks=tuple(tracks)), floor=floor) if one.is_candidate]
    so_far = shop.so_far(job.id, index, kept)
    found = _found(gallery, so_far, [*store.kept_tracks(job.id), *pieces], spans)
    start_s, end_s = spans[index]
    with shop.keeping(job.id, _pictures(kept)) as writing:
        writing.put_segment(job.id, index, kept, end_s - start_s)
        leases.well_ended(writing, job.id, index)
        for piece in pieces:
            writing.put_kept_track(piece)
        counts = counted(so_far, spans) | {"worked_s": job.worked_s + time.monotonic() - began_s, "note": ""}
        counts["given_up"] = [*job.given_up, *([(start_s, end_s, given_up)] if given_up else [])]
        writing.change(Job, job.id, **counts)
        now = replace(job, **{name: value for name, value in counts.items() if name != "given_up"})
        for one in found:
            offer_in(store, writing, now, footage, one, gallery, pictures_of(so_far))


def _found(gallery: Gallery, so_far: SoFar, kept: Sequence[KeptTrack], spans: Spans) -> list[FoundFor]:
    """For each case with a finished track at or above the floor, the finished tracks as they are for that case."""
    vectors = candidates_vectors(list(kept))
    results = [(n, scanned_tracks(result, n, vectors)) for n, result in so_far]
    pieces = [track.vectors for _, tracks in results for track in tracks if track.vectors is not None]
    if not pieces:
        return []
    concerned = {hit.case_id for hit in gallery.hits(np.concatenate(pieces))}
    found = []
    for one in gallery.sought:
        if one.case_id in concerned:
            for_them = [(n, tuple(_for_case(gallery, track, one) for track in tracks)) for n, tracks in results]
            tracks = tuple(finished(for_them, spans))
            if any(track.similarity >= gallery.info.review_floor for track in tracks):
                found.append(FoundFor(one, tracks))
    return found


def _for_case(gallery: Gallery, track: ScannedTrack, one: Sought) -> ScannedTrack:
    """The piece with its similarity to this person; its vectors stay only where it reaches the floor."""
    if track.vectors is None:
        return replace(track, similarity=_NOT_COMPARED)
    similarity = track_similarity(gallery.engine, track.vectors, one.vectors)
    if similarity >= gallery.info.review_floor:
        return replace(track, similarity=similarity)
    return replace(track, similarity=similarity, vectors=None, shot_px=(), shot_quality=())


def _pictures(result: Mapping[str, Any]) -> list[str]:
    """The files that a segment's result speaks of."""
    return [track[name] for track in result["tracks"] for name in ("crop", "context") if track[name]]
