"""GET /api/v1/docs: the description of /api to read and to try, drawn by Swagger UI. Nothing of it comes from outside.

The wheel ``fastapi_offline`` carries Swagger UI's texts. They are read as data and never imported, and are served only
where they are the ones that this release was tested with.
"""

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from api.forms import form_token
from api.look import page, read_by, tag
from api.problems import problem
from dashboard.words import t

PATH = "/api/v1/docs"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script and no style from within the page: what Swagger UI needs of them lies in its files."""
_OWN = {"start.js": Path(__file__).with_name("docs.js"), "page.css": Path(__file__).with_name("docs.css")}
_OF_WHEEL = {
    "swagger-ui-bundle.js": "4b5a9b35a1adf37f00d39c0bae23cdb37007e2946240ef035137cc85b4d55349",
    "swagger-ui.css": "ca238f7d7c2cf4480c1e77a9c3b9da915ab216e96ffd354e69076560c650c6de",
}
"""By name, the SHA-256 of each file of Swagger UI 5.32.6."""
_TYPES = {".js": "text/javascript", ".css": "text/css"}
_KEPT = {"Cache-Control": "private, max-age=86400"}


def docs_routes() -> list[BaseRoute]:
    """The page, and what it is drawn with."""
    return [Route(PATH, _page, methods=["GET"]), Route(PATH + "/{name}", _file, methods=["GET"])]


def _page(request: Request) -> Response:
    read_by(request)
    account, token = request.scope["state"]["account"], form_token(request)
    links = [
        tag("link", rel="stylesheet", href=f"{PATH}/swagger-ui.css"),
        tag("link", rel="stylesheet", href=f"{PATH}/page.css"),
        tag("script", src=f"{PATH}/swagger-ui-bundle.js", defer=True),
        tag("script", src=f"{PATH}/start.js", defer=True),
    ]
    if missing := [name for name in _OF_WHEEL if _asset(name) is None]:
        words = t("The pages of this description are missing ({names}); install requirements.txt anew.",
                  names=", ".join(missing))  # fmt: skip
        return page(t("API"), tag("p", words, role="alert"), status=503, account=account, form_token=token)
    told = tag("p", tag("a", t("The same for programs (OpenAPI 3.1)"), href="/api/v1/openapi.json"))
    drawn = tag("div", id="api", lang="en", dir="ltr")
    return page(
        t("API"), told, drawn, account=account, form_token=token, wide=True, links=links, policy=POLICY
    )  # fmt: skip


def _file(request: Request) -> Response:
    name = request.path_params["name"]
    content = _OWN[name].read_bytes() if name in _OWN else _asset(name) if name in _OF_WHEEL else None
    if content is None:
        return problem(404, "there is no such file")
    return Response(content, headers=_KEPT, media_type=_TYPES[Path(name).suffix])


@cache
def _asset(name: str) -> bytes | None:
    """A file of the wheel; None where it is missing, or not the one that was tested."""
    try:
        content = Path(str(distribution("fastapi_offline").locate_file(f"fastapi_offline/static/{name}"))).read_bytes()
    except (PackageNotFoundError, OSError):
        return None
    return content if hashlib.sha256(content).hexdigest() == _OF_WHEEL[name] else None
