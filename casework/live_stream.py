"""What a watcher reads from: a stream of packets from a camera, whichever way it sends them."""

from collections.abc import Iterator
from typing import Protocol

from recognition.live_packets import LivePacket

TIMEOUT_S = 10.0
"""So long nothing may come before a connection is taken for dead and made anew."""


class Stream(Protocol):
    """An open connection to a camera."""

    @property
    def codec(self) -> str:
        """What `recognition.live_look` decodes: h264, hevc or mjpeg."""
        ...

    def packets(self) -> Iterator[LivePacket]:
        """Whole pictures as they come, until the camera ends it; NotReachable or BadStream where it breaks."""
        ...

    def close(self) -> None:
        """End it; whoever reads at this moment gets NotReachable."""
        ...
