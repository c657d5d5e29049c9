"""Who may do what. Every verb says here what it needs; what nothing allows is refused."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

import structlog

from data import role_rows, upload_rows
from data.alert_rows import alert_case, recipient_case
from data.errors import NotAllowed, NotFound
from data.models import Account, Case, Permission, Role
from data.store import Guard, Store
from data.tip_rows import tip_case

P = ParamSpec("P")
T = TypeVar("T")
log = structlog.get_logger("access")

OF_INSTALLATION = frozenset({Permission.OPEN_CASES, Permission.EDIT_CAMERAS, Permission.MANAGE_ACCOUNTS})
GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.READ}),
    Role.ANALYST: frozenset(
        {Permission.READ, Permission.SEE_PHOTOS, Permission.EDIT, Permission.ADD_FOOTAGE, Permission.SEARCH}
    ),
    Role.REVIEWER: frozenset({Permission.READ, Permission.SEE_PHOTOS, Permission.REVIEW}),
    Role.SUPERVISOR: frozenset(Permission) - OF_INSTALLATION,
    Role.AUDITOR: frozenset({Permission.READ, Permission.READ_RECORD}),
}
"""What each role may do in its case."""
EDITS_CAMERAS = frozenset({Role.ANALYST, Role.SUPERVISOR})
"""Cameras belong to no case: whoever holds one of these in any case may change them."""


class Person:
    """A signed-in account's view of a store; its roles are read once, so make a new one for each request or run."""

    def __init__(self, store: Store, account: Account) -> None:
        self.account: Account | None = account
        self.name = account.name
        self._is_admin = account.is_admin
        self._is_barred = account.disabled_at is not None or account.must_change_password
        self._roles: dict[str, frozenset[Role]] = {}
        if not (self._is_admin or self._is_barred):
            self._roles = role_rows.of_account(store, account.id)

    def may_sign(self, by: str) -> bool:
        return by == self.name

    def has_become(self, role: Role, case_id: str) -> None:
        """The person was given a role just now, in the run or request that this view is for."""
        self._roles[case_id] = self.roles(case_id) | {role}

    def roles(self, case_id: str) -> frozenset[Role]:
        return self._roles.get(case_id, frozenset())

    def sees(self, case_id: str) -> bool:
        return case_id in self._roles

    def may(self, permission: Permission, case_id: str | None = None) -> bool:
        if self._is_barred:
            return False
        match permission:
            case Permission.MANAGE_ACCOUNTS:
                return self._is_admin
            case Permission.OPEN_CASES:
                return not self._is_admin
            case Permission.EDIT_CAMERAS:
                return any(EDITS_CAMERAS & roles for roles in self._roles.values())
        return case_id is not None and any(permission in GRANTS[role] for role in self.roles(case_id))

    def may_anywhere(self, permission: Permission) -> bool:
        """Whether there is a case in which the person may."""
        return any(self.may(permission, case_id) for case_id in self._roles)

    def check(self, permission: Permission, case_id: str | None = None) -> None:
        if case_id is not None and permission not in OF_INSTALLATION and not self.sees(case_id):
            raise NotFound(f"case {case_id}: not in the store")
        if not self.may(permission, case_id):
            raise NotAllowed(f"{self.name} may not {permission}: {who_may(permission)}")


class Machine:
    """A worker, or whoever has a shell on this machine: all the work, never a verdict and never governance."""

    REFUSED = frozenset({Permission.REVIEW, Permission.GOVERN})

    def __init__(self, name: str) -> None:
        self.name = name
        self.account: Account | None = None

    def may_sign(self, by: str) -> bool:  # noqa: ARG002  a worker signs for itself and for whoever asked for the job
        return True

    def sees(self, case_id: str) -> bool:  # noqa: ARG002
        return True

    def may(self, permission: Permission, case_id: str | None = None) -> bool:  # noqa: ARG002
        return permission not in self.REFUSED

    def may_anywhere(self, permission: Permission) -> bool:
        return self.may(permission)

    def check(self, permission: Permission, case_id: str | None = None) -> None:
        if not self.may(permission, case_id):
            raise NotAllowed(f"{self.name} may not {permission}: only a signed-in person may")


def who_may(permission: Permission) -> str:
    """Which roles cover it, in words that say whom to ask."""
    match permission:
        case Permission.MANAGE_ACCOUNTS:
            return "only an admin may"
        case Permission.OPEN_CASES:
            return "an admin's account sees no cases; use an account of your own for them"
        case Permission.EDIT_CAMERAS:
            roles: Iterable[Role] = [role for role in Role if role in EDITS_CAMERAS]
            where = "of any case"
        case _:
            roles = [role for role in Role if permission in GRANTS[role]]
            where = "of this case"
    return f"it needs the role {' or '.join(roles)}, which a supervisor {where} gives on its Case page, under Team"


def guard_of(store: Store) -> Guard:
    """Who looks at the store; NotAllowed where that is nobody."""
    if store.guard is None:
        raise NotAllowed("nobody is signed in here")
    return store.guard


def needs(permission: Permission) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a verb be called only on a store whose guard allows `permission` in every case that the verb concerns.

    The cases are found by the verb's parameters (see CASE_OF), what it does is signed by `by`, where it has one. A verb
    whose case cannot be found is an error when it is defined, not when it is called.
    """

    def decorate(verb: Callable[P, T]) -> Callable[P, T]:
        signature = inspect.signature(verb)
        subjects = [] if permission in OF_INSTALLATION else [name for name in CASE_OF if name in signature.parameters]
        if not subjects and permission not in OF_INSTALLATION:
            raise TypeError(f"{verb.__qualname__}: which case it concerns cannot be told from its parameters")

        @wraps(verb)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            given = signature.bind(*args, **kwargs)
            given.apply_defaults()
            store = _store_in(next(iter(given.arguments.values())))
            guard = guard_of(store)
            with refusals_logged(guard, verb):
                if not subjects:
                    guard.check(permission)
                for place, name in enumerate(subjects):
                    for case_id in _concerned(store, name, given.arguments[name], is_first=place == 0):
                        guard.check(permission, case_id)
                if "by" in given.arguments:
                    check_signs(guard, given.arguments["by"])
            return verb(*args, **kwargs)

        cast(Any, checked).needed = permission
        return checked

    return decorate


def checks_itself(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb that looks by itself at who calls it, since what it needs hangs on more than a case; never for nobody."""

    @wraps(verb)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        with refusals_logged(guard_of(_store_in(args[0])), verb):
            return verb(*args, **kwargs)

    cast(Any, checked).needed = "itself"
    return checked


def for_machines(verb: Callable[P, T]) -> Callable[P, T]:
    """A verb for workers and the shell alone: what it does is nobody's work in a case."""

    @wraps(verb)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        guard = guard_of(_store_in(args[0]))
        with refusals_logged(guard, verb):
            if guard.account is not None:
                raise NotAllowed(f"{guard.name} may not do this: it is the machine's own work, or done from its shell")
        return verb(*args, **kwargs)

    cast(Any, checked).needed = "machine"
    return checked


def check_signs(guard: Guard, by: object) -> None:
    """NotAllowed where a deed is to stand in the record under another name than that of the one who does it."""
    if not guard.may_sign(str(by)):
        raise NotAllowed(f"{guard.name} may not sign as {str(by)[:80]!r}")


@contextmanager
def refusals_logged(guard: Guard, verb: Callable[..., Any]) -> Iterator[None]:
    """Say in the process's log who was refused what: many such lines are somebody who tries doors."""
    try:
        yield
    except NotAllowed as error:
        log.warning("refused", who=guard.name, verb=verb.__qualname__, why=str(error))
        raise


def _store_in(first: Any) -> Store:
    """The store among a verb's first argument: itself, or that of a desk or a workshop."""
    return first if isinstance(first, Store) else cast(Store, first.store)


def _concerned(store: Store, name: str, value: Any, *, is_first: bool) -> Iterable[str | None]:
    """The cases that a parameter names. A verb's first subject must name one: nobody has a role in no case."""
    if value is None:
        return [None] if is_first else []
    return CASE_OF[name](store, value)


def _cases_of_matches(store: Store, ids: Iterable[str]) -> set[str]:
    return {store.match(id).case_id for id in ids}


def _cases_of_together(store: Store, together_id: str) -> set[str]:
    found = _cases_of_matches(store, [review.match_id for review in store.reviews_together(together_id)])
    if not found:
        raise NotFound(f"decision {together_id[:40]}: not in the store")
    return found


def _case_of_upload(store: Store, upload_id: str) -> list[str]:
    case_id = upload_rows.upload(store, upload_id).case_id
    return [] if case_id is None else [case_id]


CASE_OF: dict[str, Callable[[Store, Any], Iterable[str]]] = {
    "case_id": lambda _store, id: [id],
    "case": lambda _store, case: [case.id],
    "match_id": lambda store, id: [store.match(id).case_id],
    "match_ids": _cases_of_matches,
    "match": lambda _store, match: [match.case_id],
    "photo_id": lambda store, id: [store.photo(id).case_id],
    "photo": lambda _store, photo: [photo.case_id],
    "photo_ids": lambda store, ids: {store.photo(id).case_id for id in ids},
    "photos": lambda _store, photos: {photo.case_id for photo in photos},
    "footage_id": lambda store, id: [store.footage(id).case_id],
    "job_id": lambda store, id: [store.job(id).case_id],
    "job": lambda _store, job: [job.case_id],
    "sighting_id": lambda store, id: [store.sighting(id).case_id],
    "sighting": lambda _store, sighting: [sighting.case_id],
    "request_id": lambda store, id: [store.request(id).case_id],
    "together_id": _cases_of_together,
    "alert_id": lambda store, id: [alert_case(store, id)],
    "recipient_id": lambda store, id: [recipient_case(store, id)],
    "tip_id": lambda store, id: [tip_case(store, id)],
    "upload_id": _case_of_upload,
    "was": lambda _store, was: [was.id if isinstance(was, Case) else was.case_id],
}
"""By parameter name, how to find the ids of the cases that a verb concerns; in the order of their weight."""
