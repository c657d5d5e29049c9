"""Pictures of a camera in the field over /api: how they are sent, and what is answered to what cannot be used."""

import asyncio
import base64
import json
from contextlib import suppress
from dataclasses import replace
from io import BytesIO

import pytest

from api.camera import camera_router, searches_tidied
from api.rest import Scope
from casework import cases, jobs
from casework.access import Machine
from casework.camera_search import MOST_BYTES, CameraDesk
from casework.hits import BROWSER, begin_search
from casework.scanning import Limits, Workshop
from data import account_rows, role_rows
from data.models import CaseRole, JobState, Role, utc_now
from data.store import Store
from tests.api.doors import Browser
from tests.api.rests import app_of, caller
from tests.casework.field_desk import PERSON, STRANGER, camera_desk, picture
from tests.factories import an_account, an_authority
from tests.fakes import FakeEngine, SignedIn
from tests.running import run

FRAMES = "/api/v1/camera/frames"
ANN = an_account("Ann")
PLACE = {"Frame-Search": "a-search", "Frame-Lat": "60.17", "Frame-Lon": "24.94", "Frame-Accuracy-M": "8"}


@pytest.fixture
def desk() -> CameraDesk:
    return camera_desk()


@pytest.fixture
def case_id(store: Store) -> str:
    """A case of Ann's with a checked photo."""
    with store.writing() as writing:
        account_rows.add_account(writing, ANN)
    id = cases.open_case(store, number="1", name="Aino", authority=an_authority(), by="Ann").id
    with store.writing() as writing:
        role_rows.give(writing, CaseRole(id, ANN.id, Role.ANALYST, utc_now(), "test"))
    photo = cases.add_photo(store, id, stream=BytesIO(picture(PERSON)), original_name="p.jpg", by="Ann")
    job = jobs.check_photo(store, photo.id, engine="fake", by="Ann")
    Workshop(store, lambda _: FakeEngine(), Limits()).check_photo(job.id)
    return id


@pytest.fixture
def client(store: Store, desk: CameraDesk) -> Browser:
    return client_of(store, desk)


def client_of(store: Store, desk: CameraDesk, *, scopes: list[Scope] | None = None) -> Browser:
    app = app_of(lambda account: store.guarded(SignedIn(account)), camera_router(lambda: desk))
    return caller(app, ANN, scopes=scopes)


def send(client: Browser, case_id: str, *people: tuple[int, int, int], **headers: str) -> dict[str, object]:
    told = PLACE | {"Frame-Case": case_id, "Content-Type": "image/jpeg"} | headers
    answer = client.ask("POST", FRAMES, content=picture(*people), headers=told)
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


def test_a_jpeg_is_answered_with_the_candidates_their_words_and_the_photo_they_are_like(
    store: Store, client: Browser, case_id: str
) -> None:
    told = send(client, case_id, STRANGER, PERSON)
    (one,) = told["candidates"]  # type: ignore[misc]
    (match,) = store.matches(case_id)
    assert (one["match"], one["case"], one["is_new"], one["is_strong"]) == (match.id, case_id, True, True)
    assert one["review"] == f"/review?case={case_id}&match={match.id}"
    assert base64.b64decode(one["reference_jpeg"]).startswith(b"\xff\xd8")
    assert told["said"] == "1 candidate. A lead, not an identification."
    assert "Strangers rarely come this high, but some do" in one["said"]
    assert len(told["faces"]) == 2  # type: ignore[arg-type]
    assert "vector" not in json.dumps(told)


def test_base64_in_json_is_answered_alike(client: Browser, case_id: str) -> None:
    body = {
        "picture": base64.b64encode(picture(STRANGER)).decode(), "search": "a-search", "lat": 60.17, "lon": 24.94,
        "accuracy_m": 8, "case": case_id, "taken_at": "2026-01-01T00:00:00Z",
    }  # fmt: skip
    by_json = client.ask("POST", FRAMES, json=body)
    by_body = send(client, case_id, STRANGER, **{"Frame-Taken-At": "2026-01-01T00:00:00Z"})
    assert by_json.status_code == 200, by_json.text
    varying = {"taken_at": 0, "clock_off_s": 0, "clock_said": 0}
    assert by_json.json() | varying == by_body | varying
    assert by_json.json()["said"] == "1 face, not like the person sought."
    assert "behind; the time of LastSeen is kept" in by_json.json()["clock_said"]


def test_the_words_come_in_the_askers_language(client: Browser, case_id: str) -> None:
    told = send(client, case_id, STRANGER, **{"Accept-Language": "ar"})
    assert told["said"] == "وجه واحد لا يشبه الشخص المطلوب."


UNUSABLE: tuple[tuple[dict[str, str], bytes, int, str], ...] = (
    ({"Content-Type": "image/png"}, b"x", 422, "image/jpeg"),
    ({"Frame-Lat": "91"}, b"x", 422, "Frame-Lat"),
    ({"Frame-Search": "a b"}, b"x", 422, "Frame-Search"),
    ({"Frame-Accuracy-M": "inf"}, picture(), 422, "place"),
    ({"Frame-Taken-At": "2026-01-01T00:00:00"}, picture(), 422, "time zone"),
    ({"Frame-Case": "case-of-nobody"}, picture(), 404, "not in the store"),
    ({}, b"", 422, "no JPEG"),
    ({}, b"\xff\xd8\xff" + bytes(MOST_BYTES), 413, "bytes"),
    ({"Content-Type": "application/json"}, b"[]", 422, "body"),
    ({"Content-Type": "application/json"}, b'{"picture": "%%", "search": "a-search", "lat": 1, "lon": 1, '
     b'"accuracy_m": 1}', 422, "base64"),
    ({"Content-Type": "application/json"}, b'{"picture": "x", "search": "a-search", "lat": "1", "lon": 1, '
     b'"accuracy_m": 1}', 422, "lat"),
)  # fmt: skip


def test_what_cannot_be_used_is_a_problem_in_one_line(client: Browser, case_id: str) -> None:
    for changed, body, status, words in UNUSABLE:
        told = PLACE | {"Frame-Case": case_id, "Content-Type": "image/jpeg"} | changed
        answer = client.ask("POST", FRAMES, content=body, headers=told)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), words
        assert words in answer.json()["detail"]
        assert "\n" not in answer.json()["detail"]


def test_without_the_place_nothing_is_looked_at(client: Browser, case_id: str) -> None:
    answer = client.ask("POST", FRAMES, content=picture(PERSON), headers={"Content-Type": "image/jpeg"})
    assert (answer.status_code, "must come with it" in answer.text) == (422, True)


def test_a_token_needs_the_scope_of_faces(store: Store, desk: CameraDesk, case_id: str) -> None:
    told = PLACE | {"Frame-Case": case_id, "Content-Type": "image/jpeg"}
    for scope in Scope:
        program = client_of(store, desk, scopes=[scope])
        answer = program.ask("POST", FRAMES, content=picture(STRANGER), headers=told)
        assert answer.status_code == (200 if scope is Scope.FACES else 403), scope


def test_a_search_is_ended_by_who_began_it(store: Store, client: Browser, desk: CameraDesk, case_id: str) -> None:
    send(client, case_id, STRANGER)
    other = caller(
        app_of(lambda account: store.guarded(SignedIn(account)), camera_router(lambda: desk)),
        replace(ANN, id="other", name="Olga"),
    )
    end = {"headers": {"Frame-Search": "a-search"}}
    assert other.ask("POST", "/api/v1/camera/end", **end).status_code == 204
    assert len(desk.searches) == 1
    assert client.ask("POST", "/api/v1/camera/end", **end).status_code == 204
    assert len(desk.searches) == 0


def test_the_web_door_ends_what_was_left_when_it_starts_and_all_searches_when_it_stops(
    store: Store, client: Browser, desk: CameraDesk, case_id: str
) -> None:
    left = begin_search(store, case_id, kind=BROWSER, of_id="of-a-killed-door", engine="fake", by="Ann")

    async def door() -> None:
        tidying = asyncio.create_task(searches_tidied(lambda: desk, lambda: store.guarded(Machine("web door"))))
        while store.job(left.id).state is JobState.RUNNING:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(send, client, case_id, STRANGER)
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying

    run(door())
    assert (store.job(left.id).state, len(desk.searches)) == (JobState.DONE, 0)
