from typing import Any

import numpy as np
import pytest
from haversine import Unit, haversine
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from geo.area import SearchArea, area_from_geojson
from geo.distance import destinations

LATS = st.floats(-85, 85)
LONS = st.floats(-180, 180)


def circle(lat: float, lon: float, radius_m: float) -> dict[str, Any]:
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "geometry": point, "properties": {"radius": radius_m}}


def polygon(*rings: list[list[float]]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": list(rings)}, "properties": {}}


def rectangle(west: float, south: float, east: float, north: float) -> list[list[float]]:
    return [[west, south], [west, north], [east, north], [east, south], [west, south]]


def corridor(width_m: float, *lon_lat: list[float]) -> dict[str, Any]:
    line = {"type": "LineString", "coordinates": list(lon_lat)}
    return {"type": "Feature", "geometry": line, "properties": {"width_m": width_m}}


def holds(area: SearchArea, lat: float, lon: float) -> bool:
    return bool(area.contains([lat], [lon])[0])


@given(lat=st.floats(-90, 90), lon=LONS, bearing=st.floats(0, 360), share=st.floats(0, 2), radius_m=st.floats(1, 1e6))
def test_a_circle_holds_exactly_the_places_within_its_haversine_radius(
    lat: float, lon: float, bearing: float, share: float, radius_m: float
) -> None:
    to_lat, to_lon = (float(v) for v in destinations(lat, lon, bearing, share * radius_m))
    away_m = haversine((lat, lon), (to_lat, to_lon), unit=Unit.METERS)
    if abs(away_m - radius_m) > 1e-3:
        assert holds(area_from_geojson([circle(lat, lon, radius_m)]), to_lat, to_lon) == (away_m < radius_m)


@given(west=st.floats(-170, 160), south=st.floats(-80, 70), wide=st.floats(0.01, 10), high=st.floats(0.01, 10),
       x=st.floats(-0.5, 1.5), y=st.floats(-0.5, 1.5))  # fmt: skip
def test_a_rectangle_holds_exactly_the_places_between_its_edges(
    west: float, south: float, wide: float, high: float, x: float, y: float
) -> None:
    if min(abs(x), abs(x - 1), abs(y), abs(y - 1)) > 1e-6:
        area = area_from_geojson([polygon(rectangle(west, south, west + wide, south + high))])
        assert holds(area, south + y * high, west + x * wide) == (0 < x < 1 and 0 < y < 1)


def test_a_polygon_with_a_dent_leaves_the_dent_out() -> None:
    arrow = [[24.0, 60.0], [25.0, 61.0], [26.0, 60.0], [25.0, 60.4], [24.0, 60.0]]
    area = area_from_geojson([polygon(arrow)])
    assert holds(area, 60.6, 25.0)
    assert not holds(area, 60.2, 25.0)


def test_a_hole_in_a_polygon_is_outside() -> None:
    area = area_from_geojson([polygon(rectangle(24, 60, 26, 61), rectangle(24.8, 60.4, 25.2, 60.6))])
    assert holds(area, 60.2, 25.0)
    assert not holds(area, 60.5, 25.0)


def test_the_corner_and_the_edge_of_a_polygon_are_inside() -> None:
    area = area_from_geojson([polygon(rectangle(24, 60, 26, 61))])
    assert area.contains([60.5, 60.0], [24.0, 25.0]).all()


@pytest.mark.parametrize(("off_m", "inside"), [(0, True), (99.9, True), (100.1, False)])
def test_a_corridor_is_as_wide_as_it_says_on_both_sides(off_m: float, inside: bool) -> None:
    area = area_from_geojson([corridor(200.0, [24.9, 60.17], [24.95, 60.17], [24.95, 60.2])])
    lat, lon = destinations(60.185, 24.95, 90.0, off_m)
    back_lat, back_lon = destinations(60.185, 24.95, 270.0, off_m)
    assert area.contains([lat, back_lat], [lon, back_lon]).tolist() == [inside, inside]


@given(lat=LATS, lon=LONS)
def test_several_shapes_hold_what_any_of_them_holds(lat: float, lon: float) -> None:
    shapes = [circle(10, 10, 3e6), polygon(rectangle(-60, -30, 0, 30)), corridor(2e6, [100, -50], [120, 50])]
    together = holds(area_from_geojson(shapes), lat, lon)
    assert together == any(holds(area_from_geojson([shape]), lat, lon) for shape in shapes)


@given(lat=LATS, lon=LONS)
def test_what_is_inside_lies_no_way_off_and_what_is_outside_does(lat: float, lon: float) -> None:
    area = area_from_geojson([circle(10, 10, 3e6), polygon(rectangle(-60, -30, 0, 30))])
    assert holds(area, lat, lon) == (float(area.distances_m([lat], [lon])[0]) == 0.0)


def test_without_a_shape_everything_is_inside() -> None:
    area = area_from_geojson([])
    assert area.contains([0.0, 90.0], [0.0, 180.0]).tolist() == [True, True]
    assert area.distances_m([12.0], [34.0]).tolist() == [0.0]


@pytest.mark.parametrize(
    "shape",
    [
        polygon(rectangle(179.9, -17, 180.1, -16)),  # as a map that runs on draws it
        polygon(rectangle(-180.1, -17, -179.9, -16)),
        polygon(rectangle(179.9, -17, -179.9, -16)),  # as a form that wraps writes it
        circle(-16.5, 180.0, 8_000),
        corridor(20_000, [179.9, -16.5], [-179.9, -16.5]),
    ],
)
def test_a_shape_across_the_antimeridian_holds_both_of_its_halves(shape: dict[str, Any]) -> None:
    area = area_from_geojson([shape])
    inside = area.contains([-16.5, -16.5, -16.5, -16.5], [179.95, -179.95, 179.5, 0.0])
    assert inside.tolist() == [True, True, False, False]


def test_a_circle_drawn_on_a_second_copy_of_the_world_is_the_same_circle() -> None:
    assert holds(area_from_geojson([circle(60.0, 25.0 + 360.0, 100.0)]), 60.0, 25.0)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [25.0, 60.0]},  # no radius
        {"type": "MultiPoint", "coordinates": [[25.0, 60.0]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[25.0, 60.0], [25.1, 60.0]]]},
        {"type": "Polygon", "coordinates": [[[25.0, 60.0], ["a", 60.0], [25.1, 60.1], [25.0, 60.0]]]},
        {"type": "Polygon", "coordinates": [[[25.0, 91.0], [25.1, 60.0], [25.1, 60.1], [25.0, 91.0]]]},
        {"type": "Polygon", "coordinates": [[[float("nan"), 60.0], [25.1, 60.0], [25.1, 60.1], [25.0, 60.0]]]},
        {"type": "Polygon", "coordinates": 7},
        {"type": "LineString", "coordinates": [[25.0, 60.0], [25.1, 60.0]]},  # no width
        {"type": "Polygon"},
        {},
        None,
    ],
)
def test_a_shape_that_makes_no_area_is_refused_in_words(geometry: dict[str, Any] | None) -> None:
    with pytest.raises(BadInput, match="search area"):
        area_from_geojson([{"type": "Feature", "geometry": geometry, "properties": {}}])


@pytest.mark.parametrize("radius_m", [-1.0, float("nan"), float("inf")])
def test_a_circle_of_no_sensible_radius_is_refused(radius_m: float) -> None:
    with pytest.raises(BadInput, match="radius"):
        area_from_geojson([circle(60.0, 25.0, radius_m)])


@pytest.mark.parametrize("radius", ["wide", None, [], {}])
def test_a_radius_that_is_no_number_is_refused_in_words(radius: Any) -> None:
    with pytest.raises(BadInput, match="search area"):
        area_from_geojson([circle(60.0, 25.0, radius)])


@pytest.mark.parametrize("width_m", [0.0, -5.0, float("nan")])
def test_a_corridor_of_no_width_is_refused(width_m: float) -> None:
    with pytest.raises(BadInput, match="width"):
        area_from_geojson([corridor(width_m, [25.0, 60.0], [25.1, 60.0])])


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5), lambda x: st.lists(x, max_size=5)
)


@given(
    kind=st.sampled_from(["Polygon", "MultiPolygon", "Point", "LineString", "", None, 7]),
    coordinates=ANYTHING,
    size=ANYTHING,
)
def test_no_geometry_however_odd_does_more_than_be_refused(kind: Any, coordinates: Any, size: Any) -> None:
    geometry = {"type": kind, "coordinates": coordinates}
    try:
        area = area_from_geojson([{"geometry": geometry, "properties": {"radius": size, "width_m": size}}])
    except BadInput:
        return
    assert area.contains([0.0], [0.0]).dtype == np.bool_


def test_a_polygon_that_crosses_itself_is_still_an_area() -> None:
    bow = [[24.0, 60.0], [26.0, 61.0], [26.0, 60.0], [24.0, 61.0], [24.0, 60.0]]
    assert holds(area_from_geojson([polygon(bow)]), 60.5, 24.2)
