"""What every resource under /api/v1 shares."""

import json
from collections.abc import AsyncIterator

import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, model_validator

from api import rest
from api.json_types import check_types
from api.rest import Asks, Id, Out, Page, Paging, Scope, page_of
from data.errors import BadInput, Conflict, NotGoverned, NotReachable, TooMany, TooSoon
from data.store import Store
from tests.api.doors import Browser
from tests.api.rests import asking
from tests.factories import an_account

NAMES = [f"thing-{number:02}" for number in range(7)]


class Thing(Out):
    name: str


class Given(BaseModel):
    model_config = ConfigDict(extra="forbid")
    at: int
    name: str = ""
    headings: list[float | None] = []

    @model_validator(mode="before")
    @classmethod
    def _as_json(cls, given: object) -> object:
        return check_types(cls, given)


def things(names: list[str] = NAMES) -> APIRouter:
    router = rest.router("things")

    @router.get("/things")
    def read(asks: Asks, paging: Paging) -> Page[Thing]:
        return page_of(names, paging, key=lambda name: (name,), shown=lambda name: Thing(name=name))

    @router.post("/things")
    def write(asks: Asks, given: Given) -> Thing:
        return Thing(name=asks.name)

    @router.post("/things/govern", dependencies=[rest.scope(Scope.GOVERN)])
    def govern(asks: Asks) -> Thing:
        return Thing(name=asks.name)

    @router.put("/things/{name}")
    def change(name: Id, request: Request, asks: Asks) -> Thing:
        rest.check_unchanged(request, Thing(name=names[0]))
        return Thing(name=name)

    @router.get("/things/{name}")
    def one(name: Id, asks: Asks) -> Thing:
        return Thing(name=names[0])

    @router.get("/wrong/{kind}")
    def wrong(kind: str, asks: Asks) -> Thing:
        raise {"bad": BadInput("bad"), "governed": NotGoverned("no basis"), "conflict": Conflict("changed"),
               "many": TooMany("full"), "soon": TooSoon(7), "away": NotReachable("gone")}[kind]  # fmt: skip

    return router


@pytest.fixture
def client(store: Store) -> Browser:
    return asking(store, an_account(), things())


def test_each_scope_opens_its_own_routes_only(store: Store, client: Browser) -> None:
    wanted = {"GET /things": Scope.READ, "POST /things": Scope.WRITE, "POST /things/govern": Scope.GOVERN}
    for scope in Scope:
        program = asking(store, an_account(), things(), scopes=[scope])
        for route, needed in wanted.items():
            method, path = route.split()
            answer = program.ask(method, f"/api/v1{path}", json={"at": 1})
            assert answer.status_code == (200 if scope is needed else 403), (scope, route)
    for route in wanted:
        method, path = route.split()
        assert client.ask(method, f"/api/v1{path}", json={"at": 1}).status_code == 200


def test_nobody_gets_anything(store: Store) -> None:
    assert asking(store, None, things()).get("/api/v1/things").status_code == 401


@pytest.mark.parametrize(("kind", "status", "names"), [
    ("bad", 422, "bad-input"), ("governed", 422, "not-governed"), ("conflict", 409, "conflict"),
    ("many", 429, "too-many"), ("soon", 429, "too-soon"), ("away", 503, "not-reachable"),
])  # fmt: skip
def test_an_error_of_ours_is_a_problem_that_names_its_kind(client: Browser, kind: str, status: int, names: str) -> None:
    answer = client.get(f"/api/v1/wrong/{kind}")
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert (answer.status_code, told["status"], told["type"]) == (status, status, f"urn:lastseen:problem:{names}")
    assert ("retry-after" in answer.headers) == (status == 429)


def test_what_is_wrong_with_a_request_is_said_by_field_and_without_the_value(client: Browser) -> None:
    answer = client.ask("POST", "/api/v1/things", json={"at": "secret", "more": 1})
    assert answer.status_code == 422
    assert "secret" not in answer.text
    assert client.get("/api/v1/things?limit=0").json()["errors"][0]["field"] == "limit"
    assert client.ask("POST", "/api/v1/things", content=b"{", headers={"Content-Type": "application/json"}).json()[
        "detail"
    ]


def test_no_more_of_a_body_is_read_than_there_can_be(client: Browser) -> None:
    came = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal came
        while came < 1000:
            came += 1
            yield b" " * 100_000

    answer = client.ask("POST", "/api/v1/things", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["type"]) == (413, "urn:lastseen:problem:too-large")
    assert came < 20
    deep = client.ask("POST", "/api/v1/things", content=b"[" * 100_000, headers={"Content-Type": "application/json"})
    assert deep.status_code == 400


@pytest.mark.parametrize("at", ["1", True, 1.5, None, [1], {"a": 1}])
def test_a_number_is_taken_as_json_writes_it(client: Browser, at: object) -> None:
    assert client.ask("POST", "/api/v1/things", json={"at": at}).status_code == 422
    assert client.ask("POST", "/api/v1/things", json={"at": 1, "name": at}).status_code == (200 if at == "1" else 422)


@pytest.mark.parametrize(("headings", "status"), [([], 200), ([1, 2.5, None], 200), ([1, True], 422), (["1"], 422)])
def test_so_is_each_number_of_a_list(client: Browser, headings: list[object], status: int) -> None:
    answer = client.ask("POST", "/api/v1/things", json={"at": 1, "headings": headings})
    assert answer.status_code == status
    assert status == 200 or "headings: must be array of null or number" in answer.json()["detail"]


def test_what_is_not_here_or_not_done_here_is_a_problem_too(client: Browser) -> None:
    for method, path, status in (
        ("GET", "/api/none", 404),
        ("GET", "/api/v1/none", 404),
        ("PUT", "/api/v1/things", 405),
    ):
        answer = client.ask(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.ask("PUT", "/api/v1/things").headers["allow"] == "GET, POST"
    assert client.ask("DELETE", "/api/v1/things/any").headers["allow"] == "GET, PUT"
    assert client.ask("DELETE", "/api/v1/things/govern").headers["allow"] == "POST", "not that of any thing's name"


def test_a_list_comes_in_pieces_that_neither_repeat_nor_skip_while_it_changes(store: Store) -> None:
    names = list(NAMES)
    client = asking(store, an_account(), things(names))
    seen, cursor = [], ""
    while True:
        told = client.get(f"/api/v1/things?limit=2&cursor={cursor}").json()
        seen += [row["name"] for row in told["items"]]
        if told["next"] is None:
            break
        cursor = told["next"]
        names[:] = [name for name in names if name != "thing-00"] + (["thing-025"] if "thing-025" not in names else [])
    assert seen == sorted([*NAMES, "thing-025"])


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W251bGxd", "WzFd", "%00", "W1tdXQ", "A" * 400])
def test_a_cursor_that_was_not_given_out_is_refused(client: Browser, cursor: str) -> None:
    answer = client.get(f"/api/v1/things?cursor={cursor}")
    assert (answer.status_code, answer.json()["detail"].split(":")[0]) == (422, "cursor")


def test_what_has_not_changed_is_not_sent_again(store: Store) -> None:
    names = list(NAMES)
    client = asking(store, an_account(), things(names))
    tag = client.get("/api/v1/things").headers["etag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}'):
        answer = client.ask("GET", "/api/v1/things", headers={"If-None-Match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    names.append("thing-99")
    assert client.ask("GET", "/api/v1/things", headers={"If-None-Match": tag}).status_code == 200


def test_a_change_to_what_was_changed_meanwhile_is_refused(store: Store) -> None:
    names = list(NAMES)
    client = asking(store, an_account(), things(names))
    tag = client.get("/api/v1/things/a").headers["etag"]
    assert client.ask("PUT", "/api/v1/things/a", headers={"If-Match": tag}).status_code == 200
    assert client.ask("PUT", "/api/v1/things/a").status_code == 200
    names[0] = "changed"
    assert client.ask("PUT", "/api/v1/things/a", headers={"If-Match": tag}).status_code == 412


def test_an_etag_hangs_on_what_is_shown_alone(store: Store) -> None:
    tags = {asking(store, an_account(name), things()).get("/api/v1/things").headers["etag"] for name in ("ann", "rita")}
    assert len(tags) == 1


def test_a_route_that_breaks_says_so_without_a_trace(store: Store) -> None:
    router = rest.router("broken")

    @router.get("/broken")
    def broken(asks: Asks) -> Thing:
        raise RuntimeError("at /home/secret")

    answers = []
    with pytest.raises(RuntimeError):  # the server logs it
        answers.append(asking(store, an_account(), router).get("/api/v1/broken"))
    assert not answers or "secret" not in json.dumps(answers[0].json())
