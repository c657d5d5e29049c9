"""What a search of all open cases found, brought into the case that it concerns: the footage, a part of the search, and
the candidates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from casework.cases import check_still_here
from casework.gallery import Gallery, Sought
from casework.gallery_parts import FOUND, HOW, PART, linked_id, part_id
from casework.kept import derivatives_of
from casework.offering import WORKER, Offer, Pictures, Remembered, offers, settle
from casework.spots import put_spot
from data.errors import NotFound
from data.evidence_rows import put_derivatives
from data.gallery_rows import cases_of_photos
from data.models import Camera, Footage, Job, JobState, Provenance, utc_now
from data.store import Store, Writing
from data.upload_rows import add_footage
from recognition.scan import ScannedTrack

_SO_FAR = ("segments_done", "seconds_done", "faces_seen", "tracks")


@dataclass(frozen=True)
class FoundFor:
    """What a search found for one case: its joined tracks, at least one of which reaches the floor."""

    of: Sought
    tracks: tuple[ScannedTrack, ...]


def offer_in(
    store: Store, writing: Writing, job: Job, footage: Footage, one: FoundFor, gallery: Gallery, pictures: Pictures
) -> None:
    """Bring footage, part and candidates into a case."""
    case_id = one.of.case_id
    linked = _linked(store, writing, job, footage, case_id)
    part = _put_part(store, writing, job, linked, one.of, gallery.info.models)
    offered = offers(Remembered(store, case_id, gallery.comparer), linked, part.id, one.tracks, pictures)
    settle(writing, offered)
    for offer in offered:
        put_derivatives(writing, derivatives_of(linked, _shown(offer), made_by=f"{part.kind} {part.id}, {job.engine}"))
    writing.change(Job, part.id, candidates=sum(offer.is_candidate for offer in offered))


def _shown(offer: Offer) -> dict[str, Any]:
    track = offer.match.track
    return {
        "crop": track.crop_sha256, "context": track.context_sha256, "best_s": track.best_s,
        "best_box_px": track.best_box_px,
    }  # fmt: skip


def _linked(store: Store, writing: Writing, job: Job, footage: Footage, case_id: str) -> Footage:
    """The footage as this case has it from now on: the one that is there already, or the same file, linked."""
    new_id, at = linked_id(job.id, case_id), utc_now()
    for known in store.footages(case_id):
        if known.id == new_id or (known.sha256 == footage.sha256 and known.camera_id == footage.camera_id):
            return known
    camera_id = _camera_in(writing, store.camera(footage.camera_id), case_id)
    came = Provenance(at, job.asked_by, HOW, footage.original_name)
    linked = replace(
        footage, id=new_id, case_id=case_id, camera_id=camera_id, added_at=at, added_by=job.asked_by,
        provenance=(came,), delete_after=None, delete_reason="",
    )  # fmt: skip
    check_still_here(store, footage.sha256, footage.original_name)
    add_footage(writing, linked)
    return linked


def _camera_in(writing: Writing, camera: Camera, case_id: str) -> str:
    """The camera as this case may know it: a spot belongs to one case alone."""
    if not camera.spot_of:
        return camera.id
    spot = put_spot(
        writing, case_id, lat=camera.lat, lon=camera.lon, radius_m=camera.range_m or 0.0, name=camera.name, by=WORKER,
        source=camera.source,
    )  # fmt: skip
    return spot.id


def _put_part(store: Store, writing: Writing, job: Job, linked: Footage, of: Sought, models: Mapping[str, str]) -> Job:
    """The part of the search that this case may know of, as far as it has come."""
    photo_ids = tuple(dict.fromkeys(of.photo_ids))
    so_far = {name: getattr(job, name) for name in _SO_FAR} | {"models": dict(models)}
    if part := _known(store, part_id(job.id, of.case_id)):
        writing.change(Job, part.id, **so_far)
        return part
    part = replace(
        Job(part_id(job.id, of.case_id), PART, of.case_id, linked.id, job.engine, JobState.DONE, job.created_at),
        reference_ids=photo_ids, started_at=job.started_at, asked_by=job.asked_by, queue=job.queue,
        segments_total=job.segments_total, seconds_total=job.seconds_total, **so_far,
    )  # fmt: skip
    writing.add(part)
    writing.audit(
        at=utc_now(), by=WORKER, action=FOUND, case_id=of.case_id, job=part.id, footage=linked.id,
        sha256=linked.sha256, name=linked.original_name, asked_by=job.asked_by,
        people=len(cases_of_photos(store, job.reference_ids)),
    )  # fmt: skip
    return part


def parts_in(store: Store, job: Job, case_ids: Sequence[str]) -> list[Job]:
    """The parts that the search has in these cases."""
    return [part for id in case_ids if (part := _known(store, part_id(job.id, id))) is not None]


def _known(store: Store, job_id: str) -> Job | None:
    try:
        return store.job(job_id)
    except NotFound:
        return None
