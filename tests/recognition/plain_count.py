"""Counts a footage's packets and pictures in the plainest way, to hold LastSeen's own counts against it.

Written against PyAV alone, without a line of `recognition`: ``python tests/recognition/plain_count.py`` reads paths,
one a line, and writes one JSON object a line. It runs as a process of its own, since what it reads is hostile.
"""

import json
import resource
import sys
from contextlib import suppress
from typing import Any

import av
import av.error

KINDS = "mov,matroska,avi,mpegts,mpeg,h264,hevc,m4v,mpegvideo,mjpeg,flv,asf,gif,dhav"
MOST_PIXELS = 40_000_000


def count(path: str) -> dict[str, Any]:
    """Packets read, how many of them are not meant to be shown, failures between packets, and pictures decoded."""
    options = {"format_whitelist": KINDS, "max_pixels": str(MOST_PIXELS)}
    try:
        container = av.open(f"file:{path}", options=options, timeout=(20.0, 20.0), metadata_errors="replace")
    except (av.error.FFmpegError, ValueError):
        return {"opened": False}
    with container:
        stream = next((s for s in container.streams.video if s.codec_context is not None), None)
        if stream is None or stream.codec_context.width * stream.codec_context.height > MOST_PIXELS:
            return {"opened": False}
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        packets = hidden = failures = pictures = 0
        while failures < 200:
            try:
                for packet in container.demux():
                    if packet.stream_index != stream.index or not packet.size:
                        continue
                    packets += 1
                    hidden += bool(packet.is_discard)
                    try:
                        pictures += len(packet.decode())
                    except (av.error.FFmpegError, EOFError):
                        continue
                break
            except (av.error.FFmpegError, EOFError, IndexError):
                failures += 1
        with suppress(av.error.FFmpegError, EOFError):
            pictures += len(stream.codec_context.decode(None))
        claimed = stream.frames or None
        kind = container.format.name
    return {
        "opened": True, "packets": packets, "hidden": hidden, "failures": failures, "pictures": pictures,
        "claimed": claimed, "kind": kind,
    }  # fmt: skip


def main() -> None:
    resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30))
    for line in sys.stdin:
        print(json.dumps(count(line.rstrip("\n"))), flush=True)


if __name__ == "__main__":
    main()
