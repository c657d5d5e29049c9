"""Refusals at the HTTP door, as RFC 9457 has them: problem+json, in plain words."""

import json
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import Response


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that says why something is not done."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(
        json.dumps(told, ensure_ascii=False), status, dict(headers or {}), media_type="application/problem+json"
    )  # fmt: skip
