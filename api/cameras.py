"""GET /api/v1/cameras: what one view of a case's map holds, cameras and clusters of them, as few bytes as will do."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Response
from pydantic import BaseModel

from casework.board import Board, Group, Seen
from data.errors import BadInput, NotFound
from data.models import Camera
from geo.clusters import View

HAS_FOOTAGE = 1
"""A bit of a camera's last number."""

Single = tuple[str, str, str, float, float, list[float], float | None, float | None, int | None, int]
Cluster = tuple[
    float, float, int, float, float, float, float, int | None, tuple[str, float, float]
]


class InView(BaseModel):
    """What a view holds, in rows.

    `cameras`: id, name, owner, latitude, longitude, headings and field of view in degrees, range in metres, rank from 1
    or null, flags (1: there is footage of it in the case). `clusters`: mean latitude and longitude, number of cameras,
    their box (south, west, north, east), the lowest rank among them or null, and that camera's id, latitude, longitude.
    """

    total: int
    cameras: list[Single]
    clusters: list[Cluster]
