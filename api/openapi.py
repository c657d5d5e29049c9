"""The document that describes /api: what FastAPI finds in the routes, with the scopes and refusals of all of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from api.problems import TYPE
from api.rest import Fault, Problem, needed_by
from casework.tokens import Scope

ABOUT = """\
Everything that the pages do goes through the same verbs, with the same rights, and stands in the same record.

**Who asks.** A program sends `Authorization: Bearer TOKEN`; tokens are made on the page *My account*, each for some
scopes and no longer than a year. A page in a browser is known by its session, and sends `X-LastSeen: 1` with whatever
changes something. Nobody sees more by a token than in the pages.

**Errors** are problem+json (RFC 9457): `detail` says in one line what is wrong and what to do.
**Lists** come in pieces; `next` is the `cursor` of the piece after. **Answers to GET** carry an `ETag`; send it back as
`If-None-Match`, and 304 says that nothing has changed. **429** says in `Retry-After` when to come again.

What a comparison of faces gives is an investigative lead, not an identification.
"""
SCOPES: Mapping[Scope, str] = {
    Scope.READ: "see what the account sees",
    Scope.WRITE: "change cases, add footage, search it",
    Scope.REVIEW: "decide on candidates",
    Scope.FACES: "have pictures looked at for faces, and searched",
    Scope.GOVERN: "what supervisors do: alerts, live cameras, public tips",
}
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token made on the page My account."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "lastseen_session",
        "description": "A browser that is signed in; it sends X-LastSeen: 1 with whatever changes something.",
    },
}
_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_REFUSAL: dict[str, Any] = {"description": "Why it was not done.", "content": {TYPE: {"schema": _PROBLEM}}}
_OURS = (_PROBLEM, {"$ref": "#/components/schemas/HTTPValidationError"})
"""What stands in FastAPI's own description for refusals."""
_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


def describe(api: FastAPI, *, also: Mapping[str, Any] | None = None) -> FastAPI:
    """Have the app answer with this document; `also` are paths that it does not serve itself, such as uploads."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            api.openapi_schema = document(api, also or {})
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]
    return api


def document(api: FastAPI, also: Mapping[str, Any]) -> dict[str, Any]:
    """The document, OpenAPI 3.1."""
    told = get_openapi(
        title="LastSeen", version=api.version, summary="Helps investigators find missing people.", description=ABOUT,
        routes=api.routes, servers=[{"url": "/api"}],
    )  # fmt: skip
    told["paths"] |= also
    told.setdefault("components", {})["securitySchemes"] = _SCHEMES
    schemas = told["components"].setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas |= {
        model.__name__: model.model_json_schema() for model in (Fault, Problem) if model.__name__ not in schemas
    }
    routes = {(route.path_format, method.lower()): route for route in _routes(api) for method in route.methods or ()}
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            if method in _METHODS:
                _complete(operation, needed_by(routes.get((path, method)), method.upper()), is_open=path == "/health")
    return told


def _routes(api: FastAPI) -> Iterator[APIRoute]:
    waiting: list[Any] = list(api.routes)
    for route in waiting:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            waiting += router.routes


def _complete(operation: dict[str, Any], scope: Scope, *, is_open: bool) -> None:
    """Say by whom, and that every refusal is problem+json."""
    if is_open:
        operation["security"] = []
        return
    operation["security"] = [{"token": [scope.value]}, {"session": []}]
    operation["description"] = f"{operation.get('description', '')}\n\nScope: `{scope}` ({SCOPES[scope]}).".strip()
    operation["responses"].setdefault("422", _REFUSAL)
    operation["responses"].setdefault("default", _REFUSAL)
    for response in operation["responses"].values():
        if any(told.get("schema") in _OURS for told in response.get("content", {}).values()):
            response["content"] = _REFUSAL["content"]
