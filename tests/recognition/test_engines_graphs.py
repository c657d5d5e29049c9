"""The cache of built graphs: whole or absent, checked, and safe when several processes build at once."""

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from data.errors import BadInput, ModelMissing
from recognition.engines.graphs import cached_files
from recognition.engines.weights import wheel_file

SOURCES = {"weights.dat": "0" * 64}
CONTENT = {"net.onnx": b"graph" * 1000, "other.npz": b"arrays"}


def built(cache: Path, content: dict[str, bytes] | None = None, version: int = 1) -> dict[str, bytes]:
    return cached_files(cache, "net", version=version, sources=SOURCES, build=lambda: dict(content or CONTENT))


def never() -> dict[str, bytes]:
    raise AssertionError("built again")


def only_folder(cache: Path) -> Path:
    (folder,) = cache.iterdir()
    return folder


def test_what_was_built_once_is_read_from_then_on(tmp_path: Path) -> None:
    assert built(tmp_path) == CONTENT
    assert cached_files(tmp_path, "net", version=1, sources=SOURCES, build=never) == CONTENT


def test_the_manifest_names_sources_and_files_with_their_hashes(tmp_path: Path) -> None:
    built(tmp_path)
    manifest = json.loads((only_folder(tmp_path) / "manifest.json").read_text())
    assert manifest["sources"] == SOURCES
    assert set(manifest["files"]) == set(CONTENT)


@pytest.mark.parametrize("damage", ["change", "remove", "empty manifest", "odd manifest", "remove manifest"])
def test_a_damaged_set_is_built_again(tmp_path: Path, damage: str) -> None:
    built(tmp_path)
    net, manifest = only_folder(tmp_path) / "net.onnx", only_folder(tmp_path) / "manifest.json"
    match damage:
        case "change":
            net.write_bytes(b"x" + net.read_bytes()[1:])
        case "remove":
            net.unlink()
        case "empty manifest":
            manifest.write_bytes(b"")
        case "odd manifest":
            manifest.write_text('["files"]')
        case _:
            manifest.unlink()
    assert built(tmp_path) == CONTENT
    assert cached_files(tmp_path, "net", version=1, sources=SOURCES, build=never) == CONTENT
    assert len(list(tmp_path.iterdir())) == 1


def test_other_weights_or_another_builder_make_another_set(tmp_path: Path) -> None:
    built(tmp_path)
    newer = {"net.onnx": b"newer"}
    assert built(tmp_path, newer, version=2) == newer
    assert built(tmp_path) == CONTENT


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        cached_files(tmp_path, "net", version=1, sources=SOURCES, build=never)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BadInput, match="file"):
        built(tmp_path / "file" / "engines")


def _build_in_a_process(cache: str) -> bool:
    return built(Path(cache), {"net.onnx": os.urandom(200_000)}).keys() == {"net.onnx"}


def test_processes_that_build_at_once_all_get_a_set_and_leave_one(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert all(pool.map(_build_in_a_process, [str(tmp_path)] * 9))
    assert cached_files(tmp_path, "net", version=1, sources=SOURCES, build=never).keys() == {"net.onnx"}
    assert len(list(tmp_path.iterdir())) == 1


def test_a_missing_wheel_or_file_is_named_with_its_package() -> None:
    with pytest.raises(ModelMissing, match="no-such-package"):
        wheel_file("no-such-package", "weights.dat")
    with pytest.raises(ModelMissing, match=r"mtcnn/gone\.lz4"):
        wheel_file("mtcnn", "mtcnn/gone.lz4")
