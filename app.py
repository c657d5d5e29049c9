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
from api.alert_status import status_route
from api.caller import networks
from api.camera import camera_router, searches_tidied
from api.camera_page import camera_page_route
from api.docs import docs_routes
from api.door import Door, broken
from api.events import Events, events_route
from api.exports import export_route
from api.faces import faces_router
from api.forms import House
from api.gallery import gallery_router
from api.guard import host_names
from api.headers import Policies
from api.health import api
from api.known import known_route
from api.live import live_router
from api.oidc import Provider
from api.openapi import describe
from api.pace import ApiPaces
from api.places import places_router
from api.resources.alerts import alerts_router
from api.resources.elsewhere import PATHS
from api.resources.routers import Sources, resource_routers
from api.rest import set_up, within_scopes
from api.shown import OnlyShown
from api.sign_in import sign_in_routes
from api.tiles import tile_routes
from api.tips import Desk, tips_routes
from api.uploads import WithoutPageUploads, tidied, upload_routes
from api.watch import watched
from casework import tip_door
from casework.addresses import parsed_networks
from casework.alerting.contacts import schemes_of
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
    searching = asyncio.create_task(searches_tidied(session.camera_desk, lambda: session.desk_of(None).store))
    with events.closed_by_signals():
        yield
    session.face_desk().close()
    for task in (tidying, watching, searching):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


events = Events(session.moved, session.pulse_of)
hosts = host_names(settings.allowed_hosts)
describe(set_up(api, store_of=session.store_of), also=PATHS)
# one line for each kind of resource under /api/v1, in the order in which the documentation shows them
sources = Sources(
    session.board_of, session.cameras_of, session.desk_of, session.store_now_of, events, settings.engine,
    settings.scan_queue,
)  # fmt: skip
for resource in resource_routers(sources):
    api.include_router(resource)
api.include_router(alerts_router(schemes_of(settings.apprise_schemes)))
api.include_router(faces_router(session.face_desk))
api.include_router(
    live_router(engine=settings.engine, queue=settings.scan_queue, allowed=parsed_networks(settings.allowed_networks))
)
api.include_router(gallery_router(engine=settings.engine, queue=settings.scan_queue))
api.include_router(places_router(session.places, store_of=session.store_of, allowed_hosts=hosts))
api.include_router(camera_router(session.camera_desk))
limits = Limits(timedelta(minutes=settings.session_idle_min), timedelta(hours=settings.session_absolute_h))
house = House(session.open_doors_store, limits)
provider = (
    Provider(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_client_secret, settings.oidc_label)
    if settings.oidc_issuer
    else None
)
tiles = TilesFile(settings.tiles_file) if settings.tiles_file else None
public = tip_door.Limits(
    settings.tip_max_mb << 20, settings.tips_per_address, settings.tips_per_case, settings.tips_waiting_mb << 20
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
        camera_page_route(session.store_of),
        *accounts_routes(house),
        *within_scopes(
            *upload_routes(session.desk_of, allowed_hosts=hosts),
            export_route(session.store_of),
            known_route(then_content),
            events_route(events),
        ),
        *docs_routes(),
        *tile_routes(
            tiles,
            streets=session.street_maps,
            store_of=session.store_of,
            allowed_hosts=hosts,
        ),
        status_route(
            lambda: session.desk_of(None).store, auth_token=settings.twilio_auth_token, public_url=settings.public_url
        ),
        *tips_routes(Desk(lambda: session.desk_of(None).store, public, tiles)),
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
            paces=ApiPaces(settings.api_per_minute),
        ),
        Middleware(WithoutPageUploads),
        Middleware(OnlyShown, is_shown_to=is_shown_to, has_tab=has_tab),
    ],
    exception_handlers={500: broke},
)
