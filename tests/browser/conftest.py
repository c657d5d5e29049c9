"""Drives pages in the system's Chromium; a request to any other machine is stopped and fails the test."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Frame, Page, Route, expect, sync_playwright

from casework.signing_in import COOKIE
from data.store import Store, open_store
from tests.fakes import Anyone
from tests.signing import SignedIn, has_a_door, sign_in

PROJECT = Path(__file__).resolve().parents[2]
SCREENSHOTS = PROJECT / "artifacts" / "screenshots"
# Streamlit asks below a page's own address first when the page is opened by it, and then finds the right one.
PROBING = re.compile(r"/_stcore/(health|host-config)\)?$")
LOCAL_HOSTS = {"127.0.0.1", "localhost", "[::1]", "::1"}
DESKTOP = (1280, 800)
PHONE = (390, 844)
expect.set_options(timeout=20_000)  # a busy machine takes longer, and what is expected does not change


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What stood on the page when a test failed, and whether its script still ran, is told with the failure."""
    report = yield
    page = getattr(item, "funcargs", {}).get("page")
    if report.when == "call" and report.failed and isinstance(page, Page):
        with suppress(Exception):
            state = page.evaluate("() => document.querySelector('.stApp')?.dataset.testScriptState")
            words = page.inner_text("body", timeout=2_000)[:3000]
            report.sections.append(("the page", f"{page.url}, script {state}\n{words}"))
    return report


@dataclass
class AppServer:
    """A running web door, its home folder, its output's file, and as whom the browser is signed in there."""

    address: str
    home: Path
    log: Path
    browser: BrowserContext
    person: SignedIn | None
    token: str = ""

    @property
    def url(self) -> str:
        """Its address, on the way to which the browser gets the session's cookie.

        Cookies know no ports: the servers of one run would else sign each other's browser out.
        """
        self.become(self.token)
        return self.address

    def become(self, token: str) -> None:
        """Make the browser that of another person's session from now on; of nobody's without a token."""
        self.token = token
        for page in self.browser.pages:
            page.goto("about:blank")  # a page left open notices the change, and goes where this test does not
        if not token:
            self.browser.clear_cookies(name=COOKIE)
        else:
            cookie = {"name": COOKIE, "value": token, "url": self.address, "httpOnly": True, "sameSite": "Lax"}
            self.browser.add_cookies([cookie])  # type: ignore[list-item]


@dataclass
class Watch:
    """What went wrong in the browser during a test; every list must stay empty."""

    outside: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


AppStarter = Callable[..., AppServer]


def chromium_path() -> str:
    """The system's Chromium; a missing one fails the test, since skipping would hide an untested page."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.fail(
        "Chromium is missing. Debian: apt-get install -y chromium fonts-dejavu-core (make test does it as root)"
    )


@pytest.fixture(scope="session")
def _watch() -> Watch:
    return Watch()


@pytest.fixture(scope="session")
def camera_film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the film lies that Chromium plays as its camera's."""
    return tmp_path_factory.mktemp("camera") / "camera.mjpeg"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory, _watch: Watch, camera_film: Path) -> Iterator[BrowserContext]:
    """One Chromium for the whole run; each test opens its own page in it."""
    path = chromium_path()
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("chromium"),
            executable_path=path,
            headless=True,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                # the camera of Camera search plays this film, where a test has made it and granted the camera
                "--use-fake-device-for-media-stream",
                f"--use-file-for-fake-video-capture={camera_film}",
                # Chromium's own calls home, which no page asked for; a page's are caught by `_stay_inside`
                "--host-resolver-rules=MAP *.google.com ~NOTFOUND, MAP *.googleapis.com ~NOTFOUND",
            ],
            viewport={"width": DESKTOP[0], "height": DESKTOP[1]},
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(30_000)
        context.route("**/*", lambda route: _stay_inside(route, _watch))
        yield context
        context.close()


def _stay_inside(route: Route, watch: Watch) -> None:
    address = urlsplit(route.request.url)
    if address.scheme in {"data", "blob", "about"} or address.hostname in LOCAL_HOSTS:
        route.fallback()
        return
    watch.outside.append(route.request.url)
    route.abort()


@pytest.fixture
def watch(_watch: Watch) -> Iterator[Watch]:
    """Fails the test when a page asked another machine for anything, or wrote an error to the console."""
    _watch.outside.clear()
    _watch.errors.clear()
    yield _watch
    assert not _watch.outside, f"requests left the machine: {_watch.outside}"
    assert not _watch.errors, f"errors in the browser: {_watch.errors}"


@pytest.fixture
def page(chromium: BrowserContext, watch: Watch) -> Iterator[Page]:
    """A fresh page of desktop size; `watch` tells what went wrong in it."""
    page = chromium.new_page()
    page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
    page.on("console", lambda message: _note_error(message, watch))
    page.on("pageerror", lambda error: watch.errors.append(str(error)))
    yield page
    page.close()


def _note_error(message: ConsoleMessage, watch: Watch) -> None:
    url = message.location.get("url", "")
    if message.type == "error" and not PROBING.search(url):
        watch.errors.append(f"{message.text} ({url})")


@pytest.fixture(scope="session")
def app_server(tmp_path_factory: pytest.TempPathFactory, chromium: BrowserContext) -> Iterator[AppStarter]:
    """Starts web doors on free ports: `app_server(script, home=..., env=...)`; stops them at the end of the run.

    Where sign-in is asked for, the browser is signed in with a new account that supervises every case there is.
    """
    running: list[subprocess.Popen[bytes]] = []

    def start(
        script: Path = PROJECT / "app.py",
        *,
        home: Path | None = None,
        env: dict[str, str] | None = None,
        command: Sequence[str] | None = None,
        ready_s: float = 60.0,
    ) -> AppServer:
        home = home or tmp_path_factory.mktemp("home")
        port = free_port()
        log = tmp_path_factory.mktemp("log") / "server.log"
        environment = {**os.environ, "LASTSEEN_HOME": str(home), "PORT": str(port), "PYTHONPATH": str(PROJECT)}
        with log.open("wb") as output:
            process = subprocess.Popen(
                command or streamlit_command(script, port),
                cwd=PROJECT,  # .streamlit/config.toml
                env=environment | (env or {}),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        running.append(process)
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, log, ready_s)
        person = sign_in(url, home) if has_a_door(url) else None
        return AppServer(url, home, log, chromium, person, person.token if person else "")

    yield start
    for process in running:
        stop(process)


@pytest.fixture
def store(served: AppServer) -> Iterator[Store]:
    """What the running LastSeen has kept, of a module that has `served` one."""
    opened = open_store(served.home).guarded(Anyone())
    yield opened
    opened.close()


def streamlit_command(script: Path, port: int) -> list[str]:
    """The command that serves one script on a port of this machine only."""
    options = ["--server.port", str(port), "--server.address", "127.0.0.1", "--server.fileWatcherType", "none"]
    return [sys.executable, "-m", "streamlit", "run", str(script), *options]


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path, timeout_s: float = 60.0) -> None:
    """Return once the door answers; fail with the end of its log when it ends first or stays silent."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:  # noqa: S310
            if answer.status == 200:
                return
        time.sleep(0.1)
    pytest.fail(f"{url} did not come up:\n{log.read_text(errors='replace')[-3000:]}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a server with everything it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=8)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=8)


def settled(page: Page) -> None:
    """Wait until the page's script has run and stopped, and its pictures are there.

    Streamlit forgets a page's pictures when the next page begins: one still on its way would then be missing.
    """
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.wait_for_function("() => [...document.images].every((image) => image.complete)")


def map_frame(page: Page) -> Frame:
    """The frame of the page's map, once the map stands in it and has drawn the case."""
    element = page.wait_for_selector("iframe[title='streamlit_folium.st_folium']", state="visible")
    assert element is not None
    frame = element.content_frame()
    assert frame is not None
    frame.wait_for_function("() => Boolean(window.map && window.map.LastSeen && window.map.LastSeen.shown)")
    return frame


def screenshot(page: Page, name: str) -> Path:
    """Write a picture of the window to artifacts/screenshots."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    path = SCREENSHOTS / f"{name}.png"
    page.screenshot(path=path)
    return path
