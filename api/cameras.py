"""GET /api/v1/cameras: what a view of a case's map holds, cameras and clusters of them, in as few bytes as will do."""

import json
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from casework.board import Board, Group
from data.errors import BadInput
from data.models import Camera, Case
from geo.clusters import View

HAS_FOOTAGE = 1
"""A bit of a camera's last number."""


class CamerasInView:
    """
    The route's answer.

    Rows of `cameras`: id, name, owner, latitude, longitude, headings and field of view in degrees, range in metres,
    rank from 1 or null, flags (1: the case has footage of it). Rows of `clusters`: mean latitude and longitude, number
    of cameras, their box (south, west, north, east), the lowest rank among them or null, and that camera's id, latitude
    and longitude.
    """

    def __init__(self, board: Callable[[], Board], case_of: Callable[[Request, str], Case]) -> None:
        self._board = board
        self._case_of = case_of

    async def __call__(self, request: Request) -> Response:
        return await run_in_threadpool(self._answer, request)

    def _answer(self, request: Request) -> Response:
        asked = request.query_params
        case = self._case_of(request, asked.get("case", ""))
        try:
            view = view_of(asked.get("bbox", ""), asked.get("zoom", ""))
        except BadInput as error:
            return JSONResponse(
                {"type": "about:blank", "title": "Bad input", "status": 422, "detail": str(error)},
                422,
                media_type="application/problem+json",
            )
        board = self._board()
        seen = board.seen(case, view)
        answer = {
            "total": len(board.cameras().cameras),
            "cameras": [_single(camera, rank, filmed) for camera, rank, filmed in seen.single],
            "clusters": [_cluster(group) for group in seen.groups],
        }
        return Response(json.dumps(answer, separators=(",", ":")), media_type="application/json")


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
