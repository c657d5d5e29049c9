import json
import re
from pathlib import Path
from typing import Any

import folium
import pytest
from streamlit_folium import _get_feature_group_string, _get_map_string, generate_js_hash

from dashboard.assets import MapLinks
from dashboard.map import (
    BADGES,
    CameraPin,
    CaseOnMap,
    MatchLook,
    MatchPin,
    SightingPin,
    View,
    base_map,
    case_layers,
    street_sheet,
    write_street_sheet,
)

LINKS = MapLinks(
    (("leaflet.js", "/app/static/vendor/leaflet.js"),), (("leaflet.css", "/app/static/vendor/leaflet.css"),)
)
VIEW = View.around([(60.0, 24.0), (60.1, 24.1)])


def base_script(base: folium.Map) -> str:
    base.get_root().render()
    return str(_get_map_string(base))


def drawn(case: CaseOnMap) -> dict[str, Any]:
    """The JSON value that the map's script is given for a case."""
    base = base_map(LINKS)
    base.get_root().render()
    (group,) = case_layers(case)
    script = _get_feature_group_string(group, map=base)
    found = re.search(r"LastSeen\.show\(map_div, (\{.*\})\);", script)
    assert found
    return dict(json.loads(found[1]))


def test_no_link_of_the_map_leaves_the_machine() -> None:
    base = base_map(LINKS, streets_url="/map/x.json")
    page = base.get_root().render()

    links = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert links
    assert not [link for link in links if link.startswith(("http", "//"))]
    for child in base._children.values():
        assert not [url for _, url in [*getattr(child, "default_js", []), *getattr(child, "default_css", [])]]


def test_the_base_map_is_the_same_at_every_run() -> None:
    first, second = (base_script(base_map(LINKS, streets_url="/map/a.json")) for _ in range(2))

    assert generate_js_hash(first, "map_1") == generate_js_hash(second, "map_1")


def test_online_tiles_are_drawn_only_when_asked_for() -> None:
    assert "tileLayer" not in base_script(base_map(LINKS))
    tiles = base_script(base_map(LINKS, tiles_url="http://tiles.example/{z}/{x}/{y}.png", tiles_attribution="© `T`"))
    assert "http://tiles.example/{z}/{x}/{y}.png" in tiles
    assert "`" not in tiles.split("tileLayer")[1]


def test_the_camera_to_ask_first_lies_on_top() -> None:
    cameras = [CameraPin(f"c{i}", 60.0, 24.0, "", rank=i + 1) for i in range(BADGES)]
    cameras += [CameraPin("chosen", 60.0, 24.0, "", is_selected=True)]

    content = drawn(CaseOnMap(VIEW, cameras))

    assert [camera["rank"] for camera in content["cameras"]] == [None, *range(BADGES, 0, -1)]


def test_words_reach_the_map_only_as_entities() -> None:
    nasty = "`${alert(1)}` </script> \\2 'x'"
    case = CaseOnMap(
        VIEW,
        [CameraPin("c'1", 60.0, 24.0, nasty, rank=1), CameraPin("c2", 60.0, 24.0, nasty)],
        sightings=[SightingPin("s", 60.0, 24.0, nasty, 1)],
        matches=[MatchPin("m", 60.0, 24.0, nasty)],
    )
    base = base_map(LINKS)
    base.get_root().render()
    script = _get_feature_group_string(case_layers(case)[0], map=base)

    for sign in ("alert(1)}", "</script", "\\2", "`", "${"):
        assert sign not in script


def test_lines_of_a_label_become_lines_of_the_tooltip() -> None:
    content = drawn(CaseOnMap(VIEW, [CameraPin("c", 60.0, 24.0, "North gate\n08:12 <to> 08:31", rank=1)]))

    assert content["cameras"][0]["words"] == "North gate<br>08:12 &#60;to&#62; 08:31"


def test_matches_of_one_camera_are_fanned_out_with_those_to_review_first() -> None:
    matches = [
        MatchPin("a", 60.0, 24.0, "", MatchLook.REJECTED),
        MatchPin("b", 60.0, 24.0, "", MatchLook.TO_REVIEW),
        MatchPin("c", 61.0, 24.0, "", MatchLook.CONFIRMED),
    ]

    content = drawn(CaseOnMap(VIEW, matches=matches))

    assert [(match["look"], match["slot"]) for match in content["matches"]] == [
        ("to_review", 0),
        ("confirmed", 0),
        ("rejected", 1),
    ]


def test_a_place_that_is_no_number_is_refused_before_it_blanks_the_map() -> None:
    with pytest.raises(ValueError, match="camera c"):
        case_layers(CaseOnMap(VIEW, [CameraPin("c", float("nan"), 24.0, "", rank=1)]))


def test_an_empty_case_draws() -> None:
    content = drawn(CaseOnMap(View.around([])))

    assert content["cameras"] == content["sightings"] == content["matches"] == []


def test_a_view_takes_the_short_way_across_the_antimeridian() -> None:
    view = View.around([(-17.0, 179.5), (-16.5, -179.5)])

    assert (view.west, view.east) == (179.5, 180.5)


def test_streets_are_written_once_under_the_name_of_their_content(tmp_path: Path) -> None:
    lines = [[(60.0, 24.0), (60.0001, 24.0002)], [(60.0, 24.0)]]

    name = write_street_sheet(tmp_path / "map", lines)

    assert write_street_sheet(tmp_path / "map", lines) == name
    assert [path.name for path in (tmp_path / "map").iterdir()] == [name]
    assert json.loads(street_sheet(lines)) == {"lines": [[60000000, 24000000, 100, 200]]}
