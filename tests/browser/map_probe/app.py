"""A door that serves the map's probe page with the product's own static files, tiles and content policy."""

import os
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.headers import Policies
from dashboard.assets import STATIC_DIR, STATIC_URL
from tests.browser.map_probe.answers import answer_routes
from tests.browser.map_probe.grounds import ground_routes

HERE = Path(__file__).resolve().parent
HOME = Path(os.environ["LASTSEEN_HOME"])
POLICIES = Policies((Path(st.__file__).parent / "static/index.html").read_text(encoding="utf-8"))


class WithPolicy:
    """ASGI middleware: what a page may load is what LastSeen lets its own load."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("Content-Security-Policy", POLICIES.of(scope["path"]))
            await send(message)

        await self._app(scope, receive, sending if scope["type"] == "http" else send)


app = st.App(
    HERE / "main.py",
    routes=[Mount(STATIC_URL, StaticFiles(directory=STATIC_DIR)), *ground_routes(HOME), *answer_routes()],
    middleware=[Middleware(WithPolicy)],
)
