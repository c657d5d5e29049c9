"""From placed packets to pictures: decodes everything, or skips the stretches in which a watcher says nothing moves."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import floor
from typing import Protocol

import av.error
import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from recognition.container import Media
from recognition.faces import Float, Image
from recognition.tally import Tally
from recognition.timeline import CONTAINER, PictureClock, Placed, Times

# Segments run side by side already: OpenCV's own threads cost a tenth more and save no time.
cv2.setNumThreads(1)

_DECODER_DEPTH = 128  # packets that a decoder may hold before it gives their pictures; H.264 allows 16
# the first plane of these is brightness, one byte a pixel
_BRIGHTNESS_FIRST = {
    *("gray", "nv12", "nv21", "yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p"),
    *("yuvj420p", "yuvj422p", "yuvj444p", "yuvj440p"),
}
# stretches are held in memory until their verdict is known
_MOST_HELD_S = 5.0
_MOST_PACKETS = 1000
_MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Segment:
    """One stretch of footage, from a keyframe: its pictures have ``start_s <= time_s < end_s``.

    The first of `of` segments also holds whatever lies before it and the last whatever lies after, so that every
    picture belongs to exactly one.
    """

    index: int
    start_s: float
    end_s: float
    of: int = 1

    def holds(self, time_s: float) -> bool:
        """Whether a picture shown at `time_s` belongs to this segment."""
        return (self.index == 0 or time_s >= self.start_s) and (self.index == self.of - 1 or time_s < self.end_s)


class Frame:
    """One decoded picture and its time; turned into BGR or made small only when asked, and then upright.

    `is_audited` where the packets alone had said that nothing moves here; `skipped_s` are the seconds of this reading
    that were skipped before it.
    """

    def __init__(
        self,
        picture: VideoFrame,
        reformatter: VideoReformatter,
        time_s: float,
        time_source: str,
        *,
        is_audited: bool = False,
        skipped_s: float = 0.0,
    ) -> None:
        self._picture = picture
        self._reformatter = reformatter
        self.time_s = time_s
        self.time_source = time_source
        self.is_audited = is_audited
        self.skipped_s = skipped_s
        self._quarter_turns = round(picture.rotation / 90)  # counterclockwise, as np.rot90 counts
        sides = (picture.width, picture.height)
        self.width, self.height = sides[::-1] if self._quarter_turns % 2 else sides
        self._grey: dict[int, Float] = {}

    @cached_property
    def image_bgr(self) -> Image:
        """``(height, width, 3)`` uint8, upright."""
        image = self._reformatter.reformat(self._picture, format="bgr24").to_ndarray()
        return np.ascontiguousarray(np.rot90(image, self._quarter_turns) if self._quarter_turns else image)

    def grey(self, cell_px: int) -> Float:
        """``(height // cell_px, width // cell_px)`` mean brightness, 0 to 255, of square cells; upright."""
        if cell_px not in self._grey:
            full = self._brightness()
            rows, columns = max(1, full.shape[0] // cell_px), max(1, full.shape[1] // cell_px)
            whole = full[: rows * cell_px, : columns * cell_px]
            small = cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
            self._grey[cell_px] = np.ascontiguousarray(np.rot90(small, self._quarter_turns))
        return self._grey[cell_px]

    def _brightness(self) -> Image:
        """Brightness as it was decoded, not turned upright."""
        picture = self._picture
        if picture.format.name not in _BRIGHTNESS_FIRST:
            return np.asarray(self._reformatter.reformat(picture, format="gray").to_ndarray(), dtype=np.uint8)
        plane = picture.planes[0]
        lines = np.frombuffer(memoryview(plane), np.uint8)[: plane.line_size * picture.height]
        return lines.reshape(picture.height, plane.line_size)[:, : picture.width]


class Watcher(Protocol):
    """Says what need not be decoded, from what it was shown."""

    changes: int

    def is_calm(self, sizes: Sequence[int]) -> bool:
        """Whether packets of these sizes, which follow a keyframe, show nothing that moves."""
        ...

    def learn(self, sizes: Sequence[int]) -> None:
        """Packets of these sizes showed no change in any picture."""
        ...

    def is_audited(self) -> bool:
        """Whether the next calm stretch is to be examined all the same."""
        ...

    def has_changed(self, frame: Frame) -> bool:
        """Whether a keyframe differs from what was last searched."""
        ...

    def is_due(self, time_s: float) -> bool:
        """Whether a picture is wanted although nothing changed."""
        ...


@dataclass
class Stretch:
    """The packets from one keyframe to the next; `is_whole` where a keyframe really follows."""

    packets: list[Placed] = field(default_factory=list)
    is_whole: bool = False

    @property
    def sizes(self) -> list[int]:
        return [placed.packet.size for placed in self.packets[1:]]

    @property
    def start_s(self) -> float:
        return min(placed.time_s or 0.0 for placed in self.packets)

    @property
    def end_s(self) -> float:
        return max((placed.time_s or 0.0) + placed.duration_s for placed in self.packets)

    def can_be_skipped(self, segment: Segment | None, nal_length_bytes: int | None) -> bool:
        """Whether nothing is in doubt about it: times from the container, nothing damaged, all of one segment."""
        return (
            self.is_whole
            and self.packets[0].packet.is_keyframe
            and all(
                placed.time_s is not None
                and placed.time_source == CONTAINER
                and placed.duration_s > 0
                and not placed.packet.is_corrupt
                and is_well_formed(memoryview(placed.packet), nal_length_bytes)
                and (segment is None or segment.holds(placed.time_s))
                for placed in self.packets
            )
        )


def is_well_formed(content: memoryview, nal_length_bytes: int | None) -> bool:
    """Whether a packet's outer form is whole, as far as that can be told without decoding it.

    With `nal_length_bytes` (H.264 and HEVC in MP4 and Matroska) the lengths of its units must add up to its size;
    otherwise it must not begin with eight zeros, as what was never written to the disk does.

    >>> is_well_formed(memoryview(bytes([0, 0, 0, 2, 9, 9])), 4), is_well_formed(memoryview(bytes(6)), 4)
    (True, False)
    """
    if nal_length_bytes is None:
        return any(content[:8])
    at = 0
    while at + nal_length_bytes <= len(content):
        unit = int.from_bytes(content[at : at + nal_length_bytes])
        if not unit:
            return False
        at += nal_length_bytes + unit
    return at == len(content)


def stretches(packets: Iterable[Placed], *, keyframe_follows: bool) -> Iterator[Stretch]:
    """The packets in groups that begin with keyframes; one that grows too large is given in parts.

    `keyframe_follows` says whether one would come after the last packet.
    """
    stretch, held_bytes = Stretch(), 0
    for placed in packets:
        is_full = len(stretch.packets) >= _MOST_PACKETS or held_bytes > _MOST_BYTES
        if stretch.packets and (placed.packet.is_keyframe or is_full):
            stretch.is_whole = placed.packet.is_keyframe
            yield stretch
            stretch, held_bytes = Stretch(), 0
        stretch.packets.append(placed)
        held_bytes += placed.packet.size
    if stretch.packets:
        stretch.is_whole = keyframe_follows
        yield stretch


class _Ticket:
    """Goes into the decoder with a packet and comes out with its picture.

    PyAV keeps it by its identity until the packet is gone. So it must be an object of its own (a plain number may be
    shared with another decoder), and must not lead back to the packet (neither would ever be let go).
    """

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Decoding:
    """One pass of the decoder over one segment (None: over all), with every packet and picture counted."""

    def __init__(self, media: Media, tally: Tally, segment: Segment | None, *, sample_fps: float | None = None) -> None:
        self._media, self._tally, self._segment = media, tally, segment
        self._clock = PictureClock(rate=media.rate, times=media.times)
        self._reformatter = VideoReformatter()
        self._fed: dict[int, Placed] = {}
        self._sample_fps = sample_fps
        self._slot: int | None = None
        self._is_fresh = False  # the decoder was emptied: nothing before the next keyframe is known to it

    def frames(self, packets: Iterator[Placed], watcher: Watcher | None = None) -> Iterator[Frame]:
        """The pictures of the segment to be examined, in the order in which they are shown.

        The first, and then the first in each 1/`sample_fps` seconds; with a `watcher`, none from calm stretches.
        """
        if watcher is None or self._media.times not in (Times.PRESENTATION, Times.DECODING):
            for placed in packets:
                yield from self._sampled(self._decoded(placed))
        else:
            yield from self._watched(packets, watcher)
        yield from self._sampled(self._flushed())
        is_last = self._segment is None or self._segment.index == self._segment.of - 1
        due_s = self._media.due_end_s if is_last or self._segment is None else self._segment.end_s
        self._tally.end(step_s=self._clock.step_s, end_s=due_s)

    def _watched(self, packets: Iterator[Placed], watcher: Watcher) -> Iterator[Frame]:
        """As `frames`, one stretch at a time.

        A calm stretch is let go only when the keyframe after it shows no change either: what comes slowly, or comes
        and stays, is then met in the stretch in which it came.
        """
        held: list[Stretch] = []  # calm by their sizes, not yet by the keyframe that follows
        goes_on = self._segment is not None and self._segment.index < self._segment.of - 1
        for stretch in stretches(packets, keyframe_follows=goes_on):
            is_calm = self._can_be_skipped(stretch) and watcher.is_calm(stretch.sizes)
            is_audited = is_calm and watcher.is_audited()
            if is_calm and not is_audited and held and stretch.end_s - held[0].start_s <= _MOST_HELD_S:
                held.append(stretch)
                continue
            if held or (is_calm and not is_audited):
                yield from self._sampled(self._flushed())
                keyframe = self._peeked(stretch.packets[0])
                is_same = keyframe is not None and not watcher.has_changed(keyframe)
                yield from self._let_go(held, watcher, is_same=is_same)
                held = [stretch] if is_calm and is_same and not is_audited else []
                if held and keyframe is not None and watcher.is_due(keyframe.time_s):
                    self._tally.frames_examined += 1
                    yield keyframe
            if not held:
                yield from self._decoded_whole(stretch, watcher, is_audited=is_audited)
        yield from self._let_go(held, watcher, is_same=goes_on)  # the next segment begins by searching everything

    def _let_go(self, held: list[Stretch], watcher: Watcher, *, is_same: bool) -> Iterator[Frame]:
        """Skip the stretches for good where the picture after them is the same as before, or else decode them."""
        for stretch in held:
            if is_same:
                self._tally.skipped(stretch.packets, stretch.start_s, stretch.end_s, keyframes=int(stretch is held[0]))
            else:
                yield from self._decoded_whole(stretch, watcher)

    def _decoded_whole(self, stretch: Stretch, watcher: Watcher, *, is_audited: bool = False) -> Iterator[Frame]:
        """Every picture of a stretch; where none showed a change, its sizes are learnt."""
        changes, unreadable = watcher.changes, self._tally.packets_unreadable
        key_s = stretch.packets[0].time_s
        for placed in stretch.packets:
            # pictures shown before the keyframe lean on the stretch before, which the decoder may not have seen
            if self._is_fresh and placed.time_s is not None and key_s is not None and placed.time_s < key_s:
                self._tally.skipped([placed], placed.time_s, placed.time_s, keyframes=0)
                continue
            for frame in self._sampled(self._decoded(placed)):
                frame.is_audited = is_audited
                yield frame
        self._is_fresh = False
        if is_audited:
            self._tally.audited_s += stretch.end_s - stretch.start_s
        is_intact = self._can_be_skipped(stretch) and unreadable == self._tally.packets_unreadable
        if is_intact and changes == watcher.changes:
            watcher.learn(stretch.sizes)

    def _can_be_skipped(self, stretch: Stretch) -> bool:
        return stretch.can_be_skipped(self._segment, self._media.nal_length_bytes)

    def _peeked(self, placed: Placed) -> Frame | None:
        """The picture of a keyframe alone, counted nowhere; the decoder is empty before and after."""
        context = self._media.stream.codec_context
        context.flush_buffers()
        placed.packet.opaque = None
        try:
            pictures = [*placed.packet.decode(), *context.decode(None)]
        except (av.error.FFmpegError, EOFError):
            pictures = []
        context.flush_buffers()
        self._is_fresh = True
        if not pictures or placed.time_s is None or pictures[0].is_corrupt:
            return None
        if pictures[0].width * pictures[0].height > self._media.max_pixels:
            return None
        skipped_s = self._tally.quiet_s
        return Frame(pictures[0], self._reformatter, placed.time_s, placed.time_source, skipped_s=skipped_s)

    def _decoded(self, placed: Placed) -> list[VideoFrame]:
        is_mine = self._segment is None or placed.time_s is None or self._segment.holds(placed.time_s)
        if is_mine:
            self._tally.packet_read(placed)
        self._clock.expect(placed)
        placed.packet.opaque = _Ticket(placed.number)
        self._fed[placed.number] = placed
        self._fed.pop(placed.number - _DECODER_DEPTH, None)
        try:
            return placed.packet.decode()
        except (av.error.FFmpegError, EOFError):
            self._clock.give_up(placed)
            if is_mine:
                self._tally.packet_refused(placed)
            return []

    def _flushed(self) -> list[VideoFrame]:
        """The pictures that the decoder still holds after the last packet."""
        try:
            return self._media.stream.codec_context.decode(None)
        except (av.error.FFmpegError, EOFError):
            return []

    def _sampled(self, pictures: list[VideoFrame]) -> Iterator[Frame]:
        """Those of the pictures that are to be examined."""
        for frame in self._frames_of(pictures):
            here = None if self._sample_fps is None else floor(frame.time_s * self._sample_fps)
            if here is not None and here == self._slot:
                continue
            self._slot = here
            self._tally.frames_examined += 1
            yield frame

    def _frames_of(self, pictures: list[VideoFrame]) -> Iterator[Frame]:
        for picture in pictures:
            ticket = picture.opaque
            placed = self._fed.get(ticket.number) if isinstance(ticket, _Ticket) else None
            time_s, time_source = self._clock.time_of(placed)
            if self._segment is not None and not self._segment.holds(time_s):
                continue
            self._tally.frames_estimated += time_source != CONTAINER
            is_too_large = picture.width * picture.height > self._media.max_pixels
            given_up = self._tally.picture(
                placed,
                time_s,
                step_s=self._clock.step_s,
                is_interlaced=picture.interlaced_frame,
                is_damaged=is_too_large or picture.is_corrupt,
            )
            for lost in given_up:
                self._clock.give_up(lost)
            if not is_too_large:
                yield Frame(picture, self._reformatter, time_s, time_source, skipped_s=self._tally.quiet_s)

    def first(self) -> Frame | None:
        """The first picture that can be decoded."""
        return next(self.frames(self._media.placed()), None)
