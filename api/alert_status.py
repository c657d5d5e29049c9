"""Twilio's word on what became of an SMS: POST /api/alerts/status?alert=ID, believed only with Twilio's signature."""

from collections.abc import Callable
from urllib.parse import parse_qsl

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import ImmutableMultiDict
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from twilio.request_validator import RequestValidator

from casework.alerting.delivery import provider_said
from data.errors import NotFound
from data.store import Store

PATH = "/api/alerts/status"
LONGEST_BODY = 16 << 10
MOST_FIELDS = 100
log = structlog.get_logger("alerts")


def status_url(public_url: str, alert_id: str = "") -> str:
    """What Twilio is to call, up to the alert's id; "" where this machine has no public address.

    The id is no part of the path, so that a door can open this one path to callers whom nobody knows.
    """
    return f"{public_url.rstrip('/')}{PATH}?alert={alert_id}" if public_url else ""


def status_route(open_store: Callable[[], Store], *, auth_token: str, public_url: str) -> Route:
    """The route for Twilio's status callbacks. It needs no sign-in: the signature is the key.

    What was signed is the address that we gave to Twilio, so that it is taken from the settings, never from what the
    request says of its own host.
    """
    validator = RequestValidator(auth_token)

    async def status(request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return PlainTextResponse("too large\n", 413)
        fields = _fields(body)
        alert_id = request.query_params.get("alert", "")
        signature = request.headers.get("x-twilio-signature", "")
        if fields is None or not (
            public_url and auth_token and validator.validate(status_url(public_url, alert_id), fields, signature)
        ):
            log.warning("a status of an SMS came without Twilio's signature")
            return PlainTextResponse("not signed by Twilio\n", 403)
        try:
            await run_in_threadpool(
                provider_said,
                open_store(),
                alert_id,
                provider_id=fields.get("MessageSid", ""),
                status=fields.get("MessageStatus", ""),
                error=fields.get("ErrorCode", ""),
            )
        except NotFound:
            return PlainTextResponse("there is no such alert\n", 404)
        return Response(status_code=204)

    return Route(PATH, status, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_BODY:
                return None
    except ClientDisconnect:
        return None
    return body


def _fields(body: bytes) -> ImmutableMultiDict[str, str] | None:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except (UnicodeDecodeError, ValueError):
        return None
    return ImmutableMultiDict(pairs)
