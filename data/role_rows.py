"""Who holds which role in which case."""

from collections.abc import Sequence
from dataclasses import asdict

import sqlalchemy as sa

from data import schema
from data.models import CaseRole, Role
from data.store import Store
from data.writing import Writing

_TABLE = schema.case_roles


def of_account(store: Store, account_id: str) -> dict[str, frozenset[Role]]:
    """An account's roles by case."""
    held: dict[str, frozenset[Role]] = {}
    with store.database.reading() as connection:
        columns = (_TABLE.c.case_id, _TABLE.c.role)
        for case_id, role in connection.execute(sa.select(*columns).where(_TABLE.c.account_id == account_id)):
            held[case_id] = held.get(case_id, frozenset()) | {Role(role)}
    return held


def of_case(store: Store, case_id: str) -> list[CaseRole]:
    """Every role that is held in a case, the oldest first."""
    order = (_TABLE.c.given_at, _TABLE.c.account_id, _TABLE.c.role)
    with store.database.reading() as connection:
        rows = connection.execute(sa.select(_TABLE).where(_TABLE.c.case_id == case_id).order_by(*order)).mappings()
        return [CaseRole(**(dict(row) | {"role": Role(row["role"])})) for row in rows]


def cases_without(store: Store, role: Role) -> list[str]:
    """Ids of the cases in which nobody holds this role."""
    held = sa.select(_TABLE.c.case_id).where(_TABLE.c.role == role)
    with store.database.reading() as connection:
        return list(connection.scalars(sa.select(schema.cases.c.id).where(schema.cases.c.id.not_in(held))))


def give(writing: Writing, given: CaseRole) -> bool:
    """Give a role; False when the account holds it already."""
    key = _key(given.case_id, given.account_id, given.role)
    if writing.connection.scalar(sa.select(sa.func.count()).select_from(_TABLE).where(*key)):
        return False
    writing.connection.execute(sa.insert(_TABLE).values(asdict(given)))
    return True


def take(writing: Writing, case_id: str, account_id: str, role: Role) -> bool:
    """Take a role away; False when the account does not hold it."""
    where = _key(case_id, account_id, role)
    return writing.connection.execute(sa.delete(_TABLE).where(*where)).rowcount == 1


def _key(case_id: str, account_id: str, role: Role) -> Sequence[sa.ColumnElement[bool]]:
    return _TABLE.c.case_id == case_id, _TABLE.c.account_id == account_id, _TABLE.c.role == role
