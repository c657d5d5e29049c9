"""A file looked at in a child: the same results, and a harmful one costs the child alone."""

import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import cv2
import numpy as np
import pytest
from skimage import data

from data.errors import BadInput, ChildKilled, LastSeenError, NoFace, UnreadableFootage
from recognition import cutting, first_look, footage, photos, references, scan
from recognition.apart import Apart, ChildLimits, Opening
from recognition.apart_process import PROJECT
from recognition.engines import open_engine
from recognition.references import References
from tests.fakes import FakeEngine
from tests.recognition import bombs
from tests.recognition.clips import RED, grey, square, walking, write_clip
from tests.recognition.lying_child import LIES

PIXELS = 40_000_000
HARMFUL, LYING = "tests.recognition.harmful_child", "tests.recognition.lying_child"
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="skipped: no Linux")


def opening(name: str, folder: Path) -> Opening:
    return Opening(name, models_dir=folder / "models", cache_dir=folder / "engines")


def apart(path: Path, engine: str, *, program: str = HARMFUL, **limits: float) -> Apart:
    return Apart(path, opening=opening(engine, path.parent), limits=ChildLimits(**limits), program=program)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("apart")


@pytest.fixture(scope="module")
def clip(folder: Path) -> Path:
    return write_clip(folder / "clip.mp4", walking(60))


@pytest.fixture(scope="module")
def photo(folder: Path) -> Path:
    path = folder / "photo.png"
    cv2.imwrite(str(path), square(grey(), RED, 100, 80, 60))
    return path


@pytest.fixture(scope="module")
def red(photo: Path) -> References:
    return references.reference_vectors(FakeEngine(), [photo])


def why(path: Path, engine: str, **limits: float) -> str:
    """Why the child that checked a photo with this engine is gone; it is gone."""
    with apart(path, engine, **limits) as child:
        with pytest.raises(ChildKilled) as caught:
            child.check_photo(name="him.png", max_pixels=PIXELS)
        assert not Path(f"/proc/{child.pid}").exists()
        assert not child.is_alive
    assert caught.value.what == path.name
    assert path.name in str(caught.value)
    return caught.value.why


def test_every_function_gives_the_same_in_a_child(clip: Path, photo: Path, red: References) -> None:
    engine = FakeEngine()
    with apart(clip, "fake") as child:
        assert child.probe(max_pixels=PIXELS) == footage.probe(clip, max_pixels=PIXELS)
        found = footage.segments(clip, 1.0, max_pixels=PIXELS)
        assert child.segments(1.0, max_pixels=PIXELS) == found
        assert len(found) > 1
        for segment in found:
            here = scan.scan_segment(clip, segment, engine=engine, references=red, max_pixels=PIXELS)
            assert_same(child.scan_segment(segment, references=red, max_pixels=PIXELS), here)
            assert here.tracks
            assert here.tracks[0].crop_jpeg
        box = here.tracks[0].best_box_px
        there = child.pictures_at(1.0, box, max_pixels=PIXELS)
        assert there == cutting.pictures_at(clip, 1.0, box, max_pixels=PIXELS)
        assert there is not None
        assert child.first_look(max_pixels=PIXELS) == first_look.first_look(clip, max_pixels=PIXELS)
        assert (
            child.reference_vectors(max_pixels=PIXELS).qualities
            == references.reference_vectors(engine, [clip]).qualities
        )
    with apart(photo, "fake") as child:
        checked = photos.check_photo(photo, engine, name="him.png", max_pixels=PIXELS)
        assert child.check_photo(name="him.png", max_pixels=PIXELS) == checked
        assert np.array_equal(child.reference_vectors(max_pixels=PIXELS).vectors, red.vectors)


def assert_same(there: scan.SegmentResult, here: scan.SegmentResult) -> None:
    assert there == here
    for a, b in zip(there.tracks, here.tracks, strict=True):
        assert a.vectors is not None
        assert b.vectors is not None
        assert a.vectors.tobytes() == b.vectors.tobytes()


@pytest.mark.slow
def test_the_built_in_engine_finds_the_same_to_the_last_byte_in_a_child(folder: Path) -> None:
    face = np.ascontiguousarray(data.astronaut()[:300, 80:380, ::-1])
    photo = folder / "she.png"
    cv2.imwrite(str(photo), face)

    def pictures() -> Iterator[np.ndarray]:
        for i in range(16):
            image = grey(640, 360, seed=i)
            image[30 : 30 + 300, 20 + 6 * i : 320 + 6 * i] = face
            yield image

    path = write_clip(folder / "she.mp4", pictures(), rate=8)
    named = opening("open", folder)
    engine = open_engine("open", models_dir=named.models_dir, cache_dir=named.cache_dir, threads=2)
    sought = references.reference_vectors(engine, [photo])
    (segment,) = footage.segments(path, 60.0)
    here = scan.scan_segment(path, segment, engine=engine, references=sought, max_pixels=PIXELS)
    with Apart(path, opening=named) as child:
        assert_same(child.scan_segment(segment, references=sought, max_pixels=PIXELS), here)
    assert here.tracks[0].similarity >= engine.info.alert_threshold


@pytest.mark.parametrize("kind", bombs.FOOTAGE)
def test_harmful_footage_is_refused_as_it_is_here_or_costs_a_child(tmp_path: Path, kind: str) -> None:
    path = bombs.FOOTAGE[kind](tmp_path / "camera4.mp4")
    with_child = told(lambda: probed_apart(path))
    if kind == "link":
        assert with_child == "UnreadableFootage: camera4.mp4: is a link to another file; give the file itself"
    else:
        assert with_child == told(lambda: footage.probe(path, max_pixels=PIXELS))
        assert with_child.startswith(("UnreadableFootage: ", "ok: "))


@pytest.mark.parametrize("kind", bombs.PHOTOS)
def test_a_harmful_photo_is_refused_as_it_is_here(tmp_path: Path, kind: str) -> None:
    path = bombs.PHOTOS[kind](tmp_path / "him.jpg")

    def there() -> object:
        with apart(path, "fake") as child:
            return child.check_photo(name="him.jpg", max_pixels=PIXELS)

    here = told(lambda: photos.check_photo(path, FakeEngine(), name="him.jpg", max_pixels=PIXELS))
    assert told(there) == here
    assert here.startswith("UnreadableImage: him.jpg")


def probed_apart(path: Path) -> object:
    with Apart(path) as child:
        return child.probe(max_pixels=PIXELS)


def told(look: Callable[[], object]) -> str:
    try:
        return f"ok: {look()}"
    except LastSeenError as error:
        return f"{type(error).__name__}: {error}"


def test_a_child_that_crashes_says_how(photo: Path) -> None:
    assert why(photo, "segfault") == "crashed (SIGSEGV)"
    assert why(photo, "abort") == "crashed (SIGABRT)"
    assert why(photo, "leave") == "ended without an answer (code 3)"


def test_a_child_that_eats_memory_is_ended_and_its_parent_stays_as_it_was(photo: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert why(photo, "hog", memory_mb=700) == "needed more than 700 MiB of memory"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000


@LINUX
def test_shared_memory_counts_too(photo: Path) -> None:
    assert why(photo, "hog shared", memory_mb=700) == "needed more than 700 MiB of memory"


@pytest.mark.parametrize("engine", ["loop", "sleep"])
def test_a_child_that_never_ends_is_ended(folder: Path, red: References, engine: str) -> None:
    path = write_clip(folder / f"{engine}.mp4", walking(3))
    (segment,) = footage.segments(path, 60.0)
    with apart(path, engine, segment_s=1.0) as child:
        _ = child.confinement
        begun = monotonic()
        with pytest.raises(ChildKilled, match=r"took longer than \d s"):
            child.scan_segment(segment, references=red, max_pixels=PIXELS)
        assert monotonic() - begun < 6
        assert not child.is_alive


def test_who_asks_a_dead_child_is_told_so(photo: Path) -> None:
    with apart(photo, "leave") as child:
        for _ in range(2):
            with pytest.raises(ChildKilled):
                child.check_photo(name="him.png", max_pixels=PIXELS)


def test_a_refusal_does_not_cost_the_child(folder: Path) -> None:
    empty = folder / "empty.png"
    cv2.imwrite(str(empty), grey())
    with apart(empty, "fake") as child:
        for _ in range(2):
            with pytest.raises(NoFace, match=r"^him\.png: "):
                child.check_photo(name="him.png", max_pixels=PIXELS)
        with pytest.raises(UnreadableFootage):
            child.probe(max_pixels=1)


def test_a_child_can_reach_nothing_but_its_file(photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_SMTP_PASSWORD", "planted")
    with apart(photo, "attempts") as child:
        confined = child.confinement
        if not (confined.landlock >= 6 and confined.network == "none" and confined.has_filter):
            pytest.skip(f"skipped: this kernel confines less: {confined}")
        with pytest.raises(BadInput, match="^done: ") as caught:
            child.check_photo(name="him.png", max_pixels=PIXELS)
    done, _, environment = str(caught.value).partition("; ")
    assert done == "done: nothing"
    assert "LASTSEEN" not in environment
    assert photo.exists()
    assert not photo.with_name("written").exists()


def test_a_child_without_landlock_is_still_limited_and_says_what_it_lacks(photo: Path) -> None:
    with apart(photo, "fake") as child:
        limits = Path(f"/proc/{child.pid}/limits") if child.confinement else None
        if limits is None or not limits.exists():
            pytest.skip("skipped: no /proc")
        rows = {row[:26].strip(): row[26:].split()[:2] for row in limits.read_text().splitlines()}
        assert rows["Max data size"] == [str(2048 << 20)] * 2
        assert rows["Max file size"] == rows["Max core file size"] == ["0", "0"]
        assert rows["Max open files"] == ["64", "64"]


@pytest.mark.parametrize("lie", [*LIES, "endless bytes"])
def test_a_lying_child_is_ended_and_nothing_of_it_is_believed(clip: Path, red: References, lie: str) -> None:
    (segment, *_) = footage.segments(clip, 60.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with apart(clip, lie, program=LYING) as child, pytest.raises(ChildKilled, match="answered what cannot be"):
        child.scan_segment(segment, references=red, max_pixels=PIXELS)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000


def test_what_a_child_writes_is_one_short_plain_line(clip: Path, red: References) -> None:
    (segment,) = footage.segments(clip, 60.0)
    with apart(clip, "long words", program=LYING) as child, pytest.raises(BadInput) as caught:
        child.scan_segment(segment, references=red, max_pixels=PIXELS)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 500


def test_a_child_lives_on_when_the_thread_that_asked_for_it_ends(photo: Path) -> None:
    made: list[Apart] = []
    thread = threading.Thread(target=lambda: made.append(apart(photo, "fake")))
    thread.start()
    thread.join()
    with made[0] as child:
        assert child.check_photo(name="him.png", max_pixels=PIXELS).box_px


_PARENT = """
import sys, time
from pathlib import Path
from recognition.apart import Apart
child = Apart(Path(sys.argv[1]))
child.confinement
print(child.pid, flush=True)
time.sleep(60)
"""


@LINUX
def test_a_child_ends_with_its_parent(photo: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", _PARENT, photo], stdout=subprocess.PIPE, cwd=PROJECT) as parent:
        assert parent.stdout is not None
        child = Path("/proc") / parent.stdout.readline().decode().strip() / "cmdline"
        assert b"apart_child" in child.read_bytes()
        parent.kill()
    assert within_s(5, lambda: not child.exists() or not child.read_bytes())


def within_s(limit_s: float, is_so: Callable[[], bool]) -> bool:
    until_s = monotonic() + limit_s
    while not is_so() and monotonic() < until_s:
        sleep(0.02)
    return is_so()


def test_a_child_that_never_stops_giving_is_ended(clip: Path, red: References, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recognition.apart._MOST_TRACKS", 50)
    (segment,) = footage.segments(clip, 60.0)
    with apart(clip, "endless tracks", program=LYING) as child, pytest.raises(ChildKilled, match="more than 50 tracks"):
        child.scan_segment(segment, references=red, max_pixels=PIXELS)
