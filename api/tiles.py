"""GET /tiles/…: the base map, from a file on this machine or drawn from a case's streets. Nothing else is asked.

    /tiles/info                        what the file says of itself
    /tiles/{z}/{x}/{y}                 a tile of the file; y may carry .png, .jpg, .webp, .pbf or .mvt
    /tiles/cases/{case}/{z}/{x}/{y}    a tile of the case's streets; y may carry @2x and .png, and ?theme=dark

No tile of this address in the file: 204. No such address on any map, no such case, no file: 404. An address is three
whole numbers and never a path, so nothing but tiles can be reached.
"""

import re
from collections.abc import Callable
from functools import wraps

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.guard import account_in, refusal
from casework.basemap import StreetMaps, TileAt
from data.errors import BadInput, BadPlace, Damaged, NotFound, NotReachable, NotSignedIn
from data.models import Account
from data.store import Store
from data.tiles import TilesFile, is_address
from geo.street_tiles import TOP_ZOOM, Theme

KEPT = "private, max-age=3600"
_NUMBER = re.compile(r"\d{1,8}", re.ASCII)
_ROW = re.compile(r"(\d{1,8})(@2x)?(?:\.(?:png|jpe?g|webp|pbf|mvt))?", re.ASCII)
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}

Answer = Callable[[Request], Response]


def tile_routes(
    file: TilesFile | None,
    *,
    streets: Callable[[], StreetMaps],
    store_of: Callable[[Account], Store],
    allowed_hosts: frozenset[str] = frozenset(),
) -> list[Route]:
    """The routes. `file` is what the setting tiles_file names, `store_of` gives the store as an account sees it."""

    def of_file(request: Request) -> Response:
        return tile_from(file, request)

    def info(request: Request) -> Response:
        opened = _file(file).opened()
        if (known := _unchanged(request, opened.stamp)) is not None:
            return known
        told = opened.tiles.info
        south, west, north, east = told.bounds
        content = {
            "name": told.name,
            "attribution": told.attribution,  # plain text
            "type": told.kind,
            "vector": told.is_vector,
            "minzoom": told.min_zoom,
            "maxzoom": told.max_zoom,
            "bounds": [west, south, east, north],  # as TileJSON has them
            "layers": list(told.layers),
            "tiles": [f"{request.scope.get('root_path', '')}/tiles/{{z}}/{{x}}/{{y}}?v={opened.stamp}"],
        }
        return JSONResponse(content, headers=_kept(opened.stamp) | {"Cache-Control": "no-cache"})

    def of_case(request: Request) -> Response:
        z, x, y, scale = _address(request)
        if z > TOP_ZOOM:
            raise NotFound("no map has a tile of this address")
        theme = Theme.DARK if request.query_params.get("theme") == Theme.DARK else Theme.LIGHT
        case_id, store = request.path_params["case"], store_of(account_in(request))
        stamp = streets().stamp(store, case_id)
        etag = f"{stamp[:16]}-{z}-{x}-{y}-{theme}-{scale}"
        if (known := _unchanged(request, etag)) is not None:
            return known
        png = streets().png(store, case_id, stamp, TileAt(z, x, y, theme, scale))
        return Response(png, media_type="image/png", headers=_kept(etag))

    def told(answer: Answer) -> Answer:
        return _answering(answer, allowed_hosts)

    return [
        Route("/tiles/info", told(info)),
        Route("/tiles/{z}/{x}/{y}", told(of_file)),
        Route("/tiles/cases/{case}/{z}/{x}/{y}", told(of_case)),
    ]


def tile_from(file: TilesFile | None, request: Request) -> Response:
    """A tile of the map file, for whoever was found to be let to it; the errors are those of `data.tiles`."""
    z, x, y, _ = _address(request)
    opened = _file(file).opened()
    if (known := _unchanged(request, f"{opened.stamp}-{z}-{x}-{y}")) is not None:
        return known
    tile = opened.tiles.tile(z, x, y)
    headers = _kept(f"{opened.stamp}-{z}-{x}-{y}")
    if tile is None:
        return Response(status_code=204, headers=headers)
    if tile.is_gzipped:
        headers["Vary"] = "Accept-Encoding"
        if not _takes_gzip(request):
            return Response(tile.plain(), media_type=tile.kind, headers=headers)
        headers["Content-Encoding"] = "gzip"
    return Response(tile.content, media_type=tile.kind, headers=headers)


def _answering(answer: Answer, allowed_hosts: frozenset[str]) -> Answer:
    """The answer, or the error in plain words; not for pages of other sites."""

    @wraps(answer)
    def answering(request: Request) -> Response:
        if (why := refusal(request.headers, allowed_hosts)) is not None:
            return PlainTextResponse(why, 403, headers=_SAFE)
        try:
            account_in(request)
            return answer(request)
        except NotSignedIn as error:
            return PlainTextResponse(str(error), 401, headers=_SAFE)
        except (NotFound, BadPlace) as error:
            return PlainTextResponse(str(error), 404, headers=_SAFE)
        except Damaged as error:
            return PlainTextResponse(str(error), 500, headers=_SAFE)
        except (BadInput, NotReachable) as error:
            return PlainTextResponse(f"LASTSEEN_TILES_FILE: {error}", 503, headers=_SAFE)

    return answering


def _address(request: Request) -> tuple[int, int, int, int]:
    """z, x, y and scale; NotFound where a map has no such tile."""
    z, x, row = request.path_params["z"], request.path_params["x"], _ROW.fullmatch(request.path_params["y"])
    if row and _NUMBER.fullmatch(z) and _NUMBER.fullmatch(x) and is_address(int(z), int(x), int(row[1])):
        return int(z), int(x), int(row[1]), 2 if row[2] else 1
    raise NotFound("no map has a tile of this address")


def _file(file: TilesFile | None) -> TilesFile:
    if file is None:
        raise NotFound("no map file is set: LASTSEEN_TILES_FILE names one")
    return file


def _kept(etag: str) -> dict[str, str]:
    return _SAFE | {"ETag": f'"{etag}"', "Cache-Control": KEPT}


def _unchanged(request: Request, etag: str) -> Response | None:
    """304 where the caller has this very tile already."""
    known = request.headers.get("if-none-match", "")
    if f'"{etag}"' not in (part.strip().removeprefix("W/") for part in known.split(",")):
        return None
    return Response(status_code=304, headers=_kept(etag))


def _takes_gzip(request: Request) -> bool:
    for part in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = part.strip().partition(";")
        if coding.strip().casefold() in ("gzip", "*"):
            return re.fullmatch(r"\s*q=0(\.0*)?\s*", weight) is None
    return False
