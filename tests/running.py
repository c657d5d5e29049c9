"""Runs coroutines in tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives, in a thread of its own: in this one Playwright's loop may be running for a browser."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
