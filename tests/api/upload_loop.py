"""Uploads one after the other to a server that is killed again and again, by a client that is not ours (tuspy)."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from io import BytesIO
from pathlib import Path

import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from data import upload_rows as rows
from data.store import open_store
from settings import PROJECT

FILE_BYTES = 3 << 20
PIECE_BYTES = 128 << 10
PAUSE_S = 0.02
"""Between two pieces, as on a slow line: else every upload falls between two kills."""
GAVE_UP_S = 60.0
MOST_KEPT = 15
"""The server takes only so many that wait; older ones are checked and removed."""


class UploadServer:
    """The upload door on a home, always on the same port. `whole`: as a part of the whole web app."""

    def __init__(self, home: Path, *, whole: bool = False) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self._command = [sys.executable, "-m", "uvicorn", "tests.api.served:app", "--port", str(self.port)]
        if whole:
            self._command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
            self._command += ["--server.headless", "true", "--server.address", "127.0.0.1"]
        self.start()

    def start(self) -> None:
        with (self.home / "web.log").open("ab") as log:
            known = os.environ | {"LASTSEEN_HOME": str(self.home)}
            self.process = subprocess.Popen(self._command, cwd=PROJECT, env=known, stdout=log, stderr=log)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class UploadLoop:
    """Sends files until `end`; `problems` says what is wrong with those that were acknowledged as whole."""

    def __init__(self, server: UploadServer) -> None:
        self._server = server
        self._ending = threading.Event()
        self._kept: list[tuple[str, str]] = []
        self._problems: list[str] = []
        self.sent = self.breaks = 0
        self._thread = threading.Thread(target=self._send_on, daemon=True)
        self._thread.start()

    def end(self) -> list[str]:
        """Let the upload under way end; the problems with all that was sent."""
        self._ending.set()
        self._thread.join(2 * GAVE_UP_S)
        for _, sha256 in self._kept:
            self._check(sha256)
        return self._problems + (["the uploads came to no end"] if self._thread.is_alive() else [])

    def _send_on(self) -> None:
        client = TusClient(f"http://127.0.0.1:{self._server.port}/api/uploads")
        while not self._ending.is_set():
            content = hashlib.sha256(str(self.sent).encode()).digest() * (FILE_BYTES // 32)
            sha256 = hashlib.sha256(content).hexdigest()
            url = self._send(client, content, sha256)
            if url is None:
                self._problems.append(f"upload {self.sent} did not end within {GAVE_UP_S:.0f} s of its last piece")
                return
            self.sent += 1
            self._kept.append((url, sha256))
            if len(self._kept) > MOST_KEPT:
                url, sha256 = self._kept.pop(0)
                self._check(sha256)
                with suppress(requests.RequestException):
                    requests.delete(url, headers={"Tus-Resumable": "1.0.0"}, timeout=10)

    def _send(self, client: TusClient, content: bytes, sha256: str) -> str | None:
        """Send all of it, whatever breaks; its address, None where it cannot be brought to an end."""
        told = {"filename": "film.mp4", "sha256": sha256}
        url, deadline = None, time.monotonic() + GAVE_UP_S
        while time.monotonic() < deadline:
            try:
                uploader = client.uploader(
                    file_stream=BytesIO(content), url=url, chunk_size=PIECE_BYTES, metadata=told, upload_checksum=True
                )
                while uploader.offset < len(content):
                    uploader.upload_chunk()
                    url = uploader.url
                    deadline = time.monotonic() + GAVE_UP_S
                    time.sleep(PAUSE_S)
            except (TusCommunicationError, requests.RequestException):
                self.breaks += 1
                time.sleep(0.1)
            else:
                return str(url)
        return None

    def _check(self, sha256: str) -> None:
        """What was acknowledged is in the store as whole, and its bytes are those that were sent."""
        with closing(open_store(self._server.home)) as store:
            found = [upload.id for upload in rows.uploads(store) if upload.sha256 == sha256]
        if not found:
            self._problems.append(f"an upload was acknowledged and is not kept ({sha256[:12]})")
        for id in found:
            if hashlib.sha256((self._server.home / "uploads" / id).read_bytes()).hexdigest() != sha256:
                self._problems.append(f"upload {id}: its bytes are not those that were sent")
