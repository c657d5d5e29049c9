"""The fields of one row, read one by one; what is not understood is noted and left unknown, never guessed."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, radians
from statistics import median
from typing import TypeVar

from data.errors import BadInput
from data.importers.columns import Columns
from data.importers.files import shown_name
from data.importers.rows import Row, RowProblem, Table
from data.importers.values import number

T = TypeVar("T")
Place = tuple[float, float]
_FAR_DEG, _NEAR_DEG = 10.0, 3.0  # a place this far off, whose mirror image is this near, was probably swapped
_ELSEWHERE_DEG, _FEW = 2.0, 0.1  # 200 km off is another town's camera, or a slip of the pen, where few are so
_GRID_HINT = "; metres of a national grid? Convert to WGS 84 first"


@dataclass(frozen=True)
class Fields:
    """One row seen through the column mapping; problems are appended to the import's own list.

    `units` are those of numbers that stand alone, by field: "ft" reads 30 as 30 ft, and leaves 10 m as it is.
    """

    row: Row
    columns: Columns
    problems: list[RowProblem]
    units: Mapping[str, str] = field(default_factory=dict)

    def text(self, field: str) -> str:
        """The first of the field's columns that is not empty; "" where all are."""
        for column in self.columns.get(field, ()):
            if text := self.row.values.get(column):
                return text
        return ""

    def column(self, field: str) -> str:
        """The column that `text` reads."""
        names = self.columns.get(field, ())
        return next((column for column in names if self.row.values.get(column)), field)

    def value(self, field: str, parse: Callable[[str], T | None], wanted: str) -> T | None:
        """The parsed field; None where it is empty, and None with a note where it is not `wanted`."""
        text = self.text(field)
        if not text:
            return None
        unit = self.units.get(field, "")
        found = parse(f"{text} {unit}" if unit and number(text) is not None else text)
        if found is None:
            self.note(field, f"is not {wanted}; not used")
        return found

    def note(self, field: str, message: str, *, row_kept: bool = True) -> None:
        self.problems.append(RowProblem(self.row.number, self.column(field), message, self.text(field), row_kept))

    def place(self) -> Place | None:
        """(lat, lon) on the globe; None with a problem where the row gives none."""
        if self.row.place is not None:
            lat, lon = self.row.place
        else:
            read = [number(self.text(name)) for name in ("lat", "lon")]
            for name, found in zip(("lat", "lon"), read, strict=True):
                if found is None:
                    self.note(name, "is not a number" if self.text(name) else "is empty", row_kept=False)
                    return None
            lat, lon = (found for found in read if found is not None)
        message = _off_the_globe(lat, lon)
        if message:
            self.problems.append(RowProblem(self.row.number, "lat, lon", message, f"{lat:.10g}, {lon:.10g}"))
            return None
        return lat, lon


def _off_the_globe(lat: float, lon: float) -> str:
    hint = _GRID_HINT if max(abs(lat), abs(lon)) > 1000 else ""
    if not -90 <= lat <= 90:
        swapped = "; latitude and longitude look swapped" if abs(lat) <= 180 and abs(lon) <= 90 else ""
        return f"latitude {lat:.10g} is not between -90 and 90{hint}{swapped}"
    return "" if -180 <= lon <= 180 else f"longitude {lon:.10g} is not between -180 and 180{hint}"


def check_places(table: Table, columns: Columns, file_name: str) -> None:
    """BadInput, with what to do, where a file has no columns that give places."""
    if table.has_places or not table.columns or ("lat" in columns and "lon" in columns):
        return
    missing = " and ".join(word for field, word in (("lat", "latitude"), ("lon", "longitude")) if field not in columns)
    seen = ", ".join(table.columns)[:300]
    grid = any("easting" in name.casefold() or "northing" in name.casefold() for name in table.columns)
    hint = "eastings and northings must be converted to WGS 84 first" if grid else "name it in the column mapping"
    raise BadInput(f"{shown_name(file_name)}: has no column for {missing} among {seen}; {hint}")


def looks_swapped(places: Sequence[Place], near: Place | None) -> list[int]:
    """Which places are far from the others (or from `near`) but would be close with lat and lon exchanged."""
    if not places or (near is None and len(places) < 5):
        return []
    lat, lon = near or (median(place[0] for place in places), median(place[1] for place in places))

    def degrees_off(a: float, b: float) -> float:
        return hypot(a - lat, ((b - lon + 540) % 360 - 180) * cos(radians(lat)))

    return [i for i, (a, b) in enumerate(places) if degrees_off(a, b) > _FAR_DEG and degrees_off(b, a) < _NEAR_DEG]


def far_from_all(places: Sequence[Place]) -> list[int]:
    """Which places lie far from where most of the others are; none where the others are spread out themselves."""
    if len(places) < 5:
        return []
    lat, lon = (median(place[axis] for place in places) for axis in (0, 1))
    far = [
        i
        for i, (a, b) in enumerate(places)
        if hypot(a - lat, ((b - lon + 540) % 360 - 180) * cos(radians(lat))) > _ELSEWHERE_DEG
    ]
    return far if len(far) <= len(places) * _FEW else []


def content_id(prefix: str, row: Row) -> str:
    """An id that is the same whenever the same row is imported again, from whatever file."""
    parts = [repr(row.place), *(f"{name}\x1f{text}" for name, text in sorted(row.values.items()) if text)]
    return f"{prefix}-{hashlib.sha256(chr(30).join(parts).encode(errors='replace')).hexdigest()[:16]}"
