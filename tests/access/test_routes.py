"""Every route of the served app as everybody, over real HTTP, and every page over a real websocket."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from casework.signing_in import COOKIE
from data import role_rows
from data.models import CaseRole, Role
from tests.access.route_rows import ANY, READ, RESOURCES, Row
from tests.access.scene import ANONYMOUS, OTHERS_SECRETS, PEOPLE, SECRETS, Scene, role_of
from tests.access.served import Served
from tests.factories import NOON

ROOT = Path(__file__).resolve().parents[2]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OPEN = {
    "/sign-in", "/sign-in/style.css", "/sign-in/second-factor", "/api/health", "/_stcore/health", "/api/alerts/status",
    "/tips/style.css", "/tips/script.js", "/tips/leaflet.js", "/tips/leaflet.css", "/tips/{code}",
    "/tips/{code}/tiles/{z}/{x}/{y}", "/api/public/tips/{code}",
}  # fmt: skip
"""What somebody reaches who is not signed in; everything else sends them to the sign-in page, or answers 401."""
TUS = {"Tus-Resumable": "1.0.0", "X-LastSeen": "1"}
pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str]]:
    """(method, path) of every route there is."""
    environment = os.environ | {"LASTSEEN_HOME": str(tmp_path_factory.mktemp("routes"))}
    script = ROOT / "tests" / "access" / "list_routes.py"
    told = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, check=True)
    return [(method, path) for method, path in json.loads(told.stdout.splitlines()[-1])]


CASE_1 = "filename YS5tcDQ=,case Y2FzZS0x"  # a.mp4, case-1
PIECE = (("Upload-Offset", "2"), ("Content-Type", "application/offset+octet-stream"))
ALERTS = "/api/v1/cases/case-1/alerts"
JSON = (("Content-Type", "application/json"),)
RECIPIENT = b'{"name": "New", "kind": "email", "address": "new@example.org", "audience": "team"}'
FRAME = (
    ("Content-Type", "image/jpeg"), ("Frame-Case", "case-1"), ("Frame-Search", "a-search"), ("Frame-Lat", "60.1"),
    ("Frame-Lon", "24.9"), ("Frame-Accuracy-M", "9"),
)  # fmt: skip
NO_FRAME = b"\xff\xd8\xff\xe1\x00\x10Exif\x00\x00"
"""What is refused before anybody looks at it."""
ROWS: dict[tuple[str, str], Row] = {
    **RESOURCES,
    ("GET", "/account"): Row(ANY, (200,)),
    ("GET", "/account/second-factor"): Row(ANY, (200, 303)),
    ("GET", "/sign-in/new-password"): Row(ANY, (200, 303)),
    ("GET", "/sign-in/state"): Row(ANY, (200,)),
    ("GET", "/sign-out"): Row(ANY, (200,)),
    ("GET", "/camera"): Row("AS", (200,), path="/camera?case=case-1"),
    ("POST", "/api/v1/camera/frames"): Row("AS", (422,), headers=FRAME, body=NO_FRAME),
    ("POST", "/api/v1/camera/end"): Row(ANY, (204,), headers=(("Frame-Search", "a-search"),)),
    ("GET", "/accounts"): Row("M", (200,)),
    ("POST", "/accounts/add"): Row("M", (200, 303), form=(("name", "newcomer"), ("full_name", ""))),
    ("OPTIONS", "/api/uploads"): Row(ANY, (204,)),
    ("POST", "/api/uploads"): Row("AS", (201,), headers=(("Upload-Length", "4"), ("Upload-Metadata", CASE_1))),
    ("OPTIONS", "/api/uploads/{id}"): Row(ANY, (204,)),
    ("HEAD", "/api/uploads/{id}"): Row("A", (200,)),
    ("PATCH", "/api/uploads/{id}"): Row("A", (204,), headers=PIECE, body=b"c"),
    ("GET", "/api/exports/{id}"): Row("S", (200,), path="/api/exports/{export}"),
    ("GET", "/api/v1/openapi.json"): Row(ANY, (200,)),
    ("GET", "/api/v1/docs"): Row(ANY, (200,)),
    ("GET", "/api/v1/docs/{name}"): Row(ANY, (200,), path="/api/v1/docs/start.js"),
    ("GET", "/api/ready"): Row(ANY, (200, 503)),
    ("GET", "/api/v1/known"): Row(READ, (200,), path="/api/v1/known?case=case-1&at=2026-03-01T12:00:00Z"),
    ("GET", "/api/v1/places"): Row(READ, (200,), path="/api/v1/places?case=case-1&q=main"),
    ("GET", "/api/v1/cases/{case_id}/alerts"): Row(READ, (200,), path=f"{ALERTS}?limit=2"),
    ("GET", "/api/v1/cases/{case_id}/alerts/waiting"): Row(READ, (200,), path=f"{ALERTS}/waiting"),
    ("GET", "/api/v1/cases/{case_id}/alerts/recipients"): Row(READ, (200,), path=f"{ALERTS}/recipients"),
    ("POST", "/api/v1/cases/{case_id}/alerts/recipients"): Row("S", (201,), f"{ALERTS}/recipients", JSON, RECIPIENT),
    ("GET", "/api/v1/cases/{case_id}/alerts/rules"): Row(READ, (200,), path=f"{ALERTS}/rules"),
    ("PUT", "/api/v1/cases/{case_id}/alerts/rules"): Row("S", (200,), f"{ALERTS}/rules", JSON, b"{}"),
    ("GET", "/api/v1/alerts/{alert_id}"): Row(READ, (200,), path="/api/v1/alerts/{alert}"),
    ("GET", "/api/v1/alerts/{alert_id}/cap"): Row(READ, (404,), path="/api/v1/alerts/{alert}/cap"),
    ("POST", "/api/v1/alerts/{alert_id}/resend"): Row("AS", (201, 409), path="/api/v1/alerts/{alert}/resend"),
    ("POST", "/api/v1/alerts/{alert_id}/leave"): Row("AS", (200, 409), path="/api/v1/alerts/{alert}/leave"),
    ("POST", "/api/v1/alerts/recipients/{recipient_id}/test"): Row(
        "S", (201,), path="/api/v1/alerts/recipients/{whom}/test"
    ),
    ("DELETE", "/api/v1/alerts/recipients/{recipient_id}"): Row("S", (204,), path="/api/v1/alerts/recipients/{gone}"),
    ("GET", "/tiles/cases/{case}/{z}/{x}/{y}"): Row(READ, (200,), path="/tiles/cases/case-1/3/4/2"),
    ("GET", "/_stcore/host-config"): Row(ANY, (200,)),
    ("GET", "/_stcore/metrics"): Row(ANY, (200,)),
    ("GET", "/media/{file_id:path}"): Row("", (), path="/media/" + "0" * 56 + ".jpg"),
    ("PUT", "/_stcore/upload_file/{session_id}/{file_id}"): Row(ANY, (410,), path="/_stcore/upload_file/a/b"),
    ("GET", "/app/static/{path:path}"): Row(ANY, (200,), path="/app/static/lastseen-map.js"),
    ("GET", ""): Row(ANY, (200,), path="/case?case=case-1"),
}
"""The routes by which something is read or done, with the answer that each role gets."""
ALIKE = {
    "/account/password", "/account/sessions", "/account/keys", "/account/tokens", "/account/second-factor",
    "/account/second-factor/off",
    "/account/recovery-codes", "/accounts/change", "/sign-in", "/sign-in/new-password", "/sign-in/second-factor",
    "/sign-in/style.css", "/sign-in/state", "/sign-out", "/api/health", "/_stcore/health", "/auth/login",
    "/auth/logout", "/oauth2callback", "/component/{path:path}", "/_stcore/bidi-components/{path:path}",
    "/tiles/info", "/tiles/{z}/{x}/{y}",
    "/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/agent/openapi.json", "/_stcore/stream",
    "/api/v1/events", "/api/alerts/status",
    *(path for path in OPEN if "tips" in path),  # the public's own door: tests/api/test_tips.py
}  # fmt: skip
"""Routes that concern one's own account, or nothing of any case: only whether somebody is signed in counts.

Their forms are tested in tests/api; the websocket and the line of changes, which have no end, below.
"""


def test_every_route_stands_in_a_table(routes: list[tuple[str, str]]) -> None:
    paths = {path for _, path in ROWS} | ALIKE
    assert {path for _, path in routes} - paths == set(), "a route without a row in this file"
    assert {route for route in ROWS if route not in routes} == set(), "a row without its route"
    assert len(routes) > 80


@pytest.mark.parametrize("route", sorted(ROWS), ids=" ".join)
def test_each_route_answers_each_role_as_the_table_says(served: Served, route: tuple[str, str]) -> None:
    row, method = ROWS[route], route[0]
    path = (row.path or route[1]).format(**served.values)
    allowed = {role_of(letter) for letter in row.letters}
    for who in (*(who for who in PEOPLE if who not in allowed), *sorted(allowed)):  # who may, may change something
        named: dict[str, object] = {}
        if row.form:
            named["data"] = dict(row.form) | {"form": served.form_token(who)}
        elif row.body:
            named["content"] = row.body
        answer = served.ask(who, method, path, headers=TUS | dict(row.headers), **named)
        wanted = row.status if who in allowed else (403, 404)
        assert answer.status_code in wanted, f"{who}: {answer.status_code} {answer.text[:300]}"
        if who not in allowed or "O" in row.letters:
            assert not [secret for secret in SECRETS if secret in answer.text], who


def test_nobody_who_is_not_signed_in_reaches_anything_by_any_method(
    served: Served, routes: list[tuple[str, str]]
) -> None:
    tables = _rows(served.scene)
    for path in sorted({path for _, path in routes if path not in OPEN}):
        there = re.sub(r"\{(\w+)[^}]*\}", lambda found: served.values.get(found[1], "x"), path) or "/case"
        for method in METHODS:
            answer = served.ask(ANONYMOUS, method, there, headers=TUS | {"Upload-Length": "3"})
            if answer.status_code == 303:
                assert answer.headers["location"].startswith("/sign-in?next="), there
                assert not answer.content
            else:
                assert answer.status_code == 401, f"{method} {there}: {answer.status_code}"
    assert _rows(served.scene) == tables


def _rows(scene: Scene) -> tuple[dict[str, int], int]:
    return scene.whole.database.counts(), sum(1 for _ in (scene.home / "uploads").iterdir())


PAGES = ("", "case", "map", "cameras", "requests", "tips", "footage", "review", "alerts", "record")


@contextmanager
def line_of(served: Served, who: str) -> Iterator[ClientConnection]:
    """Somebody's websocket, as the page in a browser opens it."""
    address = served.address.replace("http", "ws", 1) + "/_stcore/stream"
    headers = {"Cookie": f"{COOKIE}={served.tokens[who]}", "Origin": served.address} if who in served.tokens else {}
    given = {"additional_headers": headers, "subprotocols": ["streamlit"], "max_size": None, "proxy": None}
    with connect(address, **given) as line:  # type: ignore[arg-type]
        yield line


def asked_for(line: ClientConnection, *, page: str, part: str = "") -> list[ForwardMsg]:
    """What comes for a page with case-1 in the address, or for one part of it, until it is drawn."""
    asked = BackMsg()
    asked.rerun_script.query_string, asked.rerun_script.page_name = "case=case-1&match=m-1", page
    if part:
        asked.rerun_script.fragment_id = part
    line.send(asked.SerializeToString())
    got: list[ForwardMsg] = []
    while True:
        data = line.recv(timeout=30)
        assert isinstance(data, bytes)
        got.append(ForwardMsg.FromString(data))
        if got[-1].WhichOneof("type") == "script_finished":
            how = got[-1].script_finished
            if how in (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY):
                return got
            assert how == ForwardMsg.FINISHED_EARLY_FOR_RERUN, f"{page}: {how}"


def sent_by(messages: list[ForwardMsg]) -> bytes:
    return b"".join(message.SerializeToString() for message in messages)


def shown_to(served: Served, who: str) -> bytes:
    """All that the websocket sends while somebody walks through the pages."""
    with line_of(served, who) as line:
        return b"".join(sent_by(asked_for(line, page=page)) for page in PAGES)


@pytest.mark.parametrize("who", ["viewer", "admin", "other"])  # all of them by AppTest: test_pages.py
def test_the_websocket_sends_each_role_only_what_it_may_see(served: Served, who: str) -> None:
    got = shown_to(served, who)
    sees = role_of("V") == who or who in {role_of(letter) for letter in READ}
    assert (SECRETS[1].encode() in got) == sees
    assert not [s for s in OTHERS_SECRETS if s.encode() in got and who != "other"]
    if not sees:
        assert not [secret for secret in SECRETS if secret.encode() in got]


def test_a_part_that_draws_itself_anew_shows_nothing_once_the_role_is_taken_away(served: Served) -> None:
    who = PEOPLE["auditor"]
    with line_of(served, "auditor") as line:
        first = asked_for(line, page="footage")
    parts = {m.delta.fragment_id for m in first if m.WhichOneof("type") == "delta"} - {""}
    assert len(parts) >= 2, "no part of the page draws itself anew"
    for part in sorted(parts):  # each on a line of its own: once the page is drawn without the case, its parts are gone
        with line_of(served, "auditor") as line:
            assert SECRETS[1].encode() in sent_by(asked_for(line, page="footage"))
            with served.scene.whole.writing() as writing:
                role_rows.take(writing, "case-1", who.id, Role.AUDITOR)
            try:
                then = sent_by(asked_for(line, page="footage", part=part))
                assert not [secret for secret in SECRETS if secret.encode() in then]
            finally:
                with served.scene.whole.writing() as writing:
                    role_rows.give(writing, CaseRole("case-1", who.id, Role.AUDITOR, NOON, "test"))


def test_the_line_of_changes_tells_each_role_only_of_cases_that_it_sees(served: Served) -> None:
    sees = {role_of(letter) for letter in READ}
    for who in PEOPLE:
        cookie = {"Cookie": f"{COOKIE}={served.tokens[who]}"}
        with served.client.stream("GET", "/api/v1/events?case=case-1", headers=cookie) as answer:
            words = next(line for line in answer.iter_lines() if line.startswith('data: {"case"'))
        told = json.loads(words.removeprefix("data: "))
        assert (told["marks"] is not None) == (who in sees), who
        assert not [secret for secret in SECRETS if secret in words]


def test_the_websocket_of_nobody_is_refused(served: Served) -> None:
    with pytest.raises(InvalidStatus) as refused:
        shown_to(served, ANONYMOUS)
    assert refused.value.response.status_code == 403


def test_a_picture_on_a_page_goes_to_the_account_that_it_is_shown_to_and_to_nobody_else(served: Served) -> None:
    with line_of(served, "reviewer") as line:
        found = re.search(rb"/media/[0-9a-f]+\.\w+", sent_by(asked_for(line, page="case")))
        assert found, "the page shows no picture"
        path = found[0].decode()
        assert served.ask("reviewer", "GET", path).content.startswith(b"\xff\xd8")
        for who in ("viewer", "other", "admin"):  # the viewer may see it, but on a page of their own
            assert served.ask(who, "GET", path).status_code == 404
        assert served.ask(ANONYMOUS, "GET", path).status_code == 401
