"""The public's door over HTTP: one narrow opening, by which nobody learns anything of a case."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from api import tips as public
from api.door import Door, is_public
from api.tips import Desk, tips_routes
from casework import governance, tip_door, tips
from casework.tip_door import Limits
from data.models import utc_now
from data.store import Store
from data.tiles import TilesFile
from data.tip_models import TipPage
from tests.api.doors import POLICIES, Browser
from tests.data.made_tiles import png, write_mbtiles
from tests.factories import a_case

HTML = {"accept": "text/html,application/xhtml+xml"}
SECRETS = ("2026-001", "Aino", "case-1")


def a_jpeg() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG")
    return out.getvalue()


def app_of(store: Store, limits: Limits | None = None, tiles: TilesFile | None = None) -> ASGIApp:
    desk = Desk(lambda: store, limits or Limits(), tiles)
    behind = Route("/{path:path}", lambda _: PlainTextResponse("behind the door"))
    door = Middleware(Door, open_store=lambda: store, policies=POLICIES)
    return Starlette(routes=[*tips_routes(desk), behind], middleware=[door])


@pytest.fixture
def page(store: Store) -> TipPage:
    with store.writing() as writing:
        writing.add_case(a_case())
    tip_door.open_page(store, "case-1", agency="City <b>police</b>", words="Seen anything?\n<script>1</script>", by="A")
    return tip_door.public_page(store, tip_door.page_of(store, "case-1").code)  # type: ignore[union-attr]


@pytest.fixture
def browser(store: Store, page: TipPage) -> Browser:
    return Browser(app_of(store))


def ticket(page: TipPage) -> str:
    return tip_door.new_ticket(page, now=utc_now() - timedelta(minutes=1))


def send(
    browser: Browser, page: TipPage, *, code: str = "", headers: dict[str, str] | None = None, **given: Any
) -> httpx.Response:
    told = {"ticket": ticket(page), "words": "A red coat"} | given.pop("data", {})
    path = f"/api/public/tips/{code or page.code}"
    files = given.pop("files", {"file": ("", b"")})
    return browser.ask("POST", path, data=told, files=files, headers=headers or {}, **given)


def test_the_page_shows_the_agency_s_words_as_text_and_nothing_of_the_case(browser: Browser, page: TipPage) -> None:
    answer = browser.ask("GET", f"/tips/{page.code}")
    assert answer.status_code == 200
    assert "&lt;script&gt;1&lt;/script&gt;" in answer.text
    assert "City &lt;b&gt;police&lt;/b&gt;" in answer.text
    assert not [secret for secret in SECRETS if secret in answer.text]
    assert "/sign-in?" not in answer.text
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "geolocation=(self)" in answer.headers["permissions-policy"]
    assert "camera=()" in answer.headers["permissions-policy"]
    assert answer.headers["cache-control"] == "no-store"
    for name in re.findall(r'(?:src|href)="(/[^"]+)"', answer.text):
        if name.startswith("/tips/"):
            assert browser.ask("GET", name).status_code == 200, name


def test_a_tip_comes_in_and_its_sender_learns_a_number(store: Store, browser: Browser, page: TipPage) -> None:
    answer = send(browser, page, files={"file": ("a.jpg", a_jpeg())}, data={"lat": "60.1", "lon": "24.9"})
    assert answer.status_code == 201
    assert set(answer.json()) == {"number"}
    (tip,) = tips.tips(store, "case-1")
    assert tip.number == answer.json()["number"]
    assert (tip.words, tip.lat, tip.size_bytes) == ("A red coat", 60.1, len(a_jpeg()))


def test_the_form_works_without_scripts(store: Store, browser: Browser, page: TipPage) -> None:
    shown = browser.ask("GET", f"/tips/{page.code}", headers=HTML).text
    given = re.search(r'name="ticket" value="([^"]+)"', shown)
    assert given is not None
    answer = send(browser, page, headers=HTML, data={"ticket": given[1]})
    assert answer.status_code == 201
    (tip,) = tips.tips(store, "case-1")
    assert tip.number in answer.text
    assert tip.is_doubtful  # sent at once
    refused = send(browser, page, headers=HTML, data={"words": "", "lat": "x", "lon": "y"})
    assert refused.status_code == 422
    assert "latitude and longitude must be numbers" in refused.text


def test_closed_wrong_and_ended_codes_answer_alike_byte_for_byte(store: Store, browser: Browser, page: TipPage) -> None:
    def answers(code: str) -> tuple[Any, ...]:
        shown = browser.ask("GET", f"/tips/{code}")
        told = browser.ask("GET", f"/api/public/tips/{code}")
        sent = send(browser, page, code=code)
        form = send(browser, page, code=code, headers=HTML)
        tile = browser.ask("GET", f"/tips/{code}/tiles/1/0/0")
        return tuple((a.status_code, a.content, sorted(a.headers.items())) for a in (shown, told, sent, form, tile))

    never = answers(tip_door.new_code())
    assert {status for status, *_ in never} == {404}
    assert answers("short") == never
    tip_door.close_page(store, "case-1", by="A")
    assert answers(page.code) == never
    tip_door.open_page(store, "case-1", agency="City", words="x", by="A")
    governance.close_case(store, "case-1", reason="found", by="A")
    assert answers(page.code) == never
    assert tips.tips(store, "case-1") == []


CLOSED = (
    ("POST", "/tips/abc"), ("PUT", "/tips/abc"), ("DELETE", "/api/public/tips/abc"), ("GET", "/tips"),
    ("GET", "/tips/"), ("GET", "/tips/a/b"), ("GET", "/tips/a/tiles"), ("GET", "/tips/../cases"),
    ("GET", "/tips/a/tiles/1/2/3/4"), ("GET", "/tips/a%2Fb"), ("GET", "/api/public/tips/"), ("GET", "/api/public"),
    ("GET", "/api/public/tips/a/b"), ("GET", "/api/v1/public/tips/a"), ("GET", "/Tips/abc"),
)  # fmt: skip


def test_nothing_beside_the_page_and_its_endpoint_is_open(store: Store) -> None:
    browser = Browser(app_of(store))
    for method, path in CLOSED:
        assert not is_public(method, path), path
        answer = browser.ask(method, path)
        assert answer.status_code in (303, 401), path
        assert "behind" not in answer.text, path


def test_a_page_of_another_site_sends_nothing(store: Store, browser: Browser, page: TipPage) -> None:
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert send(browser, page, headers=headers).status_code == 403
    assert tips.tips(store, "case-1") == []


def test_the_field_that_people_do_not_see_lays_a_tip_apart(store: Store, browser: Browser, page: TipPage) -> None:
    answer = send(browser, page, data={"website": "https://buy.example"})
    assert answer.status_code == 201
    assert set(answer.json()) == {"number"}
    assert [tip.is_doubtful for tip in tips.tips(store, "case-1")] == [True]


def test_what_the_door_says_to_senders_is_there_to_be_translated() -> None:
    source = Path(tip_door.__file__).read_text(encoding="utf-8")
    said = set(re.findall(r'raise (?:BadInput|BadPlace|BadTime|TooMany)\(\s*"([A-Z][^"]+)"', source))
    no_form_sends = "Place: say how exactly you know it, in metres."
    assert said - set(public._SAID) == {no_form_sends}


def test_a_flood_is_told_to_come_again_and_leaves_others_their_turn(store: Store, page: TipPage) -> None:
    app = app_of(store, Limits(per_address=3, per_case=5))
    crowd = [send(Browser(app, address="203.0.113.5"), page).status_code for _ in range(5)]
    assert crowd == [201, 201, 201, 429, 429]
    answer = send(Browser(app, address="203.0.113.5"), page)
    assert int(answer.headers["retry-after"]) > 0
    assert send(Browser(app, address="203.0.113.6"), page).status_code == 201
    assert send(Browser(app, address="203.0.113.7"), page).status_code == 201
    assert send(Browser(app, address="203.0.113.8"), page).status_code == 429
    assert len(tips.tips(store, "case-1")) == 5


def test_too_large_and_broken_bodies_leave_nothing(store: Store, page: TipPage) -> None:
    browser = Browser(app_of(store, Limits(file_bytes=1 << 20)))
    path = f"/api/public/tips/{page.code}"
    big = send(browser, page, files={"file": ("a.jpg", b"\xff\xd8\xff" + bytes(1 << 20))})
    huge = send(browser, page, files={"file": ("a.jpg", b"\xff\xd8\xff" + bytes(4 << 20))})
    assert (big.status_code, huge.status_code) == (413, 413)
    assert "1 MB" in huge.json()["detail"]
    multipart = {"content-type": "multipart/form-data; boundary=x"}
    for content, headers in (
        (b"{}", {"content-type": "application/json"}),
        (b"a=1", {"content-type": "application/x-www-form-urlencoded"}),
        (b"junk", multipart),
        (b"--x\r\n", multipart),
        (b"", {"content-type": "multipart/form-data"}),
        (b'--x\r\nContent-Disposition: form-data; name="words"\r\n\r\n' + b"w" * (64 << 10) + b"\r\n--x--", multipart),
        (b"".join(b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n' for _ in range(30)), multipart),
    ):
        answer = browser.ask("POST", path, content=content, headers=headers)
        assert answer.status_code == 422, (content[:40], answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
    assert tips.tips(store, "case-1") == []
    assert list(store.files.hashes()) == []


def test_a_sender_who_falls_silent_is_let_go(store: Store, page: TipPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "SILENT_S", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"--x\r\n"
        await asyncio.sleep(5)

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app_of(store))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as asking:
            headers = {"content-type": "multipart/form-data; boundary=x"}
            return await asking.post(f"/api/public/tips/{page.code}", content=slow(), headers=headers)

    answer = asyncio.run(asked())
    assert answer.status_code == 422
    assert "too long" in answer.json()["detail"]


def test_what_breaks_inside_is_not_told_to_the_public(
    store: Store, page: TipPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from data.errors import DiskFull

    def full(*_: object, **__: object) -> None:
        raise DiskFull("file: 12,345 bytes of disk space are missing in /srv/secret")

    monkeypatch.setattr(store.files, "check_room", full)
    answer = send(Browser(app_of(store)), page, files={"file": ("a.jpg", a_jpeg())})
    assert answer.status_code == 503
    assert "12,345" not in answer.text
    assert "secret" not in answer.text


def test_an_agency_s_own_form_gets_its_words_and_a_ticket(store: Store, browser: Browser, page: TipPage) -> None:
    told = browser.ask("GET", f"/api/public/tips/{page.code}").json()
    assert told["agency"] == page.agency
    assert set(told) == {"agency", "words", "max_bytes", "ticket"}
    assert send(browser, page, data={"ticket": told["ticket"]}).status_code == 201
    assert send(browser, page, data={"ticket": told["ticket"][:-1] + "x"}).status_code == 422
    assert send(browser, page, data={"ticket": ""}).status_code == 422


def test_the_installation_s_map_lies_under_the_page_s_for_whoever_has_its_address(
    store: Store, page: TipPage, tmp_path: Path
) -> None:
    said = {"name": "Town", "attribution": "<b>OSM</b>", "bounds": "24,60,25,61"}
    tiles = TilesFile(write_mbtiles(tmp_path / "town.mbtiles", {(2, 1, 0): png(1)}, **said))
    browser = Browser(app_of(store, tiles=tiles))
    shown = browser.ask("GET", f"/tips/{page.code}").text
    ground = re.search(r'data-ground="([^"]+)"', shown)
    assert ground is not None
    told = json.loads(ground[1].replace("&quot;", '"'))
    assert told["bounds"] == [60, 24, 61, 25]
    address = told["tiles"].replace("{z}", "2").replace("{x}", "1").replace("{y}", "0")
    assert browser.ask("GET", address).content == png(1)
    assert browser.ask("GET", "/tiles/2/1/0").status_code == 401
    assert browser.ask("GET", address.replace(page.code, tip_door.new_code())).status_code == 404
