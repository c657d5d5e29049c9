import json
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from data.errors import BadInput, BadPlace, Conflict
from geo.area import Circle, Corridor, Polygon, Shape
from geo.distance import destinations
from geo.drawn import MOST_SHAPES, Drawing, circle, corridor, drawing_from, outlines, rectangle

LATS, LONS = st.floats(-80, 80), st.floats(-180, 180)
HERE = circle(60.17, 24.94, 300.0)


def routes(lat: float, lon: float, turns: list[float], step_m: float) -> list[tuple[float, float]]:
    points = [(lat, lon)]
    for bearing in turns:
        to = destinations(*points[-1], bearing, step_m)
        points.append((float(to[0]), float(to[1])))
    return points


def outlined(shape: Shape) -> shapely.Geometry:
    rings = outlines(shape)
    whole = shapely.Polygon()
    for ring in rings:  # outer rings first, then holes
        whole = whole.symmetric_difference(shapely.make_valid(shapely.Polygon([(lon, lat) for lat, lon in ring])))
    return whole


@given(
    lat=st.floats(-75, 75), lon=LONS, turns=st.lists(st.floats(0, 360), min_size=1, max_size=4),
    step_m=st.floats(50, 30_000), width_m=st.floats(20, 5_000), bearing=st.floats(0, 360), share=st.floats(0, 2),
    at=st.integers(0, 4),
)  # fmt: skip
def test_the_outline_of_a_corridor_holds_the_places_that_the_corridor_holds(
    lat: float, lon: float, turns: list[float], step_m: float, width_m: float, bearing: float, share: float, at: int
) -> None:
    points = routes(lat, lon, turns, step_m)
    assume(all(abs(place[0]) < 80 for place in points))
    shape = corridor(points, width_m)
    near = shape.points[min(at, len(shape.points) - 1)]
    place = destinations(*near, bearing, share * width_m / 2)
    away = shape.distances_m(np.array([float(place[0])]), np.array([float(place[1])]))[0]
    from_middle = Corridor(shape.points, 1e-6).distances_m(np.array([place[0]]), np.array([place[1]]))[0]
    assume(abs(from_middle - width_m / 2) > 0.01 * width_m / 2 + 0.5)
    border = outlined(shape)
    x = border.centroid.x + (float(place[1]) - border.centroid.x + 180) % 360 - 180
    assert border.intersects(shapely.Point(x, float(place[0]))) == (away == 0.0)


@given(lat=LATS, lon=LONS, radius_m=st.floats(1, 100_000))
def test_the_outline_of_a_circle_lies_on_its_border(lat: float, lon: float, radius_m: float) -> None:
    (ring,) = outlines(circle(lat, lon, radius_m))
    assert ring[0] == pytest.approx(ring[-1])
    away = Circle(lat, lon, 0.0).distances_m(*(np.array([p[axis] for p in ring]) for axis in (0, 1)))
    np.testing.assert_allclose(away, radius_m, rtol=1e-6, atol=1e-3)


@given(south=LATS, west=LONS, high=st.floats(1e-4, 5), wide=st.floats(1e-4, 90), x=st.floats(0, 1), y=st.floats(0, 1))
def test_a_rectangle_holds_what_lies_between_its_numbers_also_over_the_antimeridian(
    south: float, west: float, high: float, wide: float, x: float, y: float
) -> None:
    east = (west + wide + 180) % 360 - 180
    shape = rectangle(south, west, south + high, east)
    lon = (west + (0.01 + 0.98 * x) * wide + 180) % 360 - 180
    inside = (south + (0.01 + 0.98 * y) * high, lon)
    assert shape.contains(np.array([inside[0]]), np.array([inside[1]]))[0]
    assert not shape.contains(np.array([south - 0.01]), np.array([lon]))[0]


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        (lambda: rectangle(61, 24, 60, 25), "south"),
        (lambda: rectangle(60, 24, 61, 24), "width"),
        (lambda: rectangle(60, -90, 61, 120), "half the globe"),
        (lambda: circle(60, 24, 0), "radius"),
        (lambda: circle(60, 24, float("nan")), "radius"),
        (lambda: corridor([(60, 24)], 100), "two places"),
        (lambda: corridor([(60, 24), (60, 24)], 100), "two places"),
        (lambda: corridor([(60, 24), (60, 25)], -5), "width"),
        (lambda: corridor([(60, 24), (60, 25)], float("inf")), "width"),
        (lambda: corridor([(60, 24.0 + k / 1e4) for k in range(6000)], 5), "5,000"),
    ],
)
def test_numbers_that_make_no_shape_are_refused_in_words(shape: Any, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        shape()


def test_places_off_the_globe_are_refused() -> None:
    for make in (
        lambda: rectangle(60, 24, 99, 25),
        lambda: circle(60, 240, 5),
        lambda: corridor([(60, 24), (60, 999)], 5),
    ):
        with pytest.raises(BadPlace):
            make()


def test_a_drawing_survives_being_kept() -> None:
    drawing = Drawing().with_new(HERE, name="Harbour")
    drawing = drawing.with_new(rectangle(60, 24, 61, 25)).with_new(
        corridor([(60, 24), (60.1, 24.2)], 400), name="Way home"
    )
    kept = json.loads(json.dumps(drawing.features))
    assert drawing_from(kept) == drawing
    assert [d.name for d in drawing.shapes] == ["Harbour", "Area 1", "Way home"]
    assert drawing.as_drawn(kept) == drawing


def test_shapes_from_before_there_were_names_get_some_and_twins_get_ids_of_their_own() -> None:
    bare = {"geometry": {"type": "Point", "coordinates": [24.0, 60.0]}, "properties": {"radius": 5}}
    twin = bare | {"properties": {"radius": 5, "id": "x", "name": "Twin"}}
    drawing = drawing_from([bare, twin, twin])
    assert len({d.id for d in drawing.shapes}) == 3
    assert [d.name for d in drawing.shapes] == ["Area 1", "Twin", "Twin"]


def test_each_change_gives_another_drawing_and_leaves_the_first_as_it_was() -> None:
    first = Drawing().with_new(HERE, name="Harbour").with_new(HERE)
    harbour, other = (drawn.id for drawn in first.shapes)
    second = first.renamed(harbour, " The   harbour ").reshaped(other, rectangle(60, 24, 61, 25)).without(harbour)
    assert [d.name for d in first.shapes] == ["Harbour", "Area 1"]
    assert [d.id for d in second.shapes] == [other]
    assert isinstance(second.shapes[0].shape, Polygon)
    with pytest.raises(Conflict, match="not there any more"):
        second.renamed(harbour, "x")
    with pytest.raises(BadInput, match="empty"):
        first.renamed(harbour, "  ")
    with pytest.raises(BadInput, match="80 characters"):
        first.renamed(harbour, "x" * 81)


def test_what_the_map_tells_again_is_edited_added_and_removed() -> None:
    drawing = Drawing().with_new(HERE, name="Harbour").with_new(circle(60.2, 24.9, 100.0), name="Park")
    harbour, park = drawing.features
    moved = harbour | {"properties": {"id": drawing.shapes[0].id, "radius": 500.0}}  # the map forgets names
    fresh = {"type": "Feature", "properties": {}, "geometry": rectangle_geometry()}
    after = drawing.as_drawn([moved, fresh])
    assert [(d.name, d.id == drawing.shapes[0].id) for d in after.shapes] == [("Harbour", True), ("Area 1", False)]
    assert after.shapes[0].shape == circle(60.17, 24.94, 500.0)
    assert drawing.as_drawn([park, harbour]).area.contains([60.2], [24.9])[0]
    assert drawing.as_drawn([]) == Drawing()
    with pytest.raises(BadInput):
        drawing.as_drawn([harbour, {"geometry": {"type": "Point", "coordinates": [0, 0]}}])


def rectangle_geometry() -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[[24, 60], [24, 61], [25, 61], [25, 60], [24, 60]]]}


def test_no_more_shapes_are_kept_than_anybody_can_tell_apart() -> None:
    drawing = Drawing()
    for _ in range(MOST_SHAPES):
        drawing = drawing.with_new(HERE)
    assert len({d.name for d in drawing.shapes}) == MOST_SHAPES
    with pytest.raises(BadInput, match="remove one"):
        drawing.with_new(HERE)


def test_a_shape_of_too_many_corners_is_refused_new_or_edited() -> None:
    ring = [[24 + k / 1e5, 60.0] for k in range(6_000)] + [[24.0, 61.0], [24.0, 60.0]]
    drawing = Drawing().with_new(rectangle(60, 24, 61, 25))
    for told in ({}, {"id": drawing.shapes[0].id}):
        feature = {"type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}}
        with pytest.raises(BadInput, match="draw it simpler"):
            drawing.as_drawn([feature])
