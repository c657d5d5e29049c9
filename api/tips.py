"""The public's door: the page of a case that takes tips, and where tips are sent. Nobody need be signed in.

    GET  /tips/{code}                       the page; nothing of the case stands on it
    GET  /tips/{code}/tiles/{z}/{x}/{y}     the installation's own map file, where one is set
    GET  /api/public/tips/{code}            agency, words, limit and a ticket, for forms of an agency's own
    POST /api/public/tips/{code}            a tip, as multipart/form-data: 201 with its number

A code that is wrong, switched off, or of a case that has ended: 404, always the same. One tip is at most as large as
the setting `tip_max_mb` says; whoever sends too many within an hour, or too slowly, is refused.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from api import forms, look, tips_page
from api.caller import is_from_elsewhere
from api.problems import problem, refused
from api.tiles import tile_from
from casework import tip_door
from casework.tip_door import Limits, Said
from dashboard.assets import STATIC_DIR, map_links
from dashboard.words import later, t
from data.errors import BadInput, Damaged, LastSeenError, NotAllowed, NotFound, TooLarge, TooMany
from data.store import Store
from data.tiles import TilesFile
from data.tip_models import TipPage

SILENT_S, LONGEST_S, AT_ONCE = 30.0, 900.0, 8
"""A sender may pause so long, and take so long in all; so many are received at once."""
AGAIN_S = 600
_FIELD_BYTES = 32 << 10
_HERE = Path(__file__).parent
_ASSETS = {
    "style.css": (_HERE / "tips.css", "text/css"),
    "script.js": (_HERE / "tips.js", "text/javascript"),
    "leaflet.js": (STATIC_DIR / "vendor/leaflet.js", "text/javascript"),
    "leaflet.css": (STATIC_DIR / "vendor/leaflet.css", "text/css"),
}
_KEPT_S = 3600
_TELLS = (BadInput, TooMany, NotFound, NotAllowed)
"""Errors whose words are meant for the public."""
_SAID = (
    later("This page is too old. Load it again, then send your report once more."),
    later("This page was open for too long. Load it again, then send your report once more."),
    later("Many reports came in within the last hour. Try again later, or call."),
    later("Say what you saw, or choose a photo or a place."),
    later("Place: latitude and longitude must be numbers such as 60.1699 and 24.9384."),
    later("When: this time is still to come; check the date."),
    later("The file is neither a photo nor a video that can be read here."),
    later("So many files wait already that no more can be taken now. Send your report without the file."),
)
"""What `casework.tip_door` says to those who send, for translation; a test holds that none is left out."""
Answer = Callable[[Request], Awaitable[Response]]
log = structlog.get_logger("tips")


@dataclass(frozen=True)
class Desk:
    """What the public's door works with; `tiles` is the installation's map file."""

    open_store: Callable[[], Store]
    limits: Limits = field(default_factory=Limits)
    tiles: TilesFile | None = None
    receiving: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def page(self, request: Request) -> TipPage:
        code = request.path_params["code"]
        return await run_in_threadpool(lambda: tip_door.public_page(self.open_store(), code))


def tips_routes(desk: Desk) -> list[BaseRoute]:
    """The routes. What is open to the public stands in `api.door.is_public`, too."""

    async def show(request: Request) -> Response:
        page = await desk.page(request)
        ground = await run_in_threadpool(_ground, desk.tiles, page)
        return tips_page.form_page(page, tip_door.new_ticket(page), max_mb=desk.limits.file_bytes >> 20, ground=ground)

    async def tile(request: Request) -> Response:
        await desk.page(request)
        return await run_in_threadpool(tile_from, desk.tiles, request)

    async def tell(request: Request) -> Response:
        page = await desk.page(request)
        told = {"agency": page.agency, "words": page.words, "max_bytes": desk.limits.file_bytes}
        return JSONResponse(told | {"ticket": tip_door.new_ticket(page)})

    async def take(request: Request) -> Response:
        page = await desk.page(request)
        try:
            number = await _taken(desk, page, request)
        except _TELLS as error:
            if not _is_form(request):
                raise
            return tips_page.refused_page(page, _words(error), refused(error).status_code)
        if _is_form(request):
            return tips_page.taken_page(page, number)
        return JSONResponse({"number": number}, 201)

    own: list[BaseRoute] = [Route(f"/tips/{name}", _asset(*asset)) for name, asset in _ASSETS.items()]
    return [
        *own,
        Route("/tips/{code}", _answering(show, is_page=True)),
        Route("/tips/{code}/tiles/{z}/{x}/{y}", _answering(tile)),
        Route("/api/public/tips/{code}", _answering(tell), methods=["GET"]),
        Route("/api/public/tips/{code}", _answering(take), methods=["POST"]),
    ]


def _asset(path: Path, kind: str) -> Answer:
    async def answer(request: Request) -> Response:  # noqa: ARG001
        if path.parent.name == "vendor":
            await run_in_threadpool(map_links)  # lays them there where nobody has looked at a map yet
        return FileResponse(path, media_type=kind)

    return answer


def _answering(answer: Answer, *, is_page: bool = False) -> Answer:
    """The answer, or why there is none: of what breaks here the public is told nothing but that it did."""

    @wraps(answer)
    async def answering(request: Request) -> Response:
        look.read_by(request)
        try:
            if request.method == "POST" and is_from_elsewhere(request.headers):
                raise NotAllowed("a page of another site may not send reports here")
            return await answer(request)
        except NotFound:
            is_form = is_page or _is_form(request)
            return tips_page.nothing_here() if is_form else problem(404, "nothing is here")
        except _TELLS as error:
            refusal = refused(type(error)(_words(error)))
            if isinstance(error, TooMany):
                refusal.headers["Retry-After"] = str(AGAIN_S)
            return refusal
        except (LastSeenError, Damaged) as error:
            log.warning("a tip could not be taken", why=str(error))
            words = t("This does not work at the moment. Try again later, or call.")
            return problem(503, words, {"Retry-After": "300"})

    return answering


def _words(error: LastSeenError) -> str:
    """What is wrong, in the sender's language where it is one of the usual things."""
    said = str(error)
    return t(said) if said in _SAID else said


def _is_form(request: Request) -> bool:
    """Whether a browser without scripts asks, which shows what it gets."""
    return "text/html" in request.headers.get("accept", "")


def _ground(tiles: TilesFile | None, page: TipPage) -> dict[str, object]:
    """What lies under the page's map: the installation's map file where it holds pictures, and nothing of the case."""
    if tiles is None:
        return {}
    try:
        opened = tiles.opened()
    except LastSeenError:
        return {}
    info = opened.tiles.info
    if info.is_vector:
        return {"bounds": info.bounds}
    return {
        "tiles": f"/tips/{page.code}/tiles/{{z}}/{{x}}/{{y}}?v={opened.stamp}",
        "attribution": info.attribution,
        "bounds": info.bounds,
        "min_zoom": info.min_zoom,
        "max_zoom": info.max_zoom,
    }


# receiving


async def _taken(desk: Desk, page: TipPage, request: Request) -> str:
    address = forms.line(request).address
    await run_in_threadpool(lambda: tip_door.take_turn(desk.open_store(), page, address, limits=desk.limits))
    if desk.receiving.locked():
        raise TooMany(t("Many reports arrive at this moment. Wait a minute, then send yours again."))
    async with desk.receiving:
        form = await _form(request, desk.limits.file_bytes)
        try:
            return await run_in_threadpool(_kept, desk, page, form)
        finally:
            await form.close()


def _kept(desk: Desk, page: TipPage, form: FormData) -> str:
    def text(name: str) -> str:
        value = form.get(name, "")
        return value if isinstance(value, str) else ""

    names = ("words", "where", "lat", "lon", "radius_m", "seen", "zone", "contact")
    sent = form.get("file")
    if isinstance(sent, UploadFile) and (sent.size or 0) > desk.limits.file_bytes:
        raise TooLarge(t("The file is too large: at most {n} MB can be sent.", n=desk.limits.file_bytes >> 20))
    file = (sent.filename or "", sent.file) if isinstance(sent, UploadFile) and sent.filename else None
    return tip_door.receive(
        desk.open_store(), page, Said(*(text(name) for name in names)), file, ticket=text("ticket"),
        is_filled_in=bool(text(tips_page.TRAP)), limits=desk.limits,
    )  # fmt: skip


async def _form(request: Request, file_bytes: int) -> FormData:
    kind = request.headers.get("content-type", "").split(";")[0].strip().casefold()
    if kind != "multipart/form-data":
        raise BadInput("report: send it as multipart/form-data")
    body = _limited(request, file_bytes)
    try:
        async with asyncio.timeout(LONGEST_S):
            return await MultiPartParser(
                request.headers, body, max_files=1, max_fields=20, max_part_size=_FIELD_BYTES
            ).parse()
    except MultiPartException as error:
        raise BadInput(t("The report could not be read. Send it again.")) from error
    except (ClientDisconnect, TimeoutError) as error:
        raise BadInput(t("The report took too long, or broke off. Send it again.")) from error


async def _limited(request: Request, file_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body, up to a file and a few fields; TimeoutError where its sender falls silent."""
    size, stream = 0, request.stream()
    while True:
        try:
            async with asyncio.timeout(SILENT_S):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        size += len(piece)
        if size > file_bytes + 20 * _FIELD_BYTES:
            raise TooLarge(t("The file is too large: at most {n} MB can be sent.", n=file_bytes >> 20))
        yield piece
