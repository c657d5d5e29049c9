"""/api/v1/requests: what each camera's owner is asked for, the most pressing first."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.resources.looks import Looks
from api.resources.ranking import PlaceOut
from api.resources.shapes import Said, Text
from api.rest import CONFLICT, Asks, Caller, Id, Out, Page, Paging, page_of, router
from casework import requests
from casework.board import Board
from casework.requests import RequestLine
from data.errors import NotFound
from data.models import Account, Case, RequestState

BoardOf = Callable[[Account, str], tuple[Board, Case]]


class RequestOut(Out):
    """What one owner is asked for. `from_at` to `to_at` is true time, `recorder_from` to `recorder_to` what the
    recorder's own clock showed; `deadline` is when the first of these minutes is overwritten, null where not known.

    `priority` is what is lost by waiting, on average: what the camera is worth times the chance of loss.
    """

    id: str
    case_id: str
    camera: PlaceOut
    contact: str
    state: RequestState
    from_at: datetime
    to_at: datetime
    recorder_from: datetime
    recorder_to: datetime
    deadline: datetime | None
    gone_at: datetime | None
    priority: float
    is_pressing: bool
    minutes_moved: bool
    note: str
    created_at: datetime
    created_by: str
    sent_at: datetime | None
    footage_ids: tuple[str, ...]


class RequestsIn(Said):
    """Cameras of the ranking, whose minutes are to be asked for."""

    camera_ids: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=300)]], Field(min_length=1, max_length=500)
    ]


class MadeOut(Out):
    """Ids of requests: drafted anew, drafts given new minutes, and those that ask for all of it already."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    kept: tuple[str, ...]


class RequestChange(Said):
    """What became of a request, what its owner said, or both. `was_note` is the note as the caller saw it: 409 where
    somebody changed it meanwhile."""

    state: RequestState | None = None
    note: Text | None = None
    was_note: Text | None = None


def requests_router(looks: Looks, board_of: BoardOf) -> APIRouter:
    """The routes of requests; `board_of` gives the board to an account that sees the case."""
    routes = router("requests")

    def lines(asks: Caller, case_id: str) -> list[RequestLine]:
        looks.case(asks, case_id)
        board, case = board_of(asks.account, case_id)
        return requests.lines(asks.store, case, ranking=board.ranking(case))

    def one(asks: Caller, request_id: str) -> RequestOut:
        for line in lines(asks, asks.store.request(request_id).case_id):
            if line.request.id == request_id:
                return _shown(line)
        raise NotFound(f"request {request_id}: not in the store")

    @routes.get("/cases/{case_id}/requests", operation_id="listRequests")
    def list_requests(case_id: Id, asks: Asks, paging: Paging) -> Page[RequestOut]:
        """Open requests by what is lost by waiting, then the closed ones."""
        told = enumerate(lines(asks, case_id))
        return page_of(told, paging, key=lambda line: (line[0],), shown=lambda line: _shown(line[1]))

    @routes.post("/cases/{case_id}/requests", operation_id="draftRequests", status_code=201, responses=CONFLICT)
    def draft_requests(case_id: Id, said: RequestsIn, asks: Asks) -> MadeOut:
        """Draft a request for each of these cameras, for the minutes that the ranking gives. Nothing is sent."""
        board, case = board_of(asks.account, case_id)
        made = requests.make_requests(asks.store, case, said.camera_ids, ranking=board.ranking(case), by=asks.name)
        return MadeOut(
            added=tuple(request.id for request in made.added),
            changed=tuple(request.id for request in made.changed),
            kept=tuple(request.id for request in made.kept),
        )

    @routes.get("/requests/{request_id}", operation_id="readRequest")
    def read_request(request_id: Id, asks: Asks) -> RequestOut:
        """One request."""
        return one(asks, request_id)

    @routes.patch("/requests/{request_id}", operation_id="changeRequest", responses=CONFLICT)
    def change_request(request_id: Id, said: RequestChange, asks: Asks) -> RequestOut:
        """Say what became of it. 409 for a step that makes no sense."""
        if said.state is not None:
            requests.set_state(asks.store, request_id, said.state, by=asks.name, note=said.note, was_note=said.was_note)
        elif said.note is not None:
            requests.set_note(asks.store, request_id, said.note, by=asks.name, was_note=said.was_note)
        return one(asks, request_id)

    @routes.delete("/requests/{request_id}", operation_id="removeDraft", status_code=204, responses=CONFLICT)
    def remove_draft(request_id: Id, asks: Asks) -> None:
        """Drop a draft; 409 once it was sent."""
        requests.remove_draft(asks.store, request_id, by=asks.name)

    return routes


def _shown(line: RequestLine) -> RequestOut:
    request = line.request
    return RequestOut(
        id=request.id,
        case_id=request.case_id,
        camera=PlaceOut.of(line.camera),
        contact=line.camera.contact,
        state=line.state,
        from_at=request.from_at,
        to_at=request.to_at,
        recorder_from=request.recorder_from,
        recorder_to=request.recorder_to,
        deadline=request.deadline,
        gone_at=request.gone_at,
        priority=line.priority,
        is_pressing=line.is_pressing,
        minutes_moved=line.minutes_moved,
        note=request.note,
        created_at=request.created_at,
        created_by=request.created_by,
        sent_at=request.sent_at,
        footage_ids=tuple(footage.id for footage in line.footage),
    )
