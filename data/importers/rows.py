"""A file of places as rows of text, whatever its format; this module reads CSV, the others build on its types."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO

from data.errors import BadInput
from data.importers.files import MAX_TEXT, decoded, one_line, shown_name

_DELIMITERS = ",;\t|"
_MAX_COLUMNS = 1000


@dataclass(frozen=True)
class RowProblem:
    """Something in one row that was not taken as it stands. `row_kept` says whether the rest of the row was.

    `row` counts from 1; in CSV the header is row 1, as a spreadsheet shows it.
    """

    row: int
    field: str
    message: str
    value: str = ""
    row_kept: bool = False


@dataclass(frozen=True)
class Row:
    """One record: its values as text, and its id and (lat, lon) where the format itself gives them."""

    number: int
    values: Mapping[str, str]
    id: str = ""
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Table:
    """The rows that could be read, the problems of those that could not, and notes on the file as a whole.

    `has_places` says that every row brings its place along, so no columns are needed for it.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[str, ...] = ()
    has_places: bool = False


def as_text(value: object) -> str:
    """A JSON value as one line of text: 1001.0 as "1001", true as "yes", a list as its items parted by ";"."""
    if isinstance(value, str):
        return one_line(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, int | float):
        return one_line(str(value))
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return one_line(";".join(as_text(item) for item in value[:MAX_TEXT]))
    try:
        return one_line(json.dumps(value)[: MAX_TEXT + 1])
    except RecursionError:
        return "…"


def columns_of(rows: tuple[Row, ...]) -> tuple[str, ...]:
    """Every name that any of the rows uses, in the order of first use."""
    return tuple(dict.fromkeys(name for row in rows for name in row.values))


def read_csv(data: bytes, file_name: str) -> Table:
    """The rows of a CSV file in any usual encoding, parted by comma, semicolon, tab or bar."""
    name = shown_name(file_name)
    source = decoded(data)
    notes = [source.note] if source.note else []
    text = source.text
    if "\x00" in text:
        text = text.replace("\x00", "")
        notes.append("held NUL characters, which were left out")
    problems: list[RowProblem] = []
    records = _records(text, problems)
    _, header = next(records, (1, []))
    if not 1 <= len(header) <= _MAX_COLUMNS:
        raise BadInput(f"{name}: has no header row with 1 to {_MAX_COLUMNS} column names")
    columns = _unique(header)
    rows = [_row(number, record, columns, problems) for number, record in records]
    return Table(columns, tuple(rows), tuple(problems), tuple(notes))


def _records(text: str, problems: list[RowProblem]) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, with the number a spreadsheet shows."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text))
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            problems.append(RowProblem(number, "row", f"could not be read: {one_line(str(error))}"))
            continue
        if any(value.strip() for value in record):
            yield number, record


def _delimiter(text: str) -> str:
    """The one that parts the first line that is not blank into most columns; quoted text does not count."""
    first = next((line for line in StringIO(text[:65536]) if line.strip()), "")
    unquoted = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=unquoted.count)


def _unique(header: list[str]) -> tuple[str, ...]:
    """Column names without gaps or repeats: an empty one is "column 3", a second "name" is "name (5)"."""
    names: list[str] = []
    for position, raw in enumerate(header, start=1):
        name = one_line(raw) or f"column {position}"
        names.append(name if name not in names else f"{name} ({position})")
    return tuple(names)


def _row(number: int, record: list[str], columns: tuple[str, ...], problems: list[RowProblem]) -> Row:
    beyond = ";".join(value for value in record[len(columns) :] if value.strip())
    if beyond:
        message = f"has {len(record)} values for {len(columns)} columns; the last were left out"
        problems.append(RowProblem(number, "row", message, one_line(beyond), row_kept=True))
    return Row(number, {column: one_line(value) for column, value in zip(columns, record, strict=False)})
