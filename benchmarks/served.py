"""The served app, for benchmarks that look at it as a browser does."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The address of the app over a home."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(port)]
    environment = os.environ | {"LASTSEEN_HOME": str(home), "LASTSEEN_FREE_DISK_MB": "1"}
    with (home / "served.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"], env=environment, cwd=ROOT, stdout=log, stderr=log
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{address}/api/health", timeout=1).close()  # noqa: S310  this machine
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(30)
