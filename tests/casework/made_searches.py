"""A case with made footage to search, for the fake engine or a real one: for kill tests and benchmarks."""

import os
from pathlib import Path

import cv2
from skimage.data import astronaut

from casework import cases, jobs
from casework.footage import add_footage
from casework.scanning import Workshop
from cli import workshop_of
from data.models import Footage
from settings import Settings
from tests.casework.fake_worker import workshop_on
from tests.casework.test_worker import crossing
from tests.factories import NOON, a_camera, an_authority
from tests.recognition.clips import BLUE, RED, grey, square, walking, write_clip

BY = "made searches"


def workshop_with(home: Path, engine: str, environment: dict[str, str]) -> Workshop:
    """A workshop on `home`: with the fake engine of the tests, or with a real one and these settings."""
    if engine == "fake":
        return workshop_on(home)
    os.environ |= environment
    return workshop_of(Settings())  # type: ignore[no-any-return]


def made_case(workshop: Workshop, home: Path, *, engine: str, clips: int, seconds: int) -> list[Footage]:
    """A case with a usable photo, and so much footage, none of it searched."""
    with workshop.store.writing() as writing:
        writing.add(a_camera())
    case_id = made_sought(workshop, home, engine=engine, number="1")
    return [_added(workshop, case_id, made_clip(home, engine, number, seconds)) for number in range(clips)]


def made_sought(workshop: Workshop, home: Path, *, engine: str, number: str) -> str:
    """A case of that number with a usable photo, always of the same person; its id."""
    store = workshop.store
    case_id = cases.open_case(store, number=number, name="Aino", authority=an_authority(), by=BY).id
    with made_portrait(home, engine).open("rb") as stream:
        photo = cases.add_photo(store, case_id, stream=stream, original_name="portrait.png", by=BY)
    workshop.check_photo(jobs.check_photo(store, photo.id, engine=engine, by=BY).id)
    return case_id


def _added(workshop: Workshop, case_id: str, path: Path) -> Footage:
    with path.open("rb") as stream:
        return add_footage(
            workshop.store, case_id, camera_id="cam-1", stream=stream, original_name=path.name,
            size_bytes=path.stat().st_size, started_at=NOON, clock_offset_s=0.0, by=BY,
        )  # fmt: skip


def made_portrait(home: Path, engine: str) -> Path:
    """A picture of the person sought."""
    path = home / "portrait.png"
    sought = square(grey(), RED, 40, 80, 60) if engine == "fake" else cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(path), sought)
    return path


def made_clip(home: Path, engine: str, number: int, seconds: int) -> Path:
    """Footage in which the person walks by; no two numbers give the same file."""
    path = home / f"clip{number}.mp4"
    if engine != "fake":
        return crossing(path, seconds + number)
    n = 25 * seconds + 5 * number
    return write_clip(path, walking(n, colours=(RED, BLUE), step=(240 + number) / n))
