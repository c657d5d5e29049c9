"""One open container and the packets of its video, each with its time; the only place that opens footage."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from operator import attrgetter
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.video.stream import VideoStream

from data.errors import UnreadableFootage
from recognition.formats import ALLOWED, DECODING_TIMES_ONLY, INDEXED, RUNNING_CLOCK, TIMELESS, check_file, refusal
from recognition.own_claims import asf_end_s, gif_is_whole
from recognition.tally import Tally
from recognition.timeline import PacketClock, Placed, Times, VideoPacket

_TIMEOUT_S = (20.0, 20.0)  # open, read: a file that answers slower hangs
_LATE_START_S = 60.0
_UNLIKELY_S = 12 * 3600.0  # two spliced streams look 26.5 hours long
_MAX_READ_ERRORS = 200
_USUAL_RATE = 25.0
_CHUNK_HEAD = 8  # bytes between an AVI index's place and the packet's


class Media:
    """One open container and its video stream."""

    def __init__(self, path: Path, container: InputContainer, stream: VideoStream, max_pixels: int) -> None:
        self.path = path
        self.container = container
        self.stream = stream
        self.max_pixels = max_pixels
        self.kind = container.format.name.split(",")[0]
        self.times = _times_of(self.kind, stream)
        start_s = 0.0 if container.start_time is None else container.start_time / 1e6
        self.has_index = self.kind in INDEXED
        self.has_running_clock = self.kind in RUNNING_CLOCK
        self.zero_s = start_s if self.has_running_clock or start_s > _LATE_START_S else 0.0

    @property
    def rate(self) -> float:
        """Pictures a second as the container has it; only for estimates."""
        for rate in (self.stream.average_rate, self.stream.guessed_rate, self.stream.base_rate):
            if rate and 0 < rate <= 1000:
                return float(rate)
        return _USUAL_RATE

    @cached_property
    def nal_length_bytes(self) -> int | None:
        """How many bytes tell the length of each unit in an H.264 or HEVC packet; None where start codes part them.

        ISO/IEC 14496-15: ``lengthSizeMinusOne`` in byte 4 of an avcC and byte 21 of an hvcC box.
        """
        extra = bytes(self.stream.codec_context.extradata or b"")
        at = {"h264": 4, "hevc": 21}.get(self.stream.codec_context.name)
        if at is None or len(extra) <= at or extra[0] != 1:
            return None
        return (extra[at] & 3) + 1

    @property
    def frames_claimed(self) -> int | None:
        return self.stream.frames or None

    @property
    def claimed_end_s(self) -> float | None:
        """Container seconds at which the video claims to end; None where no header says so."""
        stream, base = self.stream, self.stream.time_base
        if self.times is Times.NONE or self.has_running_clock:
            return None
        if stream.duration is not None and base:
            return float(((stream.start_time or 0) + stream.duration) * base) - self.zero_s
        if (text := stream.metadata.get("DURATION")) and (tagged_s := _seconds(text)) is not None:
            return tagged_s
        if not self.container.duration:
            return asf_end_s(self.path) if self.kind == "asf" else None
        return ((self.container.start_time or 0) + self.container.duration) / 1e6 - self.zero_s

    @property
    def likely_end_s(self) -> float | None:
        """The claimed end, or FFmpeg's estimate from the last packets of a stream without header."""
        if self.has_running_clock and self.container.duration is not None:
            end_s = self.container.duration / 1e6
            return end_s if end_s < _UNLIKELY_S else None
        return self.claimed_end_s

    @property
    def due_end_s(self) -> float | None:
        """Where the pictures should end; None where the container does not say, or all it lists is there."""
        if not self.has_index:
            return self.claimed_end_s
        entries = self.stream.index_entries
        is_cut_off = len(entries) > 0 and entries[len(entries) - 1].pos >= self.path.stat().st_size
        return self.claimed_end_s if is_cut_off else None

    def placed(self, tally: Tally | None = None) -> Iterator[Placed]:
        """Every packet from here on with its time."""
        clock = PacketClock(
            time_base=self.stream.time_base,
            zero_s=self.zero_s,
            times=self.times,
            wraps=self.has_running_clock,
            decoding_ticks=self._indexed_ticks if self.kind in DECODING_TIMES_ONLY else attrgetter("dts"),
        )
        return clock.place(self._packets(tally or Tally()))

    def placed_from(self, target_s: float | None, tally: Tally) -> Iterator[Placed]:
        """Every packet from about `target_s` on, usually from a keyframe before it; None: from the very beginning."""
        base = self.stream.time_base
        if base:
            target = self.stream.start_time or 0
            if target_s is not None:
                target = round((target_s + self.zero_s) / base)
            try:
                self.container.seek(target, stream=self.stream)
            except av.error.FFmpegError:
                return
        yield from self.placed(tally)

    @cached_property
    def _ticks_by_place(self) -> dict[int, int]:
        return {entry.pos + _CHUNK_HEAD: entry.timestamp for entry in self.stream.index_entries}

    def _indexed_ticks(self, packet: VideoPacket) -> int | None:
        """An AVI packet's time from the index; FFmpeg counts packets, and a hole would shift all that follows."""
        if packet.pos is None:
            return packet.dts
        return self._ticks_by_place.get(packet.pos, packet.dts)

    def _packets(self, tally: Tally) -> Iterator[VideoPacket]:
        """Packets with content; what cannot be read is counted and skipped."""
        for _ in range(_MAX_READ_ERRORS):
            try:
                for packet in self.container.demux(self.stream):
                    if packet.size:
                        yield packet
                if self.kind == "gif" and not gif_is_whole(self.path):
                    tally.reading_failed()
                return
            except (av.error.FFmpegError, EOFError, IndexError):  # PyAV looks damaged stream numbers up in a list
                tally.reading_failed()


@contextmanager
def opened(path: Path, max_pixels: int) -> Iterator[Media]:
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
        context.copy_opaque = True  # each picture then carries its packet's number
        yield Media(path, container, stream, max_pixels)


def _missing_picture(container: InputContainer) -> str:
    if container.streams.video:
        return "its video codec is not known here; export it as H.264"
    return "holds sound but no video" if container.streams.audio else "holds no video"


def _times_of(kind: str, stream: VideoStream) -> Times:
    if kind in TIMELESS:
        return Times.NONE
    if kind in DECODING_TIMES_ONLY:
        return Times.REORDERED if stream.codec_context.has_b_frames else Times.DECODING
    return Times.PRESENTATION


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
