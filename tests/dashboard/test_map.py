import json
import re
from datetime import timedelta
from typing import Any

import folium
import pytest
from streamlit_folium import _get_feature_group_string, _get_map_string, generate_js_hash

from dashboard.assets import MapLinks
from dashboard.map import Ground, base_map, case_layers
from dashboard.map_layers import (
    AT_ONE_PLACE,
    CameraPin,
    CaseOnMap,
    Layers,
    LookedPin,
    MatchLook,
    MatchPin,
    ReachShape,
    RequestPin,
    SightingPin,
    TimeAxis,
    TipPin,
    View,
    WayLine,
)
from tests.factories import NOON

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
    base = base_map(LINKS, ground=Ground(streets="/tiles/x"))
    page = base.get_root().render()

    links = re.findall(r"""(?:src|href)=["']([^"']+)""", page)
    assert links
    assert not [link for link in links if link.startswith(("http", "//"))]
    for child in base._children.values():
        assert not [url for _, url in [*getattr(child, "default_js", []), *getattr(child, "default_css", [])]]


def test_the_base_map_is_the_same_at_every_run() -> None:
    first, second = (base_script(base_map(LINKS, cameras_url="/api/v1/cameras?case=a")) for _ in range(2))

    assert generate_js_hash(first, "map_1") == generate_js_hash(second, "map_1")


def test_the_best_rank_lies_on_top() -> None:
    cameras = [
        CameraPin("a", 60.0, 24.0, "", rank=1),
        CameraPin("b", 60.0, 24.0, ""),
        CameraPin("c", 60.0, 24.0, "", 2),
    ]

    assert [camera["rank"] for camera in drawn(CaseOnMap(VIEW, cameras))["cameras"]] == [None, 2, 1]


def test_words_reach_the_map_only_as_entities() -> None:
    nasty = "`${alert(1)}` </script> \\2 'x'"
    case = CaseOnMap(
        VIEW,
        [CameraPin("c'1", 60.0, 24.0, nasty, rank=1), CameraPin("c2", 60.0, 24.0, nasty)],
        layers=Layers(
            [SightingPin("s", 60.0, 24.0, nasty, 1)],
            [MatchPin("m", 60.0, 24.0, nasty)],
            [RequestPin("c", 60.0, 24.0, nasty, "sent")],
            [LookedPin("c", 60.0, 24.0, nasty)],
            reach=ReachShape(words=nasty),
            tips=[TipPin("t'1", 60.0, 24.0, nasty, 50.0)],
        ),
        title=nasty,
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

    layers = drawn(CaseOnMap(VIEW, layers=Layers(matches=matches)))["layers"]

    assert [(match["look"], match["slot"]) for match in layers["matches"]] == [
        ("to_review", 0),
        ("confirmed", 0),
        ("rejected", 1),
    ]


def test_of_very_many_matches_at_one_camera_the_last_pin_stands_for_the_others() -> None:
    matches = [MatchPin(f"m-{k}", 60.0, 24.0, "") for k in range(AT_ONE_PLACE + 30)]

    shown = drawn(CaseOnMap(VIEW, layers=Layers(matches=matches)))["layers"]["matches"]

    assert len(shown) == AT_ONE_PLACE
    assert [match["more"] for match in shown] == [0] * (AT_ONE_PLACE - 1) + [30]


def test_lines_and_hours_travel_as_short_numbers() -> None:
    axis = TimeAxis(NOON, NOON + timedelta(hours=2), "/api/v1/known?case=a", "Europe/Helsinki", [NOON])
    layers = Layers(ways=[WayLine([(60.123456789, 24.0)], is_by_streets=True)], reach=ReachShape([[(60.0, 24.0)]]))

    content = drawn(CaseOnMap(VIEW, layers=layers, time=axis))

    assert content["layers"]["ways"] == [{"places": [[60.123457, 24.0]], "streets": True}]
    assert content["layers"]["reach"]["rings"] == [[[60.0, 24.0]]]
    assert content["time"]["to"] - content["time"]["from"] == 2 * 3_600_000
    assert content["time"]["marks"] == [content["time"]["from"]]


def test_a_place_that_is_no_number_is_refused_before_it_blanks_the_map() -> None:
    with pytest.raises(ValueError, match="camera c"):
        case_layers(CaseOnMap(VIEW, [CameraPin("c", float("nan"), 24.0, "", rank=1)]))


def test_an_empty_case_draws() -> None:
    content = drawn(CaseOnMap(View.around([])))

    assert content["cameras"] == content["layers"]["sightings"] == content["layers"]["matches"] == []
    assert content["time"] is None


def test_a_view_takes_the_short_way_across_the_antimeridian() -> None:
    view = View.around([(-17.0, 179.5), (-16.5, -179.5)])

    assert (view.west, view.east) == (179.5, 180.5)
