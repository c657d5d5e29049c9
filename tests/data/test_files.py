import hashlib
import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from data.errors import BadInput, DiskFull, NotFound
from data.files import Files, chunks_of


def test_content_is_found_again_by_its_hash(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    sha256, size = files.put(chunks_of(io.BytesIO(b"evidence")), what="clip.mp4")
    assert (sha256, size) == (hashlib.sha256(b"evidence").hexdigest(), 8)
    assert files.read(sha256) == b"evidence"


def test_the_same_content_twice_is_one_file(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    assert files.put_bytes(b"same", what="a") == files.put_bytes(b"same", what="b")
    assert len([p for p in (tmp_path / "files").rglob("*") if p.is_file()]) == 1


def test_originals_cannot_be_written_to(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    path = files.path(files.put_bytes(b"evidence", what="a"))
    assert path.stat().st_mode & 0o222 == 0


def test_what_is_not_there_is_said_not_to_be(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Files(tmp_path).path("00" * 32)


def test_a_read_that_breaks_off_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> object:
        yield b"half"
        raise ConnectionError

    files = Files(tmp_path / "files")
    with pytest.raises(ConnectionError):
        files.put(broken(), what="clip.mp4")  # type: ignore[arg-type]
    assert [p for p in (tmp_path / "files").rglob("*") if p.is_file()] == []


def test_a_file_too_large_for_the_disk_is_refused_before_it_is_read_with_the_bytes_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.files.shutil.disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(DiskFull, match=r"clip\.mp4: 700 bytes"):
        Files(tmp_path / "files", free_bytes=200).check_room(1500, "clip.mp4")


def test_a_disk_that_fills_up_while_writing_is_said_to_be_full_and_nothing_stays(tmp_path: Path) -> None:
    def filling() -> object:
        yield b"half"
        raise OSError(28, "No space left on device")

    with pytest.raises(DiskFull, match="nothing was kept"):
        Files(tmp_path / "files").put(filling(), what="clip.mp4")  # type: ignore[arg-type]
    assert [p for p in (tmp_path / "files").rglob("*") if p.is_file()] == []


def test_a_finished_upload_is_taken_over_without_a_copy(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"evidence")
    sha256, inode = hashlib.sha256(b"evidence").hexdigest(), upload.stat().st_ino
    files = Files(tmp_path / "files")
    files.adopt(upload, sha256)
    assert files.path(sha256).stat().st_ino == inode
    assert files.path(sha256).stat().st_mode & 0o222 == 0
    assert not upload.exists()
    assert list(files.hashes()) == [(sha256, 8)]


def test_the_same_upload_twice_is_one_file(tmp_path: Path) -> None:
    files = Files(tmp_path / "files")
    sha256 = files.put_bytes(b"evidence", what="a")
    upload = tmp_path / "upload"
    upload.write_bytes(b"evidence")
    files.adopt(upload, sha256)
    assert not upload.exists()
    assert files.read(sha256) == b"evidence"


def test_an_upload_on_another_disk_is_copied_and_its_hash_held_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = Files(tmp_path / "files")
    rename = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if not self.is_relative_to(files.folder):
            raise OSError(18, "Invalid cross-device link")
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    upload = tmp_path / "upload"
    upload.write_bytes(b"evidence")
    with pytest.raises(BadInput, match="not what was announced"):
        files.adopt(upload, "00" * 32)
    upload.chmod(0o640)
    files.adopt(upload, hashlib.sha256(b"evidence").hexdigest())
    assert files.read(hashlib.sha256(b"evidence").hexdigest()) == b"evidence"
    assert not upload.exists()


def test_only_a_hash_names_a_file(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(b"evidence")
    with pytest.raises(BadInput, match="is no SHA-256"):
        Files(tmp_path / "files").adopt(upload, "../../etc/passwd")
    assert upload.exists()
