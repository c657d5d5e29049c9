import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from recognition.calm import CalmGate


def usual(seed: int, *, noise: float = 4.0, n: int = 49) -> list[int]:
    """Packet sizes of a group in which nothing moves: the same every time, but for a little."""
    rng = np.random.default_rng(seed)
    profile = np.where(np.arange(n) % 4 == 0, 140, 85)
    return [int(v) for v in profile + rng.normal(0, noise, n)]


def taught(*, noise: float = 4.0) -> CalmGate:
    gate = CalmGate()
    for seed in range(8):
        gate.learn(usual(seed, noise=noise))
    return gate


def test_nothing_is_calm_before_calm_is_known() -> None:
    gate = CalmGate()
    for seed in range(2):
        gate.learn(usual(seed))
    assert not gate.is_calm(usual(9))


def test_what_is_as_usual_is_calm() -> None:
    gate = taught()
    assert sum(gate.is_calm(usual(seed)) for seed in range(100, 120)) >= 18


def test_a_few_bytes_more_for_a_second_are_a_passer_by() -> None:
    gate = taught()
    for start in (0, 10, 24):
        sizes = usual(50)
        for i in range(start, start + 25):
            sizes[i] += 15
        assert not gate.is_calm(sizes)


def test_one_large_packet_is_not_calm() -> None:
    sizes = usual(51)
    sizes[30] += 400
    assert not taught().is_calm(sizes)


def test_sizes_that_vary_by_themselves_are_never_called_calm() -> None:
    gate = taught(noise=200)
    assert not any(gate.is_calm(usual(seed, noise=200)) for seed in range(100, 130))


def test_groups_of_another_length_are_not_compared() -> None:
    assert not taught().is_calm(usual(3, n=24))


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 10_000_000), max_size=60), st.integers(0, 100))
def test_any_sizes_get_an_answer(sizes: list[int], seed: int) -> None:
    gate = taught()
    assert gate.is_calm(sizes) in (True, False)
    gate.learn(sizes)
    assert gate.is_calm(usual(seed)) in (True, False)
