"""The tus protocol, request by request: what is acknowledged, what is refused, and with which code."""

import asyncio
import base64
import hashlib
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.uploads import WithoutPageUploads, tidied
from casework import uploads
from casework.uploads import KEPT, Desk, desk_at
from data import upload_rows as rows
from data.errors import NotReachable
from data.models import Upload, utc_now
from data.store import Store, open_store
from data.uploads import Partials
from tests.api.asking import PIECE, Asker, ask, metadata_of
from tests.factories import a_case
from tests.fakes import Anyone
from tests.running import run

CLIP = bytes(range(256)) * 40
NOTHING_MORE = {"Upload-Offset": "0", **PIECE}


@pytest.fixture
def desk(store: Store, tmp_path: Path) -> Desk:
    return desk_at(store, tmp_path / "home", max_upload_mb=1, max_uploads=5, free_bytes=0)


@pytest.fixture
def asker(desk: Desk) -> Asker:
    return Asker(desk)


def sum_of(data: bytes, algorithm: str = "sha1") -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def only(desk: Desk) -> str:
    (upload,) = rows.uploads(desk.store)
    return upload.id


def test_the_door_says_what_it_understands(asker: Asker) -> None:
    answer = asker.ask("OPTIONS", "/api/uploads")
    assert answer.status == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}
    assert answer.headers["tus-max-size"] == str(1 << 20)
    assert set(answer.headers["tus-checksum-algorithm"].split(",")) == {"sha1", "sha256"}


def test_a_file_comes_in_by_pieces_and_its_hash_is_known(asker: Asker, desk: Desk) -> None:
    url = asker.begun(len(CLIP), sha256=hashlib.sha256(CLIP).hexdigest())
    assert asker.offset(url) == 0
    first = asker.patch(url, 0, CLIP[:3000], CLIP[3000:5000])
    assert (first.status, first.headers["upload-offset"]) == (204, "5000")
    assert "upload-expires" in first.headers
    assert asker.offset(url) == 5000
    last = asker.patch(url, 5000, CLIP[5000:])
    assert (last.status, last.headers["upload-offset"]) == (204, str(len(CLIP)))

    upload = rows.upload(desk.store, only(desk))
    assert upload.sha256 == hashlib.sha256(CLIP).hexdigest()
    assert uploads.bytes_path(desk, upload).read_bytes() == CLIP
    assert upload.expires_at is None, "whole footage waits for a person"
    head = asker.ask("HEAD", url)
    assert head.headers["upload-length"] == head.headers["upload-offset"] == str(len(CLIP))
    assert head.headers["cache-control"] == "no-store"
    assert head.headers["upload-metadata"] == metadata_of(filename="clip.mp4")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Tus-Resumable": "2.0.0"}, 412),
        ({"Upload-Length": "-1"}, 400),
        ({"Upload-Length": "ten"}, 400),
        ({"Upload-Length": "1e3"}, 400),
        ({"Upload-Length": "9" * 30}, 400),
        ({"Upload-Length": "0"}, 400),
        ({"Upload-Length": str((1 << 20) + 1)}, 413),
        ({"Upload-Defer-Length": "1"}, 400),
    ],
)
def test_what_is_no_beginning_is_refused(asker: Asker, desk: Desk, headers: dict[str, str], status: int) -> None:
    answer = asker.ask("POST", "/api/uploads", {"Upload-Length": "10", "Upload-Metadata": "filename YQ=="} | headers)
    assert answer.status == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert ("tus-version" in answer.headers) == (status == 412)
    assert rows.uploads(desk.store) == []


@pytest.mark.parametrize(
    "metadata",
    [
        "filename !!!", "filename YQ", "filename YQ==,filename Yg==", " ,", "file name YQ==", "filename YQ== Yg==",
        "filename /w==", "filename YQ==,", "Ä YQ==", "filename AA==", "x" * 9000,
    ],
)  # fmt: skip
def test_metadata_that_is_not_what_the_protocol_says_is_refused(asker: Asker, metadata: str) -> None:
    answer = asker.ask("POST", "/api/uploads", {"Upload-Length": "10", "Upload-Metadata": metadata})
    assert answer.status == 400, metadata
    assert "Upload-Metadata" in answer.text


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"purpose": "weights"}, 400),
        ({"case": "nobody's"}, 404),
        ({"sha256": "abc"}, 400),
        ({"filename": "x" * 300}, 400),
    ],
)
def test_a_purpose_or_case_that_is_not_known_is_refused_in_words(
    asker: Asker, told: dict[str, str], status: int
) -> None:
    answer = asker.create(10, **({"filename": "a.mp4"} | told))
    assert answer.status == status
    assert answer.text


def test_each_purpose_has_its_own_limit(store: Store, tmp_path: Path) -> None:
    asker = Asker(desk_at(store, tmp_path / "home", max_upload_mb=4096, max_uploads=5, free_bytes=0))
    assert asker.create(51 << 20, filename="a.jpg", purpose="photo").status == 413
    assert asker.create(51 << 20, filename="a.mp4").status == 201


def test_a_piece_that_does_not_begin_where_the_last_ended_changes_nothing(asker: Asker) -> None:
    url = asker.begun(100)
    assert asker.patch(url, 0, b"a" * 40).status == 204
    for offset in (0, 39, 41, 100):
        assert asker.patch(url, offset, b"b" * 10).status == 409
    assert asker.offset(url) == 40


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "application/octet-stream"}, 415),
        ({"Content-Type": ""}, 415),
        ({"Upload-Offset": "x"}, 400),
        ({"Upload-Checksum": "md5 YQ=="}, 400),
        ({"Upload-Checksum": "sha1 ***"}, 400),
        ({"Upload-Checksum": "sha1 YQ=="}, 400),
        ({"Tus-Resumable": "0.1"}, 412),
    ],
)
def test_a_piece_that_is_not_told_right_is_refused(asker: Asker, headers: dict[str, str], status: int) -> None:
    url = asker.begun(10)
    assert asker.ask("PATCH", url, NOTHING_MORE | headers, [b"abc"]).status == status
    assert asker.offset(url) == 0


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_piece_that_arrived_changed_leaves_the_offset_where_it_was(asker: Asker, desk: Desk, algorithm: str) -> None:
    url = asker.begun(len(CLIP))
    assert asker.patch(url, 0, CLIP[:100], Upload_Checksum=sum_of(CLIP[:100], algorithm)).status == 204
    changed = asker.patch(url, 100, b"x" + CLIP[101:], Upload_Checksum=sum_of(CLIP[100:], algorithm))
    assert changed.status == 460
    assert asker.offset(url) == 100
    assert asker.patch(url, 100, CLIP[100:], Upload_Checksum=sum_of(CLIP[100:], algorithm)).status == 204
    assert uploads.bytes_path(desk, rows.upload(desk.store, only(desk))).read_bytes() == CLIP


def test_a_file_that_is_not_the_one_its_sender_hashed_is_not_kept(asker: Asker, desk: Desk) -> None:
    url = asker.begun(len(CLIP), sha256=hashlib.sha256(b"another").hexdigest())
    answer = asker.patch(url, 0, CLIP)
    assert answer.status == 460
    assert hashlib.sha256(CLIP).hexdigest() in answer.text
    assert asker.ask("HEAD", url).status == 404
    assert desk.partials.ids() == []


def test_more_bytes_than_announced_are_refused(asker: Asker) -> None:
    url = asker.begun(10)
    assert asker.patch(url, 0, b"x" * 11).status == 413
    assert asker.patch(url, 0, b"x", Content_Length="11").status == 413
    assert asker.offset(url) == 0


def test_what_came_before_the_sender_broke_off_is_kept_and_goes_on(asker: Asker, desk: Desk) -> None:
    url = asker.begun(len(CLIP))
    asker.patch(url, 0, CLIP[:1234], breaks_off=True)
    assert asker.offset(url) == 1234
    asker.patch(url, 1234, CLIP[1234:2000], breaks_off=True, Upload_Checksum=sum_of(CLIP[1234:3000]))
    assert asker.offset(url) == 1234, "half of what was to be checked as a whole"
    assert asker.patch(url, 1234, CLIP[1234:]).status == 204
    assert rows.upload(desk.store, only(desk)).sha256 == hashlib.sha256(CLIP).hexdigest()


def test_two_who_send_one_file_at_once_do_not_mix_their_bytes(asker: Asker, desk: Desk) -> None:
    url = asker.begun(len(CLIP))
    second = []
    told = PIECE | {"Upload-Offset": "0"}
    first = asker.ask(
        "PATCH", url, told, [CLIP], between=lambda: second.append(Asker(desk).patch(url, 0, b"y" * len(CLIP)))
    )
    assert [answer.status for answer in second] == [423]
    assert first.status == 204
    assert uploads.bytes_path(desk, rows.upload(desk.store, only(desk))).read_bytes() == CLIP


def test_a_removed_upload_is_gone_with_its_bytes(asker: Asker, desk: Desk) -> None:
    url = asker.begun(100)
    asker.patch(url, 0, b"abc")
    assert asker.ask("DELETE", url).status == 204
    for method, headers in (("HEAD", {}), ("PATCH", NOTHING_MORE), ("DELETE", {})):
        assert asker.ask(method, url, headers).status == 404
    assert desk.partials.ids() == []


def test_one_that_is_removed_while_it_is_sent_ends_in_not_found(asker: Asker, desk: Desk) -> None:
    url = asker.begun(100)
    told = PIECE | {"Upload-Offset": "0"}
    ended = asker.ask("PATCH", url, told, [b"abc"], between=lambda: Asker(desk).ask("DELETE", url))
    assert ended.status == 404
    assert desk.partials.ids() == []


def test_an_upload_that_does_not_go_on_expires_and_is_removed(desk: Desk) -> None:
    asker = Asker(desk)
    url = asker.begun(100)
    asker.patch(url, 0, b"abc")
    later = Asker(replace(desk, clock=lambda: utc_now() + KEPT + timedelta(minutes=1)))
    assert later.ask("HEAD", url).status == 410
    assert later.patch(url, 3, b"d").status == 410
    assert uploads.remove_expired(later.desk) == 1
    assert later.ask("HEAD", url).status == 404
    assert desk.partials.ids() == []


def test_the_web_door_removes_what_has_expired_by_itself_and_goes_on_after_an_error(desk: Desk) -> None:
    asker = Asker(desk)
    asker.patch(asker.begun(100), 0, b"abc")
    later = replace(desk, clock=lambda: utc_now() + KEPT + timedelta(minutes=1))
    asked = 0

    def open_desk() -> Desk:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise NotReachable("the database does not answer")
        return later

    async def for_a_while() -> None:
        tidying = asyncio.create_task(tidied(open_desk, every_s=0.01))
        while desk.partials.ids():
            await asyncio.sleep(0.01)
        tidying.cancel()

    run(asyncio.wait_for(for_a_while(), timeout=20))
    assert asked >= 2
    assert rows.uploads(desk.store) == []


def test_names_are_kept_as_they_were_typed_and_never_used_as_paths(asker: Asker, desk: Desk, tmp_path: Path) -> None:
    names = ["../../etc/passwd", "C:\\videos\\a.mp4", "<script>alert(1)</script>.mp4", "日本 ‮gpj.mp4", "."]
    for name in names:
        asker.patch(asker.begun(3, filename=name), 0, b"abc")
    assert [upload.name for upload in rows.uploads(desk.store)] == names
    assert {path.parent for path in (tmp_path / "home" / "uploads").iterdir()} == {tmp_path / "home" / "uploads"}
    for path in ("/api/uploads/..%2fstore.sqlite", "/api/uploads/store.sqlite", f"/api/uploads/{'a' * 31}"):
        assert asker.ask("HEAD", path).status == 404


def test_only_so_many_files_may_wait_at_once(asker: Asker) -> None:
    for _ in range(5):
        asker.begun(10)
    answer = asker.create(10, filename="one-too-many.mp4")
    assert answer.status == 429
    assert "5 files" in answer.text


def test_a_method_may_stand_in_a_header_where_no_other_way_is_open(asker: Asker) -> None:
    url = asker.begun(3)
    told = PIECE | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    assert asker.ask("POST", url, told, [b"abc"]).status == 204
    assert asker.ask("POST", url, {"X-HTTP-Method-Override": "DELETE"}).status == 204
    assert asker.ask("POST", url, {"X-HTTP-Method-Override": "TRACE"}).status == 405


# who may call


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
        {"Origin": "null"},
        {"Host": "evil.example:8501", "Origin": "http://evil.example:8501"},
        {"Host": "evil.example"},
        {"Host": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_cannot_send_anything(asker: Asker, desk: Desk, headers: dict[str, str]) -> None:
    told = {"Upload-Length": "3", "Upload-Metadata": "filename YQ=="}
    assert asker.ask("POST", "/api/uploads", told | headers).status == 403
    assert asker.ask("OPTIONS", "/api/uploads", headers).status == 403
    assert rows.uploads(desk.store) == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "localhost:8501", "Origin": "http://localhost:8501", "Sec-Fetch-Site": "same-origin"},
        {"Host": "[::1]:8501", "Origin": "http://[::1]:8501"},
        {"Host": "10.1.2.3", "Origin": "https://10.1.2.3"},
        {"Host": "lastseen.police.example", "Origin": "https://lastseen.police.example"},
        {"Host": "127.0.0.1:8501"},
    ],
)
def test_our_own_page_and_programs_that_are_no_browser_can(desk: Desk, headers: dict[str, str]) -> None:
    asker = Asker(desk, frozenset({"lastseen.police.example"}))
    told = {"Upload-Length": "3", "Upload-Metadata": "filename YQ=="}
    assert asker.ask("POST", "/api/uploads", told | headers).status == 201


@pytest.mark.parametrize("path", ["/_stcore/upload_file/session/file", "/base/_stcore/upload_file/a/b"])
@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "OPTIONS"])
def test_the_upload_route_of_the_pages_library_is_off(path: str, method: str) -> None:
    def reached(_: Request) -> Response:
        return Response("reached")

    every = ["GET", "PUT", "POST", "DELETE", "OPTIONS"]
    routes = [Route("/{rest:path}", reached, methods=every)]
    app = Starlette(routes=routes, middleware=[Middleware(WithoutPageUploads)])
    assert ask(app, method, path).status == 410
    assert ask(app, "GET", "/_stcore/health").text == "reached"


def test_a_sender_who_falls_silent_loses_the_upload_but_nothing_that_came(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.uploads.SILENT_S", 0.05)
    url = asker.begun(10)
    told = PIECE | {"Upload-Offset": "0"}
    assert asker.ask("PATCH", url, told, [b"abc"], between=lambda: time.sleep(0.3)).status == 408
    assert asker.offset(url) == 3
    assert asker.patch(url, 3, b"defghij").status == 204


# the disk


class Disk:
    """A disk with so many bytes free, of which what is written is taken."""

    def __init__(self, free: int) -> None:
        self.size = free

    def free(self, folder: Path) -> int:
        return self.size - sum(path.stat().st_size for path in folder.iterdir())


def test_a_file_for_which_there_is_no_room_is_refused_before_its_first_byte(store: Store, tmp_path: Path) -> None:
    disk = Disk(free=1000)
    asker = Asker(Desk(store, Partials(tmp_path / "uploads", free_bytes=100, free=disk.free), 1 << 20))
    answer = asker.create(1500, filename="big.mp4")
    assert answer.status == 507
    assert "600 bytes of disk space are missing" in answer.text
    assert rows.uploads(store) == []


def test_a_disk_that_fills_up_meanwhile_keeps_what_was_acknowledged(store: Store, tmp_path: Path) -> None:
    disk = Disk(free=100_000)
    desk = Desk(store, Partials(tmp_path / "uploads", free_bytes=100, free=disk.free), 1 << 20)
    asker = Asker(desk)
    url = asker.begun(50_000)
    assert asker.patch(url, 0, b"a" * 10_000).status == 204
    disk.size = 15_000
    refused = asker.patch(url, 10_000, b"b" * 10_000)
    assert refused.status == 507
    assert "35,100 bytes of disk space are missing" in refused.text
    assert asker.offset(url) == 10_000

    disk.size = 60_000
    told = PIECE | {"Upload-Offset": "10000"}
    shrunk = asker.ask(
        "PATCH", url, told, [b"b" * (1 << 14), b"b" * 1000], between=lambda: setattr(disk, "size", 20_000)
    )
    assert shrunk.status == 507, "the disk is looked at while the bytes come, too"
    assert asker.offset(url) == 10_000
    disk.size = 100_000
    assert asker.patch(url, 10_000, b"b" * 40_000).status == 204
    assert rows.upload(store, only(desk)).sha256 == hashlib.sha256(b"a" * 10_000 + b"b" * 40_000).hexdigest()


# whatever comes in which order

REQUESTS = st.lists(
    st.tuples(
        st.sampled_from(["right", "wrong offset", "changed", "breaks off", "too much", "stranger", "restart", "ask"]),
        st.integers(0, 400),
    ),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=REQUESTS, content=st.binary(min_size=1, max_size=600))
def test_the_offset_never_lies_and_the_bytes_are_those_that_were_sent(
    plan: list[tuple[str, int]], content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("home")
    store = open_store(home).guarded(Anyone())
    try:
        _follow(plan, content, store, home)
    finally:
        store.close()


def _follow(plan: list[tuple[str, int]], content: bytes, store: Store, home: Path) -> None:
    def fresh() -> Asker:
        return Asker(desk_at(store, home, max_upload_mb=1, max_uploads=5, free_bytes=0))

    asker = fresh()
    url = asker.begun(len(content), sha256=hashlib.sha256(content).hexdigest())
    have = 0
    for what, size in plan:
        piece = content[have : have + size]
        if what == "right":
            assert asker.patch(url, have, piece, Upload_Checksum=sum_of(piece)).status == 204
            have += len(piece)
        elif what == "wrong offset":
            wrong = have + size if size else have + 1
            assert asker.patch(url, wrong, piece).status == 409
        elif what == "changed" and piece:
            changed = bytes([piece[0] ^ 1]) + piece[1:]
            assert asker.patch(url, have, changed, Upload_Checksum=sum_of(piece)).status == 460
        elif what == "breaks off":
            asker.patch(url, have, piece[: size // 2], piece[size // 2 :], breaks_off=True)
            have += len(piece)
        elif what == "too much":
            assert asker.patch(url, have, content[have:] + b"!").status == 413
        elif what == "stranger":
            answer = asker.ask("PATCH", url, PIECE | {"Upload-Offset": str(have), "Origin": "http://evil"}, [piece])
            assert answer.status == 403
        elif what == "restart":  # with some bytes on the disk that nobody was told of
            with (home / "uploads" / url.rpartition("/")[2]).open("ab") as lost:
                lost.write(b"never acknowledged")
            asker = fresh()
        assert asker.offset(url) == have
    assert asker.patch(url, have, content[have:]).status == 204
    desk = asker.desk
    (upload,) = rows.uploads(store)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert uploads.bytes_path(desk, upload).read_bytes() == content


def test_a_last_byte_that_came_just_before_the_server_died_is_checked_at_the_next_question(
    asker: Asker, desk: Desk
) -> None:
    url = asker.begun(3)
    asker.patch(url, 0, b"abc")
    with desk.store.writing() as writing:  # the bytes were acknowledged, and then the power went
        writing.change(Upload, only(desk), sha256=None)
    assert rows.upload(desk.store, only(desk)).sha256 is None
    assert asker.offset(url) == 3
    assert rows.upload(desk.store, only(desk)).sha256 == hashlib.sha256(b"abc").hexdigest()


def test_an_upload_knows_its_case_and_sender(asker: Asker, desk: Desk) -> None:
    with desk.store.writing() as writing:
        writing.add_case(a_case())
    asker.patch(asker.begun(3, case="case-1", by="Aino"), 0, b"abc")
    (waiting,) = uploads.waiting(desk, "case-1")
    assert (waiting.by, waiting.case_id, waiting.how) == ("Aino", "case-1", "upload")
    assert uploads.waiting(desk, "case-2") == []
    (entry,) = desk.store.audit_entries("case-1")
    assert (entry.action, entry.details["sha256"]) == ("file received", hashlib.sha256(b"abc").hexdigest())
