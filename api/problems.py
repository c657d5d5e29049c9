"""Refusals at the HTTP door, as RFC 9457 has them: problem+json, in plain words."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from api.guard import account_in
from data.errors import BadInput, NotFound, NotSignedIn


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that says why something is not done."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(
        json.dumps(told, ensure_ascii=False), status, dict(headers or {}), media_type="application/problem+json"
    )  # fmt: skip


async def answered(work: Callable[..., Response], request: Request, *given: object) -> Response:
    """What `work` answers, off the event loop, to the account that asks; or why nothing is told."""
    try:
        return await run_in_threadpool(work, account_in(request), request.query_params, *given)
    except NotSignedIn as error:
        return problem(401, str(error))
    except NotFound as error:
        return problem(404, str(error))
    except BadInput as error:
        return problem(422, str(error))
