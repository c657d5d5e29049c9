"""What a person may do with a job, and what is refused."""

from pathlib import Path

import pytest

from casework import jobs
from casework.scanning import Workshop
from data.errors import BadInput, Conflict
from data.models import Job, JobState
from data.store import Store
from tests.casework.scans import add_clip, add_photo, run_scan
from tests.recognition.clips import RED, walking, write_clip

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture
def job(workshop: Workshop, case_id: str, tmp_path: Path) -> Job:
    """A search that waits."""
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(30)))
    return jobs.request_scan(workshop.store, footage.id, engine="fake", by="Ann")


def test_a_footage_whose_search_is_paused_is_not_searched_beside_it(store: Store, job: Job) -> None:
    jobs.pause(store, job.id, by="Ann")
    with pytest.raises(Conflict, match="is paused; resume or cancel it"):
        jobs.request_scan(store, job.of_id, engine="fake", by="Ann")
    jobs.cancel(store, job.id, by="Ann")
    assert jobs.request_scan(store, job.of_id, engine="fake", by="Ann").state is JobState.QUEUED


@pytest.mark.parametrize("verb", [jobs.pause, jobs.cancel, jobs.put_first])
def test_what_has_ended_can_neither_be_paused_nor_cancelled_nor_put_first(store: Store, job: Job, verb: object) -> None:
    jobs.cancel(store, job.id, by="Ann")
    with pytest.raises(Conflict):
        verb(store, job.id, by="Bo")  # type: ignore[operator]
    assert [e.by for e in store.audit_entries(job.case_id) if e.action == "scan cancelled"] == ["Ann"]


def test_only_what_is_paused_is_resumed(store: Store, job: Job) -> None:
    with pytest.raises(Conflict, match="is queued now"):
        jobs.resume(store, job.id, by="Ann")


def test_a_job_is_tried_again_only_with_a_reason_and_only_where_something_is_missing(
    workshop: Workshop, job: Job
) -> None:
    store = workshop.store
    workshop.fail(job.id, "the lights went out")
    with pytest.raises(BadInput, match="in a few words why"):
        jobs.retry(store, job.id, reason=" \n", by="Ann")
    newer = jobs.request_scan(store, job.of_id, engine="fake", by="Ann")
    with pytest.raises(Conflict, match="newer job"):
        jobs.retry(store, job.id, reason="they are on again", by="Ann")
    jobs.cancel(store, newer.id, by="Ann")
    assert jobs.retry(store, job.id, reason="they are on again", by="Ann").error is None
    jobs.cancel(store, job.id, by="Ann")
    done = run_scan(workshop, store.footage(job.of_id))
    with pytest.raises(Conflict, match="done in full"):
        jobs.retry(store, done, reason="once more", by="Ann")


def test_a_search_that_a_worker_has_begun_keeps_its_photos_until_it_ends(
    workshop: Workshop, case_id: str, job: Job, tmp_path: Path
) -> None:
    workshop.plan(job.id)
    jobs.pause(workshop.store, job.id, by="Ann")
    jobs.resume(workshop.store, job.id, by="Ann")
    photo = add_photo(workshop, case_id, tmp_path, colours=((0, 140, 230),))
    assert photo.id not in workshop.store.job(job.id).reference_ids


def test_a_queue_is_kept_with_the_search(store: Store, job: Job) -> None:
    assert job.queue == "cpu"
    jobs.cancel(store, job.id, by="Ann")
    assert jobs.request_scan(store, job.of_id, engine="fake", by="Ann", queue="gpu").queue == "gpu"
