"""The form that opens a case: a number, a name and how the person moves are enough."""

from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from casework import cases
from casework.governance import Authority
from dashboard import parts, session
from dashboard.authority_fields import USUAL, authority_fields, end_of
from dashboard.words import t
from data.models import utc_now


def case_form(usual_zone: str) -> None:
    """Ask for a new case; goes to its page once it is opened."""
    with st.form("new_case", border=False):
        left, right = st.columns(2)
        number = left.text_input(t("Case number *"), placeholder="2026-0417", max_chars=60)
        name = right.text_input(t("Name of the missing person *"), max_chars=200)
        birth_date = left.date_input(t("Birth date"), value=None, min_value="1900-01-01", max_value="today")
        mode = right.selectbox(t("How they move"), list(parts.MODES), format_func=lambda mode: t(parts.MODES[mode]))
        zones = sorted(available_timezones())
        timezone = left.selectbox(
            t("Time zone of the place"),
            zones,
            index=zones.index(usual_zone) if usual_zone in zones else 0,
            help=t("All times on the pages are shown and read in it."),
        )
        description = right.text_input(t("Description"), placeholder=t("clothes, glasses, hair, bags"), max_chars=2000)
        authority_can_wait = t("Can be filled in later; footage is searched only once all five are there.")
        st.markdown(f"**{t('Authority')}** :gray[{authority_can_wait}]")
        zone = ZoneInfo(timezone or "UTC")
        authority = authority_fields(
            Authority(owner=session.who(), expires_at=end_of((utc_now() + USUAL).astimezone(zone).date(), zone)),
            zone=zone,
            key="new_case",
            asks_period=False,
        )
        if st.form_submit_button(t("Open the case"), type="primary"):
            with parts.errors_shown():
                case = cases.open_case(
                    session.store(),
                    number=number,
                    name=name,
                    birth_date=birth_date,
                    description=description,
                    mode=mode,
                    timezone=timezone,
                    authority=authority,
                    by=session.who(),
                )
                session.enter_case(case.id)
                st.switch_page("pages/case.py", query_params={"case": case.id})
