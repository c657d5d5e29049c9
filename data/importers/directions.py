"""What a source says about where a camera looks, read without guessing.

Understood: numbers ("12", "12.5°", "12,5", "-10"), ranges clockwise ("338-23"), lists of either ("90;180"), compass
points ("N", "nne", "NbE", "north-east") and ranges between them ("N-E"). All else is kept verbatim and reported.
docs/decisions/0007-imports.md says why each doubtful form falls where it does.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_LENGTH = 500  # longer texts are no direction, and are not worth parsing

_POINTS = (
    "n", "nbe", "nne", "nebn", "ne", "nebe", "ene", "ebn", "e", "ebs", "ese", "sebe", "se", "sebs", "sse", "sbe",
    "s", "sbw", "ssw", "swbs", "sw", "swbw", "wsw", "wbs", "w", "wbn", "wnw", "nwbw", "nw", "nwbn", "nnw", "nbw",
)  # fmt: skip
_COMPASS_DEG = {name: index * 11.25 for index, name in enumerate(_POINTS)}
_WORDS = re.compile(r"(?:north|south|east|west|by|(?<=[a-z])[ -](?=[a-z]))+")
_WORD = re.compile(r"north|south|east|west|by")
_NUMBER = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{1,15})?")
_DEGREE_MARK = re.compile(r"\s*(?:°|º|˚|degrees\b|degree\b|deg\b)")
_DASHES = "-–—‒"
_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9](?![0-9]))")
_TWO_DIGITS_AFTER_COMMA = re.compile(r"[^,.]*[0-9],[0-9]{2}(?![0-9])[^,.]*")


class Form(StrEnum):
    """How the source wrote it; a list that holds ranges is a list."""

    EMPTY = "empty"
    NUMBER = "number"
    RANGE = "range"
    LIST = "list"
    COMPASS = "compass"
    NOT_UNDERSTOOD = "not understood"


@dataclass(frozen=True)
class Direction:
    """Headings in [0, 360), clockwise from north; `width_deg` is the widest range given, None where none was."""

    headings_deg: tuple[float, ...]
    width_deg: float | None
    form: Form
    text: str

    @property
    def understood(self) -> bool:
        return self.form is not Form.NOT_UNDERSTOOD


@dataclass(frozen=True)
class _Sector:
    heading_deg: float
    width_deg: float | None
    form: Form


def parse_direction(text: str) -> Direction:
    """The headings that `text` gives; form NOT_UNDERSTOOD, without headings, where it is not certain what it means."""
    plain = text.strip().casefold().replace("−", "-")
    if not plain:
        return Direction((), None, Form.EMPTY, text)
    pieces = _list_items(_DEGREE_MARK.sub("", plain)) if len(plain) <= MAX_LENGTH else []
    sectors = [_sector(piece) for piece in pieces]
    read = [sector for sector in sectors if sector is not None]
    if not read or len(read) < len(sectors):
        return Direction((), None, Form.NOT_UNDERSTOOD, text)
    headings = tuple(dict.fromkeys(sector.heading_deg for sector in read))
    widths = [sector.width_deg for sector in read if sector.width_deg is not None]
    form = read[0].form if len(read) == 1 else Form.LIST
    return Direction(headings, max(widths, default=None), form, text)


def heading(degrees: float) -> float:
    """`degrees` brought into [0, 360)."""
    turned = degrees % 360.0
    return 0.0 if turned >= 360.0 else turned  # -1e-20 % 360 rounds up to 360.0


def _list_items(plain: str) -> list[str]:
    return [item.strip() for piece in plain.split(";") for item in _split_at_commas(piece) if item.strip()]


def _split_at_commas(piece: str) -> list[str]:
    """A comma is a decimal comma ("12,5") or parts a list ("65, 180"); "90,45" may be either and is left whole."""
    if "," not in piece:
        return [piece]
    as_decimals = _DECIMAL_COMMA.sub(".", piece)
    if "," not in as_decimals and _sector(as_decimals.strip()) is not None:
        return [as_decimals]
    if _TWO_DIGITS_AFTER_COMMA.fullmatch(piece):
        return [piece]
    return piece.split(",")


def _sector(item: str) -> _Sector | None:
    bearing = _bearing(item)
    if bearing is not None:
        return _Sector(heading(bearing), None, Form.NUMBER if _NUMBER.fullmatch(item) else Form.COMPASS)
    splits = [
        (start, end)
        for index, char in enumerate(item)
        if char in _DASHES and (start := item[:index].strip()) and (end := item[index + 1 :].strip())
    ]
    ranges = [found for start, end in splits[:8] if (found := _range(start, end)) is not None]
    return ranges[0] if len(ranges) == 1 else None


def _range(start: str, end: str) -> _Sector | None:
    """The sector clockwise from `start` to `end`."""
    first, last = _bearing(start), _bearing(end)
    if first is None or last is None or end[0] in "+-":
        return None
    width = 360.0 if last - first == 360.0 else heading(last - first)
    if width == 0:
        return None
    # "N-S" may mean both ways and "N-W" the short way round: letters, unlike numbers, have no rule to rely on
    if width >= 180 and not (_NUMBER.fullmatch(start) and _NUMBER.fullmatch(end)):
        return None
    return _Sector(heading(first + width / 2), width, Form.RANGE)


def _bearing(text: str) -> float | None:
    """One bearing in degrees, or None."""
    if _NUMBER.fullmatch(text):
        degrees = float(text)
        return degrees if -360 <= degrees <= 360 else None
    if _WORDS.fullmatch(text):
        text = "".join(word[0] for word in _WORD.findall(text))
    return _COMPASS_DEG.get(text)
