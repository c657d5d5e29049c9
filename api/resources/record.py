"""/api/v1/cases/{case}/record: who did what in the case, for whoever may read that."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter

from api.resources.looks import Looks
from api.resources.shapes import Shown
from api.rest import Asks, Id, Page, Paging, page_of, router
from casework import record


class EntryOut(Shown):
    """One entry of the record. `hash` covers it and `prev_hash`, the hash of the entry before it in the whole chain."""

    sequence: int
    at: datetime
    by: str
    action: str
    details: dict[str, Any]
    hash: str
    prev_hash: str


def record_router(looks: Looks) -> APIRouter:
    """The one route."""
    routes = router("record")

    @routes.get("/cases/{case_id}/record", operation_id="readRecord")
    def read_record(case_id: Id, asks: Asks, paging: Paging) -> Page[EntryOut]:
        """The case's entries, newest first. A verdict is kept from whoever has yet to give the second opinion."""
        entries = record.entries(asks.store, looks.case(asks, case_id).id)
        return page_of(entries, paging, key=lambda entry: (-entry.id,), shown=EntryOut.of)

    return routes
