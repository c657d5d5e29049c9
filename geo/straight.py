"""What can be said without streets: chances from straight-line (great-circle) distances, for any number of cameras."""

import numpy as np

from geo.distance import Floats
from geo.likely import BACKTRACKING, GOAL_DECAY_S, GOAL_S
from geo.walker import Pace

STREETS_WIND = 1.3
"""Usual length of a way along streets over the straight line. A plain choice: by country it is 1.1 to 2.1 on roads
(Ballou, Rahardja and Sakai 2002, Transportation Research Part A 36:843-848)."""


def chances_between(since_m: Floats, to_m: Floats, direct_m: float, pace: Pace, time_s: float) -> Floats:
    """
    How plausible places are on the way between two sightings, by their detour.

    Parameters
    ----------
    since_m, to_m
        Metres from each place to the two sightings, shape ``(n,)``.
    direct_m
        Metres from one sighting to the other.
    time_s
        Seconds between the sightings.

    Returns
    -------
    chances
        At least 0 and at most 1, shape ``(n,)``: rarer by e for each 40 m of detour, 15 % of the straight line, and a
        tenth of the way there was time for beyond it. Plain choices.
    """
    spare_m = max(0.0, pace.usual_m_s * time_s / STREETS_WIND - direct_m)
    detour_m = np.maximum(since_m + to_m - direct_m, 0.0)
    chances: Floats = np.exp(detour_m * (-1.0 / (40.0 + 0.15 * direct_m + 0.1 * spare_m)))
    return chances


def chances_onward(away_m: Floats, pace: Pace, time_s: float) -> Floats:
    """
    How plausible places are after the last sighting, by their distance.

    The circle around the last sighting grows with distance, so the chance of any one place falls with it; beyond what
    the subject can usually have gone it falls off as in `likely`.

    Parameters
    ----------
    away_m
        Metres from the last sighting to each place, shape ``(n,)``.
    time_s
        Seconds since the last sighting.

    Returns
    -------
    chances
        At least 0 and at most 1, shape ``(n,)``.
    """
    far_m = pace.usual_m_s * min(time_s, GOAL_S) / STREETS_WIND
    beyond_m = np.maximum(away_m - far_m, 0.0)
    chances: Floats = 50.0 / (50.0 + away_m) * np.exp(beyond_m * (-1.0 / (pace.usual_m_s * GOAL_DECAY_S)))
    return chances


def ahead(away_m: Floats, before_m: Floats, come_m: float) -> Floats:
    """
    Whether places lie ahead, seen from the sighting before the last: 1 straight on, BACKTRACKING straight back.

    Parameters
    ----------
    away_m, before_m
        Metres from each place to the last sighting and to the one before it, shape ``(n,)``.
    come_m
        Metres from the one before to the last; with 0 every direction is alike.
    """
    excess_m = np.maximum(come_m + away_m - before_m, 0.0)
    on = np.exp(-excess_m / (0.15 * (come_m + away_m) + 15.0))
    factor: Floats = BACKTRACKING + (1.0 - BACKTRACKING) * on
    return factor
