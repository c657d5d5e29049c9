"""What files say of where and when they were taken: read where it can be meant, and nothing else believed."""

import io
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from data.models import checked_place
from recognition.apart_taken import taken_heard, taken_said
from recognition.apart_wire import Nonsense
from recognition.taken import NOTHING_SAID, Taken, taken_by_container, taken_by_exif
from tests.recognition.made_stills import PHONE_EXIF, a_still, an_exif


def said(**given: Any) -> Taken:
    with Pillow.open(io.BytesIO(a_still(**given))) as picture:
        return taken_by_exif(picture.getexif())


def test_a_phones_picture_says_when_in_which_zone_where_and_with_what() -> None:
    taken = said(**PHONE_EXIF, fraction="25", gps_date="2026:03:02", gps_time=(12.0, 0.0, 3.0))
    assert taken.shown == datetime(2026, 3, 2, 14, 0, 5, 250_000, tzinfo=timezone(timedelta(hours=2)))
    assert taken.satellite_at == datetime(2026, 3, 2, 12, 0, 3, tzinfo=UTC)
    assert taken.place == pytest.approx((60.17, 24.94))
    assert (taken.accuracy_m, taken.device, taken.shown_by) == (8.0, "Apple iPhone 13", "DateTimeOriginal")


def test_a_time_without_its_zone_stays_without_one() -> None:
    taken = said(taken="2026:03:02 14:00:05")
    assert taken.shown == datetime(2026, 3, 2, 14, 0, 5)  # noqa: DTZ001
    assert taken.place is None


@pytest.mark.parametrize(
    ("lat", "lon", "place"),
    [
        ((-33.0, 52.0, 10.0), (151.0, 12.0, 30.0), (-33.869444, 151.208333)),
        ((60.0, 10.0, 12.0), (-24.0, 56.0, 24.0), (60.17, -24.94)),
        ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0), None),
        ((91.0, 0.0, 0.0), (10.0, 0.0, 0.0), None),
    ],
)
def test_places_of_both_hemispheres_are_read_and_none_off_the_globe(
    lat: tuple[float, ...], lon: tuple[float, ...], place: tuple[float, float] | None
) -> None:
    found = said(lat=lat, lon=lon).place
    assert found == (None if place is None else pytest.approx(place, abs=1e-5))


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "2026:02:30 10:00:00", "yesterday", "    :  :     :  :  ", ""])
def test_a_time_that_no_clock_showed_counts_as_not_said(text: str) -> None:
    assert said(make="X", taken=text).shown is None


def test_nothing_said_is_nothing() -> None:
    assert said() == NOTHING_SAID


@pytest.mark.parametrize(
    ("metadata", "place"),
    [
        ({"com.apple.quicktime.location.ISO6709": "+60.1699+024.9384+012.345/"}, (60.1699, 24.9384)),
        ({"location": "-33.8695+151.2083/"}, (-33.8695, 151.2083)),
        ({"location": "+00.0000+000.0000/"}, None),
        ({"location": "north of the bridge"}, None),
        ({"location": "+99.0+010.0/"}, None),
        ({}, None),
    ],
)
def test_a_films_location_tag_is_read(metadata: dict[str, str], place: tuple[float, float] | None) -> None:
    assert taken_by_container(metadata).place == place


def test_a_films_own_date_keeps_its_zone() -> None:
    taken = taken_by_container(
        {"com.apple.quicktime.creationdate": "2026-03-02T14:00:05+0200", "com.apple.quicktime.make": "Apple",
         "com.apple.quicktime.model": "iPhone 13", "com.apple.quicktime.location.accuracy.horizontal": "nan"}
    )  # fmt: skip
    assert taken.shown == datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
    assert (taken.device, taken.accuracy_m) == ("Apple iPhone 13", None)


_ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=30), st.binary(max_size=30),
    st.tuples(st.floats(), st.floats(), st.floats()), st.tuples(st.text(max_size=5)),
    st.lists(st.integers(), max_size=5),
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([0x010F, 0x0110, 0x8769, 0x8825]), _ANYTHING),
       st.dictionaries(st.sampled_from([0x9003, 0x9011, 0x9291, 1, 2, 3, 4, 7, 29, 31]), _ANYTHING))  # fmt: skip
def test_whatever_stands_in_the_tags_a_place_is_on_the_globe_and_everything_is_one_plain_line(
    main: dict[int, Any], own: dict[int, Any]
) -> None:
    class Odd(dict[int, Any]):
        def get_ifd(self, _tag: int) -> Any:
            return own

    taken = taken_by_exif(Odd(main))  # type: ignore[arg-type]
    if taken.place is not None:
        checked_place(*taken.place, "picture")
    assert taken.device.isprintable()
    assert len(taken.device) <= 80
    assert taken_heard(taken_said(taken)) == taken


@given(st.dictionaries(st.sampled_from(["location", "location-eng", "com.apple.quicktime.creationdate",
                                        "com.apple.quicktime.make"]), st.text()))  # fmt: skip
def test_whatever_a_container_says_can_be_told_on(metadata: dict[str, str]) -> None:
    taken = taken_by_container(metadata)
    assert taken_heard(taken_said(taken)) == taken


@pytest.mark.parametrize(
    "lie",
    [
        None, {}, {"lat": 1.0}, {"lat": 91.0, "lon": 0.0}, {"lat": "60", "lon": 24.0}, {"shown": "soon"}, {"shown": 7},
        {"satellite_at": "2026-03-02T12:00:00"}, {"device": "a\nb"}, {"device": 5},
    ],
)  # fmt: skip
def test_a_child_that_lies_about_a_place_or_time_is_not_believed(lie: dict[str, Any] | None) -> None:
    value = None if lie is None else {**taken_said(NOTHING_SAID), **lie} if lie else {}
    with pytest.raises(Nonsense):
        taken_heard(value)


def test_made_exif_is_what_phones_write() -> None:
    assert an_exif(**PHONE_EXIF)[0x010F] == "Apple"
