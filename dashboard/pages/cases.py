from zoneinfo import available_timezones

import streamlit as st

from casework import cases
from dashboard import parts, session
from data.models import Case, utc_now

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
if not known:
    st.info("No case yet. Open the first one below: a number, a name, and how the person moves are enough.")
for case in known:
    with st.container(border=True):
        case_card(case)

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
                by=parts.name_needed(),
            )
            session.enter_case(case.id)
            st.switch_page("pages/case.py", query_params={"case": case.id})
