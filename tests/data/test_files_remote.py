import hashlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import fsspec  # type: ignore[import-untyped]
import pytest

from data.errors import BadInput, NotFound, NotReachable
from data.files import Files
from data.files_remote import IN_USE_S, RemoteFiles, open_files

EVIDENCE = b"evidence" * 1000
SHA256 = hashlib.sha256(EVIDENCE).hexdigest()


@pytest.fixture
def url() -> Iterator[str]:
    """A storage in this process's memory, empty at first."""
    fsspec.filesystem("memory").store.clear()
    yield "memory://bucket/lastseen"
    fsspec.filesystem("memory").store.clear()


def remote(url: str, home: Path, cache_bytes: int = 1 << 30) -> RemoteFiles:
    files = open_files(home, url, cache_bytes=cache_bytes)
    assert isinstance(files, RemoteFiles)
    return files


def stored(sha256: str) -> str:
    return f"/bucket/lastseen/{sha256[:2]}/{sha256}"


def test_without_the_setting_files_lie_in_the_home(tmp_path: Path) -> None:
    assert open_files(tmp_path, "").folder == tmp_path / "files"


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_shared_folder_serves_every_machine_that_mounts_it(tmp_path: Path, scheme: str) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    sha256 = open_files(tmp_path / "one", f"{scheme}{shared}").put_bytes(EVIDENCE, what="clip.mp4")
    assert open_files(tmp_path / "two", f"{scheme}{shared}").read(sha256) == EVIDENCE


def test_a_machine_without_the_shared_folder_says_so(tmp_path: Path) -> None:
    files = open_files(tmp_path, str(tmp_path / "not-mounted"))
    with pytest.raises(NotReachable, match=r"files_url: the folder .*not-mounted is not on this machine; mount it"):
        files.path(SHA256)
    with pytest.raises(NotReachable, match="mount it"):
        files.put_bytes(EVIDENCE, what="clip.mp4")
    assert not (tmp_path / "not-mounted").exists()


def test_a_shared_folder_without_the_file_asks_whether_it_is_mounted(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    with pytest.raises(NotReachable, match="is that the folder that all machines share"):
        open_files(tmp_path, str(tmp_path / "shared")).path(SHA256)


def test_a_shared_folder_is_named_by_its_whole_path(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="files_url: shared/files must be a whole path"):
        open_files(tmp_path, "shared/files")


def test_what_one_machine_puts_another_fetches_once(tmp_path: Path, url: str) -> None:
    assert remote(url, tmp_path / "one").put_bytes(EVIDENCE, what="clip.mp4") == SHA256
    other = remote(url, tmp_path / "two")
    path = other.path(SHA256)
    assert path.read_bytes() == EVIDENCE
    assert path.is_relative_to(tmp_path / "two" / "cache")
    fsspec.filesystem("memory").rm(stored(SHA256))
    assert other.path(SHA256) == path  # not fetched again
    assert not other.has(SHA256)


def test_many_who_ask_at_once_get_one_whole_copy(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    remote(url, tmp_path / "one").put_bytes(EVIDENCE, what="clip.mp4")
    other = remote(url, tmp_path / "two")
    fetched: list[str] = []
    whole = other._fetch

    def slow(sha256: str) -> None:
        fetched.append(sha256)
        time.sleep(0.05)
        whole(sha256)

    monkeypatch.setattr(other, "_fetch", slow)
    seen: list[bytes] = []
    threads = [threading.Thread(target=lambda: seen.append(other.read(SHA256))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [EVIDENCE] * 8
    assert fetched == [SHA256]


def test_a_file_that_changed_in_the_storage_is_not_given_out(tmp_path: Path, url: str) -> None:
    remote(url, tmp_path / "one").put_bytes(EVIDENCE, what="clip.mp4")
    fsspec.filesystem("memory").pipe(stored(SHA256), b"x" + EVIDENCE[1:])
    other = remote(url, tmp_path / "two")
    with pytest.raises(NotReachable, match="gave something else than was kept; it is damaged"):
        other.path(SHA256)
    assert not [path for path in (tmp_path / "two").rglob("*") if path.is_file() and path.stat().st_size]


def test_a_storage_that_gives_back_something_else_is_not_trusted(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = remote(url, tmp_path)
    monkeypatch.setattr(files._storage, "put_file", lambda _, to: files._storage.pipe(to, b"x" + EVIDENCE[1:]))
    with pytest.raises(
        NotReachable, match=r"clip\.mp4: .* gave back something else than it was sent; nothing was kept"
    ):
        files.put_bytes(EVIDENCE, what="clip.mp4")
    assert not files.has(SHA256)


def test_half_a_file_left_by_a_machine_that_died_is_replaced(tmp_path: Path, url: str) -> None:
    fsspec.filesystem("memory").pipe(stored(SHA256), EVIDENCE[:100])
    remote(url, tmp_path / "one").put_bytes(EVIDENCE, what="clip.mp4")
    assert remote(url, tmp_path / "two").read(SHA256) == EVIDENCE


def test_what_was_never_kept_is_said_not_to_be(tmp_path: Path, url: str) -> None:
    with pytest.raises(NotFound, match="not in memory://bucket/lastseen"):
        remote(url, tmp_path).path(SHA256)


def test_the_cache_stays_within_its_bound_but_for_what_is_in_use(tmp_path: Path, url: str) -> None:
    source = remote(url, tmp_path / "one")
    hashes = [source.put_bytes(bytes([n]) * 1000, what="clip.mp4") for n in range(4)]
    other = remote(url, tmp_path / "two", cache_bytes=2000)
    for age, sha256 in enumerate(hashes[:3]):
        other.path(sha256)
        used_at = time.time() - IN_USE_S * (4 - age)
        os.utime(other._place(sha256), (used_at, used_at))
    kept = [sha256 for sha256, _ in Files.hashes(other)]
    assert sorted(kept) == sorted(hashes[1:3])  # the least recently used is gone
    other.path(hashes[1])
    other.path(hashes[3])
    assert sorted(sha256 for sha256, _ in Files.hashes(other)) == sorted([hashes[1], hashes[3]])


def test_a_finished_upload_is_taken_over_and_sent(tmp_path: Path, url: str) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(EVIDENCE)
    remote(url, tmp_path / "one").adopt(upload, SHA256)
    assert not upload.exists()
    assert remote(url, tmp_path / "two").read(SHA256) == EVIDENCE
    assert list(remote(url, tmp_path / "two").hashes()) == [(SHA256, len(EVIDENCE))]


def test_a_storage_whose_package_is_not_installed_is_named(tmp_path: Path) -> None:
    fsspec.register_implementation("cloud", "no_such.Cloud", clobber=True, errtxt="Install no_such")
    with pytest.raises(
        NotReachable, match=r"files_url: cloud://bucket needs a package that is not installed \(Install"
    ):
        open_files(tmp_path, "cloud://bucket")


class Deaf(fsspec.AbstractFileSystem):  # type: ignore[misc]
    """A storage that does not answer."""

    protocol = "deaf"

    def info(self, path: str, **_: object) -> dict[str, object]:
        raise TimeoutError(f"deaf://ann:s3cr3t-word@host/{path} timed out")


def test_a_storage_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    fsspec.register_implementation("deaf", Deaf, clobber=True)
    files = open_files(tmp_path, "deaf://ann:s3cr3t-word@host/lastseen")
    for ask in (files.path, files.has):
        with pytest.raises(NotReachable, match=r"files_url: deaf://ann:\*\*\*@host/lastseen cannot be read") as caught:
            ask(SHA256)
        assert "s3cr3t" not in str(caught.value)
