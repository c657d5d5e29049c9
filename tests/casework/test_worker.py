"""The worker as a process, on SQLite, with the embedded engine and real jobs."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import cv2
import pytest
from skimage.data import astronaut

from casework import cases, jobs
from casework.footage import add_footage
from data.models import Job, JobState
from data.store import Store, open_store
from settings import PROJECT
from tests.casework.scans import allow_vectors
from tests.factories import NOON, a_camera, an_authority
from tests.fakes import Anyone
from tests.recognition.clips import write_clip

pytestmark = pytest.mark.timeout(240)


class WorkerProcess:
    """`cli.py worker` on a home of its own."""

    def __init__(self, home: Path) -> None:
        environment = os.environ | {"LASTSEEN_HOME": str(home), "LASTSEEN_SEGMENT_S": "1"}
        self.log = (home / "worker.log").open("ab")
        command = [sys.executable, str(PROJECT / "cli.py"), "worker"]
        self.process = subprocess.Popen(command, env=environment, stdout=self.log, stderr=self.log)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.log.close()
        return code


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def worker(home: Path) -> Iterator[WorkerProcess]:
    home.mkdir(exist_ok=True)
    running = WorkerProcess(home)
    yield running
    if running.process.poll() is None:
        running.stop(signal.SIGKILL)


def portrait() -> bytes:
    return bytes(cv2.imencode(".png", cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR))[1])


def crossing(path: Path, seconds: int) -> Path:
    """The portrait's head crossing a grey picture, at 10 pictures a second."""
    head = cv2.resize(cv2.cvtColor(astronaut()[0:230, 120:320], cv2.COLOR_RGB2BGR), (104, 120))

    def pictures() -> Iterator[object]:
        for number in range(10 * seconds):
            image = cv2.merge([cv2.randu(cv2.UMat(240, 320, cv2.CV_8UC1).get(), 110, 130)] * 3)
            left = 10 + int(190 * number / (10 * seconds))
            image[60:180, left : left + 104] = head
            yield image

    return write_clip(path, pictures(), rate=10, gop=10)  # type: ignore[arg-type]


def a_case_with_photo(store: Store) -> str:
    with store.writing() as writing:
        writing.add(a_camera())
    case_id = cases.open_case(store, number="1", name="Aino", authority=an_authority(), by="Ann").id
    photo = cases.add_photo(store, case_id, stream=BytesIO(portrait()), original_name="portrait.png", by="Ann")
    jobs.check_photo(store, photo.id, engine="open", by="Ann")
    return case_id


def request(store: Store, case_id: str, clip: Path) -> Job:
    with clip.open("rb") as stream:
        footage = add_footage(
            store, case_id, camera_id="cam-1", stream=stream, original_name=clip.name, size_bytes=clip.stat().st_size,
            started_at=NOON, clock_offset_s=0.0, by="Ann",
        )  # fmt: skip
    return jobs.request_scan(store, footage.id, engine="open", by="Ann")


def until(condition: object, *, seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)


def ended(store: Store, job_id: str) -> bool:
    return store.job(job_id).state in (JobState.DONE, JobState.FAILED)


def test_a_worker_killed_in_the_middle_of_a_scan_goes_on_and_ends_as_if_undisturbed(
    home: Path, worker: WorkerProcess, tmp_path: Path
) -> None:
    store = open_store(home).guarded(Anyone())
    case_id = a_case_with_photo(store)
    until(lambda: store.photos(case_id)[0].is_usable)
    job = request(store, case_id, crossing(tmp_path / "clip.mp4", 6))
    until(lambda: store.job(job.id).segments_done >= 1)
    worker.stop(signal.SIGKILL)
    assert not ended(store, job.id)
    again = WorkerProcess(home)
    try:
        until(lambda: ended(store, job.id))
    finally:
        assert again.stop() == 0
    disturbed = store.job(job.id)
    assert (disturbed.state, disturbed.error) == (JobState.DONE, None)
    assert disturbed.segments_total is not None
    assert disturbed.segments_done == disturbed.segments_total > 2
    assert disturbed.coverage is not None
    assert disturbed.coverage.frames_decoded == 60
    (match,) = store.matches(case_id)
    assert match.track.start_s < 0.3
    assert match.track.end_s > 5.5
    assert [e.action for e in store.audit_entries(case_id)].count("scan done") == 1


def test_a_new_photo_is_compared_with_what_was_kept_without_another_search(
    home: Path, worker: WorkerProcess, tmp_path: Path
) -> None:
    store = open_store(home).guarded(Anyone())
    case_id = a_case_with_photo(store)
    allow_vectors(store, case_id)
    until(lambda: store.photos(case_id)[0].is_usable)
    scan = request(store, case_id, crossing(tmp_path / "clip.mp4", 1))
    until(lambda: ended(store, scan.id))
    mirrored = bytes(cv2.imencode(".png", cv2.cvtColor(astronaut()[:, ::-1], cv2.COLOR_RGB2BGR))[1])
    photo = cases.add_photo(store, case_id, stream=BytesIO(mirrored), original_name="mirrored.png", by="Ann")
    jobs.check_photo(store, photo.id, engine="open", by="Ann")
    until(lambda: any(job.kind == "recompare" and ended(store, job.id) for job in store.jobs(case_id=case_id)))
    kinds = [(job.kind, job.state) for job in store.jobs(case_id=case_id)]
    assert sorted(kinds) == [("photo", JobState.DONE), ("photo", JobState.DONE), ("recompare", JobState.DONE),
                             ("scan", JobState.DONE)]  # fmt: skip
    assert len(store.matches(case_id)) == 1
    assert worker.stop() == 0


def test_a_worker_says_what_is_wrong_with_a_file_and_goes_on_with_the_next(
    home: Path, worker: WorkerProcess, tmp_path: Path
) -> None:
    store = open_store(home).guarded(Anyone())
    case_id = a_case_with_photo(store)
    until(lambda: store.photos(case_id)[0].is_usable)
    (tmp_path / "notes.mp4").write_text("#EXTM3U\nhttp://example.invalid/x\n")
    bad = request(store, case_id, tmp_path / "notes.mp4")
    good = request(store, case_id, crossing(tmp_path / "clip.mp4", 1))
    until(lambda: ended(store, bad.id) and ended(store, good.id))
    assert store.job(bad.id).state is JobState.FAILED
    assert "notes.mp4" in (store.job(bad.id).error or "")
    assert store.job(good.id).state is JobState.DONE
    assert worker.stop() == 0


def test_a_job_whose_engine_is_not_installed_says_how_to_get_it(home: Path, worker: WorkerProcess) -> None:
    store = open_store(home).guarded(Anyone())
    case_id = a_case_with_photo(store)
    photo = store.photos(case_id)[0]
    job = jobs.check_photo(store, photo.id, engine="insightface:buffalo_l", by="Ann")
    until(lambda: ended(store, job.id))
    assert "models install buffalo_l" in (store.job(job.id).error or "")
