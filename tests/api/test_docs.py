"""The page that describes the API: of this machine alone, and with no script in it."""

import re

import pytest
from starlette.routing import Router

from api import docs
from api.caller import Line
from tests.api.asking import App
from tests.api.doors import Browser
from tests.factories import an_account


@pytest.fixture
def browser() -> Browser:
    app = Router(docs.docs_routes())

    async def behind(scope: object, receive: object, send: object) -> None:
        state = {"account": an_account("aino"), "session": None, "line": Line("203.0.113.9", False, "127.0.0.1")}
        await app(scope | {"state": state}, receive, send)  # type: ignore[operator, arg-type]

    found: App = behind
    return Browser(found)


def test_all_that_the_page_needs_comes_from_here(browser: Browser) -> None:
    page = browser.get(docs.PATH)
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text), "no script stands in the page"
    needed = re.findall(r'(?:src|href)="([^"]*/docs/[^"]+)"', page.text)
    assert len(needed) == 4
    for path in needed:
        assert path.startswith(docs.PATH), path
        assert browser.get(path).status_code == 200


def test_nothing_else_is_served_there(browser: Browser) -> None:
    for name in ("redoc.standalone.js", "docs.py", "..%2fdocs.py", "%2e%2e/docs.py", "core.py", ""):
        assert browser.get(f"{docs.PATH}/{name}").status_code in (307, 404), name


def test_another_text_than_the_tested_one_is_not_served(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(docs._OF_WHEEL, "swagger-ui.css", "0" * 64)
    docs._asset.cache_clear()
    try:
        assert browser.get(f"{docs.PATH}/swagger-ui.css").status_code == 404
        page = browser.get(docs.PATH)
        assert page.status_code == 503
        assert "swagger-ui.css" in page.text
    finally:
        docs._asset.cache_clear()
