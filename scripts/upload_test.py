"""A large file through the page in Chromium, over a line that breaks five times and with the server killed once.

    make upload-test            GB=2

Says how much the server's memory grew, and fails when the hash is wrong or the growth is 100 MB or more.
"""

import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from casework.access import Machine
from casework.signing_in import COOKIE
from data import upload_rows as rows
from data.store import open_store
from tests.api.lines import BadLine
from tests.browser.conftest import chromium_path
from tests.factories import a_camera, a_case, a_photo, a_sighting
from tests.signing import sign_in

PROJECT = Path(__file__).resolve().parents[1]
CUTS = 5
MOST_GROWTH_MB = 100


class Web:
    """The web door on a port of its own, weighed twenty times a second."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.peak_mb = 0.0
        self.is_watching = True
        self.start()
        threading.Thread(target=self._weigh, daemon=True).start()

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), "--server.port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"],
            cwd=PROJECT,
            env=os.environ | {"LASTSEEN_HOME": str(self.home)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.1)
        raise SystemExit("the web door did not come up")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory_mb(self) -> float:
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        except OSError:
            return 0.0  # between two servers
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def _weigh(self) -> None:
        while self.is_watching:
            self.peak_mb = max(self.peak_mb, self.memory_mb())
            time.sleep(0.05)


def made_file(path: Path, size: int) -> str:
    """A file of this size that no disk can pack; its SHA-256."""
    digest, block = hashlib.sha256(), os.urandom(1 << 24)
    with path.open("wb") as out:
        for number in range(-(-size // len(block))):
            piece = (number.to_bytes(8, "big") + block[8:])[: size - number * len(block)]
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def prepared(home: Path) -> None:
    """A case with a camera."""
    store = open_store(home).guarded(Machine("upload test"))
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.add(a_camera())
        writing.add(a_sighting(at=datetime.now(UTC) - timedelta(hours=3)))
        writing.add(a_photo())
    store.close()


def send(page: Page, path: Path, *, within_s: float) -> None:
    page.locator("input[type=file]").first.set_input_files(path)
    page.get_by_text(f"{path.name} has arrived. Where").wait_for(timeout=within_s * 1000)


def through_the_page(web: Web, large: Path, small: Path) -> float:
    """The growth in MB while the large file is sent."""
    size = large.stat().st_size
    line = BadLine(web.port, [])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        page = browser.new_page()
        token = sign_in(f"http://127.0.0.1:{web.port}", web.home).token
        here = f"http://127.0.0.1:{line.port}"
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": here}])
        page.goto(f"{here}/footage?case=case-1")
        send(page, small, within_s=60)  # what is loaded at the first use is not growth
        page.get_by_text("looking for its first picture").wait_for(state="hidden", timeout=60_000)
        time.sleep(2)
        before = web.peak_mb = web.memory_mb()
        line.breaks_after += [size // (CUTS + 1)] * CUTS
        killer = threading.Thread(target=killed_half_way, args=(web, line), daemon=True)
        killer.start()
        began = time.monotonic()
        send(page, large, within_s=1200)
        print(f"{size / 1e9:.2f} GB in {time.monotonic() - began:.0f} s; the line broke {line.broke} times", flush=True)
        killer.join(5)
        web.is_watching = False
        browser.close()
    line.close()
    print(f"memory: {before:.0f} MB before, {web.peak_mb:.0f} MB at most; the server was killed and started once")
    if killer.is_alive() or line.broke != CUTS:
        raise SystemExit("FAILED: the line did not break as often as it should, or the server was not killed")
    return web.peak_mb - before


def killed_half_way(web: Web, line: BadLine) -> None:
    while line.broke < CUTS // 2 + 1:
        time.sleep(0.05)
    web.kill()
    web.start()


def main() -> None:
    size = int(float(os.environ.get("GB", "2")) * 1e9)
    with tempfile.TemporaryDirectory(dir=os.environ.get("UPLOAD_TEST_DIR")) as folder:
        home, large, small = Path(folder) / "home", Path(folder) / "large.mp4", Path(folder) / "small.mp4"
        wanted = made_file(large, size)
        made_file(small, 1 << 20)
        prepared(home)
        web = Web(home)
        try:
            growth = through_the_page(web, large, small)
        finally:
            web.kill()
        store = open_store(home).guarded(Machine("upload test"))
        found = next(upload for upload in rows.uploads(store) if upload.name == large.name)
        store.close()
    print(f"SHA-256 {found.sha256}: {'right' if found.sha256 == wanted else 'WRONG'}; growth {growth:.0f} MB")
    if found.sha256 != wanted or growth >= MOST_GROWTH_MB:
        raise SystemExit("FAILED")
    print("passed")


if __name__ == "__main__":
    main()
