"""/api/v1/cases/{case}/sightings: the places and times that stand on the case's map."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import Field

from api.resources.looks import Looks
from api.resources.shapes import Lat, Line, Lon, Moment, Said, Shown
from api.rest import CONFLICT, Asks, Caller, Id, Page, Paging, page_of, router
from casework import cases
from data.errors import NotFound
from data.models import Sighting, SightingKind

Reported = Literal[
    SightingKind.SEEN, SightingKind.PHONE_FIX, SightingKind.CARD_PAYMENT, SightingKind.STATEMENT
]  # a confirmed match is made by people's reviews alone
_DAY_S = 86_400.0


class SightingOut(Shown):
    """A place and a time, `at` give or take `tolerance_s`, within `radius_m`. `match_id`: it rests on that match."""

    id: str
    case_id: str
    lat: float
    lon: float
    radius_m: float
    at: datetime
    tolerance_s: float
    kind: SightingKind
    source: str
    match_id: str | None
    created_at: datetime | None
    withdrawn_at: datetime | None


class SightingIn(Said):
    """A reported sighting. `at` is true time, with its zone."""

    lat: Lat
    lon: Lon
    radius_m: Annotated[float, Field(ge=0, le=50_000)] = 50.0
    at: Moment
    tolerance_s: Annotated[float, Field(ge=0, le=_DAY_S)] = 0.0
    kind: Reported = SightingKind.SEEN
    source: Line = ""


def sightings_router(looks: Looks) -> APIRouter:
    """The routes of sightings."""
    routes = router("sightings", prefix="/cases/{case_id}/sightings")
    one = "/{sighting_id}"

    @routes.get("", operation_id="listSightings")
    def list_sightings(case_id: Id, asks: Asks, paging: Paging) -> Page[SightingOut]:
        """The sightings that stand, in order of time: reported ones, and matches that two people confirmed."""
        found = asks.store.sightings(looks.case(asks, case_id).id)
        return page_of(found, paging, key=lambda s: (s.at.timestamp(), s.id), shown=SightingOut.of)

    @routes.post("", operation_id="addSighting", status_code=201, responses=CONFLICT)
    def add_sighting(case_id: Id, said: SightingIn, asks: Asks, response: Response) -> SightingOut:
        """Put a reported sighting on the map; 422 for a time in the future."""
        sighting = Sighting(**dict(said), id=cases.new_id(), case_id=case_id)
        kept = cases.add_sighting(asks.store, sighting, by=asks.name)
        response.headers["Location"] = f"/api/v1/cases/{case_id}/sightings/{kept.id}"
        return SightingOut.of(kept)

    @routes.get(one, operation_id="readSighting")
    def read_sighting(case_id: Id, sighting_id: Id, asks: Asks) -> SightingOut:
        """One sighting, a withdrawn one too."""
        looks.case(asks, case_id)
        return SightingOut.of(_of_case(asks, case_id, sighting_id))

    @routes.delete(one, operation_id="withdrawSighting", status_code=204, responses=CONFLICT)
    def withdraw_sighting(case_id: Id, sighting_id: Id, asks: Asks) -> None:
        """Take a reported sighting off the map. 409 for one that rests on a match: undo its review instead."""
        cases.withdraw_sighting(asks.store, _of_case(asks, case_id, sighting_id).id, by=asks.name)

    @routes.post(f"{one}/restore", operation_id="restoreSighting", responses=CONFLICT)
    def restore_sighting(case_id: Id, sighting_id: Id, asks: Asks) -> SightingOut:
        """Undo a withdrawal."""
        cases.restore_sighting(asks.store, _of_case(asks, case_id, sighting_id).id, by=asks.name)
        return SightingOut.of(asks.store.sighting(sighting_id))

    return routes


def _of_case(asks: Caller, case_id: str, sighting_id: str) -> Sighting:
    sighting = asks.store.sighting(sighting_id)
    if sighting.case_id != case_id:
        raise NotFound(f"sighting {sighting_id}: not in the store")
    return sighting
