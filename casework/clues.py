"""When and where a footage may have begun: what its name, metadata and burnt-in clock say, for a person to check."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from casework.access import checks_itself
from casework.senders import arrived
from casework.uploads import Desk
from data.errors import LastSeenError
from data.models import StartedFrom

if TYPE_CHECKING:  # pages use this module, and must not load a decoder
    from recognition.burnt_in import ClockReading
    from recognition.first_look import FirstLook
    from recognition.taken import Taken

_IN_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)([-_.]?)(\d\d)\2(\d\d)[-_ T.]{0,3}(\d\d)([-_.:;h]?)(\d\d)[-_.:;m]?(\d\d)(?:\d{3})?(?!\d)",
    re.ASCII,
)
LEAST_RADIUS_M = 25.0
"""Whoever is in a picture stands some way off from whoever takes it."""
_EARLIEST_YEAR = 1995  # before, a recorder's clock was never set


@dataclass(frozen=True)
class Clue:
    """What the recorder's clock may have shown at the footage's first moment; a time of day where no date is known.

    `note` says what to mind, `crop_jpeg` is the picture it was read from.
    """

    source: StartedFrom
    shown: datetime | time
    note: str = ""
    crop_jpeg: bytes | None = None


@dataclass(frozen=True)
class PlaceClue:
    """Where the device may have been, within `radius_m`; `note` says what to mind."""

    lat: float
    lon: float
    radius_m: float
    note: str


@checks_itself
def look_at(desk: Desk, upload_id: str, *, max_pixels: int, memory_mb: int) -> "tuple[FirstLook | None, str]":
    """What a process of its own sees in a file that has arrived; None and the reason where it can see nothing.

    A file that cannot be looked at now may still be evidence: it is for a person to say whether it is kept.
    """
    from recognition.apart import Apart, ChildLimits  # a decoder's libraries, in the web process only when needed

    name = upload_id
    try:
        name = arrived(desk.store, upload_id).name
        with Apart(desk.partials.path(upload_id), limits=ChildLimits(memory_mb=memory_mb)) as apart:
            return apart.first_look(max_pixels=max_pixels), ""
    except (LastSeenError, FileNotFoundError) as error:  # used or discarded meanwhile: nobody asks any more
        return None, str(error).replace(upload_id, name)


def clues(name: str, look: "FirstLook | None", *, timezone: str) -> list[Clue]:
    """Everything that is said of the start, the most trustworthy first."""
    found = []
    if look is not None and look.clock is not None:
        found += _burnt_in(look.clock)
    if look is not None:
        found += [
            Clue(StartedFrom.FILE_METADATA, shown, note) for shown, note in taken_at(look.info.taken, timezone=timezone)
        ]
    if (named := start_in_name(name)) is not None:
        found.append(_named(name, named, ZoneInfo(timezone)))
    if look is not None and look.created_at is not None and look.created_at.year >= _EARLIEST_YEAR:
        local = look.created_at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None, microsecond=0)
        note = "Some devices write the end of the recording here, some the time of the export, some forget the zone."
        found.append(Clue(StartedFrom.FILE_METADATA, local, note))
    return found


def taken_at(taken: "Taken", *, timezone: str) -> list[tuple[datetime, str]]:
    """When a device says that it took a picture, by the clock of the case's zone, each with what to mind."""
    zone, found = ZoneInfo(timezone), []
    if taken.shown is not None and is_believable(taken.shown):
        if taken.shown.tzinfo is None:
            note = f"The clock of the device itself. The file does not say its time zone: {timezone} is assumed."
        else:
            note = f"The clock of the device itself, which was set to UTC{taken.shown.isoformat()[-6:]}."
        found.append((_on_the_wall(taken.shown, zone), note))
    if taken.satellite_at is not None and taken.satellite_at.year >= _EARLIEST_YEAR:
        note = "From satellites, when the device last knew its place: exact, but it may be minutes before the picture."
        found.append((_on_the_wall(taken.satellite_at, zone), note))
    return found


def place_clue(look: "FirstLook | None") -> PlaceClue | None:
    """Where the file says that it was taken; None where it says nothing."""
    taken = None if look is None else look.info.taken
    if taken is None or taken.lat is None or taken.lon is None:
        return None
    within = f"within {taken.accuracy_m:.0f} m" if taken.accuracy_m else "it does not say how exactly"
    by = f" by {taken.device}" if taken.device else ""
    note = f"Written into the file{by}; {within}. Whoever has had the file can have changed it."
    return PlaceClue(taken.lat, taken.lon, max(taken.accuracy_m or 0.0, LEAST_RADIUS_M), note)


def is_believable(shown: datetime) -> bool:
    """Whether a device can have meant it: clocks that were never set show years before this."""
    return shown.year >= _EARLIEST_YEAR


def _on_the_wall(at: datetime, zone: ZoneInfo) -> datetime:
    """A time by the clocks of a zone, to the second, without naming it."""
    local = at if at.tzinfo is None else at.astimezone(zone)
    return local.replace(tzinfo=None, microsecond=0)


def _named(name: str, shown: datetime, zone: ZoneInfo) -> Clue:
    """What a file's name says; the cameras of Google's phones name their files in UTC."""
    if not name.upper().startswith("PXL_"):
        return Clue(StartedFrom.FILE_NAME, shown, "As the recorder or a person named the file.")
    local = _on_the_wall(shown.replace(tzinfo=UTC), zone)
    return Clue(StartedFrom.FILE_NAME, local, "As a Pixel phone names its files: in UTC, here in the case's time zone.")


def start_in_name(name: str) -> datetime | None:
    """The first date and time in a file's name.

    >>> start_in_name("ch01_20250305172530.mp4")
    datetime.datetime(2025, 3, 5, 17, 25, 30)
    >>> start_in_name("2025-03-05 17-25-30.mkv")
    datetime.datetime(2025, 3, 5, 17, 25, 30)
    >>> start_in_name("IMG_0001.mp4") is None
    True
    """
    for found in _IN_NAME.finditer(name):
        year, _, month, day, hour, _, minute, second = found.groups()
        try:
            shown = datetime(*(int(part) for part in (year, month, day, hour, minute, second)))  # type: ignore[arg-type]  # noqa: DTZ001
        except ValueError:
            continue
        if shown.year >= _EARLIEST_YEAR:
            return shown
    return None


def _burnt_in(clock: "ClockReading") -> list[Clue]:
    """What the burnt-in clock showed at container time 0; both meanings where day and month could be exchanged."""
    note = f"Reads {clock.text!r} {clock.at_s:.1f} s into the footage."
    if clock.order_in_doubt:
        note += " Day and month could be the other way round: look closely."
    return [
        Clue(StartedFrom.BURNT_IN_CLOCK, _earlier(shown, clock.at_s), note, clock.crop_jpeg)
        for shown in clock.candidates
    ]


def _earlier(shown: datetime | time, by_s: float) -> datetime | time:
    moment = shown if isinstance(shown, datetime) else datetime.combine(datetime(2000, 1, 2), shown)  # noqa: DTZ001
    begun = (moment.replace(tzinfo=None) - timedelta(seconds=by_s) + timedelta(seconds=0.5)).replace(microsecond=0)
    return begun if isinstance(shown, datetime) else begun.time()
