"""Failed sign-ins slow down, by account and by address, and nobody is locked out."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from casework import slowing
from casework.slowing import key_of, network_of, pause, take_turn
from data import account_rows as rows
from data.errors import TooSoon
from data.store import Store

BACKENDS = ("sqlite", "postgresql")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def times(*seconds_ago: float) -> list[datetime]:
    return [NOW - timedelta(seconds=s) for s in seconds_ago]


def test_four_failures_slow_nothing_and_the_fifth_within_a_minute_does() -> None:
    assert pause(times(40, 30, 20, 10), NOW) == timedelta(0)
    assert pause(times(40, 30, 20, 10, 1), NOW) == timedelta(seconds=3)  # four seconds after the latest


def test_five_failures_spread_over_more_than_a_minute_slow_nothing() -> None:
    assert pause(times(200, 150, 100, 50, 0), NOW) == timedelta(0)


def test_the_pause_grows_and_never_exceeds_a_minute() -> None:
    pauses = [pause(times(*range(n - 1, -1, -1)), NOW).total_seconds() for n in range(5, 40)]
    assert pauses[:5] == [4, 8, 16, 32, 60]
    assert set(pauses[5:]) == {60}


def test_after_a_quarter_of_an_hour_everything_is_forgotten() -> None:
    old = [NOW - timedelta(minutes=15, seconds=s) for s in range(30, 0, -1)]
    assert pause(old, NOW) == timedelta(0)


def test_an_account_is_slowed_from_whatever_address(store: Store) -> None:
    for number in range(5):
        take_turn(store, "account", f"198.51.100.{number}", now=NOW)
    with pytest.raises(TooSoon) as slowed:
        take_turn(store, "account", "198.51.100.77", now=NOW)
    assert slowed.value.wait_s == 4
    take_turn(store, "another", "198.51.100.77", now=NOW)


def test_an_address_is_slowed_at_whatever_account(store: Store) -> None:
    for number in range(5):
        take_turn(store, f"account-{number}", "198.51.100.7", now=NOW)
    with pytest.raises(TooSoon):
        take_turn(store, "account-9", "198.51.100.7", now=NOW)


def test_a_try_that_comes_too_soon_does_not_lengthen_the_wait(store: Store) -> None:
    for _ in range(5):
        take_turn(store, "account", "198.51.100.7", now=NOW)
    for _ in range(20):
        with pytest.raises(TooSoon):
            take_turn(store, "account", "198.51.100.7", now=NOW + timedelta(seconds=1))
    take_turn(store, "account", "198.51.100.7", now=NOW + timedelta(seconds=4))


def test_a_try_that_was_right_does_not_count(store: Store) -> None:
    for _ in range(30):
        noted = take_turn(store, "account", "198.51.100.7", now=NOW)
        with store.writing() as writing:
            rows.take_back_failure(writing, noted)


def test_many_tries_at_the_same_moment_count_as_many(store: Store) -> None:
    came: list[str] = []

    def tried() -> None:
        try:
            take_turn(store, "account", "198.51.100.7", now=NOW)
            came.append("looked at")
        except TooSoon:
            came.append("too soon")

    crowd = [threading.Thread(target=tried) for _ in range(12)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    assert came.count("looked at") == 5
    assert came.count("too soon") == 7


def test_what_was_typed_as_a_name_is_kept_as_a_hash_alone() -> None:
    assert "hunter2" not in key_of(None, "hunter2 hunter2")
    assert key_of(None, " Aino") == key_of(None, "aino")
    assert key_of("id-1", "whatever") == "id-1"


def test_one_customers_ipv6_addresses_count_as_one() -> None:
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("2001:db8:1:3::1") != network_of("2001:db8:1:2::1")
    assert network_of("::ffff:198.51.100.7") == network_of("198.51.100.7") == "198.51.100.7"
    assert network_of("a name") == network_of("") == "unknown"


def test_the_rule_is_the_one_that_is_documented() -> None:
    assert (5, timedelta(minutes=1)) == (slowing.FAILURES, slowing.WITHIN)
    assert timedelta(minutes=1) == slowing.LONGEST
