"""Ask for work that takes long. The request is a row in the store, kept in the same transaction as what it is
for; a worker (casework.worker) finds it there, so that nothing can be acknowledged and then forgotten."""

from dataclasses import replace

from casework.cases import new_id
from data.errors import BadInput, Conflict
from data.models import Job, JobState, Photo, utc_now
from data.store import Store


def _queued(kind: str, case_id: str, of_id: str, engine: str) -> Job:
    return Job(new_id(), kind, case_id, of_id, engine, JobState.QUEUED, utc_now())


def check_photo(store: Store, photo_id: str, *, engine: str, by: str) -> Job:
    """Have a worker look for the one face in a reference photo."""
    photo = store.photo(photo_id)
    job = _queued("photo", photo.case_id, photo_id, engine)
    with store.writing() as writing:
        writing.add(job)
        writing.change(Photo, photo_id, job_id=job.id)
        writing.audit(at=job.created_at, by=by, action="photo check asked", case_id=photo.case_id, photo=photo_id)
    return job


def request_scan(store: Store, footage_id: str, *, engine: str, by: str) -> Job:
    """Have a worker search the footage for the case's subject.

    BadInput without a usable reference photo; Conflict while a scan of this footage is under way.
    """
    footage = store.footage(footage_id)
    references = tuple(photo.id for photo in store.photos(footage.case_id) if photo.is_usable)
    if not references:
        raise BadInput("reference photo: the case has no usable photo yet; add one on the Case page first")
    if any(job.of_id == footage_id for job in store.jobs(case_id=footage.case_id, open_only=True)):
        raise Conflict(f"{footage.original_name}: a search of this footage is already under way")
    job = replace(_queued("scan", footage.case_id, footage_id, engine), reference_ids=references)
    with store.writing() as writing:
        writing.add(job)
        writing.audit(
            at=job.created_at,
            by=by,
            action="scan asked",
            case_id=footage.case_id,
            footage=footage_id,
            engine=engine,
            references=list(references),
        )
    return job
