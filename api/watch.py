"""The web door's standing work for the record: it signs checkpoints, reads originals again, removes old exports."""

import asyncio
import threading
from collections.abc import Callable

import structlog
from starlette.concurrency import run_in_threadpool

from casework.exporting import remove_old_exports
from casework.record import Watching, look_after
from data.errors import LastSeenError
from data.evidence_rows import SOUND
from data.store import Store

log = structlog.get_logger("record")
EVERY_S = 600.0


async def watched(open_store: Callable[[], Store], plan: Watching, *, every_s: float = EVERY_S) -> None:
    """Look after the record for ever; a round that reads files ends soon after this is cancelled."""
    stop = threading.Event()

    def one_round() -> None:
        store = open_store()
        is_signed, checked = look_after(store, plan, wait=lambda seconds: not stop.wait(seconds))
        wrong = [check for check in checked if check.outcome != SOUND]
        for check in wrong:
            log.error("original damaged", sha256=check.sha256, outcome=check.outcome)
        removed = remove_old_exports(store)
        if is_signed or checked or removed:
            log.info("record looked after", signed=is_signed, originals_read=len(checked), exports_removed=removed)

    try:
        while True:
            try:
                await run_in_threadpool(one_round)
            except (LastSeenError, OSError) as error:
                log.warning("record not looked after", why=str(error))
            await asyncio.sleep(every_s)
    finally:
        stop.set()
