"""Counts what was really read of a footage, so that "not seen" is never said of what was not looked at."""

from dataclasses import dataclass, field

from data.models import Coverage
from recognition.timeline import Placed, is_overdue

# A packet that gave no picture is missed only where no picture stands within this share of a step: invisible
# reference frames stand right beside one, the second field of an interlaced picture half a step behind it.
_BESIDE = 0.1
_BESIDE_INTERLACED = 0.6
# A silence this long, which the pictures before it were not meant to fill, is a stretch without pictures.
_MOST_WAITING = 256
_GAP_STEPS = 3.0
_GAP_S = 0.25


@dataclass
class Tally:
    """The counts of one pass over one segment; `coverage` reads them at any moment.

    `packets_unreadable` counts packets that could not be read, that the decoder refused, that arrived marked as
    damaged, or that silently gave no picture. `frames_decoded` includes pictures that the decoder marks as
    damaged; their time is an unreadable span all the same. So is, with `is_silence_loss`, every stretch of which
    there is no picture although the one before was not meant to stand so long: containers without an index lose
    packets without a word.
    """

    frames_claimed: int | None = None
    is_silence_loss: bool = True
    packets_read: int = 0
    packets_unreadable: int = 0
    frames_decoded: int = 0
    frames_examined: int = 0
    faces_seen: int = 0
    faces_embedded: int = 0
    packets_skipped: int = 0
    quiet_s: float = 0.0
    audited_s: float = 0.0
    audit_tracks: int = 0
    frames_estimated: int = 0
    _waiting: dict[int, Placed] = field(default_factory=dict)
    _bad: set[int] = field(default_factory=set)
    _refused: set[int] = field(default_factory=set)
    _is_gap_open: bool = False
    _shown_until_s: float | None = None
    _last_s: float | None = None
    _spans_s: list[tuple[float, float]] = field(default_factory=list)

    def packet_read(self, placed: Placed) -> None:
        """A packet goes to the decoder."""
        self.packets_read += 1
        self._waiting[placed.number] = placed
        if len(self._waiting) > _MOST_WAITING:  # nothing can be decoded: hours of packets must not be kept
            self._gave_nothing(next(iter(self._waiting.values())), (self._last_s,), 0.0)
        if self._shown_until_s is None:
            self._shown_until_s = placed.time_s
        if placed.packet.is_corrupt:
            self._mark(placed)

    def packet_refused(self, placed: Placed) -> None:
        """The decoder raised on a packet."""
        self._mark(placed)
        self._refused.add(placed.number)

    def skipped(self, packets: list[Placed], start_s: float, end_s: float, *, keyframes: int) -> None:
        """Packets of `start_s` to `end_s` that are not decoded, but for so many keyframes."""
        self._pictures_until(start_s, 0.0, is_silence_loss=False)
        self.packets_read += len(packets)
        self.packets_skipped += len(packets) - keyframes
        self.frames_decoded += keyframes
        self.quiet_s += end_s - start_s
        self._shown_until_s = max(end_s, self._shown_until_s or 0.0)
        self._last_s = max((placed.time_s or 0.0 for placed in packets), default=self._last_s)

    def reading_failed(self) -> None:
        """Something between two packets could not be read: it counts as one packet, unreadable."""
        self.packets_read += 1
        self.packets_unreadable += 1
        self._is_gap_open = True

    def picture(
        self, shown: Placed | None, time_s: float, *, step_s: float, is_interlaced: bool, is_damaged: bool
    ) -> list[Placed]:
        """A picture came out at `time_s`; returns the packets before it that are only now given up."""
        self.frames_decoded += 1
        given_up: list[Placed] = []
        if shown is not None:
            self._waiting.pop(shown.number, None)
            self._refused.discard(shown.number)
            overdue = [p for p in self._waiting.values() if is_overdue(p, shown, time_s)]
            given_up = [p for p in overdue if p.number not in self._refused]
            near_s = step_s * (_BESIDE_INTERLACED if is_interlaced else _BESIDE)
            for placed in overdue:
                self._gave_nothing(placed, (self._last_s, time_s), near_s)
        self._pictures_until(time_s, step_s, is_silence_loss=self.is_silence_loss)
        if is_damaged:
            self._add_span(time_s, time_s + step_s)
        lasts_s = max(step_s, 0.0 if shown is None else shown.duration_s)
        self._shown_until_s = max(time_s + lasts_s, self._shown_until_s or 0.0)
        self._last_s = time_s
        return given_up

    def unreadable(self, start_s: float, end_s: float) -> None:
        """There is no picture of a stretch."""
        self._add_span(start_s, end_s)

    def end(self, *, step_s: float, end_s: float | None) -> None:
        """The last packet was decoded; `end_s` is where the pictures should have reached, where that is known."""
        for placed in list(self._waiting.values()):
            self._gave_nothing(placed, (self._last_s,), _BESIDE_INTERLACED * step_s)
            if placed.time_s is not None and self._is_gap_open:
                end_s = max(placed.time_s + step_s, 0.0 if end_s is None else end_s)
        if end_s is not None:
            self._pictures_until(end_s, step_s, is_silence_loss=True)

    def _pictures_until(self, time_s: float, step_s: float, *, is_silence_loss: bool) -> None:
        """There is no picture between the last one and `time_s`: note the gap if something was lost in it."""
        from_s = self._shown_until_s
        if from_s is not None and from_s < time_s:
            is_silent = time_s - from_s > max(_GAP_STEPS * step_s, _GAP_S)
            if self._is_gap_open or (is_silent and is_silence_loss):
                self._add_span(from_s, time_s)
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
            faces_embedded=self.faces_embedded,
            packets_skipped=self.packets_skipped,
            quiet_s=round(self.quiet_s, 3),
            audited_s=round(self.audited_s, 3),
            audit_tracks=self.audit_tracks,
            frames_estimated=self.frames_estimated,
        )

    def _mark(self, placed: Placed) -> None:
        """Count a packet as unreadable, once, whatever else befalls it."""
        self._is_gap_open = True
        if placed.number not in self._bad:
            self._bad.add(placed.number)
            self.packets_unreadable += 1

    def _gave_nothing(self, placed: Placed, shown_s: tuple[float | None, ...], near_s: float) -> None:
        """`placed` will give no picture: counted as unreadable unless one beside it shows the same moment."""
        del self._waiting[placed.number]
        is_shown = placed.time_s is not None and any(
            at_s is not None and abs(placed.time_s - at_s) <= near_s for at_s in shown_s
        )
        if not is_shown and not placed.packet.is_discard:
            self._mark(placed)
        self._bad.discard(placed.number)
        self._refused.discard(placed.number)

    def _add_span(self, start_s: float, end_s: float) -> None:
        if round(start_s, 3) < round(end_s, 3):
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
        faces_embedded=sum(c.faces_embedded for c in coverages),
        packets_skipped=sum(c.packets_skipped for c in coverages),
        quiet_s=sum(c.quiet_s for c in coverages),
        audited_s=sum(c.audited_s for c in coverages),
        audit_tracks=sum(c.audit_tracks for c in coverages),
        thoroughness=next((c.thoroughness for c in coverages), ""),
        frames_estimated=_sum_if_kept([c.frames_estimated for c in coverages if c.packets_read]),
    )


def _sum_if_kept(counts: list[int | None]) -> int | None:
    """The sum; None where one of them was not kept, or there are none."""
    kept = [count for count in counts if count is not None]
    return sum(kept) if kept and len(kept) == len(counts) else None
