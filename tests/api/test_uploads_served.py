"""Uploads against a real server on this machine, by a client that is not ours (tuspy), over bad lines."""

import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError

from data import upload_rows as rows
from data.models import Upload
from data.store import open_store
from settings import PROJECT
from tests.api.lines import BadLine
from tests.fakes import Anyone

pytestmark = pytest.mark.timeout(120)
MIB = 1 << 20
MOST_GROWTH_MIB = 40


class Server:
    """One that can be killed and started again on the same port and home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uvicorn", "tests.api.served:app", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--log-level", "error"], cwd=PROJECT, env=os.environ | {"LASTSEEN_HOME": str(self.home)}
        )
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.05)
        pytest.fail("the upload server did not come up")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory_mib(self) -> float:
        """Resident memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / MIB

    def uploads(self) -> list[Upload]:
        store = open_store(self.home).guarded(Anyone())
        try:
            return rows.uploads(store)
        finally:
            store.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    open_store(tmp_path).close()
    running = Server(tmp_path)
    yield running
    running.kill()


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "2025-03-05 17-25-30.mp4"
    path.write_bytes(os.urandom(12 * MIB + 12_345))
    return path


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_tus_client_that_is_not_ours_sends_a_file(server: Server, film: Path) -> None:
    client = TusClient(f"http://127.0.0.1:{server.port}/api/uploads")
    told = {"filename": film.name, "sha256": hash_of(film)}
    with film.open("rb") as stream:  # given by its path, the client would leave it open
        client.uploader(file_stream=stream, chunk_size=5 * MIB, metadata=told, upload_checksum=True).upload()
    (upload,) = server.uploads()
    assert (upload.name, upload.size_bytes, upload.sha256) == (film.name, film.stat().st_size, hash_of(film))


def test_a_line_that_breaks_five_times_and_a_server_that_is_killed_cost_nothing(server: Server, film: Path) -> None:
    line = BadLine(server.port, [int(n * MIB) for n in (1.3, 2.1, 0.7, 1.9, 2.4)])
    client = TusClient(f"http://127.0.0.1:{line.port}/api/uploads")
    offsets = [0]
    was_killed = False
    with film.open("rb") as stream:
        url = client.uploader(file_stream=stream, metadata={"filename": film.name}).create_url()
        while len(offsets) < 60:
            if line.broke == 3 and not was_killed:
                server.kill()
                server.start()
                was_killed = True
            try:
                uploader = client.uploader(file_stream=stream, chunk_size=3 * MIB, url=url)
                offsets.append(uploader.offset)
                uploader.upload()
                break
            except (TusCommunicationError, OSError):
                time.sleep(0.1)
    line.close()
    assert (line.broke, was_killed) == (5, True)
    assert offsets == sorted(offsets), "an acknowledged offset never goes back"
    (upload,) = server.uploads()
    assert upload.sha256 == hash_of(film)


def test_a_large_file_does_not_grow_the_servers_memory(server: Server) -> None:
    size, piece = 256 * MIB, bytes(8 * MIB)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    tus = {"Tus-Resumable": "1.0.0"}

    def send(total: int) -> None:
        connection.request("POST", "/api/uploads", headers=tus | {"Upload-Length": str(total)})
        answer = connection.getresponse()
        answer.read()
        told = tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
        url = answer.headers["Location"]
        connection.request(
            "PATCH",
            url,
            body=(piece for _ in range(total // len(piece))),
            headers=told | {"Content-Length": str(total)},
        )
        answer = connection.getresponse()
        answer.read()
        assert (answer.status, answer.headers["Upload-Offset"]) == (204, str(total))

    send(len(piece))  # what is loaded at the first use is not growth
    before, highest = server.memory_mib(), 0.0
    done = threading.Event()
    sender = threading.Thread(target=lambda: (send(size), done.set()))
    sender.start()
    while not done.wait(0.02) and sender.is_alive():
        highest = max(highest, server.memory_mib())
    sender.join()
    connection.close()
    assert done.is_set()
    print(f"memory {before:.0f} MiB before, {highest:.0f} MiB at most during {size // MIB} MiB")
    assert highest - before < MOST_GROWTH_MIB
