"""What every resource under /api/v1 shares: who asks and within which scopes, pages of lists, ETags, errors.

A resource is an `APIRouter` made by `router`; its routes take `asks: Asks` and do all they do by casework verbs on
`asks.store`, which shows what the account may see::

    cases = router("cases")

    @cases.get("/cases/{case_id}", operation_id="readCase")
    def read_case(case_id: Id, asks: Asks) -> CaseOut: ...

    @cases.post("/cases/{case_id}/close", operation_id="closeCase", dependencies=[scope(Scope.GOVERN)])
    def close_case(...): ...

Reading needs the scope `read` and anything else `write`, where a route does not say otherwise by `scope`. Every answer
to a GET carries an ETag of its bytes, and 304 answers `If-None-Match`: nothing stands in it but what was shown.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.params import Depends as DependsParam
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as ASGIScope

from api.bodies import MOST_JSON, body_in
from api.guard import account_in
from api.problems import refused, tell_problems
from casework.tokens import Scope
from data.account_rows import Key
from data.errors import BadInput, NotAllowed
from data.models import Account
from data.store import Store

__all__ = ["Asks", "Caller", "Id", "Out", "Page", "Paging", "Problem", "Scope", "page_of", "router", "scope"]
SAFE = ("GET", "HEAD", "OPTIONS")
MOST_ROWS = 200
T = TypeVar("T")
M = TypeVar("M", bound=BaseModel)
Id = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:-]+$")]
"""An id in a path."""


@dataclass(frozen=True)
class Caller:
    """Who asks, the store as they see it, and within which scopes: all of them for a browser's session."""

    account: Account
    store: Store
    scopes: frozenset[Scope]
    address: str = ""

    @property
    def name(self) -> str:
        """What stands in the record under what is done."""
        return self.account.name

    def needs(self, wanted: Scope) -> None:
        if wanted not in self.scopes:
            raise _lacking(wanted)


def _lacking(wanted: Scope) -> NotAllowed:
    return NotAllowed(f"this token lacks the scope {wanted}; make one that has it on the page My account")


def scopes_in(request: Request) -> frozenset[Scope]:
    """The scopes of the token by which this request came; all where it came by a browser's session."""
    key = request.scope.get("state", {}).get("key")
    return frozenset(Scope(name) for name in key.scopes) if isinstance(key, Key) else frozenset(Scope)


def asked_by(request: Request) -> Caller:
    """Who asks; NotSignedIn for nobody, NotAllowed where the route needs a scope that the token lacks."""
    account = account_in(request)
    line = request.scope["state"].get("line")
    caller = Caller(account, request.app.state.store_of(account), scopes_in(request), line.address if line else "")
    caller.needs(needed_by(request.scope.get("route"), request.method))
    return caller


Asks = Annotated[Caller, Depends(asked_by)]


@dataclass(frozen=True)
class _Needs:
    """A mark on a route; `asked_by` reads it."""

    scope: Scope

    def __call__(self) -> None:
        return None


def scope(wanted: Scope) -> DependsParam:
    """For a route's `dependencies`: the one scope that it needs instead of what its method says."""
    return cast(DependsParam, Depends(_Needs(wanted)))


def needed_by(route: object, method: str) -> Scope:
    """The scope that a route needs."""
    for dependency in getattr(route, "dependencies", ()):
        if isinstance(dependency.dependency, _Needs):
            return dependency.dependency.scope
    return Scope.READ if method in SAFE else Scope.WRITE


class _WithinScopes:
    """A route from before there were scopes: held to what its method says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: ASGIScope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        wanted = needed_by(None, request.method)
        if wanted in scopes_in(request):
            await self._app(scope, receive, send)
        else:
            await refused(_lacking(wanted))(scope, receive, send)


def within_scopes(*routes: BaseRoute) -> list[BaseRoute]:
    """Routes of Starlette's own kind, at which tokens are held to their scopes too."""
    for route in routes:
        if isinstance(route, Route):
            route.app = _WithinScopes(route.app)
    return list(routes)


# answers


class Out(BaseModel):
    """Base of what is answered: fixed once made."""

    model_config = ConfigDict(frozen=True)


class Fault(Out):
    """One field that cannot be used as given."""

    field: str
    detail: str


class Problem(Out):
    """Why something is not done (RFC 9457). `type` stays the same for one kind of problem, `detail` is for people."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None


class Page(Out, Generic[T]):
    """A piece of a list; `next` is the `cursor` of the piece after it, null at the end."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True)
class PageAsked:
    """Which piece of a list is asked for."""

    limit: int
    after: tuple[Any, ...] | None


def page_asked(
    limit: Annotated[int, Query(ge=1, le=MOST_ROWS, description="How many at most.")] = 50,
    cursor: Annotated[str, Query(max_length=400, description="`next` of the piece before; empty: the first.")] = "",
) -> PageAsked:
    return PageAsked(limit, _read_cursor(cursor) if cursor else None)


Paging = Annotated[PageAsked, Depends(page_asked)]


def page_of(
    rows: Iterable[T], asked: PageAsked, *, key: Callable[[T], tuple[Any, ...]], shown: Callable[[T], M]
) -> Page[M]:
    """The piece of `rows` asked for, in the order of `key`: text and numbers that are a row's own, unlike its place.

    A row that comes or goes between two pieces is neither shown twice nor hides another.
    """
    ordered = sorted(rows, key=key)
    if asked.after is not None:
        try:
            ordered = [row for row in ordered if key(row) > asked.after]
        except TypeError as error:
            raise BadInput("cursor: is of another list") from error
    piece = ordered[: asked.limit]
    is_more = len(ordered) > len(piece)
    return Page(items=[shown(row) for row in piece], next=_cursor(key(piece[-1])) if is_more else None)


def _cursor(key: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[Any, ...]:
    try:
        read = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadInput("cursor: is none that was given out") from error
    if not isinstance(read, list) or not all(isinstance(part, str | int | float) for part in read):
        raise BadInput("cursor: is none that was given out")
    return tuple(read)


# ETags


def tag_of(body: bytes) -> str:
    """The ETag of an answer: of its bytes alone, so that it tells nothing that they do not."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def check_unchanged(request: Request, now: BaseModel) -> None:
    """For a route that changes something: 412 where `If-Match` names another state than the one that GET shows now."""
    asked = request.headers.get("if-match")
    if asked is not None and asked.strip() != "*" and not _names(asked, tag_of(_as_sent(now))):
        raise HTTPException(412, "this was changed meanwhile; read it again")


def _as_sent(model: BaseModel) -> bytes:
    return model.model_dump_json(by_alias=True).encode()


def _names(header: str, tag: str) -> bool:
    return tag in {part.strip().removeprefix("W/") for part in header.split(",")}


class TaggedRoute(APIRoute):
    """A route whose answers to GET carry an ETag, and that reads no more of a body than there can be of JSON."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        answer = super().get_route_handler()

        async def tagged(request: Request) -> Response:
            if self.body_field is not None:
                request._body = await body_in(request, MOST_JSON)  # where FastAPI looks first
            response: Response = await answer(request)
            body = getattr(response, "body", None)
            if request.method != "GET" or response.status_code != 200 or not body:
                return response
            tag = tag_of(bytes(body))
            if _names(request.headers.get("if-none-match", ""), tag):
                return Response(status_code=304, headers={"ETag": tag})
            response.headers["ETag"] = tag
            return response

        return tagged


REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "description": words}
    for status, words in {
        401: "Nobody is signed in, or the token is none.",
        403: "The account or the token does not cover it.",
        404: "There is none, or none that this account sees.",
        422: "Something given cannot be used; `detail` says what and what to do.",
        429: "Too many requests; `Retry-After` says when to come again.",
    }.items()
}
CONFLICT: dict[int | str, dict[str, Any]] = {409: {"model": Problem, "description": "It was changed meanwhile."}}
"""For `responses` of a route that changes something."""


def router(tag: str, *, prefix: str = "") -> APIRouter:
    """A router for one kind of resource; its paths begin after /api/v1."""
    return APIRouter(prefix=f"/v1{prefix}", tags=[tag], route_class=TaggedRoute, responses=dict(REFUSALS))


def set_up(api: FastAPI, *, store_of: Callable[[Account], Store]) -> FastAPI:
    """Give an app what its resources need: stores, and problem+json for whatever goes wrong."""
    api.state.store_of = store_of
    return tell_problems(api)
