"""The real web door, served: clients that do not sign in leave nothing behind, and every answer has its headers."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from casework import accounts
from casework.access import Machine
from casework.signing_in import COOKIE
from data import account_rows as rows
from data import upload_rows
from data.store import open_store
from settings import PROJECT
from tests.factories import a_case
from tests.signing import PASSWORD, SignedIn, posted, sign_in, supervises_everything

pytestmark = pytest.mark.timeout(120)
SECRET = b"an anonymous caller's bytes, which must lie nowhere " * 400


@dataclass(frozen=True)
class Served:
    url: str
    home: Path
    person: SignedIn

    def ask(self, method: str, path: str, *, signed_in: bool = False, **given: object) -> httpx.Response:
        headers = (self.person.headers if signed_in else {}) | dict(given.pop("headers", {}))  # type: ignore[call-overload]
        return httpx.request(method, self.url + path, headers=headers, timeout=30, trust_env=False, **given)  # type: ignore[arg-type]

    def socket(self, token: str = "", **more: str) -> ClientConnection:
        headers = ({"Cookie": f"{COOKIE}={token}"} if token else {}) | more
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        return connect(
            address, additional_headers=headers, subprotocols=[Subprotocol("streamlit")], proxy=None, open_timeout=20
        )


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("door") / "home"
    store = open_store(home)
    with store.writing() as writing:
        writing.add_case(a_case())
    store.close()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", str(PROJECT / "app.py"), "--server.port", str(port)]
    log = home / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.address", "127.0.0.1"], cwd=PROJECT, env=os.environ | {"LASTSEEN_HOME": str(home)},
            stdout=out, stderr=out,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 60
    while True:
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/_stcore/health", trust_env=False, timeout=10)
            break
        assert time.monotonic() < deadline, log.read_text()[-2000:]
        assert process.poll() is None, log.read_text()[-2000:]
        time.sleep(0.1)
    yield Served(url, home, sign_in(url, home))
    process.terminate()
    process.wait(20)


def kept_bytes(home: Path) -> int:
    """How many bytes of files that came in lie in the home, whatever the folder is called."""
    known = ("store.sqlite", "log", "store.lock")
    return sum(
        p.stat().st_size
        for p in home.rglob("*")
        if p.is_file() and not p.name.startswith(known) and "keys" not in p.parts
    )


def test_a_client_that_does_not_sign_in_stores_no_byte_by_any_way(served: Served) -> None:
    before = kept_bytes(served.home)
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(SECRET)), "Upload-Metadata": "filename YQ=="}
    assert served.ask("POST", "/api/uploads", headers=tus).status_code == 401
    patch = tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert served.ask("PATCH", "/api/uploads/1", headers=patch, content=SECRET).status_code == 401
    for method in ("PUT", "POST"):
        assert served.ask(method, "/_stcore/upload_file/a/b", files={"file": ("a", SECRET)}).status_code == 401
    with pytest.raises(InvalidStatus) as refused, served.socket() as line:
        line.send(SECRET)
    assert refused.value.response.status_code == 403
    for made_up in ("made-up", served.person.token[:-1] + "_"):
        with pytest.raises(InvalidStatus), served.socket(made_up) as line:
            line.send(SECRET)
    raw_websocket(served)
    store = open_store(served.home)
    assert upload_rows.uploads(store) == []
    store.close()
    assert kept_bytes(served.home) == before
    for path in served.home.rglob("*"):
        assert not path.is_file() or SECRET[:60] not in path.read_bytes(), path


def raw_websocket(served: Served) -> None:
    """A handshake by hand that does not wait for the answer before it sends."""
    host, port = served.url.removeprefix("http://").split(":")
    head = (
        f"GET /_stcore/stream HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=10) as line:
        line.sendall(head.encode() + b"\x82\xfe\x40\x00\x00\x00\x00\x00" + SECRET[:16384])
        said = b""
        with suppress(TimeoutError, OSError):
            while piece := line.recv(65536):
                said += piece
    assert said.startswith(b"HTTP/1.1 403")


def test_a_signed_in_websocket_is_closed_within_two_seconds_of_the_accounts_end(served: Served) -> None:
    bea = sign_in(served.url, served.home, "bea")
    with served.socket(bea.token, Origin=served.url) as line:
        store = open_store(served.home)
        accounts.disable_account(store.guarded(Machine("tests")), bea.account_id, by="tests")
        store.close()
        began = time.monotonic()
        with pytest.raises(ConnectionClosed) as closed:
            listen(line)
        assert time.monotonic() - began < 2.0
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008
    with pytest.raises(InvalidStatus), served.socket(bea.token):
        pass


def listen(line: ClientConnection) -> None:
    while True:
        line.recv(timeout=5)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
def test_a_websocket_opened_by_another_sites_page_is_refused(served: Served, origin: str) -> None:
    with pytest.raises(InvalidStatus), served.socket(served.person.token, Origin=origin):
        pass


PATHS = [
    "/", "/map", "/sign-in", "/sign-in/style.css", "/account", "/api/health", "/api/ready", "/api/nothing",
    "/_stcore/health", "/_stcore/host-config", "/media/none.mp4", "/tiles/cases/none/1/0/0", "/static/none.js",
    "/app/static/lastseen-map.js", "/component/streamlit_folium.st_folium/index.html", "/nothing/at/all",
]  # fmt: skip


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_carries_the_headers_that_bind_the_browser(served: Served, signed_in: bool) -> None:
    for path in PATHS:
        answer = served.ask("GET", path, signed_in=signed_in)
        told = answer.headers
        policy = told["content-security-policy"]
        assert "default-src 'none'" in policy, path
        assert told["x-content-type-options"] == "nosniff"
        assert told["referrer-policy"] == "same-origin"
        assert told["cross-origin-opener-policy"] == "same-origin"
        assert told["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in told["permissions-policy"]
        assert "access-control-allow-origin" not in told
        is_frame = path.startswith("/component/streamlit_folium")
        assert ("frame-ancestors 'self'" if is_frame else "frame-ancestors 'none'") in policy, path
        assert ("'unsafe-eval'" in policy) == is_frame, "in the map's frame alone"
        assert ("script-src 'self' 'unsafe-inline'" in policy) == is_frame
        is_static = path.startswith(("/static/", "/app/static/"))
        assert told["cache-control"] == ("private, max-age=86400" if is_static else "no-store"), path


def test_pages_of_other_sites_get_no_permission_to_read(served: Served) -> None:
    for path in ("/_stcore/health", "/api/health", "/media/x"):
        answer = served.ask("GET", path, signed_in=True, headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in answer.headers, path


def test_no_process_of_this_machine_hides_its_address_behind_a_made_up_header(served: Served) -> None:
    with httpx.Client(base_url=served.url, trust_env=False, timeout=30) as browser:
        browser.headers["X-Forwarded-For"] = "198.51.100.77"
        assert posted(browser, "/sign-in", name=served.person.name, password=PASSWORD).status_code == 303
    store = open_store(served.home)
    assert {session.address for session in rows.sessions_of(store, served.person.account_id)} == {"127.0.0.1"}
    store.close()


def test_whoever_may_adds_a_file_with_the_same_requests_that_were_refused(served: Served) -> None:
    store = open_store(served.home)
    supervises_everything(store, served.person.account_id)
    store.close()
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "10", "Upload-Metadata": "filename YS5tcDQ=,case Y2FzZS0x"}
    begun = served.ask("POST", "/api/uploads", signed_in=True, headers=tus)
    assert begun.status_code == 201, begun.text
    assert served.ask("DELETE", begun.headers["location"], signed_in=True, headers=tus).status_code == 204
    forged = served.ask("POST", "/api/uploads", signed_in=True, headers=tus | {"Origin": "https://evil.example"})
    assert forged.status_code == 403
