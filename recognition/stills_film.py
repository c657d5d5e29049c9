"""Still pictures made one film, byte for byte as they came: nothing is decoded, and nothing is encoded anew."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

import av
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

_TICKS = Fraction(1, 1000)  # Matroska's own


def film_of_stills(
    stills: Sequence[tuple[float, bytes]], *, start_at: datetime, width_px: int, height_px: int
) -> bytes:
    """The stills as Matroska with one picture of Motion JPEG each; the same stills of the same time: the same bytes.

    Parameters
    ----------
    stills
        (container seconds, JPEG), in order, the first at 0; at least one.
    start_at
        The time of the first, which the container tells.
    width_px, height_px
        Of the first one; a decoder goes by the pictures themselves.

    Raises
    ------
    ValueError
        There is no still, or their times do not rise by a millisecond at least.
    """
    times = [round(at_s * 1000) for at_s, _ in stills]
    if not times or times != sorted(set(times)):
        raise ValueError("stills need times that rise")
    out = io.BytesIO()
    # +bitexact: the container tells no version and no time
    with av.open(out, "w", format="matroska", options={"fflags": "+bitexact"}) as container:
        assert isinstance(container, OutputContainer)  # noqa: S101  it was opened to be written
        container.metadata["creation_time"] = start_at.astimezone(UTC).isoformat(timespec="milliseconds")
        stream = container.add_stream("mjpeg", rate=25, options={"flags": "+bitexact"})
        assert isinstance(stream, VideoStream)  # noqa: S101
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuvj420p"
        stream.codec_context.time_base = stream.time_base = _TICKS
        for number, (time, (_, picture)) in enumerate(zip(times, stills, strict=True)):
            packet = Packet(picture)
            packet.stream, packet.time_base = stream, _TICKS
            packet.pts = packet.dts = time
            packet.duration = times[number + 1] - time if number + 1 < len(times) else 0
            packet.is_keyframe = True
            container.mux(packet)
    return out.getvalue()
