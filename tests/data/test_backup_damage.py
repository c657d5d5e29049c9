"""What is wrong with a backup is found; what broke off never passes for one; nothing is ever overwritten."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from data import backup as backup_module
from data.archive import MANIFEST, Source, partial_of
from data.backup import back_up
from data.errors import BadInput, Damaged, DiskFull, LastSeenError
from data.restore import restore
from data.store import RESTORING, Store, open_store
from tests.factories import a_camera, a_case

FORMS = ("backup.tar", "backup")


def test_a_backup_of_a_newer_lastseen_is_refused(sound: Path, copied: Path, tmp_path: Path) -> None:
    for field, value, said in (("format", 2, "newer LastSeen"), ("schema", "9999", "schema 9999")):
        manifest = json.loads((sound / MANIFEST).read_text()) | {field: value}
        (copied / MANIFEST).write_text(json.dumps(manifest))
        digest = hashlib.sha256((copied / MANIFEST).read_bytes()).hexdigest()
        (copied / "manifest.sha256").write_text(digest)
        with pytest.raises(BadInput, match=said):
            restore(copied, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def flip(path: Path, offset: int) -> None:
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def members(backup: Path) -> list[Path]:
    return sorted(path for path in backup.rglob("*") if path.is_file() and path.stat().st_size)


def test_one_flipped_byte_anywhere_is_found_and_named(copied: Path, tmp_path: Path) -> None:
    paths = members(copied)
    assert len(paths) >= 6
    for path in paths:
        whole = path.read_bytes()
        for offset in {0, len(whole) // 2, len(whole) - 1}:
            if path.name == "manifest.sha256" and offset == len(whole) - 1:
                continue  # the end of the line
            flip(path, offset)
            with pytest.raises(LastSeenError) as caught:
                restore(copied, tmp_path / "new")
            told = MANIFEST if path.name.startswith("manifest") else path.relative_to(copied).as_posix()
            assert told in str(caught.value)
            path.write_bytes(whole)
    assert not (tmp_path / "new").exists()
    restore(copied, tmp_path / "new")


def test_a_flipped_byte_in_a_tar_file_is_found(full: Store, home: Path, tmp_path: Path) -> None:
    back_up(full, home, tmp_path / "backup.tar")
    whole = (tmp_path / "backup.tar").read_bytes()
    with tarfile.open(tmp_path / "backup.tar") as tar:
        entries = [(entry.name, entry.offset, entry.offset_data, entry.size) for entry in tar.getmembers()]
    for name, offset, offset_data, size in entries:
        for place in {offset + 2, offset_data, offset_data + size - 2} if size > 2 else {offset + 2}:
            flip(tmp_path / "backup.tar", place)
            with pytest.raises(LastSeenError, match=r"backup\.tar"):
                restore(tmp_path / "backup.tar", tmp_path / "new")
            (tmp_path / "backup.tar").write_bytes(whole)
        assert name
    for cut in (0, 100, len(whole) // 2, len(whole) - 20_000):
        (tmp_path / "backup.tar").write_bytes(whole[:cut])
        with pytest.raises(LastSeenError, match=r"backup\.tar"):
            restore(tmp_path / "backup.tar", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_missing_file_is_named_and_the_others_come_back_when_asked_for(copied: Path, tmp_path: Path) -> None:
    lost = next(path for path in members(copied) if "files" in path.parts)
    lost.unlink()
    with pytest.raises(Damaged, match=f"{lost.name} is missing. Nothing was restored"):
        restore(copied, tmp_path / "new")
    done = restore(copied, tmp_path / "new", even_damaged=True)
    assert list(done.left_out.values()) == ["is missing"]
    assert open_store(tmp_path / "new").case("case-1") == a_case()


def test_changed_rows_are_never_restored(copied: Path, tmp_path: Path) -> None:
    flip(copied / "rows" / "audit.jsonl", 5)
    with pytest.raises(Damaged, match=r"rows/audit\.jsonl was changed"):
        restore(copied, tmp_path / "new", even_damaged=True)


def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").write_text("hello")
    for name in ("empty", "text"):
        with pytest.raises(BadInput, match="is no"):
            restore(tmp_path / name, tmp_path / "new")


def test_a_home_that_is_not_empty_is_left_alone(sound: Path, tmp_path: Path) -> None:
    store = open_store(tmp_path / "used")
    with pytest.raises(BadInput, match=r"used: is not empty \(store.lock, store.sqlite"):
        restore(sound, tmp_path / "used")
    assert store.cases() == []
    store.close()


def test_a_database_that_is_not_empty_is_left_alone(sound: Path, tmp_path: Path, postgres_url: str) -> None:
    store = open_store(tmp_path / "one", database_url=postgres_url)
    with store.writing() as writing:
        writing.add(a_camera())
    with pytest.raises(BadInput, match=r"is not empty \(1 cameras\)") as caught:
        restore(sound, tmp_path / "new", database_url=postgres_url)
    assert "***" in str(caught.value)
    assert not (tmp_path / "new" / RESTORING).exists()
    assert store.cases() == []
    store.close()


def test_a_backup_never_overwrites(full: Store, home: Path, tmp_path: Path) -> None:
    (tmp_path / "backup.tar").write_text("mine")
    with pytest.raises(BadInput, match="never overwrites"):
        back_up(full, home, tmp_path / "backup.tar")
    assert (tmp_path / "backup.tar").read_text() == "mine"


def test_a_disk_without_room_is_named_before_anything_is_written(
    full: Store, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.backup.shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DiskFull, match=r"backup\.tar: [\d,]+ bytes of disk space are missing"):
        back_up(full, home, tmp_path / "backup.tar")
    assert not partial_of(tmp_path / "backup.tar").exists()


@pytest.mark.parametrize("form", FORMS)
def test_a_backup_that_breaks_off_leaves_nothing(
    full: Store, home: Path, tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def filling(*_: object) -> Iterator[object]:
        yield from ()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup_module, "_files", filling)
    with pytest.raises(DiskFull):
        back_up(full, home, tmp_path / form)
    assert not (tmp_path / form).exists()
    assert not partial_of(tmp_path / form).exists()


def test_what_does_not_read_back_as_it_was_written_is_no_backup(
    full: Store, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: Callable[..., object] = Source.damage
    monkeypatch.setattr(Source, "damage", lambda self, manifest: {"rows/audit.jsonl": "was changed"} if whole else {})
    with pytest.raises(Damaged, match="while it was read back"):
        back_up(full, home, tmp_path / "backup.tar")
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_a_backup_that_is_killed_looks_like_none(full: Store, home: Path, tmp_path: Path, database_url: str) -> None:
    for number in range(60):
        full.files.put_bytes(os.urandom(200_000), what=f"{number}")
    program = f"""
from pathlib import Path
from data.backup import back_up
from data.store import open_store
home = Path({str(home)!r})
back_up(open_store(home, database_url={database_url!r}), home, Path({str(tmp_path)!r}) / "backup")
"""
    process = subprocess.Popen([sys.executable, "-c", program])
    deadline = time.monotonic() + 30
    while not list((tmp_path / "backup.partial").glob("files/*")) and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "backup").exists()
    with pytest.raises(BadInput, match="is no whole backup"):
        restore(tmp_path / "backup.partial", tmp_path / "new")
    back_up(full, home, tmp_path / "backup")  # the next one clears it away
    assert not (tmp_path / "backup.partial").exists()
    restore(tmp_path / "backup", tmp_path / "new")


@pytest.mark.parametrize("backend", ["sqlite", "postgresql"])
def test_a_restore_that_is_cut_off_opens_no_store_and_goes_on_when_run_again(
    sound: Path, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    with monkeypatch.context() as cut:
        cut.setattr("data.restore._restore_calibrations", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(sound, new, database_url=database_url)
    with pytest.raises(BadInput, match="a restore was cut off here; run it again"):
        open_store(new, database_url=database_url)
    with monkeypatch.context() as cut:  # just after the rows
        cut.setattr("data.restore.Path.unlink", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            restore(sound, new, database_url=database_url)
    restore(sound, new, database_url=database_url)
    restored = open_store(new, database_url=database_url)
    assert restored.case("case-1") == a_case()
    assert len(restored.audit_entries()) == 1
    restored.close()


def test_a_file_that_rotted_in_the_store_is_kept_as_it_is_and_named(full: Store, home: Path, tmp_path: Path) -> None:
    (rotten, _), (gone, _) = full.files.hashes()
    flip(full.files.path(rotten), 3)
    full.files.path(gone).unlink()
    made = back_up(full, home, tmp_path / "backup")
    assert (made.missing, made.damaged) == ((gone,), (rotten,))
    assert (tmp_path / "backup" / "files" / rotten[:2] / rotten).is_file()
    done = restore(tmp_path / "backup", tmp_path / "new")
    assert sorted(done.left_out.values()) == [
        "was damaged when the backup was made",
        "was missing when the backup was made",
    ]
    assert list(open_store(tmp_path / "new").files.hashes()) == []
