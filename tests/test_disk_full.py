"""A disk that is full at each stage: a clear error, nothing half-written shown as done, and the work goes on later.

The home folder lies on a tmpfs of a few megabytes, which only root can mount; without, these tests skip.
"""

import hashlib
import io
import os
import random
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from casework import cases, jobs, review
from casework.footage import Details, add_uploaded
from casework.scanning import Limits, Workshop
from casework.uploads import Desk, begin_upload, receive, upload_state
from data.backup import back_up
from data.condition import look
from data.errors import DiskFull
from data.models import JobState, MatchState, Verdict, utc_now
from data.store import Store, open_store
from data.uploads import Partials
from tests.casework.reviewing import confirm_by_two
from tests.casework.scans import add_clip, add_photo, do_scan
from tests.factories import a_camera, a_case, a_footage, a_job, a_match
from tests.fakes import Anyone, FakeEngine
from tests.recognition.clips import RED, walking, write_clip

DISK = 8 << 20


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home on a disk of its own, 8 MiB small."""
    home = tmp_path / "small"
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0700", "tmpfs", str(home)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"skipped: no small disk can be mounted (needs root): {mounted.stderr.strip()}")
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    store = open_store(home).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_footage())
        writing.add(a_job(state=JobState.DONE))
        writing.put_track(a_match().track)
        writing.add_match(a_match())
    yield store
    store.close()


def fill(home: Path, *, leave: int = 0) -> None:
    """Take all the room there is, but for so many bytes."""
    with (home / "filler").open("ab", buffering=0) as filler:
        for size in (1 << 16, 4096):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError:
                pass
        filler.truncate(max(0, filler.tell() - leave))


def free(home: Path) -> None:
    (home / "filler").unlink()


def sound(home: Path) -> bool:
    """Whether the store is undamaged and every file it speaks of is whole."""
    with look(home) as seen:
        whole = [
            hashlib.sha256((home / "files" / f.sha256[:2] / f.sha256).read_bytes()).hexdigest() == f.sha256
            for f in seen.files()
            if f.sha256 != a_footage().sha256  # the factory's, which was never there
        ]
        return seen.damage() == [] and all(whole)


def halves(home: Path) -> list[str]:
    """Files that were begun and not finished."""
    return [path.name for path in home.rglob("incoming-*")]


def test_an_upload_is_refused_with_the_missing_bytes_before_it_begins(home: Path, store: Store) -> None:
    desk = Desk(store, Partials(home / "uploads"), 1 << 30)
    with pytest.raises(DiskFull, match=r"clip.mp4: [\d,]+ bytes of disk space are missing"):
        begin_upload(desk, name="clip.mp4", size_bytes=DISK, case_id="case-1", by="Ann")
    assert store.cases()


def test_an_upload_that_fills_the_disk_goes_on_when_there_is_room_again(home: Path, store: Store) -> None:
    desk = Desk(store, Partials(home / "uploads"), 1 << 30)
    content = random.Random(1).randbytes(2_000_000)
    upload = begin_upload(desk, name="clip.mp4", size_bytes=len(content), case_id="case-1", by="Ann")
    with receive(desk, upload.id, offset=0) as receiving:
        receiving.write(content[:500_000])
        receiving.finish()
    with receive(desk, upload.id, offset=500_000) as receiving:
        fill(home, leave=100_000)
        with pytest.raises(DiskFull, match=r"clip.mp4: .*bytes of disk space are missing"):
            receiving.write(content[500_000:])
    known = upload_state(desk, upload.id)
    assert (known.received_bytes, known.is_finished) == (500_000, False)
    with pytest.raises(DiskFull, match="missing"):
        receive(desk, upload.id, offset=500_000)
    assert sound(home)
    free(home)
    with receive(desk, upload.id, offset=500_000) as receiving:
        receiving.write(content[500_000:])
        assert receiving.finish().sha256 == hashlib.sha256(content).hexdigest()


def test_an_upload_that_cannot_become_evidence_on_a_full_disk_can_later(home: Path, store: Store) -> None:
    desk = Desk(store, Partials(home / "uploads"), 1 << 30)
    content = random.Random(2).randbytes(300_000)
    upload = begin_upload(desk, name="clip.mp4", size_bytes=len(content), case_id="case-1", by="Ann")
    with receive(desk, upload.id, offset=0) as receiving:
        receiving.write(content)
        receiving.finish()
    details = Details("cam-1", utc_now() - timedelta(days=1))
    fill(home)
    write_until_full(store)
    with pytest.raises(DiskFull):
        add_uploaded(desk, upload.id, "case-1", details=details, by="Ann")
    assert len(store.footages("case-1")) == 1
    free(home)
    kept = add_uploaded(desk, upload.id, "case-1", details=details, by="Ann")
    assert store.files.read(kept.sha256) == content
    assert sound(home)


def test_a_photo_that_does_not_fit_leaves_nothing(home: Path, store: Store) -> None:
    content = random.Random(3).randbytes(300_000)
    fill(home, leave=100_000)
    with pytest.raises(DiskFull, match=r"face.jpg: the disk is full; nothing was kept"):
        cases.add_photo(store, "case-1", stream=io.BytesIO(content), original_name="face.jpg", by="Ann")
    assert store.photos("case-1") == []
    assert halves(home) == []
    assert not [e for e in store.audit_entries("case-1") if e.action == "photo added"]
    free(home)
    photo = cases.add_photo(store, "case-1", stream=io.BytesIO(content), original_name="face.jpg", by="Ann")
    assert store.files.read(photo.sha256) == content
    assert sound(home)


def write_until_full(store: Store) -> int:
    """Write entries until none fits any more: until then the database still has room in its own files."""
    for count in range(10_000):
        try:
            with store.writing() as writing:
                writing.audit(at=utc_now(), by="Ann", action="filling", case_id="case-1", text="x" * 3000)
        except DiskFull:
            return count
    raise AssertionError("the disk never filled up")


def test_a_review_is_kept_as_a_whole_or_refused(home: Path, store: Store) -> None:
    fill(home)
    kept = write_until_full(store)
    with pytest.raises(DiskFull, match="store: the disk is full; nothing was kept"):
        review.decide(store, "m-1", verdict=Verdict.CONFIRM, by="Ann", note="coat")
    assert store.reviews("m-1") == []
    assert store.match("m-1").state is MatchState.TO_REVIEW
    assert store.sightings("case-1") == []
    assert sum(e.action == "filling" for e in store.audit_entries("case-1")) == kept
    assert sound(home)
    free(home)
    confirm_by_two(store, "m-1", note="coat")
    assert len(store.reviews("m-1")) == 2
    assert sound(home)


def test_a_store_on_a_full_disk_can_be_opened_and_read_by_another_process(home: Path, store: Store) -> None:
    fill(home)
    write_until_full(store)
    store.close()
    opened = open_store(home).guarded(Anyone())
    assert [case.id for case in opened.cases()] == ["case-1"]
    assert opened.match("m-1").state is MatchState.TO_REVIEW
    opened.close()


def test_a_scan_whose_results_do_not_fit_is_not_shown_as_done_and_goes_on_later(
    home: Path, store: Store, tmp_path: Path
) -> None:
    engine = FakeEngine()
    workshop = Workshop(store, lambda _: engine, Limits(segment_s=1.0))
    add_photo(workshop, "case-1", tmp_path, colours=(RED,))
    write_clip(tmp_path / "clip.mp4", walking(60, colours=(RED,)))
    footage = add_clip(store, "case-1", tmp_path / "clip.mp4")
    job = jobs.request_scan(store, footage.id, engine="fake", by="Ann")
    spans = workshop.plan(job.id)
    workshop.scan_segment(job.id, 0, spans)
    before = store.segments(job.id)
    fill(home)
    write_until_full(store)
    with pytest.raises(DiskFull):
        workshop.scan_segment(job.id, 1, spans)
    assert store.segments(job.id) == before
    assert store.job(job.id).segments_done == 1
    assert store.job(job.id).state is not JobState.DONE
    assert halves(home) == []
    assert sound(home)
    free(home)
    do_scan(workshop, store.job(job.id))
    done = store.job(job.id)
    assert (done.state, done.segments_done) == (JobState.DONE, done.segments_total)
    assert sound(home)


def test_a_backup_that_does_not_fit_is_refused_or_broken_off_and_leaves_nothing(home: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "large").guarded(Anyone())
    sha256 = store.files.put_bytes(random.Random(4).randbytes(3_000_000), what="clip.mp4")
    target = home / "backup.tar"
    fill(home, leave=2_000_000)
    with pytest.raises(DiskFull, match=r"backup.tar: [\d,]+ bytes of disk space are missing"):
        back_up(store, tmp_path / "large", target)
    assert [path.name for path in home.iterdir()] == ["filler"]
    free(home)
    made = back_up(store, tmp_path / "large", target)
    assert (made.path, made.files, made.missing, made.damaged) == (target, 1, (), ())
    assert store.files.has(sha256)
    store.close()


def test_a_backup_whose_disk_fills_up_meanwhile_leaves_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(tmp_path / "large").guarded(Anyone())
    store.files.put_bytes(random.Random(4).randbytes(3_000_000), what="clip.mp4")
    fill(home, leave=2_000_000)
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: SimpleNamespace(free=1 << 40))  # as it was a moment ago
    for name in ("backup.tar", "backup"):
        with pytest.raises(DiskFull, match=f"{name}: the disk is full"):
            back_up(store, tmp_path / "large", home / name)
        assert [path.name for path in home.iterdir()] == ["filler"]
    store.close()


def test_fewer_bytes_than_must_stay_free_are_refused_too(home: Path) -> None:
    roomy = open_store(home, free_bytes=DISK).guarded(Anyone())
    with pytest.raises(DiskFull, match=r"clip.mp4: [\d,]+ bytes"):
        roomy.files.check_room(1000, "clip.mp4")
    roomy.close()
    assert os.statvfs(home).f_bavail > 0
