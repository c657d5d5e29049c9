"""What the probe's map asks the server for: cameras of a view, an hour, places."""

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from dashboard.map import BADGES
from dashboard.map_layers import Layers, ReachShape, SightingPin, WayLine, layers_content

CENTRE = (60.1675, 24.9400)
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SIGHTINGS = [
    SightingPin("s-1", 60.1611, 24.9316, "1 · seen by a neighbour\n07:55", 1, 120),
    SightingPin("s-2", 60.1643, 24.9400, "2 · card payment\n08:20", 2, 40, is_confirmed_match=True),
    SightingPin("s-3", 60.1691, 24.9484, "3 · phone fix\n08:41", 3, 250, is_last=True),
]
HOURS = [NOON + timedelta(hours=hours) for hours in (1, 2, 3)]
"""When the sightings were made."""
LAKE = [(60.163, 24.93), (60.163, 24.95), (60.172, 24.95), (60.172, 24.93), (60.163, 24.93)]


@dataclass
class Asked:
    """How many cameras there are, and what was asked of the server, for the page of the same process to tell."""

    cameras: int = 45
    hours: list[str] = field(default_factory=list)


ASKED = Asked()


def place_of(number: int) -> tuple[float, float]:
    return CENTRE[0] + 0.0016 * ((number * 7) % 11 - 5), CENTRE[1] + 0.0028 * ((number * 5) % 13 - 6)


def rank_of(number: int) -> int | None:
    return number + 1 if number < 28 else None


def names() -> list[str]:
    return list(json.loads(os.environ.get("PROBE_NAMES", "[]")))


def answer_routes() -> list[BaseRoute]:
    return [Route("/api/v1/cameras", _cameras), Route("/api/v1/known", _known), Route("/api/v1/places", _places)]


async def _cameras(_request: Request) -> Response:
    rows = []
    for number in range(BADGES, ASKED.cameras):
        name = names()[number] if number < len(names()) else f"Camera {number}"
        lat, lon = place_of(number)
        rows.append([f"cam-{number}", name, "an owner", lat, lon, [30.0], 80.0, 40.0, rank_of(number), 0])
    return JSONResponse({"total": ASKED.cameras, "cameras": rows, "clusters": []})


async def _known(request: Request) -> Response:
    at = datetime.fromisoformat(request.query_params["at"])
    ASKED.hours.append(request.query_params["at"])
    known = [pin for pin, since in zip(SIGHTINGS, HOURS, strict=True) if since <= at]
    ways = [WayLine([(pin.lat, pin.lon) for pin in known])] if len(known) > 1 else []
    reach = ReachShape([LAKE], words=f"at most 1 km from sighting {len(known)}")
    return JSONResponse(layers_content(Layers(known, ways=ways, reach=reach)))


async def _places(request: Request) -> Response:
    if "nowhere" in request.query_params["q"]:
        return JSONResponse([])
    hostile = "<img src=x onerror=window.top.ran=1>"
    found = [("Kotikatu", 60.1655, 24.9355), (hostile, 60.17, 24.95)]
    rows = [{"name": n, "kind": "street", "lat": lat, "lon": lon, "distance_m": 1234.5} for n, lat, lon in found]
    return JSONResponse(rows)
