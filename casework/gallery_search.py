"""Ask for a search of a footage for the people of all open cases, and see what it gave: nobody learns of a case that
they do not see."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from casework import jobs
from casework.access import needs
from casework.cases import new_id
from casework.footage import true_time
from casework.gallery import LeftOut, LeftOutFor, usable_ids, why_left_out
from casework.gallery_parts import ASKED, DONE, GALLERY, as_part, part_id
from casework.governance import LONGEST_FOOTAGE, check_searchable
from data.errors import BadInput, Conflict, NotFound
from data.models import Case, Footage, Job, JobState, Permission, utc_now
from data.store import Store


@dataclass(frozen=True)
class Reach:
    """Whom a search would look for: by case, its usable photos; and the cases that it would leave out, and why."""

    photo_ids: dict[str, tuple[str, ...]]
    left_out: tuple[LeftOut, ...]

    @property
    def reasons(self) -> dict[str, int]:
        """How many cases are left out for which reason, the commonest first."""
        return dict(Counter(one.why.value for one in self.left_out).most_common())


@dataclass(frozen=True)
class Given:
    """What a search gave, for whoever looks: `found` are the cases that they see, with the candidates there.

    `cases` were searched, `dropped` of them not to the end: they were closed meanwhile, or the asker may no longer
    search there.
    """

    cases: int
    left_out: dict[str, int]
    dropped: int
    found: tuple[tuple[Case, int], ...]


@needs(Permission.READ)
def reach(store: Store, footage_id: str) -> Reach:
    """The open cases, but the footage's own, that whoever asks may search, and those that are left out."""
    footage = store.footage(footage_id)
    span = _span(store, footage)
    photo_ids: dict[str, tuple[str, ...]] = {}
    left_out: list[LeftOut] = []
    for case in store.cases():
        if case.id == footage.case_id:
            continue
        why = why_left_out(store, case, span)
        ids = () if why else usable_ids(store, case.id)
        if why or not ids:
            left_out.append(LeftOut(case.id, why or LeftOutFor.NO_PHOTO))
        else:
            photo_ids[case.id] = ids
    return Reach(photo_ids, tuple(left_out))


@needs(Permission.SEARCH)
def request_gallery(store: Store, footage_id: str, *, engine: str, by: str, queue: str = "cpu") -> Job:
    """Have a worker search the footage for the people of all other open cases that `by` may search.

    NotGoverned where the footage's own case may not be searched, BadInput where no other may, Conflict while such a
    search of this footage is under way. It stands in the record of every case that is sought in it.
    """
    footage = store.footage(footage_id)
    check_searchable(store.case(footage.case_id), utc_now())
    found = reach(store, footage_id)
    if not found.photo_ids:
        reasons = "; ".join(f"{n} with {why}" for why, n in found.reasons.items()) or "there is none besides this one"
        raise BadInput(f"open cases: no other one can be searched: {reasons}")
    job = replace(
        Job(new_id(), GALLERY, footage.case_id, footage_id, engine, JobState.QUEUED, utc_now(), asked_by=by),
        reference_ids=tuple(id for ids in found.photo_ids.values() for id in ids),
        queue=queue,
    )
    with store.writing() as writing:
        if any(other.kind == GALLERY and other.state in jobs.OPEN for other in store.jobs(of_id=footage_id)):
            raise Conflict(f"{footage.original_name}: is being searched against all open cases already")
        writing.add(job)
        writing.audit(
            at=job.created_at, by=by, action=ASKED, case_id=footage.case_id, job=job.id, footage=footage_id,
            engine=engine, cases=len(found.photo_ids), left_out=found.reasons,
        )  # fmt: skip
        for case_id, ids in found.photo_ids.items():
            writing.audit(
                at=job.created_at, by=by, action="searched for in another case's footage", case_id=case_id,
                job=as_part(job, case_id).id, sha256=footage.sha256, engine=engine, references=list(ids),
            )  # fmt: skip
    return job


@needs(Permission.READ)
def last_gallery(store: Store, footage_id: str) -> Job | None:
    """The newest such search of a footage."""
    return next((job for job in store.jobs(of_id=footage_id) if job.kind == GALLERY), None)


@needs(Permission.READ)
def given(store: Store, job: Job) -> Given:
    """What a search gave so far, in the cases that whoever looks sees."""
    asked = _told(store, job, ASKED)
    done = _told(store, job, DONE)
    reasons = asked.get("left_out", {})
    found = []
    for case in store.cases():
        with suppress(NotFound):
            found.append((case, store.job(part_id(job.id, case.id)).candidates))
    return Given(
        int(str(asked.get("cases", 0))),
        {str(why): int(n) for why, n in reasons.items()} if isinstance(reasons, dict) else {},
        int(str(done.get("dropped", 0))),
        tuple(found),
    )


def _told(store: Store, job: Job, action: str) -> dict[str, object]:
    entries = store.audit_entries(job.case_id, action=action)
    return next((entry.details for entry in reversed(entries) if entry.details.get("job") == job.id), {})


def _span(store: Store, footage: Footage) -> tuple[datetime, datetime]:
    """From when to when it was recorded, in true time; how long it is, is known once somebody has looked at it."""
    known = [job.seconds_total for job in store.jobs(of_id=footage.id) if job.seconds_total]
    length = timedelta(seconds=known[0]) if known else LONGEST_FOOTAGE
    start = true_time(footage, 0.0)
    return start, start + length
