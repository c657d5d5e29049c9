import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from starlette.applications import Starlette

from api.known import hour_of, known_route
from dashboard.words import reader
from data.errors import BadInput, NotFound
from data.models import Account
from tests.api.asking import as_account
from tests.factories import an_account


def known(account: Account, case_id: str, at: datetime) -> dict[str, object]:
    if case_id != "case-1":
        raise NotFound("case: there is none like that")
    return {"who": account.name, "at": at.isoformat(), "language": reader().code}


def ask(query: str, *, signed_in: bool = True, language: str = "en") -> httpx.Response:
    app = as_account(an_account() if signed_in else None, Starlette(routes=[known_route(known)]))

    async def asked() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as asking:
            return await asking.get(f"/api/v1/known?{query}", headers={"Accept-Language": language})

    return asyncio.run(asked())


def test_an_hour_is_answered_as_the_account_that_asks() -> None:
    answer = ask("case=case-1&at=2026-03-01T16:30:00Z")

    assert answer.status_code == 200
    assert answer.json() == {"who": "Aino", "at": "2026-03-01T16:30:00+00:00", "language": "en"}


@pytest.mark.parametrize(
    ("query", "status", "says"),
    [
        ("case=other&at=2026-03-01T16:30:00Z", 404, "none like that"),
        ("case=case-1&at=yesterday", 422, "write it as"),
        ("case=case-1&at=2026-03-01T16:30:00", 422, "write it as"),
        ("case=case-1", 422, "write it as"),
    ],
)
def test_what_cannot_be_answered_is_said(query: str, status: int, says: str) -> None:
    answer = ask(query)

    assert answer.status_code == status
    assert says in answer.text


def test_nobody_who_is_not_signed_in_is_answered() -> None:
    assert ask("case=case-1&at=2026-03-01T16:30:00Z", signed_in=False).status_code == 401


def test_the_words_of_an_answer_are_in_the_readers_language_and_the_next_ones_in_his_own() -> None:
    query = "case=case-1&at=2026-03-01T16:30:00Z"

    assert [ask(query, language=code).json()["language"] for code in ("ar", "en")] == ["ar", "en"]


def test_an_hour_has_its_zone() -> None:
    assert hour_of("2026-03-01T18:30:00+02:00") == datetime(2026, 3, 1, 16, 30, tzinfo=UTC)
    with pytest.raises(BadInput, match="at:"):
        hour_of("2026-03-01")
