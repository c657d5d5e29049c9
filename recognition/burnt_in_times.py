"""What the characters of a burnt-in line say: a time of day, and perhaps a date.

Understood are HH:MM:SS (also with dots or dashes), 24 hours or 12 with AM or PM, and dates YYYY-MM-DD, DD-MM-YYYY and
MM-DD-YYYY with ``-``, ``/``, ``.`` or ``:`` between, a weekday's name anywhere beside them. Years have four digits.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recognition.burnt_in_glyphs import Sign, pitch_of

FIRST_YEAR, LAST_YEAR = 1990, 2099
# of two equal separators one may have got lost: small points and colons go first when a picture is compressed
_BETWEEN, _PERHAPS = r" ?(?P<s>[-/.:?]) ?", r" ?(?:(?P=s) ?)?"
_TIME = re.compile(r"(?<![\d:./])(\d\d) ?([:.\-])? ?(\d\d) ?([:.\-])? ?(\d\d)(?!\d|[:\-/] ?\d| ?[:\-/.] ?\d\d(?!\d))")
_YEAR_FIRST, _YEAR_LAST = (
    r"(?<!\d)(?P<y>\d{4})%s(?P<a>\d\d)%s(?P<b>\d\d)",
    r"(?<!\d)(?P<a>\d\d)%s(?P<b>\d\d)%s(?P<y>\d{4})",
)
_DATES = tuple(re.compile(order % (_BETWEEN, _PERHAPS) + r"(?!\d| ?[-/.:] ?\d)") for order in (_YEAR_FIRST, _YEAR_LAST))
_BLANK = 1.32  # pitches from middle to middle, from which on a blank lies between
_HALF = re.compile(r" {0,2}([AP?])(?:[?A-Z ]{0,3}?(M))?")


@dataclass(frozen=True)
class Written:
    """A line as written: time of day, the dates its date could mean, and which characters say so.

    `half` is "A" or "P" for AM and PM, "?" where a letter follows that was not read, else empty.
    `days` is in the order year-first, or day before month; empty without a date, several where the order is in doubt.
    `digits` are the indices into the signs of hour, minute and second, `date_digits` those of the date.
    """

    hour: int
    minute: int
    second: int
    half: str
    days: tuple[date, ...]
    text: str
    digits: tuple[int, ...]
    date_digits: tuple[int, ...]

    @property
    def second_of_day(self) -> int:
        """Seconds since midnight, 0 to 86,399."""
        hour = self.hour % 12 + 12 * (self.half == "P") if self.half in ("A", "P") else self.hour
        return hour * 3600 + self.minute * 60 + self.second


def spelled(signs: Sequence[Sign], pitch: float) -> tuple[str, tuple[int, ...]]:
    """The characters with blanks where the gap is wide, and for each the index of its sign (-1 for a blank)."""
    text, index = "", []
    for i, sign in enumerate(signs):
        if i and sign.column - signs[i - 1].column > _BLANK * pitch:
            text += " "
            index.append(-1)
        text += sign.sign
        index.append(i)
    return text, tuple(index)


def written(signs: Sequence[Sign]) -> Written | None:
    """What the line says; None where it holds no time of day, or more than one with colons."""
    pitch = pitch_of(signs)
    if not pitch:
        return None
    text, index = spelled(signs, pitch)
    dates = [match for pattern in _DATES for match in pattern.finditer(text)]
    rest = text
    for match in dates:  # 2026.03.02 also looks like a time to a loose eye
        rest = rest[: match.start()] + "_" * len(match[0]) + rest[match.end() :]
    times = [match for match in _TIME.finditer(rest) if _is_time(match)]
    if len(times) > 1:  # 03-02-26 15:10:07
        times = [match for match in times if ":" in (match[2], match[4])]
    if len(times) != 1 or len(dates) > 1:
        return None
    time = times[0]
    half = _HALF.match(rest, time.end())
    days = _days(dates[0]) if dates else ()
    hour, minute, second = (int(time[g]) for g in (1, 3, 5))
    letter = half[1] if half else ""
    if not 1 <= hour <= 12:
        letter = ""
    elif letter and not (half and half[2]):
        letter = "?"
    ends = [m for m in (time, dates[0] if days else None) if m]
    return Written(
        hour=hour,
        minute=minute,
        second=second,
        half=letter,
        days=days,
        text=_shortened(text[min(m.start() for m in ends) : max(m.end() for m in ends)], letter),
        digits=tuple(index[k] for g in (1, 3, 5) for k in range(*time.span(g))),
        date_digits=tuple(index[k] for g in ("y", "a", "b") for k in range(*dates[0].span(g))) if days else (),
    )


def _shortened(text: str, half: str) -> str:
    """The date and the time alone: a weekday between them is not read well enough to be shown."""
    return re.sub(r"[ ?A-Z]+", " ", text) + {"A": " AM", "P": " PM"}.get(half, "")


def _is_time(match: re.Match[str]) -> bool:
    separators = {match[2], match[4]} - {None}
    return len(separators) == 1 and int(match[1]) < 24 and int(match[3]) < 60 and int(match[5]) < 60


def _days(match: re.Match[str]) -> tuple[date, ...]:
    """The dates a match could mean."""
    year, a, b = int(match["y"]), int(match["a"]), int(match["b"])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return ()
    orders = [(a, b)] if match.start("y") < match.start("a") else [(b, a), (a, b)]
    made = []
    for month, day in orders:
        try:
            made.append(date(year, month, day))
        except ValueError:
            continue
    return tuple(dict.fromkeys(made))
