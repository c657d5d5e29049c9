"""Forms of the plain pages: read with a limit, and taken only from our own page."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from api.caller import Line, cookies_of, is_from_elsewhere
from casework import signing_in
from casework.signing_in import Caller, Limits
from data.account_rows import Session
from data.errors import BadInput, NotAllowed
from data.models import Account
from data.store import Store

MOST_BYTES = 32 << 10
_FORM, _SECURE_FORM = "lastseen_form", "__Host-lastseen_form"
_MARK, _SECURE_MARK = "lastseen_browser", "__Host-lastseen_browser"
MARK_LASTS = timedelta(days=180)


@dataclass(frozen=True)
class House:
    """What the plain pages work with."""

    open_store: Callable[[], Store]
    limits: Limits


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form sent by a page of ours; NotAllowed when another page sent it."""
    if is_from_elsewhere(request.headers):
        raise NotAllowed("This form was sent by a page of another site. Open the page here and try again.")
    kind = request.headers.get("content-type", "").split(";")[0].strip().casefold()
    if kind != "application/x-www-form-urlencoded":
        raise BadInput("form: is not sent as one")
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise BadInput("form: is too long")
    try:
        fields = parse_qs(bytes(body).decode("ascii"), keep_blank_values=True, max_num_fields=30, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise BadInput("form: cannot be read") from error
    given = {name: values[-1] for name, values in fields.items()}
    wanted = form_token(request)
    if not wanted or not hmac.compare_digest(given.get("form", "").encode("utf-8", "replace"), wanted.encode()):
        raise NotAllowed("This page is too old. Load it again, then send the form once more.")
    return given


def form_token(request: Request) -> str:
    """What forms for this browser carry; empty when it has neither a session nor our cookie for forms."""
    cookies = cookies_of(request.headers)
    secret = signing_in.token_in(cookies) or cookies.get(_SECURE_FORM) or cookies.get(_FORM) or ""
    return signing_in.form_token(secret) if secret else ""


def prepared(request: Request, make: Callable[[str], Response]) -> Response:
    """A page with a form, made with its token; gives the browser a cookie for it where it has none."""
    token = form_token(request)
    if token:
        return make(token)
    secret = secrets.token_urlsafe(24)
    response = make(signing_in.form_token(secret))
    set_cookie(response, request, _SECURE_FORM if line(request).is_secure else _FORM, secret)
    return response


def set_cookie(response: Response, request: Request, name: str, value: str, lasts: timedelta | None = None) -> None:
    """A cookie that no script reads, and that is sent over encrypted lines only where there is one."""
    response.set_cookie(
        name, value, max_age=int(lasts.total_seconds()) if lasts else None, path="/", secure=line(request).is_secure,
        httponly=True, samesite="lax",
    )  # fmt: skip


def start(response: Response, request: Request, token: str) -> Response:
    """Give the browser the token of its session, which replaces any other."""
    secure = line(request).is_secure
    set_cookie(response, request, signing_in.SECURE_COOKIE if secure else signing_in.COOKIE, token)
    for name in (_FORM, _SECURE_FORM):
        _forget(response, name)
    return response


def end_present(house: House, request: Request) -> None:
    """End the session that the browser has now, as another takes its place."""
    state = request.scope["state"]
    if state["session"] is not None:
        signing_in.sign_out(house.open_store(), state["session"], state["account"])


def leave(response: Response) -> Response:
    """Take from the browser what it has of a session."""
    for name in (signing_in.COOKIE, signing_in.SECURE_COOKIE, _FORM, _SECURE_FORM):
        _forget(response, name)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _forget(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=name.startswith("__Host-"), httponly=True, samesite="lax")


def line(request: Request) -> Line:
    found: Line = request.scope["state"]["line"]
    return found


def caller(request: Request) -> Caller:
    mark = cookies_of(request.headers).get(_SECURE_MARK if line(request).is_secure else _MARK, "")
    return Caller(line(request).address, request.headers.get("user-agent", "")[:200], mark[:200])


def keep_mark(response: Response, request: Request, mark: str) -> None:
    """Have the browser keep what tells it apart from a stranger's when this account signs in again."""
    set_cookie(response, request, _SECURE_MARK if line(request).is_secure else _MARK, mark, MARK_LASTS)


def known(request: Request) -> tuple[Session, Account]:
    """Who is signed in; only for paths that the door lets nobody else to."""
    state = request.scope["state"]
    return state["session"], state["account"]
