import colorsys
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from data.errors import BadInput
from recognition.calibrating import LEAST_PEOPLE, Calibrated, calibrate, evenly, people_in
from recognition.calibration import read_calibration, write_calibration
from tests.fakes import FakeEngine

TODAY = date(2026, 11, 21)


def picture(path: Path, person: int, of: int, *, faces: int = 1, number: int = 0) -> None:
    """A grey picture with coloured faces: the hue is the person, a little different in each picture."""
    image = np.full((90, 90 * faces, 3), 128, np.uint8)
    red, green, blue = colorsys.hsv_to_rgb((person + 0.2 * number) / of, 1.0, 0.9)
    for face in range(faces):
        image[27:63, 90 * face + 27 : 90 * face + 63] = np.array([blue, green, red]) * 255
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)


def album(folder: Path, *, people: int, pictures: int) -> Path:
    for person in range(people):
        for number in range(pictures):
            picture(folder / f"person {person:02}" / f"{number}.png", person, people, number=number)
    return folder


def calibrated(folder: Path) -> Calibrated:
    return calibrate(FakeEngine(), folder, max_pixels=1_000_000, today=TODAY)


def test_an_agencys_own_pictures_make_a_calibration_and_unusable_ones_are_named(tmp_path: Path) -> None:
    folder = album(tmp_path / "own", people=20, pictures=2)
    picture(folder / "person 03" / "two.png", 3, 20, faces=2)
    (folder / "person 04" / "notes.txt").write_text("not a picture")
    (folder / "person 05" / ".DS_Store").write_text("hidden")
    cv2.imwrite(str(folder / "person 06" / "empty.png"), np.full((60, 60, 3), 128, np.uint8))
    (folder / "stray.txt").write_text("not a folder")
    made = calibrated(folder)
    assert (made.pictures, made.calibration.people, made.calibration.pairs) == (40, 20, 20 * 19 // 2)
    assert made.calibration.measured_on == "2026-11-21"
    assert made.calibration.models == FakeEngine().info.models
    assert 0 < made.found_at[1] <= made.found_at[0] <= 1
    assert [line.split(":")[:2] for line in made.left_out] == [
        ["person 03", " two.png"], ["person 04", " notes.txt"], ["person 06", " empty.png"]
    ]  # fmt: skip
    assert "40 pictures of 20 people" in made.in_words()
    write_calibration(made.calibration, tmp_path / "c.json")
    assert read_calibration(tmp_path / "c.json") == made.calibration


@pytest.mark.parametrize(("people", "pictures"), [(4, 3), (LEAST_PEOPLE + 1, 1), (0, 0)])
def test_too_few_people_are_refused_with_how_many_are_needed(tmp_path: Path, people: int, pictures: int) -> None:
    folder = album(tmp_path / "few", people=people, pictures=pictures)
    folder.mkdir(exist_ok=True)
    with pytest.raises(BadInput, match=f"needed are at least {LEAST_PEOPLE} such people and 1,000 pairs") as refused:
        calibrated(folder)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["missing", "file.txt"])
def test_what_is_no_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "file.txt").write_text("")
    with pytest.raises(BadInput, match=f"{name}: is no folder"):
        people_in(tmp_path / name)


def test_pictures_are_taken_evenly_from_all_people() -> None:
    people = {"a": [Path("a1"), Path("a2"), Path("a3")], "b": [], "c": [Path("c1")]}
    assert [path.name for _, path in evenly(people)] == ["a1", "c1", "a2", "a3"]
