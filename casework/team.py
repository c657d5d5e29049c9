"""Who works on a case: its supervisors give roles to accounts and take them away, and one of them always stays."""

from dataclasses import dataclass

from casework.access import Person, for_machines, guard_of, needs
from data import account_rows, role_rows
from data.errors import BadInput, Conflict, NotFound
from data.models import Account, CaseRole, Permission, Role, utc_now
from data.store import Store, Writing

ROLE_WORDS = {
    Role.VIEWER: "reads the case",
    Role.ANALYST: "adds photos, sightings, footage and requests, and has footage searched",
    Role.REVIEWER: "decides on candidates",
    Role.SUPERVISOR: "does all of it, governs the case and its team",
    Role.AUDITOR: "reads the case and its record",
}


@dataclass(frozen=True)
class Member:
    """An account and the roles it holds in one case."""

    account: Account
    roles: tuple[CaseRole, ...]

    def holds(self, role: Role) -> bool:
        return any(held.role is role for held in self.roles)


@needs(Permission.READ)
def members(store: Store, case_id: str) -> list[Member]:
    """Who works on the case, by name."""
    held: dict[str, list[CaseRole]] = {}
    for role in role_rows.of_case(store, case_id):
        held.setdefault(role.account_id, []).append(role)
    found = [Member(account_rows.account(store, id), tuple(roles)) for id, roles in held.items()]
    return sorted(found, key=lambda member: member.account.name.casefold())


@needs(Permission.GOVERN)
def give_role(store: Store, case_id: str, account_name: str, role: Role, *, by: str) -> Member:
    """Give an account a role in the case. BadInput for a name without an account, and for an admin's account."""
    account = _account_to_work(store, account_name)
    _give(store, case_id, account, role, by=by)
    return next(member for member in members(store, case_id) if member.account.id == account.id)


@needs(Permission.GOVERN)
def take_role(store: Store, case_id: str, account_name: str, role: Role, *, by: str) -> None:
    """Take a role away. Conflict for the last supervisor: nobody could give roles any more."""
    account = account_rows.account_named(store, account_name)
    with store.writing() as writing:
        if role is Role.SUPERVISOR and _supervisors(store, case_id) <= {account.id}:
            raise Conflict("the last supervisor stays: make somebody else supervisor first")
        if not role_rows.take(writing, case_id, account.id, role):
            raise Conflict(f"{account.name} is not {role} here any more; look again")
        writing.audit(
            at=utc_now(), by=by, action="role taken away", case_id=case_id, account=account.name, role=role.value
        )


@for_machines
def appoint(store: Store, case_id: str, account_name: str, *, by: str) -> None:
    """Make an account supervisor of a case, from the machine's shell: for a case that nobody governs (any more)."""
    store.case(case_id)
    _give(store, case_id, _account_to_work(store, account_name), Role.SUPERVISOR, by=by)


@for_machines
def adopt(store: Store, account_name: str, *, by: str) -> int:
    """Make an account supervisor of every case that has none, such as those kept before there were roles; how many."""
    account = _account_to_work(store, account_name)
    orphans = role_rows.cases_without(store, Role.SUPERVISOR)
    for case_id in orphans:
        _give(store, case_id, account, Role.SUPERVISOR, by=by)
    return len(orphans)


def found_team(store: Store, writing: Writing, case_id: str, *, by: str) -> None:
    """In the transaction that opens a case: who opens it is its supervisor. A machine opens cases for nobody."""
    guard = guard_of(store)
    if isinstance(guard, Person) and guard.account is not None:
        role_rows.give(writing, CaseRole(case_id, guard.account.id, Role.SUPERVISOR, utc_now(), by))
        guard.has_become(Role.SUPERVISOR, case_id)


def _give(store: Store, case_id: str, account: Account, role: Role, *, by: str) -> None:
    at = utc_now()
    with store.writing() as writing:
        if role_rows.give(writing, CaseRole(case_id, account.id, role, at, by)):
            writing.audit(at=at, by=by, action="role given", case_id=case_id, account=account.name, role=role.value)


def _account_to_work(store: Store, name: str) -> Account:
    try:
        account = account_rows.account_named(store, name.strip())
    except NotFound as error:
        raise BadInput(f"{name.strip()[:80]}: there is no account of this name; an admin makes one") from error
    if account.is_admin:
        raise BadInput(f"{account.name}: manages accounts, and so cannot work on cases; use another account for that")
    if account.disabled_at is not None:
        raise BadInput(f"{account.name}: this account is disabled")
    return account


def _supervisors(store: Store, case_id: str) -> set[str]:
    """Ids of the accounts that can govern the case now."""
    held = {role.account_id for role in role_rows.of_case(store, case_id) if role.role is Role.SUPERVISOR}
    return {id for id in held if account_rows.account(store, id).disabled_at is None}
