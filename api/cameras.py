"""GET /api/v1/cameras: what a view of a case's map holds, cameras and clusters of them, in as few bytes as will do."""

import json
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.rest import Asks, Out, router
from casework.board import Board, Group
from data.errors import BadInput
from data.models import Account, Camera, Case
from geo.clusters import View

HAS_FOOTAGE = 1
"""A bit of a camera's last number."""
BBOX = Annotated[str, Query(description="west,south,east,north in degrees; west may exceed east at the date line.")]
SingleRow = tuple[
    str, str, str, float, float, list[float], float | None, float | None, int | None, Annotated[int, "flags"]
]
ClusterRow = tuple[
    float, float, int, float, float, float, float, int | None, tuple[str, float, float]
]  # fmt: skip


class MapView(Out):
    """What a view holds.

    Rows of `cameras`: id, name, owner, latitude, longitude, headings and field of view in degrees, range in metres,
    rank from 1 or null, flags (1: the case has footage of it). Rows of `clusters`: mean latitude and longitude, number
    of cameras, their box (south, west, north, east), the lowest rank among them or null, and that camera's id, latitude
    and longitude. With `badges`, cameras up to that rank and those with footage are in neither. `total`: all there are.
    """

    total: int
    cameras: list[SingleRow]
    clusters: list[ClusterRow]


def map_view_router(board_of: Callable[[Account, str], tuple[Board, Case]]) -> APIRouter:
    """The one route; `board_of` gives the board to an account that sees the case."""
    routes = router("cameras")

    @routes.get("/cameras", operation_id="viewCameras", response_model=MapView)
    def view_cameras(
        asks: Asks,
        case: Annotated[str, Query(description="Id of the case whose map is looked at.")] = "",
        bbox: BBOX = "",
        zoom: Annotated[str, Query(description="Of a web map, 0 to 24.")] = "",
        badges: Annotated[str, Query(description="Cameras up to this rank are left out; 0: none.")] = "0",
    ) -> Response:
        """Cameras and clusters of them, as a map draws them in this view at this zoom; ready for 100,000 of them."""
        board, of_case = board_of(asks.account, case)
        if not (badges.isdecimal() and len(badges) <= 4):
            raise BadInput("badges: must be a whole number up to 9999")
        found = board.seen(of_case, view_of(bbox, zoom), badges=int(badges))
        answer = {
            "total": len(board.cameras().cameras),
            "cameras": [_single(camera, rank, filmed) for camera, rank, filmed in found.single],
            "clusters": [_cluster(group) for group in found.groups],
        }
        return Response(json.dumps(answer, separators=(",", ":")), media_type="application/json")

    return routes


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
