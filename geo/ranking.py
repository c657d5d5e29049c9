"""Which cameras to ask first, for which minutes, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

from data.models import Camera, Mode, Sighting, in_utc
from geo.area import SearchArea
from geo.coverage import view_of
from geo.distance import TOP_SPEED_M_S, Floats, distances_m
from geo.prism import Leg, Windows, legs_of, windows
from geo.route import Route, route_through, speeds_needed_m_s


@dataclass(frozen=True)
class RankedCamera:
    """
    A camera worth asking, with the minutes to pull and the reasons. Times are true times in UTC.

    `start` to `end` holds every moment at which the subject, no faster than the top speed, can have been in view.
    `score` is the chance that the subject was seen, 0 to 1, good for ordering only.
    """

    camera: Camera
    score: float
    start: datetime
    end: datetime
    best_guess: datetime
    distance_m: float  # from the sighting the window starts at to the nearest point the camera covers
    reasons: tuple[str, ...] = ()

    @property
    def recorder_start(self) -> datetime:
        """What the recorder's clock showed at `start`."""
        return self.start + timedelta(seconds=self.camera.clock_offset_s)

    @property
    def recorder_end(self) -> datetime:
        """What the recorder's clock showed at `end`."""
        return self.end + timedelta(seconds=self.camera.clock_offset_s)

    @property
    def recorder_best_guess(self) -> datetime:
        """What the recorder's clock showed at `best_guess`."""
        return self.best_guess + timedelta(seconds=self.camera.clock_offset_s)

    @property
    def overwritten_at(self) -> datetime | None:
        """When the last minute of the window is overwritten; None when the retention is not known."""
        if self.camera.retention_days is None:
            return None
        return self.end + timedelta(days=self.camera.retention_days)


@dataclass(frozen=True)
class Ranking:
    """
    Cameras that the subject can have passed, best first.

    `nearest_beyond` is filled only when a drawn area holds no such camera: the nearest ones outside it, nearest first.
    """

    cameras: tuple[RankedCamera, ...] = ()
    warnings: tuple[str, ...] = ()
    basis: Literal["streets", "haversine"] = "haversine"
    nearest_beyond: tuple[RankedCamera, ...] = ()
    outside_area: int = 0
    out_of_reach: int = 0
    route: Route = field(default_factory=Route)


def rank(
    cameras: Sequence[Camera],
    sightings: Sequence[Sighting],
    *,
    now: datetime,
    mode: Mode,
    v_max_m_s: float | None = None,
    area: SearchArea | None = None,
) -> Ranking:
    """
    Rank cameras by the chance that they saw the subject, for the minutes they would have to be watched.

    Parameters
    ----------
    cameras
        In any order; those that cannot have been passed are counted in `out_of_reach`, not listed.
    sightings
        In any order; withdrawn ones are left out.
    now
        Aware; the end of what can be on any recorder. Times after it do not exist yet.
    mode
        How the subject moves; sets the top speed.
    v_max_m_s
        Top speed in metres a second, above 0, in place of the mode's.
    area
        Drawn search area; hides cameras outside it and changes no score.

    Returns
    -------
    ranking
        Empty, with a warning that says so, when there are no sightings or no cameras.

    Raises
    ------
    BadTime
        When `now` has no time zone.
    """
    now = in_utc(now, "now")
    v_max = v_max_m_s if v_max_m_s is not None else TOP_SPEED_M_S[mode]
    route = route_through(sightings)
    warnings = _warnings(route, cameras, v_max)
    legs = legs_of(route, now)
    if not legs or not cameras:
        return Ranking(warnings=warnings, route=route)
    ranked = _ranked(cameras, legs, v_max)
    inside = _inside(ranked, area)
    hidden = [r for r in ranked if r.camera.id not in inside]
    shown = tuple(r for r in ranked if r.camera.id in inside)
    return Ranking(
        cameras=shown,
        warnings=warnings,
        nearest_beyond=() if shown or area is None else _nearest(hidden, area),
        outside_area=len(hidden),
        out_of_reach=len(cameras) - len(ranked),
        route=route,
    )


def _warnings(route: Route, cameras: Sequence[Camera], v_max_m_s: float) -> tuple[str, ...]:
    warnings = []
    if not route.sightings:
        warnings.append("No sightings yet: nothing can be ranked. Enter where and when the person was last seen.")
    if not cameras:
        warnings.append("No cameras yet: import or add some.")
    for number, speed in enumerate(speeds_needed_m_s(route), start=1):
        if speed > v_max_m_s:
            needed = "no time at all" if speed == float("inf") else f"{speed:.1f} m/s ({speed * 3.6:.0f} km/h)"
            warnings.append(
                f"Sightings {number} and {number + 1} contradict each other: {needed} would be needed, "
                f"more than the {v_max_m_s:.1f} m/s of this way of travel. One of them, its time, or the mode is wrong."
            )
    return tuple(warnings)


def _ranked(cameras: Sequence[Camera], legs: Sequence[Leg], v_max_m_s: float) -> list[RankedCamera]:
    lat, lon = np.array([c.lat for c in cameras]), np.array([c.lon for c in cameras])
    range_m = np.array([view_of(c).range_m for c in cameras])
    leg = legs[-1]
    from_m = _gap_m(leg.since, lat, lon, range_m)
    to_m = _gap_m(leg.to, lat, lon, range_m) if leg.to else np.zeros_like(from_m)
    when = windows(leg, from_m, to_m, v_max_m_s)
    score = _score(leg, lat, lon)
    order = [int(k) for k in np.argsort(-score, kind="stable") if when.is_possible[k]]
    return [_ranked_camera(cameras[k], k, leg, when, from_m, to_m, score) for k in order]


def _gap_m(sighting: Sighting, lat: Floats, lon: Floats, range_m: Floats) -> Floats:
    """Least metres between a sighting's disc and what cameras can cover."""
    return np.maximum(0.0, distances_m(sighting.lat, sighting.lon, lat, lon) - sighting.radius_m - range_m)


def _score(leg: Leg, lat: Floats, lon: Floats) -> Floats:
    away_m = distances_m(leg.since.lat, leg.since.lon, lat, lon)
    if leg.to is None:
        return np.exp(-away_m / 500.0)
    direct_m = float(distances_m(leg.since.lat, leg.since.lon, leg.to.lat, leg.to.lon))
    detour_m = away_m + distances_m(leg.to.lat, leg.to.lon, lat, lon) - direct_m
    return np.exp(-detour_m / (100.0 + 0.25 * direct_m))


def _ranked_camera(
    camera: Camera, k: int, leg: Leg, when: Windows, from_m: Floats, to_m: Floats, score: Floats
) -> RankedCamera:
    start_s, end_s = float(when.start_s[k]), float(when.end_s[k])
    share = 0.25 if leg.is_open else float((from_m[k] + 1.0) / (from_m[k] + to_m[k] + 2.0))
    guess_s = min(max(leg.start_s + share * leg.length_s, start_s), end_s)
    start, end, guess = (datetime.fromtimestamp(s, UTC) for s in (start_s, end_s, guess_s))
    reasons = (
        f"{from_m[k]:.0f} m from the sighting, straight line",
        f"{start:%H:%M} to {end:%H:%M}; best guess {guess:%H:%M}",
    )
    return RankedCamera(camera, float(score[k]), start, end, guess, float(from_m[k]), reasons)


def _inside(ranked: Sequence[RankedCamera], area: SearchArea | None) -> set[str]:
    if area is None or not ranked:
        return {r.camera.id for r in ranked}
    inside = area.contains([r.camera.lat for r in ranked], [r.camera.lon for r in ranked])
    return {r.camera.id for r, keep in zip(ranked, inside, strict=True) if keep}


def _nearest(ranked: Sequence[RankedCamera], area: SearchArea, count: int = 3) -> tuple[RankedCamera, ...]:
    if not ranked:
        return ()
    away_m = area.distances_m([r.camera.lat for r in ranked], [r.camera.lon for r in ranked])
    return tuple(ranked[k] for k in np.argsort(away_m, kind="stable")[:count])
