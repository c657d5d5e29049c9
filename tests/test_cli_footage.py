"""`cli.py footage add`: exit codes 0 done, 1 failed, 2 wrong usage, 3 bad input, with one line that says why."""

import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from data.store import Store
from tests.factories import a_camera, a_case, a_photo
from tests.recognition.made_stills import PHONE_EXIF, a_still, a_zip

CLIP = b"not really a film"


@pytest.fixture
def kept(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("LASTSEEN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LASTSEEN_FREE_DISK_MB", "0")
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera(clock_offset_s=12.0))
    (tmp_path / "clip.mp4").write_bytes(CLIP)
    return store


def added(file: Path, *more: str, case: str = "2026-001", camera: str = "cam-1") -> tuple[int, str]:
    command = ["footage", "add", str(file), "--case", case, "--camera", camera, "--started-at", "2026-03-02 14:00:30"]
    result = CliRunner().invoke(app, [*command, *more])
    return result.exit_code, result.output


def test_a_file_is_kept_with_the_recorders_clock_in_the_cases_zone(kept: Store, tmp_path: Path) -> None:
    code, said = added(tmp_path / "clip.mp4", "--clock-uncertainty-s", "2", "--clock-checked", "with a phone")
    assert code == 0
    (footage,) = kept.footages("case-1")
    assert footage.started_at == datetime(2026, 3, 2, 12, 0, 30, tzinfo=UTC)
    assert (footage.clock_offset_s, footage.clock_uncertainty_s) == (12.0, 2.0)
    assert footage.provenance[0].how == "command line"
    assert said.split()[:2] == [footage.id, hashlib.sha256(CLIP).hexdigest()]
    assert kept.jobs() == []


def test_a_search_is_asked_for_where_the_case_has_a_photo(kept: Store, tmp_path: Path) -> None:
    with kept.writing() as writing:
        writing.add(a_photo())
    assert added(tmp_path / "clip.mp4", "--clock-offset-s", "-3.5", "--no-search")[0] == 0
    assert kept.jobs() == []
    code, said = added(tmp_path / "clip.mp4")
    assert code == 0
    assert "came in 2 times" in said
    assert [job.of_id for job in kept.jobs()] == [kept.footages("case-1")[0].id]
    assert kept.footages("case-1")[0].clock_offset_s == -3.5


@pytest.mark.parametrize(
    ("file", "options", "words"),
    [
        ("clip.mp4", {"case": "2026-999"}, "--case 2026-999"),
        ("clip.mp4", {"camera": "nobody's"}, "--camera nobody's"),
        ("missing.mp4", {}, "no such file"),
        (".", {}, "is a folder"),
        ("pipe", {}, "is no plain file"),
        ("empty.mp4", {}, "the file is empty"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    kept: Store, tmp_path: Path, file: str, options: dict[str, str], words: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty.mp4").touch()
    code, said = added(tmp_path / file, **options)
    assert code == 3
    assert words in said
    assert len(said.splitlines()) == 1
    assert kept.footages("case-1") == []


def test_a_time_that_is_none_or_lies_in_the_future_is_bad_input(kept: Store, tmp_path: Path) -> None:
    for time in ("yesterday", "2199-01-01 00:00", "2026-03-29 03:30"):
        result = CliRunner().invoke(
            app,
            [
                "footage",
                "add",
                str(tmp_path / "clip.mp4"),
                "--case",
                "case-1",
                "--camera",
                "cam-1",
                "--started-at",
                time,
            ],
        )
        assert result.exit_code == 3, result.output


def test_wrong_usage_has_a_code_of_its_own(kept: Store, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["footage", "add", str(tmp_path / "clip.mp4")]).exit_code == 2


def test_a_full_disk_fails_and_keeps_nothing(kept: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_FREE_DISK_MB", str(1 << 40))
    code, said = added(tmp_path / "clip.mp4")
    assert code == 1
    assert "bytes of disk space are missing" in said
    assert kept.footages("case-1") == []


# pictures


def pictures(*more: str, of: Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["footage", "add-pictures", str(of), "--case", "2026-001", *more])
    return result.exit_code, result.output


@pytest.fixture
def album(tmp_path: Path) -> Path:
    folder = tmp_path / "album"
    (folder / "DCIM").mkdir(parents=True)
    (folder / "DCIM" / "IMG_1.jpg").write_bytes(a_still(**PHONE_EXIF))
    (folder / "silent.png").write_bytes(a_still("PNG"))
    (folder / "more.zip").write_bytes(a_zip({"IMG_2.jpg": a_still(size=(80, 40), **PHONE_EXIF), "notes.txt": b"x"}))
    (folder / ".hidden.jpg").write_bytes(a_still())
    return folder


def test_pictures_are_only_listed_until_somebody_says_that_what_they_say_counts(kept: Store, album: Path) -> None:
    code, said = pictures(of=album)
    assert code == 0
    assert "DCIM/IMG_1.jpg: picture; 2026-03-02T14:00:05+02:00; 60.170000,24.940000 within 25 m; Apple" in said
    assert "silent.png: picture; says no time; says no place" in said
    assert "IMG_2.jpg: picture;" in said
    assert "hidden" not in said
    assert kept.footages("case-1") == []


def test_folders_and_zips_of_pictures_are_added_and_what_lacks_a_place_is_left_out(kept: Store, album: Path) -> None:
    code, said = pictures("--as-files-say", "--called", "Sari's phone", of=album)
    assert code == 1
    assert "silent.png: picture; says no time; says no place" in said
    assert "2 left out: give --place and --taken-at for them" in said
    assert {footage.original_name for footage in kept.footages("case-1")} == {"DCIM/IMG_1.jpg", "IMG_2.jpg"}
    (spot,) = kept.spots("case-1")
    assert (spot.lat, spot.lon, spot.name) == (60.17, 24.94, "Sari's phone")
    code, said = pictures("--place", "60.2,24.9", "--taken-at", "2026-03-02 14:10", of=album / "silent.png")
    assert code == 0
    silent = next(footage for footage in kept.footages("case-1") if footage.original_name == "silent.png")
    assert silent.started_at == datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--place", "here", "--taken-at", "2026-03-02 14:10"], "--place here: write it as 60.17,24.94"),
        (["--place", "95,24", "--taken-at", "2026-03-02 14:10"], "latitude 95.0 is not between"),
        (["--place", "60,24", "--taken-at", "soon"], "--taken-at"),
        (["--as-files-say", "--zone", "Mars/Base"], "Mars/Base"),
    ],
)
def test_what_cannot_be_meant_of_pictures_is_one_line(kept: Store, album: Path, options: list[str], words: str) -> None:
    (album / "naive.jpg").write_bytes(a_still(taken="2026:03:02 14:00:05"))
    code, said = pictures(*options, of=album / "naive.jpg")
    assert code == 3
    assert words in said
    assert len(said.strip().splitlines()) == 1
    assert kept.footages("case-1") == []
