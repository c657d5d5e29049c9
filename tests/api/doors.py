"""A door with little behind it, and a browser without a window that asks it."""

import asyncio
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import uuid4

import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.account import account_routes
from api.accounts import accounts_routes
from api.caller import networks
from api.door import Door
from api.forms import House
from api.headers import Policies
from api.oidc import Provider
from api.pace import ApiPaces
from api.rest import within_scopes
from api.sign_in import sign_in_routes
from casework.passwords import hashed
from casework.signing_in import COOKIE, SECURE_COOKIE, Limits
from data import account_rows as rows
from data.models import Account, utc_now
from data.store import Store
from tests.running import run

PASSWORD = "winding tea kettle road"
POLICIES = Policies("<script>known = 1</script>", "https://tiles.example/{z}/{x}/{y}.png")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def whoever(request: Request) -> JSONResponse:
    """What lies behind the door, whatever its path: says who came."""
    body = await request.body()
    account = request.scope["state"]["account"]
    return JSONResponse({"came": account.name if account else None, "path": request.url.path, "bytes": len(body)})


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_bytes(await websocket.receive_bytes())
    except WebSocketDisconnect:
        return


def door(
    store: Store,
    *,
    limits: Limits | None = None,
    provider: Provider | None = None,
    proxies: str = "",
    hosts: str = "",
    per_minute: int = 0,
) -> ASGIApp:
    house = House(lambda: store, limits or Limits())
    return Starlette(
        routes=[
            *sign_in_routes(house, provider),
            *account_routes(house),
            *accounts_routes(house),
            WebSocketRoute("/_stcore/stream", echo),
            *within_scopes(Route("/api/uploads", whoever, methods=METHODS)),
            Route("/{path:path}", whoever, methods=METHODS),
        ],
        middleware=[
            Middleware(
                Door,
                open_store=lambda: store,
                policies=POLICIES,
                proxies=networks(proxies),
                allowed_hosts=frozenset(hosts.split()),
                is_by_hand=lambda frame: frame != b"by itself",
                paces=ApiPaces(per_minute),
            )
        ],
    )


@dataclass
class Browser:
    """Keeps cookies from one request to the next, and fills in forms."""

    app: ASGIApp
    address: str = "203.0.113.9"
    base: str = "http://127.0.0.1:8501"
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, client=(self.address, 4321))
            given["headers"] = self.headers | dict(given.get("headers", {}))
            async with httpx.AsyncClient(transport=transport, base_url=self.base, cookies=self.cookies) as client:
                answer = await client.request(method, path, **given)
                self.cookies = client.cookies
                return answer

        return run(asked())

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.ask("GET", path, headers=headers)

    def send(self, path: str, fields: dict[str, str], *, page: str | None = None, **headers: str) -> httpx.Response:
        """Open a page and send its form, filled in with these fields."""
        return self.ask("POST", path, data={"form": self.form_token(page or path)} | fields, headers=headers)

    def form_token(self, page: str) -> str:
        found = re.search(r'name="form" value="([0-9a-f]{64})"', self.get(page).text)
        assert found is not None, page
        return found[1]

    def sign_in(self, name: str = "aino", password: str = PASSWORD, onward: str = "/") -> httpx.Response:
        return self.send("/sign-in", {"name": name, "password": password, "next": onward})

    @property
    def token(self) -> str | None:
        return self.cookies.get(SECURE_COOKIE) or self.cookies.get(COOKIE)


def an_account_with(store: Store, name: str = "aino", password: str = PASSWORD, *, is_admin: bool = False) -> Account:
    """An account that has chosen its password already."""
    account = Account(uuid4().hex, name, "", utc_now(), is_admin=is_admin)
    with store.writing() as writing:
        rows.add_account(writing, account, password_hash=_hash_of(password))
    return account


@cache
def _hash_of(password: str) -> str:
    return hashed(password)  # slow on purpose: once for all tests


class Line:
    """A websocket at the door, message by message; to be used inside one event loop."""

    def __init__(self, app: ASGIApp, **headers: str) -> None:
        self.sent: list[dict[str, Any]] = []
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        raw = [
            (k.lower().replace("_", "-").encode(), v.encode())
            for k, v in ({"host": "127.0.0.1:8501"} | headers).items()
        ]
        scope = {"type": "websocket", "path": "/_stcore/stream", "raw_path": b"/_stcore/stream", "query_string": b"",
                 "headers": raw, "scheme": "ws", "client": ("203.0.113.9", 4321), "server": ("127.0.0.1", 8501),
                 "root_path": "", "subprotocols": [], "http_version": "1.1", "asgi": {"version": "3.0"}}  # fmt: skip
        self.task = asyncio.ensure_future(app(scope, self._coming.get, self._send))
        self._coming.put_nowait({"type": "websocket.connect"})

    async def _send(self, message: Any) -> None:
        self.sent.append(message)

    def say(self, data: bytes) -> None:
        self._coming.put_nowait({"type": "websocket.receive", "bytes": data})

    async def until(self, kind: str, within_s: float = 3.0) -> dict[str, Any]:
        """The first message of this kind that the door sends."""
        async with asyncio.timeout(within_s):
            while True:
                for message in self.sent:
                    if message["type"] == kind:
                        return message
                await asyncio.sleep(0.01)
