"""The door in front of everything: pages, /api, pictures, scripts and the pages' websocket alike.

Nobody comes past it without a session, or at /api a program's key; but for the few paths in `OPEN`. It tells those
behind it who asks, in ``scope["state"]["account"]``, closes what is open when the session ends, and puts the headers on
each answer.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.caller import Line, Network, cookies_of, is_from_elsewhere, line_of
from api.guard import refusal
from api.headers import Policies, security_headers, with_headers
from api.open_lines import OpenLines
from api.problems import problem
from casework import own_account, signing_in
from data.account_rows import Session
from data.errors import NotReachable
from data.models import Account
from data.store import Store

log = structlog.get_logger("door")
OPEN = frozenset(
    {
        "/sign-in", "/sign-in/style.css", "/sign-in/second-factor", "/sign-in/oidc", "/sign-in/oidc/back",
        "/api/health", "/_stcore/health",
    }
)  # fmt: skip
"""What answers a caller whom nobody knows. Compared as a whole: no path below one of these is open."""
NEW_PASSWORD = "/sign-in/new-password"  # noqa: S105  a path
_FIRST = frozenset({NEW_PASSWORD, "/sign-out", "/sign-in/state"})
"""What is open to whoever has yet to choose a password of their own."""
_NO_PAGES = ("/api/", "/_stcore/", "/media/", "/static/", "/app/", "/component/", "/tiles/", "/sign-in/state")
_LASTING = ("/api/v1/events",)
"""Answers that go on until the session ends."""
_UNNOTICED = (
    "/_stcore/", "/media/", "/static/", "/app/", "/component/", "/sign-in/state", "/tiles/", "/api/v1/cameras",
    *_LASTING,
)  # fmt: skip
"""What a page left open asks for by itself: no sign that somebody is at work."""
_KEEP = frozenset({"content-security-policy"})
_TILES_KEEP = _KEEP | {"cache-control"}  # a map is looked at back and forth; signing out empties the browser's cache
_SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Known:
    """Who asks, and by what: a session, or a program's key."""

    account: Account
    token_hash: str
    session: Session | None


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
    ) -> None:
        self._app = app
        self._store = open_store
        self._policies = policies
        self._proxies = proxies
        self._hosts = allowed_hosts
        self._is_by_hand = is_by_hand
        self._lines = OpenLines(open_store)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        line = line_of(scope, headers, self._proxies)
        scope.setdefault("state", {})
        scope["state"] |= {"line": line, "account": None, "session": None}
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
        elif known is None or (scope["method"] in _SAFE and scope["path"] not in _LASTING):
            await self._app(scope, receive, send)
        else:  # a long upload, or a line that goes on, ends with its session
            async with self._lines.watched(known.token_hash) as ended:
                await self._app(scope, _until(ended, receive, {"type": "http.disconnect"}), send)

    async def _known(self, scope: Scope, headers: Headers) -> Known | None:
        known = await run_in_threadpool(self._find, headers, scope["path"], scope["state"]["line"])
        if known is not None:
            scope["state"] |= {"account": known.account, "session": known.session}
        return known

    def _find(self, headers: Headers, path: str, line: Line) -> Known | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if path.startswith("/api/") and scheme.casefold() == "bearer":
            with_key = own_account.key_and_account(self._store(), token.strip())
            return Known(with_key[1], with_key[0].token_hash, None) if with_key else None
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
        if path in OPEN:
            return None
        if known is None:
            return _sign_in_first(scope)
        if known.account.must_change_password and path not in _FIRST and known.session is not None:
            return _choose_first(scope)
        if known.session is not None and method not in _SAFE and (why := self._forged(path, headers)):
            return problem(403, why)
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
                known.session, _until(ended, receive, {"type": "websocket.disconnect", "code": 1008})
            )
            sending = _Closing(ended, send)
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


class _Closing:
    """Sends to the browser until the session ends; then closes the line and lets nothing more through."""

    def __init__(self, ended: asyncio.Event, send: Send) -> None:
        self._ended = ended
        self._send = send
        self._is_open = True

    async def __call__(self, message: Message) -> None:
        if self._is_open and not self._ended.is_set():
            self._is_open = message["type"] != "websocket.close"
            await self._send(message)

    async def close_when_ended(self) -> None:
        await self._ended.wait()
        if self._is_open:
            self._is_open = False
            await self._send({"type": "websocket.close", "code": 1008, "reason": "the session has ended"})


def _until(ended: asyncio.Event, receive: Receive, last: Message) -> Receive:
    """What comes in, until the session ends; `last` from then on."""

    async def receiving() -> Message:
        if ended.is_set():
            return last
        coming = asyncio.ensure_future(_one(receive))
        ending = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            return last if ended.is_set() else coming.result()
        finally:
            ending.cancel()
            coming.cancel()  # does nothing to what has come

    return receiving


async def _one(receive: Callable[[], Awaitable[Message]]) -> Message:
    return await receive()


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
