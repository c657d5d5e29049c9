"""Footage in, pictures with times out. A still picture is footage too: one picture (recognition.stills).

Read packet by packet with PyAV; an error costs its packet, is counted, and reading goes on. Times come from the
container (recognition.timeline), counts from recognition.tally, pictures from recognition.decoding, and only the kinds
of recognition.formats are opened (recognition.container). One decoder is one thread: segments run side by side
instead, and PyAV's frame threads can deadlock when a container is closed early.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from math import ceil, inf, isfinite
from pathlib import Path

from data.errors import UnreadableFootage
from recognition.container import Media, opened
from recognition.decoding import Decoding, Frame, Segment, Watcher
from recognition.stills import STILL_S, is_still, still, still_frame, still_frames
from recognition.taken import NOTHING_SAID, Taken, taken_by_container
from recognition.tally import Tally
from recognition.timeline import CONTAINER, Placed, Times

__all__ = ["MAX_PIXELS", "FootageInfo", "Frame", "Segment", "Watcher", "frames", "probe", "segments"]

MAX_PIXELS = 7680 * 4320

_SEEK_BACK_S = (0.0, 2.0, 10.0, None)  # before the keyframe that is wanted; None: the very beginning


@dataclass(frozen=True)
class FootageInfo:
    """What a footage is. Width and height are those of the upright picture, after `rotation_deg` clockwise.

    `duration_s` reaches from the container's zero to the end it claims; it and `frames_claimed` are None where the
    container does not say; `first_frame_s` is the first decodable picture's time, `created_at` what the metadata says.
    """

    codec: str
    width: int
    height: int
    duration_s: float | None
    frames_claimed: int | None
    first_frame_s: float
    time_source: str
    rotation_deg: int
    container: str
    created_at: datetime | None
    taken: Taken = NOTHING_SAID
    is_still: bool = False


def probe(path: Path, *, max_pixels: int = MAX_PIXELS) -> FootageInfo:
    """What the footage is, from its head and its first decodable picture.

    Raises
    ------
    UnreadableFootage
        Not a video of an allowed kind, larger than `max_pixels`, or no picture can be decoded.
    """
    if is_still(path):
        return _still_info(path, max_pixels)
    with opened(path, max_pixels) as media:
        first = Decoding(media, Tally(), None).first()
        if first is None:
            raise UnreadableFootage(f"{path.name}: no picture could be decoded")
        context = media.stream.codec_context
        rotation_deg = -round(first._picture.rotation / 90) * 90 % 360
        sides = (context.width, context.height)
        return FootageInfo(
            codec=context.name,
            width=sides[1] if rotation_deg % 180 else sides[0],
            height=sides[0] if rotation_deg % 180 else sides[1],
            duration_s=media.likely_end_s,
            frames_claimed=media.frames_claimed,
            first_frame_s=first.time_s,
            time_source=first.time_source,
            rotation_deg=rotation_deg,
            container=media.kind,
            created_at=_creation_time(media),
            taken=taken_by_container({**media.stream.metadata, **media.container.metadata}),
        )


def _still_info(path: Path, max_pixels: int) -> FootageInfo:
    found = still(path, max_pixels=max_pixels)
    still_frame(path, max_pixels=max_pixels)
    return FootageInfo(
        codec=found.kind,
        width=found.width,
        height=found.height,
        duration_s=None,
        frames_claimed=found.pictures,
        first_frame_s=0.0,
        time_source=CONTAINER,
        rotation_deg=found.rotation_deg,
        container=found.kind,
        created_at=None,
        taken=found.taken,
        is_still=True,
    )


def segments(path: Path, length_s: float, *, max_pixels: int = MAX_PIXELS) -> tuple[Segment, ...]:
    """Stretches of about `length_s` seconds that begin at keyframes, in order; nothing is decoded.

    One segment holds all where pictures cannot be told apart by the container's times (spliced, damaged or
    missing times, AVI with reordered pictures) or where it has no second keyframe (GIF).

    Raises
    ------
    UnreadableFootage
        As for `probe`.
    """
    if is_still(path):
        still(path, max_pixels=max_pixels)
        return (Segment(0, 0.0, STILL_S),)
    with opened(path, max_pixels) as media:
        survey = _Survey(media, length_s)
        return survey.segments()


def frames(
    path: Path,
    segment: Segment | None,
    *,
    sample_fps: float | None,
    tally: Tally,
    max_pixels: int = MAX_PIXELS,
    watcher: Watcher | None = None,
) -> Iterator[Frame]:
    """The pictures of one segment to be examined, in the order in which they are shown.

    Those given are the first, and then the first in each 1/`sample_fps` seconds of container time (None: every one).
    Every picture is decoded and counted, but for those of stretches that a `watcher` calls calm.

    Parameters
    ----------
    segment
        None for the whole footage.
    tally
        Is filled while reading and complete when the iterator is exhausted.

    Raises
    ------
    UnreadableFootage
        As for `probe`, but not when nothing can be decoded: then nothing is given and the tally says so.
    """
    if is_still(path):
        yield from still_frames(path, tally, max_pixels=max_pixels)
        return
    with opened(path, max_pixels) as media:
        part = None if segment is None or segment.of == 1 else segment
        tally.is_silence_loss = not media.has_index
        if part is None:
            tally.frames_claimed = media.frames_claimed
        packets = media.placed(tally) if part is None else _from_segment(media, part, tally)
        yield from Decoding(media, tally, part, sample_fps=sample_fps).frames(packets, watcher)


_TWO_FROM_S = 60.0


def _evenly(length_s: float, claimed_s: float | None) -> float:
    """A length of at most `length_s` of which whole numbers make up the footage: 200 s are two halves, not 180 + 20.

    From a minute on there are two segments at least, so that two cores have something to do.

    >>> _evenly(180, 200), _evenly(180, 100), _evenly(180, 45), _evenly(180, None)
    (100.0, 50.0, 45.0, 180)
    """
    if claimed_s is None or claimed_s <= 0:
        return length_s
    least = 2 if claimed_s >= _TWO_FROM_S else 1
    return claimed_s / max(least, ceil(claimed_s / length_s))


class _Survey:
    """One pass over the packets of a container, to find where it can be cut."""

    def __init__(self, media: Media, length_s: float) -> None:
        self._length_s = _evenly(length_s, media.claimed_end_s)
        self._cuts: list[float] = []
        self._clock_s = -inf
        self._first_s = inf
        self._last_s = -inf
        tally = Tally()
        self._is_reliable = media.times in (Times.PRESENTATION, Times.DECODING)
        for placed in media.placed(tally):
            self._note(placed)
        self._is_reliable = self._is_reliable and not tally.packets_unreadable
        known_end_s = (self._last_s if isfinite(self._last_s) else 0.0) + 1 / media.rate
        self._end_s = max(media.claimed_end_s or 0.0, known_end_s)

    def _note(self, placed: Placed) -> None:
        if placed.time_s is None or placed.time_source != CONTAINER:
            self._is_reliable = False
            return
        self._first_s, self._last_s = min(self._first_s, placed.time_s), max(self._last_s, placed.time_s)
        self._clock_s = max(self._clock_s, self._clock_s if placed.clock_s is None else placed.clock_s)
        # a segment is read until the decoding times reach its end: what belongs to it must not come after that
        passed = bisect_right(self._cuts, self._clock_s)
        self._is_reliable = self._is_reliable and (passed == 0 or placed.time_s >= self._cuts[passed - 1])
        if placed.packet.is_keyframe and (not self._cuts or placed.time_s >= self._cuts[-1] + self._length_s):
            self._cuts.append(placed.time_s)

    def segments(self) -> tuple[Segment, ...]:
        start_s = self._first_s if isfinite(self._first_s) else 0.0
        inner = self._cuts[1:]
        if inner and self._end_s - inner[-1] < self._length_s / 2:
            inner.pop()
        if not self._is_reliable or not inner:
            return (Segment(0, start_s, self._end_s),)
        bounds = [start_s, *inner, self._end_s]
        return tuple(Segment(i, a, b, of=len(bounds) - 1) for i, (a, b) in enumerate(pairwise(bounds)))


def _from_segment(media: Media, segment: Segment, tally: Tally) -> Iterator[Placed]:
    """Packets from the keyframe of `segment` on until no later one can belong to it.

    Seeking is only as good as the container's index, so that the keyframe must be met, or seeking begins further back.
    """
    ways = (
        [media.placed(tally)]
        if segment.index == 0
        else [media.placed_from(None if back_s is None else segment.start_s - back_s, tally) for back_s in _SEEK_BACK_S]
    )
    has_started = segment.index == 0
    for packets in ways:
        for placed in packets:
            is_start = placed.packet.is_keyframe and placed.time_s == segment.start_s
            has_started = has_started or is_start
            is_past = placed.clock_s is not None and placed.clock_s >= segment.end_s
            if has_started and is_past and segment.index < segment.of - 1:
                return
            if has_started:
                yield placed
            elif placed.clock_s is not None and placed.clock_s > segment.start_s:
                break
        if has_started:
            return


def _creation_time(media: Media) -> datetime | None:
    """The creation time in the metadata, if it is believable: recorders without a clock write 1904 or 1970."""
    text = media.container.metadata.get("creation_time") or media.stream.metadata.get("creation_time")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at if at.year >= 1980 else None
