"""A store worth backing up, and a backup of a small one."""

import shutil
from pathlib import Path

import pytest

from data.backup import back_up
from data.models import Coverage, FaceVectors, KeptTrack, Review, Verdict
from data.store import Store, open_store
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_match, a_photo, a_sighting


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def full(store: Store, home: Path) -> Store:
    """A store with rows in many tables, and the files they speak of."""
    footage = store.files.put_bytes(b"footage" * 10_000, what="clip.mp4")
    photo = store.files.put_bytes("Åbo 😀".encode(), what="photo.jpg")
    vectors = FaceVectors("fake", 3, bytes(range(24)), (30.0, 40.5), (0.5, 0.25))
    with store.writing() as writing:
        writing.add_case(a_case(notes="Åbo 😀\nline\ttwo"))
        writing.add(a_camera(headings_deg=(10.0, 350.0), is_indoor=False, retention_days=7))
        writing.add(a_photo(sha256=photo, taken_on=NOON.date()))
        writing.add(a_sighting())
        writing.add(a_footage(sha256=footage, size_bytes=5 << 30))
        writing.add(a_job(coverage=Coverage(100, 99, 1, 98, 50, 3, ((1.0, 2.5),))))
        writing.put_track(a_match().track)
        writing.add_match(a_match())
        writing.add_review(Review("r-1", "m-1", Verdict.UNSURE, "Ann", "", NOON), sequence=1)
        writing.put_kept_track(KeptTrack("j-1", 0, 7, "case-1", "f-1", False, vectors))
        writing.put_match_vectors("m-1", vectors)
        for number in range(1200):  # more than a batch
            writing.audit(at=NOON, by="Ann", action=f"{number}", case_id="case-1", nothing=None, deep={"a": [1.5]})
    (home / "calibrations").mkdir()
    (home / "calibrations" / "open.json").write_text("{}")
    return store


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small backup in a folder, made once."""
    folder = tmp_path_factory.mktemp("sound")
    store = open_store(folder / "home")
    sha256 = store.files.put_bytes(b"evidence" * 1000, what="clip.mp4")
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_photo(sha256=sha256))
        writing.audit(at=NOON, by="Ann", action="x", case_id="case-1")
    back_up(store, folder / "home", folder / "backup")
    store.close()
    return folder / "backup"


@pytest.fixture
def copied(sound: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(sound, tmp_path / "copied"))
