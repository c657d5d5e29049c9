from math import asinh, pi, radians, tan

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.errors import BadPlace
from geo.street_tiles import StreetTiles, Theme
from geo.streets import ON_FOOT, ON_WHEELS, StreetNetwork
from geo.streets_build import Ways, build_network


def network(*lines: list[tuple[float, float]], use: int = ON_FOOT | ON_WHEELS) -> StreetNetwork:
    places = [place for line in lines for place in line]
    lat, lon = (np.array([place[axis] for place in places]) for axis in (0, 1))
    start = np.cumsum([0, *(len(line) for line in lines)])
    return build_network(Ways(np.arange(len(places)), lat, lon, start, np.full(len(lines), use, np.uint8)))


def pixel(z: int, lat: float, lon: float) -> tuple[int, int, float, float]:
    """Tile and place inside it."""
    x, y = (lon + 180) / 360 * 2**z, (1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z
    return int(x), int(y), x % 1 * 256, y % 1 * 256


def seen(png: bytes) -> NDArray[np.bool_]:
    """Where a tile is not bare ground."""
    image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return (
        (image != image[0, 0]).any(axis=2) if (image == image[0, 0]).all() else (image != [238, 241, 242]).any(axis=2)
    )


@given(lat=st.floats(-70, 70), lon=st.floats(-179.9, 179.9), z=st.integers(3, 20))
def test_a_street_is_drawn_where_it_lies(lat: float, lon: float, z: int) -> None:
    tiles = StreetTiles(network([(lat, lon), (lat + 0.0004, lon + 0.0004)]))
    x, y, across, down = pixel(z, lat + 0.0002, lon + 0.0002)
    assume(3 < across < 253 and 3 < down < 253)
    drawn = seen(tiles.png(z, x, y))
    top, left = max(0, int(down) - 2), max(0, int(across) - 2)
    assert drawn[top : int(down) + 3, left : int(across) + 3].any()


def test_a_line_runs_on_from_tile_to_tile_without_a_gap() -> None:
    tiles = StreetTiles(network([(60.0, 24.90), (60.0, 24.96)]))
    x, y, _, down = pixel(15, 60.0, 24.93)
    for at in (x - 1, x, x + 1):
        assert seen(tiles.png(15, at, y))[int(down)].all()


def test_streets_over_the_antimeridian_are_drawn_on_both_sides_and_nowhere_else() -> None:
    tiles = StreetTiles(network([(0.0001, 179.9996), (0.0001, -179.9996)]))
    last = 2**16 - 1
    row = 2**15 - 1
    assert seen(tiles.png(16, last, row)).any()
    assert seen(tiles.png(16, 0, row)).any()
    assert not seen(tiles.png(16, last // 2, row)).any()


def test_without_streets_there_is_bare_ground() -> None:
    tiles = StreetTiles(StreetNetwork.empty())
    assert not seen(tiles.png(0, 0, 0)).any()
    assert tiles.png(5, 1, 1) == tiles.png(9, 3, 3)


def test_dark_and_double_tiles_show_the_same_place() -> None:
    tiles = StreetTiles(network([(60.0, 24.90), (60.0, 24.96)], use=ON_FOOT))
    x, y, *_ = pixel(15, 60.0, 24.93)
    light, dark, double = (
        cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)
        for png in (tiles.png(15, x, y), tiles.png(15, x, y, theme=Theme.DARK), tiles.png(15, x, y, scale=2))
    )
    assert dark.mean() < 60 < light.mean()
    assert (light.shape, double.shape) == ((256, 256, 3), (512, 512, 3))


@pytest.mark.parametrize("place", [(0, 1, 0), (3, 0, 8), (23, 0, 0), (-1, 0, 0), (4, -1, 2)])
def test_an_address_off_the_map_is_refused(place: tuple[int, int, int]) -> None:
    with pytest.raises(BadPlace):
        StreetTiles(StreetNetwork.empty()).png(*place)
