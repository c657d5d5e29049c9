"""Failed sign-ins slow down, by account and by address; nobody is locked out for good.

A try is written down as failed before the password is looked at, in the one writing transaction there is at a time, and
taken back when it was right: a hundred tries at once count as a hundred.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from data import account_rows as rows
from data.errors import TooSoon
from data.models import utc_now
from data.store import Store, Writing

FAILURES, WITHIN = 5, timedelta(minutes=1)
REMEMBERED = timedelta(minutes=15)
"""So long after the last failure tries count as slowed."""
LONGEST = timedelta(minutes=1)


def pause(failed: Sequence[datetime], now: datetime) -> timedelta:
    """How long to wait before the next try, after failures at these times, oldest first.

    Nothing, until five of them fell within one minute; then 4 s after the latest, 8, 16 … and at most a minute.
    """
    lately = [at for at in failed if now - at <= REMEMBERED]
    pairs = zip(lately, lately[FAILURES - 1 :], strict=False)
    if not any(last - first <= WITHIN for first, last in pairs):
        return timedelta(0)
    wait = min(timedelta(seconds=2 ** min(len(lately) - FAILURES + 2, 10)), LONGEST)
    return max(timedelta(0), lately[-1] + wait - now)


def take_turn(store: Store, account_key: str, address: str, *, now: datetime | None = None) -> int:
    """Note a try, to be taken back where it was right; TooSoon, and nothing noted, while tries are slowed."""
    now = now or utc_now()
    with store.writing() as writing:
        wait = max(_pauses(writing, account_key, network_of(address), now))
        if wait <= timedelta(0):
            return rows.add_failure(writing, at=now, account_key=account_key, address=network_of(address))
    raise TooSoon(ceil(wait.total_seconds()))


def _pauses(writing: Writing, account_key: str, address: str, now: datetime) -> list[timedelta]:
    since = now - REMEMBERED
    return [
        pause(rows.failures(writing, since, account_key=account_key), now),
        pause(rows.failures(writing, since, address=address), now),
    ]


def key_of(account_id: str | None, typed: str) -> str:
    """What failures are counted under: the account, or what was typed, which may be a password, so as a hash."""
    return account_id or "unknown-" + sha256(rows.name_key(typed.strip()).encode("utf-8", "replace")).hexdigest()[:32]


def network_of(address: str) -> str:
    """The address; of IPv6 the network of one customer, who has as many addresses as he likes."""
    try:
        known = ip_address(address)
    except ValueError:
        return "unknown"
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or ip_network((known, 64), strict=False))
