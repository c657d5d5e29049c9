"""How fast somebody must have moved to be both at a sighting and where a candidate was seen.

The rule of the review queue: a candidate's strength is 1 at its engine's review floor and 2 at the alert threshold, and
so on in a straight line. It counts in full while the speed needed is within the top speed of the way the subject moves
(`geo.distance.TOP_SPEED_M_S`), and less above it, in proportion, down to a half at twice that speed and more. The
strongest come first. Nothing is ever hidden by it: clocks are wrong, and people are given lifts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import inf

from data.models import Match, Mode, Sighting
from geo.distance import SPHERE_ERROR, TOP_SPEED_M_S, distance_m

ORDER_WORDS = (
    "Most alike first. One who would have had to move faster than the person is thought to counts less, down to half; "
    "nobody is left out."
)
LEAST_SHARE = 0.5
_KM_H = 3.6
_FASTEST_M_S = max(TOP_SPEED_M_S.values())


@dataclass(frozen=True)
class Leg:
    """The way between a sighting and a candidate: what is left of the distance when both radii, and what there is of
    the time when both tolerances are given in the walker's favour."""

    sighting: Sighting
    is_before: bool
    distance_m: float
    time_s: float

    @property
    def needed_m_s(self) -> float:
        """The least mean speed; infinite for two places at one time."""
        if self.distance_m == 0.0:
            return 0.0
        return self.distance_m / self.time_s if self.time_s > 0 else inf


def legs(seen: Sighting, sightings: Sequence[Sighting]) -> tuple[Leg, ...]:
    """From the nearest standing sighting in time before, and to the nearest after; that of the same match left out.

    `seen` is the candidate as the sighting that it would become (`casework.review.sighting_of`).
    Reported sightings count as confirmed matches do: each was put on the map by a person.
    """
    others = [s for s in sightings if s.match_id is None or s.match_id != seen.match_id]
    before = max((s for s in others if s.at <= seen.at), key=lambda s: s.at, default=None)
    after = min((s for s in others if s.at > seen.at), key=lambda s: s.at, default=None)
    return tuple(_leg(seen, s, is_before=s is before) for s in (before, after) if s is not None)


def _leg(seen: Sighting, other: Sighting, *, is_before: bool) -> Leg:
    apart = distance_m((seen.lat, seen.lon), (other.lat, other.lon)) * (1 - SPHERE_ERROR)
    time = abs(seen.at - other.at) + timedelta(seconds=seen.tolerance_s + other.tolerance_s)
    return Leg(other, is_before, max(0.0, apart - seen.radius_m - other.radius_m), time.total_seconds())


def speed_words(needed_m_s: float) -> str:
    """A speed in words that a reader can judge."""
    if needed_m_s == 0.0:
        return "no way to go: the places overlap"
    if needed_m_s == inf:
        return "impossible: two places at one time"
    km_h = f"{needed_m_s * _KM_H:.0f} km/h" if needed_m_s * _KM_H >= 1 else "less than 1 km/h"
    if needed_m_s <= TOP_SPEED_M_S[Mode.WALK]:
        return f"a walk: {km_h} needed"
    if needed_m_s <= TOP_SPEED_M_S[Mode.BICYCLE]:
        return f"faster than walking: {km_h} needed"
    if needed_m_s <= _FASTEST_M_S:
        return f"only in a vehicle: {km_h} needed"
    return f"impossible at {km_h}"


def strength(match: Match) -> float:
    """How alike, where 1 is the review floor and 2 the alert threshold."""
    scale = match.alert_threshold - match.review_floor
    return 1.0 + (match.track.similarity - match.review_floor) / scale if scale > 0 else 1.0 + match.track.similarity


def standing(match: Match, ways: Sequence[Leg], mode: Mode) -> float:
    """The candidate's place in the queue, higher first: see the rule at the head of this file."""
    needed = max((leg.needed_m_s for leg in ways), default=0.0)
    top = TOP_SPEED_M_S[mode]
    return strength(match) * (1.0 if needed <= top else max(LEAST_SHARE, top / needed))
