"""Parts and repetitions of made clips, by copying packets: nothing is decoded, so that an hour costs seconds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import av
from av.packet import Packet
from av.video.stream import VideoStream

from benchmarks.made_truth import Appearance, Clip, read_clip, write_clip_truth


def busiest(clip: Clip, seconds: float, step_s: float = 2.0) -> tuple[float, float]:
    """The stretch of about that length with the most whole appearances in it; the earliest of equals."""
    seconds = min(seconds, clip.duration_s)
    starts = [i * step_s for i in range(int((clip.duration_s - seconds) / step_s) + 1)]

    def held(start_s: float) -> int:
        return sum(start_s <= a.start_s and a.end_s <= start_s + seconds for a in clip.appearances)

    best = max(starts, key=held)
    return best, best + seconds


def cut(clip: Clip, start_s: float, end_s: float) -> Clip:
    """The part from the keyframe at `start_s` on, with the truth of the appearances that lie wholly in it."""
    path = clip.path.with_name(f"{clip.path.stem}-from{start_s:g}to{end_s:g}.mp4")
    kept = read_clip(path)
    if kept is not None:
        return kept
    n = _write(path, _part(clip.path, start_s, end_s), clip.path)
    inside = [a for a in clip.appearances if a.start_s < end_s and a.end_s > start_s]
    part = replace(
        clip, path=path, how=f"{clip.how}; {start_s:g} to {end_s:g} s of it", frames=n, duration_s=end_s - start_s,
        appearances=tuple(_shifted(a, -start_s) for a in inside),
    )  # fmt: skip
    write_clip_truth(part)
    return part


def repeated(clip: Clip, seconds: float) -> Clip:
    """The clip again and again until it lasts at least that long; without a truth of its appearances."""
    path = clip.path.with_name(f"{clip.path.stem}-again{seconds:g}s.mp4")
    kept = read_clip(path)
    if kept is not None:
        return kept
    times = int(-(-seconds // clip.duration_s))
    n = _write(path, _again(clip, times), clip.path)
    long = replace(clip, path=path, frames=n, duration_s=clip.duration_s * times, appearances=())
    write_clip_truth(long)
    return long


def _part(path: Path, start_s: float, end_s: float) -> Iterator["Packet[VideoStream]"]:
    with av.open(str(path)) as source:
        for packet in source.demux(video=0):
            if packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            if start_s - 1e-6 <= packet.pts * packet.time_base < end_s - 1e-6:
                back = round(start_s / packet.time_base)
                packet.pts, packet.dts = packet.pts - back, packet.dts - back
                yield packet


def _again(clip: Clip, times: int) -> Iterator["Packet[VideoStream]"]:
    for i in range(times):
        with av.open(str(clip.path)) as source:
            for packet in source.demux(video=0):
                if packet.pts is None or packet.dts is None or packet.time_base is None:
                    continue
                on = round(i * clip.duration_s / packet.time_base)
                packet.pts, packet.dts = packet.pts + on, packet.dts + on
                yield packet


def _write(path: Path, packets: Iterator["Packet[VideoStream]"], template: Path) -> int:
    """The packets in a new file, complete or not at all; how many they were."""
    part, n = path.with_suffix(".part"), 0
    with av.open(str(template)) as source, av.open(str(part), "w", format="mp4") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in packets:
            packet.stream = stream
            target.mux(packet)
            n += 1
    part.replace(path)
    return n


def _shifted(appearance: Appearance, by_s: float) -> Appearance:
    return replace(
        appearance,
        start_s=appearance.start_s + by_s,
        end_s=appearance.end_s + by_s,
        times_s=tuple(t + by_s for t in appearance.times_s),
    )
