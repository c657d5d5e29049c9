"""Installing model packs: licence, hash, and zips that are out to do harm; and what `models list` says."""

import hashlib
import io
import socket
import stat
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from casework.addresses import fetched, parsed_networks
from data.errors import BadInput, Conflict, ModelMissing
from recognition.engines import install
from recognition.engines.install import RELEASES
from recognition.engines.packs import ModelRow, install_pack, list_models

LOOPBACK = partial(fetched, schemes=frozenset({"http"}), allowed=parsed_networks("127.0.0.0/8"))
FILES = {"det_10g.onnx": b"finds" * 100, "w600k_r50.onnx": b"compares" * 100}


def zipped(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def local_zip(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "pack.zip"
    path.write_bytes(content)
    return path


def installed_from(tmp_path: Path, content: bytes, name: str = "mine") -> Path:
    source = local_zip(tmp_path, content)
    return install_pack(name, tmp_path / "models", accept_licence=True, source=source, sha256=sha256(content))


def nothing_was_installed(tmp_path: Path) -> bool:
    return not any((tmp_path / "models").glob("*"))


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def release(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served on loopback, and its address."""
    folder = tmp_path / "release"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_pack_is_downloaded_verified_and_unpacked(tmp_path: Path, release: tuple[Path, str]) -> None:
    folder, address = release
    content = zipped({**FILES, "readme.txt": b"left out"})
    (folder / "mine.zip").write_bytes(content)
    seen: list[tuple[int, int | None]] = []
    to = install_pack(
        "mine",
        tmp_path / "models",
        accept_licence=True,
        sha256=sha256(content),
        release_url=address,
        fetch=LOOPBACK,
        on_progress=lambda done, total: seen.append((done, total)),
    )
    assert to == tmp_path / "models" / "mine"
    assert {file.name: file.read_bytes() for file in to.iterdir()} == FILES
    assert seen[-1] == (len(content), len(content))
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["manifest.json", "mine"]


def test_a_zip_at_hand_is_installed_without_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    to = installed_from(tmp_path, zipped(FILES))
    assert sorted(file.name for file in to.iterdir()) == sorted(FILES)
    assert (tmp_path / "pack.zip").is_file()  # the user's own file stays


def test_files_in_a_folder_of_the_zip_are_laid_side_by_side(tmp_path: Path) -> None:
    to = installed_from(tmp_path, zipped({f"antelopev2/{name}": content for name, content in FILES.items()}))
    assert sorted(file.name for file in to.iterdir()) == sorted(FILES)


def test_the_licence_is_shown_and_must_be_accepted(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"non-commercial research.*--accept-licence"):
        install_pack("buffalo_l", tmp_path / "models", accept_licence=False)
    assert nothing_was_installed(tmp_path)


def test_a_pack_without_a_known_hash_needs_one_from_the_user(tmp_path: Path) -> None:
    source = local_zip(tmp_path, zipped(FILES))
    with pytest.raises(BadInput, match="--sha256"):
        install_pack("mine", tmp_path / "models", accept_licence=True, source=source)
    for odd in ("", "abc", "g" * 64):
        with pytest.raises(BadInput, match="64 hexadecimal digits"):
            install_pack("mine", tmp_path / "models", accept_licence=True, source=source, sha256=odd)
    assert nothing_was_installed(tmp_path)


def test_a_known_pack_must_be_the_one_that_was_published(tmp_path: Path) -> None:
    source = local_zip(tmp_path, zipped(FILES))
    with pytest.raises(BadInput, match=RELEASES["buffalo_l"].sha256):
        install_pack("buffalo_l", tmp_path / "models", accept_licence=True, source=source)
    assert nothing_was_installed(tmp_path)


def test_a_download_cut_off_or_changed_is_refused(tmp_path: Path, release: tuple[Path, str]) -> None:
    folder, address = release
    content = zipped(FILES)
    (folder / "mine.zip").write_bytes(content[:-10])
    with pytest.raises(BadInput, match="SHA-256"):
        install_pack(
            "mine",
            tmp_path / "models",
            accept_licence=True,
            sha256=sha256(content),
            release_url=address,
            fetch=LOOPBACK,
        )
    assert nothing_was_installed(tmp_path)


def test_a_download_that_fails_tells_how_to_do_without(tmp_path: Path, release: tuple[Path, str]) -> None:
    _, address = release
    for url in (address, "http://127.0.0.1:9"):
        with pytest.raises(ModelMissing, match="--source") as failed:
            install_pack(
                "mine", tmp_path / "models", accept_licence=True, sha256="0" * 64, release_url=url, fetch=LOOPBACK
            )
        assert f"{url}/mine.zip" in str(failed.value)
    assert nothing_was_installed(tmp_path)


def test_an_endless_download_is_stopped(
    tmp_path: Path, release: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = release
    (folder / "mine.zip").write_bytes(bytes(5000))
    monkeypatch.setattr(install, "MOST_BYTES", 4000)
    with pytest.raises(BadInput, match="larger"):
        install_pack(
            "mine", tmp_path / "models", accept_licence=True, sha256="0" * 64, release_url=address, fetch=LOOPBACK
        )
    assert nothing_was_installed(tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "../../evil.onnx",
        "/evil.onnx",
        "a/../../evil.onnx",
        "..\\evil.onnx",
        "C:\\evil.onnx",
        ".hidden.onnx",
        "a b.onnx",
    ],
)
def test_a_zip_that_leads_out_of_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="unsafe"):
        installed_from(tmp_path, zipped({**FILES, name: b"evil"}))
    assert nothing_was_installed(tmp_path)
    assert not list(tmp_path.rglob("*evil*"))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("det.onnx")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(BadInput, match="unsafe"):
        installed_from(tmp_path, stream.getvalue())
    assert nothing_was_installed(tmp_path)


def test_a_bomb_is_stopped_by_what_it_unpacks_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "MOST_BYTES", 1 << 20)
    with pytest.raises(BadInput, match="unpacks to more"):
        installed_from(tmp_path, zipped({"bomb.onnx": bytes(50 << 20)}))
    assert nothing_was_installed(tmp_path)


def test_a_zip_whose_sizes_lie_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"bomb.onnx": bytes(1 << 20)}))
    true_size = (1 << 20).to_bytes(4, "little")
    assert content.count(true_size) == 2
    with pytest.raises(BadInput):
        installed_from(tmp_path, bytes(content).replace(true_size, (10).to_bytes(4, "little")))
    assert nothing_was_installed(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no zip at all",
        zipped(FILES)[:-30],
        zipped({"readme.txt": b"no model"}),
        zipped({f"{number}.onnx": b"x" for number in range(100)}),
        zipped({"a/det.onnx": b"x", "b/det.onnx": b"y"}),
    ],
    ids=["empty", "text", "cut off", "no model", "too many", "twice"],
)
def test_what_is_no_pack_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(BadInput):
        installed_from(tmp_path, content)
    assert nothing_was_installed(tmp_path)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "/etc", ".x", "x" * 99])
def test_a_pack_name_that_is_a_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="model name"):
        installed_from(tmp_path, zipped(FILES), name)


def test_an_installed_pack_is_not_replaced_but_an_empty_folder_is(tmp_path: Path) -> None:
    (tmp_path / "models" / "mine").mkdir(parents=True)
    installed_from(tmp_path, zipped(FILES))
    with pytest.raises(Conflict, match="already installed"):
        installed_from(tmp_path, zipped(FILES))


def test_other_files_in_the_way_are_kept(tmp_path: Path) -> None:
    note = tmp_path / "models" / "mine" / "note.txt"
    note.parent.mkdir(parents=True)
    note.write_text("mine")
    with pytest.raises(Conflict, match="in the way"):
        installed_from(tmp_path, zipped(FILES))
    assert note.read_text() == "mine"


def rows(models_dir: Path, active: str = "open") -> dict[str, ModelRow]:
    return {row.name: row for row in list_models(models_dir, models_dir / "engines", active)}


def test_the_list_tells_the_built_in_models_with_their_licences(tmp_path: Path) -> None:
    found = rows(tmp_path)
    assert found["mtcnn"].licence == "MIT"
    assert found["dlib"].licence == "CC0"
    assert "excludes commercial use" in found["landmarks"].licence
    for name in ("mtcnn", "dlib", "landmarks"):
        assert found[name].installed
        assert found[name].size_bytes > 1_000_000
        assert all(len(value) == 64 for value in found[name].sha256.values())
    assert [name for name, row in found.items() if row.active] == ["mtcnn", "dlib"]


def test_the_list_tells_what_could_be_installed_and_how(tmp_path: Path) -> None:
    row = rows(tmp_path)["buffalo_l"]
    assert not row.installed
    assert "non-commercial research" in row.licence
    assert "models install buffalo_l --accept-licence" in row.note


@pytest.mark.parametrize("kind", ["insightface", "mtcnn+insightface"])
def test_the_list_tells_an_installed_pack_and_that_it_is_active(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "models" / "buffalo_l"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    for active in (f"{kind}:buffalo_l", f"{kind}:{folder}"):
        found = rows(tmp_path / "models", active)
        row = found["buffalo_l"]
        assert row.installed
        assert row.active
        assert row.sha256 == {name: sha256(content) for name, content in FILES.items()}
        assert row.size_bytes == sum(map(len, FILES.values()))
        assert found["mtcnn"].active == (kind == "mtcnn+insightface")
        assert not found["dlib"].active


def test_the_list_tells_an_active_pack_that_lies_elsewhere_or_is_gone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "packs" / "mine"
    elsewhere.mkdir(parents=True)
    (elsewhere / "det.onnx").write_bytes(b"x")
    assert rows(tmp_path / "models", f"insightface:{elsewhere}")[str(elsewhere)].active
    gone = rows(tmp_path / "models", f"insightface:{tmp_path / 'gone'}")[str(tmp_path / "gone")]
    assert gone.active
    assert not gone.installed
