"""Keeps a connection to a camera: reads it without pause, so that only the newest picture waits, and makes it anew."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from casework.live_stream import Stream
from data.errors import BadInput, NotReachable
from data.models import utc_now
from recognition.live_packets import BadStream, Newest

BACK_OFF_S = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""So long is waited before each new try; the last holds for all after it."""
_STEADY_S = 30.0  # a connection that lasted so long was a good one: the next wait is a short one again


@dataclass(frozen=True)
class Line:
    """How the connection stands: whether it does, why not, and how often it was tried since it last did."""

    is_open: bool = False
    why: str = ""
    tries: int = 0
    codec: str = ""


class Feed:
    """Reads a camera in a thread of its own until `close`.

    Parameters
    ----------
    connect
        Makes a connection; NotReachable, BadInput or BadStream where it cannot.
    """

    def __init__(self, connect: Callable[[], Stream]) -> None:
        self.newest = Newest()
        self.line = Line()
        self._connect = connect
        self._stopping = threading.Event()
        self._stream: Stream | None = None
        self._thread = threading.Thread(target=self._run, name="live feed", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up and end the thread."""
        self._stopping.set()
        stream = self._stream
        if stream is not None:
            stream.close()
        self._thread.join(timeout=15.0)

    def _run(self) -> None:
        tries = 0
        while not self._stopping.is_set():
            began = monotonic()
            why = self._read()
            tries = 1 if monotonic() - began > _STEADY_S else tries + 1
            self.line = Line(is_open=False, why=why, tries=tries, codec=self.line.codec)  # what came may still wait
            self._stopping.wait(BACK_OFF_S[min(tries, len(BACK_OFF_S)) - 1])

    def _read(self) -> str:
        """Read until the connection ends; why it did."""
        stream: Stream | None = None
        try:
            stream = self._stream = self._connect()
            self.newest.forget()
            self.line = Line(is_open=True, codec=stream.codec)
            for packet in stream.packets():
                self.newest.put(packet, utc_now())
                if self._stopping.is_set():
                    break
        except BadStream as error:
            return f"the camera {error}"
        except (NotReachable, BadInput) as error:
            return str(error)
        finally:
            self._stream = None
            if stream is not None:
                stream.close()
        return "the camera ended the connection"
