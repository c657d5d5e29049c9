"""Requests on paper: one CSV of all, and one letter for each owner that prints on A4."""

import csv
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape
from io import StringIO
from zoneinfo import ZoneInfo

from casework.governance import check_release
from casework.requests import OwnerRequests, RequestLine
from data.models import Case

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = (
    "case_number", "state", "priority", "owner", "contact", "camera_id", "camera", "lat", "lon",
    "from_utc", "to_utc", "from_local", "to_local", "recorder_from", "recorder_to", "clock_offset_s", "clock_checked",
    "overwritten_from_utc", "hours_left", "score", "chance_of_loss", "footage_is_here", "sent_utc", "note",
    "request_id",
)  # fmt: skip


@dataclass(frozen=True)
class Minutes:
    """Whole minutes that hold the time asked for, on true clocks and on the recorder's."""

    start: datetime
    end: datetime
    recorder_start: datetime
    recorder_end: datetime


def minutes_of(line: RequestLine, timezone: str) -> Minutes:
    """The minutes to pull, in the case's time zone, rounded outward."""
    zone, request = ZoneInfo(timezone), line.request
    return Minutes(
        _floor(request.from_at).astimezone(zone),
        _ceiling(request.to_at).astimezone(zone),
        _floor(request.recorder_from).astimezone(zone),
        _ceiling(request.recorder_to).astimezone(zone),
    )


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _ceiling(at: datetime) -> datetime:
    whole = _floor(at)
    return whole if whole == at else whole + timedelta(minutes=1)


def safe_cell(text: str) -> str:
    """`text` as a spreadsheet shows it and never computes it: a formula's start gets an apostrophe before it."""
    shown = (c for c in unicodedata.normalize("NFKC", text) if c.isprintable() and not c.isspace())
    # what programs skip before they compute (spaces, marks of no width), and wide signs that some read as narrow ones
    is_formula = text.startswith(_FORMULA_STARTS) or next(shown, "").startswith(_FORMULA_STARTS)
    return f"'{text}" if is_formula else text


def requests_csv(case: Case, told: Iterable[RequestLine], *, now: datetime) -> str:
    """All requests, one line each, in the order given. Times carry their offset; numbers stay numbers."""
    out = StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for line in told:
        writer.writerow(safe_cell(cell) if isinstance(cell, str) else cell for cell in _cells(case, line, now))
    return out.getvalue()


def _cells(case: Case, line: RequestLine, now: datetime) -> Iterable[str | float]:
    request, camera, when = line.request, line.camera, minutes_of(line, case.timezone)
    left: str | float = round((request.deadline - now).total_seconds() / 3600, 1) if request.deadline else ""
    yield from (case.number, line.state.value, round(line.priority, 4), camera.owner, camera.contact)
    yield from (camera.id, camera.name, camera.lat, camera.lon)
    yield from (_iso(request.from_at), _iso(request.to_at), _iso(when.start), _iso(when.end))
    # the recorder's clock has no zone of its own
    yield from (f"{when.recorder_start:%Y-%m-%d %H:%M}", f"{when.recorder_end:%Y-%m-%d %H:%M}")
    yield from (request.clock_offset_s, camera.clock_checked, _iso(request.deadline), left)
    yield from (round(line.value, 4), round(line.chance_of_loss, 4), "yes" if line.footage else "no")
    yield from (_iso(request.sent_at), request.note, request.id)


def _iso(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


_STYLE = """
@page { size: A4; margin: 20mm 18mm; }
* { box-sizing: border-box; }
body { font: 10.5pt/1.4 Georgia, "Times New Roman", serif; color: #000; background: #fff; max-width: 176mm;
  margin: 8mm auto; padding: 0 4mm; overflow-wrap: anywhere; }
@media print { body { margin: 0; padding: 0; max-width: none; } }
h1 { font-size: 15pt; margin: 8mm 0 4mm; }
table { border-collapse: collapse; width: 100%; margin: 4mm 0; font-size: 9.5pt; }
th, td { border: 0.3mm solid #555; padding: 1.5mm 2mm; text-align: left; vertical-align: top; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
.fill { display: flex; gap: 3mm; margin: 3mm 0; }
.fill i { flex: 1; border-bottom: 0.3mm solid #000; }
.head { display: flex; justify-content: space-between; gap: 10mm; }
"""


def letter_html(case: Case, owner: OwnerRequests, *, now: datetime, names_person: bool = False) -> str:
    """A letter to one owner as a page of its own: no script, nothing loaded, every word from outside escaped.

    The person's name is left out unless `names_person`: an owner needs the minutes, not the name. NotAllowed for the
    name of somebody under 18 that no supervisor has released.
    """
    if names_person:
        check_release(case, now)
    today = now.astimezone(ZoneInfo(case.timezone))
    asked = owner.to_ask
    person = f"<p>It concerns {_text(case.subject.name)}.</p>" if names_person else ""
    to = "<br>".join(_text(part) for part in (owner.owner or "The owner of the cameras named below", *owner.contacts))
    rows = "".join(_row(case, line) for line in asked)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Request for camera footage, case {_text(case.number)}</title><style>{_STYLE}</style></head><body>
<div class="head"><p>{to}</p><p>{today:%d %B %Y}<br>Case {_text(case.number)}</p></div>
<h1>Request to keep and hand over camera footage</h1>
<p>We are looking for a missing person. Your cameras may have recorded something that helps. Please keep the minutes
below from being overwritten now, and hand them over as soon as you can.</p>
{person}
<table><thead><tr><th>Camera</th><th>True time ({_text(case.timezone)})</th><th>Your recorder's clock shows</th>
<th>Overwritten from</th></tr></thead><tbody>{rows}</tbody></table>
<p>Please export in the recorder's own format, uncut, with its player where it needs one. While exporting, please
compare the recorder's clock with a telephone's and write down both times.</p>
<div class="fill">Legal basis of this request:<i></i></div>
<div class="fill">Recorder's clock:<i></i>Telephone's clock:<i></i>Date:<i></i></div>
<div class="fill">Name and office:<i></i></div>
<div class="fill">Telephone and e-mail:<i></i></div>
<div class="fill">Signature:<i></i></div>
</body></html>
"""


def _row(case: Case, line: RequestLine) -> str:
    camera, request, when = line.camera, line.request, minutes_of(line, case.timezone)
    name = _text(camera.name or camera.id)
    number = f"<br>{_text(camera.id)}" if camera.name and camera.name != camera.id else ""
    checked = f"<br>({_text(clock_words(line))})"
    deadline = request.deadline
    keep = f"{deadline.astimezone(ZoneInfo(case.timezone)):%d %b %Y, %H:%M}" if deadline else "not known to us"
    return (
        f"<tr><td>{name}{number}<br>{camera.lat:.5f}, {camera.lon:.5f}</td>"
        f"<td>{_text(span_words(when.start, when.end))}</td>"
        f"<td>{_text(span_words(when.recorder_start, when.recorder_end))}{checked}</td><td>{_text(keep)}</td></tr>"
    )


def span_words(start: datetime, end: datetime) -> str:
    """ "02 Mar 2026, 17:02 to 17:31", with the second day where it is another."""
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%d %b %Y, %H:%M}"
    return f"{start:%d %b %Y, %H:%M} to {until}"


def clock_words(line: RequestLine) -> str:
    """How far the recorder's clock is off, and whether anybody looked."""
    offset_s, checked = line.request.clock_offset_s, line.camera.clock_checked.strip()
    if not offset_s:
        return f"clock taken to be right: {checked}" if checked else "clock not checked"
    size = abs(offset_s)
    amount = f"{size / 60:.0f} min" if size % 60 == 0 else f"{size:.0f} s" if size < 600 else f"{size / 60:.1f} min"
    way = "ahead" if offset_s > 0 else "behind"
    return f"clock {amount} {way}" + (f", {checked}" if checked else "")


def file_part(text: str) -> str:
    """Words from outside as a part of a file's name: letters, digits and dashes."""
    return "-".join("".join(c if c.isalnum() else " " for c in text).split())[:60] or "unknown"


def _text(text: str) -> str:
    return escape(text, quote=True)
