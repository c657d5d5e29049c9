import streamlit as st

from casework.timeline import timeline
from dashboard import parts, session
from dashboard.assets import STATIC_DIR
from dashboard.timeline_table import table
from dashboard.timeline_view import picture
from dashboard.words import t

LOOK = STATIC_DIR / "lastseen-home.css"
case = parts.case_needed()
line = timeline(session.store(), case)

parts.heading(t("Time line"), case)
if line.extent is None:
    st.info(
        t(
            "Nothing has a time yet. Add where and when the person was last seen: from it follow the cameras to ask, "
            "and the minutes to ask for."
        ),
        icon=":material/timeline:",
    )
    st.page_link(
        "pages/case.py", label=t("Add a sighting"), icon=":material/add_location_alt:", query_params={"case": case.id}
    )
    st.stop()
st.html(LOOK)
picture(line, case)
as_table = st.expander(t("The same as a table"), icon=":material/table_rows:", key="timeline_table", on_change="rerun")
if as_table.open:
    with as_table:
        table(line, case)
