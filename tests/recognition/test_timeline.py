from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognition.timeline import PacketClock, PictureClock, Placed, Times

MPEG = Fraction(1, 90_000)
WRAP = 1 << 33


@dataclass
class Packet:
    """What the clock reads of a packet."""

    pts: int | None
    dts: int | None
    duration: int | None = 0


def place(packets: list[Packet], *, wraps: bool = True, times: Times = Times.PRESENTATION) -> list[Placed]:
    clock = PacketClock(time_base=MPEG, zero_s=0.0, times=times, wraps=wraps)
    return list(clock.place(packets))  # type: ignore[arg-type]


def at(*seconds: float) -> list[Packet]:
    return [Packet(round(s * 90_000), round(s * 90_000)) for s in seconds]


def told(placed: list[Placed]) -> list[tuple[float | None, str]]:
    return [(None if p.time_s is None else round(p.time_s, 3), p.time_source) for p in placed]


def test_steady_times_are_taken_as_they_are() -> None:
    assert told(place(at(0, 0.04, 0.08))) == [(0.0, "container"), (0.04, "container"), (0.08, "container")]


def test_a_clock_that_goes_round_stays_exact() -> None:
    start = WRAP - 3600
    packets = [Packet((start + 3600 * i) % WRAP, (start + 3600 * i) % WRAP) for i in range(4)]
    assert [p.time_s for p in place(packets)] == pytest.approx([(start + 3600 * i) / 90_000 for i in range(4)])
    assert {p.time_source for p in place(packets)} == {"container"}


def test_a_fall_is_a_splice_and_what_follows_is_estimated() -> None:
    found = told(place(at(100, 100.04, 100.08, 7, 7.04)))
    assert found[3:] == [(100.12, "estimated"), (100.16, "estimated")]


def test_a_day_ahead_is_a_splice_too_and_an_hour_ahead_a_pause() -> None:
    assert told(place(at(1, 1.04, 95_000, 95_000.04)))[2:] == [(1.08, "estimated"), (1.12, "estimated")]
    assert told(place(at(1, 1.04, 3601, 3601.04)))[2:] == [(3601.0, "container"), (3601.04, "container")]


def test_a_single_packet_far_off_is_damage_and_leaves_the_others_alone() -> None:
    found = told(place(at(1, 1.04, 70_000, 1.12, 1.16)))
    assert found[2] == (None, "estimated")
    assert found[3:] == [(1.12, "container"), (1.16, "container")]


def test_a_first_packet_far_off_does_not_move_the_rest() -> None:
    assert told(place(at(-268_435, 0.04, 0.08))) == [(None, "estimated"), (0.04, "container"), (0.08, "container")]


def test_a_presentation_time_far_from_decoding_is_not_believed() -> None:
    packets = [Packet(0, 0), Packet(90_000 * 500, 3600), Packet(7200, 7200)]
    assert told(place(packets)) == [(0.0, "container"), (None, "estimated"), (0.08, "container")]


def test_reordered_pictures_of_a_container_without_presentation_times_get_them_in_order() -> None:
    placed = place(at(0, 0.04, 0.08, 0.12), times=Times.REORDERED)
    clock = PictureClock(rate=25, times=Times.REORDERED)
    for packet in placed:
        clock.expect(packet)
    found = [clock.time_of(placed[i])[0] for i in (0, 3, 1, 2)]
    assert found == pytest.approx([0, 0.04, 0.08, 0.12])


def test_a_lost_picture_gives_its_time_to_nobody() -> None:
    placed = place(at(0, 0.04, 0.08, 0.12), times=Times.REORDERED)
    clock = PictureClock(rate=25, times=Times.REORDERED)
    for packet in placed:
        clock.expect(packet)
    first = clock.time_of(placed[0])[0]
    clock.give_up(placed[1])
    assert [first, clock.time_of(placed[2])[0], clock.time_of(placed[3])[0]] == pytest.approx([0, 0.08, 0.12])


def test_without_times_pictures_are_counted_lost_ones_too() -> None:
    placed = place([Packet(None, None)] * 4, times=Times.NONE)
    clock = PictureClock(rate=10, times=Times.NONE)
    assert clock.time_of(placed[0]) == (0.0, "estimated")
    clock.give_up(placed[1])
    assert clock.time_of(placed[2]) == (pytest.approx(0.2), "estimated")


@given(st.lists(st.integers(-(1 << 40), 1 << 40), max_size=60), st.booleans())
def test_whatever_the_ticks_the_clock_never_runs_back_by_more_than_a_second(ticks: list[int], wraps: bool) -> None:
    found = [p.clock_s for p in place([Packet(t, t) for t in ticks], wraps=wraps) if p.clock_s is not None]
    assert all(b - a >= -1.0001 for a, b in pairwise(found))


@given(st.lists(st.one_of(st.none(), st.integers(-(1 << 40), 1 << 40)), max_size=60))
def test_every_packet_is_placed_once_and_in_order(ticks: list[int | None]) -> None:
    assert [p.number for p in place([Packet(t, t) for t in ticks])] == list(range(len(ticks)))
