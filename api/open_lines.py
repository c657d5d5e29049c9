"""What is open and lasts: websockets and uploads under way. Closed within about a second of the session's end."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Send

from casework.signing_in import lasting
from data.errors import LastSeenError
from data.store import Store

log = structlog.get_logger("door")
LOOK_EVERY_S = 1.0


class OpenLines:
    """Asks the store once a second, in one question for all, which sessions still last."""

    def __init__(self, open_store: Callable[[], Store]) -> None:
        self._store = open_store
        self._open: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._watch: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watched(self, token_hash: str) -> AsyncIterator[asyncio.Event]:
        """An event that is set when this session, or key, has ended."""
        ended = asyncio.Event()
        self._open[token_hash].add(ended)
        if self._watch is None or self._watch.done():
            self._watch = asyncio.create_task(self._looking())
        try:
            yield ended
        finally:
            self._open[token_hash].discard(ended)
            if not self._open[token_hash]:
                del self._open[token_hash]

    async def _looking(self) -> None:
        while self._open:
            await asyncio.sleep(LOOK_EVERY_S)
            asked = list(self._open)
            try:
                last = await run_in_threadpool(self._lasting, asked)
            except LastSeenError as error:  # no store, no page either: it says so itself
                log.warning("sessions not looked at", why=str(error))
                continue
            for token_hash in set(asked) - last:
                for ended in self._open.get(token_hash, ()):
                    ended.set()

    def _lasting(self, token_hashes: list[str]) -> set[str]:
        return lasting(self._store(), token_hashes)


class Closing:
    """Sends to the browser until the session ends; then closes the line and lets nothing more through."""

    def __init__(self, ended: asyncio.Event, send: Send) -> None:
        self._ended = ended
        self._send = send
        self._is_open = True

    async def __call__(self, message: Message) -> None:
        if self._is_open and not self._ended.is_set():
            self._is_open = message["type"] != "websocket.close"
            await self._send(message)

    async def close_when_ended(self) -> None:
        await self._ended.wait()
        if self._is_open:
            self._is_open = False
            await self._send({"type": "websocket.close", "code": 1008, "reason": "the session has ended"})


def until(ended: asyncio.Event, receive: Receive, last: Message) -> Receive:
    """What comes in, until the session ends; `last` from then on."""

    async def receiving() -> Message:
        if ended.is_set():
            return last
        coming = asyncio.ensure_future(_one(receive))
        ending = asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({coming, ending}, return_when=asyncio.FIRST_COMPLETED)
            return last if ended.is_set() else coming.result()
        finally:
            ending.cancel()
            coming.cancel()  # does nothing to what has come

    return receiving


async def _one(receive: Callable[[], Awaitable[Message]]) -> Message:
    return await receive()
