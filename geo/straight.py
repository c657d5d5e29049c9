"""What can be said without streets: gaps and chances along straight (great-circle) lines, for any number of cameras."""

import numpy as np

from data.models import Sighting
from geo.distance import Floats, distance_m, distances_m
from geo.likely import BACKTRACKING, GOAL_DECAY_S, GOAL_S
from geo.walker import Pace

STREETS_WIND = 1.3
"""Usual length of a way along streets over the straight line. A plain choice: by country it is 1.1 to 2.1 on roads
(Ballou, Rahardja and Sakai 2002, Transportation Research Part A 36:843-848)."""


def gaps_m(sighting: Sighting, lat: Floats, lon: Floats, range_m: Floats) -> Floats:
    """Least metres between a sighting's disc and anything in range of places; 0 where they meet. Shape ``(n,)``."""
    return np.maximum(0.0, distances_m(sighting.lat, sighting.lon, lat, lon) - sighting.radius_m - range_m)


def chances_between(since: Sighting, to: Sighting, lat: Floats, lon: Floats, pace: Pace, time_s: float) -> Floats:
    """
    How plausible a place is on the way between two sightings, by its detour.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``.
    time_s
        Seconds between the sightings.

    Returns
    -------
    chances
        Above 0 and at most 1, shape ``(n,)``: rarer by e for each 40 m of detour, 15 % of the straight line, and a
        tenth of the way there was time for beyond it.
    """
    direct_m = distance_m((since.lat, since.lon), (to.lat, to.lon))
    detour_m = distances_m(since.lat, since.lon, lat, lon) + distances_m(to.lat, to.lon, lat, lon) - direct_m
    spare_m = max(0.0, pace.usual_m_s * time_s / STREETS_WIND - direct_m)
    chances: Floats = np.exp(-np.maximum(detour_m, 0.0) / (40.0 + 0.15 * direct_m + 0.1 * spare_m))
    return chances


def chances_onward(
    before: Sighting | None, last: Sighting, lat: Floats, lon: Floats, pace: Pace, time_s: float
) -> Floats:
    """
    How plausible a place is after the last sighting, by its distance and whether it lies ahead.

    The circle around the last sighting grows with distance, so the chance of any one place falls with it; beyond what
    the subject can usually have gone it falls off as in `likely`. A place straight back weighs BACKTRACKING.

    Returns
    -------
    chances
        Above 0 and at most 1, shape ``(n,)``.
    """
    away_m = distances_m(last.lat, last.lon, lat, lon)
    far_m = pace.usual_m_s * min(time_s, GOAL_S) / STREETS_WIND
    near: Floats = 50.0 / (50.0 + away_m)
    near = near * np.exp(-np.maximum(away_m - far_m, 0.0) / (pace.usual_m_s * GOAL_DECAY_S))
    if before is None:
        return near
    come_m = distance_m((before.lat, before.lon), (last.lat, last.lon))
    excess_m = np.maximum(come_m + away_m - distances_m(before.lat, before.lon, lat, lon), 0.0)
    ahead = BACKTRACKING + (1.0 - BACKTRACKING) * np.exp(-excess_m / (0.15 * (come_m + away_m) + 15.0))
    return near * ahead
