import errno
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest

from data import demo_clips
from data.demo import DemoCase, DemoClip, demo_case
from data.demo_clips import MANIFEST, clock_text, frames, make_clips
from data.demo_takes import FRAME_RATE, TAKES
from data.errors import DiskFull
from recognition.engines import open_engine
from recognition.references import reference_vectors
from recognition.scan import ScanResult, scan

NOW = datetime(2026, 3, 2, 15, 10, tzinfo=UTC)
SECONDS = 1.2


@pytest.fixture(scope="module")
def demo() -> DemoCase:
    return demo_case(NOW)


@pytest.fixture(scope="module")
def short(demo: DemoCase) -> DemoCase:
    """One clip of a second, about the moment she comes in."""
    return replace(demo, clips=(replace(demo.clips[0], duration_s=SECONDS),))


@pytest.fixture(scope="module")
def made(short: DemoCase, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    make_clips(folder, short)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "clips"))


def pictures(clip: DemoClip, count: int) -> list[np.ndarray]:
    return list(islice(frames(TAKES[clip.camera_id], clip, "CAMERA", "Europe/Helsinki"), count))


def test_a_clip_begins_at_zero_and_runs_evenly(made: Path, short: DemoCase) -> None:
    with av.open(str(made / short.clips[0].file_name)) as container:
        times = [frame.time for frame in container.decode(video=0)]
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (1280, 720)
    assert times == pytest.approx(np.arange(int(SECONDS * FRAME_RATE)) / float(FRAME_RATE), abs=1e-3)


def test_clips_already_there_are_left_alone(folder: Path, short: DemoCase) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert make_clips(folder, short) == [folder / short.clips[0].file_name]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


@pytest.mark.parametrize("damage", ["cut short", "manifest damaged", "another start"])
def test_a_clip_that_is_not_as_planned_is_made_again(folder: Path, short: DemoCase, damage: str) -> None:
    path = folder / short.clips[0].file_name
    whole = path.read_bytes()
    if damage == "cut short":
        path.write_bytes(whole[:1000])
    elif damage == "manifest damaged":
        (folder / MANIFEST).write_text("[1, {")
        path.unlink()
    else:
        short = replace(short, clips=(replace(short.clips[0], started_at=NOW - timedelta(days=1)),))
    make_clips(folder, short)
    assert (path.read_bytes() == whole) == (damage != "another start")
    assert not list(folder.glob(".*.part"))


def test_a_full_disk_is_said_and_leaves_nothing_half_written(
    short: DemoCase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(path: Path, *_: object) -> None:
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(demo_clips, "_encode", no_room)
    with pytest.raises(DiskFull, match=r"brahe-arcade-middle\.mp4"):
        make_clips(tmp_path, short)
    assert list(tmp_path.iterdir()) == []


def test_the_same_plan_gives_the_same_pictures_with_a_clock_in_the_corner(demo: DemoCase) -> None:
    first, second = (pictures(demo.clips[2], 1)[0] for _ in range(2))
    assert np.array_equal(first, second)
    corner = first[-60:, :260].astype(int)
    assert (corner.min(axis=2) > 200).sum() > 200


def test_the_burnt_in_clock_shows_the_recorders_time_and_ticks_each_second(demo: DemoCase) -> None:
    # 15:10 in UTC is 17:10 in Helsinki; six hours earlier, 144 s later, on a recorder three minutes fast
    shown = [clock_text(demo.clips[0], time_s, demo.case.timezone) for time_s in (0.0, 0.96, 1.04)]
    assert shown == ["2026-03-02 11:15:24", "2026-03-02 11:15:24", "2026-03-02 11:15:25"]


@pytest.fixture(scope="module")
def scanned(demo: DemoCase, tmp_path_factory: pytest.TempPathFactory) -> dict[str, ScanResult]:
    """What the built-in engine finds in one clip with her and one without."""
    folder = tmp_path_factory.mktemp("scan")
    photo = folder / "reference.jpg"
    photo.write_bytes(demo.photos[0])
    engine = open_engine("open", models_dir=folder, cache_dir=folder / "cache", threads=2)
    references = reference_vectors(engine, [photo])
    some = replace(demo, clips=(replace(demo.clips[1], duration_s=13.0), replace(demo.clips[3], duration_s=10.0)))
    paths = make_clips(folder, some)
    return {path.name: scan(path, engine=engine, references=references) for path in paths}


@pytest.mark.slow
def test_the_built_in_engine_finds_her_when_and_only_when_she_is_there(
    demo: DemoCase, scanned: dict[str, ScanResult]
) -> None:
    with_her, without_her = (scanned[demo.clips[number].file_name] for number in (1, 3))
    best, *others = with_her.tracks
    assert best.similarity >= with_her.engine.alert_threshold
    assert (best.start_s, best.end_s) == pytest.approx(demo.clips[1].appearances[0], abs=0.5)
    assert len(without_her.tracks) >= 3
    assert all(track.similarity < with_her.engine.review_floor for track in (*others, *without_her.tracks))
