"""GET /api/v1/known: what was known of a case at an hour, and what was possible then, as the map's time slider asks."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.problems import answered
from dashboard import words
from dashboard.catalogues import chosen
from data.errors import BadInput
from data.models import Account

Known = Callable[[Account, str, datetime], dict[str, object]]


def known_route(known: Known) -> Route:
    """The one route; `known` gives the map's layers at an hour to an account that sees the case.

    Asked with `case` and `at`, a time with its zone as ISO 8601 writes it.
    """

    def answer(account: Account, asked: Mapping[str, str], language: str) -> Response:
        words.speak(language)  # this thread answers whoever asks next
        layers = known(account, asked.get("case", ""), hour_of(asked.get("at", "")))
        return Response(json.dumps(layers, separators=(",", ":")), media_type="application/json")

    async def at_an_hour(request: Request) -> Response:
        language = chosen(request.cookies.get(words.LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""))
        return await answered(answer, request, language)

    return Route("/api/v1/known", at_an_hour, methods=["GET"])


def hour_of(text: str) -> datetime:
    """A time with a zone; BadInput says how to write it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadInput("at: write it as 2026-03-01T16:30:00Z")
    return at
