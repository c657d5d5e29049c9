"""What is open and lasts: websockets and uploads under way. Closed within about a second of the session's end."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
from starlette.concurrency import run_in_threadpool

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
