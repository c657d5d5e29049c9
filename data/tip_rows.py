"""Rows of the public's pages and tips."""

from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import schema
from data.errors import Conflict, NotFound
from data.rows import Row, to_row
from data.store import Store, Writing
from data.tip_models import Tip, TipPage, TipState
from data.writing import of_case

_tips, _pages, _tries = schema.tips, schema.tip_pages, schema.tip_tries


def _one(store: Store, query: sa.Select[Any]) -> Row | None:
    with store.database.reading() as connection:
        return connection.execute(query).mappings().first()


# pages


def page_of_case(store: Store, case_id: str) -> TipPage | None:
    """The page of a case that is seen here; None where it never had one."""
    row = _one(store, sa.select(_pages).where(_pages.c.case_id == case_id)) if store.sees(case_id) else None
    return None if row is None else TipPage(**row)


def page_by_code(store: Store, code: str) -> TipPage | None:
    """The page at an address, open or not."""
    row = _one(store, sa.select(_pages).where(_pages.c.code == code))
    return None if row is None else TipPage(**row)


def put_page(writing: Writing, page: TipPage) -> None:
    """Add the case's page, or replace it."""
    row = to_row(page)
    where = _pages.c.case_id == page.case_id
    if writing.connection.execute(sa.update(_pages).where(where).values(row)).rowcount == 0:
        writing.connection.execute(sa.insert(_pages).values(row))
    writing.changed(of_case(page.case_id))


# how often somebody tries


def tries(store: Store, case_id: str, since: datetime, *, address_key: str | None = None) -> int:
    """How many tips somebody began to send to the case since then: all together, or from one address."""
    where = sa.and_(_tries.c.case_id == case_id, _tries.c.at > since)
    if address_key is not None:
        where = sa.and_(where, _tries.c.address_key == address_key)
    row = _one(store, sa.select(sa.func.count().label("n")).select_from(_tries).where(where))
    return int(row["n"]) if row else 0


def add_try(writing: Writing, case_id: str, *, at: datetime, address_key: str, kept: timedelta) -> None:
    """Note a try; what is older than `kept` is forgotten, of every case."""
    writing.connection.execute(sa.delete(_tries).where(_tries.c.at < at - kept))
    writing.connection.execute(sa.insert(_tries).values(case_id=case_id, at=at, address_key=address_key))


# tips


def add_tip(writing: Writing, tip: Tip, *, ticket: str, contact: str) -> None:
    """`contact` is encrypted already."""
    row = to_row(tip)
    del row["has_contact"]
    writing.connection.execute(sa.insert(_tips).values(row | {"ticket": ticket, "contact": contact}))
    writing.changed(of_case(tip.case_id))


def number_of_ticket(store: Store, case_id: str, ticket: str) -> str | None:
    """The number of the tip that came with this ticket."""
    query = sa.select(_tips.c.number).where(_tips.c.case_id == case_id, _tips.c.ticket == ticket)
    row = _one(store, query)
    return None if row is None else str(row["number"])


def waiting_bytes(store: Store, case_id: str) -> int:
    """How large the files of the case's waiting tips are together."""
    query = sa.select(sa.func.coalesce(sa.func.sum(_tips.c.size_bytes), 0).label("n"))
    row = _one(store, query.where(_tips.c.case_id == case_id, _tips.c.state == TipState.WAITING))
    return int(row["n"]) if row else 0


def tips(store: Store, case_id: str) -> list[Tip]:
    """The case's tips, oldest first; none where the case is not seen."""
    if not store.sees(case_id):
        return []
    query = sa.select(_tips).where(_tips.c.case_id == case_id).order_by(_tips.c.came_at, _tips.c.id)
    with store.database.reading() as connection:
        return [_tip(row) for row in connection.execute(query).mappings()]


def tip(store: Store, id: str) -> Tip:
    row = _one(store, sa.select(_tips).where(_tips.c.id == id))
    if row is None or not store.sees(row["case_id"]):
        raise NotFound(f"tip {id[:40]}: not in the store")
    return _tip(row)


def tip_case(store: Store, id: str) -> str:
    """The case of a tip, whoever looks."""
    row = _one(store, sa.select(_tips.c.case_id).where(_tips.c.id == id))
    if row is None:
        raise NotFound(f"tip {id[:40]}: not in the store")
    return str(row["case_id"])


def contact(store: Store, id: str) -> str:
    """How to reach the tipster, encrypted; "" where they did not say."""
    tip(store, id)
    row = _one(store, sa.select(_tips.c.contact).where(_tips.c.id == id))
    return str(row["contact"]) if row else ""


def change_tip(writing: Writing, was: Tip, **values: Any) -> None:
    """Set columns of a tip; Conflict when it is no longer in the state that it `was`."""
    where = sa.and_(_tips.c.id == was.id, _tips.c.state == was.state)
    if writing.connection.execute(sa.update(_tips).where(where).values(values)).rowcount != 1:
        raise Conflict("someone else dealt with this tip just now; look again")
    writing.changed(of_case(was.case_id))


def _tip(row: Row) -> Tip:
    own = {f.name: row[f.name] for f in fields(Tip) if f.name not in ("state", "has_contact")}
    return Tip(**own, state=TipState(row["state"]), has_contact=bool(row["contact"]))
