"""The web door: `streamlit run app.py`. The pages, the API, uploads and the map's street sheets, on one port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from streamlit.runtime.pages_manager import PagesManager

from api.guard import host_names
from api.health import api
from api.uploads import WithoutPageUploads, tidied, upload_routes
from casework.logs import configure
from dashboard import session
from settings import Settings

HERE = Path(__file__).resolve().parent
settings = Settings()
configure(settings.log_format, secrets=settings.secrets)
settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
street_sheets = settings.home / "street-sheets"
street_sheets.mkdir(exist_ok=True)

# Streamlit takes a folder named "pages" for an app of its older kind until main.py has run once: who comes first to a
# fresh server, by the address of a page, would get that page without the frame around it.
PagesManager.uses_pages_directory = False


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    configure(settings.log_format, secrets=settings.secrets)  # again: uvicorn has brought its own logging meanwhile
    tidying = asyncio.create_task(tidied(session.desk))
    yield
    tidying.cancel()
    with suppress(asyncio.CancelledError):
        await tidying


app = st.App(
    HERE / "dashboard/main.py",
    lifespan=lifespan,
    routes=[
        *upload_routes(session.desk, allowed_hosts=host_names(settings.allowed_hosts)),
        Mount("/api", api),
        Mount("/street-sheets", StaticFiles(directory=street_sheets)),
    ],
    middleware=[Middleware(WithoutPageUploads)],
)
