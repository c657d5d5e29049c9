"""What a file itself says of where and when it was taken: for a person to check, and never trusted.

Pictures say it in EXIF (JEITA CP-3451, tags by number below), films in the metadata of their container (QuickTime's
keys, and the ISO 6709 place that phones write). Anybody can write anything there, and clocks of phones are set by hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from math import isfinite
from typing import Any

from PIL.Image import Exif

_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_MAKE, _MODEL = 0x010F, 0x0110
# (name, tag, tag of its offset from UTC, tag of its fraction of a second), the most telling first
_TIMES = (
    ("DateTimeOriginal", 0x9003, 0x9011, 0x9291),
    ("DateTimeDigitized", 0x9004, 0x9012, 0x9292),
)
_LAT_REF, _LAT, _LON_REF, _LON, _GPS_TIME, _GPS_DATE, _GPS_ERROR = 1, 2, 3, 4, 7, 29, 31
# what Pillow raises on damaged or hostile tags
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, ArithmeticError, LookupError, EOFError, MemoryError,
           AttributeError, RecursionError)  # fmt: skip
_DATE_TIME = re.compile(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)[ T](\d\d):(\d\d):(\d\d)", re.ASCII)
_DATE = re.compile(r"(\d{4})[:\-/](\d\d)[:\-/](\d\d)", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)|Z", re.ASCII)
_ISO_6709 = re.compile(r"([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)", re.ASCII)
_MOST_TEXT = 80


@dataclass(frozen=True)
class Taken:
    """What a file says. None and "" where it says nothing that can be meant.

    Attributes
    ----------
    shown
        What the device's clock showed; aware where the file says its zone too, else without one.
    shown_by
        The tag that says so.
    satellite_at
        The time of the last position from satellites, in UTC.
    lat, lon
        Degrees; both or neither.
    accuracy_m
        How far the place may be off, above 0.
    device
        Make and model.
    """

    shown: datetime | None = None
    shown_by: str = ""
    satellite_at: datetime | None = None
    lat: float | None = None
    lon: float | None = None
    accuracy_m: float | None = None
    device: str = ""

    @property
    def place(self) -> tuple[float, float] | None:
        """``(lat, lon)``; None where the file names no place."""
        return None if self.lat is None or self.lon is None else (self.lat, self.lon)


NOTHING_SAID = Taken()


def taken_by_exif(exif: Exif) -> Taken:
    """What the EXIF of a picture says; what is damaged in it counts as not said."""
    main, own, gps = dict(_entries(exif)), _ifd(exif, _EXIF_IFD), _ifd(exif, _GPS_IFD)
    shown, shown_by = _shown(own)
    lat, lon = _angle(gps.get(_LAT), gps.get(_LAT_REF), "S"), _angle(gps.get(_LON), gps.get(_LON_REF), "W")
    place = _believable_place(lat, lon)
    return Taken(
        shown=shown,
        shown_by=shown_by,
        satellite_at=_satellite_time(gps),
        lat=None if place is None else place[0],
        lon=None if place is None else place[1],
        accuracy_m=_above_zero(gps.get(_GPS_ERROR)) if place is not None else None,
        device=device_name(main.get(_MAKE), main.get(_MODEL)),
    )


def taken_by_container(metadata: Mapping[str, str]) -> Taken:
    """What the metadata of a film's container says."""
    shown = _iso_time(metadata.get("com.apple.quicktime.creationdate", ""))
    place = None
    for name in ("com.apple.quicktime.location.ISO6709", "location", "location-eng"):
        found = _ISO_6709.match(metadata.get(name, ""))
        place = place or (_believable_place(float(found[1]), float(found[2])) if found else None)
    accuracy = metadata.get("com.apple.quicktime.location.accuracy.horizontal", "")
    make = metadata.get("com.apple.quicktime.make") or metadata.get("com.android.manufacturer")
    model = metadata.get("com.apple.quicktime.model") or metadata.get("com.android.model")
    return Taken(
        shown=shown,
        shown_by="creationdate" if shown else "",
        lat=None if place is None else place[0],
        lon=None if place is None else place[1],
        accuracy_m=_above_zero(accuracy) if place is not None else None,
        device=device_name(make, model),
    )


def device_name(make: object, model: object) -> str:
    """Make and model as one short line.

    >>> device_name("Apple", "iPhone 13"), device_name("samsung", "samsung SM-G991B"), device_name(None, 7)
    ('Apple iPhone 13', 'samsung SM-G991B', '')
    """
    first, second = _line(make), _line(model)
    if first and second.lower().startswith(first.lower()):
        first = ""
    return f"{first} {second}".strip()[:_MOST_TEXT]


def _entries(exif: Exif) -> list[tuple[int, Any]]:
    found = []
    for tag in (_MAKE, _MODEL):
        try:
            found.append((tag, exif.get(tag)))
        except _DAMAGE:
            continue
    return found


def _ifd(exif: Exif, tag: int) -> Mapping[int, Any]:
    try:
        found = exif.get_ifd(tag)
    except _DAMAGE:
        return {}
    return found if isinstance(found, Mapping) else {}


def _shown(own: Mapping[int, Any]) -> tuple[datetime | None, str]:
    for name, tag, offset_tag, fraction_tag in _TIMES:
        found = _DATE_TIME.match(_line(own.get(tag)))
        if found is None:
            continue
        try:
            shown = datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:  # zeros, where the clock was never set
            continue
        fraction = _line(own.get(fraction_tag))
        if fraction.isascii() and fraction.isdigit():
            shown = shown.replace(microsecond=int(fraction[:6].ljust(6, "0")))
        return shown.replace(tzinfo=_zone(_line(own.get(offset_tag)))), name
    return None, ""


def _zone(text: str) -> timezone | None:
    """The offset from UTC that a text means; None where it means none.

    >>> _zone("+02:00"), _zone("Z"), _zone("+99:00") is None, _zone("") is None
    (datetime.timezone(datetime.timedelta(seconds=7200)), datetime.timezone.utc, True, True)
    """
    found = _OFFSET.fullmatch(text)
    if found is None:
        return None
    if found[1] is None:
        return UTC
    away = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-away if found[1] == "-" else away) if away <= timedelta(hours=15) else None


def _iso_time(text: str) -> datetime | None:
    try:
        shown = datetime.fromisoformat(text)
    except ValueError:
        return None
    return shown if shown.year >= 1980 else None


def _satellite_time(gps: Mapping[int, Any]) -> datetime | None:
    found, clock = _DATE.match(_line(gps.get(_GPS_DATE))), _numbers(gps.get(_GPS_TIME))
    if found is None or len(clock) != 3 or not all(0 <= part < 62 for part in clock):
        return None
    try:
        day = datetime(*(int(part) for part in found.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
        return day + timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
    except (ValueError, OverflowError):
        return None


def _angle(parts: Any, side: Any, minus: str) -> float | None:
    """Degrees of a latitude or longitude given as degrees, minutes and seconds."""
    numbers = _numbers(parts)
    if not 1 <= len(numbers) <= 3 or any(number < 0 for number in numbers):
        return None
    degrees = sum((number / 60.0**place for place, number in enumerate(numbers)), 0.0)
    return -degrees if _line(side).upper().startswith(minus) else degrees


def _believable_place(lat: float | None, lon: float | None) -> tuple[float, float] | None:
    """The place, unless it is off the globe or the very zero that devices without a position write."""
    if lat is None or lon is None or not (abs(lat) <= 90 and abs(lon) <= 180) or (lat == 0 and lon == 0):
        return None
    return lat, lon


def _numbers(value: Any) -> list[float]:
    """A tag's numbers; none where one of them is no number."""
    values = value if isinstance(value, tuple | list) else (value,)
    found = [_number(one) for one in values[:4]]
    return [one for one in found if one is not None] if None not in found else []


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except _DAMAGE:
        return None
    return float(found) if isfinite(found) else None


def _above_zero(value: Any) -> float | None:
    found = _number(value)
    return found if found is not None and 0 < found <= 1e6 else None


def _line(value: Any) -> str:
    """A tag's text on one short line; "" where it holds none."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return ""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in value[:200]).split())[:_MOST_TEXT]
