"""GET /api/v1/places: places of a case's streets and of the gazetteer, by what somebody types. Nobody else is asked."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel

from api.guard import account_in, refusal
from api.rest import REFUSALS
from casework.places import Places
from data.errors import BadInput, NotFound, NotSignedIn
from data.models import Account
from data.store import Store
from geo.gazetteer import Found

MOST = 20


class Named(BaseModel):
    """A place: plain text, decimal degrees, and metres from where was looked, null without such a place."""

    name: str
    kind: str
    lat: float
    lon: float
    distance_m: float | None


def places_router(
    places: Callable[[], Places],
    *,
    store_of: Callable[[Account], Store],
    allowed_hosts: frozenset[str] = frozenset(),
) -> APIRouter:
    """The route; `store_of` gives the store as an account sees it."""
    router = APIRouter(tags=["places"], responses=dict(REFUSALS))

    @router.get("/v1/places", operation_id="findPlaces")
    def find(
        request: Request,
        case: Annotated[str, Query(max_length=100)],
        q: Annotated[str, Query(max_length=100)],
        lat: Annotated[float | None, Query(ge=-90, le=90)] = None,
        lon: Annotated[float | None, Query(ge=-180, le=180)] = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 8,
    ) -> list[Named]:
        """Best first; the nearer to `lat`, `lon` the better."""
        if (why := refusal(request.headers, allowed_hosts)) is not None:
            raise HTTPException(403, why)
        near = None if lat is None or lon is None else (lat, lon)
        try:
            store_of(account_in(request)).case(case)
            found = places().find(case, q, near=near, limit=limit)
        except NotSignedIn as error:
            raise HTTPException(401, str(error)) from error
        except NotFound as error:
            raise HTTPException(404, str(error)) from error
        except BadInput as error:
            raise HTTPException(503, str(error)) from error
        return [_named(hit) for hit in found]

    return router


def _named(hit: Found) -> Named:
    place = hit.place
    return Named(name=place.name, kind=place.kind, lat=place.lat, lon=place.lon, distance_m=hit.distance_m)
