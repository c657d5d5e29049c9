"""Footage in, pictures with times out: the only decoder.

Read packet by packet with PyAV; an error costs its packet, is counted, and reading goes on. Times come from the
container (recognition.timeline), counts from recognition.tally, and only the kinds of recognition.formats are
opened. One decoder is one thread: segments run side by side instead, and PyAV's frame threads can deadlock when
a container is closed early.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from math import floor
from pathlib import Path

import av
import av.error
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from data.errors import UnreadableFootage
from recognition.faces import Image
from recognition.formats import ALLOWED, DECODING_TIMES_ONLY, RUNNING_CLOCK, TIMELESS, check_file, refusal
from recognition.tally import Tally
from recognition.timeline import CONTAINER, PacketClock, PictureClock, Placed, VideoPacket

MAX_PIXELS = 7680 * 4320

_TIMEOUT_S = (20.0, 20.0)  # open, read: a file that answers slower hangs
_LATE_START_S = 60.0
_UNLIKELY_S = 12 * 3600.0  # two spliced streams look 26.5 hours long
_MAX_READ_ERRORS = 200
_SEEK_BACK_S = (0.0, 2.0, 10.0)
_USUAL_RATE = 25.0


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
    """One decoded picture and its time; turned into BGR only when asked, and then upright."""

    def __init__(self, picture: VideoFrame, reformatter: VideoReformatter, time_s: float, time_source: str) -> None:
        self._picture = picture
        self._reformatter = reformatter
        self.time_s = time_s
        self.time_source = time_source

    @cached_property
    def image_bgr(self) -> Image:
        """``(height, width, 3)`` uint8, upright."""
        image = self._reformatter.reformat(self._picture, format="bgr24").to_ndarray()
        quarter_turns = round(self._picture.rotation / 90)  # counterclockwise, as np.rot90 counts
        return np.ascontiguousarray(np.rot90(image, quarter_turns) if quarter_turns else image)

    def shows_the_same_as(self, other: "Frame") -> bool:
        """Whether both pictures are the same to the last bit of brightness (a still scene, a repeated frame)."""
        mine, theirs = self._picture, other._picture
        if (mine.width, mine.height, mine.format.name) != (theirs.width, theirs.height, theirs.format.name):
            return False
        return np.array_equal(np.asarray(memoryview(mine.planes[0])), np.asarray(memoryview(theirs.planes[0])))


def probe(path: Path, *, max_pixels: int = MAX_PIXELS) -> FootageInfo:
    """What the footage is, from its head and its first decodable picture.

    Raises
    ------
    UnreadableFootage
        Not a video of an allowed kind, larger than `max_pixels`, or no picture can be decoded.
    """
    with _opened(path, max_pixels) as media:
        first = next(_decoded(media, media.placed(), Tally(), None), None)
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
    with _opened(path, max_pixels) as media:
        tally = Tally()
        cuts: list[float] = []
        first_s = last_s = None
        is_reliable = not media.is_by_order
        for placed in media.placed(tally):
            is_reliable = is_reliable and placed.time_source == CONTAINER and placed.time_s is not None
            if placed.time_s is None:
                continue
            first_s = placed.time_s if first_s is None else min(first_s, placed.time_s)
            last_s = placed.time_s if last_s is None else max(last_s, placed.time_s)
            if placed.packet.is_keyframe and (not cuts or placed.time_s >= cuts[-1] + length_s):
                cuts.append(placed.time_s)
        start_s = first_s or 0.0
        end_s = max(media.claimed_end_s or 0.0, (last_s or 0.0) + 1 / media.rate, start_s)
        if cuts and end_s - cuts[-1] < length_s / 2:
            cuts.pop()
        if not is_reliable or len(cuts) < 2 or tally.packets_unreadable:
            return (Segment(0, start_s, end_s),)
        bounds = [start_s, *cuts[1:], end_s]
        return tuple(Segment(index, bounds[index], bounds[index + 1], of=len(cuts)) for index in range(len(cuts)))


def frames(
    path: Path, segment: Segment | None, *, sample_fps: float | None, tally: Tally, max_pixels: int = MAX_PIXELS
) -> Iterator[Frame]:
    """The pictures of one segment to be examined, in the order in which they are shown.

    Every picture is decoded and counted; those given are the first, and then the first in each 1/`sample_fps`
    seconds of container time (None: every one).

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
    with _opened(path, max_pixels) as media:
        whole = segment is None or segment.of == 1
        if whole:
            tally.frames_claimed = media.frames_claimed
        placed = media.placed(tally) if whole or segment is None else media.placed_from(segment, tally)
        slot: int | None = None
        for frame in _decoded(media, placed, tally, None if whole else segment):
            here = None if sample_fps is None else floor(frame.time_s * sample_fps)
            if here is not None and here == slot:
                continue
            slot = here
            tally.frames_examined += 1
            yield frame


class _Media:
    """One open container and its video stream."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream, max_pixels: int) -> None:
        self.path = path
        self.container = container
        self.stream = stream
        self.max_pixels = max_pixels
        self.kind = container.format.name.split(",")[0]
        self.is_timeless = self.kind in TIMELESS
        self.is_by_order = self.kind in DECODING_TIMES_ONLY and bool(stream.codec_context.has_b_frames)
        start_s = 0.0 if container.start_time is None else container.start_time / 1e6
        self.has_running_clock = self.kind in RUNNING_CLOCK
        self.zero_s = start_s if self.has_running_clock or start_s > _LATE_START_S else 0.0

    @property
    def rate(self) -> float:
        """Pictures a second as the container has it; only for estimates."""
        for rate in (self.stream.average_rate, self.stream.guessed_rate, self.stream.base_rate):
            if rate and 0 < rate <= 1000:
                return float(rate)
        return _USUAL_RATE

    @property
    def frames_claimed(self) -> int | None:
        return self.stream.frames or None

    @property
    def claimed_end_s(self) -> float | None:
        """Container seconds at which the video claims to end; None where no header says so."""
        stream, base = self.stream, self.stream.time_base
        if self.is_timeless or self.has_running_clock:
            return None
        if stream.duration is not None and base:
            return float(((stream.start_time or 0) + stream.duration) * base) - self.zero_s
        if (text := stream.metadata.get("DURATION")) and (tagged_s := _seconds(text)) is not None:
            return tagged_s
        if self.container.duration is None:
            return None
        return ((self.container.start_time or 0) + self.container.duration) / 1e6 - self.zero_s

    @property
    def likely_end_s(self) -> float | None:
        """The claimed end, or FFmpeg's estimate from the last packets of a stream without header."""
        if self.has_running_clock and self.container.duration is not None:
            end_s = self.container.duration / 1e6
            return end_s if end_s < _UNLIKELY_S else None
        return self.claimed_end_s

    def placed(self, tally: Tally | None = None) -> Iterator[Placed]:
        """Every packet from here on with its time."""
        clock = PacketClock(
            time_base=self.stream.time_base,
            zero_s=self.zero_s,
            is_timeless=self.is_timeless,
            is_by_order=self.is_by_order,
            wraps=self.has_running_clock,
        )
        return clock.place(self._packets(tally or Tally()))

    def placed_from(self, segment: Segment, tally: Tally) -> Iterator[Placed]:
        """Packets from the keyframe of `segment` on until no later one can belong to it."""
        started = False
        for back_s in (*_SEEK_BACK_S, None):
            for placed in self._sought(segment, back_s, tally):
                is_start = placed.packet.is_keyframe and placed.time_s == segment.start_s
                started = started or segment.index == 0 or is_start
                if started:
                    if (
                        segment.index < segment.of - 1
                        and placed.clock_s is not None
                        and placed.clock_s >= segment.end_s
                    ):
                        return
                    yield placed
                elif placed.clock_s is not None and placed.clock_s > segment.start_s:
                    break
            if started:
                return

    def _sought(self, segment: Segment, back_s: float | None, tally: Tally) -> Iterator[Placed]:
        """Packets from some way before a segment; None for `back_s` reads from the very beginning."""
        base = self.stream.time_base
        if segment.index > 0 and base:  # the first is read from where opening left off
            target = self.stream.start_time or 0
            if back_s is not None:
                target = round((segment.start_s - back_s + self.zero_s) / base)
            try:
                self.container.seek(target, stream=self.stream)
            except av.error.FFmpegError:
                return
        yield from self.placed(tally)

    def _packets(self, tally: Tally) -> Iterator[VideoPacket]:
        """Packets with content; what cannot be read is counted and skipped."""
        for _ in range(_MAX_READ_ERRORS):
            try:
                for packet in self.container.demux(self.stream):
                    if packet.size:
                        yield packet
                return
            except (av.error.FFmpegError, EOFError):
                tally.reading_failed()


@contextmanager
def _opened(path: Path, max_pixels: int) -> Iterator[_Media]:
    """Open `path` as one of the allowed kinds and check its size before anything is decoded."""
    check_file(path)
    # the prefix keeps a name like "concat:a" or "http:" from being read as a protocol
    url = f"file:{path.resolve()}"
    options = {"format_whitelist": ALLOWED, "max_pixels": str(max_pixels)}
    try:
        container = av.open(url, options=options, timeout=_TIMEOUT_S, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError) as error:
        raise UnreadableFootage(refusal(path)) from error
    with container:
        stream = next((s for s in container.streams.video if s.codec_context is not None), None)
        if stream is None:
            raise UnreadableFootage(f"{path.name}: {_missing_picture(container)}")
        context = stream.codec_context
        if context.width * context.height > max_pixels:
            raise UnreadableFootage(
                f"{path.name}: its pictures of {context.width}x{context.height} pixels are larger than "
                f"is safe to open (at most {max_pixels} pixels)"
            )
        context.thread_count = 1
        context.options = {"max_pixels": str(max_pixels)}  # also where the size changes on the way
        context.copy_opaque = True  # each picture then carries the packet it was made from
        yield _Media(path, container, stream, max_pixels)


def _missing_picture(container: InputContainer) -> str:
    if container.streams.video:
        return "its video codec is not known here; export it as H.264"
    return "holds sound but no video" if container.streams.audio else "holds no video"


def _decoded(media: _Media, packets: Iterator[Placed], tally: Tally, segment: Segment | None) -> Iterator[Frame]:
    """Every picture of `segment` (None: of all), each counted."""
    clock = PictureClock(rate=media.rate, is_by_order=media.is_by_order)
    reformatter = VideoReformatter()
    for placed in packets:
        is_mine = segment is None or placed.time_s is None or segment.holds(placed.time_s)
        if is_mine:
            tally.packet_read(placed)
        clock.expect(placed)
        placed.packet.opaque = placed
        try:
            pictures = placed.packet.decode()
        except (av.error.FFmpegError, EOFError):
            clock.give_up(placed)
            if is_mine:
                tally.packet_refused(placed)
            continue
        yield from _counted(media, pictures, clock, tally, segment, reformatter)
    yield from _counted(media, _flushed(media), clock, tally, segment, reformatter)
    is_last = segment is None or segment.index == segment.of - 1
    tally.end(
        clock,
        start_s=None if segment is None else segment.start_s,
        end_s=media.claimed_end_s if is_last else None,
    )


def _flushed(media: _Media) -> list[VideoFrame]:
    """The pictures that the decoder still holds after the last packet."""
    try:
        return media.stream.codec_context.decode(None)
    except (av.error.FFmpegError, EOFError):
        return []


def _counted(
    media: _Media,
    pictures: list[VideoFrame],
    clock: PictureClock,
    tally: Tally,
    segment: Segment | None,
    reformatter: VideoReformatter,
) -> Iterator[Frame]:
    for picture in pictures:
        placed = picture.opaque if isinstance(picture.opaque, Placed) else None
        previous_s = clock.last_s
        time_s, time_source = clock.time_of(placed)
        if segment is not None and not segment.holds(time_s):
            continue
        for lost in tally.picture(placed, time_s, previous_s=previous_s, step_s=clock.step_s):
            clock.give_up(lost)
        is_too_large = picture.width * picture.height > media.max_pixels
        if is_too_large:
            tally.frames_too_large += 1
        if is_too_large or picture.is_corrupt:
            tally.picture_damaged(time_s, clock.step_s)
        if not is_too_large:
            yield Frame(picture, reformatter, time_s, time_source)


def _creation_time(media: _Media) -> datetime | None:
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


def _seconds(text: str) -> float | None:
    """Seconds in Matroska's ``HH:MM:SS.nnn``; None for anything else.

    >>> _seconds("00:01:02.500000000")
    62.5
    """
    parts = text.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
