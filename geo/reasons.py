"""Why a camera stands where it stands, in words and numbers; and what is wrong with the input, in the same."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo

from data.models import Camera, Mode
from geo.coverage import iec_class, pixels_per_m, view_of
from geo.legs import LegView
from geo.ranked import Window
from geo.route import Route

OF_ROUTES = 40
"""Chances are told as so many of this many routes: people weigh counts better than percentages (Gigerenzer and
Hoffrage 1995, Psychological Review 102:684-704)."""


@dataclass(frozen=True)
class Facts:
    """What there is to tell of one camera. `share` is the share of likely routes, None where none were sampled."""

    camera: Camera
    window: Window
    share: float | None
    from_m: float
    on_street: bool
    is_open: bool
    now: datetime
    earlier: tuple[Window, ...] = ()
    likely_end: datetime | None = None
    examined: float = 0.0

    def shown_in(self, zone: tzinfo) -> "Facts":
        """The same, every moment as the clocks of `zone` show it."""
        likely_end = self.likely_end.astimezone(zone) if self.likely_end else None
        earlier = tuple(_shown_in(zone, window) for window in self.earlier)
        return replace(self, window=_shown_in(zone, self.window), earlier=earlier, likely_end=likely_end)


def _shown_in(zone: tzinfo, window: Window) -> Window:
    return Window(*(at.astimezone(zone) for at in (window.start, window.end, window.best_guess)))


def reasons_for(facts: Facts, zone: tzinfo = UTC) -> tuple[str, ...]:
    """The reasons of one camera, the weightiest first; times on the clocks of `zone`, window widened to minutes."""
    facts = facts.shown_in(zone)
    told = [
        _routes_words(facts),
        _times_words(facts),
        _view_words(facts.camera),
        _retention_words(facts.camera, facts.window, facts.now),
        _earlier_words(facts),
        f"{facts.examined:.0%} of this window was examined and the subject not seen" if facts.examined > 0 else "",
    ]
    return tuple(words for words in told if words)


def _routes_words(facts: Facts) -> str:
    way = f"{facts.from_m:.0f} m from the sighting {'along the streets' if facts.on_street else 'in a straight line'}"
    if facts.share is None:
        return way
    if not facts.on_street:
        return f"sees no street that leads to the sighting; {way}"
    count = round(facts.share * OF_ROUTES)
    if count:
        return f"on {count} of {OF_ROUTES} likely routes; {way}"
    fewer = (
        f"on fewer than 1 of {OF_ROUTES} likely routes" if facts.share > 0 else "on no likely route, but within reach"
    )
    return f"{fewer}; {way}"


def _times_words(facts: Facts) -> str:
    window, offset = facts.window, timedelta(seconds=facts.camera.clock_offset_s)
    span = span_words(window.start, window.end)
    clock = f" (recorder shows {span_words(window.start + offset, window.end + offset)})" if offset else ""
    likely = f", most likely before {_clock(facts.likely_end)}" if facts.likely_end else ""
    return f"{span} {window.start:%Z}{clock}; best guess {_clock(window.best_guess)}{likely}"


def _view_words(camera: Camera) -> str:
    told = [] if camera.headings_deg or (camera.fov_deg or 0.0) >= 360.0 else ["heading unknown"]
    half_m = view_of(camera).range_m / 2.0
    density = pixels_per_m(camera, half_m)
    if density is not None:
        reached = iec_class(density)
        told.append(f"{density:.0f} px/m at {half_m:.0f} m ({'below monitor' if reached == 'none' else reached})")
    return "; ".join(told)


def _retention_words(camera: Camera, window: Window, now: datetime) -> str:
    if camera.retention_days is None:
        return ""
    kept = timedelta(days=camera.retention_days)
    first, last = window.start + kept, window.end + kept
    if now > last:
        return f"overwritten since {_day(last)}, if kept only {camera.retention_days:g} days"
    if now > first:
        return f"being overwritten now, gone by {_day(last)}"
    return f"overwritten on {_day(first)}"


def _earlier_words(facts: Facts) -> str:
    if not facts.earlier:
        return ""
    spans = ", ".join(f"{span_words(w.start, w.end)} {w.start:%Z}" for w in facts.earlier)
    return f"can also have been passed before the last sighting: {spans}"


def span_words(start: datetime, end: datetime) -> str:
    """A stretch of time in whole minutes that hold all of it, with days where it runs over more than one."""
    start = start.replace(second=0, microsecond=0)
    if end.second or end.microsecond:
        end = end.replace(second=0, microsecond=0) + timedelta(minutes=1)
    if start.date() == end.date():
        return f"{start:%H:%M} to {end:%H:%M}"
    return f"{_day(start)} {start:%H:%M} to {_day(end)} {end:%H:%M}"


def _clock(at: datetime) -> str:
    return f"{at:%H:%M}"


def _day(at: datetime) -> str:
    return f"{at.day} {at:%B}"


def warnings_for(
    route: Route, cameras: Sequence[Camera], legs: Sequence[LegView], *, top_m_s: float, mode: Mode, now: datetime,
    has_streets: bool,
) -> tuple[str, ...]:  # fmt: skip
    """What an investigator must know before trusting the ranking, one sentence or two each."""
    warnings = []
    if not route.sightings:
        warnings.append("No sightings yet: nothing can be ranked. Enter where and when the person was last seen.")
    if not cameras:
        warnings.append("No cameras yet: import or add some.")
    if route.sightings and route.sightings[-1].at > now:
        warnings.append("The last sighting lies in the future: check its time.")
    elif len(route.sightings) == 1 and route.sightings[0].at == now:
        warnings.append("The only sighting has just been made: no camera can have been passed since.")
    warnings += _contradictions(legs, top_m_s)
    if has_streets and mode is Mode.PUBLIC_TRANSPORT:
        warnings.append("Trains and ferries keep to no street: straight lines are used.")
    warnings += _off_streets(route, legs)
    return tuple(warnings)


def _contradictions(legs: Sequence[LegView], top_m_s: float) -> list[str]:
    told = []
    for number, view in enumerate(legs, start=1):
        if view.needed_m_s <= top_m_s:
            continue
        speed = f"{view.needed_m_s:.1f} m/s ({view.needed_m_s * 3.6:.0f} km/h)"
        needed = "being in two places at once" if view.needed_m_s == float("inf") else speed
        told.append(
            f"Sightings {number} and {number + 1} contradict each other: {needed} would be needed, and at most "
            f"{top_m_s:.1f} m/s is taken as possible. One of the places, the times, or the way of travel is wrong."
        )
    return told


def _off_streets(route: Route, legs: Sequence[LegView]) -> list[str]:
    gaps: dict[int, float] = {}
    for number, view in enumerate(legs, start=1):
        if view.streets is not None:
            gaps[number] = view.streets.start.disc.gap_m
            if view.streets.goal is not None:
                gaps[number + 1] = view.streets.goal.disc.gap_m
    return [
        f"Sighting {number} lies {gap_m:.0f} m off the street network: windows around it are by straight line."
        if gap_m < float("inf")
        else f"Sighting {number} lies far from the street network: windows around it are by straight line."
        for number, gap_m in sorted(gaps.items())
        if gap_m > 0 and number <= len(route.sightings)
    ]
