from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from casework import cases
from casework.governance import Authority
from dashboard import parts, session
from dashboard.authority_fields import USUAL, authority_fields, end_of
from data.models import Case, Permission, utc_now

store = session.store()
known = store.cases()


def case_card(case: Case) -> None:
    sightings = store.sightings(case.id)
    words, button = st.columns([5, 1], vertical_alignment="center")
    demo = " · demonstration, invented" if case.is_demo else ""
    words.markdown(f"**{parts.plain(case.subject.name)}** · case {parts.plain(case.number)}{demo}")
    if sightings:
        last = sightings[-1]
        facts = f"last seen {parts.ago(utc_now() - last.at)} ago · {parts.local(last.at, case)}"
    else:
        facts = "no sighting yet"
    waiting = parts.waiting(case)
    words.caption(facts + (f" · **{waiting} to review**" if waiting else ""))
    if button.button("Open", key=f"open_{case.id}", width="stretch", help=f"Open case {parts.plain(case.number)}"):
        session.enter_case(case.id)
        st.switch_page("pages/case.py", query_params={"case": case.id})


st.title("Cases", anchor=False)
parts.tell()
may_open = session.may(Permission.OPEN_CASES)
if not may_open:
    st.info("This account manages accounts, and therefore sees no cases.", icon=":material/manage_accounts:")
elif not known:
    st.info(
        "No case here yet in which you have a role. Open one below: a number, a name, and how the person moves are "
        "enough. For a case of somebody else's, ask its supervisor for a role."
    )
for case in known:
    with st.container(border=True):
        case_card(case)

if not may_open:
    st.stop()
with st.expander("New case", expanded=not known, icon=":material/add:"), st.form("new_case", border=False):
    left, right = st.columns(2)
    number = left.text_input("Case number *", placeholder="2026-0417", max_chars=60)
    name = right.text_input("Name of the missing person *", max_chars=200)
    birth_date = left.date_input("Birth date", value=None, min_value="1900-01-01", max_value="today")
    mode = right.selectbox("How they move", list(parts.MODES), format_func=parts.MODES.__getitem__)
    zones = sorted(available_timezones())
    usual = known[0].timezone if known else "UTC"
    timezone = left.selectbox(
        "Time zone of the place",
        zones,
        index=zones.index(usual) if usual in zones else 0,
        help="All times on the pages are shown and read in it.",
    )
    description = right.text_input("Description", placeholder="clothes, glasses, hair, bags", max_chars=2000)
    st.markdown("**Authority** :gray[Can be filled in later; footage is searched only once all five are there.]")
    zone = ZoneInfo(timezone or "UTC")
    authority = authority_fields(
        Authority(owner=session.who(), expires_at=end_of((utc_now() + USUAL).astimezone(zone).date(), zone)),
        zone=zone,
        key="new_case",
        asks_period=False,
    )
    if st.form_submit_button("Open the case", type="primary"):
        with parts.errors_shown():
            case = cases.open_case(
                store,
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
