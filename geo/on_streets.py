"""One leg on the street network: exact windows of every camera, and the likely routes of the leg."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.models import Camera
from geo.coverage import view_of
from geo.distance import SPHERE_ERROR, Floats
from geo.fields import Disc, Field, disc_of, field_from
from geo.likely import Approach, LikelyRoutes, Stay, routes_between, routes_onward
from geo.prism import Leg, Windows, windows
from geo.streets import Ints, StreetNetwork, trimmed
from geo.stretches import Stretches, stretches_in_view
from geo.trees import Viewed
from geo.walker import Pace

SAMPLES, WORK = 32, 130_000
"""Most samples of tastes and ends for a leg, and the junctions they may touch together, which bounds the time taken."""

_MOST_JUNCTIONS = 20_000  # likely routes are looked for among the most plausible of these
_FEWEST_SAMPLES = 8


@lru_cache(maxsize=4)
def seen_by(streets: StreetNetwork, cameras: tuple[Camera, ...]) -> Stretches:
    """The stretches of street that each camera sees; kept, since pages ask again and again for the same cameras."""
    views = [view_of(camera) for camera in cameras]
    return stretches_in_view(streets, [c.lat for c in cameras], [c.lon for c in cameras], views)


@lru_cache(maxsize=16)
def field_of(streets: StreetNetwork, lat: float, lon: float, radius_m: float) -> Field:
    """The distance field of a sighting; kept, since it depends on place and radius alone."""
    return field_from(streets, disc_of(streets, lat, lon, radius_m))


@dataclass(frozen=True)
class StreetLeg:
    """
    One leg seen on the streets.

    `from_m` and `to_m` are least metres from the first sighting to what each camera sees, and on to the second (0 on an
    open leg), infinite where no street leads or the camera sees none; shape ``(n,)``.
    """

    leg: Leg
    seen: Stretches
    start: Field
    goal: Field | None
    from_m: Floats
    to_m: Floats

    @property
    def is_off_network(self) -> bool:
        """Whether one of the sightings lies off the streets, radius and all."""
        return self.start.disc.is_off_network or (self.goal is not None and self.goal.disc.is_off_network)

    @property
    def length_m(self) -> float:
        """Least metres from the first disc to the second along the streets; 0 on an open leg."""
        if self.goal is None or not len(self.goal.disc.within.edge):
            return 0.0 if self.goal is None else float("inf")
        return float(self.start.least_m(self.goal.disc.within).min()) + self.goal.disc.gap_m

    def windows(self, v_max_m_s: float) -> Windows:
        """
        The exact window of each camera over all stretches it sees; start > end where no street lets it be passed.

        Ways are taken SPHERE_ERROR shorter than measured, since the sphere is not the Earth.
        """
        start_m = self.start.least_m(self.seen) * (1.0 - SPHERE_ERROR)
        goal_m = self.goal.least_m(self.seen) * (1.0 - SPHERE_ERROR) if self.goal else np.zeros_like(start_m)
        each = windows(self.leg, start_m, goal_m, v_max_m_s)
        possible = each.is_possible
        owner, count = self.seen.owner[possible], self.seen.owner_count
        first, last = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(first, owner, each.start_s[possible])
        np.maximum.at(last, owner, each.end_s[possible])
        return Windows(first, last)

    def routes(self, pace: Pace, wanted: NDArray[np.bool_]) -> LikelyRoutes:
        """
        Likely routes of the leg over the plausible part of the network, with those cameras that are `wanted`.

        The same leg always gives the same routes.
        """
        rng = np.random.default_rng(20260302)
        keep = self._plausible(pace)
        streets, number = trimmed(self.start.streets, keep)
        viewed = Viewed(streets, _renumbered(self.seen, number, wanted))
        start = _disc(self.start.disc, number)
        samples = int(np.clip(WORK // max(streets.node_count, 1), _FEWEST_SAMPLES, SAMPLES))
        if self.goal is not None and self.leg.to is not None:
            time_s = max((self.leg.to.at - self.leg.since.at).total_seconds(), 1.0)
            stay = Stay(time_s, self.leg.since.tolerance_s + self.leg.to.tolerance_s)
            return routes_between(viewed, start, _disc(self.goal.disc, number), stay, pace, samples=samples, rng=rng)
        approach = self._approach(keep, streets)
        return routes_onward(viewed, start, max(self.leg.length_s, 1.0), pace, approach, samples=samples, rng=rng)

    def _plausible(self, pace: Pace) -> NDArray[np.bool_]:
        """Junctions near enough to be on a plausible way: no further than the time allows, and not all of a county."""
        streets = self.start.streets
        way_m = self.start.node_m + (self.goal.node_m if self.goal else 0.0)
        time_s = max(self.leg.length_s, 1.0)
        least_m = self.length_m if self.goal else 0.0
        limit_m = max(min(pace.top_m_s * time_s, 3600.0 * pace.usual_m_s + 2.0 * least_m), 1.6 * least_m + 400.0)
        if np.isfinite(limit_m):
            near = way_m <= limit_m
            if near.sum() > _MOST_JUNCTIONS:
                near = way_m <= np.partition(way_m, _MOST_JUNCTIONS)[_MOST_JUNCTIONS]
        else:
            near = np.zeros(streets.node_count, dtype=np.bool_)
        for disc in (self.start.disc, *([self.goal.disc] if self.goal else [])):
            near[streets.edge_u[disc.within.edge]] = near[streets.edge_v[disc.within.edge]] = True
        return near & np.isfinite(way_m)

    def _approach(self, keep: NDArray[np.bool_], streets: StreetNetwork) -> Approach | None:
        before = self.leg.before
        if before is None:
            return None
        field = field_of(self.start.streets, before.lat, before.lon, before.radius_m)
        here = self.start.disc.within
        least_m = float(field.least_m(here).min()) if len(here.edge) else np.inf
        if not np.isfinite(least_m) or least_m < 30.0:  # the same place again: no direction to be had
            return None
        # from the middle of one disc to the middle of the other, not from edge to edge
        length_m = least_m + (before.radius_m + self.leg.since.radius_m) / 4.0
        time_s = (self.leg.since.at - before.at).total_seconds()
        return Approach(Field(streets, field.disc, field.node_m[keep]), length_m, time_s)


def street_leg(streets: StreetNetwork, cameras: Sequence[Camera], leg: Leg) -> StreetLeg:
    """A leg on the streets that its way of travel can use."""
    seen = seen_by(streets, tuple(cameras))
    start = field_of(streets, leg.since.lat, leg.since.lon, leg.since.radius_m)
    goal = field_of(streets, leg.to.lat, leg.to.lon, leg.to.radius_m) if leg.to else None
    start_m = start.least_m(seen)
    goal_m = goal.least_m(seen) if goal else np.zeros_like(start_m)
    from_m, to_m = np.full(seen.owner_count, np.inf), np.full(seen.owner_count, np.inf)
    # the stretch that costs least in all stands for the camera
    order = np.lexsort((start_m + goal_m, seen.owner))
    owner = seen.owner[order]
    first = order[np.flatnonzero(np.diff(owner, prepend=-1))]
    from_m[seen.owner[first]], to_m[seen.owner[first]] = start_m[first], goal_m[first]
    return StreetLeg(leg, seen, start, goal, from_m, to_m)


def _renumbered(seen: Stretches, edge_number: Ints, wanted: NDArray[np.bool_]) -> Stretches:
    """Stretches on the edges that are left, of the wanted owners only, who keep their numbers."""
    keep = (edge_number[seen.edge] >= 0) & wanted[seen.owner]
    edge = edge_number[seen.edge[keep]]
    return Stretches(seen.owner[keep], edge, seen.from_m[keep], seen.to_m[keep], seen.owner_count)


def _disc(disc: Disc, edge_number: Ints) -> Disc:
    return Disc(_renumbered(disc.within, edge_number, np.ones(1, dtype=np.bool_)), disc.gap_m)
