"""What messages say, in whose words, and how long they are."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.alerting.sms_length import sms_length
from casework.alerting.texts import News, clock_words, compose, distance_words, pin, plain
from casework.alerting.wording import ARABIC, ENGLISH, FINNISH, WORDINGS
from data.alert_models import (
    AddressKind,
    AlertEvent,
    AlertRules,
    Audience,
    Language,
    PinLink,
    Recipient,
    Told,
)
from data.models import Subject
from tests.factories import NOON, a_case, a_sighting


def a_recipient(**fields: object) -> Recipient:
    known = {
        "id": "r-1", "case_id": "case-1", "name": "Mother", "kind": AddressKind.EMAIL, "address": "m@example.org",
        "audience": Audience.GUARDIAN, "language": Language.ENGLISH, "added_at": NOON, "added_by": "Ann",
    }  # fmt: skip
    return Recipient(**(known | fields))  # type: ignore[arg-type]


def a_told(**fields: object) -> Told:
    known = {
        "alert_id": "a-1", "event": AlertEvent.CONFIRMED, "match_id": "m-1", "match_state": "confirmed",
        "similarity": 0.712, "alert_threshold": 0.55, "best_s": 12.0, "started_at": NOON, "clock_offset_s": 2.0,
        "camera_id": "cam-1", "camera_name": "Station, north door", "lat": 60.17, "lon": 24.94, "range_m": None,
    }  # fmt: skip
    return Told(**(known | fields))  # type: ignore[arg-type]


def some_news(
    *told: Told, known: tuple[object, ...] = (), rules: dict[str, object] | None = None, **who: object
) -> News:
    case = a_case(subject=Subject("Aino Maria Example"))
    settings = AlertRules("case-1", **({"names_subject": True} | (rules or {})))  # type: ignore[arg-type]
    return News(case, settings, a_recipient(**who), told or (a_told(),), known)  # type: ignore[arg-type]


def test_a_confirmed_match_says_who_where_when_and_on_which_maps() -> None:
    before = a_sighting(lat=60.161, lon=24.94, at=NOON.replace(hour=8))
    message = compose(some_news(known=(before,)))
    assert message.title == "LastSeen 2026-001: Sighting of Aino, confirmed by two people"
    assert message.text.splitlines()[:8] == [
        "Sighting of Aino, confirmed by two people.",
        "",
        "Station, north door, 1.0 km north of the last known place",
        "Mon 2 Mar 2026 14:00:10 (UTC+02:00)",
        "Coordinates: 60.17000, 24.94000",
        "",
        "https://www.openstreetmap.org/?mlat=60.17000&mlon=24.94000#map=18/60.17000/24.94000",
        "https://www.google.com/maps/search/?api=1&query=60.17000%2C24.94000",
    ]
    assert "geo:60.17000,24.94000" in message.text
    assert "not an identification" not in message.text
    assert "Similarity" not in message.text


def test_a_candidate_says_that_it_is_a_lead_in_every_language_and_form() -> None:
    lead = a_told(event=AlertEvent.CANDIDATE, match_state="to_review")
    for kind in (AddressKind.EMAIL, AddressKind.SMS):
        english = compose(some_news(lead, kind=kind))
        assert "nvestigative lead, not an identification" in english.text
        finnish = compose(some_news(lead, kind=kind, language=Language.FINNISH))
        assert "utkinnan johtolanka, ei tunnistus" in finnish.text
    assert "Similarity 0.71 (alert threshold 0.55)" in compose(some_news(lead)).text
    assert "0,71" in compose(some_news(lead, language=Language.FINNISH)).text


def test_without_leave_to_name_the_subject_the_case_number_stands_for_them() -> None:
    for kind in AddressKind:
        message = compose(some_news(rules={"names_subject": False}, kind=kind))
        assert "Aino" not in message.title + message.text
        assert "the subject of case 2026-001" in message.text


def test_an_sms_is_short_and_holds_the_link_that_its_recipient_wants() -> None:
    message = compose(some_news(kind=AddressKind.SMS, pin_link=PinLink.GOOGLE, language=Language.FINNISH))
    assert message.title == ""
    assert message.text == (
        "LastSeen 2026-001: Havainto, jonka kaksi henkilöä on vahvistanut: Aino. Station, north door, "
        "ma 2.3.2026 klo 14.00.10 (UTC+02:00). 60.17000, 24.94000 "
        "https://www.google.com/maps/search/?api=1&query=60.17000%2C24.94000"
    )
    assert sms_length(message.text).is_gsm7
    assert sms_length(message.text).segments == 2


def test_a_long_name_is_cut_until_an_sms_fits_and_the_link_never() -> None:
    long = a_told(camera_name="Площадь у северного вокзала, столб номер семь, " * 5, event=AlertEvent.CANDIDATE)
    text = compose(some_news(long, kind=AddressKind.SMS)).text
    assert text.endswith("#map=18/60.17000/24.94000")
    assert len(text) < len(compose(some_news(long)).text)
    latin = a_told(camera_name="Northern Railway Station Square, Seventh Mast, " * 5)
    assert sms_length(compose(some_news(latin, kind=AddressKind.SMS)).text).segments <= ENGLISH.sms_parts


def test_a_digest_lists_each_and_counts_the_rest_by_camera() -> None:
    many = [
        a_told(alert_id=f"a-{n}", match_id=f"m-{n}", event=AlertEvent.CANDIDATE, best_s=float(n)) for n in range(45)
    ]
    message = compose(some_news(*many))
    assert message.title.endswith("45 new possible sightings of Aino")
    assert message.text.count("- Station") == 20
    assert "and 25 more: Station, north door (25)" in message.text
    short = compose(some_news(*many, kind=AddressKind.SMS)).text
    assert "45 new possible sightings of Aino (investigative lead, not an identification)" in short
    assert short.endswith("and 44 more.")


def test_a_digest_of_a_confirmation_and_a_correction_says_which_is_which() -> None:
    both = [a_told(), a_told(alert_id="a-2", match_id="m-2", event=AlertEvent.WITHDRAWN)]
    text = compose(some_news(*both)).text
    assert "- Sighting of Aino, confirmed by two people. Station" in text
    assert "- Correction: the sighting of Aino reported as confirmed is no longer confirmed" in text
    assert "2 pieces of news about Aino. Correction: " in compose(some_news(*reversed(both), kind=AddressKind.SMS)).text


def test_the_last_known_place_is_the_latest_before_that_time_and_not_the_match_itself() -> None:
    known = (
        a_sighting("s-1", lat=60.17, lon=24.94, at=NOON.replace(hour=8)),
        a_sighting("s-2", lat=60.17, lon=24.95, at=NOON.replace(hour=9)),
        a_sighting("s-3", lat=60.0, lon=24.94, at=NOON.replace(hour=20)),
        a_sighting("s-4", lat=60.17, lon=24.94, at=NOON, match_id="m-1"),
    )
    assert "north door, 550 m west of the last known place" in compose(some_news(known=known)).text
    assert "550 m länteen viimeisestä" in compose(some_news(known=known, language=Language.FINNISH)).text
    assert "at the last known place" in compose(some_news(known=known[:1])).text


@pytest.mark.parametrize(
    ("distance_m", "english", "finnish"),
    [(54, "50 m", "50 m"), (994.9, "990 m", "990 m"), (995, "1.0 km", "1,0 km"), (9949, "9.9 km", "9,9 km"),
     (9950, "10 km", "10 km"), (123_456, "123 km", "123 km")],
)  # fmt: skip
def test_distances_are_said_as_finely_as_the_reader_can_use(distance_m: float, english: str, finnish: str) -> None:
    assert (distance_words(distance_m, ENGLISH), distance_words(distance_m, FINNISH)) == (english, finnish)


def test_the_hour_that_comes_twice_is_told_apart_by_its_distance_from_utc() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))
    assert clock_words(first, "Europe/Helsinki", ENGLISH) == "Sun 25 Oct 2026 03:30:00 (UTC+03:00)"
    assert clock_words(second, "Europe/Helsinki", ENGLISH) == "Sun 25 Oct 2026 03:30:00 (UTC+02:00)"


def test_links_keep_the_sign_of_a_place() -> None:
    assert pin(-33.5, -70.25, PinLink.GEO) == "geo:-33.50000,-70.25000"


@given(st.text(max_size=300))
def test_strangers_text_stays_on_its_line_and_hides_nothing(text: str) -> None:
    line = plain(text)
    assert line == " ".join(line.split())
    assert line.isprintable() or not line
    message = compose(some_news(a_told(camera_name=text), rules={"names_subject": False}))
    assert len(message.text.splitlines()) == len(compose(some_news()).text.splitlines())
    assert len(message.title.splitlines()) == 1


@pytest.mark.parametrize("kind", [AddressKind.SMS, AddressKind.EMAIL])
def test_in_arabic_latitude_and_longitude_keep_their_order_and_an_sms_its_length(kind: AddressKind) -> None:
    lead = a_told(event=AlertEvent.CANDIDATE, camera_name="Helsinki Central Railway Station, north door")
    text = compose(some_news(lead, kind=kind, language=Language.ARABIC)).text
    assert "\u206660.17000, 24.94000\u2069" in text
    assert ARABIC.lead in text
    assert kind is AddressKind.EMAIL or sms_length(text).segments <= ARABIC.sms_parts


def test_every_language_has_all_words_and_the_same_places_to_fill() -> None:
    from string import Formatter

    def fields(template: object) -> set[str | None]:
        return {name for _, name, _, _ in Formatter().parse(template) if name} if isinstance(template, str) else set()

    for words in WORDINGS.values():
        for name, template in vars(ENGLISH).items():
            if name != "time":  # languages may leave out what they do not say
                assert fields(getattr(words, name)) == fields(template), name
        assert (len(words.weekdays), len(words.months), len(words.compass)) == (7, 12, 8)
    assert set(WORDINGS) == set(Language)


# how long an SMS is; the numbers are those of 3GPP TS 23.038 and 23.040


@pytest.mark.parametrize(
    ("text", "is_gsm7", "units", "segments"),
    [
        ("", True, 0, 1),
        ("a" * 160, True, 160, 1),
        ("a" * 161, True, 161, 2),
        ("a" * 306, True, 306, 2),
        ("a" * 307, True, 307, 3),
        ("ä" * 160, True, 160, 1),
        ("€" * 80, True, 160, 1),
        ("a" * 152 + "€" + "a" * 152, True, 306, 3),  # the sign is not torn, so that one septet stays empty
        ("ё" * 70, False, 70, 1),
        ("ё" * 71, False, 71, 2),
        ("ё" * 134, False, 134, 2),
        ("ё" * 135, False, 135, 3),
        ("😀" * 35, False, 70, 1),
        ("😀" * 67, False, 134, 3),  # 33 whole ones in each part of 67
        ("a" * 69 + "…", False, 70, 1),
    ],
)
def test_an_sms_is_counted_as_networks_count_it(text: str, is_gsm7: bool, units: int, segments: int) -> None:
    length = sms_length(text)
    assert (length.is_gsm7, length.units, length.segments) == (is_gsm7, units, segments)


@given(st.text(max_size=500))
def test_more_text_never_takes_fewer_messages(text: str) -> None:
    assert sms_length(text).segments <= sms_length(text + "a").segments
    assert sms_length(text).segments <= sms_length(text + "ё").segments


def test_finnish_and_english_words_fit_the_cheap_alphabet() -> None:
    for words in (ENGLISH, FINNISH):
        values = [value for value in vars(replace(words)).values() if not isinstance(value, int)]
        for value in values:
            for text in (value,) if isinstance(value, str) else value:
                assert sms_length(text.replace("{", "").replace("}", "")).is_gsm7, text
