"""The web door: `streamlit run app.py`. The pages, the API, uploads and the map's tiles, on one port.

In front of all of it stands `api.door.Door`: nobody comes past who is not signed in.
"""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from streamlit.runtime.pages_manager import PagesManager

from api.account import account_routes
from api.accounts import accounts_routes
from api.caller import networks
from api.cameras import cameras_route
from api.door import Door, broken
from api.events import Events, events_route
from api.exports import export_route
from api.forms import House
from api.guard import host_names
from api.headers import Policies
from api.health import api
from api.known import known_route
from api.oidc import Provider
from api.places import places_router
from api.shown import OnlyShown
from api.sign_in import sign_in_routes
from api.tiles import tile_routes
from api.uploads import WithoutPageUploads, tidied, upload_routes
from api.watch import watched
from casework.logs import configure
from casework.record import Watching
from casework.signing_in import Limits
from dashboard import session
from dashboard.hours import then_content
from dashboard.live import is_by_hand
from dashboard.shown import has_tab, is_shown_to
from data.tiles import TilesFile
from settings import Settings

HERE = Path(__file__).resolve().parent
settings = Settings()
configure(settings.log_format, secrets=settings.secrets)
settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
shutil.rmtree(settings.home / "street-sheets", ignore_errors=True)  # of cases, drawn by an earlier release

# Streamlit takes a folder named "pages" for an app of its older kind until main.py has run once: who comes first to a
# fresh server, by the address of a page, would get that page without the frame around it.
PagesManager.uses_pages_directory = False


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    # Streamlit collects garbage after each run of a page: what the libraries hold is none, and took 200 ms to look at
    gc.collect()
    gc.freeze()
    configure(settings.log_format, secrets=settings.secrets)  # again: uvicorn has brought its own logging meanwhile
    tidying = asyncio.create_task(tidied(lambda: session.desk_of(None)))
    plan = Watching(settings.checkpoint_minutes, settings.rehash_days, settings.rehash_mb_s)
    watching = asyncio.create_task(watched(lambda: session.desk_of(None).store, plan))
    with events.closed_by_signals():
        yield
    for task in (tidying, watching):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


events = Events(session.moved, session.pulse_of)
hosts = host_names(settings.allowed_hosts)
api.include_router(places_router(session.places, store_of=session.store_of, allowed_hosts=hosts))
limits = Limits(timedelta(minutes=settings.session_idle_min), timedelta(hours=settings.session_absolute_h))
house = House(session.open_doors_store, limits)
provider = (
    Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_label)
    if settings.oidc_issuer
    else None
)
policies = Policies((Path(st.__file__).parent / "static/index.html").read_text(encoding="utf-8"), settings.tiles_url)


async def broke(request: Request, _error: Exception) -> Response:
    """What a caller gets where something broke: no trace of it, and the headers of every answer."""
    return broken(request.scope["path"], policies)


app = st.App(
    HERE / "dashboard/main.py",
    lifespan=lifespan,
    routes=[
        *sign_in_routes(house, provider),
        *account_routes(house),
        *accounts_routes(house),
        *upload_routes(session.desk_of, allowed_hosts=hosts),
        export_route(session.store_of),
        *tile_routes(
            TilesFile(settings.tiles_file) if settings.tiles_file else None,
            streets=session.street_maps,
            store_of=session.store_of,
            allowed_hosts=hosts,
        ),
        cameras_route(session.board_of),
        known_route(then_content),
        events_route(events),
        Mount("/api", api),
    ],
    middleware=[
        Middleware(
            Door,
            open_store=session.open_doors_store,
            policies=policies,
            proxies=networks(settings.trusted_proxies),
            allowed_hosts=hosts,
            is_by_hand=is_by_hand,
        ),
        Middleware(WithoutPageUploads),
        Middleware(OnlyShown, is_shown_to=is_shown_to, has_tab=has_tab),
    ],
    exception_handlers={500: broke},
)
