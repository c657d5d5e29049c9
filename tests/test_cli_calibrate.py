"""cli.py calibrate: exit codes, one-line errors, and where the calibration goes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from recognition import engines
from recognition.calibration import find_calibration
from tests.fakes import FakeEngine
from tests.recognition.test_calibrating import album, picture


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(engines, "open_engine", lambda name, **_: FakeEngine(name=name))


def calibrate(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["calibrate", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_a_calibration_is_stored_where_engines_look_for_it(tmp_path: Path) -> None:
    folder = album(tmp_path / "own", people=20, pictures=2)
    picture(folder / "person 01" / "two.png", 1, 20, faces=2)
    code, said, errors = calibrate(folder, "--engine", "insightface:own pack", "--json", tmp_path / "out.json")
    assert code == 0
    assert "40 pictures of 20 people" in said
    assert "FMR 1e-2" in said
    assert "FMR 1e-3" in said
    assert errors == "not used: person 01: two.png: shows 2 faces; cut the picture to the person who is sought\n"
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["pictures"] == 40
    assert written["pairs_of_strangers"] == 190
    assert 0 <= written["tar_at_fmr_1e-3"] <= written["tar_at_fmr_1e-2"] <= 1
    stored = tmp_path / "home" / "calibrations" / "insightface-own-pack.json"
    assert written["stored"] == str(stored)
    found = find_calibration(FakeEngine().info.models, stored.parent)
    assert found is not None
    assert found.people == 20


def test_too_few_people_are_bad_input_in_one_line_and_nothing_is_stored(tmp_path: Path) -> None:
    code, said, errors = calibrate(album(tmp_path / "few", people=3, pictures=2), "--json", tmp_path / "out.json")
    assert (code, said) == (3, "")
    assert "6 usable pictures, 3 people" in errors
    assert "at least 20" in errors
    assert errors.count("\n") == 1
    assert not (tmp_path / "out.json").exists()
    assert not (tmp_path / "home" / "calibrations").exists()


def test_a_folder_that_is_not_there_is_bad_input(tmp_path: Path) -> None:
    code, _, errors = calibrate(tmp_path / "nowhere", "--json", "-")
    assert code == 3
    assert "nowhere: is no folder" in errors


def test_a_missing_option_is_wrong_usage(tmp_path: Path) -> None:
    assert calibrate(tmp_path)[0] == 2
