"""The fields of a case's authority, as the form of a new case and the Case page show them."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import streamlit as st

from casework.governance import Authority
from dashboard.words import t

USUAL = timedelta(days=30)
"""An expiry to begin with, for a form that is filled in at night; whoever saves it answers for it."""


def end_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    """The last moment of a day, as the clocks of the place count it."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time(), zone)


def start_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    return None if day is None else datetime.combine(day, time(), zone)


def last_day(at: datetime | None, zone: ZoneInfo) -> date | None:
    """The day that `end_of` made this moment of."""
    return None if at is None else (at.astimezone(zone) - timedelta(seconds=1)).date()


def first_day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return None if at is None else at.astimezone(zone).date()


def authority_fields(known: Authority, *, zone: ZoneInfo, key: str, asks_period: bool) -> Authority:
    """Ask for an authority, inside a form; what is left empty stays empty, what was typed stays on an error."""
    left, right = st.columns(2)
    legal_basis = left.text_input(
        t("Legal basis"), value=known.legal_basis, key=f"{key}_basis", max_chars=2000,
        placeholder=t("Police Act, chapter 2, section 1"),
        help=t("The law, order or consent under which faces may be searched for in this case."),
    )  # fmt: skip
    reference = right.text_input(
        t("Authority and its reference"), value=known.reference, key=f"{key}_reference", max_chars=2000,
        placeholder=t("Turku Police, duty officer, 5560/R/17/26"),
        help=t("Who permitted it, and the number under which it can be found again."),
    )  # fmt: skip
    purpose = left.text_input(
        t("Purpose"), value=known.purpose, key=f"{key}_purpose", max_chars=2000,
        placeholder=t("to find a missing person whose life is in danger"),
    )  # fmt: skip
    owner = right.text_input(
        t("Owner (account name)"), value=known.owner, key=f"{key}_owner", max_chars=200,
        help=t("The account of the person who answers for the case."),
    )  # fmt: skip
    until = left.date_input(
        t("Authority lasts until the end of"), value=last_day(known.expires_at, zone), key=f"{key}_until",
        help=t("After that day nothing is searched any more, and the clock of retention runs."),
    )  # fmt: skip
    search_from, search_to = known.search_from, known.search_to
    if asks_period:
        start, end = right.columns(2)
        words = t("Footage that lies wholly outside is not searched. Empty: from the day before the first sighting on.")
        from_day = start.date_input(
            t("Search footage from"), value=first_day(search_from, zone), key=f"{key}_from", help=words
        )
        to_day = end.date_input(t("to"), value=last_day(search_to, zone), key=f"{key}_to")
        search_from, search_to = start_of(from_day, zone), end_of(to_day, zone)
    return Authority(legal_basis, reference, purpose, owner, end_of(until, zone), search_from, search_to)
