"""How often somebody may ask."""

import pytest

from api import pace
from api.pace import ApiPaces, Pace


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_so_many_a_minute_at_once_and_then_evenly(clock: Clock) -> None:
    tries = Pace(6, clock=clock)
    assert [tries.wait_s("a") for _ in range(8)] == [0] * 6 + [10, 10]
    clock.now += 10
    assert [tries.wait_s("a"), tries.wait_s("a")] == [0, 10]
    clock.now += 3600
    assert [tries.wait_s("a") for _ in range(7)] == [0] * 6 + [10]


def test_one_who_asks_too_often_takes_nothing_from_another(clock: Clock) -> None:
    tries = Pace(1, clock=clock)
    assert [tries.wait_s("a"), tries.wait_s("a"), tries.wait_s("b")] == [0, 60, 0]


def test_none_a_minute_means_as_many_as_one_likes(clock: Clock) -> None:
    tries = Pace(0, clock=clock)
    assert not any(tries.wait_s("a") for _ in range(1000))


def test_however_many_ask_no_more_are_remembered_than_may_be(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "MOST_KNOWN", 10)
    tries = Pace(1, clock=clock)
    for number in range(1000):
        assert tries.wait_s(str(number)) == 0
        assert len(tries._full_at) <= 10
    assert tries.wait_s("999") > 0, "who has just asked is not forgotten"


def test_all_tokens_of_an_account_together_get_twice_what_one_gets() -> None:
    paces = ApiPaces(10)
    assert [paces.wait_s("account", token) > 0 for token in "abcd" for _ in range(10)] == [False] * 20 + [True] * 20
    assert paces.wait_s("other", "e") == 0
