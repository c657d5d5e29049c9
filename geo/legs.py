"""One leg as all cameras see it: how far, from when to when, and how plausible, on streets or along straight lines."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.models import Camera, Sighting
from geo.coverage import view_of
from geo.distance import SPHERE_ERROR, Floats, distance_m, distances_m
from geo.on_streets import StreetLeg, street_leg
from geo.prism import Bools, Leg, Windows, contradicted, windows
from geo.route import Route, speeds_needed_m_s
from geo.straight import ahead, chances_between, chances_onward
from geo.streets import StreetNetwork
from geo.walker import Pace


@dataclass(frozen=True)
class LegView:
    """
    A leg and n cameras; arrays of shape ``(n,)``.

    `from_m` and `to_m` are least metres from the first sighting to what a camera sees and on to the second (0 on an
    open leg), `straight` chances along straight lines, `on_street` whether a street that the camera sees is joined to
    the leg, `needed_m_s` the least speed that the leg asks for.
    """

    leg: Leg
    from_m: Floats
    to_m: Floats
    when: Windows
    straight: Floats
    on_street: Bools
    streets: StreetLeg | None
    needed_m_s: float

    def best_guess_s(self, pace: Pace) -> Floats:
        """The likeliest moment of each camera, POSIX seconds, inside its window: ``t_i + T * D_i / (D_i + D_j)``.

        On the open leg, when the subject comes by at the usual pace.
        """
        since_s = self.leg.since.at.timestamp()
        if self.leg.to is None:
            guess = since_s + self.from_m / pace.usual_m_s
        else:
            # a metre each, so that a camera at both ends is half way
            share = (self.from_m + 1.0) / (self.from_m + self.to_m + 2.0)
            guess = since_s + share * (self.leg.to.at.timestamp() - since_s)
        return np.clip(guess, self.when.start_s, np.maximum(self.when.end_s, self.when.start_s))


def leg_view(leg: Leg, cameras: Sequence[Camera], streets: StreetNetwork | None, pace: Pace) -> LegView:
    """
    A leg as cameras see it.

    Windows are exact along the streets. They are bounded by straight lines instead for cameras that no street joins to
    the leg, and for all cameras when a sighting lies off the streets, since nobody knows where the subject came to one.
    Where the sightings contradict each other, windows are as if the speed it takes had been kept.
    """
    lat, lon = np.array([c.lat for c in cameras]), np.array([c.lon for c in cameras])
    range_m = np.array([view_of(c).range_m for c in cameras])
    since_m = _away_m(leg.since, lat, lon)
    goal_m = _away_m(leg.to, lat, lon) if leg.to else np.zeros_like(since_m)
    from_m = np.maximum(0.0, since_m - leg.since.radius_m - range_m)
    to_m = np.maximum(0.0, goal_m - leg.to.radius_m - range_m) if leg.to else goal_m
    # the sphere is not the Earth: ways may be so much shorter than measured
    nearer_from_m = np.maximum(0.0, from_m - SPHERE_ERROR * since_m)
    when = windows(leg, nearer_from_m, np.maximum(0.0, to_m - SPHERE_ERROR * goal_m), pace.top_m_s)
    joined = np.zeros(len(cameras), dtype=np.bool_)
    on_streets = street_leg(streets, cameras, leg) if streets is not None else None
    if on_streets is not None:
        joined = np.isfinite(on_streets.from_m + on_streets.to_m)
        from_m, to_m = np.where(joined, on_streets.from_m, from_m), np.where(joined, on_streets.to_m, to_m)
        if not on_streets.is_off_network:
            along = on_streets.windows(pace.top_m_s)
            when = Windows(np.where(joined, along.start_s, when.start_s), np.where(joined, along.end_s, when.end_s))
    needed_m_s = _needed_m_s(leg, on_streets)
    if needed_m_s > pace.top_m_s:
        when = contradicted(leg, from_m, to_m, needed_m_s)
    straight = _straight(leg, since_m, goal_m, _away_m(leg.before, lat, lon) if leg.before else None, pace)
    return LegView(leg, from_m, to_m, when, straight, joined, on_streets, needed_m_s)


def _needed_m_s(leg: Leg, on_streets: StreetLeg | None) -> float:
    """Least speed the leg asks for, every doubt in the subject's favour; infinite with no time.

    0 on an open leg, and on a doubtful one, which is just not possible where it would take too much.
    """
    if leg.to is None or leg.is_doubtful:
        return 0.0
    straight_m_s = speeds_needed_m_s(Route((leg.since, leg.to)))[0]
    if on_streets is None or on_streets.is_off_network or not np.isfinite(on_streets.length_m) or leg.length_s <= 0:
        return straight_m_s
    return max(straight_m_s, on_streets.length_m * (1.0 - SPHERE_ERROR) / leg.length_s)


def _away_m(sighting: Sighting, lat: Floats, lon: Floats) -> Floats:
    return distances_m(sighting.lat, sighting.lon, lat, lon)


def _straight(leg: Leg, since_m: Floats, goal_m: Floats, before_m: Floats | None, pace: Pace) -> Floats:
    """Chances by straight lines from distances to both sightings, and to the one before where there is one."""
    time_s = max(leg.length_s, 1.0)
    if leg.to is not None:
        return chances_between(since_m, goal_m, _between_m(leg.since, leg.to), pace, time_s)
    onward = chances_onward(since_m, pace, time_s)
    if leg.before is None or before_m is None:
        return onward
    return onward * ahead(since_m, before_m, _between_m(leg.before, leg.since))


def _between_m(a: Sighting, b: Sighting) -> float:
    return distance_m((a.lat, a.lon), (b.lat, b.lon))
