"""Finished exports of cases, for whoever may export: GET /api/exports/ID."""

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from api.guard import account_in
from api.problems import problem, refused
from casework.exporting import finished_export, note_fetched
from casework.request_papers import file_part
from data.errors import LastSeenError, NotFound
from data.models import Account
from data.store import Store


def export_route(store_of: Callable[[Account], Store]) -> Route:
    """The one route; `store_of` gives the store as an account sees it."""

    def fetched(account: Account, export_id: str) -> Response:
        store = store_of(account)
        asked, path = finished_export(store, export_id)
        note_fetched(store, asked.case_id, export_id=export_id, by=account.name)
        kind = "redacted" if asked.is_redacted else "original"
        name = f"case-{file_part(store.case(asked.case_id).number)}-{kind}.zip"
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type="application/zip", filename=name, headers=headers)

    async def export(request: Request) -> Response:
        try:
            return await run_in_threadpool(fetched, account_in(request), request.path_params["id"])
        except NotFound:
            return problem(404, "not here")
        except LastSeenError as error:
            return refused(error)

    return Route("/api/exports/{id}", export, methods=["GET"])
