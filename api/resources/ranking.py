"""/api/v1/cases/{case}/ranking: which cameras to ask first, for which minutes, and why."""

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter

from api.resources.looks import Looks
from api.resources.shapes import Shown
from api.rest import Asks, Id, Page, Paging, page_of, router
from casework.board import Board
from data.models import Account, Case
from geo.ranked import Basis, RankedCamera


class WindowOut(Shown):
    """A stretch of true time in which the subject can have been in view, and the likeliest moment in it."""

    start: datetime
    end: datetime
    best_guess: datetime


class PlaceOut(Shown):
    """Which camera, and where it stands."""

    id: str
    name: str
    owner: str
    lat: float
    lon: float


class RankedOut(Shown):
    """A camera worth asking. `recorder_start` to `recorder_end` is what its own clock showed.

    `chance` rests on a model of how people move, and is no probability that can be sworn to.
    """

    rank: int
    camera: PlaceOut
    score: float
    chance: float
    start: datetime
    end: datetime
    best_guess: datetime
    likely_end: datetime | None
    recorder_start: datetime
    recorder_end: datetime
    recorder_best_guess: datetime
    overwritten_at: datetime | None
    distance_m: float
    reasons: tuple[str, ...]
    earlier: tuple[WindowOut, ...]


class RankingOut(Page[RankedOut]):
    """Cameras, best first. `nearest_beyond`: only where the drawn area holds none, the nearest outside it."""

    basis: Basis
    warnings: tuple[str, ...]
    outside_area: int
    out_of_reach: int
    nearest_beyond: tuple[RankedOut, ...]


def ranking_router(looks: Looks, board_of: Callable[[Account, str], tuple[Board, Case]]) -> APIRouter:
    """The one route; `board_of` gives the board to an account that sees the case."""
    routes = router("ranking")

    @routes.get("/cases/{case_id}/ranking", operation_id="rankCameras")
    def rank_cameras(case_id: Id, asks: Asks, paging: Paging) -> RankingOut:
        """The cameras to ask, best first; not older than a minute, since what can have been reached grows with time."""
        looks.case(asks, case_id)
        board, case = board_of(asks.account, case_id)
        ranking = board.ranking(case)
        piece = page_of(
            enumerate(ranking.cameras, start=1), paging, key=lambda ranked: (ranked[0],), shown=lambda r: _shown(*r)
        )
        return RankingOut(
            items=piece.items,
            next=piece.next,
            basis=ranking.basis,
            warnings=ranking.warnings,
            outside_area=ranking.outside_area,
            out_of_reach=ranking.out_of_reach,
            nearest_beyond=tuple(_shown(n, ranked) for n, ranked in enumerate(ranking.nearest_beyond[:20], start=1)),
        )

    return routes


def _shown(rank: int, ranked: RankedCamera) -> RankedOut:
    told = {name: getattr(ranked, name) for name in RankedOut.model_fields if name != "rank"}
    return RankedOut.model_validate(told | {"rank": rank})
