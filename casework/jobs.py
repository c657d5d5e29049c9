"""Ask for work that takes long. The request is a row in the store, kept in the same transaction as what it is
for; a worker (casework.worker) finds it there, so that nothing can be acknowledged and then forgotten."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from casework import uses
from casework.access import needs
from casework.cases import new_id
from casework.footage import true_time
from casework.gallery_parts import GALLERY, PART
from casework.gallery_parts import ended as gallery_ended
from casework.governance import check_in_period, check_not_held, check_searchable, why_not_searchable
from data import leases
from data.errors import BadInput, Conflict
from data.models import Footage, Job, JobState, Permission, Photo, utc_now
from data.store import Store

REFERENCES_CHANGED = "reference photos changed"
OPEN = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)
_ENDED_WELL_OR_OPEN = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED, JobState.DONE)


@dataclass(frozen=True)
class Renewal:
    """What a change of the reference photos set going: recordings searched again, and those compared at once."""

    searched_again: int = 0
    compared_at_once: int = 0


def _queued(kind: str, case_id: str, of_id: str, engine: str, *, by: str) -> Job:
    return Job(new_id(), kind, case_id, of_id, engine, JobState.QUEUED, utc_now(), asked_by=by)


@needs(Permission.EDIT)
def check_photo(store: Store, photo_id: str, *, engine: str, by: str) -> Job:
    """Have a worker look for the one face in a reference photo."""
    photo = store.photo(photo_id)
    job = _queued("photo", photo.case_id, photo_id, engine, by=by)
    with store.writing() as writing:
        writing.add(job)
        writing.change(Photo, photo_id, job_id=job.id)
        writing.audit(at=job.created_at, by=by, action="photo check asked", case_id=photo.case_id, photo=photo_id)
    return job


@needs(Permission.SEARCH)
def request_scan(store: Store, footage_id: str, *, engine: str, by: str, queue: str = "cpu") -> Job:
    """Have a worker of this queue search the footage for the case's subject.

    BadInput without a usable reference photo, NotGoverned where the case may not be searched or the footage lies
    outside its search period; Conflict while a scan of this footage is under way.
    """
    footage = store.footage(footage_id)
    _check_may_search(store, footage)
    references = _references(store, footage.case_id)
    job = replace(_scan(store, footage.case_id, footage_id, engine, references, by=by), queue=queue)
    with store.writing() as writing:
        for other in [job for job in store.jobs(of_id=footage_id) if job.kind == "scan"]:
            if other.state is JobState.PAUSED:
                raise Conflict(f"{footage.original_name}: a search of this footage is paused; resume or cancel it")
            if other.state in OPEN:
                raise Conflict(f"{footage.original_name}: a search of this footage is already under way")
        writing.add(job)
        writing.audit(
            at=job.created_at,
            by=by,
            action="scan asked",
            case_id=footage.case_id,
            footage=footage_id,
            engine=engine,
            references=list(references),
            footage_starts=true_time(footage, 0.0).isoformat(),
        )
    return job


def _check_may_search(store: Store, footage: Footage) -> None:
    """NotGoverned where the footage may not be searched now: the case, its authority's end, its search period.

    How long a footage is, is known once somebody has looked at it; a worker then asks once more.
    """
    case = store.case(footage.case_id)
    check_searchable(case, utc_now())
    known = [job.seconds_total for job in store.jobs(of_id=footage.id) if job.kind == "scan" and job.seconds_total]
    check_in_period(case, store.sightings(case.id), footage, seconds=known[0] if known else None)


@needs(Permission.READ)
def why_no_search(store: Store, case_id: str) -> str | None:
    """Why no footage of this case may be searched now; None where it may."""
    return why_not_searchable(store.case(case_id), utc_now())


def _references(store: Store, case_id: str) -> tuple[str, ...]:
    references = tuple(photo.id for photo in store.photos(case_id) if photo.is_usable)
    if not references:
        raise BadInput("reference photo: the case has no usable photo yet; add one on the Case page first")
    return references


@needs(Permission.EDIT)
def references_changed(store: Store, case_id: str, *, by: str) -> Renewal:
    """Bring what was searched up to date with the photos that stand in the case now; harmless to repeat.

    Footage whose tracks were kept is compared again from what was kept, as are all candidates; other footage is
    searched again. A search under way looks here once more when it ends. Without a photo left there is nothing to do,
    nor while the case may not be searched.
    """
    if why_no_search(store, case_id) is not None:
        return Renewal()
    references = tuple(photo.id for photo in store.photos(case_id) if photo.is_usable)
    if not references:
        return Renewal()
    known = [job for job in store.jobs(case_id=case_id) if job.state in _ENDED_WELL_OR_OPEN]
    scans: dict[str, Job] = {}
    for job in known:
        if job.kind == "scan":
            scans.setdefault(job.of_id, job)
    to_search = [s for s in scans.values() if set(s.reference_ids) != set(references) and not _is_kept(s)]
    searched = sum(_search_again(store, scan, references, by=by) for scan in to_search)
    compared = 0
    # of a search of all open cases the candidates alone were kept: they are compared again once it has ended
    searches = [*scans.values(), *(job for job in known if job.kind == PART and job.ended_at is not None)]
    for engine in sorted({search.engine for search in searches}):
        mine = [search for search in searches if search.engine == engine and search.state is JobState.DONE]
        stale = [scan for scan in mine if set(_compared_with(scan, known)) != set(references)]
        if stale:
            _compare_again(store, case_id, engine, references, known, by=by)
        compared += sum(_is_kept(scan) for scan in stale)
    if searched or compared:
        with store.writing() as writing:
            writing.audit(
                at=utc_now(), by=by, action=REFERENCES_CHANGED, case_id=case_id, references=list(references),
                searched_again=searched, compared_at_once=compared,
            )  # fmt: skip
    return Renewal(searched, compared)


@needs(Permission.READ)
def last_renewal(store: Store, case_id: str) -> tuple[datetime, Renewal] | None:
    """When the reference photos last changed so that something was to be done, and what; None when never.

    A search that was under way then adds to it when it ends.
    """
    entries = store.audit_entries(case_id, action=REFERENCES_CHANGED)
    latest = list(takewhile(lambda e: e.details["references"] == entries[-1].details["references"], reversed(entries)))
    if not latest:
        return None
    counts = [Renewal(*(int(str(e.details[name])) for name in ("searched_again", "compared_at_once"))) for e in latest]
    return latest[-1].at, Renewal(sum(c.searched_again for c in counts), sum(c.compared_at_once for c in counts))


def _is_kept(scan: Job) -> bool:
    return scan.state is JobState.DONE and scan.keeps_vectors


def _compared_with(scan: Job, known: list[Job]) -> tuple[str, ...]:
    """The photos that a finished scan's tracks were last compared with, or are about to be."""
    later = [
        job
        for job in known
        if (job.kind, job.engine) == ("recompare", scan.engine) and scan.ended_at and job.created_at >= scan.ended_at
    ]
    return later[0].reference_ids if later else scan.reference_ids


def _search_again(store: Store, scan: Job, references: tuple[str, ...], *, by: str) -> bool:
    """Queue another search of the footage, or give one that waits the new photos; False while one is under way."""
    if scan.state in OPEN and scan.started_at is not None:
        return False
    with store.writing() as writing:
        if scan.state in OPEN:
            return writing.set_references(scan.id, references)
        again = _scan(store, scan.case_id, scan.of_id, scan.engine, references, by=by)
        writing.add(replace(again, queue=scan.queue))
    return True


def _compare_again(
    store: Store, case_id: str, engine: str, references: tuple[str, ...], known: list[Job], *, by: str
) -> None:
    """Queue a comparison, or give one that waits the new photos."""
    waiting = [job for job in known if (job.kind, job.engine, job.state) == ("recompare", engine, JobState.QUEUED)]
    with store.writing() as writing:
        if not any(writing.set_references(job.id, references) for job in waiting):
            writing.add(replace(_queued("recompare", case_id, case_id, engine, by=by), reference_ids=references))


def _scan(store: Store, case_id: str, footage_id: str, engine: str, references: tuple[str, ...], *, by: str) -> Job:
    keeps = store.case(case_id).keeps_vectors
    job = _queued("scan", case_id, footage_id, engine, by=by)
    return replace(job, reference_ids=references, keeps_vectors=keeps)


# what a person may do with a job


@needs(Permission.SEARCH)
def pause(store: Store, job_id: str, *, by: str) -> Job:
    """Stop the job where it stands; what was searched so far is kept, but for the segment under way."""
    return _move(store, job_id, was=(JobState.QUEUED, JobState.RUNNING), to=JobState.PAUSED, action="paused", by=by)


@needs(Permission.SEARCH)
def resume(store: Store, job_id: str, *, by: str) -> Job:
    """Have a paused job go on where it stopped. NotGoverned for a search while its case may not be searched."""
    _check_governed(store, job_id)
    return _move(store, job_id, was=(JobState.PAUSED,), to=JobState.QUEUED, action="resumed", by=by, note="")


def left_s(job: Job) -> float | None:
    """How long the rest will take at the speed measured so far; None before a segment was measured."""
    if not (job.seconds_total and job.seconds_done and job.worked_s):
        return None
    return (job.seconds_total - job.seconds_done) * job.worked_s / job.seconds_done


@needs(Permission.SEARCH)
def cancel(store: Store, job_id: str, *, by: str) -> Job:
    """End the job for good; candidates that it found stay, what else it kept of people's faces is deleted."""
    return _move(store, job_id, was=OPEN, to=JobState.CANCELLED, action="cancelled", by=by, ended_at=utc_now())


@needs(Permission.SEARCH)
def retry(store: Store, job_id: str, *, reason: str, by: str) -> Job:
    """Do a job again from its beginning that failed, was cancelled, or gave up a part of its footage.

    BadInput without a reason; Conflict when there is nothing to try again, or a newer job does the same.
    """
    if not reason.strip():
        raise BadInput("reason: say in a few words why it should go better this time")
    job = _check_governed(store, job_id)
    if job.kind == GALLERY:
        raise Conflict("which cases are open and yours may have changed; ask for a new search of all open cases")
    check_not_held(store.case(job.case_id))  # to begin again is to delete what was found
    if job.state is JobState.DONE and not job.given_up:
        raise Conflict("this job was done in full; there is nothing to try again")
    rivals = [other for other in store.jobs(of_id=job.of_id) if other.kind == job.kind and other.id != job_id]
    if any(other.state in OPEN for other in rivals):
        raise Conflict("a newer job does the same already")
    afresh: dict[str, Any] = {"error": None, "ended_at": None, "started_at": None, "note": "", "coverage": None}
    afresh |= {"segments_done": 0, "seconds_done": 0.0, "worked_s": 0.0, "faces_seen": 0, "tracks": 0, "candidates": 0}
    afresh |= {"spans": None, "segments_total": None, "seconds_total": None, "given_up": []}
    if job.kind != "photo":
        afresh |= {"reference_ids": list(_references(store, job.case_id))}
        afresh |= {"keeps_vectors": store.case(job.case_id).keeps_vectors}
    was = (JobState.FAILED, JobState.CANCELLED, JobState.DONE)
    told = " ".join(reason.split())
    afresh["retry_reason"] = told
    return _move(store, job_id, was=was, to=JobState.QUEUED, action="tried again", by=by, reason=told, **afresh)


@needs(Permission.SEARCH)
def put_first(store: Store, job_id: str, *, by: str) -> Job:
    """Have the job go before all that wait now; what is being done is not interrupted for it."""
    with store.writing() as writing:
        job = store.job(job_id)
        if job.state not in OPEN:
            raise Conflict("this job has ended")
        priority = leases.highest_priority(writing) + 1
        writing.change(Job, job_id, priority=priority)
        writing.audit(at=utc_now(), by=by, action=f"{job.kind} put first", case_id=job.case_id, job=job_id)
    return store.job(job_id)


def _check_governed(store: Store, job_id: str) -> Job:
    job = store.job(job_id)
    if job.kind != "photo":
        check_searchable(store.case(job.case_id), utc_now())
    return job


def _move(
    store: Store, job_id: str, *, was: tuple[JobState, ...], to: JobState, action: str, by: str, **values: Any
) -> Job:
    """Set the job's state where it is in one of those, and say in the audit who did it; Conflict where it is not."""
    told = {"reason": values.pop("reason")} if "reason" in values else {}
    with store.writing() as writing:
        job = leases.move(writing, job_id, was=was, to=to, **values)
        if job is None:
            raise Conflict(f"this job is {store.job(job_id).state} now; look again")
        if job.kind in (uses.LIVE, uses.BROWSER):
            raise Conflict("this is a search at the moment: end it on the page where it was begun")
        is_over = to is JobState.CANCELLED or told
        if job.kind in ("scan", GALLERY) and is_over and not store.case(job.case_id).legal_hold:
            writing.forget_scan(job_id)
            leases.start_over(writing, job_id)
        if to is JobState.CANCELLED and job.kind in uses.KINDS and job.started_at is not None:
            uses.ended(writing, job, "cancelled", by=by)
        if to is JobState.CANCELLED and job.kind == GALLERY and job.started_at is not None:
            gallery_ended(store, writing, job, "cancelled", by=by)
        writing.audit(at=utc_now(), by=by, action=f"{job.kind} {action}", case_id=job.case_id, job=job_id, **told)
    return job
