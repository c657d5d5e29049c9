import asyncio
import gzip
import json
from pathlib import Path
from urllib.parse import unquote

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from api.door import Door
from api.tiles import tile_routes
from casework import search
from casework.basemap import StreetMaps
from casework.search import Streets
from casework.signing_in import COOKIE, Caller, Limits, open_session
from data.demo_town import demo_streets
from data.store import Store
from data.tiles import TilesFile
from tests.api.asking import as_account, ask
from tests.api.doors import POLICIES, Browser, an_account_with
from tests.data.made_tiles import VECTOR, png, write_mbtiles, write_pmtiles
from tests.factories import a_case, an_account

SAID = {"name": "Town", "attribution": '<a href="https://x">© OSM</a>', "bounds": "24,60,25,61"}


class Asking:
    """A browser that asks for tiles."""

    def __init__(self, file: TilesFile | None, store: Store) -> None:
        self.maps = StreetMaps(Streets())
        routes = tile_routes(file, streets=lambda: self.maps, store_of=lambda _: store)
        self.app = as_account(an_account(), Starlette(routes=routes))

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return asyncio.run(self._asked(path, headers or {}))

    async def _asked(self, path: str, headers: dict[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as asking:
            return await asking.get(path, headers=headers)


@pytest.fixture
def asking(tmp_path: Path, store: Store) -> Asking:
    return Asking(TilesFile(write_mbtiles(tmp_path / "town.mbtiles", {(2, 1, 0): png(1)}, **SAID)), store)


@pytest.fixture
def with_streets(store: Store, tmp_path: Path) -> Store:
    path = tmp_path / "town.geojson"
    path.write_text(json.dumps(demo_streets()))
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add_case(a_case(id="case-2", number="2"))
    search.set_streets(store, "case-1", path, name="town", by="Ann")
    return store


def test_a_tile_is_served_with_its_kind_and_may_be_kept(asking: Asking) -> None:
    for name in ("0", "0.png", "0.jpg"):
        answer = asking.get(f"/tiles/2/1/{name}")
        assert (answer.status_code, answer.content) == (200, png(1))
        assert answer.headers["content-type"] == "image/png"
        assert "max-age" in answer.headers["cache-control"]
        assert "private" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_whoever_has_the_tile_already_gets_no_second_copy(asking: Asking, tmp_path: Path) -> None:
    etag = asking.get("/tiles/2/1/0").headers["etag"]
    for known in (etag, f'"other", W/{etag}'):
        answer = asking.get("/tiles/2/1/0", headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    write_mbtiles(tmp_path / "new", {(2, 1, 0): png(9)}).replace(tmp_path / "town.mbtiles")
    answer = asking.get("/tiles/2/1/0", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.content) == (200, png(9))


def test_a_tile_that_the_file_lacks_is_no_content_and_an_impossible_one_not_found(asking: Asking) -> None:
    assert asking.get("/tiles/2/0/0").status_code == 204
    for path in ("2/4/0", "2/1/9", "99/1/1", "2/1/-1", "2/1/0.svg", "2/1/0.png.exe", "x/1/0", "2/1/²", "2/1/1e0"):
        assert asking.get(f"/tiles/{path}").status_code == 404, path


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/2/1/../../../etc/passwd",
        "/tiles/2/1/..%2f..%2f..%2fetc%2fpasswd",
        "/tiles/%2e%2e/%2e%2e/passwd",
        "/tiles/2/1/%00",
        "/tiles//etc/passwd",
        "/tiles/cases/..%2f..%2fx/1/0/0",
    ],
)
def test_no_path_leads_out_of_the_map(asking: Asking, path: str) -> None:
    assert ask(asking.app, "GET", path).status == 404
    assert ask(asking.app, "GET", unquote(path)).status == 404


def test_what_the_file_says_of_itself_is_plain_text(asking: Asking) -> None:
    told = asking.get("/tiles/info").json()
    assert (told["name"], told["attribution"], told["bounds"]) == ("Town", "© OSM", [24.0, 60.0, 25.0, 61.0])
    assert (told["minzoom"], told["maxzoom"], told["vector"]) == (2, 2, False)
    assert told["tiles"][0].startswith("/tiles/{z}/{x}/{y}")


def test_vector_tiles_go_packed_to_those_who_take_them_so(tmp_path: Path, store: Store) -> None:
    path = write_pmtiles(tmp_path / "a.pmtiles", {(0, 0, 0): VECTOR}, kind=1, packing=2)
    asking = Asking(TilesFile(path), store)
    packed = asking.get("/tiles/0/0/0.mvt", headers={"Accept-Encoding": "br, gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    plain = asking.get("/tiles/0/0/0", headers={"Accept-Encoding": "gzip;q=0, br"})
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == gzip.decompress(VECTOR)
    assert packed.headers["vary"] == "Accept-Encoding"
    assert packed.headers["content-type"] == "application/vnd.mapbox-vector-tile"


def test_without_a_file_or_with_a_wrong_one_the_answer_says_so(tmp_path: Path, store: Store) -> None:
    asking = Asking(None, store)
    assert asking.get("/tiles/0/0/0").status_code == 404
    (tmp_path / "x.mbtiles").write_bytes(b"<html>")
    for name in ("x.mbtiles", "nowhere"):
        asking = Asking(TilesFile(tmp_path / name), store)
        answer = asking.get("/tiles/0/0/0")
        assert answer.status_code == 503
        assert name in answer.text
        assert str(tmp_path) not in answer.text


def test_a_damaged_tile_says_so_and_is_never_sent(tmp_path: Path, store: Store) -> None:
    path = write_mbtiles(tmp_path / "a", {(1, 0, 0): png(1), (1, 1, 1): b"<script>alert(1)</script>"})
    asking = Asking(TilesFile(path), store)
    answer = asking.get("/tiles/1/1/1")
    assert answer.status_code == 500
    assert b"script" not in answer.content
    assert asking.get("/tiles/1/0/0").status_code == 200


def test_pages_of_other_sites_get_nothing(asking: Asking) -> None:
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Host": "evil.example"}):
        assert asking.get("/tiles/2/1/0", headers=headers).status_code == 403


def test_streets_of_a_case_are_drawn_and_kept(with_streets: Store) -> None:
    asking = Asking(None, with_streets)
    answer = asking.get("/tiles/cases/case-1/3/4/2.png")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    again = asking.get("/tiles/cases/case-1/3/4/2.png", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    dark, double = (asking.get(f"/tiles/cases/case-1/3/4/2{end}") for end in (".png?theme=dark", "@2x.png"))
    assert len({answer.content, dark.content, double.content}) == 3
    assert len({answer.headers["etag"], dark.headers["etag"], double.headers["etag"]}) == 3


def test_a_case_without_streets_or_none_at_all_is_not_found(with_streets: Store) -> None:
    asking = Asking(None, with_streets)
    for case in ("case-2", "nobody", "case-1%2f..%2fcase-1"):
        assert asking.get(f"/tiles/cases/{case}/3/4/2.png").status_code == 404
    assert asking.get("/tiles/cases/case-1/23/0/0.png").status_code == 404


def test_no_more_tiles_are_kept_in_memory_than_fit(with_streets: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("casework.basemap.BYTES_KEPT", 5_000)
    asking = Asking(None, with_streets)
    for x in range(8):
        assert asking.get(f"/tiles/cases/case-1/3/{x}/2").status_code == 200
    maps = asking.maps
    assert sum(len(png) for png in maps._kept.values()) == maps._bytes <= 5_000


def test_a_browser_may_keep_tiles_and_nothing_else(store: Store) -> None:
    async def keepable(_request: Request) -> Response:
        return Response(headers={"Cache-Control": "private, max-age=60"})

    behind = Middleware(Door, open_store=lambda: store, policies=POLICIES)
    browser = Browser(Starlette(routes=[Route("/{path:path}", keepable)], middleware=[behind]))
    caller = Caller("203.0.113.9", "a test")
    token = open_session(store, an_account_with(store), caller=caller, limits=Limits(), how="test")
    browser.cookies.set(COOKIE, token)
    assert browser.get("/tiles/0/0/0").headers["cache-control"] == "private, max-age=60"
    assert browser.get("/case").headers["cache-control"] == "no-store"


def test_a_file_tells_the_address_of_its_tiles_below_the_path_that_it_is_served_at(asking: Asking) -> None:
    asking.app = Starlette(routes=[Mount("/below", asking.app)])
    assert asking.get("/below/tiles/info").json()["tiles"][0].startswith("/below/tiles/{z}/{x}/{y}?v=")
