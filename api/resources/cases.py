"""/api/v1/cases: the cases that the caller sees, what they rest on, and who works on them."""

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.resources.looks import Looks
from api.resources.shapes import IF_MATCH, Because, Day, Line, Moment, Said, Shown, Text
from api.rest import CONFLICT, Asks, Caller, Id, Out, Page, Paging, Scope, check_unchanged, page_of, router, scope
from casework import cases, governance, team
from casework.access import guard_of
from casework.governance import Authority
from data.models import Case, Mode, Permission, Role, utc_now

NUMBER = Annotated[str, Query(max_length=200, description="Only the case of this number.")]
CLOSED = Annotated[bool | None, Query(description="true: only closed cases; false: only open ones.")]


class CaseOut(Out):
    """A case in a list. `why_not_searchable` says what it lacks, null where footage may be searched for it."""

    id: str
    number: str
    name: str
    mode: Mode
    timezone: str
    created_at: datetime
    closed_at: datetime | None
    is_demo: bool
    why_not_searchable: str | None


class AuthorityOut(Shown):
    """What a case rests on. `owner` is the name of the account that answers for it."""

    legal_basis: str
    reference: str
    purpose: str
    owner: str
    expires_at: datetime | None
    search_from: datetime | None
    search_to: datetime | None


class PeriodOut(Shown):
    """The true times within which footage is searched, and where they come from."""

    start: datetime
    end: datetime | None
    reason: str


class CaseDetails(CaseOut):
    """One case with all that is known of it. `may` is what the caller may do in it."""

    birth_date: date | None
    is_minor: bool
    description: str
    notes: str
    authority: AuthorityOut
    period: PeriodOut
    legal_hold: str
    release_reason: str
    keeps_vectors: bool
    vectors_reason: str
    vectors_expire_at: datetime | None
    may: list[Permission]


class AuthorityIn(Said):
    """What a case is to rest on; what is left out is empty, and can be filled in later."""

    legal_basis: Line = ""
    reference: Line = ""
    purpose: Line = ""
    owner: Line = ""
    expires_at: Moment | None = None
    search_from: Moment | None = None
    search_to: Moment | None = None

    def authority(self) -> Authority:
        return Authority(**dict(self))


class CaseIn(Said):
    """A new case. Whoever opens it becomes its supervisor."""

    number: Line
    name: Line
    birth_date: Day | None = None
    description: Text = ""
    mode: Mode = Mode.WALK
    timezone: Annotated[str, Field(max_length=64)] = "UTC"
    notes: Text = ""
    authority: AuthorityIn | None = None


class CaseChange(Said):
    """What is to be different; what is left out stays."""

    name: Line | None = None
    birth_date: Day | None = None
    description: Text | None = None
    mode: Mode | None = None
    notes: Text | None = None


class MemberOut(Out):
    """Who works on a case, and as what."""

    name: str
    full_name: str
    roles: list[Role]


def brief(case: Case) -> CaseOut:
    return CaseOut(**_brief(case))


def _brief(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "number": case.number,
        "name": case.subject.name,
        "mode": case.mode,
        "timezone": case.timezone,
        "created_at": case.created_at,
        "closed_at": case.closed_at,
        "is_demo": case.is_demo,
        "why_not_searchable": governance.why_not_searchable(case, utc_now()),
    }


def details(asks: Caller, case: Case) -> CaseDetails:
    guard = guard_of(asks.store)
    return CaseDetails(
        **_brief(case),
        birth_date=case.subject.birth_date,
        is_minor=governance.is_minor(case, utc_now()),
        description=case.subject.description,
        notes=case.notes,
        authority=AuthorityOut.of(governance.authority_of(case)),
        period=PeriodOut.of(governance.period(case, asks.store.sightings(case.id))),
        legal_hold=case.legal_hold,
        release_reason=case.release_reason,
        keeps_vectors=case.keeps_vectors,
        vectors_reason=case.vectors_reason,
        vectors_expire_at=case.vectors_expire_at,
        may=[permission for permission in Permission if guard.may(permission, case.id)],
    )


def cases_router(looks: Looks) -> APIRouter:
    """The routes of cases; `looks` gives out cases and notes who looked."""
    routes = router("cases")

    @routes.get("/cases", operation_id="listCases")
    def list_cases(asks: Asks, paging: Paging, number: NUMBER = "", closed: CLOSED = None) -> Page[CaseOut]:
        """The cases in which the caller has a role, the newest first."""
        found = [
            case
            for case in asks.store.cases()
            if (not number or case.number == number) and closed in (None, case.closed_at is not None)
        ]
        return page_of(found, paging, key=lambda case: (-case.created_at.timestamp(), case.id), shown=brief)

    @routes.post("/cases", operation_id="openCase", status_code=201, responses=CONFLICT)
    def open_case(said: CaseIn, asks: Asks, response: Response) -> CaseDetails:
        """Open a case. 409 where the number is taken."""
        told = dict(said) | {"authority": said.authority.authority() if said.authority else None}
        case = cases.open_case(asks.store, **told, by=asks.name)
        response.headers["Location"] = f"/api/v1/cases/{case.id}"
        return details(asks, case)

    @routes.get("/cases/{case_id}", operation_id="readCase")
    def read_case(case_id: Id, asks: Asks) -> CaseDetails:
        """One case. That it was looked at stands in its record, once an hour for each account."""
        return details(asks, looks.case(asks, case_id))

    @routes.patch("/cases/{case_id}", operation_id="changeCase", responses=IF_MATCH)
    def change_case(case_id: Id, said: CaseChange, asks: Asks, request: Request) -> CaseDetails:
        """Correct the subject, the way they move, or the notes; with `If-Match`, 412 where somebody else did first."""
        was = asks.store.case(case_id)
        check_unchanged(request, details(asks, was))
        told = {name: value for name, value in said.given.items() if value is not None or name == "birth_date"}
        of_subject = {name: told.pop(name) for name in ("name", "birth_date", "description") if name in told}
        kept = {"mode": was.mode, "notes": was.notes} | told
        subject = replace(was.subject, **of_subject)
        return details(asks, cases.change_case(asks.store, was, by=asks.name, subject=subject, **kept))

    _govern(routes)
    _team(routes)
    return routes


def _govern(routes: APIRouter) -> None:
    governs = [scope(Scope.GOVERN)]

    @routes.put("/cases/{case_id}/authority", operation_id="setAuthority", dependencies=governs, responses=IF_MATCH)
    def set_authority(case_id: Id, said: AuthorityIn, asks: Asks, request: Request) -> CaseDetails:
        """Say what the case rests on: all of it, at once."""
        was = asks.store.case(case_id)
        check_unchanged(request, details(asks, was))
        return details(asks, governance.set_authority(asks.store, was, said.authority(), by=asks.name))

    @routes.post("/cases/{case_id}/close", operation_id="closeCase", dependencies=governs, responses=CONFLICT)
    def close_case(case_id: Id, said: Because, asks: Asks) -> CaseDetails:
        """End the work on a case: it is searched no more, and its retention clock runs."""
        return details(asks, governance.close_case(asks.store, case_id, reason=said.reason, by=asks.name))

    @routes.post("/cases/{case_id}/reopen", operation_id="reopenCase", dependencies=governs, responses=CONFLICT)
    def reopen_case(case_id: Id, said: Because, asks: Asks) -> CaseDetails:
        """Undo the closing of a case."""
        return details(asks, governance.reopen_case(asks.store, case_id, reason=said.reason, by=asks.name))


def _team(routes: APIRouter) -> None:
    governs = [scope(Scope.GOVERN)]
    place = "/cases/{case_id}/team/{account}/{role}"

    def shown(member: team.Member) -> MemberOut:
        roles = sorted((held.role for held in member.roles), key=list(Role).index)
        return MemberOut(name=member.account.name, full_name=member.account.full_name, roles=roles)

    @routes.get("/cases/{case_id}/team", operation_id="listTeam")
    def list_team(case_id: Id, asks: Asks) -> list[MemberOut]:
        """Who works on the case, by name."""
        return [shown(member) for member in team.members(asks.store, case_id)]

    @routes.put(place, operation_id="giveRole", dependencies=governs, responses=CONFLICT)
    def give_role(case_id: Id, account: Line, role: Role, asks: Asks) -> MemberOut:
        """Give an account a role in the case; harmless to repeat."""
        return shown(team.give_role(asks.store, case_id, account, role, by=asks.name))

    @routes.delete(place, operation_id="takeRole", status_code=204, dependencies=governs, responses=CONFLICT)
    def take_role(case_id: Id, account: Line, role: Role, asks: Asks) -> None:
        """Take a role away. 409 for the last supervisor: nobody could give roles any more."""
        team.take_role(asks.store, case_id, account, role, by=asks.name)
