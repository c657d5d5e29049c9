import streamlit as st

from casework import cases
from dashboard import parts, session
from data.models import Mode, utc_now

MODES = {
    Mode.WALK: "on foot",
    Mode.BICYCLE: "by bicycle",
    Mode.CAR: "by car",
    Mode.PUBLIC_TRANSPORT: "by public transport",
}
store = session.store()

st.title("Cases")
known = store.cases()
if not known:
    st.info("No case yet. Open the first one below: a number, a name, and how the person moves are enough.")
for case in known:
    sightings = store.sightings(case.id)
    with st.container(border=True):
        words, button = st.columns([5, 1], vertical_alignment="center")
        demo = " · demonstration, invented" if case.is_demo else ""
        words.markdown(f"**{parts.plain(case.subject.name)}** · case {parts.plain(case.number)}{demo}")
        if sightings:
            last = sightings[-1]
            words.caption(f"last seen {parts.ago(utc_now() - last.at)} ago · {parts.local(last.at, case)}")
        else:
            words.caption("no sighting yet")
        if button.button("Open", key=f"open_{case.id}", width="stretch"):
            session.enter_case(case.id)
            st.switch_page("pages/case.py", query_params={"case": case.id})

with st.expander("New case", expanded=not known, icon=":material/add:"), st.form("new_case", border=False):
    left, right = st.columns(2)
    number = left.text_input("Case number *", placeholder="2026-0417")
    name = right.text_input("Name of the missing person *")
    birth_date = left.date_input("Birth date", value=None, min_value="1900-01-01", max_value="today")
    mode = right.selectbox("How they move", list(MODES), format_func=MODES.__getitem__)
    timezone = left.text_input(
        "Time zone of the place", value="Europe/Helsinki", help="IANA name; all times on the pages are shown in it."
    )
    description = right.text_input("Description", placeholder="clothes, glasses, hair, bags")
    if st.form_submit_button("Open the case", type="primary"):
        by = parts.name_needed()
        with parts.errors_shown():
            case = cases.open_case(
                store,
                number=number,
                name=name,
                birth_date=birth_date,
                description=description,
                mode=mode,
                timezone=timezone,
                by=by,
            )
            session.enter_case(case.id)
            st.switch_page("pages/case.py", query_params={"case": case.id})
