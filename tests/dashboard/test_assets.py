import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import dashboard.assets as assets
from data.errors import NotFound


@pytest.fixture
def static_dir(tmp_path: Path) -> Path:
    for name in assets._OWN:
        shutil.copy(assets.STATIC_DIR / name, tmp_path / name)
    return tmp_path


@pytest.fixture(autouse=True)
def _fresh_links() -> Iterator[None]:
    assets.map_links.cache_clear()
    yield
    assets.map_links.cache_clear()


def test_the_files_are_written_with_a_manifest_of_their_hashes(static_dir: Path) -> None:
    assets.install_assets(static_dir)

    manifest = json.loads((static_dir / "vendor/manifest.json").read_text())
    assert set(manifest) == {"leaflet.js", "leaflet.css", "leaflet.draw.js", "leaflet.draw.css"}
    for name, entry in manifest.items():
        assert hashlib.sha256((static_dir / "vendor" / name).read_bytes()).hexdigest() == entry["sha256"]


def test_every_link_names_this_machine_and_the_files_content(static_dir: Path) -> None:
    links = assets.install_assets(static_dir)

    urls = [url for _, url in (*links.scripts, *links.styles)]
    assert len(urls) == len(assets._VENDORED) + len(assets._OWN)
    assert all(url.startswith("/app/static/") and "?v=" in url for url in urls)


def test_our_own_script_comes_after_leaflet_and_its_drawing_tools(static_dir: Path) -> None:
    names = [name for name, _ in assets.install_assets(static_dir).scripts]

    assert names[:2] == ["leaflet.js", "leaflet.draw.js"]


def test_a_second_start_writes_nothing(static_dir: Path) -> None:
    assets.install_assets(static_dir)
    before = {path: path.stat().st_mtime_ns for path in (static_dir / "vendor").iterdir()}

    assets.install_assets(static_dir)

    assert {path: path.stat().st_mtime_ns for path in (static_dir / "vendor").iterdir()} == before


def test_a_file_that_was_tampered_with_is_written_anew(static_dir: Path) -> None:
    assets.install_assets(static_dir)
    script = static_dir / "vendor/leaflet.js"
    whole = script.read_bytes()
    script.write_bytes(whole + b"fetch('//evil')")

    assets.install_assets(static_dir)

    assert script.read_bytes() == whole


def test_a_wheel_with_other_texts_is_refused_by_name(static_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assets, "_texts_of_wheel", lambda: {asset.url: "other" for asset in assets._VENDORED})

    with pytest.raises(NotFound, match=r"folium_offline: leaflet\.js"):
        assets.install_assets(static_dir)


def test_the_styles_ask_no_other_machine_for_images_or_fonts(static_dir: Path) -> None:
    assets.install_assets(static_dir)

    for style in [*static_dir.glob("*.css"), *(static_dir / "vendor").glob("*.css")]:
        text = style.read_text()
        assert "@import" not in text
        assert "url(http" not in text.replace('"', "").replace("'", "")
