import asyncio
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.places import places_router
from casework.places import Places
from data.store import Store
from tests.api.asking import as_account
from tests.casework.test_places import with_names
from tests.factories import an_account


class Asking:
    """A browser that asks for places."""

    def __init__(self, store: Store, file: Path | None = None) -> None:
        kept = Places(store, file)
        app = FastAPI()
        app.include_router(places_router(lambda: kept, store_of=lambda _: store), prefix="/api")
        self.app = as_account(an_account(), app)

    def get(self, headers: dict[str, str] | None = None, **params: object) -> httpx.Response:
        return asyncio.run(self._asked(headers or {}, params))

    async def _asked(self, headers: dict[str, str], params: dict[str, object]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8501") as asking:
            return await asking.get("/api/v1/places", params=params, headers=headers)  # type: ignore[arg-type]


@pytest.fixture
def asking(store: Store, tmp_path: Path) -> Asking:
    return Asking(with_names(store, tmp_path))


def test_a_street_of_the_case_is_found_by_its_first_letters(asking: Asking) -> None:
    (told,) = asking.get(case="case-1", q="kot", lat=60.17, lon=24.94).json()
    assert (told["name"], told["kind"], told["lat"]) == ("Kotikatu", "street", 60.17)
    assert told["distance_m"] < 60
    assert asking.get(case="case-1", q="kot").json()[0]["distance_m"] is None
    assert asking.get(case="case-1", q="").json() == []


def test_an_unknown_case_and_a_question_that_makes_no_sense_are_refused(asking: Asking) -> None:
    assert asking.get(case="nobody", q="kot").status_code == 404
    for wrong in ({"lat": 99, "lon": 0}, {"lat": "nan", "lon": 0}, {"limit": 500}, {"q": "x" * 101}):
        assert asking.get(**({"case": "case-1", "q": "kot"} | wrong)).status_code == 422, wrong
    assert asking.get({"Origin": "http://evil.example"}, case="case-1", q="kot").status_code == 403


def test_names_that_look_like_markup_stay_text(store: Store, tmp_path: Path) -> None:
    evil = "<img src=x onerror=alert(1)>"
    answer = Asking(with_names(store, tmp_path, evil)).get(case="case-1", q="onerror")
    assert answer.json()[0]["name"] == evil
    assert answer.headers["content-type"] == "application/json"


def test_a_file_of_places_that_is_gone_is_named(store: Store, tmp_path: Path) -> None:
    answer = Asking(with_names(store, tmp_path), tmp_path / "gone.csv").get(case="case-1", q="kot")
    assert (answer.status_code, "gone.csv" in answer.text) == (503, True)
    assert str(tmp_path) not in answer.text
