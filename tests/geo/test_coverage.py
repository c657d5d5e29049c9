from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from geo.coverage import (
    DEFAULT_FOV_DEG,
    DEFAULT_RANGE_M,
    covers,
    iec_class,
    pixels_per_m,
    sectors,
    share_resolved,
    view_of,
)
from geo.distance import destinations, distance_m
from tests.factories import a_camera


def sees(bearing: float, away_m: float = 10.0, **fields: Any) -> bool:
    camera = a_camera(**fields)
    return bool(covers(camera, *destinations(camera.lat, camera.lon, bearing, away_m))[0])


@pytest.mark.parametrize("heading", [0.0, 360.0])
def test_a_heading_of_0_and_one_of_360_both_look_north(heading: float) -> None:
    assert sees(350.0, headings_deg=(heading,), fov_deg=60.0)
    assert sees(10.0, headings_deg=(heading,), fov_deg=60.0)
    assert not sees(180.0, headings_deg=(heading,), fov_deg=60.0)


@given(
    heading=st.floats(0, 360),
    fov_deg=st.floats(1, 359),
    off=st.floats(-180, 180),
    place=st.sampled_from([60.17, 89.99]),
)
def test_a_camera_sees_a_bearing_only_within_half_its_width_of_its_heading(
    heading: float, fov_deg: float, off: float, place: float
) -> None:
    if abs(abs(off) - fov_deg / 2) > 1e-3:
        expected = abs(off) < fov_deg / 2
        assert sees(heading + off, lat=place, headings_deg=(heading,), fov_deg=fov_deg) == expected


@pytest.mark.parametrize(("away_m", "seen"), [(24.9, True), (25.1, False)])
def test_a_camera_without_a_range_sees_25_m_all_round(away_m: float, seen: bool) -> None:
    assert [sees(bearing, away_m) for bearing in (0.0, 123.0, 270.0)] == [seen] * 3


def test_what_a_camera_says_of_its_range_counts() -> None:
    assert sees(0.0, 39.0, range_m=40.0)
    assert not sees(0.0, 41.0, range_m=40.0)


def test_a_mast_of_two_cameras_sees_both_ways_and_not_between() -> None:
    mast: dict[str, Any] = {"headings_deg": (90.0, 270.0), "fov_deg": 60.0}
    assert sees(90.0, **mast)
    assert sees(270.0, **mast)
    assert not sees(0.0, **mast)


def test_a_heading_without_a_width_gets_a_usual_lens() -> None:
    view = view_of(a_camera(headings_deg=(90.0,)))
    assert (view.fov_deg, view.range_m) == (DEFAULT_FOV_DEG, DEFAULT_RANGE_M)


def test_an_unknown_heading_excludes_no_direction_and_counts_for_the_share_it_sees() -> None:
    view = view_of(a_camera(fov_deg=90.0))
    assert view.headings_deg == ()
    assert view.share_seen == 0.25
    assert sees(200.0, fov_deg=90.0)


def test_a_camera_that_sees_all_round_has_no_heading_to_mind() -> None:
    assert sees(180.0, headings_deg=(0.0,), fov_deg=360.0)


def test_a_camera_covers_its_own_place_whatever_its_heading() -> None:
    assert covers(a_camera(headings_deg=(90.0,), fov_deg=10.0), [60.17], [24.94]).all()


@pytest.mark.parametrize("place", [(60.17, 24.94), (-16.8, 179.9999), (89.9, 0.0)])
def test_an_outline_lies_at_the_range_and_never_jumps_round_the_globe(place: tuple[float, float]) -> None:
    camera = a_camera(lat=place[0], lon=place[1], headings_deg=(90.0, 200.0), fov_deg=80.0, range_m=50.0)
    rings = sectors(camera)
    assert len(rings) == 2
    for ring in rings:
        assert ring[0] == ring[-1] == place
        for lat, lon in ring[1:-1]:
            assert distance_m(place, (lat, (lon + 180) % 360 - 180)) == pytest.approx(50.0, abs=0.01)
            assert abs(lon - place[1]) < 1.0


def test_the_outline_of_an_unknown_heading_is_one_circle() -> None:
    (ring,) = sectors(a_camera())
    assert ring[0] == pytest.approx(ring[-1])


def test_pixels_per_metre_are_width_over_the_scene() -> None:
    camera = a_camera(headings_deg=(0.0,), fov_deg=90.0, width_px=1920)
    assert pixels_per_m(camera, 10.0) == pytest.approx(96.0)  # at 90 degrees the scene is twice the range
    assert pixels_per_m(camera, 20.0) == pytest.approx(48.0)


@pytest.mark.parametrize("fields", [{}, {"width_px": 1920, "fov_deg": 180.0}])
def test_pixels_per_metre_are_not_told_without_a_width_or_for_a_fisheye(fields: dict[str, Any]) -> None:
    assert pixels_per_m(a_camera(headings_deg=(0.0,), **fields), 10.0) is None


def test_pixels_per_metre_are_not_told_at_no_distance() -> None:
    assert pixels_per_m(a_camera(width_px=1920), 0.0) is None


@pytest.mark.parametrize(
    ("density", "name"),
    [(1000, "inspect"), (250, "identify"), (249.9, "recognise"), (62.5, "observe"), (25, "detect"), (12.5, "monitor"),
     (12.4, "none"), (0, "none")],
)  # fmt: skip
def test_densities_have_the_names_of_iec_62676_4(density: float, name: str) -> None:
    assert iec_class(density) == name


def test_nobody_is_ranked_down_for_a_resolution_that_is_not_known() -> None:
    assert share_resolved(a_camera()) == 1.0
    assert share_resolved(a_camera(headings_deg=(0.0,), fov_deg=90.0, range_m=100.0, width_px=640)) < 0.5


def test_what_no_lens_has_is_refused_before_anything_is_divided_by_it() -> None:
    with pytest.raises(BadInput, match="field of view 5e-324 is not within 0.01 to 360 degrees"):
        a_camera(fov_deg=5e-324)
    with pytest.raises(BadInput, match="range 1e-320 m is not 0.1 m or more"):
        a_camera(range_m=1e-320)
    assert view_of(a_camera(headings_deg=(90.0,), fov_deg=0.01)).share_seen >= 0
    assert pixels_per_m(a_camera(headings_deg=(0.0,), fov_deg=0.01, range_m=0.1, width_px=640), 0.05) is not None
