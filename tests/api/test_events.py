"""The line on which open pages are told that something of theirs has changed, with the door in front of it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from api import events as lines
from api.door import Door
from api.events import Events, events_route
from casework import signing_in
from casework.pulse import Pulse
from casework.signing_in import COOKIE, Caller, Limits
from data import account_rows as rows
from data.errors import NotFound, NotReachable
from data.models import Account
from data.store import Store
from tests.api.doors import POLICIES, an_account_with
from tests.running import run

pytestmark = pytest.mark.usefixtures("quick_hashes")


class Cases:
    """What a fake store holds: a counter, and each case's pulse; how often it was asked for one."""

    def __init__(self) -> None:
        self.count = 0
        self.marks = {"case-1": "a", "case-2": "a"}
        self.asked: list[tuple[str, str]] = []
        self.is_away = False

    def moved(self) -> int:
        if self.is_away:
            raise NotReachable("store: away")
        return self.count

    def pulse_of(self, account: Account, case_id: str) -> Pulse:
        self.asked.append((account.name, case_id))
        if case_id not in self.marks:
            raise NotFound(f"case {case_id}: not in the store")
        return Pulse({"matches": self.marks[case_id]}, 2)

    def change(self, case_id: str, mark: str) -> None:
        self.count += 1
        self.marks[case_id] = mark


class Listener:
    """A browser that listens on one line, inside one event loop."""

    def __init__(self, app: Starlette, query: str, token: str) -> None:
        self.status = 0
        self.text = ""
        self.is_over = False
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        headers = [(b"host", b"127.0.0.1:8501"), (b"cookie", f"{COOKIE}={token}".encode())]
        scope = {"type": "http", "method": "GET", "path": lines.PATH, "raw_path": lines.PATH.encode(),
                 "query_string": query.encode(), "headers": headers, "scheme": "http", "client": ("203.0.113.9", 4321),
                 "server": ("127.0.0.1", 8501), "root_path": "", "http_version": "1.1",
                 "asgi": {"version": "3.0"}}  # fmt: skip
        self.task = asyncio.ensure_future(app(scope, self._coming.get, self._send))

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.is_over = message["type"] == "http.response.body" and not message.get("more_body")

    def leave(self) -> None:
        self._coming.put_nowait({"type": "http.disconnect"})

    @property
    def told(self) -> list[dict[str, Any]]:
        data = [line.removeprefix("data: ") for line in self.text.splitlines() if line.startswith("data: ")]
        return [json.loads(words) for words in data][1:]  # after the hello

    async def until(self, is_so: Callable[[], bool], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not is_so():
                await asyncio.sleep(0.005)


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch) -> Cases:
    monkeypatch.setattr(lines, "LOOK_EVERY_S", 0.01)
    return Cases()


def opened(store: Store, limits: Limits | None = None) -> str:
    account = an_account_with(store)
    return signing_in.open_session(store, account, caller=Caller(), limits=limits or Limits(), how="test")


@asynccontextmanager
async def served(store: Store, cases: Cases) -> AsyncIterator[tuple[Events, Callable[..., Listener]]]:
    events = Events(cases.moved, cases.pulse_of)
    door = Middleware(Door, open_store=lambda: store, policies=POLICIES)
    app = Starlette(routes=[events_route(events)], middleware=[door])
    open_lines: list[Listener] = []

    def listen(query: str, token: str) -> Listener:
        open_lines.append(Listener(app, query, token))
        return open_lines[-1]

    yield events, listen
    events.close()
    await asyncio.gather(*(line.task for line in open_lines))


def within(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    run(work())


def test_a_line_tells_at_first_how_its_cases_stand_and_then_what_moves(store: Store, cases: Cases) -> None:
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            line = listen("case=case-1&case=case-2", token)
            await line.until(lambda: len(line.told) == 2)
            assert line.status == 200
            first = {"case": "case-1", "waits": 2, "marks": {"matches": "a"}}
            assert sorted(line.told, key=str) == [first, first | {"case": "case-2"}]
            cases.change("case-2", "b")
            await line.until(lambda: len(line.told) == 3)
            assert line.told[2] == {"case": "case-2", "waits": 2, "marks": {"matches": "b"}}
            cases.change("case-3", "b")  # moves nothing of theirs
            asked = len(cases.asked)
            await line.until(lambda: len(cases.asked) > asked)
            assert len(line.told) == 3

    within(tried)


def test_nobody_is_asked_anything_for_as_long_as_nothing_is_written(store: Store, cases: Cases) -> None:
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            open_lines = [listen("case=case-1", token) for _ in range(50)]
            for line in open_lines:
                await line.until(lambda line=line: len(line.told) == 1)  # type: ignore[misc]
            asked = len(cases.asked)
            await asyncio.sleep(0.2)
            assert len(cases.asked) == asked
            cases.change("case-1", "b")
            for line in open_lines:
                await line.until(lambda line=line: len(line.told) == 2)  # type: ignore[misc]
            assert len(cases.asked) == asked + 1, "one question for all lines of one person to one case"

    within(tried)


def test_a_case_that_is_not_there_for_somebody_is_told_of_without_a_mark(store: Store, cases: Cases) -> None:
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            line = listen("case=case-9", token)
            await line.until(lambda: bool(line.told))
            assert line.told == [{"case": "case-9", "waits": 0, "marks": None}]

    within(tried)


def test_a_line_outlasts_a_store_that_is_away_for_a_while(store: Store, cases: Cases) -> None:
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            cases.is_away = True
            line = listen("case=case-1", token)
            await asyncio.sleep(0.1)
            assert not line.told
            cases.is_away = False
            await line.until(lambda: bool(line.told))

    within(tried)


def test_a_line_ends_with_its_session_and_its_browser_and_the_server(store: Store, cases: Cases) -> None:
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (events, listen):
            left, ended = listen("case=case-1", token), listen("case=case-1", token)
            await ended.until(lambda: bool(ended.told and left.told))
            left.leave()
            await left.until(lambda: left.is_over)
            with store.writing() as writing:
                rows.end_sessions(writing, an_account_of(store).id)
            await ended.until(lambda: ended.is_over)
            gone = listen("case=case-1", token)
            await gone.until(lambda: gone.is_over)
            assert gone.status == 401
            again = signing_in.open_session(store, an_account_of(store), caller=Caller(), limits=Limits(), how="test")
            last = listen("case=case-1", again)
            await last.until(lambda: bool(last.told))
            events.close()
            await last.until(lambda: last.is_over)
            late = listen("case=case-1", again)
            await late.until(lambda: late.is_over)
            assert late.status == 503

    within(tried)


def an_account_of(store: Store) -> Account:
    return rows.account_named(store, "aino")


def test_an_open_line_keeps_no_session_awake(store: Store, cases: Cases) -> None:
    token = opened(store, Limits(timedelta(seconds=0.5), timedelta(hours=1)))

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            line = listen("case=case-1", token)
            await line.until(lambda: bool(line.told))
            await line.until(lambda: line.is_over)

    within(tried)
    assert signing_in.session_of(store, token) is None


@pytest.mark.parametrize("query", ["", "cases=case-1", "&".join(f"case={number}" for number in range(21))])
def test_a_line_names_some_cases_and_not_too_many(store: Store, cases: Cases, query: str) -> None:
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            line = listen(query, token)
            await line.until(lambda: line.is_over)
            assert line.status == 422

    within(tried)


def test_one_account_opens_only_so_many_lines(store: Store, cases: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MOST_LINES", 2)
    token = opened(store)

    async def tried() -> None:
        async with served(store, cases) as (_, listen):
            for line in [listen("case=case-1", token), listen("case=case-1", token)]:
                await line.until(lambda line=line: bool(line.told))  # type: ignore[misc]
            third = listen("case=case-1", token)
            await third.until(lambda: third.is_over)
            assert third.status == 503

    within(tried)
