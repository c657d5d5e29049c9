"""Sightings from CSV, GeoJSON and GPX: places with times, each with its radius and tolerance."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from data.clock import ReadTime, read_time
from data.errors import BadInput, BadTime
from data.importers.columns import SIGHTING_COLUMNS, Columns, chosen
from data.importers.fields import Fields, check_places, content_id
from data.importers.files import Kind, kind_of, shown_name, unpacked
from data.importers.gpx import GpxLine, GpxPoint, read_gpx, thinned
from data.importers.rows import Row, RowProblem
from data.importers.tables import read_table
from data.importers.values import metres, seconds
from data.models import Sighting, SightingKind

CLOCK_SLACK = timedelta(minutes=5)  # a sighting is not "in the future" because of a clock that is a little off
_KIND_WORDS = {
    SightingKind.SEEN: ("seen", "sighting", "witness", "eyewitness", "cctv"),
    SightingKind.PHONE_FIX: ("phone_fix", "phone", "phone fix", "mobile", "cell", "gps", "ping"),
    SightingKind.CARD_PAYMENT: ("card_payment", "card", "card payment", "payment", "atm", "bank"),
    SightingKind.STATEMENT: ("statement", "report", "reported", "tip"),
}
_TIME_OF_DAY = re.compile(r"[0-9]{1,2}:[0-9]{2}")
_KINDS = {word: kind for kind, words in _KIND_WORDS.items() for word in words}


@dataclass(frozen=True)
class Defaults:
    """What holds for rows that do not say it themselves. `now`, where given, refuses times in the future."""

    case_id: str
    timezone: str | None
    radius_m: float
    tolerance_s: float
    now: datetime | None


@dataclass(frozen=True)
class SightingImport:
    """What a file gives, in the order of its rows, and everything that was not taken as it stands."""

    file_name: str
    kind: Kind
    sightings: tuple[Sighting, ...]
    problems: tuple[RowProblem, ...]
    columns: tuple[str, ...]
    mapping: Columns
    notes: tuple[str, ...] = ()

    @property
    def rows_left_out(self) -> int:
        return len({problem.row for problem in self.problems if not problem.row_kept})


def read_sightings(
    data: bytes,
    file_name: str,
    *,
    case_id: str,
    timezone: str | None = None,
    mapping: Mapping[str, str] | None = None,
    radius_m: float = 50.0,
    tolerance_s: float = 60.0,
    now: datetime | None = None,
) -> SightingImport:
    """The sightings in a CSV, JSON or GPX file, plain or packed by gzip or bzip2.

    Times without a zone are read in `timezone`, and left out and reported where none is given. A time in the hour that
    clocks repeat in autumn becomes the middle of both instants with a tolerance that reaches them. `radius_m` and
    `tolerance_s` hold where a row gives none. Importing a row again gives the same id. BadInput only where the file
    as a whole cannot be used.
    """
    defaults = Defaults(case_id, timezone, radius_m, tolerance_s, now)
    name = shown_name(file_name)
    if kind_of(plain := unpacked(data, file_name), file_name) is Kind.GPX:
        return _from_gpx(read_gpx(plain, file_name), name, defaults)
    kind, table = read_table(plain, file_name)
    if kind in (Kind.OSM_XML, Kind.OSM_PBF):
        raise BadInput(f"{name}: is an OpenStreetMap file, which holds no sightings; import it as cameras or streets")
    columns = chosen(table.columns, SIGHTING_COLUMNS, mapping, file_name)
    check_places(table, columns, file_name)
    if table.rows and "time" not in columns:
        raise BadInput(f"{name}: has no column for time among {', '.join(table.columns)[:300]}; name it in the mapping")
    problems = list(table.problems)
    read = [
        (row.number, sighting)
        for row in table.rows
        if (sighting := _sighting(Fields(row, columns, problems), name, defaults)) is not None
    ]
    sightings = _each_once(read, problems)
    problems.sort(key=lambda problem: problem.row)
    return SightingImport(name, kind, sightings, tuple(problems), table.columns, columns, table.notes)


def _sighting(fields: Fields, source: str, defaults: Defaults) -> Sighting | None:
    place = fields.place()
    moment = _moment(fields, defaults) if place is not None else None
    if place is None or moment is None:
        return None
    radius_m = fields.value("radius_m", lambda text: _not_below_0(metres(text)), "a length in metres, 0 or more")
    tolerance_s = fields.value("tolerance_s", lambda text: _not_below_0(seconds(text)), "a time in seconds, 0 or more")
    return Sighting(
        id=_id(fields, defaults.case_id),
        case_id=defaults.case_id,
        lat=place[0],
        lon=place[1],
        radius_m=defaults.radius_m if radius_m is None else radius_m,
        at=moment.at,
        tolerance_s=(defaults.tolerance_s if tolerance_s is None else tolerance_s) + moment.spread_s,
        kind=_kind(fields),
        source=fields.text("source") or source,
    )


def _moment(fields: Fields, defaults: Defaults) -> ReadTime | None:
    """The row's time, from one column or from a date and a time of day; None with a problem where it is not certain."""
    text, day = fields.text("time"), fields.text("date")
    if not text:
        fields.note("time", "is empty", row_kept=False)
        return None
    if day and _TIME_OF_DAY.match(text):
        text = f"{day} {'0' if text[1] == ':' else ''}{text}"
    try:
        moment = _checked(read_time(text, defaults.timezone, field="time"), defaults.now)
    except BadTime as error:
        fields.note("time", str(error).removeprefix("time: "), row_kept=False)
        return None
    if moment.note:
        fields.note("time", moment.note)
    return moment


def _checked(moment: ReadTime, now: datetime | None) -> ReadTime:
    if now is not None and moment.at - timedelta(seconds=moment.spread_s) > now + CLOCK_SLACK:
        raise BadTime(f"time: {moment.at:%Y-%m-%d %H:%M} UTC lies in the future")
    return moment


def _kind(fields: Fields) -> SightingKind:
    """What the sighting rests on; a word not known becomes a statement, and no file can bring a confirmed match."""
    said = fields.text("kind").casefold()
    if not said:
        return SightingKind.SEEN
    kind = _KINDS.get(said)
    if kind is None:
        fields.note("kind", f"is none of {', '.join(_KIND_WORDS)}; imported as a statement")
    return kind or SightingKind.STATEMENT


def _not_below_0(value: float | None) -> float | None:
    return value if value is not None and value >= 0 else None


def _id(fields: Fields, case_id: str) -> str:
    """Made from the case and the row's own id or content: the same file may belong to two cases."""
    own = fields.row.id or fields.text("id") or content_id("row", fields.row)
    return f"sighting-{hashlib.sha256(f'{case_id}{chr(30)}{own}'.encode()).hexdigest()[:20]}"


def _each_once(read: list[tuple[int, Sighting]], problems: list[RowProblem]) -> tuple[Sighting, ...]:
    """Rows that repeat an earlier one are left out; one that only repeats its id is kept under an id of its own."""
    first: dict[str, tuple[int, Sighting]] = {}
    for row, sighting in read:
        if sighting.id not in first:
            first[sighting.id] = (row, sighting)
            continue
        earlier_row, earlier = first[sighting.id]
        if sighting == earlier:
            problems.append(RowProblem(row, "id", f"repeats row {earlier_row}; left out"))
            continue
        problems.append(RowProblem(row, "id", f"was already used by row {earlier_row}; kept apart", row_kept=True))
        first[f"{sighting.id}-{row}"] = (row, replace(sighting, id=f"{sighting.id}-{row}"))
    return tuple(sighting for _, sighting in first.values())


def _from_gpx(lines: tuple[GpxLine, ...], name: str, defaults: Defaults) -> SightingImport:
    problems: list[RowProblem] = []
    notes: list[str] = []
    read: list[tuple[int, Sighting]] = []
    for line in lines:
        timed = sorted(_timed(line, name, defaults, problems), key=lambda numbered: numbered[1].at)
        kept = timed
        if not line.is_waypoints:
            kept = [timed[index] for index in thinned([(fix.at, (fix.lat, fix.lon)) for _, fix in timed])]
        if len(kept) < len(timed):
            notes.append(f"{line.name}: {len(kept)} of {len(timed)} points kept, the first, the last and some between")
        read += kept
    return SightingImport(name, Kind.GPX, _each_once(read, problems), tuple(problems), (), {}, tuple(notes))


def _timed(line: GpxLine, name: str, defaults: Defaults, problems: list[RowProblem]) -> list[tuple[int, Sighting]]:
    """The line's points that have a time, as sightings; those without are one problem, not thousands."""
    without = [point for point in line.points if not point.time]
    if without:
        message = f"{len(without)} of {len(line.points)} points of {line.name} have no time; left out"
        problems.append(RowProblem(without[0].number, "time", message))
    columns = {"lat": ("lat",), "lon": ("lon",), "time": ("time",), "source": ("source",), "kind": ("kind",)}
    read = []
    for point in line.points:
        if point.time:
            fields = Fields(_as_row(point, line, name), columns, problems)
            sighting = _sighting(fields, name, defaults)
            if sighting is not None:
                read.append((point.number, sighting))
    return read


def _as_row(point: GpxPoint, line: GpxLine, name: str) -> Row:
    place = None if point.lat is None or point.lon is None else (point.lat, point.lon)
    label = point.name if line.is_waypoints else line.name
    source = f"{name}: {label}" if label else name
    values = {"time": point.time, "source": source, "kind": SightingKind.PHONE_FIX.value}
    return Row(point.number, values, place=place)
