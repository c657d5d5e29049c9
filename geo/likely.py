"""Likely routes: many ways the subject may have taken, with the cameras on each, weighted by how well they fit.

Nobody knows why a missing person went where. So each sample draws how long the streets feel (an own taste for every
street, and one for every quarter), where in the discs the way began and ended, and the pace; then the direct way and,
as a stop on another, every junction is tried. What is drawn are whole routes, because "on 31 of 40 likely routes" is
something an investigator can weigh, and because two cameras on the same routes are worth less than two on different
ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geo.distance import Floats
from geo.fields import Disc, Field
from geo.trees import Bits, Point, Tree, Viewed, unpacked
from geo.walker import REST_MIX, REST_SHARE, Pace, time_density

STREET_TASTE = 0.2
"""Standard deviation of the logarithm of how much longer than it is one edge feels. A plain guess."""

QUARTER_TASTE, QUARTER_M = 0.3, 100.0
"""The same for whole quarters, and the distance over which that changes, in metres. Plain guesses."""

STOP_SHARE = 0.5
"""Share of ways that lead by way of somewhere else; the others are direct. A plain guess, half and half."""

DETOUR_SHARE, DETOUR_M = 0.2, 60.0
"""Stops off the least way get rarer by e for each such share of its length plus metres. Own simulated walkers fit a
wide range of values equally well; see docs/decisions/0005-ranking.md."""

GOAL_S, GOAL_DECAY_S = 1200.0, 400.0
"""Goals after the last sighting are equally likely at each distance that takes up to GOAL_S at the usual pace, or as
far as the subject can have come if that is less; beyond, they get rarer by e every GOAL_DECAY_S. For walking 1,560 m
and 520 m. A plain decay: no category of person is used, since no public table of figures could be named for it."""

BACKTRACKING = 0.03
"""Weight of a goal that lies straight back, where one straight on has 1. A plain guess."""

ONWARD_SHARE, ONWARD_M = 0.08, 15.0
"""Goals get rarer by e for each such share of the whole way, plus metres, that the last sighting is out of the way to
them. Plain guesses."""

_DRAWS = 96  # stops kept of each sample
_JOINED = 2000  # routes over several legs
_WAVES = 8  # cosine waves that make up the taste for quarters


@dataclass(frozen=True)
class LikelyRoutes:
    """
    Weighted routes and the set of cameras on each.

    `cameras` has shape ``(r, words)`` (see `trees`), `weight` shape ``(r,)`` and sum 1. No routes: nothing could be
    sampled, as where no street leads from one sighting to the next.
    """

    cameras: Bits
    weight: Floats
    camera_count: int

    def chances(self) -> Floats:
        """Share of routes that each camera is on, 0 to 1, shape ``(camera_count,)``; 0 without routes."""
        return self._sums(self.weight)

    def shares(self) -> Floats:
        """As `chances`, but each route gives its cameras together what it weighs, however many they are."""
        on_route = np.maximum(np.bitwise_count(self.cameras).sum(axis=1), 1)
        return self._sums(self.weight / on_route)

    def _sums(self, weight: Floats) -> Floats:
        sums = np.zeros(self.camera_count)
        for start in range(0, len(weight), 8192):  # unpacked in parts, to stay small in memory
            part = slice(start, start + 8192)
            sums += weight[part] @ unpacked(self.cameras[part], self.camera_count)
        return sums

    def drawn(self, count: int) -> "LikelyRoutes":
        """`count` routes of equal weight, each taken as often as it weighs; none without routes."""
        if not len(self.weight):
            return self
        at = (np.arange(count) + 0.5) / count
        pick = np.minimum(np.searchsorted(np.cumsum(self.weight), at), len(self.weight) - 1)
        return LikelyRoutes(self.cameras[pick], np.full(count, 1.0 / count), self.camera_count)

    def without(self, found_empty: Floats) -> "LikelyRoutes":
        """
        What is left after footage was examined and the subject not seen: the search planner's update.

        ``w_r <- w_r * prod(1 - q_c)`` over the cameras c on route r, then to sum 1 again (Koopman 1980, Search and
        Screening; the probability-of-area update of land search).

        Parameters
        ----------
        found_empty
            Chance q_c that the examination of camera c would have shown the subject had it passed, below 1, shape
            ``(camera_count,)``; 0 where nothing was examined.
        """
        left = np.exp(unpacked(self.cameras, self.camera_count) @ np.log1p(-np.minimum(found_empty, 0.999)))
        weight = self.weight * left
        return LikelyRoutes(self.cameras, weight / max(float(weight.sum()), 1e-300), self.camera_count)


def joined(legs: Sequence[LikelyRoutes], camera_count: int) -> LikelyRoutes:
    """
    Routes over several legs, one after the other, each leg's drawn independently of the others'.

    Returns
    -------
    routes
        None without legs, or where one leg has none.
    """
    if not legs or not all(len(leg.weight) for leg in legs):
        return LikelyRoutes(np.empty((0, (camera_count + 63) // 64), np.uint64), np.empty(0), camera_count)
    if len(legs) == 1:
        return legs[0]
    rng = np.random.default_rng(20260302)
    cameras = np.bitwise_or.reduce([rng.permutation(leg.drawn(_JOINED).cameras) for leg in legs])
    return LikelyRoutes(cameras, np.full(_JOINED, 1.0 / _JOINED), camera_count)


@dataclass(frozen=True)
class Stay:
    """The times of a leg in seconds: how long it took at the middle of both tolerances, and those together."""

    time_s: float
    tolerance_s: float


def routes_between(
    viewed: Viewed, start: Disc, goal: Disc, stay: Stay, pace: Pace, *, samples: int, rng: np.random.Generator
) -> LikelyRoutes:
    """
    Likely routes from one sighting to the next.

    Parameters
    ----------
    viewed
        Streets with what cameras see of them.
    start, goal
        The discs of both sightings.
    stay
        The time between them; ways whose length fits it badly weigh less.
    samples
        How often tastes, ends and pace are drawn.

    Returns
    -------
    routes
        None where the discs meet no street, or no street joins them.
    """
    mass = _street_mass(viewed)
    cameras, weights = [], []
    for _ in range(samples if len(start.within.edge) and len(goal.within.edge) else 0):
        taste = _taste(viewed, rng)
        out, back = (viewed.tree(taste, _point(disc, rng)) for disc in (start, goal))
        length_m = out.length_m + back.length_m
        joined = np.isfinite(length_m)
        if not joined.any():
            continue
        least_m = float(length_m[joined].min())
        rarer = np.exp(-(np.where(joined, length_m, np.inf) - least_m) / (DETOUR_SHARE * least_m + DETOUR_M))
        by_way_of = mass * rarer
        prior = STOP_SHARE * by_way_of / by_way_of.sum()
        prior[length_m.argmin()] += 1.0 - STOP_SHARE  # a junction on the direct way stands for it
        weight = prior * time_density(stay.time_s, length_m, pace, stay.tolerance_s)
        pick, each = _picked(weight, rng)
        cameras.append(out.cameras[pick] | back.cameras[pick])
        weights.append(each)
    return _routes(cameras, weights, viewed)


@dataclass(frozen=True)
class Approach:
    """How the subject came to the last sighting: metres to every junction from the one before, the time it took."""

    field: Field
    length_m: float  # from the one before to the last
    time_s: float


def routes_onward(
    viewed: Viewed, start: Disc, time_s: float, pace: Pace, approach: Approach | None, *, samples: int,
    rng: np.random.Generator,
) -> LikelyRoutes:  # fmt: skip
    """
    Likely routes after the last sighting, towards goals that the way so far leaves plausible.

    Parameters
    ----------
    start
        The disc of the last sighting.
    time_s
        Seconds since.
    approach
        The way to the last sighting; None with a single sighting, when every direction is alike.

    Returns
    -------
    routes
        Each ends where the subject can have come by now. None where the disc meets no street.
    """
    mass = _street_mass(viewed)
    cameras, weights = [], []
    for _ in range(samples if len(start.within.edge) else 0):
        speed_m_s = _drawn_speed(pace, approach, rng)
        rest_s = float(rng.exponential(REST_MIX[0][1])) if rng.random() < REST_SHARE else 0.0
        reach_m = speed_m_s * max(time_s - rest_s, 0.1 * time_s)
        tree = viewed.tree(_taste(viewed, rng), _point(start, rng), reach_m=reach_m)
        weight = _goal_weights(tree, mass, reach_m, pace)
        if approach is not None:
            weight = weight * _onward(tree, approach)
        if weight.sum() > 0:
            pick, each = _picked(weight / weight.sum(), rng)
            cameras.append(tree.cameras[pick])
            weights.append(each)
    return _routes(cameras, weights, viewed)


def _drawn_speed(pace: Pace, approach: Approach | None, rng: np.random.Generator) -> float:
    """A pace, half way (in logarithms) towards the one kept between the last two sightings where that tells one."""
    drawn = pace.drawn_m_s(rng)
    observed = approach.length_m / approach.time_s if approach is not None and approach.time_s > 0 else 0.0
    if observed < 0.25 * pace.usual_m_s:  # slower than any walk: the time went on something else
        return drawn
    return float(np.sqrt(drawn * np.clip(observed, 0.55 * pace.usual_m_s, pace.top_m_s)))


def _goal_weights(tree: Tree, mass: Floats, reach_m: float, pace: Pace) -> Floats:
    """Weight of each junction as a goal: by distance alone, streets at one distance sharing what that has."""
    reached = np.isfinite(tree.length_m)
    away_m = np.where(reached, tree.length_m, 0.0)
    order = np.argsort(tree.length_m)
    sorted_m, heaped = tree.length_m[order], np.concatenate([[0.0], np.cumsum(mass[order])])
    half_m = 60.0  # metres of street within this of each distance make up its ring
    ring = heaped[np.searchsorted(sorted_m, away_m + half_m)] - heaped[np.searchsorted(sorted_m, away_m - half_m)]
    density = ring / (np.minimum(away_m, half_m) + half_m)
    beyond_m = np.maximum(away_m - min(reach_m, GOAL_S * pace.usual_m_s), 0.0)
    rarer = np.exp(-beyond_m / (GOAL_DECAY_S * pace.usual_m_s))
    return np.where(reached, mass / np.maximum(density, 1e-9) * rarer, 0.0)


def _onward(tree: Tree, approach: Approach) -> Floats:
    """How plausible it is to have come by the last sighting on the way to each junction, BACKTRACKING to 1."""
    reached = np.isfinite(tree.length_m) & np.isfinite(approach.field.node_m)
    away_m = np.where(reached, tree.length_m, 0.0)
    whole_m = approach.length_m + away_m
    excess_m = np.maximum(whole_m - np.where(reached, approach.field.node_m, 0.0) - 20.0, 0.0)
    return np.where(reached, BACKTRACKING + np.exp(-excess_m / (ONWARD_SHARE * whole_m + ONWARD_M)), 0.0)


def _street_mass(viewed: Viewed) -> Floats:
    """Metres of street at each junction, half of every edge; shape ``(n,)``."""
    streets = viewed.streets
    ends = np.concatenate([streets.edge_u, streets.edge_v])
    return np.bincount(ends, np.tile(streets.edge_length_m / 2.0, 2), streets.node_count).astype(np.float64)


def _taste(viewed: Viewed, rng: np.random.Generator) -> Floats:
    """How much longer than it is each edge feels, about 1, shape ``(m,)``."""
    streets = viewed.streets
    taste = STREET_TASTE * rng.standard_normal(streets.edge_count)
    frequency, phase = rng.standard_normal((2, _WAVES)) / QUARTER_M, rng.uniform(0.0, 2.0 * np.pi, _WAVES)
    waves = np.cos(streets.node_xy_m @ frequency + phase).sum(axis=1) * np.sqrt(2.0 / _WAVES)
    taste += QUARTER_TASTE * (waves[streets.edge_u] + waves[streets.edge_v]) / 2.0
    return np.exp(taste)


def _point(disc: Disc, rng: np.random.Generator) -> Point:
    """A point anywhere on a disc's streets."""
    within = disc.within
    length_m = within.to_m - within.from_m + 1e-3
    pick = int(rng.choice(len(length_m), p=length_m / length_m.sum()))
    return Point(int(within.edge[pick]), float(rng.uniform(within.from_m[pick], within.to_m[pick])))


def _picked(weight: Floats, rng: np.random.Generator) -> tuple[np.ndarray, Floats]:
    """_DRAWS junctions, each as often as it weighs, and what each of them stands for."""
    heaped = np.cumsum(weight)
    at = (np.arange(_DRAWS) + rng.random()) / _DRAWS * heaped[-1]
    pick = np.minimum(np.searchsorted(heaped, at), len(weight) - 1)
    return pick, np.full(_DRAWS, heaped[-1] / _DRAWS)


def _routes(cameras: list[Bits], weights: list[Floats], viewed: Viewed) -> LikelyRoutes:
    count = viewed.seen.owner_count
    if not weights:
        return LikelyRoutes(np.empty((0, (count + 63) // 64), np.uint64), np.empty(0), count)
    weight = np.concatenate(weights)
    return LikelyRoutes(np.concatenate(cameras), weight / weight.sum(), count)
