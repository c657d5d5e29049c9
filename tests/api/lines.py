"""Lines that break."""

import socket
import threading
from contextlib import suppress


class BadLine:
    """A way to the server that breaks after so many bytes, as often as it is told to."""

    def __init__(self, port: int, breaks_after: list[int]) -> None:
        self.breaks_after = breaks_after
        self.broke = 0
        self._to = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        with near, suppress(OSError), socket.create_connection(("127.0.0.1", self._to)) as far:
            threading.Thread(target=self._back, args=(far, near), daemon=True).start()
            while data := near.recv(1 << 16):
                if self.breaks_after:
                    self.breaks_after[0] -= len(data)
                    if self.breaks_after[0] <= 0:
                        self.breaks_after.pop(0)
                        self.broke += 1
                        far.shutdown(socket.SHUT_RDWR)
                        near.shutdown(socket.SHUT_RDWR)
                        return
                far.sendall(data)

    @staticmethod
    def _back(far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(1 << 16):
                near.sendall(data)
            near.shutdown(socket.SHUT_RDWR)
