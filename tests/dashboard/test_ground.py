from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.ground import made_of
from settings import Settings
from tests.factories import a_case

STAMP = "0123456789abcdef" * 4


def test_without_settings_and_streets_there_is_no_ground_and_nothing_is_asked() -> None:
    ground = made_of(Settings(), a_case(), None)

    assert (ground.file, ground.online, ground.streets, ground.vector) == ("", "", "", ())
    assert ground.words["nothing"]


def test_the_streets_address_names_the_case_their_stamp_the_theme_and_the_screens_sharpness() -> None:
    ground = made_of(Settings(), a_case(id="a/b {z}"), (STAMP, "town.osm.pbf"))

    assert ground.streets == "/tiles/cases/a%2Fb%20%7Bz%7D/{z}/{x}/{y}{r}.png?v=0123456789abcdef&theme={theme}"
    assert ground.streets_attribution == "© OpenStreetMap contributors"


def test_attributions_are_text_and_no_markup() -> None:
    settings = Settings(tiles_url="https://t.example/{z}/{x}/{y}.png", tiles_attribution="<img src=x> & `${1}`")

    ground = made_of(settings, a_case(), (STAMP, "<b>town</b>.geojson"))

    for words in (ground.online_attribution, ground.streets_attribution):
        assert not set("<>`$") & set(words)
    assert "town" in ground.streets_attribution


def test_streets_of_the_demonstration_are_called_invented() -> None:
    assert made_of(Settings(), replace(a_case(), is_demo=True), (STAMP, "town.osm")).streets_attribution == (
        "invented streets"
    )


def test_an_online_server_is_asked_only_where_it_is_switched_on() -> None:
    assert made_of(Settings(), a_case(), None).online == ""
    settings = Settings(tiles_url="https://t.example/{z}/{x}/{y}.png", tiles_attribution="© T")
    assert made_of(settings, None, None).online == "https://t.example/{z}/{x}/{y}.png"


def test_a_map_file_is_told_by_its_setting_alone_and_its_path_by_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("dashboard.ground.vector_scripts", lambda: ("/app/static/vendor/a.js",))

    ground = made_of(Settings(tiles_file=tmp_path / "town.pmtiles"), None, None)

    assert (ground.file, ground.vector) == ("/tiles/info", ("/app/static/vendor/a.js",))
    assert str(tmp_path) not in repr(ground)
