"""The space-time prism (Miller 2005): where somebody can have been between two moments, and when.

Seconds are POSIX seconds in UTC throughout, so daylight-saving changes cannot touch them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from data.models import Sighting
from geo.distance import SPHERE_ERROR, Floats, distance_m
from geo.route import Route

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Leg:
    """From one sighting to the next or, with `to` None, from the last sighting until now."""

    since: Sighting
    to: Sighting | None
    start_s: float  # earliest moment the subject can have left `since`
    end_s: float  # latest moment the subject can have reached `to`, or now
    before: Sighting | None = None  # the sighting before `since`
    is_doubtful: bool = False  # only if the sightings came in another order than their times say

    @property
    def length_s(self) -> float:
        """Longest time the leg can have taken, in seconds; negative when the sightings are out of order."""
        return self.end_s - self.start_s

    @property
    def is_open(self) -> bool:
        """Whether nothing is known of its end."""
        return self.to is None


def legs_of(route: Route, now: datetime) -> list[Leg]:
    """
    The legs between sightings, in order of time, and the open one after the last if any time has passed since.

    Returns
    -------
    legs
        Empty without sightings, or with a single one that has just been made. A single sighting that may have been
        before now, by its tolerance, has its open leg.
    """
    seen = route.sightings
    legs = [
        Leg(a, b, _earliest_s(a), _latest_s(b), seen[k - 1] if k else None) for k, (a, b) in enumerate(pairwise(seen))
    ]
    if seen and (now > seen[-1].at or (len(seen) == 1 and now.timestamp() > _earliest_s(seen[-1]))):
        legs.append(_onward(seen[-1], now, seen[-2] if len(seen) > 1 else None))
    return legs


def doubtful_legs(route: Route, now: datetime, top_m_s: float) -> list[Leg]:
    """
    Legs that tolerances leave possible besides `legs_of`: neighbours in the other order, and what may lie after them.

    Parameters
    ----------
    top_m_s
        Top speed in metres a second: orders that would need more are no doubt.

    Returns
    -------
    legs
        For windows alone, since nothing may be excluded by a time that is not sure. Empty where every tolerance is 0.
    """
    seen, legs = route.sightings, []
    for a, b in pairwise(seen):
        turned = Leg(b, a, _earliest_s(b), _latest_s(a), is_doubtful=True)
        gap_m = distance_m((a.lat, a.lon), (b.lat, b.lon)) * (1.0 - SPHERE_ERROR) - a.radius_m - b.radius_m
        if turned.length_s > 0 and gap_m <= top_m_s * turned.length_s:
            legs.append(turned)
            if b is seen[-1] and now > b.at:
                legs.append(replace(_onward(a, now, None), start_s=turned.start_s, is_doubtful=True))
    if len(seen) > 1 and _earliest_s(seen[-1]) < now.timestamp() <= seen[-1].at.timestamp():
        legs.append(replace(_onward(seen[-1], now, seen[-2]), is_doubtful=True))
    return legs


def _onward(last: Sighting, now: datetime, before: Sighting | None) -> Leg:
    return Leg(last, None, _earliest_s(last), now.timestamp(), before)


def _earliest_s(sighting: Sighting) -> float:
    return sighting.at.timestamp() - sighting.tolerance_s


def _latest_s(sighting: Sighting) -> float:
    return sighting.at.timestamp() + sighting.tolerance_s


@dataclass(frozen=True)
class Windows:
    """When each of n cameras can have been passed on one leg; POSIX seconds, shape ``(n,)``."""

    start_s: Floats
    end_s: Floats

    @cached_property
    def is_possible(self) -> Bools:
        """Which cameras can have been passed at all."""
        return np.asarray(self.start_s <= self.end_s)


def windows(leg: Leg, from_m: Floats, to_m: Floats, v_max_m_s: float) -> Windows:
    """
    The window of each camera: after the subject can first have come, before the next sighting calls the subject away.

    ``start = t_i - tol_i + D_i / v_max`` and ``end = t_j + tol_j - D_j / v_max``; a window whose start lies behind its
    end is a camera outside the prism (Miller 2005, Geographical Analysis 37:17-45).

    Parameters
    ----------
    leg
        The two sightings, or the last one and now.
    from_m, to_m
        Least metres from the first sighting's disc, and to the second's, over all points the camera covers; shape
        ``(n,)``; `to_m` is not read on an open leg.
    v_max_m_s
        Top speed in metres a second, above 0.

    Returns
    -------
    windows
        Shape ``(n,)``.
    """
    start_s = leg.start_s + from_m / v_max_m_s
    end_s = np.full(start_s.shape, leg.end_s) if leg.is_open else leg.end_s - to_m / v_max_m_s
    return Windows(start_s, end_s)


def contradicted(leg: Leg, from_m: Floats, to_m: Floats, needed_m_s: float) -> Windows:
    """
    Windows for two sightings that contradict each other, as if the subject had kept the speed it takes.

    Parameters
    ----------
    needed_m_s
        Least speed the leg asks for; infinite when there is no time between its sightings.

    Returns
    -------
    windows
        Those at that speed and three tenths more, so that cameras near the way are listed too; the whole span between
        both moments, for every camera, where no speed would do.
    """
    if leg.length_s <= 0 or not np.isfinite(needed_m_s):
        low, high = sorted((leg.start_s, leg.end_s))
        return Windows(np.full(from_m.shape, low), np.full(from_m.shape, high))
    return windows(leg, from_m, to_m, 1.3 * needed_m_s)


def hull(several: Sequence[Windows]) -> Windows:
    """The earliest start and the latest end over the legs on which a camera is possible; start > end where on none."""
    starts = np.stack([np.where(w.is_possible, w.start_s, np.inf) for w in several])
    ends = np.stack([np.where(w.is_possible, w.end_s, -np.inf) for w in several])
    return Windows(starts.min(axis=0), ends.max(axis=0))
