"""Keep what was seen at the moment: by a camera that is watched live, or one that somebody holds in their hand.

A search that is under way is a job of its own kind, so that its candidates, the log of uses and the record tell of it
as of a scan. A hit is one face that passed: its few pictures become a small footage, byte for byte as they came, with
the true time of each; nothing else of what such a camera sees is kept (docs/decisions/0031-live.md).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from casework import uses
from casework.access import needs
from casework.cases import check_still_here, new_id
from casework.governance import check_in_period, check_searchable
from casework.kept import derivatives_of, kept_track, picture_key
from casework.naming import named
from casework.purging import remove_unused
from casework.uses import BROWSER, LIVE
from data.errors import BadInput
from data.evidence_rows import put_derivatives
from data.models import Footage, Job, JobState, Match, Permission, Photo, Provenance, StartedFrom, utc_now
from data.store import Store, Writing
from recognition.faces import Comparer, Float

if TYPE_CHECKING:  # what opens pictures is loaded with the first hit, for the web door begins searches too
    from recognition.eyes import Eyes
    from recognition.scan import ScannedTrack

__all__ = ["BROWSER", "LIVE", "Hit", "HitFrame", "begin_search", "end_search", "keep_hit", "usable_photos"]
Box = tuple[float, float, float, float]
_LEAST_STEP = timedelta(milliseconds=2)


@dataclass(frozen=True)
class HitFrame:
    """One picture of a hit: when it was taken (true time), the JPEG as it came, where in it the face is (pixels), how
    good a shot it is, and the face's vector, ``(d,)`` or ``(1, d)``."""

    at: datetime
    jpeg: bytes
    size_px: tuple[int, int]
    box_px: Box
    quality: float
    vector: Float


@dataclass(frozen=True)
class Hit:
    """One face that passed: its frames, oldest first, at least one, and how alike it is to the person sought.

    `clock_uncertainty_s` is how far the times may be wrong.
    """

    frames: tuple[HitFrame, ...]
    similarity: float
    clock_uncertainty_s: float | None = None


# a search that is under way


@needs(Permission.SEARCH)
def begin_search(store: Store, case_id: str, *, kind: str, of_id: str, engine: str, by: str) -> Job:
    """A search at the moment begins, against the photos that stand in the case now; the log of uses tells of it.

    NotGoverned where the case may not be searched, BadInput without a usable reference photo.
    """
    case = store.case(case_id)
    at = utc_now()
    check_searchable(case, at)
    photos = usable_photos(store, case_id)
    ids = tuple(photo.id for photo in photos)
    job = Job(
        new_id(), kind, case_id, of_id, engine, JobState.RUNNING, at, reference_ids=ids, started_at=at, asked_by=by
    )
    with store.writing() as writing:
        writing.add(job)
        uses.began(writing, job, photos)
        writing.audit(at=at, by=by, action=f"{kind} search began", case_id=case_id, job=job.id, references=list(ids))
    return job


@needs(Permission.SEARCH)
def end_search(store: Store, job_id: str, *, by: str, how: str = "done") -> None:
    """The search is over; nothing happens where it was already."""
    with store.writing() as writing:
        job = store.job(job_id)
        if job.state is not JobState.RUNNING:
            return
        at = utc_now()
        writing.change(Job, job_id, state=JobState.DONE, ended_at=at)
        uses.ended(writing, job, how, by=by)
        writing.audit(
            at=at, by=by, action=f"{job.kind} search ended", case_id=job.case_id, job=job_id, candidates=job.candidates
        )


@needs(Permission.READ)
def usable_photos(store: Store, case_id: str) -> list[Photo]:
    """The photos that a search compares with; BadInput where there is none."""
    photos = [photo for photo in store.photos(case_id) if photo.is_usable]
    if not photos:
        raise BadInput("reference photo: the case has no usable photo yet; add one on the Case page first")
    return photos


# a hit


@needs(Permission.SEARCH)
def keep_hit(
    store: Store,
    job: Job,
    hit: Hit,
    *,
    place: Callable[[Writing], str],
    engine: Comparer,
    eyes: "Eyes",
    max_pixels: int,
    name: str,
    how: str,
    by: str,
) -> Match:
    """Keep a hit of the search `job`: its pictures as footage, the track, and the candidate, in one transaction.

    `place` is asked within it for the id of the camera or spot at which the pictures were taken; whatever it raises
    undoes all. The candidate is offered, set aside or grouped as a scan's would be, alerts included. `name` is what the
    footage is called, `how` the way it came ("live camera", "browser camera"). The floor is `engine.info.review_floor`.

    NotGoverned once the case may not be searched, UnreadableFootage where the pictures cannot be shown.
    """
    from casework.grouping import group_candidates
    from recognition.stills_film import film_of_stills

    check_searchable(store.case(job.case_id), utc_now())
    frames = _rising(hit.frames)
    start = frames[0].at
    times = [(frame.at - start).total_seconds() for frame in frames]
    width_px, height_px = frames[0].size_px
    film = film_of_stills(
        [(at_s, frame.jpeg) for at_s, frame in zip(times, frames, strict=True)],
        start_at=start,
        width_px=width_px,
        height_px=height_px,
    )
    sha256 = store.files.put_bytes(film, what=name)
    files = {sha256}
    is_kept = False
    try:
        footage = _footage(job, hit, sha256, len(film), name=name, how=how, by=by, start=start)
        check_in_period(store.case(job.case_id), store.sightings(job.case_id), footage, seconds=times[-1])
        track = _track(hit, frames, times, store, footage, eyes=eyes, max_pixels=max_pixels)
        kept = kept_track(store.files, track, footage)
        files |= {kept[picture] for picture in ("crop", "context") if kept[picture]}
        match = _keep(store, job, footage, track, kept, place=place, engine=engine)
        is_kept = True
    finally:
        if not is_kept:
            remove_unused(store, files)
    group_candidates(store, job.case_id, engine)
    return match


def _keep(
    store: Store,
    job: Job,
    footage: Footage,
    track: "ScannedTrack",
    kept: dict[str, object],
    *,
    place: Callable[[Writing], str],
    engine: Comparer,
) -> Match:
    from casework.offering import Remembered, offers, settle

    key = picture_key(track.best_s, track.best_box_px)
    pictures = {key: (_word(kept["crop"]), _word(kept["context"]))}
    remembered = Remembered(store, job.case_id, engine)
    with store.writing() as writing:
        check_searchable(store.case(job.case_id), utc_now())
        at_camera = replace(footage, camera_id=place(writing))
        check_still_here(store, footage.sha256, footage.original_name)
        writing.add(at_camera)
        writing.audit(
            at=footage.added_at, by=footage.added_by, action="footage added", case_id=job.case_id, footage=footage.id,
            sha256=footage.sha256, name=footage.original_name, how=footage.provenance[-1].how, job=job.id,
        )  # fmt: skip
        put_derivatives(writing, derivatives_of(at_camera, kept, made_by=f"{job.kind} {job.id}, {engine.info.name}"))
        (offer,) = offers(remembered, at_camera, job.id, [track], pictures)
        settle(writing, [offer])
        known = store.job(job.id)
        writing.change(
            Job, job.id, models=dict(engine.info.models), candidates=known.candidates + 1,
            tracks=max(known.tracks, known.candidates + 1),
        )  # fmt: skip
    return offer.match


def _footage(
    job: Job, hit: Hit, sha256: str, size_bytes: int, *, name: str, how: str, by: str, start: datetime
) -> Footage:
    at = utc_now()
    return Footage(
        id=new_id(),
        case_id=job.case_id,
        camera_id="",
        sha256=sha256,
        original_name=name,
        size_bytes=size_bytes,
        started_at=start,
        clock_offset_s=0.0,
        added_at=at,
        added_by=by,
        clock_uncertainty_s=hit.clock_uncertainty_s,
        clock_checked="",
        started_from=StartedFrom.OWN_CLOCK,
        provenance=(Provenance(at, by, how, name),),
    )


def _track(
    hit: Hit,
    frames: tuple[HitFrame, ...],
    times: list[float],
    store: Store,
    footage: Footage,
    *,
    eyes: "Eyes",
    max_pixels: int,
) -> "ScannedTrack":
    """The frames as one track, its best shot first, with the pictures of that moment."""
    from recognition.scan import ScannedTrack
    from recognition.timeline import CONTAINER

    order = sorted(range(len(frames)), key=lambda n: (-frames[n].quality, n))
    best, at_s = frames[order[0]], times[order[0]]
    with named(footage):
        cut = eyes.pictures_at(store.files.path(footage.sha256), at_s, best.box_px, max_pixels=max_pixels)
    return ScannedTrack(
        segment=0,
        start_s=0.0,
        end_s=times[-1],
        best_s=at_s,
        best_box_px=best.box_px,
        first_box_px=frames[0].box_px,
        last_box_px=frames[-1].box_px,
        seen=len(frames),
        shots=len(frames),
        similarity=hit.similarity,
        quality=best.quality,
        time_source=CONTAINER,
        shot_px=tuple(_shorter_side(frames[n].box_px) for n in order),
        shot_quality=tuple(frames[n].quality for n in order),
        vectors=np.concatenate([frames[n].vector.reshape(1, -1) for n in order]).astype(np.float32),
        crop_jpeg=cut[0] if cut else None,
        context_jpeg=cut[1] if cut else None,
    )


def _rising(frames: tuple[HitFrame, ...]) -> tuple[HitFrame, ...]:
    """The frames by time, each a little later than the one before: a clock that was set back makes no footage."""
    if not frames:
        raise BadInput("hit: has no picture")
    found: list[HitFrame] = []
    for frame in sorted(frames, key=lambda frame: frame.at):
        least = found[-1].at + _LEAST_STEP if found else frame.at
        found.append(frame if frame.at >= least else replace(frame, at=least))
    return tuple(found)


def _shorter_side(box_px: Box) -> float:
    x1, y1, x2, y2 = box_px
    return min(x2 - x1, y2 - y1)


def _word(value: object) -> str | None:
    return None if value is None else str(value)
