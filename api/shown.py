"""Pictures and downloads of the pages go to the account that they are shown to, and to nobody else who is signed in."""

import asyncio
import time
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard import account_in
from data.errors import NotSignedIn

LONGEST_WAIT_S = 1.0
"""While a page is drawn anew its pictures belong to no tab for a moment, and a browser may ask just then."""
REMEMBERED_S = 10.0
_MOST = 5000


class OnlyShown:
    """ASGI middleware before the route /media of the pages' library, which asks nobody who they are."""

    def __init__(
        self, app: ASGIApp, *, is_shown_to: Callable[[str, str], bool], has_tab: Callable[[str], bool]
    ) -> None:
        self._app = app
        self._is_shown_to = is_shown_to
        self._has_tab = has_tab
        self._known: dict[tuple[str, str], float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/media/"):
            try:
                account_id = account_in(Request(scope)).id
            except NotSignedIn as error:
                await PlainTextResponse(str(error), 401)(scope, receive, send)
                return
            if not await self._is_theirs(account_id, scope["path"].removeprefix("/media/")):
                await PlainTextResponse("not here", 404)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _is_theirs(self, account_id: str, name: str) -> bool:
        until = time.monotonic() + LONGEST_WAIT_S
        while True:
            now = time.monotonic()
            if self._is_shown_to(account_id, name):
                self._remember((account_id, name), now)
                return True
            if self._known.get((account_id, name), -REMEMBERED_S) > now - REMEMBERED_S:
                return True
            if now >= until or not self._has_tab(account_id):
                return False
            await asyncio.sleep(0.1)

    def _remember(self, known: tuple[str, str], now: float) -> None:
        self._known.pop(known, None)
        self._known[known] = now
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
