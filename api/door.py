"""The door in front of everything: pages, /api, pictures, scripts and the pages' websocket alike.

Nobody comes past it without a session, or at /api a program's key; but for the few paths in `OPEN`. It tells those
behind it who asks, in ``scope["state"]["account"]``, closes what is open when the session ends, and puts the headers on
each answer.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import alert_status
from api.caller import Line, Network, cookies_of, is_from_elsewhere, line_of
from api.guard import refusal
from api.headers import Policies, security_headers, with_headers
from api.open_lines import Closing, OpenLines, until
from api.pace import ApiPaces, too_fast
from api.problems import problem
from casework import signing_in, tokens
from data.account_rows import Key, Session
from data.errors import NotReachable
from data.models import Account
from data.store import Store

log = structlog.get_logger("door")
OPEN = frozenset(
    {
        "/sign-in", "/sign-in/style.css", "/sign-in/second-factor", "/sign-in/oidc", "/sign-in/oidc/back",
        "/api/health", "/_stcore/health", alert_status.PATH,
    }
)  # fmt: skip
"""What answers a caller whom nobody knows. Compared as a whole: no path below one of these is open."""
_PUBLIC = (
    (("GET", "HEAD"), re.compile(r"/tips/[\w.~-]{1,64}(/tiles/\d{1,2}/\d{1,8}/[\w.@]{1,16})?", re.ASCII)),
    (("GET", "HEAD", "POST"), re.compile(r"/api/public/tips/[\w.~-]{1,64}", re.ASCII)),
)
"""By method, where the public reports what it saw (`api.tips`): for these, nobody's session counts."""
NEW_PASSWORD = "/sign-in/new-password"  # noqa: S105  a path
_FIRST = frozenset({NEW_PASSWORD, "/sign-out", "/sign-in/state"})
"""What is open to whoever has yet to choose a password of their own."""
_NO_PAGES = ("/api/", "/_stcore/", "/media/", "/static/", "/app/", "/component/", "/tiles/", "/sign-in/state")
_UNNOTICED = (
    "/_stcore/", "/media/", "/static/", "/app/", "/component/", "/sign-in/state", "/tiles/", "/api/v1/cameras",
    "/api/v1/events",
)  # fmt: skip
"""What a page left open asks for by itself: no sign that somebody is at work."""
_KEEP = frozenset({"content-security-policy"})
_SAFE = ("GET", "HEAD", "OPTIONS")
_TILES_KEEP = _KEEP | {"cache-control"}  # a map is looked at back and forth; signing out empties the browser's cache


@dataclass(frozen=True)
class Known:
    """Who asks, and by what: a session, or a program's key."""

    account: Account
    token_hash: str
    session: Session | None
    key: Key | None = None


class Door:
    """ASGI middleware; the first of all."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        open_store: Callable[[], Store],
        policies: Policies,
        proxies: tuple[Network, ...] = (),
        allowed_hosts: frozenset[str] = frozenset(),
        is_by_hand: Callable[[bytes], bool] = lambda _frame: True,
        paces: ApiPaces = ApiPaces(0),
    ) -> None:
        self._app = app
        self._store = open_store
        self._policies = policies
        self._proxies = proxies
        self._hosts = allowed_hosts
        self._is_by_hand = is_by_hand
        self._paces = paces
        self._lines = OpenLines(open_store)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        line = line_of(scope, headers, self._proxies)
        scope.setdefault("state", {})
        scope["state"] |= {"line": line, "account": None, "session": None, "key": None}
        if scope["type"] == "websocket":
            await self._websocket(scope, headers, receive, send)
        else:
            await self._http(scope, headers, receive, self._with_headers(scope["path"], line, send))

    # http

    async def _http(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        answer: Response | None
        known = None
        try:
            known = await self._known(scope, headers)
            answer = await self._refusal(scope, headers, known)
        except NotReachable as error:
            answer = problem(503, str(error))
        if answer is not None:
            await answer(scope, receive, send)
        elif known is None or (scope["method"] in _SAFE and not _lasts(scope["path"])):
            await self._app(scope, receive, send)
        else:  # a long upload, or a line that goes on, ends with its session
            async with self._lines.watched(known.token_hash) as ended:
                await self._app(scope, until(ended, receive, {"type": "http.disconnect"}), send)

    async def _known(self, scope: Scope, headers: Headers) -> Known | None:
        known = await run_in_threadpool(self._find, headers, scope["path"], scope["state"]["line"])
        if known is not None:
            scope["state"] |= {"account": known.account, "session": known.session, "key": known.key}
        return known

    def _find(self, headers: Headers, path: str, line: Line) -> Known | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if path.startswith("/api/") and scheme.casefold() == "bearer":
            with_key = tokens.key_and_account(self._store(), token.strip())
            return Known(with_key[1], with_key[0].token_hash, None, with_key[0]) if with_key else None
        cookies = cookies_of(headers)
        if line.is_secure:
            cookies.pop(signing_in.COOKIE, None)  # any page below our name could have planted that one
        found = signing_in.session_of(self._store(), signing_in.token_in(cookies))
        if found is None:
            return None
        session, account = found
        if not path.startswith(_UNNOTICED):
            signing_in.seen(self._store(), session)
        return Known(account, session.token_hash, session)

    async def _refusal(self, scope: Scope, headers: Headers, known: Known | None) -> Response | None:
        path, method = scope["path"], scope["method"]
        if path in OPEN or is_public(method, path):
            return None
        if known is None:
            is_token = path.startswith("/api/") and "authorization" in headers
            wait_s = self._paces.wait_refused_s(scope["state"]["line"].address) if is_token else 0
            return too_fast(wait_s) if wait_s else _sign_in_first(scope)
        if known.account.must_change_password and path not in _FIRST and known.session is not None:
            return _choose_first(scope)
        if known.session is not None and method not in _SAFE and (why := self._forged(path, headers)):
            return problem(403, why)
        if path.startswith("/api/") and "\n" in path:
            return problem(404, "there is nothing here")  # the pattern of no path matches it
        if path.startswith("/api/v1/"):
            wait_s = self._paces.wait_s(known.account.id, known.key.token_hash if known.key else None)
            return too_fast(wait_s) if wait_s else None
        return None

    def _forged(self, path: str, headers: Headers) -> str | None:
        """Why a request that changes something does not come from our own page; None when it does."""
        if is_from_elsewhere(headers):
            return "a page of another site may not do this"
        if not path.startswith("/api/"):
            return None  # forms bring a token of their own (api.forms)
        if why := refusal(headers, self._hosts):
            return why
        if "x-lastseen" not in headers and "tus-resumable" not in headers:
            return "X-LastSeen: 1 is missing, a header that no page of another site can send"
        return None

    def _with_headers(self, path: str, line: Line, send: Send) -> Send:
        wanted = security_headers(path, self._policies, is_secure=line.is_secure)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                keep = _TILES_KEEP if path.startswith("/tiles/") else _KEEP
                message["headers"] = with_headers(message.get("headers", []), wanted, keep=keep)
            await send(message)

        return sending

    # the pages' websocket

    async def _websocket(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        try:
            known = await self._known(scope, headers)
        except NotReachable:
            known = None
        if known is None or known.session is None or known.account.must_change_password or is_from_elsewhere(headers):
            await receive()  # websocket.connect
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: answered with 403
            return
        async with self._lines.watched(known.token_hash) as ended:
            noticing = self._noticing(
                known.session, until(ended, receive, {"type": "websocket.disconnect", "code": 1008})
            )
            sending = Closing(ended, send)
            closing = asyncio.create_task(sending.close_when_ended())
            try:
                await self._app(scope, noticing, sending)
            finally:
                if not ended.is_set():
                    closing.cancel()
                with suppress(asyncio.CancelledError):
                    await closing

    def _noticing(self, session: Session, receive: Receive) -> Receive:
        """Messages as they come; those a person caused keep the session awake."""
        last = 0.0

        async def receiving() -> Message:
            nonlocal last
            message = await receive()
            now = asyncio.get_running_loop().time()
            often_s = min(signing_in.SEEN_EVERY.total_seconds(), session.idle_s / 4)
            frame = message.get("bytes")
            if frame and now - last > often_s and self._is_by_hand(frame):
                last = now
                await run_in_threadpool(self._seen, session)
            return message

        return receiving

    def _seen(self, session: Session) -> None:
        try:
            signing_in.seen(self._store(), session)
        except NotReachable as error:
            log.warning("that somebody is at work was not noted", why=str(error))


def _lasts(path: str) -> bool:
    """Whether the answer goes on until the session ends."""
    return path.startswith("/api/v1/") and path.endswith("/events")


def is_public(method: str, path: str) -> bool:
    """Whether this is the public's own door."""
    return any(method in methods and shape.fullmatch(path) for methods, shape in _PUBLIC)


def _sign_in_first(scope: Scope) -> Response:
    path = scope["path"]
    if scope["method"] not in ("GET", "HEAD") or path.startswith(_NO_PAGES):
        return problem(401, "sign in first", {"WWW-Authenticate": "Bearer"} if path.startswith("/api/") else {})
    return RedirectResponse(f"/sign-in?next={_address(scope)}", 303)


def _choose_first(scope: Scope) -> Response:
    if scope["method"] not in ("GET", "HEAD") or scope["path"].startswith(_NO_PAGES):
        return problem(403, "choose a password of your own first")
    return RedirectResponse(f"{NEW_PASSWORD}?next={_address(scope)}", 303)


def _address(scope: Scope) -> str:
    """The path and query asked for, as the value of a query."""
    query = scope.get("query_string", b"").decode("latin-1")
    return quote(scope["path"] + (f"?{query}" if query else ""), safe="")


def broken(path: str, policies: Policies) -> Response:
    """The answer where something broke behind the door, with the headers that the door would have put on it."""
    answer = problem(500, "Something broke here; the log says what.")
    answer.raw_headers = with_headers(
        answer.raw_headers, security_headers(path, policies, is_secure=False), keep=frozenset()
    )
    return answer
