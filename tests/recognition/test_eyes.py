"""Children are kept for the next request for the same file, and for no other."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import pytest

from data.errors import ChildKilled, NoFace
from data.models import Thoroughness
from recognition import eyes
from recognition.apart import Apart, ChildLimits, Opening
from recognition.eyes import ApartEyes, Eyes, OwnEyes
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, grey, square, walking, write_clip

PIXELS = 40_000_000


@dataclass
class Made:
    """Counts the children."""

    eyes: ApartEyes
    children: list[Apart]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Made]:
    children: list[Apart] = []

    class Counted(Apart):
        def __init__(self, *args: object, **named: object) -> None:
            super().__init__(*args, **named)  # type: ignore[arg-type]
            children.append(self)

    monkeypatch.setattr(eyes, "Apart", Counted)
    opened = ApartEyes(
        lambda name: Opening(name, tmp_path, tmp_path), ChildLimits(), program="tests.recognition.harmful_child"
    )
    yield Made(opened, children)
    opened.close()
    assert not any(child.is_alive for child in children)


def photo(folder: Path, name: str = "him.png", *, is_empty: bool = False) -> Path:
    path = folder / name
    cv2.imwrite(str(path), grey() if is_empty else square(grey(), RED, 100, 80, 60))
    return path


def scanned(looking: Eyes, path: Path, him: Path, engine: FakeEngine) -> list[object]:
    sought = looking.reference_vectors(him, engine, max_pixels=PIXELS)
    return [
        looking.scan_segment(
            path, segment, engine=engine, references=sought, thoroughness=Thoroughness.FAST, min_face_px=24.0,
            max_pixels=PIXELS,
        )
        for segment in looking.segments(path, 1.0, max_pixels=PIXELS)
    ]  # fmt: skip


def test_both_kinds_of_eyes_see_the_same_and_a_scan_takes_one_child(made: Made, tmp_path: Path) -> None:
    path, him = write_clip(tmp_path / "clip.mp4", walking(60)), photo(tmp_path)
    engine = FakeEngine()
    there = scanned(made.eyes, path, him, engine)
    assert there == scanned(OwnEyes(), path, him, engine)
    assert len(there) > 1
    # one for the photo, one without recogniser that cuts the segments, one for them all
    assert len(made.children) == 3


def test_a_photos_check_and_its_vectors_take_one_child(made: Made, tmp_path: Path) -> None:
    him, empty = photo(tmp_path), photo(tmp_path, "empty.png", is_empty=True)
    engine = FakeEngine()
    made.eyes.check_photo(him, engine, name="him.png", max_pixels=PIXELS)
    made.eyes.reference_vectors(him, engine, max_pixels=PIXELS)
    assert len(made.children) == 1
    for _ in range(2):
        with pytest.raises(NoFace):
            made.eyes.check_photo(empty, engine, name="empty.png", max_pixels=PIXELS)
    assert len(made.children) == 2


def test_a_child_that_was_lost_is_not_asked_again(made: Made, tmp_path: Path) -> None:
    him = photo(tmp_path)
    with pytest.raises(ChildKilled):
        made.eyes.check_photo(him, FakeEngine("segfault"), name="him.png", max_pixels=PIXELS)
    assert made.eyes.check_photo(him, FakeEngine(), name="him.png", max_pixels=PIXELS).box_px
    assert len(made.children) == 2


def test_two_requests_at_once_get_two_children(made: Made, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", walking(10))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: made.eyes.first_look(path, max_pixels=PIXELS), range(2))
    assert first == second
    assert 1 <= len(made.children) <= 2


def test_children_that_wait_are_few_and_not_for_long(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [write_clip(tmp_path / f"{n}.mp4", walking(3)) for n in range(3)]
    for path in paths:
        made.eyes.probe(path, max_pixels=PIXELS)
    assert [child.is_alive for child in made.children] == [False, True, True]
    made.eyes.close()
    assert not any(child.is_alive for child in made.children)
