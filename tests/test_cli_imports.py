"""Cameras and streets by the shell door."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from data.store import Store
from tests.factories import a_case

WAYS = (
    '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"highway":"residential"},'
    '"geometry":{"type":"LineString","coordinates":[[24.94,60.17],[24.95,60.17],[24.95,60.18]]}}]}'
)


@pytest.fixture
def store(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    return store


def cli(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_cameras_are_added_and_what_was_not_understood_is_listed(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("id,Breite,lon,heading\na,60.1,24.9,upwards\nb,99,24.9,\n")
    done = cli("cameras", "import", path, "--mapping", "lat=Breite")
    assert done.exit_code == 0
    assert done.stdout.startswith("1 cameras added, 0 known already")
    assert "row 2: heading: direction not understood" in done.stderr
    assert "row 3: lat, lon: latitude 99" in done.stderr
    assert [camera.id for camera in store.cameras()] == ["a"]
    assert cli("cameras", "import", path, "--mapping", "lat=Breite").stdout.startswith("0 cameras added, 1 known")


@pytest.mark.parametrize(("mapping", "says"), [("lat", "field=column"), ("lat=x", "no column 'x'"), ("=x", "field")])
def test_a_mapping_that_makes_no_sense_is_refused_in_one_line(
    store: Store, tmp_path: Path, mapping: str, says: str
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("lat,lon\n1,2\n")
    done = cli("cameras", "import", path, "--mapping", mapping)
    assert done.exit_code == 3
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert store.cameras() == []


def test_streets_are_set_by_the_case_s_number_or_id(store: Store, tmp_path: Path) -> None:
    with store.writing() as writing:
        writing.add_case(a_case())
    path = tmp_path / "ways.geojson"
    path.write_text(WAYS)
    assert cli("streets", "import", path, "--case", "2026-001").exit_code == 0
    done = cli("streets", "import", path, "--case", "case-1")
    assert "stretches" in done.stdout
    assert store.streets("case-1") is not None
    unknown = cli("streets", "import", path, "--case", "7")
    assert (unknown.exit_code, "no case" in unknown.stderr) == (3, True)


def test_a_missing_file_is_named(store: Store) -> None:
    done = cli("cameras", "import", "nowhere.csv")
    assert (done.exit_code, done.stderr) == (3, "nowhere.csv: no such file\n")
    assert store.cameras() == []
