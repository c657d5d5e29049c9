"""Resources of /api/v1 without a server: an app of some routers, asked as an account, by session or by token."""

import secrets
from collections.abc import Callable, Iterable

from fastapi import APIRouter, FastAPI
from starlette.routing import Mount, Router

from api.caller import Line
from api.rest import Scope, set_up
from casework.access import Person
from data.account_rows import Key
from data.models import Account, utc_now
from data.store import Store
from tests.api.asking import App
from tests.api.doors import Browser


def asking(
    store: Store, account: Account | None, *routers: APIRouter, scopes: Iterable[Scope] | None = None
) -> Browser:
    """A client of these routers at /api, to which `store` is shown as to `account`; with `scopes`, by a token."""
    return caller(app_of(lambda who: store.guarded(Person(store, who)), *routers), account, scopes=scopes)


def app_of(store_of: Callable[[Account], Store], *routers: APIRouter) -> App:
    """The app of these routers at /api."""
    api = set_up(FastAPI(openapi_url="/v1/openapi.json"), store_of=store_of)
    for router in routers:
        api.include_router(router)
    return Router([Mount("/api", api)])


def caller(app: App, account: Account | None, *, scopes: Iterable[Scope] | None = None) -> Browser:
    """A client of an app, known to it as an account; with `scopes`, by a token."""
    return Browser(_known(app, account, None if scopes is None else _token(account, scopes)))


def _known(app: App, account: Account | None, key: Key | None) -> App:
    async def behind(scope: object, receive: object, send: object) -> None:
        state = {"account": account, "session": None, "key": key, "line": Line("203.0.113.9", False, "127.0.0.1")}
        await app(scope | {"state": state}, receive, send)  # type: ignore[operator]

    return behind


def _token(account: Account | None, scopes: Iterable[Scope]) -> Key:
    now = utc_now()
    return Key(secrets.token_hex(8), account.id if account else "", "test", now, now, None, "hash", tuple(scopes))
