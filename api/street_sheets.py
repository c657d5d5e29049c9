"""The streets of a case as its map draws them, for whoever sees the case: /street-sheets/CASE/NAME."""

import re
from collections.abc import Callable
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.guard import account_in
from data.errors import NotFound, NotSignedIn
from data.models import Account
from data.store import Store

_NAME = re.compile(r"[0-9a-f]{24}\.json", re.ASCII)


def street_sheet_route(store_of: Callable[[Account], Store], folder_of: Callable[[str], Path]) -> Route:
    """The one route; `store_of` gives the store as an account sees it, `folder_of` where a case's sheets lie."""

    def found(account: Account, case_id: str, name: str) -> Path | None:
        try:
            store_of(account).case(case_id)
        except NotFound:
            return None
        path = folder_of(case_id) / name
        return path if _NAME.fullmatch(name) and path.is_file() else None

    async def sheet(request: Request) -> Response:
        told = request.path_params
        try:
            path = await run_in_threadpool(found, account_in(request), told["case"], told["name"])
        except NotSignedIn as error:
            return PlainTextResponse(str(error), 401)
        if path is None:
            return PlainTextResponse("not here", 404)
        return FileResponse(path, media_type="application/json", headers={"X-Content-Type-Options": "nosniff"})

    return Route("/street-sheets/{case}/{name}", sheet, methods=["GET"])
