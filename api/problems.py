"""Refusals at the HTTP door, as RFC 9457 has them: problem+json, in plain words."""

import json
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import cast

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api.guard import account_in
from data.errors import (
    BadInput,
    ChildKilled,
    Conflict,
    Damaged,
    DiskFull,
    Gone,
    LastSeenError,
    Locked,
    ModelMissing,
    NotAllowed,
    NotFound,
    NotReachable,
    NotSignedIn,
    TooLarge,
    TooMany,
    TooSoon,
)

TYPE = "application/problem+json"
STATUSES: tuple[tuple[type[LastSeenError], int], ...] = (
    (Gone, 410), (NotFound, 404), (TooLarge, 413), (BadInput, 422), (Locked, 423), (TooMany, 429), (Conflict, 409),
    (TooSoon, 429), (NotSignedIn, 401), (NotAllowed, 403), (DiskFull, 507), (NotReachable, 503), (ModelMissing, 503),
    (ChildKilled, 422), (Damaged, 500), (LastSeenError, 500),
)  # fmt: skip
"""By class of error, the first that fits."""
_OF_TUS = "Checksum Mismatch"
"""What the upload protocol calls 460, a status of its own."""
RETRY_AFTER_S = 5
"""When to come again where a queue was full: about as long as a face takes that is looked at just now."""


def problem(
    status: int, detail: str, headers: Mapping[str, str] | None = None, *, kind: str = "about:blank", **more: object
) -> Response:
    """An answer that says why something is not done."""
    title = _OF_TUS if status == 460 else HTTPStatus(status).phrase
    told = {"type": kind, "title": title, "status": status, "detail": detail} | more
    return Response(json.dumps(told, ensure_ascii=False), status, dict(headers or {}), media_type=TYPE)


def refused(error: LastSeenError) -> Response:
    """The answer to a request that ended in one of our own errors; its type names the error's class."""
    status = next(code for kind, code in STATUSES if isinstance(error, kind))
    headers = {}
    if status == 429:
        headers["Retry-After"] = str(error.wait_s if isinstance(error, TooSoon) else RETRY_AFTER_S)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return problem(status, str(error), headers, kind=kind_of(type(error)))


def kind_of(error: type[LastSeenError]) -> str:
    """The `type` of a problem: stays the same when its words change."""
    return "urn:lastseen:problem:" + re.sub(r"(?<=[a-z])(?=[A-Z])", "-", error.__name__).lower()


def tell_problems(api: FastAPI) -> FastAPI:
    """Have an app answer with problem+json whatever goes wrong in it."""
    api.add_exception_handler(LastSeenError, _refused)
    api.add_exception_handler(RequestValidationError, _unusable)
    api.add_exception_handler(HTTPException, _not_here)
    api.add_exception_handler(Exception, _broken)
    return api


async def _refused(_request: Request, error: Exception) -> Response:
    return refused(cast(LastSeenError, error))


async def _unusable(_request: Request, error: Exception) -> Response:
    faults = [
        {"field": ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0]), "detail": fault["msg"]}
        for fault in cast(RequestValidationError, error).errors()[:20]
    ]
    words = "; ".join(f"{fault['field']}: {fault['detail']}" for fault in faults[:3])
    return problem(422, words, errors=faults)


async def _not_here(request: Request, error: Exception) -> Response:
    told = cast(HTTPException, error)
    words = {404: "there is nothing here", 405: f"{request.method[:20]} is not possible here"}
    headers = dict(told.headers or {})
    if told.status_code == 405:
        headers["Allow"] = ", ".join(_methods_at(request))
    is_own = told.detail != HTTPStatus(told.status_code).phrase
    detail = str(told.detail) if is_own else words.get(told.status_code, str(told.detail))
    return problem(told.status_code, detail, headers)


def _methods_at(request: Request) -> list[str]:
    """What can be asked at this path: each method has a route of its own, and the first of them tells but its own.

    A path that is written out ("/matches/rejections") is not one of those that it looks like ("/matches/{match_id}").
    """
    routes = iter_route_contexts(request.app.routes)
    here = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    fewest = min((_blanks(route) for route in here), default=0)
    return sorted({method for route in here if _blanks(route) == fewest for method in route.methods or ()})


def _blanks(route: RouteContext) -> int:
    return (route.path or "").count("{")


async def _broken(_request: Request, _error: Exception) -> Response:
    return problem(500, "Something broke here; the log says what.")


async def answered(work: Callable[..., Response], request: Request, *given: object) -> Response:
    """What `work` answers, off the event loop, to the account that asks; or why nothing is told."""
    try:
        return await run_in_threadpool(work, account_in(request), request.query_params, *given)
    except LastSeenError as error:
        return refused(error)
