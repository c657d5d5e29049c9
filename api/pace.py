"""How often somebody may ask: a bucket of tries that fills evenly, kept in the memory of this process."""

import threading
import time
from collections.abc import Callable
from math import ceil

from starlette.responses import Response

from api.problems import problem

MOST_KNOWN = 20_000
"""So many askers are remembered; of more, those are forgotten first whose buckets are full again."""
REFUSED_PER_MINUTE = 30
"""So many tokens that are none may be tried from one address."""


class Pace:
    """So many a minute for each asker, all of them at once if need be; 0 a minute: as often as they like."""

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._each_s = 60.0 / per_minute if per_minute else 0.0
        self._clock = clock
        self._lock = threading.Lock()
        self._full_at: dict[str, float] = {}

    def wait_s(self, asker: str) -> int:
        """Take one try; 0 where it was there, or else after how many seconds there is one again, and none taken."""
        if not self._each_s:
            return 0
        now = self._clock()
        with self._lock:
            full_at = max(self._full_at.get(asker, now), now)
            wait = full_at + self._each_s - now - 60.0
            if wait > 0:
                return ceil(wait)
            if asker not in self._full_at and len(self._full_at) >= MOST_KNOWN:
                self._forget(now)
            self._full_at[asker] = full_at + self._each_s
            return 0

    def _forget(self, now: float) -> None:
        self._full_at = {asker: at for asker, at in self._full_at.items() if at > now}
        for asker in sorted(self._full_at, key=self._full_at.__getitem__)[: len(self._full_at) - MOST_KNOWN // 2]:
            del self._full_at[asker]


def too_fast(wait_s: int) -> Response:
    """The answer to whoever asks more often than may be."""
    return problem(429, f"too many requests; come again in {wait_s} seconds", {"Retry-After": str(wait_s)})


class ApiPaces:
    """The paces at /api: of a token, of all that one account does there, and of an address whose tokens are none."""

    def __init__(self, per_minute: int) -> None:
        self._token = Pace(per_minute)
        self._account = Pace(2 * per_minute)
        self._refused = Pace(min(per_minute, REFUSED_PER_MINUTE))

    def wait_s(self, account_id: str, token_hash: str | None) -> int:
        """How long whoever is known has to wait; a browser's session has no token."""
        wait = self._token.wait_s(token_hash) if token_hash else 0
        return wait or self._account.wait_s(account_id)

    def wait_refused_s(self, address: str) -> int:
        """How long an address has to wait whose token was none."""
        return self._refused.wait_s(address)
