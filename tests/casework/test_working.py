"""The steps of a worker on a job: what crashes, fails, is out of reach or has moved on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from casework import jobs
from casework.scanning import Workshop
from casework.working import Working
from data import leases
from data.errors import ChildKilled, DiskFull, NotReachable
from data.models import Beat, Job, JobState, Lease
from data.store import Store
from recognition.eyes import OwnEyes
from recognition.footage import Segment
from recognition.scan import SegmentResult
from tests.casework.scans import ORANGE, add_clip, add_photo, allow_vectors
from tests.factories import NOON
from tests.recognition.clips import RED, walking, write_clip

ME = Beat("me", "run of me", "host", 1, NOON, NOON, ("cpu",), "2", True)
OTHER = replace(ME, name="other", run="run of other")


class Fated(OwnEyes):
    """Eyes that something befalls before they look at a segment."""

    def __init__(self, befalls: Callable[[int], object]) -> None:
        self.befalls = befalls
        self.looked: list[int] = []

    def scan_segment(self, path: Path, segment: Segment, **named: Any) -> SegmentResult:
        self.looked.append(segment.index)
        self.befalls(segment.index)
        return super().scan_segment(path, segment, **named)


class Put:
    """Who was told that a job is put off."""

    def __init__(self) -> None:
        self.off: list[str] = []


@pytest.fixture
def lease(workshop: Workshop, case_id: str, tmp_path: Path) -> Lease:
    """A search of 6 s, claimed."""
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    clip = write_clip(tmp_path / "clip.mp4", walking(150, step=1.0))
    jobs.request_scan(workshop.store, add_clip(workshop.store, case_id, clip).id, engine="fake", by="Ann")
    leases.beat(workshop.store, ME, is_first=True)
    claimed = leases.claim(workshop.store, ME.run, kind="scan", queues=["cpu"])
    assert claimed is not None
    return claimed


def working(workshop: Workshop, put: Put | None = None, *, is_stopping: bool = False) -> Working:
    put_off = (put or Put()).off.append
    return Working(workshop, name="me", crashes_allowed=2, is_stopping=lambda: is_stopping, put_off=put_off)


def do(workshop: Workshop, lease: Lease, put: Put | None = None) -> Job:
    """The whole search, as a workflow does it."""
    steps = working(workshop, put)
    spans = steps.plan(lease)
    if spans and all(steps.segment(lease, index, spans) for index in range(len(spans))):
        steps.finish(lease)
    return workshop.store.job(lease.job_id)


def test_a_segment_that_crashes_twice_is_left_out_and_the_rest_is_searched(workshop: Workshop, lease: Lease) -> None:
    def kill(index: int) -> None:
        if index == 1:
            raise ChildKilled("clip.mp4", "was killed for memory")

    workshop.eyes = eyes = Fated(kill)
    job = do(workshop, lease)
    assert eyes.looked == [0, 1, 1, 2]
    (gap,) = job.given_up
    assert job.state is JobState.DONE
    assert gap[2] == "was killed for memory"
    assert job.coverage is not None
    assert gap[:2] in job.coverage.unreadable_spans_s
    assert job.coverage.frames_decoded == 150 - round(25 * (gap[1] - gap[0]))
    assert job.segments_done == job.segments_total == 3
    # who walked into the gap and came out of it is found on both sides
    assert len(workshop.store.matches(job.case_id)) == 2


def test_a_segment_that_crashes_once_counts_like_any_other(workshop: Workshop, lease: Lease) -> None:
    crashed: list[int] = []

    def kill_once(index: int) -> None:
        if index == 1 and not crashed:
            crashed.append(index)
            raise ChildKilled("clip.mp4", "crashed")

    workshop.eyes = Fated(kill_once)
    job = do(workshop, lease)
    assert (job.state, job.given_up) == (JobState.DONE, ())
    assert job.coverage is not None
    assert job.coverage.frames_decoded == 150


def test_a_worker_killed_twice_in_a_segment_gives_it_up_the_third_time(workshop: Workshop, lease: Lease) -> None:
    class KilledWorker(BaseException):
        pass

    def kill(index: int) -> None:
        if index == 1:
            raise KilledWorker

    store = workshop.store
    for run in ("first", "second"):
        workshop.eyes = Fated(kill)
        with pytest.raises(KilledWorker):
            do(workshop, lease)
        leases.beat(store, replace(ME, run=run), is_first=True)  # it starts anew, under its name
        again = leases.claim_job(store, run, lease.job_id)
        assert again is not None
        lease = again
    workshop.eyes = eyes = Fated(kill)
    job = do(workshop, lease)
    assert eyes.looked == [2]
    assert job.state is JobState.DONE
    assert ["killed or frozen" in why for _, _, why in job.given_up] == [True]


def test_a_file_that_crashes_whoever_plans_its_search_fails_the_job(
    workshop: Workshop, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise ChildKilled("clip.mp4", "took longer than 600 s")

    monkeypatch.setattr(workshop.eyes, "probe", kill)
    job = do(workshop, lease)
    assert job.state is JobState.FAILED
    assert job.error == "given up after 2 crashes (took longer than 600 s); the file may be harmful"


def test_a_job_that_was_taken_over_meanwhile_is_left_as_it_is(workshop: Workshop, lease: Lease) -> None:
    store = workshop.store

    def take_over(index: int) -> None:
        if index == 1:
            jobs.pause(store, lease.job_id, by="Ann")
            jobs.resume(store, lease.job_id, by="Ann")
            leases.beat(store, OTHER, is_first=True)
            assert leases.claim_job(store, OTHER.run, lease.job_id) is not None

    workshop.eyes = Fated(take_over)
    job = do(workshop, lease)
    assert (job.state, job.lease_run, job.segments_done) == (JobState.RUNNING, OTHER.run, 1)


def test_what_goes_wrong_after_a_job_moved_on_is_not_written_on_it(workshop: Workshop, lease: Lease) -> None:
    def lose_and_break(_: int) -> None:
        jobs.pause(workshop.store, lease.job_id, by="Ann")
        raise RuntimeError("something else")

    workshop.eyes = Fated(lose_and_break)
    job = do(workshop, lease)
    assert (job.state, job.error) == (JobState.PAUSED, None)


def test_footage_out_of_reach_is_said_on_the_job_and_left_to_another_worker(
    workshop: Workshop, lease: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> Path:
        raise NotReachable("files_url: the folder /mnt/evidence is not on this machine")

    put = Put()
    monkeypatch.setattr(workshop.store.files, "path", away)
    job = do(workshop, lease, put)
    assert put.off == [lease.job_id]
    assert (job.state, job.lease_run) == (JobState.QUEUED, None)
    assert job.note == "worker me: files_url: the folder /mnt/evidence is not on this machine"
    monkeypatch.undo()
    leases.beat(workshop.store, OTHER, is_first=True)
    theirs = leases.claim_job(workshop.store, OTHER.run, lease.job_id)
    assert theirs is not None
    assert do(workshop, theirs).note == ""


def test_a_full_disk_holds_the_search_back_and_keeps_what_it_has(workshop: Workshop, lease: Lease) -> None:
    def full(index: int) -> None:
        if index == 1:
            raise DiskFull("store: the disk is full")

    workshop.eyes = Fated(full)
    job = do(workshop, lease)
    assert (job.state, job.note, job.segments_done) == (JobState.PAUSED, "store: the disk is full", 1)
    workshop.eyes = OwnEyes()
    jobs.resume(workshop.store, job.id, by="Ann")
    again = leases.claim_job(workshop.store, ME.run, job.id)
    assert again is not None
    done = do(workshop, again)
    assert done.coverage is not None
    assert (done.state, done.coverage.frames_decoded) == (JobState.DONE, 150)


def test_a_worker_that_stops_begins_no_further_segment(workshop: Workshop, lease: Lease) -> None:
    spans = working(workshop).plan(lease)
    assert not working(workshop, is_stopping=True).segment(lease, 0, spans)
    assert workshop.store.segments(lease.job_id) == []


def test_segments_that_are_done_are_not_scanned_again(workshop: Workshop, lease: Lease) -> None:
    steps = working(workshop)
    spans = steps.plan(lease)
    steps.segment(lease, 0, spans)
    workshop.eyes = eyes = Fated(lambda _: None)
    assert do(workshop, lease).state is JobState.DONE
    assert eyes.looked == [1, 2]


def test_candidates_appear_and_the_speed_is_measured_while_the_scan_still_runs(
    workshop: Workshop, lease: Lease
) -> None:
    steps = working(workshop)
    spans = steps.plan(lease)
    steps.segment(lease, 0, spans)
    job = workshop.store.job(lease.job_id)
    assert (job.state, job.segments_done, job.segments_total) == (JobState.RUNNING, 1, 3)
    assert job.faces_seen > 0
    assert 0 < job.worked_s < 60
    assert job.seconds_done == pytest.approx(spans[0][1] - spans[0][0])


def test_results_of_an_older_search_go_when_a_newer_one_is_done(workshop: Workshop, lease: Lease) -> None:
    old = do(workshop, lease)
    newer = jobs.request_scan(workshop.store, old.of_id, engine="fake", by="Ann")
    claimed = leases.claim_job(workshop.store, ME.run, newer.id)
    assert claimed is not None
    leases.let_go(workshop.store, lease)
    done = do(workshop, claimed)
    assert workshop.store.segments(old.id) == []
    assert len(workshop.store.segments(done.id)) == done.segments_total
    assert len(workshop.store.matches(done.case_id)) == 1


def verbs_by(store: Store, case_id: str) -> list[tuple[str, str]]:
    return [(entry.action, entry.by) for entry in store.audit_entries(case_id)][-2:]


def test_a_job_that_is_paused_keeps_its_segments_and_goes_on(workshop: Workshop, lease: Lease) -> None:
    store = workshop.store
    steps = working(workshop)
    spans = steps.plan(lease)
    steps.segment(lease, 0, spans)
    jobs.pause(store, lease.job_id, by="Ann")
    assert not steps.segment(lease, 1, spans)
    job = jobs.resume(store, lease.job_id, by="Bo")
    assert (job.state, job.segments_done) == (JobState.QUEUED, 1)
    assert verbs_by(store, job.case_id) == [("scan paused", "Ann"), ("scan resumed", "Bo")]


def test_a_cancelled_search_forgets_faces_but_keeps_candidates(workshop: Workshop, case_id: str, lease: Lease) -> None:
    store = workshop.store
    allow_vectors(store, case_id)
    steps = working(workshop)
    spans = steps.plan(lease)
    for index in (0, 1):
        steps.segment(lease, index, spans)
    job = jobs.cancel(store, lease.job_id, by="Ann")
    assert (job.state, store.segments(job.id), store.kept_tracks(job.id)) == (JobState.CANCELLED, [], [])
    assert not steps.segment(lease, 2, spans)


def test_a_search_is_tried_again_from_its_beginning_with_the_photos_of_today(
    workshop: Workshop, case_id: str, lease: Lease, tmp_path: Path
) -> None:
    store = workshop.store
    jobs.cancel(store, lease.job_id, by="Ann")
    photo = add_photo(workshop, case_id, tmp_path, colours=(ORANGE,))
    job = jobs.retry(store, lease.job_id, reason="the disk\nis larger now", by="Ann")
    assert (job.state, job.retry_reason, job.segments_total) == (JobState.QUEUED, "the disk is larger now", None)
    assert photo.id in job.reference_ids
    again = leases.claim_job(store, ME.run, job.id)
    assert again is not None
    assert do(workshop, again).state is JobState.DONE
