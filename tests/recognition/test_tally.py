from itertools import pairwise
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from data.models import Coverage
from recognition.tally import Tally, combined, merged
from recognition.timeline import Placed

STEP_S = 0.04


def packet(number: int, *, is_corrupt: bool = False, duration_s: float = 0.0, is_discard: bool = False) -> Placed:
    content = SimpleNamespace(is_corrupt=is_corrupt, is_discard=is_discard)
    time_s = number * STEP_S
    return Placed(content, number, time_s, time_s, "container", duration_s)  # type: ignore[arg-type]


def told(
    n: int, *, shown: set[int], end_s: float | None = None, tally: Tally | None = None, is_interlaced: bool = False
) -> Coverage:
    """The coverage of n packets of which only `shown` give a picture, at once."""
    tally = tally or Tally()
    for number in range(n):
        placed = packet(number)
        tally.packet_read(placed)
        if number in shown:
            tally.picture(placed, number * STEP_S, step_s=STEP_S, is_interlaced=is_interlaced, is_damaged=False)
    tally.end(step_s=STEP_S, end_s=end_s)
    return tally.coverage()


def test_packets_that_silently_give_no_picture_are_missed() -> None:
    coverage = told(20, shown=set(range(20)) - {7, 8, 9})
    assert (coverage.packets_read, coverage.packets_unreadable, coverage.frames_decoded) == (20, 3, 17)
    assert coverage.unreadable_spans_s == ((0.28, 0.4),)


def test_damage_at_both_ends_is_told() -> None:
    coverage = told(20, shown=set(range(5, 15)))
    assert coverage.unreadable_spans_s == ((0.0, 0.2), (0.6, 0.8))
    assert coverage.packets_unreadable == 10


def test_nothing_decoded_is_one_span_from_end_to_end() -> None:
    coverage = told(25, shown=set())
    assert (coverage.packets_unreadable, coverage.unreadable_spans_s) == (25, ((0.0, 1.0),))


def test_an_end_that_never_came_is_told_and_a_last_step_is_not() -> None:
    assert told(25, shown=set(range(25)), end_s=10.0).unreadable_spans_s == ((1.0, 10.0),)
    assert told(25, shown=set(range(25)), end_s=1.1).unreadable_spans_s == ()


def test_the_second_field_of_an_interlaced_picture_is_not_missed() -> None:
    tally = Tally()
    for number in range(0, 20, 2):
        tally.packet_read(packet(number))
        tally.packet_read(packet(number + 1))
        tally.picture(packet(number), number * STEP_S, step_s=2 * STEP_S, is_interlaced=True, is_damaged=False)
    tally.end(step_s=2 * STEP_S, end_s=None)
    assert tally.coverage().packets_unreadable == 0
    assert tally.coverage().unreadable_spans_s == ()


def test_a_picture_meant_to_stand_long_leaves_no_gap_and_a_silence_does() -> None:
    for duration_s, is_silence_loss, spans in (
        (5.0, True, ()),
        (0.04, True, ((0.04, 5.0),)),
        (0.04, False, ()),
    ):
        tally = Tally(is_silence_loss=is_silence_loss)
        for number in (0, 125):
            placed = packet(number, duration_s=duration_s)
            tally.packet_read(placed)
            tally.picture(placed, number * STEP_S, step_s=STEP_S, is_interlaced=False, is_damaged=False)
        tally.end(step_s=STEP_S, end_s=None)
        assert tally.coverage().unreadable_spans_s == spans


def test_a_damaged_picture_counts_as_decoded_and_its_time_as_unreadable() -> None:
    tally = Tally()
    placed = packet(0, is_corrupt=True)
    tally.packet_read(placed)
    tally.picture(placed, 0.0, step_s=STEP_S, is_interlaced=False, is_damaged=True)
    coverage = tally.coverage()
    assert (coverage.frames_decoded, coverage.packets_unreadable) == (1, 1)
    assert coverage.unreadable_spans_s == ((0.0, 0.04),)


def test_a_packet_that_was_refused_is_counted_once() -> None:
    tally = Tally()
    tally.packet_read(packet(0))
    tally.packet_refused(packet(0))
    tally.end(step_s=STEP_S, end_s=None)
    assert tally.coverage().packets_unreadable == 1


def test_a_packet_that_is_meant_to_be_thrown_away_is_not_missed() -> None:
    tally = Tally()
    tally.packet_read(packet(0, is_discard=True))
    tally.end(step_s=STEP_S, end_s=None)
    assert tally.coverage().packets_unreadable == 0


@given(st.integers(1, 60), st.data())
def test_what_is_shown_and_what_is_missed_add_up(n: int, data: st.DataObject) -> None:
    shown = data.draw(st.sets(st.integers(0, n - 1)))
    coverage = told(n, shown=shown)
    assert coverage.frames_decoded + coverage.packets_unreadable == coverage.packets_read == n
    for number in range(n):
        middle = number * STEP_S + STEP_S / 2
        is_inside = any(start <= middle <= end for start, end in coverage.unreadable_spans_s)
        assert is_inside == (number not in shown)


@given(st.lists(st.tuples(st.floats(0, 99), st.floats(0, 9))))
def test_merged_spans_lie_apart_and_cover_what_they_were_made_of(found: list[tuple[float, float]]) -> None:
    spans = [(start, start + length) for start, length in found]
    together = merged(spans)
    assert all(a[1] < b[0] for a, b in pairwise(together))
    for start, end in spans:
        assert any(s <= start + 0.001 and end - 0.001 <= e for s, e in together)


def test_a_very_damaged_footage_does_not_fill_the_memory() -> None:
    tally = Tally()
    for number in range(5000):
        tally.packet_read(packet(number))
        tally.picture(packet(number), number * STEP_S, step_s=STEP_S, is_interlaced=False, is_damaged=True)
    assert len(tally._spans_s) <= 1001
    assert tally.coverage().unreadable_spans_s == ((0.0, 200.0),)


def test_coverages_add_up() -> None:
    one = Coverage(None, 10, 1, 9, 3, 2, ((0.0, 1.0),))
    two = Coverage(None, 20, 0, 20, 6, 0, ((1.0, 2.0), (5.0, 6.0)))
    assert combined([one, two], frames_claimed=30) == Coverage(30, 30, 1, 29, 9, 2, ((0.0, 2.0), (5.0, 6.0)))
    assert combined([], frames_claimed=None) == Coverage(None)
