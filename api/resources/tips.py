"""/api/v1/cases/{case}/tips: what the public sent, and what becomes of it; and the page by which it is sent."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.resources.jobs import JobOut
from api.resources.looks import Looks
from api.resources.shapes import Because, Lat, Line, Lon, Moment, Said, Shown
from api.resources.sightings import Reported, SightingOut
from api.rest import CONFLICT, Asks, Caller, Id, Out, Page, Paging, Scope, page_of, router, scope
from casework import tip_door, tips
from casework.spots import LARGEST_RADIUS_M
from casework.tips import Placed
from data.errors import NotFound
from data.models import SightingKind
from data.tip_models import Tip, TipState


class TipOut(Shown):
    """A stranger's word, and no evidence. Place and time are what the tipster said, `sha256` is that of the file."""

    id: str
    case_id: str
    number: str
    came_at: datetime
    state: TipState
    is_doubtful: bool
    words: str
    where_words: str
    lat: float | None
    lon: float | None
    radius_m: float
    seen_at: datetime | None
    seen_spread_s: float
    seen_typed: str
    has_contact: bool
    sha256: str | None
    file_name: str
    size_bytes: int
    footage_id: str | None
    sighting_id: str | None
    decided_at: datetime | None
    decided_by: str
    reason: str


class ContactOut(Out):
    """How to reach the tipster; "" where they did not say."""

    contact: str


class PlacedIn(Said):
    """Where and when it was, as whoever decides says. `at` is true time, with its zone."""

    lat: Lat
    lon: Lon
    radius_m: Annotated[float, Field(ge=0, le=LARGEST_RADIUS_M)] = 100.0
    at: Moment
    tolerance_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0

    def placed(self) -> Placed:
        return Placed(self.lat, self.lon, self.radius_m, self.at, self.tolerance_s)


class SightingOfTip(PlacedIn):
    """The sighting that a tip becomes."""

    kind: Reported = SightingKind.SEEN
    source: Line = ""


class TipPageOut(Shown):
    """The public's page at /tips/`code`: `agency` and `words` are all that it says."""

    case_id: str
    code: str
    is_open: bool
    agency: str
    words: str
    changed_at: datetime
    changed_by: str


class TipPageIn(Said):
    """What the public's page says; anybody can read it."""

    agency: Annotated[str, Field(min_length=1, max_length=tip_door.LONGEST["agency"])]
    words: Annotated[str, Field(min_length=1, max_length=tip_door.LONGEST["page"])]


def tips_router(looks: Looks, *, engine: str, queue: str) -> APIRouter:
    """The routes of tips; `engine` and `queue` are those of new searches."""
    routes = router("tips", prefix="/cases/{case_id}/tips")
    one = "/{tip_id}"

    @routes.get("", operation_id="listTips")
    def list_tips(case_id: Id, asks: Asks, paging: Paging) -> Page[TipOut]:
        """What the public sent, oldest first; what came as a machine's would is `is_doubtful`."""
        found = tips.tips(asks.store, looks.case(asks, case_id).id)
        return page_of(found, paging, key=lambda tip: (tip.came_at.timestamp(), tip.id), shown=TipOut.of)

    @routes.get(one, operation_id="readTip")
    def read_tip(case_id: Id, tip_id: Id, asks: Asks) -> TipOut:
        """One tip."""
        looks.case(asks, case_id)
        return TipOut.of(_of_case(asks, case_id, tip_id))

    @routes.post(f"{one}/contact", operation_id="readTipContact")
    def read_contact(case_id: Id, tip_id: Id, asks: Asks) -> ContactOut:
        """How to reach the tipster. It is kept encrypted, and that it was read stands in the record."""
        tip = _of_case(asks, case_id, tip_id)
        return ContactOut(contact=tips.read_contact(asks.store, tip.id, by=asks.name))

    @routes.post(f"{one}/sighting", operation_id="takeTipAsSighting", status_code=201, responses=CONFLICT)
    def take_as_sighting(case_id: Id, tip_id: Id, said: SightingOfTip, asks: Asks) -> SightingOut:
        """Put a tip on the map as a reported sighting."""
        tip = _of_case(asks, case_id, tip_id)
        source = said.source or f"Public tip {tip.number}"
        kept = tips.take_as_sighting(asks.store, tip.id, said.placed(), source=source, kind=said.kind, by=asks.name)
        return SightingOut.of(kept)

    @routes.post(f"{one}/search", operation_id="searchTipFile", status_code=202, responses=CONFLICT)
    def search_file(case_id: Id, tip_id: Id, said: PlacedIn, asks: Asks) -> JobOut:
        """Have a worker search the tip's photo or video as footage."""
        tip = _of_case(asks, case_id, tip_id)
        job = tips.search_file(asks.store, tip.id, said.placed(), engine=engine, queue=queue, by=asks.name)
        return JobOut.told(job)

    @routes.post(f"{one}/dismiss", operation_id="dismissTip", responses=CONFLICT)
    def dismiss(case_id: Id, tip_id: Id, said: Because, asks: Asks) -> TipOut:
        """Lay a tip aside for a reason."""
        tip = _of_case(asks, case_id, tip_id)
        return TipOut.of(tips.dismiss(asks.store, tip.id, reason=said.reason, by=asks.name))

    @routes.post(f"{one}/undo", operation_id="undoTip", responses=CONFLICT)
    def undo(case_id: Id, tip_id: Id, asks: Asks) -> TipOut:
        """Have a tip wait again; the sighting that it became is withdrawn."""
        return TipOut.of(tips.undo(asks.store, _of_case(asks, case_id, tip_id).id, by=asks.name))

    @routes.post(f"{one}/trust", operation_id="trustTip", responses=CONFLICT)
    def trust(case_id: Id, tip_id: Id, asks: Asks) -> TipOut:
        """Lay a doubtful tip among the others."""
        return TipOut.of(tips.trust(asks.store, _of_case(asks, case_id, tip_id).id, by=asks.name))

    return routes


def tip_page_router(looks: Looks) -> APIRouter:
    """The routes of the public's page."""
    routes = router("tips", prefix="/cases/{case_id}/tip-page")
    governs = [scope(Scope.GOVERN)]

    @routes.get("", operation_id="readTipPage")
    def read_page(case_id: Id, asks: Asks) -> TipPageOut:
        """The case's page for the public; 404 where it never had one."""
        found = tip_door.page_of(asks.store, looks.case(asks, case_id).id)
        if found is None:
            raise NotFound(f"case {case_id}: has no page for the public")
        return TipPageOut.of(found)

    @routes.put("", operation_id="openTipPage", dependencies=governs)
    def open_page(case_id: Id, said: TipPageIn, asks: Asks) -> TipPageOut:
        """Open the page, or change what it says."""
        return TipPageOut.of(
            tip_door.open_page(asks.store, case_id, agency=said.agency, words=said.words, by=asks.name)
        )

    @routes.delete("", operation_id="closeTipPage", dependencies=governs, status_code=204)
    def close_page(case_id: Id, asks: Asks) -> None:
        """Close the page: its address answers as one that never was. What has come stays."""
        tip_door.close_page(asks.store, case_id, by=asks.name)

    @routes.post("/new-address", operation_id="renewTipPage", dependencies=governs)
    def new_address(case_id: Id, asks: Asks) -> TipPageOut:
        """Give the page another address; the old one leads nowhere."""
        return TipPageOut.of(tip_door.new_address(asks.store, case_id, by=asks.name))

    return routes


def _of_case(asks: Caller, case_id: str, tip_id: str) -> Tip:
    tip = tips.tip(asks.store, tip_id)
    if tip.case_id != case_id:
        raise NotFound(f"tip {tip_id}: not in the store")
    return tip
