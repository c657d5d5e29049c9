"""A search of one footage for the people of all open cases: its names, its part in each case, and how it ends.

The search is one job, of the case that the footage belongs to. Where it finds somebody's candidate, that case gets the
footage (the same file, kept once), the candidate, and a job of its own kind, the part, that says what was searched:
whoever works on that case need not see the other one.
"""

import hashlib
from contextlib import suppress
from dataclasses import replace

from casework import uses
from casework.access import check_signs, checks_itself, guard_of, needs
from data.errors import NotFound
from data.gallery_rows import cases_of_photos
from data.models import Job, Permission, utc_now
from data.store import Store, Writing

GALLERY, PART = "gallery", "gallery part"
"""Kinds of jobs. No worker takes a part: it has no life of its own."""
ASKED, DONE, FOUND = "gallery search asked", "gallery search done", "found by a search of all open cases"
HOW = "search of all open cases"


def part_id(job_id: str, case_id: str) -> str:
    """The id of the part that a search has in a case."""
    return hashlib.sha256(f"part {job_id} {case_id}".encode()).hexdigest()[:32]


def linked_id(job_id: str, case_id: str) -> str:
    """The id of the footage that a search brings into a case."""
    return hashlib.sha256(f"footage {job_id} {case_id}".encode()).hexdigest()[:32]


def as_part(job: Job, case_id: str) -> Job:
    """The search as the case's log of uses tells of it."""
    return replace(job, id=part_id(job.id, case_id), case_id=case_id)


@checks_itself
def ended(store: Store, writing: Writing, job: Job, how: str, *, by: str) -> None:
    """Say in the log of uses of every case that was sought in it, and on its part, that the search has ended: whoever
    ends it may search in the footage's own case, and need not see the others."""
    guard = guard_of(store)
    guard.check(Permission.SEARCH, job.case_id)
    check_signs(guard, by)
    for case_id in cases_of_photos(store, job.reference_ids):
        uses.ended(writing, as_part(job, case_id), how, by=by)
        with suppress(NotFound):  # nothing was found there
            writing.change(Job, part_id(job.id, case_id), ended_at=utc_now())


@needs(Permission.READ)
def people_sought(store: Store, job: Job) -> int:
    """How many people the search behind a candidate compared each face with: one, but for a search of all cases."""
    if job.kind != PART:
        return 1
    told = [entry.details for entry in store.audit_entries(job.case_id, action=FOUND)]
    return max((int(str(one["people"])) for one in told if one.get("job") == job.id), default=1)
