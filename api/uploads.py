"""Files come in by the tus protocol 1.0 (tus.io): creation, termination, checksum, expiration. Any tus client works.

Every request is answered as the account that asks (`api.door`): an upload is its sender's, and for everybody else not
there.

A piece is written to disk as it arrives, one MiB of it in memory at a time; disk and store are touched in threads,
never on the event loop.
"""

import asyncio
import base64
import binascii
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from api.guard import account_in, refusal
from api.problems import kind_of, problem
from casework import retention, uploads
from casework.uploads import CHECKSUMS, Checksum, Desk, Receiving
from data.errors import (
    BadInput,
    Conflict,
    DiskFull,
    Gone,
    LastSeenError,
    Locked,
    NotAllowed,
    NotFound,
    NotGoverned,
    NotReachable,
    NotSignedIn,
    TooLarge,
    TooMany,
    WrongOffset,
    WrongSum,
)
from data.models import Account, Upload

log = structlog.get_logger("uploads")
VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum,expiration"
PIECE_TYPE = "application/offset+octet-stream"
BUFFER_BYTES = 1 << 20
SILENT_S = 15.0
"""A sender from whom nothing comes for so long has gone; its upload is free for whoever goes on with it."""
METADATA_BYTES = 8 << 10
TIDY_EVERY_S = 3600.0
_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,60}", re.ASCII)
_CODES: tuple[tuple[type[LastSeenError], int], ...] = (
    (Gone, 410), (NotFound, 404), (TooLarge, 413), (WrongSum, 460), (Locked, 423), (WrongOffset, 409), (TooMany, 429),
    (DiskFull, 507), (NotGoverned, 422), (BadInput, 400), (Conflict, 409), (NotSignedIn, 401), (NotAllowed, 403),
    (NotReachable, 503), (LastSeenError, 500),
)  # fmt: skip
Answer = Callable[[Request], Awaitable[Response]]


async def tidied(open_desk: Callable[[], Desk], *, every_s: float = TIDY_EVERY_S) -> None:
    """Remove, for ever and at intervals, what was begun and has expired."""
    while True:
        try:
            if removed := await run_in_threadpool(lambda: uploads.remove_expired(open_desk())):
                log.info("expired uploads removed", count=removed)
            done = await run_in_threadpool(lambda: retention.tidy(open_desk().store))
            if done != retention.Tidied():
                log.info("retention", cases_forgotten=done.cases_forgotten, purges_finished=done.purges_finished)
        except (LastSeenError, OSError) as error:
            log.warning("what has expired was not all removed", why=str(error))
        await asyncio.sleep(every_s)


@dataclass(frozen=True)
class _Refused(Exception):
    """A request that does not speak the protocol."""

    code: int
    words: str


def upload_routes(
    open_desk: Callable[[Account], Desk], *, allowed_hosts: frozenset[str] = frozenset()
) -> list[BaseRoute]:
    """The routes of /api/uploads; `open_desk` gives the desk as an account sees it."""
    door = _Door(open_desk)

    def route(path: str, **answers: Answer) -> Route:
        return Route(path, _guarded(answers, allowed_hosts), methods=[*answers, "POST"])

    return [
        route("/api/uploads", OPTIONS=door.options, POST=door.create),
        route("/api/uploads/{id}", OPTIONS=door.options, HEAD=door.head, PATCH=door.patch, DELETE=door.delete),
    ]


def _guarded(answers: dict[str, Answer], allowed_hosts: frozenset[str]) -> Answer:
    """Every refusal in plain words, with the code of the protocol."""

    async def answer(request: Request) -> Response:
        try:
            if why := refusal(request.headers, allowed_hosts):
                raise _Refused(403, why)
            method = request.method
            if method == "POST":  # for clients behind something that lets no other method through
                method = request.headers.get("x-http-method-override", method).upper()
            if method not in answers:
                raise _Refused(405, f"{method[:20]}: not here")
            if method != "OPTIONS" and request.headers.get("tus-resumable") != VERSION:
                raise _Refused(412, f"Tus-Resumable: must be {VERSION}")
            response = await answers[method](request)
        except _Refused as error:
            response = problem(error.code, error.words)
        except LastSeenError as error:
            code = next(code for kind, code in _CODES if isinstance(error, kind))
            response = problem(code, str(error), kind=kind_of(type(error)))
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        if response.status_code == 412:
            response.headers["Tus-Version"] = VERSION
        return response

    return answer


class _Door:
    """The answers, over one desk."""

    def __init__(self, open_desk: Callable[[Account], Desk]) -> None:
        self._open = open_desk

    async def _at_desk(self, request: Request, verb: Callable[..., Any], *given: Any, **named: Any) -> Any:
        account = account_in(request)

        def work() -> Any:
            return verb(self._open(account), *given, **named)

        return await run_in_threadpool(work)

    async def options(self, request: Request) -> Response:
        desk = await run_in_threadpool(self._open, account_in(request))
        said = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(desk.max_upload_bytes)}
        return Response(status_code=204, headers=said | {"Tus-Checksum-Algorithm": ",".join(CHECKSUMS)})

    async def create(self, request: Request) -> Response:
        if "upload-defer-length" in request.headers:
            raise _Refused(400, "Upload-Defer-Length: say the length when you begin")
        told = metadata(request.headers.get("upload-metadata", ""))
        upload = await self._at_desk(
            request,
            uploads.begin_upload,
            name=told.get("filename", told.get("name", "")) or "unnamed",
            size_bytes=_number(request, "upload-length"),
            purpose=told.get("purpose", uploads.FOOTAGE),
            case_id=told.get("case") or None,
            said_sha256=told.get("sha256", "").lower(),
            by=account_in(request).name,  # whatever the sender says
        )
        return Response(status_code=201, headers=_expiry(upload) | {"Location": f"/api/uploads/{upload.id}"})

    async def head(self, request: Request) -> Response:
        upload = await self._at_desk(request, uploads.upload_state, request.path_params["id"])
        shown = {"Upload-Offset": str(upload.received_bytes), "Upload-Length": str(upload.size_bytes)}
        name = base64.b64encode(upload.name.encode("utf-8", "surrogatepass")).decode("ascii")
        return Response(headers=shown | _expiry(upload) | {"Upload-Metadata": f"filename {name}"})

    async def patch(self, request: Request) -> Response:
        if request.headers.get("content-type", "").split(";")[0].strip().casefold() != PIECE_TYPE:
            raise _Refused(415, f"Content-Type: must be {PIECE_TYPE}")
        offset, checksum = _number(request, "upload-offset"), _checksum(request.headers.get("upload-checksum"))
        receiving = await self._at_desk(
            request, uploads.receive, request.path_params["id"], offset=offset, checksum=checksum
        )
        with receiving:
            _refuse_too_long(request, receiving.upload)
            upload = await _taken(request, receiving)
        return Response(status_code=204, headers={"Upload-Offset": str(upload.received_bytes)} | _expiry(upload))

    async def delete(self, request: Request) -> Response:
        await self._at_desk(request, uploads.cancel_upload, request.path_params["id"], by=account_in(request).name)
        return Response(status_code=204)


async def _taken(request: Request, receiving: Receiving) -> Upload:
    try:
        async for data in _in_buffers(request):
            await run_in_threadpool(receiving.write, data)
    except (ClientDisconnect, TimeoutError) as error:
        await run_in_threadpool(receiving.stop)
        raise _Refused(408, "the sender broke off; what came is kept") from error
    return await run_in_threadpool(receiving.finish)


async def _in_buffers(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of about BUFFER_BYTES. The last of them, too, before a sender's going is told."""
    buffer = bytearray()
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENT_S):
                buffer += await anext(stream)
        except StopAsyncIteration:
            if buffer:
                yield bytes(buffer)
            return
        except (ClientDisconnect, TimeoutError):
            if buffer:
                yield bytes(buffer)
            raise
        if len(buffer) >= BUFFER_BYTES:
            yield bytes(buffer)
            buffer.clear()


def _refuse_too_long(request: Request, upload: Upload) -> None:
    said = request.headers.get("content-length", "")
    if _DIGITS.fullmatch(said) and int(said) > upload.size_bytes - upload.received_bytes:
        raise TooLarge(f"{upload.name}: the piece reaches beyond the {upload.size_bytes:,} bytes that were announced")


def _number(request: Request, header: str) -> int:
    text = request.headers.get(header, "")
    if not _DIGITS.fullmatch(text):
        raise _Refused(400, f"{header.title()}: must be a whole number, 0 or more")
    return int(text)


def _checksum(text: str | None) -> Checksum | None:
    if text is None:
        return None
    algorithm, _, encoded = text.partition(" ")
    if algorithm not in CHECKSUMS:
        raise _Refused(400, f"Upload-Checksum: one of {', '.join(CHECKSUMS)} is understood")
    digest = _decoded(encoded, "Upload-Checksum")
    if len(digest) != CHECKSUMS[algorithm]:
        raise _Refused(400, f"Upload-Checksum: is no {algorithm}")
    return Checksum(algorithm, digest)


def metadata(header: str) -> dict[str, str]:
    """Upload-Metadata, read strictly: keys without spaces and commas, each once, and values in Base64 of UTF-8."""
    if len(header) > METADATA_BYTES:
        raise _Refused(400, f"Upload-Metadata: more than {METADATA_BYTES} bytes")
    told: dict[str, str] = {}
    for pair in header.split(",") if header else ():
        key, _, value = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in told:
            raise _Refused(400, "Upload-Metadata: keys must not be empty, and each may stand once")
        try:
            told[key] = _decoded(value, "Upload-Metadata").decode("utf-8")
        except UnicodeDecodeError as error:
            raise _Refused(400, f"Upload-Metadata: {key} is not UTF-8") from error
    if any("\x00" in value for value in told.values()):
        raise _Refused(400, "Upload-Metadata: a value holds a null character")
    return told


def _decoded(text: str, header: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Refused(400, f"{header}: is not Base64") from error


def _expiry(upload: Upload) -> dict[str, str]:
    if upload.expires_at is None:
        return {}
    return {"Upload-Expires": format_datetime(upload.expires_at.replace(microsecond=0), usegmt=True)}


class WithoutPageUploads:
    """Switches off the upload route that the pages' library brings along: it takes files from anyone, into memory."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "_stcore/upload_file" in scope["path"]:
            await PlainTextResponse("Files are taken in at /api/uploads.", 410)(scope, receive, send)
            return
        await self._app(scope, receive, send)
