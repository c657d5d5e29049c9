"""A model file is loaded only when its SHA-256 stands in a manifest, and nothing is unpickled before that."""

import ast
import json
import pickle
import shutil
from pathlib import Path

import joblib
import pytest
from typer.testing import CliRunner

from cli import app
from data.errors import ModelMissing
from recognition.engines import open_engine
from recognition.engines.dlib_graph import build_dlib
from recognition.engines.mtcnn_graphs import build_mtcnn
from recognition.engines.packs import list_models
from recognition.engines.trusted import MANIFEST, SHIPPED, check_pack, pack_hashes, trust, trusted_hashes
from recognition.engines.weights import DLIB_FILES, LANDMARK_FILES, MTCNN_FILES, trusted_bytes, wheel_files
from tests.material import shared

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A pack of two files that nobody has trusted."""
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    for name in ("det.onnx", "rec.onnx"):
        (folder / name).write_bytes(name.encode())
    return folder


def test_an_unknown_pack_is_refused_and_told_how_to_be_let_in(pack: Path) -> None:
    with pytest.raises(ModelMissing, match=r"det\.onnx is not known here \(SHA-256 [0-9a-f]{64}\).*models trust mine"):
        open_engine("insightface:mine", models_dir=pack.parent, cache_dir=pack.parent / "engines")


def test_a_trusted_pack_passes_until_one_byte_of_it_changes(pack: Path) -> None:
    models = pack.parent
    trust(models, "mine", pack_hashes(pack), by="aino")
    check_pack(pack, models, pack="mine")
    (pack / "rec.onnx").write_bytes(b"rec.onnX")
    with pytest.raises(ModelMissing, match=r"rec\.onnx is not known"):
        check_pack(pack, models, pack="mine")


def test_a_file_laid_beside_a_trusted_pack_is_refused_too(pack: Path) -> None:
    trust(pack.parent, "mine", pack_hashes(pack), by="aino")
    (pack / "zzz.onnx").write_bytes(b"opened by InsightFace as well")
    with pytest.raises(ModelMissing, match=r"zzz\.onnx"):
        check_pack(pack, pack.parent, pack="mine")


def test_the_manifest_says_who_let_in_what_and_keeps_what_it_held(pack: Path) -> None:
    models = pack.parent
    path = trust(models, "mine", pack_hashes(pack), by="aino")
    trust(models, "other", {"x.onnx": "ab" * 32}, by="väinö")
    assert path == models / MANIFEST
    assert path.stat().st_mode & 0o777 == 0o600
    rows = json.loads(path.read_bytes())["trusted"]
    assert {row["file"] for row in rows.values()} == {"det.onnx", "rec.onnx", "x.onnx"}
    assert {row["by"] for row in rows.values()} == {"aino", "väinö"}
    assert trusted_hashes(models) >= {*pack_hashes(pack).values(), "ab" * 32}


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"trusted": 7}', b'{"trusted": {"a": 7}}', b"\xff\x00"])
def test_a_manifest_that_is_none_lets_nothing_in(pack: Path, content: bytes) -> None:
    (pack.parent / MANIFEST).write_bytes(content)
    with pytest.raises(ModelMissing, match=r"manifest\.json: cannot be read"):
        check_pack(pack, pack.parent, pack="mine")


def test_the_packages_own_files_and_the_test_pack_are_shipped_in_the_manifest() -> None:
    for path in wheel_files(MTCNN_FILES | DLIB_FILES | LANDMARK_FILES).values():
        assert trusted_bytes(path, SHIPPED)
    check_pack(shared("models/test_small"), Path("/nowhere"), pack="test_small")


def test_no_pickle_of_another_file_is_opened(tmp_path: Path) -> None:
    ran = tmp_path / "ran"

    class Harm:
        def __reduce__(self) -> tuple[object, tuple[object, ...]]:
            return Path.touch, (ran,)

    paths = wheel_files(MTCNN_FILES)
    for name, path in paths.items():
        shutil.copy(path, tmp_path / name)
    harmful = tmp_path / "pnet.lz4"
    joblib.dump([Harm()], harmful, compress="lz4")
    with pytest.raises(ModelMissing, match=r"pnet\.lz4: is not the file that LastSeen knows"):
        build_mtcnn({name: tmp_path / name for name in paths})
    assert not ran.exists()
    pickle.loads(pickle.dumps(Harm()))  # noqa: S301  it would have run
    assert ran.exists()


def test_only_known_bytes_of_dlibs_network_are_parsed(tmp_path: Path) -> None:
    path = tmp_path / "net.dat"
    path.write_bytes(next(iter(wheel_files(DLIB_FILES).values())).read_bytes()[:-1])
    with pytest.raises(ModelMissing, match="is not the file"):
        build_dlib(trusted_bytes(path, SHIPPED))


def test_nothing_else_in_the_product_unpickles() -> None:
    banned = {"pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
    users = set()
    for package in ("api", "casework", "dashboard", "data", "geo", "recognition"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text())
            imported = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
            imported |= {str(n.module).split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
            if imported & banned:
                users.add(str(path.relative_to(ROOT)))
            unsafe = [k for n in ast.walk(tree) if isinstance(n, ast.keyword) for k in [n] if k.arg == "allow_pickle"]
            assert all(isinstance(k.value, ast.Constant) and k.value.value is False for k in unsafe), path
    assert users == {"recognition/engines/mtcnn_graphs.py"}


def test_the_list_says_which_pack_is_not_trusted(pack: Path) -> None:
    def note() -> str:
        rows = list_models(pack.parent, pack.parent / "engines", "open")
        return next(row.note for row in rows if row.name == "mine")

    assert "not trusted, not loaded: cli.py models trust mine" in note()
    trust(pack.parent, "mine", pack_hashes(pack), by="aino")
    assert "not trusted" not in note()


def test_the_command_shows_the_hashes_asks_and_enters_them(pack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LASTSEEN_HOME", str(pack.parents[1]))
    refused = CliRunner().invoke(app, ["models", "trust", "mine"], input="n\n")
    assert refused.exit_code == 1
    for name, sha256 in pack_hashes(pack).items():
        assert f"{sha256}  {name}" in refused.output
    assert not (pack.parent / MANIFEST).exists()
    assert CliRunner().invoke(app, ["models", "trust", str(pack)], input="y\n").exit_code == 0
    check_pack(pack, pack.parent, pack="mine")
    assert "trusted already" in CliRunner().invoke(app, ["models", "trust", "mine"]).output
