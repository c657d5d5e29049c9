"""Counts what was really read of a footage, so that "not seen" is never said of what was not looked at."""

from dataclasses import dataclass, field

from data.models import Coverage
from recognition.timeline import PictureClock, Placed, is_overdue

# A packet that gave no picture is missed only where no picture stands within this share of a step: the second
# field of an interlaced picture and invisible reference frames are not.
_SAME_PICTURE = 0.6
_TAIL_STEPS = 2.0
_TAIL_S = 0.5


@dataclass
class Tally:
    """The counts of one pass over one segment; `coverage` reads them at any moment.

    `packets_unreadable` counts packets that could not be read, that the decoder refused, that arrived marked as
    damaged, or that silently gave no picture. `frames_decoded` includes pictures that the decoder marks as
    damaged; their time is an unreadable span all the same.
    """

    frames_claimed: int | None = None
    packets_read: int = 0
    packets_unreadable: int = 0
    frames_decoded: int = 0
    frames_examined: int = 0
    frames_too_large: int = 0
    faces_seen: int = 0
    _waiting: dict[int, Placed] = field(default_factory=dict)
    _bad: set[int] = field(default_factory=set)
    _is_gap_open: bool = False
    _spans_s: list[tuple[float, float]] = field(default_factory=list)

    def packet_read(self, placed: Placed) -> None:
        """A packet goes to the decoder."""
        self.packets_read += 1
        self._waiting[placed.number] = placed
        if placed.packet.is_corrupt:
            self._mark(placed)

    def packet_refused(self, placed: Placed) -> None:
        """The decoder raised on a packet; it may still give a picture, since decoders run behind."""
        self._mark(placed)

    def reading_failed(self) -> None:
        """Something between two packets could not be read: it counts as one packet, unreadable."""
        self.packets_read += 1
        self.packets_unreadable += 1
        self._is_gap_open = True

    def picture(self, shown: Placed | None, time_s: float, *, previous_s: float | None, step_s: float) -> int:
        """A picture came out at `time_s`; returns how many packets before it are given up.

        `previous_s` is the time of the picture before, None at the first.
        """
        self.frames_decoded += 1
        given_up = 0
        if shown is not None:
            self._waiting.pop(shown.number, None)
            for placed in [p for p in self._waiting.values() if is_overdue(p, shown, time_s)]:
                given_up += self._gave_nothing(placed, previous_s=previous_s, next_s=time_s, step_s=step_s)
        start_s = None if previous_s is None else previous_s + step_s
        if self._is_gap_open and start_s is not None and start_s < time_s:
            self._add_span(start_s, time_s)
        self._is_gap_open = False
        return given_up

    def picture_damaged(self, time_s: float, step_s: float) -> None:
        """The decoder marked the picture at `time_s` as damaged, or it was too large to look at."""
        self._add_span(time_s, time_s + step_s)

    def end(self, clock: PictureClock, *, start_s: float | None, end_s: float | None) -> None:
        """The last packet was decoded. `start_s` and `end_s` bound what there should have been, where known."""
        last_s, step_s = clock.last_s, clock.step_s
        tail_s = end_s
        for placed in list(self._waiting.values()):
            self._gave_nothing(placed, previous_s=last_s, next_s=None, step_s=step_s)
            if placed.time_s is not None and self._is_gap_open:
                tail_s = max(placed.time_s + step_s, tail_s or placed.time_s)
        from_s = start_s if last_s is None else last_s + step_s
        if from_s is not None and tail_s is not None:
            is_cut_off = tail_s - from_s > max(_TAIL_STEPS * step_s, _TAIL_S)
            if (self._is_gap_open or is_cut_off) and from_s < tail_s:
                self._add_span(from_s, tail_s)
        self._is_gap_open = False

    def coverage(self) -> Coverage:
        """The counts so far, with overlapping spans merged."""
        return Coverage(
            frames_claimed=self.frames_claimed,
            packets_read=self.packets_read,
            packets_unreadable=self.packets_unreadable,
            frames_decoded=self.frames_decoded,
            frames_examined=self.frames_examined,
            faces_seen=self.faces_seen,
            unreadable_spans_s=merged(self._spans_s),
        )

    def _mark(self, placed: Placed) -> None:
        """Count a packet as unreadable, once, whatever else befalls it."""
        self._is_gap_open = True
        if placed.number not in self._bad:
            self._bad.add(placed.number)
            self.packets_unreadable += 1

    def _gave_nothing(self, placed: Placed, *, previous_s: float | None, next_s: float | None, step_s: float) -> int:
        """`placed` will give no picture: counted as unreadable unless a neighbour shows the same moment."""
        del self._waiting[placed.number]
        near_s = _SAME_PICTURE * step_s
        is_shown = placed.time_s is not None and any(
            at_s is not None and abs(placed.time_s - at_s) <= near_s for at_s in (previous_s, next_s)
        )
        if not is_shown and not placed.packet.is_discard:
            self._mark(placed)
        self._bad.discard(placed.number)
        return 1

    def _add_span(self, start_s: float, end_s: float) -> None:
        self._spans_s.append((start_s, end_s))
        if len(self._spans_s) > 1000:  # a long damaged footage must not fill the memory
            self._spans_s = list(merged(self._spans_s))


def merged(spans_s: list[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Spans in order, those that touch or overlap made one; times to the millisecond.

    >>> merged([(3.0, 4.0), (0.0, 1.0), (0.5, 2.0)])
    ((0.0, 2.0), (3.0, 4.0))
    >>> merged([])
    ()
    """
    found: list[tuple[float, float]] = []
    for start_s, end_s in sorted((round(start, 3), round(end, 3)) for start, end in spans_s):
        if found and start_s <= found[-1][1] + 0.001:
            found[-1] = (found[-1][0], max(found[-1][1], end_s))
        else:
            found.append((start_s, end_s))
    return tuple(found)


def combined(coverages: list[Coverage], *, frames_claimed: int | None) -> Coverage:
    """The coverage of a whole footage from those of its segments; `frames_claimed` is the whole container's."""
    return Coverage(
        frames_claimed=frames_claimed,
        packets_read=sum(c.packets_read for c in coverages),
        packets_unreadable=sum(c.packets_unreadable for c in coverages),
        frames_decoded=sum(c.frames_decoded for c in coverages),
        frames_examined=sum(c.frames_examined for c in coverages),
        faces_seen=sum(c.faces_seen for c in coverages),
        unreadable_spans_s=merged([span for c in coverages for span in c.unreadable_spans_s]),
    )
