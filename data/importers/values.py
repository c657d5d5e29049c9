"""Single values out of a row's text. Each returns None for text it does not understand."""

import re
from datetime import date
from math import cos, hypot, isfinite, radians

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,15}(?:[.,][0-9]{0,20})?|[.,][0-9]{1,20})(?:e[+-]?[0-9]{1,2})?", re.IGNORECASE)
_MEASURE = re.compile(r"([+-]?[0-9]{1,12}(?:[.,][0-9]{1,15})?)\s*([a-z]*)\.?", re.IGNORECASE)
_METRES = {"": 1.0, "m": 1.0, "metre": 1.0, "metres": 1.0, "meter": 1.0, "meters": 1.0, "km": 1000.0, "ft": 0.3048}
_DAYS = {"": 1.0, "d": 1.0, "day": 1.0, "days": 1.0, "week": 7.0, "weeks": 7.0, "h": 1 / 24, "hours": 1 / 24}
_SECONDS = {"": 1.0, "s": 1.0, "sec": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0, "h": 3600.0, "hours": 3600.0}
_CLOCK = re.compile(r"([+-]?)([0-9]{1,3}):([0-5][0-9]):([0-5][0-9])")
_PIXELS = re.compile(r"([0-9]{2,5})\s*[x×*]\s*([0-9]{2,5})", re.IGNORECASE)
_METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371,009 m


def number(text: str) -> float | None:
    """A finite number, with a decimal point or comma."""
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text.replace(",", "."))
    return value if isfinite(value) else None


def metres(text: str) -> float | None:
    """A length; metres unless it says km or ft."""
    return _measure(text, _METRES)


def days(text: str) -> float | None:
    """A span of time; days unless it says weeks or hours."""
    return _measure(text, _DAYS)


def seconds(text: str) -> float | None:
    """A span of time; seconds unless it says minutes or hours, or is written +h:mm:ss."""
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return _measure(text, _SECONDS)
    span = int(clock[2]) * 3600 + int(clock[3]) * 60 + int(clock[4])
    return float(-span if clock[1] == "-" else span)


def _measure(text: str, units: dict[str, float]) -> float | None:
    parts = _MEASURE.fullmatch(text)
    if parts is None or parts[2].casefold() not in units:
        return None
    return float(parts[1].replace(",", ".")) * units[parts[2].casefold()]


def pixels(text: str) -> tuple[int, int] | None:
    """Width and height from "1920x1080"."""
    parts = _PIXELS.fullmatch(text)
    return (int(parts[1]), int(parts[2])) if parts else None


def day(text: str) -> date | None:
    """An ISO date."""
    try:
        return date.fromisoformat(text[:10]) if re.fullmatch(r"\d{4}-\d\d-\d\d(?:T.*)?", text, re.ASCII) else None
    except ValueError:
        return None


def apart_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Metres between two near (lat, lon) in degrees, on a plane: right to 1 % within a kilometre, rough beyond."""
    east = (b[1] - a[1] + 540) % 360 - 180
    return _METRES_PER_DEGREE * hypot(b[0] - a[0], east * cos(radians((a[0] + b[0]) / 2)))
