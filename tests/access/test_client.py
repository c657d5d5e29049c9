"""The API's own client, as a program uses it, against the served app."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from api.client import ApiError, Client
from api.client_calls import CaseDetails, CaseOut, CoverageOut
from casework import tokens
from casework.access import Machine
from casework.tokens import Scope
from scripts.make_client import WRITTEN, Written, formatted
from tests.access.scene import PEOPLE
from tests.access.served import Served

Open = Callable[..., Client]
pytestmark = pytest.mark.timeout(120)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def program_of(served: Served) -> Iterator[Open]:
    """A client with a token of somebody, for some scopes or all."""
    with ExitStack() as clients:

        def make(who: str, *scopes: Scope) -> Client:
            store = served.scene.whole.guarded(Machine("tests"))
            chosen = frozenset(scopes or Scope)
            _, token = tokens.make_key(store, PEOPLE[who].id, purpose="test", by="tests", scopes=chosen)
            return clients.enter_context(Client(served.address, token))

        yield make


def test_the_client_is_the_one_that_the_description_gives(served: Served) -> None:
    told = served.ask("supervisor", "GET", "/api/v1/openapi.json").json()
    assert WRITTEN.read_text() == formatted(Written(told).text()), "run `make client`"


def test_a_program_opens_a_case_and_asks_which_cameras_come_first(program_of: Open) -> None:
    api = program_of("analyst")
    case = api.open_case(number="2026-API", name="Client Made", timezone="Europe/Helsinki")
    assert isinstance(case, CaseDetails)
    assert case.id in [row.id for row in api.every(api.list_cases, limit=1)]
    for hour, lat in enumerate((60.17, 60.172, 60.174)):
        api.add_sighting(case.id, lat=lat, lon=24.94, at=AT + timedelta(hours=hour), source="caller")
    pieces = list(api.every(api.list_sightings, case.id, limit=2))
    assert [(seen.at, seen.lat) for seen in pieces] == sorted((seen.at, seen.lat) for seen in pieces)
    assert len({seen.id for seen in pieces}) == 3
    assert api.rank_cameras(case.id).items[0].rank == 1


def test_footage_is_sent_in_pieces_and_taken_up_by_its_upload(
    program_of: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.client.PIECE_BYTES", 1000)
    api, clip = program_of("analyst"), tmp_path / "clip of ä.mp4"
    clip.write_bytes(bytes(range(256)) * 10)
    upload_id = api.upload(clip, "case-1")
    assert upload_id in [waiting.id for waiting in api.list_waiting_footage("case-1")]


def test_nothing_is_sent_twice_that_has_not_changed(program_of: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    api, came = program_of("viewer"), list[httpx.Response]()

    def send(request: httpx.Request) -> httpx.Response:
        came.append(httpx.Client.send(api._http, request))
        return came[-1]

    monkeypatch.setattr(api._http, "send", send)
    assert api.read_case("case-1") == api.read_case("case-1")
    assert [answer.status_code for answer in came] == [200, 304]
    assert not came[1].content


def test_a_token_does_what_its_scopes_say_and_no_more_than_its_account(program_of: Open) -> None:
    reader, reviewer = program_of("supervisor", Scope.READ), program_of("supervisor", Scope.REVIEW)
    assert reader.read_case("case-1").id == "case-1"
    for refused in (
        lambda: reader.open_case(number="x", name="y"),
        lambda: reader.review("m-1", verdict="confirm"),
        lambda: reader.close_case("case-1", reason="no"),
        lambda: reader.upload(Path(__file__), "case-1"),
        lambda: reviewer.read_case("case-1"),
    ):
        with pytest.raises(ApiError, match="lacks the scope") as error:
            refused()
        assert (error.value.status, error.value.type) == (403, "urn:lastseen:problem:not-allowed")
    with pytest.raises(ApiError) as error:
        program_of("other").read_case("case-1")
    assert error.value.status == 404


def test_a_refusal_names_the_fields_that_cannot_be_used(program_of: Open) -> None:
    with pytest.raises(ApiError) as error:
        program_of("analyst").add_sighting("case-1", lat=91.0, lon=24.94, at=AT, source="caller")
    assert error.value.status == 422
    assert "lat" in str(error.value)


def test_a_job_is_followed_to_its_end(program_of: Open) -> None:
    api = program_of("analyst")
    job = next(iter(api.every(api.list_jobs, "case-1")))
    followed = api.follow(job.id)
    assert next(followed).id == job.id
    assert job.coverage is None or isinstance(job.coverage, CoverageOut)


def test_a_lists_cursor_is_for_that_list_alone(program_of: Open) -> None:
    api = program_of("viewer")
    with pytest.raises(ApiError, match="cursor: is none that was given out"):
        api.list_cases(cursor="bm9uZQ")
    assert all(isinstance(row, CaseOut) for row in api.list_cases().items)
