"""The resources of /api/v1 that stand for what the pages show and do."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter

from api.cameras import map_view_router
from api.events import Events
from api.resources.cameras import cameras_router
from api.resources.cases import cases_router
from api.resources.footage import footage_router
from api.resources.jobs import jobs_router
from api.resources.looks import Looks
from api.resources.matches import matches_router
from api.resources.photos import photos_router
from api.resources.ranking import ranking_router
from api.resources.record import record_router
from api.resources.requests import requests_router
from api.resources.sightings import sightings_router
from api.resources.tips import tip_page_router, tips_router
from casework.board import Board, CameraSet
from casework.uploads import Desk
from data.models import Account, Case
from data.store import Store


@dataclass(frozen=True)
class Sources:
    """What resources are made from beside the store: each function gives what an account may see of it.

    `store_now_of` is for an account as it stands at this moment. `engine` and `queue` are those of new searches.
    """

    board_of: Callable[[Account, str], tuple[Board, Case]]
    cameras_of: Callable[[Account], CameraSet]
    desk_of: Callable[[Account], Desk]
    store_now_of: Callable[[Account], Store]
    events: Events
    engine: str
    queue: str


def resource_routers(sources: Sources) -> list[APIRouter]:
    """All of them, in the order in which the documentation shows them."""
    looks = Looks()
    jobs = jobs_router(
        looks, events=sources.events, store_now_of=sources.store_now_of, engine=sources.engine, queue=sources.queue
    )
    return [
        cases_router(looks),
        photos_router(looks, desk_of=sources.desk_of, engine=sources.engine),
        sightings_router(looks),
        map_view_router(sources.board_of),
        cameras_router(sources.cameras_of),
        ranking_router(looks, sources.board_of),
        requests_router(looks, sources.board_of),
        tips_router(looks, engine=sources.engine, queue=sources.queue),
        tip_page_router(looks),
        footage_router(looks, sources.desk_of),
        jobs,
        matches_router(looks),
        record_router(looks),
    ]
