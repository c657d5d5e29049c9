"""A camera that is plugged into this machine (Video4Linux): its pictures as it gives them, as JPEG.

The device is this machine's own and its packets come from the kernel, so they are fetched here; like all others they
are decoded in a confined process alone.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import av
from av.container import InputContainer

from data.errors import NotReachable
from recognition.live_packets import BadStream, LivePacket

_TIMEOUT_S = 10.0


class UsbStream:
    """A camera of this machine, open; see `casework.live_stream.Stream`.

    Raises
    ------
    NotReachable
        There is no such device on the machine on which the worker runs, it may not be read, or is in use.
    BadStream
        It gives no JPEG.
    """

    codec = "mjpeg"

    def __init__(self, device: str, *, opened: Callable[[str], InputContainer] | None = None) -> None:
        self._device = device
        if opened is None and not Path(device).exists():
            raise NotReachable(f"{device}: there is no such camera on the machine on which this worker runs")
        try:
            self._container = (opened or _opened)(device)
        except PermissionError as error:
            raise NotReachable(f"{device}: may not be read; give the worker's user the group video") from error
        except (av.FFmpegError, OSError) as error:
            raise NotReachable(f"{device}: cannot be opened; is it in use, and a camera? ({error})") from error
        codecs = [stream.codec_context.name for stream in self._container.streams.video]
        if "mjpeg" not in codecs:
            self.close()
            raise BadStream(f"gives {codecs[0] if codecs else 'no video'}; this program reads MJPEG of such cameras")

    def packets(self) -> Iterator[LivePacket]:
        """Whole pictures as they come; NotReachable where the camera is unplugged."""
        try:
            for packet in self._container.demux(video=0):
                if packet.size:
                    yield LivePacket(bytes(packet), is_keyframe=True)
        except (av.FFmpegError, OSError, ValueError) as error:
            raise NotReachable(f"{self._device}: stopped giving pictures; was it unplugged? ({error})") from error
        raise NotReachable(f"{self._device}: ended")

    def close(self) -> None:
        """Let the device go."""
        with suppress(av.FFmpegError, ValueError):
            self._container.close()


def _opened(device: str) -> InputContainer:
    # MJPEG is what nearly every such camera gives at more than 10 pictures a second
    return av.open(device, format="v4l2", options={"input_format": "mjpeg"}, timeout=(_TIMEOUT_S, _TIMEOUT_S))
