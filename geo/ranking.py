"""Which cameras to ask first, for which minutes, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property

import numpy as np

from data.models import Camera, Mode, Sighting, in_utc
from geo.area import SearchArea
from geo.choice import order_and_scores
from geo.coverage import share_resolved, view_of
from geo.distance import Floats
from geo.legs import LegView, leg_view
from geo.likely import LikelyRoutes, joined
from geo.prism import Bools, Windows, doubtful_legs, hull, legs_of
from geo.ranked import Basis, Examined, RankedCamera, Ranking, Window
from geo.reasons import Facts, reasons_for, warnings_for
from geo.route import route_through
from geo.streets import StreetNetwork
from geo.walker import Pace, pace_of

__all__ = ["Examined", "RankedCamera", "Ranking", "Window", "rank"]

_OFF_STREETS = 0.2  # worth of a camera that sees no joined street, beside one on a straight line's way
_UNLIKELY = 1e-3  # worth of one whose street is on no likely route
_GONE = 0.02  # worth of a recording that should be overwritten: it is sometimes kept for longer than said
_FIRST_S, _LAST_S = -6.2e10, 2.47e11  # years 5 to 9797: what a datetime can tell, whatever tolerance was typed in
_SLOW, _RESTED_S = 0.6, 600.0  # share of the usual pace, and rest, that few fall short of: for `likely_end`


def rank(
    cameras: Sequence[Camera],
    sightings: Sequence[Sighting],
    *,
    now: datetime,
    mode: Mode,
    streets: StreetNetwork | None = None,
    v_max_m_s: float | None = None,
    area: SearchArea | None = None,
    examined: Sequence[Examined] = (),
    zone: tzinfo = UTC,
) -> Ranking:
    """
    Rank cameras by what each adds to those before it, for each minute that would have to be watched.

    While the end is open (`now` after the last sighting) the ranking is for the time since; what a camera can have seen
    before is in its `earlier` windows, and cameras that can only have seen that come last. With nothing open it is for
    the legs between the sightings.

    Parameters
    ----------
    cameras
        In any order, ids distinct; those that cannot have been passed are counted in `out_of_reach`, not listed.
    sightings
        In any order; withdrawn ones are left out.
    now
        Aware; the end of what can be on any recorder.
    mode
        How the subject moves; sets the top speed. Public transport keeps to no street: straight lines are used.
    streets
        Without them straight lines are used, and `basis` says so.
    v_max_m_s
        Top speed in metres a second, above 0, in place of the mode's.
    area
        Drawn search area; hides cameras outside it and changes no score.
    examined
        Footage that was looked through in vain; weakens the routes it lies on.
    zone
        On whose clocks the reasons tell times; all other times are in UTC.

    Returns
    -------
    ranking
        Empty, with a warning that says so, when there are no sightings or no cameras. The same input always gives the
        same ranking.

    Raises
    ------
    BadTime
        When `now` has no time zone.
    """
    now, route, pace = in_utc(now, "now"), route_through(sightings), pace_of(mode, v_max_m_s)
    usable = streets.used_by(mode) if streets is not None and mode is not Mode.PUBLIC_TRANSPORT else None
    usable = usable if usable is not None and usable.edge_count else None
    legs = legs_of(route, now)
    legs += doubtful_legs(route, now, pace.top_m_s) if legs else []
    views = [leg_view(leg, cameras, usable, pace) for leg in legs] if cameras else []
    sure = [view for view in views if not view.leg.is_doubtful]
    warnings = warnings_for(
        route, cameras, sure, top_m_s=pace.top_m_s, mode=mode, now=now, has_streets=streets is not None
    )
    basis: Basis = "haversine" if usable is None else "streets"
    if not views:
        return Ranking(warnings=warnings, basis=basis, route=route)
    ranked = _Ranker(cameras, views, pace, now, examined, zone).ranked()
    is_shown = _inside(ranked, area)
    shown = tuple(r for r, inside in zip(ranked, is_shown, strict=True) if inside)
    hidden = [r for r, inside in zip(ranked, is_shown, strict=True) if not inside]
    return Ranking(
        cameras=shown,
        warnings=warnings,
        basis=basis,
        nearest_beyond=() if shown or area is None else _nearest(hidden, area),
        outside_area=len(hidden),
        out_of_reach=len(cameras) - len(ranked),
        route=route,
    )


@dataclass(frozen=True)
class _Ranker:
    """All legs as all cameras see them; `main` are the legs the ranking is for, `earlier` those before an open one."""

    cameras: Sequence[Camera]
    views: Sequence[LegView]
    pace: Pace
    now: datetime
    examined: Sequence[Examined]
    zone: tzinfo

    @property
    def main(self) -> Sequence[LegView]:
        is_open = any(view.leg.is_open and not view.leg.is_doubtful for view in self.views)
        return [view for view in self.views if view.leg.is_open] if is_open else self.views

    @property
    def sure(self) -> Sequence[LegView]:
        """Those of `main` whose order is beyond doubt: chances rest on them alone."""
        return [view for view in self.main if not view.leg.is_doubtful]

    @property
    def earlier(self) -> Sequence[LegView]:
        main = {id(view) for view in self.main}
        return [view for view in self.views if id(view) not in main]

    @cached_property
    def _guesses_s(self) -> dict[int, Floats]:
        return {id(view): view.best_guess_s(self.pace) for view in self.views}

    def ranked(self) -> list[RankedCamera]:
        when = hull([view.when for view in self.main])
        possible = when.is_possible
        routes = self._routes(possible)
        empty = self._found_empty(when)
        seen = np.zeros(len(self.cameras))
        for k in np.flatnonzero(possible).tolist():
            camera = self.cameras[k]
            seen[k] = view_of(camera).share_seen * share_resolved(camera) * self._kept(camera, when.end_s[k])
        share, chance, worth = self._worth(routes.without(empty * seen), seen, empty, possible)
        cost_s = np.where(possible, when.end_s - when.start_s, 1.0)
        order, score = order_and_scores(routes.without(empty * seen), seen, worth, cost_s)
        has_routes = len(routes.weight) > 0
        best = [
            self._camera(k, when, score[k], chance[k], share[k] if has_routes else None, empty[k])
            for k in order
            if possible[k]
        ]
        return best + self._only_before(possible, best[-1].score if best else 1.0)

    def _routes(self, wanted: Bools) -> LikelyRoutes:
        """Likely routes over all legs that count; none without streets, or where one leg has none."""
        legs = [view.streets.routes(self.pace, wanted) for view in self.sure if view.streets is not None]
        return joined(legs, len(self.cameras))

    def _kept(self, camera: Camera, end_s: float) -> float:
        if camera.retention_days is None or not np.isfinite(end_s):
            return 1.0
        return 1.0 if self.now.timestamp() <= end_s + camera.retention_days * 86_400.0 else _GONE

    def _found_empty(self, when: Windows) -> Floats:
        """Chance that what was examined of each camera would have shown the subject, had it passed."""
        number = {camera.id: k for k, camera in enumerate(self.cameras)}
        missed = np.ones(len(self.cameras))
        for look in self.examined:
            k = number.get(look.camera_id)
            if k is None or not when.is_possible[k]:
                continue
            start_s, end_s = float(when.start_s[k]), float(when.end_s[k])
            overlap_s = min(end_s, look.end.timestamp()) - max(start_s, look.start.timestamp())
            share = min(1.0, max(0.0, overlap_s) / max(end_s - start_s, 1.0))
            missed[k] *= 1.0 - min(max(look.chance, 0.0), 1.0) * share
        return 1.0 - missed

    def _worth(
        self, routes: LikelyRoutes, seen: Floats, empty: Floats, possible: Bools
    ) -> tuple[Floats, Floats, Floats]:
        """Share of routes, chance of having been seen, and worth in the choice, of each camera."""
        straight = 1.0 - np.prod([1.0 - view.straight for view in self.sure], axis=0)
        straight = straight * (1.0 - empty)
        if not len(routes.weight):
            chance = straight * seen
            return straight, chance, np.where(possible, chance + 1e-12, 0.0)
        on_street = np.any([view.on_street for view in self.sure], axis=0)
        share = routes.chances()
        # cameras that no route can tell of are weighed by straight lines, far below those on likely routes
        other = np.where(on_street, _UNLIKELY, _OFF_STREETS) * straight
        chance = np.where(on_street, share, other) * seen
        cameras_a_route = max(float(share.sum()), 1.0)
        worth = (routes.shares() + other / cameras_a_route) * seen
        return share, chance, np.where(possible, worth + 1e-12, 0.0)

    def _camera(
        self, k: int, when: Windows, score: float, chance: float, share: float | None, empty: float
    ) -> RankedCamera:
        view = max(self.main, key=lambda v: (v.when.is_possible[k], not v.leg.is_doubtful, v.straight[k]))
        window = _window(when, self._guesses_s[id(view)], k)
        earlier = tuple(_window(v.when, self._guesses_s[id(v)], k) for v in self.earlier if v.when.is_possible[k])
        likely_end = self._likely_end(view, window, k)
        from_m, on_street = float(view.from_m[k]), bool(view.on_street[k])
        facts = Facts(
            self.cameras[k], window, share, from_m, on_street, view.leg.is_open, self.now, earlier, likely_end, empty
        )
        return RankedCamera(
            self.cameras[k], float(score), window.start, window.end, window.best_guess, from_m,
            reasons_for(facts, self.zone), float(chance), likely_end, earlier,
        )  # fmt: skip

    def _likely_end(self, view: LegView, window: Window, k: int) -> datetime | None:
        if view.leg.to is not None:
            return None
        slow_s = float(view.from_m[k]) / (_SLOW * self.pace.usual_m_s) + _RESTED_S + 2.0 * view.leg.since.tolerance_s
        end = _moment(view.leg.start_s + slow_s)
        return end if end < window.end else None

    def _only_before(self, possible: Bools, last_score: float) -> list[RankedCamera]:
        """Cameras that can only have been passed before the last sighting, for the earliest to the latest such leg."""
        if not self.earlier:
            return []
        when = hull([view.when for view in self.earlier])
        straight = 1.0 - np.prod([1.0 - view.straight for view in self.earlier], axis=0)
        only = [int(k) for k in np.argsort(-straight, kind="stable") if when.is_possible[k] and not possible[k]]
        before = _Ranker(self.cameras, self.earlier, self.pace, self.now, self.examined, self.zone)
        return [before._camera(k, when, last_score * 0.5 * float(straight[k]), 0.0, None, 0.0) for k in only]


def _window(when: Windows, guesses_s: Floats, k: int) -> Window:
    """One camera's window as moments, outward to whole milliseconds, so that rounding loses none of it."""
    outward_s = np.floor(when.start_s[k] * 1e3) / 1e3, np.ceil(when.end_s[k] * 1e3) / 1e3
    start, end = (_moment(s) for s in outward_s)
    return Window(start, end, min(max(_moment(guesses_s[k]), start), end))


def _moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(min(max(float(at_s), _FIRST_S), _LAST_S), UTC)


def _inside(ranked: Sequence[RankedCamera], area: SearchArea | None) -> list[bool]:
    if area is None or not ranked:
        return [True] * len(ranked)
    return [bool(b) for b in area.contains([r.camera.lat for r in ranked], [r.camera.lon for r in ranked])]


def _nearest(ranked: Sequence[RankedCamera], area: SearchArea, count: int = 3) -> tuple[RankedCamera, ...]:
    if not ranked:
        return ()
    away_m = area.distances_m([r.camera.lat for r in ranked], [r.camera.lon for r in ranked])
    return tuple(ranked[k] for k in np.argsort(away_m, kind="stable")[:count])
