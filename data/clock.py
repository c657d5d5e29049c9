"""Wall clocks turned into true time: ISO 8601 texts, and dates and times typed into a form.

A time without a zone is read only where a zone is given. The hour that a clock skips in spring does not exist and is
refused; the hour it repeats in autumn is two instants, which are both told, never one of them picked in silence.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from data.errors import BadTime

_ISO = re.compile(
    r"(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?|\d{8}T\d{4}(?:\d\d)?)(?:Z|[+-]\d\d(?::?\d\d)?)?",
    re.ASCII | re.IGNORECASE,
)
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ReadTime:
    """An instant read from a clock: `at` ± `spread_s`, and in `note` why it is not certain (empty where it is)."""

    at: datetime
    spread_s: float = 0.0
    note: str = ""


def zone(name: str, field: str = "time zone") -> ZoneInfo:
    """The IANA zone `name`; BadTime where there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadTime(f"{field}: {name[:60]!r} is no time zone; write it as in Europe/London") from error


def local_to_utc(day: date, clock: time, timezone: str, *, field: str = "time") -> ReadTime:
    """The true time when clocks in `timezone` show `day` and `clock`.

    In the hour that is repeated in autumn `at` lies in the middle of both instants and `spread_s` reaches them.
    BadTime for the hour that is skipped in spring.
    """
    shown = datetime.combine(day, clock.replace(tzinfo=None, fold=0))
    local = zone(timezone, f"{field} zone")
    try:
        first, second = (shown.replace(tzinfo=local, fold=fold).astimezone(UTC) for fold in (0, 1))
        back = first.astimezone(local).replace(tzinfo=None)
    except OverflowError as error:
        raise BadTime(f"{field}: {shown.isoformat(' ')} lies outside the years 1900 to 2200") from error
    _checked_year(first, field)
    if back != shown:
        raise BadTime(
            f"{field}: {shown.isoformat(' ')} does not exist in {timezone}, where clocks were put forward over it; "
            f"give another time or its offset from UTC"
        )
    if first == second:
        return ReadTime(first)
    note = (
        f"{shown.isoformat(' ')} came twice in {timezone}, where clocks were put back: "
        f"{first:%H:%M} and {second:%H:%M} UTC are both kept in the tolerance"
    )
    return ReadTime(first + (second - first) / 2, (second - first) / timedelta(seconds=2), note)


def read_time(text: str, timezone: str | None = None, *, field: str = "time") -> ReadTime:
    """The instant that an ISO 8601 `text` names; without an offset it is wall-clock time in `timezone`."""
    moment = _iso(text.strip(), field)
    if moment.tzinfo is None:
        if not timezone:
            raise BadTime(f"{field}: {_shown(text)} has no time zone; end it in Z or an offset such as +01:00")
        return local_to_utc(moment.date(), moment.time(), timezone, field=field)
    try:
        at = moment.astimezone(UTC)
    except OverflowError as error:
        raise BadTime(f"{field}: {_shown(text)} lies outside the years 1900 to 2200") from error
    _checked_year(at, field)
    return ReadTime(at)


def parse_time(text: str, timezone: str | None = None, *, field: str = "time") -> datetime:
    """As `read_time`, for where exactly one instant is needed: BadTime also for an hour that came twice."""
    read = read_time(text, timezone, field=field)
    if read.spread_s:
        raise BadTime(f"{field}: {read.note.split(':', 1)[0]}… came twice; say which by its offset from UTC")
    return read.at


def _iso(text: str, field: str) -> datetime:
    plain = re.sub(r"\s+(?=(?:Z|[+-]\d\d:?\d\d)$)", "", text, flags=re.IGNORECASE)
    try:
        if not _ISO.fullmatch(plain):
            raise ValueError
        return datetime.fromisoformat(plain.upper())
    except ValueError as error:
        raise BadTime(
            f"{field}: {_shown(text)} is no date and time; write it as 2026-03-01 09:12 or 2026-03-01T09:12:00Z"
        ) from error


def _checked_year(at: datetime, field: str) -> None:
    if not EARLIEST <= at < LATEST:
        raise BadTime(f"{field}: {at:%Y-%m-%d %H:%M} lies outside the years 1900 to 2200")


def _shown(text: str) -> str:
    return repr(text[:60] + "…" if len(text) > 60 else text)
