"""Nobody comes past the door who is not signed in, and nobody stays whose session has ended."""

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from api import door as doors
from api.caller import local_path, networks
from casework import accounts, signing_in, tokens
from casework.signing_in import COOKIE, Caller, Limits
from casework.tokens import Scope
from data import account_rows as rows
from data.errors import BadInput
from data.models import Account
from data.store import Store
from tests.api.doors import METHODS, Browser, Line, an_account_with, door
from tests.running import run

pytestmark = pytest.mark.usefixtures("quick_hashes")
CLOSED = [
    "/", "/map", "/case?case=x", "/review", "/account", "/accounts", "/sign-out", "/sign-in/new-password",
    "/sign-in/state", "/api", "/api/", "/api/ready", "/api/uploads", "/api/uploads/1", "/api/openapi.json",
    "/api/health/", "/api/healthy", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/upload_file/a/b",
    "/_stcore/health/", "/_stcore/bidi-components/x", "/_stcore/agent/openapi.json", "/media/a.mp4",
    "/static/js/index.js", "/app/static/lastseen-map.js", "/component/streamlit_folium.st_folium/index.html",
    "/tiles/cases/a/1/0/0.png", "/sign-in/", "/sign-in/../map", "//sign-in", "/SIGN-IN", "/sign-in/style.css/../../map",
    "/favicon.png", "/robots.txt", "/sign-in%2f..%2fmap", "/\u212aap",
]  # fmt: skip


@pytest.fixture
def account(store: Store) -> Account:
    return an_account_with(store)


@pytest.fixture
def token(store: Store, account: Account) -> str:
    return opened(store, account)


def opened(store: Store, account: Account, limits: Limits | None = None) -> str:
    caller = Caller("203.0.113.9", "a test")
    return signing_in.open_session(store, account, caller=caller, limits=limits or Limits(), how="test")


def browser_of(store: Store, token: str, base: str = "http://127.0.0.1:8501") -> Browser:
    browser = Browser(door(store), base=base)
    browser.cookies.set(COOKIE, token)
    return browser


@pytest.mark.parametrize("method", METHODS)
def test_an_anonymous_caller_reaches_nothing_by_any_method(store: Store, method: str) -> None:
    browser = Browser(door(store))
    for path in CLOSED:
        answer = browser.ask(method, path, content=b"x" * 100 if method in ("POST", "PUT", "PATCH") else None)
        assert answer.status_code in (303, 401), f"{method} {path}: {answer.status_code}"
        assert "came" not in answer.text, f"{method} {path}"
        if answer.status_code == 303:
            assert method in ("GET", "HEAD")
            assert answer.headers["location"].startswith("/sign-in?next=")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="?#"), max_size=30))
def test_no_made_up_path_is_open(store: Store, path: str) -> None:
    async def asked() -> int:
        sent: list[int] = []

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict[str, object]) -> None:
            sent.append(int(message.get("status", 0)))  # type: ignore[call-overload]

        scope = {"type": "http", "method": "GET", "path": f"/{path}", "query_string": b"", "headers": []}
        await door(store)(scope, receive, send)  # type: ignore[arg-type]
        return sent[0]

    if f"/{path}" not in doors.OPEN:
        assert run(asked()) in (303, 401)


def test_what_is_open_is_little_and_says_nothing_of_anybody(store: Store, account: Account) -> None:
    browser = Browser(door(store))
    assert browser.get("/sign-in").status_code == 200
    assert browser.get("/sign-in/style.css").headers["content-type"].startswith("text/css")
    assert browser.get("/sign-in/second-factor").headers["location"] == "/sign-in"
    assert browser.get("/api/health").json()["came"] is None
    assert browser.get("/_stcore/health").json()["came"] is None
    assert "aino" not in browser.get("/sign-in").text
    assert len(doors.OPEN) == 8


def test_a_page_leads_to_sign_in_and_from_there_back(store: Store, account: Account) -> None:
    browser = Browser(door(store))
    there = browser.get("/map?case=a&camera=b c").headers["location"]
    assert parse_qs(urlsplit(there).query)["next"] == ["/map?case=a&camera=b%20c"]
    back = browser.send("/sign-in", {"name": "aino", "password": "winding tea kettle road", "next": "/map?case=a"})
    assert (back.status_code, back.headers["location"]) == (303, "/map?case=a")
    assert browser.get("/map?case=a").json()["came"] == "aino"


@pytest.mark.parametrize(
    "onward",
    [
        "https://evil.example/", "//evil.example/", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "",
        "/\tevil", "/a\nb", "http:evil", "map", "/" + "x" * 3000, "/sign-out", "/api/uploads", "/a\\b",
    ],
)  # fmt: skip
def test_going_on_leads_nowhere_but_to_pages_of_this_server(onward: str) -> None:
    assert local_path(onward) == "/"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_where_it_goes_on_is_always_a_path_of_this_server(text: str) -> None:
    found = local_path(text)
    assert found.startswith("/")
    assert not found.startswith(("//", "/\\"))
    assert urlsplit(found).netloc == ""


def test_somebody_signed_in_comes_through_and_is_named(store: Store, token: str) -> None:
    assert browser_of(store, token).get("/map").json() == {"came": "aino", "path": "/map", "bytes": 0}


@pytest.mark.parametrize("cookie", ["", "x", "a" * 5000, "%00", "' or 1=1 --", "é"])
def test_a_made_up_token_is_nobodys(store: Store, account: Account, cookie: str) -> None:
    answer = Browser(door(store)).ask("GET", "/map", headers={"Cookie": f"{COOKIE}={cookie}".encode()})
    assert answer.status_code == 303


def test_the_hash_of_a_token_is_no_token(store: Store, token: str) -> None:
    kept = signing_in.hash_of(token)
    assert browser_of(store, kept).get("/map").status_code == 303
    database = Path(str(store.database.readers.url.database))
    for file in database.parent.glob(f"{database.name}*"):
        assert token.encode() not in file.read_bytes()


def test_a_disabled_account_is_out_at_its_next_request(store: Store, account: Account, token: str) -> None:
    browser = browser_of(store, token)
    assert browser.get("/map").status_code == 200
    accounts.disable_account(store, account.id, by="tests")
    assert browser.get("/map").status_code == 303
    assert browser.ask("POST", "/api/uploads", headers={"X-LastSeen": "1"}).status_code == 401


def test_a_session_ends_when_nobody_is_at_work_and_at_last_whatever_happens(store: Store, account: Account) -> None:
    idle = opened(store, account, Limits(timedelta(milliseconds=300), timedelta(hours=1)))
    short = opened(store, account, Limits(timedelta(hours=1), timedelta(milliseconds=300)))
    assert signing_in.account_of(store, idle) == signing_in.account_of(store, short) == account
    time.sleep(0.35)
    assert signing_in.account_of(store, idle) is None
    assert signing_in.account_of(store, short) is None


def test_work_keeps_a_session_awake_and_what_a_page_asks_by_itself_does_not(store: Store, account: Account) -> None:
    working = browser_of(store, opened(store, account, Limits(timedelta(seconds=1.2), timedelta(hours=1))))
    left_open = browser_of(store, opened(store, account, Limits(timedelta(seconds=1.2), timedelta(hours=1))))
    for _ in range(4):
        time.sleep(0.4)
        assert working.get("/map").status_code == 200
        left_open.get("/_stcore/host-config")
        left_open.get("/sign-in/state")
    assert left_open.get("/map").status_code == 303


def test_a_request_of_another_sites_page_changes_nothing(store: Store, token: str) -> None:
    browser = browser_of(store, token)
    own = {"X-LastSeen": "1"}
    for headers in (
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://127.0.0.1:9999"},
        {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    ):  # fmt: skip
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert browser.ask(method, "/api/uploads", headers=own | headers).status_code == 403, headers
            assert browser.ask(method, "/anything", headers=headers).status_code == 403, headers
    fine = own | {"Origin": "http://127.0.0.1:8501", "Sec-Fetch-Site": "same-origin"}
    assert browser.ask("POST", "/api/uploads", headers=fine).status_code == 200


def test_what_a_plain_form_can_send_is_refused_at_the_api(store: Store, token: str) -> None:
    browser = browser_of(store, token)
    assert browser.ask("POST", "/api/uploads", data={"a": "b"}).status_code == 403
    assert browser.ask("POST", "/api/uploads", headers={"X-LastSeen": "1"}).status_code == 200
    assert browser.ask("PATCH", "/api/uploads/1", headers={"Tus-Resumable": "1.0.0"}).status_code == 200


def test_a_name_that_was_made_to_point_here_is_refused_at_the_api(store: Store, token: str) -> None:
    browser = browser_of(store, token, base="http://rebound.example")
    assert (
        browser.ask("POST", "/api/uploads", headers={"X-LastSeen": "1", "Cookie": f"{COOKIE}={token}"}).status_code
        == 403
    )


def test_a_programs_key_opens_the_api_alone(store: Store, account: Account) -> None:
    key, token = tokens.make_key(store, account.id, purpose="recorder", by="tests")
    browser = Browser(door(store), headers={"Authorization": f"Bearer {token}"})
    assert browser.ask("POST", "/api/uploads").json()["came"] == "aino"
    assert browser.get("/map").status_code == 303
    assert browser.get("/media/x").status_code == 401
    assert browser.get("/account").status_code == 303
    tokens.end_key(store, account, key.id)
    assert browser.ask("POST", "/api/uploads").status_code == 401


def test_a_token_reads_or_changes_within_its_scopes_at_every_route(store: Store, account: Account) -> None:
    for scope, allowed in ((Scope.READ, "GET"), (Scope.WRITE, "POST"), (Scope.FACES, "")):
        _, token = tokens.make_key(store, account.id, purpose="", by="tests", scopes=[scope])
        browser = Browser(door(store), headers={"Authorization": f"Bearer {token}"})
        for method in ("GET", "POST", "PATCH", "DELETE"):
            wanted = 200 if method == allowed or (allowed == "POST" and method != "GET") else 403
            assert browser.ask(method, "/api/uploads").status_code == wanted, (scope, method)


def test_who_asks_too_often_is_told_when_to_come_again(store: Store, account: Account, token: str) -> None:
    app = door(store, per_minute=3)
    _, key = tokens.make_key(store, account.id, purpose="", by="tests")
    program, person = Browser(app, headers={"Authorization": f"Bearer {key}"}), browser_of(store, token)
    person.app = app
    assert [program.get("/api/v1/x").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert int(program.get("/api/v1/x").headers["retry-after"]) == 20
    assert [person.get("/api/v1/x").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert person.get("/api/uploads").status_code == 200, "files come in many pieces"
    assert person.get("/map").status_code == 200


def test_tokens_that_are_none_are_tried_slowly(store: Store, account: Account) -> None:
    app = door(store, per_minute=3)
    guesser = Browser(app, headers={"Authorization": "Bearer lastseen_guess"})
    assert [guesser.get("/api/v1/x").status_code for _ in range(4)] == [401, 401, 401, 429]
    _, key = tokens.make_key(store, account.id, purpose="", by="tests")
    assert Browser(app, headers={"Authorization": f"Bearer {key}"}).get("/api/v1/x").status_code == 200


@pytest.mark.parametrize("given_", ["Bearer", "Bearer x", "Basic YWlubzp4", "Bearer lastseen_x", "bearer  "])
def test_a_made_up_key_opens_nothing(store: Store, account: Account, given_: str) -> None:
    assert Browser(door(store), headers={"Authorization": given_}).ask("POST", "/api/uploads").status_code == 401


def test_a_key_ends_with_its_time_and_with_its_account(store: Store, account: Account) -> None:
    _, short = tokens.make_key(store, account.id, purpose="", by="tests", lasts=timedelta(milliseconds=100))
    _, long = tokens.make_key(store, account.id, purpose="", by="tests")
    time.sleep(0.12)
    assert tokens.key_and_account(store, short) is None
    assert tokens.key_and_account(store, long) is not None
    accounts.disable_account(store, account.id, by="tests")
    accounts.enable_account(store, account.id, by="tests")
    assert tokens.key_and_account(store, long) is None
    with pytest.raises(BadInput, match="days"):
        tokens.make_key(store, account.id, purpose="", by="tests", lasts=timedelta(days=4000))


def test_a_given_out_password_opens_nothing_but_the_choice_of_another(store: Store) -> None:
    _, once = accounts.add_account(store, "bea", by="tests")
    browser = Browser(door(store))
    assert browser.sign_in("bea", once).headers["location"] == "/sign-in/new-password?next=%2F"
    for path in ("/", "/map?case=x", "/account", "/accounts"):
        assert browser.get(path).headers["location"] == f"/sign-in/new-password?next={quote(path, safe='')}"
    for path in ("/media/x", "/api/ready", "/static/x", "/_stcore/host-config"):
        assert browser.get(path).status_code == 403
    assert browser.ask("POST", "/api/uploads", headers={"X-LastSeen": "1"}).status_code == 403

    async def tried() -> Line:
        line = Line(door(store), cookie=f"{COOKIE}={browser.token}")
        await line.until("websocket.close")
        return line

    assert [message["type"] for message in run(tried()).sent] == ["websocket.close"]


# the pages' websocket


@pytest.mark.parametrize("cookie", ["", f"{COOKIE}=made-up", f"{COOKIE}="])
def test_a_websocket_of_nobody_is_refused_before_it_opens(store: Store, account: Account, cookie: str) -> None:
    async def tried() -> Line:
        line = Line(door(store), **({"cookie": cookie} if cookie else {}))
        line.say(b"rerun")
        await line.until("websocket.close")
        await line.task
        return line

    assert [message["type"] for message in run(tried()).sent] == ["websocket.close"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null"])
def test_a_websocket_of_another_sites_page_is_refused_though_signed_in(store: Store, token: str, origin: str) -> None:
    async def tried() -> Line:
        line = Line(door(store), cookie=f"{COOKIE}={token}", origin=origin)
        await line.until("websocket.close")
        return line

    assert [message["type"] for message in run(tried()).sent] == ["websocket.close"]


@pytest.mark.parametrize("how", ["signed out", "disabled", "one-time password", "idle", "absolute"])
def test_an_open_websocket_is_closed_within_two_seconds_of_the_sessions_end(
    store: Store, account: Account, how: str
) -> None:
    limits = {
        "idle": Limits(timedelta(seconds=1), timedelta(hours=1)),
        "absolute": Limits(timedelta(hours=1), timedelta(seconds=1)),
    }
    token = opened(store, account, limits.get(how))

    def end() -> None:
        if how == "signed out":
            found = signing_in.session_of(store, token)
            assert found is not None
            signing_in.sign_out(store, *found)
        elif how == "disabled":
            accounts.disable_account(store, account.id, by="tests")
        elif how == "one-time password":
            accounts.reset_password(store, account.id, by="tests")
        else:
            time.sleep(1)

    async def talked() -> tuple[Line, float]:
        line = Line(door(store), cookie=f"{COOKIE}={token}", origin="http://127.0.0.1:8501")
        await line.until("websocket.accept")
        line.say(b"by itself")
        assert (await line.until("websocket.send"))["bytes"] == b"by itself"
        await asyncio.to_thread(end)
        began = time.monotonic()
        closed = await line.until("websocket.close")
        line.say(b"after the end")
        await asyncio.wait_for(line.task, 2)
        assert closed["code"] == 1008
        return line, time.monotonic() - began

    line, took_s = run(talked())
    assert took_s < 2
    assert b"after the end" not in [message.get("bytes") for message in line.sent]


def test_an_upload_under_way_breaks_off_with_its_session(store: Store, account: Account, token: str) -> None:
    async def uploaded() -> list[dict[str, object]]:
        sent: list[dict[str, object]] = []
        coming: asyncio.Queue[dict[str, object]] = asyncio.Queue()

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        headers = [(b"host", b"127.0.0.1:8501"), (b"cookie", f"{COOKIE}={token}".encode()), (b"x-lastseen", b"1")]
        scope = {"type": "http", "method": "PATCH", "path": "/api/uploads/1", "query_string": b"", "headers": headers,
                 "client": ("203.0.113.9", 1), "scheme": "http"}  # fmt: skip
        task = asyncio.ensure_future(door(store)(scope, coming.get, send))  # type: ignore[arg-type]
        coming.put_nowait({"type": "http.request", "body": b"x" * 10, "more_body": True})
        await asyncio.sleep(0.1)
        await asyncio.to_thread(accounts.disable_account, store, account.id, by="tests")
        async with asyncio.timeout(3):
            with pytest.raises(ClientDisconnect):
                await task
        return sent

    assert [message for message in run(uploaded()) if message.get("status") == 200] == []


def test_typing_in_the_page_keeps_the_session_awake(store: Store, account: Account) -> None:
    async def talked(word: bytes) -> bool:
        token = opened(store, account, Limits(timedelta(seconds=1.5), timedelta(hours=1)))
        line = Line(door(store), cookie=f"{COOKIE}={token}")
        await line.until("websocket.accept")
        for _ in range(5):
            await asyncio.sleep(0.45)
            line.say(word)
        await asyncio.sleep(0.2)
        line.task.cancel()
        return signing_in.account_of(store, token) is not None

    async def both() -> list[bool]:
        return list(await asyncio.gather(talked(b"a click"), talked(b"by itself")))

    assert run(both()) == [True, False]


# what is believed of a line


def test_only_a_trusted_proxy_is_believed_about_who_called(store: Store, account: Account) -> None:
    told = {"X-Forwarded-For": "198.51.100.1, 203.0.113.50", "X-Forwarded-Proto": "https"}
    plain = Browser(door(store), address="203.0.113.9", headers=told)
    plain.sign_in()
    (session,) = rows.sessions_of(store, account.id)
    assert session.address == "203.0.113.9"
    assert plain.cookies.get(COOKIE), "an untrusted word of https made the cookie one"

    proxied = Browser(
        door(store, proxies="10.0.0.0/8, 203.0.113.50"), address="10.1.2.3", headers=told, base="https://x"
    )
    proxied.headers["Host"] = "127.0.0.1"
    proxied.sign_in()
    assert {known.address for known in rows.sessions_of(store, account.id)} == {"203.0.113.9", "198.51.100.1"}


def test_what_is_no_network_is_refused_by_name() -> None:
    assert networks("") == ()
    with pytest.raises(BadInput, match="trusted_proxies: nonsense"):
        networks("127.0.0.1, nonsense")
