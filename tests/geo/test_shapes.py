from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from data.errors import BadInput, BadPlace
from geo.area import Circle, Corridor, Polygon, Shape
from geo.distance import destinations
from geo.shapes import circle, corridor, outlines, places_typed, polygon, rectangle, sides, simpler

LATS, LONS = st.floats(-80, 80), st.floats(-180, 180)


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
        (lambda: polygon([(60, 24), (61, 24), (60, 24)]), "three different corners"),
        (lambda: polygon([(60, 24.0 + k / 1e4) for k in range(6000)]), "5,000"),
        (lambda: places_typed("60.1, 24.9\n\nhere"), "line 3"),
        (lambda: places_typed("60.1, 24.9, 3"), "line 1"),
        (lambda: places_typed("nan, 24.9"), "line 1"),
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


@given(south=LATS, west=LONS, high=st.floats(1e-4, 5), wide=st.floats(1e-4, 90))
def test_the_sides_of_a_rectangle_are_its_numbers(south: float, west: float, high: float, wide: float) -> None:
    shape = rectangle(south, west, south + high, min(west + wide, 180.0)) if west < 180.0 - 1e-4 else None
    assume(shape is not None)
    assert sides(shape) == (south, west, south + high, west + (min(west + wide, 180.0) - west) % 360)


@given(
    lat=st.floats(-75, 75), lon=LONS, turns=st.lists(st.floats(0, 360), max_size=12), step_m=st.floats(1, 500),
    within_m=st.floats(1, 100),
)  # fmt: skip
def test_a_simpler_route_keeps_its_ends_and_stays_near(
    lat: float, lon: float, turns: list[float], step_m: float, within_m: float
) -> None:
    points = routes(lat, lon, turns, step_m)
    fewer = simpler(points, within_m)
    assert set(fewer) <= set(points)
    assert (fewer[0], fewer[-1]) == (points[0], points[-1])
    if len(set(fewer)) > 1:
        away = Corridor(fewer, 1e-6).distances_m(*(np.array([p[axis] for p in points]) for axis in (0, 1)))
        assert away.max() <= within_m * 1.05 + 1


def test_a_straight_route_needs_no_places_between_its_ends() -> None:
    assert simpler([(60.0, 24.0), (60.001, 24.0), (60.002, 24.0)], 1.0) == ((60.0, 24.0), (60.002, 24.0))
    assert simpler([(60.0, 24.0), (60.001, 24.1), (60.002, 24.0)], 1.0) == (
        (60.0, 24.0),
        (60.001, 24.1),
        (60.002, 24.0),
    )
    assert simpler([], 1.0) == ()


def test_only_an_upright_rectangle_has_sides() -> None:
    assert sides(polygon([(60, 24), (60, 25), (61, 25), (61, 24)])) == (60, 24, 61, 25)  # drawn the other way round
    assert sides(polygon([(60, 24), (61, 25), (62, 24), (61, 23)])) is None
    assert sides(polygon([(60, 24), (61, 25), (60, 25), (61, 24)])) is None  # crosses itself
    assert sides(polygon([(60, 24), (61, 25), (60, 25)])) is None
    assert sides(Polygon((rectangle(60, 24, 61, 25).rings[0], rectangle(60.2, 24.2, 60.4, 24.4).rings[0]))) is None
    assert sides(circle(60, 24, 5)) is None


def test_a_polygon_is_closed_once() -> None:
    open_ring = [(60.0, 24.0), (61.0, 24.0), (60.0, 25.0)]
    assert polygon(open_ring) == polygon([*open_ring, open_ring[0]])
    assert polygon(open_ring).contains(np.array([60.1]), np.array([24.1]))[0]


def test_places_are_read_as_people_type_them() -> None:
    assert places_typed(" 60.1699, 24.9384\n\n-33.9;151.2\n60 24 ") == ((60.1699, 24.9384), (-33.9, 151.2), (60, 24))
    assert places_typed("") == ()
    with pytest.raises(BadPlace, match="line 2"):
        places_typed("60, 24\n95, 24")
