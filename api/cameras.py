"""GET /api/v1/cameras: what a view of a case's map holds, cameras and clusters of them, in as few bytes as will do."""

import json
from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.problems import answered
from casework.board import Board, Group
from data.errors import BadInput
from data.models import Account, Camera, Case
from geo.clusters import View

HAS_FOOTAGE = 1
"""A bit of a camera's last number."""


def cameras_route(board_of: Callable[[Account, str], tuple[Board, Case]]) -> Route:
    """The one route; `board_of` gives the board to an account that sees the case.

    Rows of `cameras`: id, name, owner, latitude, longitude, headings and field of view in degrees, range in metres,
    rank from 1 or null, flags (1: the case has footage of it). Rows of `clusters`: mean latitude and longitude, number
    of cameras, their box (south, west, north, east), the lowest rank among them or null, and that camera's id, latitude
    and longitude. With `badges`, cameras up to that rank and those with footage are in neither.
    """

    def seen(account: Account, asked: Mapping[str, str]) -> Response:
        board, case = board_of(account, asked.get("case", ""))
        badges = asked.get("badges", "0")
        if not (badges.isdecimal() and len(badges) <= 4):
            raise BadInput("badges: must be a whole number up to 9999")
        found = board.seen(case, view_of(asked.get("bbox", ""), asked.get("zoom", "")), badges=int(badges))
        answer = {
            "total": len(board.cameras().cameras),
            "cameras": [_single(camera, rank, filmed) for camera, rank, filmed in found.single],
            "clusters": [_cluster(group) for group in found.groups],
        }
        return Response(json.dumps(answer, separators=(",", ":")), media_type="application/json")

    async def cameras(request: Request) -> Response:
        return await answered(seen, request)

    return Route("/api/v1/cameras", cameras, methods=["GET"])


def view_of(bbox: str, zoom: str) -> View:
    """A view from "west,south,east,north" and a zoom level; BadInput names what is wrong."""
    try:
        west, south, east, north = (float(edge) for edge in bbox.split(","))
    except ValueError:
        raise BadInput("bbox: write it as west,south,east,north in degrees") from None
    try:
        return View(south, west, north, east, float(zoom))
    except ValueError as error:
        raise error if isinstance(error, BadInput) else BadInput("zoom: must be a number") from None


def _single(camera: Camera, rank: int | None, filmed: bool) -> list[object]:
    headings = [round(heading, 1) for heading in camera.headings_deg]
    flags = HAS_FOOTAGE if filmed else 0
    return [
        camera.id, camera.name, camera.owner, camera.lat, camera.lon, headings, camera.fov_deg, camera.range_m, rank,
        flags,
    ]  # fmt: skip


def _cluster(group: Group) -> list[object]:
    places = [round(number, 6) for number in (group.lat, group.lon)]
    box = [round(number, 6) for number in group.box]
    first = group.first
    return [*places, group.count, *box, group.best_rank, [first.id, first.lat, first.lon]]
