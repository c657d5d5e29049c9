"""What the map shows of a case at an hour: now, as its page is drawn, or then, as the time slider asks for it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from casework import review, tips
from casework.requests import state_at
from casework.spots import by_id
from dashboard import pins, session
from dashboard.map_layers import NOWHERE, Layers, ReachShape, TimeAxis, WayLine, layers_content
from dashboard.pins import Told
from dashboard.words import t
from data.models import Account, Camera, Case, JobState, Mode, Sighting
from data.store import Store
from geo.outline import outline
from geo.reach import Reach, reach_at, streets_within
from geo.streets import StreetNetwork
from geo.ways import ways_between

MOST_EDGES, MOST_LINES = 30_000, 2_500
"""Networks with more streets, and reaches that hold more of them, are shown by their border alone."""
NEARLY_ALL = 0.9


def now_layers(
    store: Store,
    case: Case,
    sightings: list[Sighting],
    cameras: Mapping[str, Camera],
    streets: StreetNetwork | None,
    *,
    now: datetime,
) -> Layers:
    """The case as it is."""
    footages = store.footages(case.id)
    scans = (job for job in store.jobs(case_id=case.id) if job.kind == "scan")
    asked = []
    for request in store.requests(case.id):
        if (camera := cameras.get(request.camera_id)) is not None:
            known = replace(request, retention_days=camera.retention_days)
            asked.append(replace(known, state=state_at(known, now)))
    told = Told(
        now,
        sightings,
        [match for match, _ in review.seen_matches(store, case.id)],
        asked,
        footages,
        {job.of_id for job in scans if job.state is JobState.DONE},
        reach_at(sightings, now.replace(second=0, microsecond=0), mode=case.mode),  # drawn anew once a minute
        spots=by_id(store.spots(case.id)),
    )
    return replace(layers(told, case, cameras, streets), tips=pins.tip_pins(tips.waiting_places(store, case.id), case))


def then_content(account: Account, case_id: str, hour: datetime) -> dict[str, object]:
    """The case as it was known at an hour, as JSON, for an account that sees it."""
    known, case, today, streets = session.known_then(account, case_id, hour)
    matches = [moment.match for moment in known.moments]
    then = {sighting.id for sighting in known.sightings}
    later = [sighting for sighting in today if sighting.id not in then]
    told = Told(
        hour, known.sightings, matches, known.requests, known.footages, known.searched, known.reach_now, later,
        spots=by_id(session.store_of(account).spots(case_id)),
    )  # fmt: skip
    return layers_content(layers(told, case, session.cameras_of(account).by_id, streets))


def layers(told: Told, case: Case, cameras: Mapping[str, Camera], streets: StreetNetwork | None) -> Layers:
    """What is known at an hour, as the map draws it."""
    so_far = tuple(sighting for sighting in told.in_time if sighting.at <= told.at)
    ways = ways_between(so_far, streets, mode=case.mode)
    return Layers(
        sightings=pins.sighting_pins(told, case),
        matches=pins.match_pins(told, cameras),
        requests=pins.request_pins(told.requests, cameras, case),
        looked=pins.looked_pins(told, cameras),
        ways=[WayLine(way.places, way.is_by_streets) for way in ways],
        reach=_reach(told, case.mode, streets),
    )


def time_axis(case: Case, sightings: list[Sighting], *, now: datetime) -> TimeAxis:
    """From an hour before the first sighting, or from when the case was opened, until now."""
    first = min([case.created_at, *(sighting.at - timedelta(hours=1) for sighting in sightings)])
    return TimeAxis(
        min(first, now - timedelta(hours=1)),
        now,
        f"/api/v1/known?case={quote(case.id, safe='')}",
        case.timezone,
        [sighting.at for sighting in sightings if sighting.at <= now],
    )


def _reach(told: Told, mode: Mode, streets: StreetNetwork | None) -> ReachShape:
    reach = told.reach
    if not reach.bounds:
        return NOWHERE
    if reach.is_contradicted:
        words = t("The sightings around this hour contradict one another: check their times and places.")
        return ReachShape(words=words)
    return ReachShape(outline(reach), _streets(reach, mode, streets), _reach_words(told))


def _reach_words(told: Told) -> str:
    number = {sighting.id: place for place, sighting in enumerate(told.in_time, start=1)}
    bounds = [(_length(bound.circle.radius_m), number.get(bound.sighting.id, "?")) for bound in told.reach.bounds[:2]]
    (length, place), rest = bounds[0], bounds[1:]
    if not rest:
        return t("at most {length} from sighting {n}", length=length, n=place)
    other, then = rest[0]
    return t(
        "at most {length} from sighting {n} and {other} from sighting {then}",
        length=length,
        n=place,
        other=other,
        then=then,
    )


def _streets(reach: Reach, mode: Mode, streets: StreetNetwork | None) -> list[list[tuple[float, float]]]:
    """The streets in reach; none where nearly all of the network is, or too many to be told apart."""
    if streets is None or not 0 < streets.edge_count <= MOST_EDGES:
        return []
    lines = streets_within(streets, reach, mode=mode)
    return lines if len(lines) <= min(MOST_LINES, NEARLY_ALL * streets.edge_count) else []


def _length(metres: float) -> str:
    return t("{n} km", n=f"{metres / 1000:,.1f}") if metres >= 1000 else t("{n} m", n=f"{metres:.0f}")
