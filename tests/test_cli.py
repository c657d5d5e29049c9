"""The shell door as scripts use it: JSON out, one line of error, exit codes 0, 1, 2, 3."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from settings import PROJECT
from tests.recognition.clips import walking, write_clip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One home for all calls, so that the embedded engine is built once."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "portrait.png"
    cv2.imwrite(str(path), cv2.cvtColor(astronaut(), cv2.COLOR_RGB2BGR))
    return path


def cli(home: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROJECT / "cli.py"), *(str(word) for word in words)]
    environment = os.environ | {"LASTSEEN_HOME": str(home), "COLUMNS": "200"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_faces_gives_what_the_contract_says(home: Path, portrait: Path, tmp_path: Path) -> None:
    done = cli(home, "faces", portrait, "--landmarks", 68, "--json", tmp_path / "out.json")
    assert (done.returncode, done.stdout) == (0, "")
    (entry,) = json.loads((tmp_path / "out.json").read_text())
    assert entry["image"] == str(portrait)
    (face,) = entry["faces"]
    assert {k: np.shape(face[k]) for k in ("box_px", "points_px", "landmarks_px", "embedding")} == {
        "box_px": (4,), "points_px": (5, 2), "landmarks_px": (68, 2), "embedding": (128,)
    }  # fmt: skip
    assert 0 < face["score"] <= 1
    assert 0 <= face["quality"] <= 1


def test_faces_without_landmarks_says_null(home: Path, portrait: Path) -> None:
    done = cli(home, "faces", portrait, "--json", "-")
    assert json.loads(done.stdout)[0]["faces"][0]["landmarks_px"] is None


def scanned(home: Path, clip: Path, portrait: Path, *more: object) -> Any:
    done = cli(home, "scan", clip, "--reference", portrait, "--json", "-", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_scan_gives_what_the_contract_says(home: Path, portrait: Path, tmp_path: Path) -> None:
    head = cv2.resize(cv2.imread(str(portrait))[0:230, 120:320], (104, 120))

    def pictures() -> Any:
        for number in range(30):
            image = np.full((240, 320, 3), 120, np.uint8)
            image[60:180, 20 + 4 * number : 124 + 4 * number] = head
            yield image

    clip = write_clip(tmp_path / "clip.mp4", pictures(), rate=10)
    result = scanned(home, clip, portrait, "--started-at", "2026-03-02T12:00:00+02:00")
    assert set(result) == {"footage", "engine", "coverage", "tracks", "elapsed_s"}
    assert result["footage"]["codec"] == "h264"
    assert (result["footage"]["width"], result["footage"]["height"]) == (320, 240)
    assert result["engine"]["name"] == "open"
    assert all(len(sha256) == 64 for sha256 in result["engine"]["models"].values())
    assert result["coverage"]["frames_claimed"] == result["coverage"]["frames_decoded"] == 30
    (track,) = result["tracks"]
    assert track["is_candidate"]
    assert track["similarity"] >= result["engine"]["alert_threshold"]
    assert track["time_source"] == "container"
    assert track["best"]["at"].startswith("2026-03-02T10:00:0")


def test_scan_lists_other_people_only_when_asked(home: Path, portrait: Path, tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", walking(10))
    assert scanned(home, clip, portrait)["tracks"] == []
    assert scanned(home, clip, portrait, "--all")["tracks"] == []


def one_line(done: subprocess.CompletedProcess[str], *, quiet: bool = True) -> str:
    assert not (quiet and done.stdout)
    (line,) = done.stderr.strip().splitlines()
    return line


def test_bad_input_is_code_3_and_one_line_that_names_the_file(home: Path, portrait: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.mp4").write_text("hello")
    cv2.imwrite(str(tmp_path / "wall.png"), np.full((200, 200, 3), 128, np.uint8))
    clip = write_clip(tmp_path / "clip.mp4", walking(5))
    for name, words in {
        "notes.mp4": ("scan", tmp_path / "notes.mp4", "--reference", portrait, "--json", "-"),
        "wall.png": ("scan", clip, "--reference", tmp_path / "wall.png", "--json", "-"),
        "gone.mp4": ("scan", tmp_path / "gone.mp4", "--reference", portrait, "--json", "-"),
        "gone.jpg": ("faces", tmp_path / "gone.jpg", "--json", "-"),
        "--started-at": ("scan", clip, "--reference", portrait, "--started-at", "2026-03-02T12:00", "--json", "-"),
    }.items():
        done = cli(home, *words)
        assert done.returncode == 3, (words, done.stderr)
        assert name in one_line(done)


def test_an_engine_that_is_not_installed_is_code_1_and_says_how_to_get_it(home: Path, portrait: Path) -> None:
    done = cli(home, "faces", portrait, "--engine", "insightface:buffalo_l", "--json", "-")
    assert done.returncode == 1
    assert "models install buffalo_l --accept-licence" in one_line(done)


def test_an_unknown_engine_is_code_3(home: Path, portrait: Path) -> None:
    assert cli(home, "faces", portrait, "--engine", "magic", "--json", "-").returncode == 3


def test_wrong_usage_is_code_2(home: Path, portrait: Path) -> None:
    assert cli(home, "scan").returncode == 2
    assert cli(home, "faces", portrait, "--landmarks", 5, "--json", "-").returncode == 2
    assert cli(home, "nonsense").returncode == 2


def test_an_output_that_cannot_be_written_is_code_1(home: Path, portrait: Path, tmp_path: Path) -> None:
    done = cli(home, "faces", portrait, "--json", tmp_path / "no" / "folder" / "out.json")
    assert done.returncode == 1
    assert "out.json" in one_line(done)


def test_models_list_tells_licence_hash_and_which_is_active(home: Path) -> None:
    rows = {row["name"]: row for row in json.loads(cli(home, "models", "list", "--json", "-").stdout)}
    assert rows["dlib"]["active"]
    assert rows["mtcnn"]["licence"] == "MIT"
    assert all(len(sha256) == 64 for row in rows.values() for sha256 in row["sha256"].values())
    assert "excludes commercial use" in rows["landmarks"]["licence"]
    assert "non-commercial" in rows["buffalo_l"]["licence"]
    assert not rows["buffalo_l"]["installed"]


def test_no_pack_is_installed_before_its_licence_is_accepted(home: Path) -> None:
    done = cli(home, "models", "install", "buffalo_l")
    assert done.returncode == 3
    assert "non-commercial" in done.stdout
    assert "--accept-licence" in one_line(done, quiet=False)


def test_rank_gives_what_the_contract_says(home: Path, tmp_path: Path) -> None:
    point = {"type": "Point", "coordinates": [24.9421, 60.1712]}
    features = [
        {"type": "Feature", "id": "node/1", "properties": {"camera:direction": "338-23"}, "geometry": point},
        {"type": "Feature", "properties": {"id": "far"}, "geometry": point | {"coordinates": [26.0, 61.0]}},
    ]
    (tmp_path / "cameras.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    seen = [
        {"lat": 60.17, "lon": 24.94, "radius_m": 40, "time": "2026-03-02T09:00:00Z", "tolerance_s": 0},
        {"lat": 60.173, "lon": 24.945, "radius_m": 40, "time": "2026-03-02T09:20:00Z", "tolerance_s": 30},
    ]
    walk = {"id": "w1", "mode": "walk", "sightings": seen, "now": "2026-03-02T09:20:00Z"}
    (tmp_path / "walks.jsonl").write_text(json.dumps(walk) + "\n\n" + json.dumps(walk | {"id": "w2"}) + "\n")
    words = ("rank", "--cameras", tmp_path / "cameras.geojson", "--walks", tmp_path / "walks.jsonl")
    done = cli(home, *words, "--out", tmp_path / "answers.jsonl")
    assert (done.returncode, done.stdout) == (0, "")
    first, second = (json.loads(line) for line in (tmp_path / "answers.jsonl").read_text().splitlines())
    assert (first["id"], second["id"]) == ("w1", "w2")
    (camera,) = first["cameras"]
    assert camera["camera_id"] == "node/1"
    assert "2026-03-02T08:59:30.000Z" <= camera["from"] <= camera["best_guess"] <= camera["to"]
    assert camera["to"] <= "2026-03-02T09:20:30.000Z"
    assert camera["score"] > 0
    assert any("best guess" in reason for reason in camera["reasons"])


@pytest.mark.parametrize(("line", "says"), [("{", "walks"), ('{"id": "w7", "sightings": [{}]}', "w7")])
def test_rank_names_the_walk_that_makes_no_sense(home: Path, tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "cameras.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    (tmp_path / "walks.jsonl").write_text(line)
    done = cli(
        home, "rank", "--cameras", tmp_path / "cameras.geojson", "--walks", tmp_path / "walks.jsonl",
        "--out", tmp_path / "answers.jsonl",
    )  # fmt: skip
    assert done.returncode == 3
    assert says in one_line(done)
