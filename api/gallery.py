"""/api/v1/footage/{id}/gallery: search a footage for the people of all other open cases that the caller may search."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from api.resources.jobs import JobOut
from api.rest import CONFLICT, Asks, Caller, Id, Out, Scope, router, scope
from casework import gallery_search


class LeftOutCases(Out):
    """So many cases that the caller sees are left out, and why."""

    why: str
    cases: int


class FoundIn(Out):
    """A case that the caller sees and in which there are candidates from this search."""

    case_id: str
    number: str
    candidates: int


class SearchOut(Out):
    """The newest such search: how far it is, how many cases it covers, and what it found where the caller may look.

    `dropped` cases could not be searched to the end: they were closed meanwhile, or whoever asked may no longer search
    there. The job itself counts no candidates, for they belong to other cases.
    """

    job: JobOut
    cases: int
    left_out: list[LeftOutCases]
    dropped: int
    found: list[FoundIn]


class GalleryOut(Out):
    """How many other open cases a search would cover now, and the newest search."""

    cases: Annotated[int, Field(description="other open cases that the caller may search")]
    left_out: list[LeftOutCases]
    last: SearchOut | None


def gallery_router(*, engine: str, queue: str) -> APIRouter:
    """The routes; `engine` and `queue` are those of new searches."""
    routes = router("faces")

    @routes.get("/footage/{footage_id}/gallery", operation_id="readGallerySearch", summary="Search of all open cases")
    def read_gallery(footage_id: Id, asks: Asks) -> GalleryOut:
        """Which cases such a search would cover, and what the newest one gave. Only cases that the caller sees."""
        reach = gallery_search.reach(asks.store, footage_id)
        return GalleryOut(
            cases=len(reach.photo_ids), left_out=_left_out(reach.reasons), last=_last(asks, footage_id)
        )  # fmt: skip

    @routes.post(
        "/footage/{footage_id}/gallery",
        operation_id="searchGallery",
        status_code=201,
        responses=CONFLICT,
        dependencies=[scope(Scope.FACES)],
        summary="Search for the people of all other open cases",
    )
    def search_gallery(footage_id: Id, asks: Asks) -> JobOut:
        """Have a worker search the footage for everybody who is sought in another open case that the caller may search.

        The floor is raised, so that all of them together bring no more strangers than one. Candidates land in the cases
        that they concern.
        """
        return JobOut.told(
            gallery_search.request_gallery(asks.store, footage_id, engine=engine, queue=queue, by=asks.name)
        )

    return routes


def _last(asks: Caller, footage_id: str) -> SearchOut | None:
    job = gallery_search.last_gallery(asks.store, footage_id)
    if job is None:
        return None
    given = gallery_search.given(asks.store, job)
    found = [FoundIn(case_id=case.id, number=case.number, candidates=n) for case, n in given.found]
    return SearchOut(
        job=JobOut.told(job), cases=given.cases, left_out=_left_out(given.left_out), dropped=given.dropped, found=found
    )


def _left_out(reasons: dict[str, int]) -> list[LeftOutCases]:
    return [LeftOutCases(why=why, cases=n) for why, n in reasons.items()]
