"""GET /api/v1/events?case=ID&case=…: a line on which a browser is told what has changed of its pages, as it happens.

Server-sent events. Each tells of one case (or of HOME, the list of them) the marks of what this person may know of it
and how much waits for them (`casework.pulse`); never what it is. One line serves all tabs of a browser, one look a
second at the store serves all lines, and nobody is asked anything for as long as nothing was written.
"""

import asyncio
import json
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from api.guard import account_in
from api.problems import problem
from casework.pulse import Pulse
from data.errors import LastSeenError, NotFound, NotSignedIn
from data.models import Account

log = structlog.get_logger("events")
PATH = "/api/v1/events"
LOOK_EVERY_S = 1.0
HEARTBEAT_S = 15.0
"""A line that is silent for longer is taken for dead by proxies, and would not be missed by us."""
MOST_CASES = 20
MOST_LINES = 100
"""So many lines an account may hold open."""


@dataclass(frozen=True)
class Words:
    """What is told of one thing; after the last of them nothing more will come."""

    text: str
    is_last: bool = False


WordsOf = Callable[[Account, str], Words]
"""What an account is told of a thing, by its id."""
_Key = tuple[WordsOf, str, str]
"""How it is told, an account's id, and that of a thing."""


@dataclass(eq=False)
class _Line:
    """One browser or program that listens: as whom, to which things, and what it was told last."""

    account: Account
    ids: tuple[str, ...]
    words_of: WordsOf
    told: dict[str, str] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: dict[str, str] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come, and all of it was handed on."""
        return len(self.over) == len(self.ids) and not self.waiting

    def key(self, id: str) -> _Key:
        return self.words_of, self.account.id, id

    def tell(self, id: str, words: Words) -> None:
        if self.told.get(id) != words.text:
            self.told[id] = self.waiting[id] = words.text
            self.over |= {id} if words.is_last else set()
            self.news.set()


class Events:
    """All lines of this process. `moved` changes with whatever is written, `pulse_of` is what an account may know."""

    def __init__(self, moved: Callable[[], object], pulse_of: Callable[[Account, str], Pulse]) -> None:
        self._moved = moved
        self._pulse_of = pulse_of
        self._lines: set[_Line] = set()
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False
        self._seen: object = None
        self._new = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        try:
            account = account_in(request)
        except NotSignedIn as error:
            return problem(401, str(error))
        case_ids = tuple(dict.fromkeys(request.query_params.getlist("case")))
        if not case_ids or len(case_ids) > MOST_CASES:
            return problem(422, f"case: name 1 to {MOST_CASES} of them; an empty one is the list of all cases")
        return self.line(request, account, case_ids, self._words)

    def line(self, request: Request, account: Account, ids: tuple[str, ...], words_of: WordsOf) -> Response:
        """An answer that tells of these things, at first how they stand and then whenever that changes."""
        if self._is_closed or sum(line.account.id == account.id for line in self._lines) >= MOST_LINES:
            return problem(503, "too many lines are open; close some tabs")
        session = request.scope["state"]["session"]
        return _Stream(self, _Line(account, ids, words_of), session.id if session else "")

    @contextmanager
    def listening(self, line: _Line) -> Iterator[None]:
        self._lines.add(line)
        self._new.set()
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            self._lines.discard(line)

    @property
    def is_closed(self) -> bool:
        return self._is_closed

    def close(self) -> None:
        """End all lines and take no more: the server waits for the last of them before it stops."""
        self._is_closed = True
        for line in self._lines:
            line.news.set()

    @contextmanager
    def closed_by_signals(self) -> Iterator[None]:
        """Close when the server is told to stop, before it begins to wait for whoever is connected."""
        loop, kept = asyncio.get_running_loop(), {}
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                kept[number] = signal.getsignal(number)

        def stopping(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.close)
            if callable(before := kept[signal.Signals(number)]):
                before(number, frame)

        for number, before in kept.items():
            if callable(before):
                signal.signal(number, stopping)
        try:
            yield
        finally:
            for number, before in kept.items():
                signal.signal(number, before)

    async def _look_on(self) -> None:
        while self._lines and not self._is_closed:
            self._new.clear()
            asked = {line.key(id): line.account for line in self._lines for id in line.ids}
            new = {line.key(id) for line in self._lines for id in line.ids if id not in line.told}
            try:
                found = await run_in_threadpool(self._look, asked, new)
            except LastSeenError as error:  # no store, no page either: it says so itself
                log.warning("changes not looked at", why=str(error))
                found = {}
            for line in self._lines:
                for id in line.ids:
                    if (words := found.get(line.key(id))) is not None:
                        line.tell(id, words)
            with suppress(TimeoutError):  # who has just come waits for no clock
                await asyncio.wait_for(self._new.wait(), LOOK_EVERY_S)

    def _look(self, asked: dict[_Key, Account], new: set[_Key]) -> dict[_Key, Words]:
        """What each is to be told; only those that are `new` where nothing was written since the last look."""
        now = self._moved()
        wanted = new if now == self._seen else asked.keys()
        found = {key: key[0](asked[key], key[2]) for key in wanted}
        self._seen = now
        return found

    def _words(self, account: Account, case_id: str) -> Words:
        try:
            pulse = self._pulse_of(account, case_id)
        except NotFound:
            return Words(json.dumps({"case": case_id, "waits": 0, "marks": None}))
        return Words(json.dumps({"case": case_id, "waits": pulse.waits, "marks": dict(pulse.marks)}))


class _Stream(Response):
    """The answer that goes on until the browser leaves, the session ends or the server stops."""

    media_type = "text/event-stream"

    def __init__(self, events: Events, line: _Line, session_id: str) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events = events
        self._line = line
        self._hello = json.dumps({"session": session_id})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        with self._events.listening(self._line):
            telling = asyncio.create_task(self._tell(send))
            leaving = asyncio.create_task(_left(receive))
            try:
                await asyncio.wait({telling, leaving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                telling.cancel()
                leaving.cancel()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _tell(self, send: Send) -> None:
        async for words in self._words():
            await send({"type": "http.response.body", "body": words.encode(), "more_body": True})

    async def _words(self) -> AsyncIterator[str]:
        line = self._line
        yield f"retry: 2000\nevent: hello\ndata: {self._hello}\n\n"
        while not (self._events.is_closed or line.is_over):
            try:
                await asyncio.wait_for(line.news.wait(), HEARTBEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            line.news.clear()
            waiting, line.waiting = line.waiting, {}
            for words in waiting.values():
                yield f"data: {words}\n\n"


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def events_route(events: Events) -> Route:
    return Route(PATH, events.answer, methods=["GET"])
