"""Addresses that people type lead to the internet or to a listed network, and nowhere else, however they are spelt."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.addresses import (
    CAMERA_SCHEMES,
    WEBHOOK_SCHEMES,
    Peer,
    checked_address,
    connect,
    fetched,
    forbidden,
    guarded_client,
    parsed_networks,
)
from data.errors import BadInput, NotReachable

LOOPBACK = parsed_networks("127.0.0.0/8")
PUBLIC = "93.184.216.34"


class Names:
    """A resolver that gives other answers each time, as a rebinding name server does."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def judged(url: str, resolve: Names | None = None, networks: str = "") -> Peer:
    allowed = parsed_networks(networks)
    return checked_address(url, schemes=CAMERA_SCHEMES, allowed=allowed, resolve=resolve or Names([PUBLIC]))


@pytest.mark.parametrize(
    ("ip", "why"),
    [
        ("127.0.0.1", "this machine itself"),
        ("127.8.9.1", "this machine itself"),
        ("0.0.0.0", "this machine itself"),  # noqa: S104
        ("0.1.2.3", "this machine itself"),
        ("10.0.0.1", "private"),
        ("172.16.5.5", "private"),
        ("192.168.1.1", "private"),
        ("100.64.0.1", "not on the internet"),
        ("169.254.169.254", "clouds keep their keys"),
        ("224.0.0.1", "a group of machines"),
        ("239.255.255.250", "a group of machines"),
        ("255.255.255.255", "private"),
        ("240.0.0.1", "private"),
        ("198.18.0.1", "private"),
        ("192.0.2.1", "private"),
        ("::1", "this machine itself"),
        ("::", "no address"),
        ("fe80::1", "clouds keep their keys"),
        ("fd00:ec2::254", "private"),
        ("ff02::1", "a group of machines"),
        ("::ffff:127.0.0.1", "stands for another"),
        ("::ffff:8.8.8.8", "stands for another"),
        ("::ffff:0:10.0.0.1", "stands for another"),
        ("::127.0.0.1", "stands for another"),
        ("64:ff9b::7f00:1", "stands for another"),
        ("64:ff9b::808:808", "stands for another"),
        ("64:ff9b:1::a00:1", "stands for another"),
        ("2002:7f00:1::", "stands for another"),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "stands for another"),
        ("100::1", "stands for another"),
        ("2001:db8::1", "private"),
        ("fec0::1", "private"),
    ],
)
def test_addresses_that_lead_inside_are_refused_written_out_or_behind_a_name(ip: str, why: str) -> None:
    reason = forbidden(ip_address(ip))
    assert reason is not None
    host = f"[{ip}]" if ":" in ip else ip
    with pytest.raises(BadInput, match="LASTSEEN_ALLOWED_NETWORKS"):
        judged(f"rtsp://{host}/stream")
    with pytest.raises(BadInput, match=f"leads to {ip_address(ip)}"):
        judged("rtsp://cam.example/stream", Names([ip]))
    assert why in reason


@pytest.mark.parametrize("ip", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946"])
def test_addresses_on_the_internet_pass(ip: str) -> None:
    assert forbidden(ip_address(ip)) is None
    assert judged("rtsp://cam.example/1", Names([ip])) == Peer("rtsp", "cam.example", 554, ip, "rtsp://cam.example/1")


@pytest.mark.parametrize(
    "url",
    [
        "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://127.1/", "http://0x7f000001/",
        "http://017700000001/", "http://127.0.0.1.:80/", "http://1.2.3/", "http://0/", "http://00.0.0.0/",
        "http://localhost:8501@10.0.0.1/", "http://[::1%25lo]/", "http://[fe80::1%eth0]/", "http://①②⑦.0.0.1/",
        "http://127。0。0。1/", "http://ex ample/", "http://a\\@b/", "http://a\n.b/", "http://a\x00b/", "http:///x",
        "http://", "//a.example/", "a.example", "", "http://a.example:0/", "http://a.example:99999/",
        "http://-a.example/", "http://a..example/", "http://%31%32%37.0.0.1/", "http://a.example/<script>",
        "http://a.example/\u202egnp", "x" * 3000, "http://[127.0.0.1]/", "http://[::1/", "http://::1/",
        "gopher://a.example/", "file:///etc/passwd", "ftp://a.example/", "javascript:alert(1)", "data:,x",
        "dict://a.example:11211/", "concat:a|b", "tcp://a.example:1", "unix:/run/docker.sock", "jar:http://a!/",
    ],
)  # fmt: skip
def test_odd_spellings_and_other_schemes_are_refused_before_anything_is_asked(url: str) -> None:
    names = Names([PUBLIC])
    with pytest.raises(BadInput) as caught:
        judged(url, names)
    assert names.asked == [] or "10.0.0.1" in url
    assert str(caught.value).isprintable()


def test_one_private_answer_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(BadInput, match=r"leads to 10\.0\.0\.7"):
        judged("https://cam.example/", Names([PUBLIC, "10.0.0.7"]))


def test_a_listed_network_is_let_in_and_only_that() -> None:
    assert judged("rtsp://10.1.2.3/", networks="10.1.0.0/16, fd00::/8").ip == "10.1.2.3"
    assert judged("rtsp://[fd00::7]/", networks="10.1.0.0/16, fd00::/8").ip == "fd00::7"
    for other in ("10.2.0.1", "127.0.0.1", "169.254.169.254", "[::ffff:10.1.2.3]"):
        with pytest.raises(BadInput):
            judged(f"rtsp://{other}/", networks="10.1.0.0/16")


@pytest.mark.parametrize("text", ["10.0.0.1/8", "nonsense", "10.0.0.0/99", "a, b"])
def test_a_setting_that_is_no_network_is_named(text: str) -> None:
    with pytest.raises(BadInput, match="LASTSEEN_ALLOWED_NETWORKS"):
        parsed_networks(text)


def test_no_networks_are_listed_unless_an_admin_does() -> None:
    assert parsed_networks(" , ") == ()


@pytest.mark.parametrize("answers", [[], ["not an address"]])
def test_a_name_that_means_nothing_is_told(answers: list[str]) -> None:
    with pytest.raises(NotReachable, match="no such name"):
        judged("https://nowhere.example/", Names(answers))


def test_messages_hold_no_password_and_no_query() -> None:
    for url, names in (
        ("rtsp://admin:hunter22@10.0.0.1/s?token=hunter22", None),
        ("rtsp://admin:hunter22@cam.example/s", Names(["10.0.0.1"])),
        ("rtsp://admin:hunter22@cam.example/s", Names([])),
        ("rtsp://admin:hunter22@0177.1/s", None),
        ("rtsp://admin:hunter 22@cam.example/", None),
    ):
        with pytest.raises((BadInput, NotReachable)) as caught:
            judged(url, names)
        assert "hunter" not in str(caught.value)
    assert "hunter" not in repr(judged("rtsp://admin:hunter22@cam.example/s?t=hunter22"))


@given(st.ip_addresses())
def test_nothing_passes_that_is_not_on_the_internet(ip: object) -> None:
    address = ip_address(str(ip))
    if forbidden(address) is None:
        assert address.is_global
        assert not any((address.is_multicast, address.is_loopback, address.is_link_local, address.is_reserved))


class _Answers(BaseHTTPRequestHandler):
    """Answers /here, sends /there elsewhere, and remembers under which name it was asked."""

    def do_GET(self) -> None:
        server: _Server = self.server  # type: ignore[assignment]
        server.asked.append((self.headers["Host"], self.path))
        target = server.redirects.get(self.path)
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0" if target else "4")
        self.end_headers()
        if not target:
            self.wfile.write(b"here")

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    asked: list[tuple[str, str]]
    redirects: dict[str, str]


@pytest.fixture
def server() -> Iterator[_Server]:
    served = _Server(("127.0.0.1", 0), _Answers)
    served.asked, served.redirects = [], {}
    thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.shutdown()
    thread.join()
    served.server_close()


def test_the_request_goes_to_the_judged_number_under_the_name_that_was_written(server: _Server) -> None:
    names = Names(["127.0.0.1"], ["10.9.9.9"])
    with guarded_client(allowed=LOOPBACK, resolve=names) as client:
        answer = client.get(f"http://hook.example:{server.server_port}/here")
    assert answer.text == "here"
    assert names.asked == ["hook.example"]
    assert server.asked == [(f"hook.example:{server.server_port}", "/here")]


def test_a_name_that_is_rebound_to_this_machine_is_judged_anew_at_every_request(server: _Server) -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    peer = checked_address(f"http://hook.example:{server.server_port}/", schemes=WEBHOOK_SCHEMES, resolve=names)
    assert peer.ip == PUBLIC  # what was seen when it was typed
    with guarded_client(resolve=names) as client, pytest.raises(BadInput, match=r"leads to 127\.0\.0\.1"):
        client.get(f"http://hook.example:{server.server_port}/here")
    assert server.asked == []


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/here", "http://localhost:{port}/here", "http://[::1]:{port}/", "http://169.254.169.254/",
     "http://0x7f.1:{port}/here", "file:///etc/passwd", "gopher://127.0.0.1:{port}/"],
)  # fmt: skip
def test_a_redirect_inside_is_refused(server: _Server, target: str) -> None:
    server.redirects["/there"] = target.format(port=server.server_port)

    def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.2"] if host == "hook.example" else socket.gethostbyname_ex(host)[2]

    only_two = parsed_networks("127.0.0.2/32")
    with (
        guarded_client(allowed=only_two, resolve=resolve) as client,
        pytest.raises((BadInput, httpx.UnsupportedProtocol)),
    ):
        served_on_two(client, server)
    assert [path for _, path in server.asked] == ["/there"]


def served_on_two(client: httpx.Client, server: _Server) -> httpx.Response:
    """The first request goes to 127.0.0.2, which Linux takes for this machine as well."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.2", 0))
        except OSError:
            pytest.skip("skipped: this system has only one loopback address")
    with socket.create_server(("127.0.0.2", 0)) as door:
        thread = threading.Thread(target=_one_request, args=(door, server))
        thread.start()
        try:
            return client.get(f"http://hook.example:{door.getsockname()[1]}/there")
        finally:
            thread.join()


def _one_request(door: socket.socket, server: _Server) -> None:
    connection, address = door.accept()
    _Answers(connection, address, server)
    connection.close()


def test_redirects_do_not_go_on_for_ever(server: _Server) -> None:
    server.redirects["/round"] = f"http://127.0.0.1:{server.server_port}/round"
    with guarded_client(allowed=LOOPBACK) as client, pytest.raises(httpx.TooManyRedirects):
        client.get(f"http://127.0.0.1:{server.server_port}/round")
    assert len(server.asked) == 6


def test_no_proxy_of_the_environment_is_asked(server: _Server, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with guarded_client(allowed=LOOPBACK) as client:
        assert client.get(f"http://127.0.0.1:{server.server_port}/here").text == "here"


def test_a_plain_connection_goes_to_the_judged_number_and_is_looked_at_again(server: _Server) -> None:
    url = f"rtsp://cam.example:{server.server_port}/"
    peer = checked_address(url, schemes=CAMERA_SCHEMES, allowed=LOOPBACK, resolve=Names(["127.0.0.1"]))
    with connect(peer, timeout_s=2, allowed=LOOPBACK) as made:
        assert made.getpeername() == ("127.0.0.1", server.server_port)
    with pytest.raises(BadInput, match="was not what was judged"):
        connect(peer, timeout_s=2)  # the network is no longer listed


def test_a_camera_that_does_not_answer_is_told(server: _Server) -> None:
    peer = checked_address("rtsp://127.0.0.1:9/", schemes=CAMERA_SCHEMES, allowed=LOOPBACK)
    with pytest.raises(NotReachable, match=r"rtsp://127\.0\.0\.1:9/: does not answer"):
        connect(peer, timeout_s=2, allowed=LOOPBACK)


def test_a_download_comes_in_pieces_and_only_by_https_unless_told_otherwise(server: _Server) -> None:
    url = f"http://127.0.0.1:{server.server_port}/here"
    with fetched(url, schemes=WEBHOOK_SCHEMES, allowed=LOOPBACK) as (pieces, length):
        assert b"".join(pieces) == b"here"
        assert length == 4
    with pytest.raises(BadInput, match="it may begin with https"), fetched(url, allowed=LOOPBACK):
        pass
