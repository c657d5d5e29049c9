import base64
import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard import assets
from dashboard.assets import Package, keep_script, vector_scripts
from data.errors import NotFound
from scripts import install_npm

SCRIPT = b"var protomapsL = 1;"


def packed(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as files:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            files.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def pinned(content: bytes, script: bytes = SCRIPT) -> Package:
    sha512 = base64.b64encode(hashlib.sha512(content).digest()).decode()
    url = "https://registry.example/a/-/a-1.0.0.tgz"
    return Package("a.js", url, sha512, "package/dist/a.js", hashlib.sha256(script).hexdigest())


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the script would lie; nothing is there yet."""
    monkeypatch.setattr(
        install_npm, "keep_script", lambda package, content: keep_script(package, content, tmp_path / "static")
    )
    monkeypatch.setattr(install_npm, "vector_scripts", lambda: ())
    return tmp_path / "static/vendor/a.js"


def given_as(path: Path, content: bytes) -> list[str]:
    path.write_bytes(content)
    return [str(path)]


def test_the_one_script_of_the_pinned_package_is_laid_among_the_maps(tmp_path: Path, kept: Path) -> None:
    content = packed({"package/dist/a.js": SCRIPT, "package/dist/b.js": b"other"})

    assert install_npm.main(given_as(tmp_path / "a.tgz", content), pinned(content)) == 0

    assert kept.read_bytes() == SCRIPT
    assert [path.name for path in kept.parent.iterdir()] == ["a.js"]


def test_no_path_in_a_package_is_ever_written_to(tmp_path: Path, kept: Path) -> None:
    names = ["../../outside.js", str(tmp_path / "outside.js"), "package/../../../outside.js"]
    content = packed(dict.fromkeys(names, b"evil") | {"package/dist/a.js": SCRIPT})

    assert install_npm.main(given_as(tmp_path / "a.tgz", content), pinned(content)) == 0

    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.js", "a.tgz"]


@pytest.mark.parametrize(
    "spoiled",
    [lambda content: content + b" ", lambda _: b"<html>sign in to the hotel's network</html>", lambda _: b""],
)
def test_another_package_than_the_pinned_one_is_refused(
    tmp_path: Path, kept: Path, spoiled: Callable[[bytes], bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    content = packed({"package/dist/a.js": SCRIPT})

    assert install_npm.main(given_as(tmp_path / "a.tgz", spoiled(content)), pinned(content)) == 1

    assert not kept.exists()
    assert "not the one that this release was tested with" in capsys.readouterr().err


def test_a_package_without_the_script_or_with_another_one_is_refused(tmp_path: Path, kept: Path) -> None:
    for members in ({"package/dist/b.js": SCRIPT}, {"package/dist/a.js": b"other"}):
        content = packed(members)
        assert install_npm.main(given_as(tmp_path / "a.tgz", content), pinned(content)) == 1
        assert not kept.exists()


def test_without_a_network_it_says_what_is_missing_and_how_to_bring_it(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def unreachable(_package: Package) -> bytes:
        raise OSError("no route to host")

    monkeypatch.setattr(install_npm, "fetched", unreachable)

    assert install_npm.main([], pinned(b"")) == 1

    told = capsys.readouterr().err
    for words in ("no route to host", "Only map files of vector tiles need it", "make vendor FROM=a-1.0.0.tgz"):
        assert words in told


def test_a_script_that_was_changed_since_is_not_offered_to_the_map(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = pinned(b"")
    monkeypatch.setattr(assets, "VECTOR_MAPS", package)
    assert vector_scripts(tmp_path) == ()
    keep_script(package, SCRIPT, tmp_path)
    assert [url.split("?")[0] for url in vector_scripts(tmp_path)] == [
        "/app/static/vendor/a.js",
        "/app/static/lastseen-vector.js",
    ]
    (tmp_path / "vendor/a.js").write_bytes(SCRIPT + b"fetch('//evil')")
    assert vector_scripts(tmp_path) == ()
    with pytest.raises(NotFound, match=r"a\.js"):
        keep_script(package, b"other", tmp_path)


def test_the_pin_is_of_the_npm_registry_and_whole() -> None:
    pin = assets.VECTOR_MAPS
    assert pin.url.startswith("https://registry.npmjs.org/")
    assert len(base64.b64decode(pin.sha512, validate=True)) == 64
    assert len(bytes.fromhex(pin.sha256)) == 32
