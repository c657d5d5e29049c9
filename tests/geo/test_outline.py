from datetime import timedelta

import pytest
import shapely

from data.models import Mode
from geo.distance import distances_m
from geo.outline import Ring, outline
from geo.reach import reach_at
from tests.factories import NOON, a_sighting

MINUTE = timedelta(minutes=1)


def polygon(ring: Ring) -> shapely.Polygon:
    return shapely.Polygon([(lon, lat) for lat, lon in ring])


def test_after_the_last_sighting_the_border_is_a_circle_that_grows_with_time() -> None:
    seen = [a_sighting(radius_m=50.0)]

    (early,) = outline(reach_at(seen, NOON + 10 * MINUTE, mode=Mode.WALK))
    (late,) = outline(reach_at(seen, NOON + 20 * MINUTE, mode=Mode.WALK))

    away = distances_m(seen[0].lat, seen[0].lon, *zip(*early, strict=True))
    assert away.min() == pytest.approx(away.max(), abs=1.0)
    assert away.min() == pytest.approx(50.0 + 1.9 * 600.0, rel=0.01)
    assert early[0] == early[-1]
    assert polygon(late).contains(polygon(early))


def test_between_two_sightings_the_border_is_the_lens_that_both_allow() -> None:
    seen = [a_sighting("a"), a_sighting("b", lon=24.951, at=NOON + 10 * MINUTE)]
    reach = reach_at(seen, NOON + 4 * MINUTE, mode=Mode.WALK)

    (lens,) = outline(reach)

    inner = polygon(lens).buffer(-1e-5)
    lat, lon = [place[0] for place in lens], [place[1] for place in lens]
    for circle in reach.circles:
        assert (distances_m(circle.lat, circle.lon, lat, lon) <= circle.radius_m * 1.001).all()
    assert 0 < inner.area < polygon(outline(reach_at(seen[:1], reach.at, mode=Mode.WALK))[0]).area


def test_sightings_that_contradict_each_other_and_none_at_all_have_no_border() -> None:
    far = [a_sighting("a"), a_sighting("b", lon=26.0, at=NOON + MINUTE)]

    assert outline(reach_at(far, NOON, mode=Mode.WALK)) == ()
    assert outline(reach_at([], NOON, mode=Mode.WALK)) == ()


def test_a_circle_wider_than_any_map_of_a_case_is_left_out() -> None:
    assert outline(reach_at([a_sighting()], NOON + timedelta(days=30), mode=Mode.CAR)) == ()


def test_a_border_across_the_date_line_runs_on_without_a_jump() -> None:
    (ring,) = outline(reach_at([a_sighting(lat=-17.0, lon=179.999)], NOON + 20 * MINUTE, mode=Mode.WALK))

    lons = [lon for _, lon in ring]
    assert max(lons) > 180.0
    assert max(lons) - min(lons) < 0.1
