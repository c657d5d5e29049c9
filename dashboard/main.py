"""The frame of every page: navigation, the case at hand, who is at work."""

import streamlit as st

from dashboard import parts, session

st.set_page_config(page_title="LastSeen", page_icon="📍", layout="wide")

# Streamlit leaves a hand's breadth empty around every page; on a laptop the map needs it.
st.html("<style>.stMainBlockContainer{padding:2.6rem 1.6rem 2rem}</style>")

pages = [
    st.Page("pages/cases.py", title="Cases", icon=":material/folder_open:", default=True),
    st.Page("pages/case.py", title="Case", icon=":material/person_search:", url_path="case"),
    st.Page("pages/map.py", title="Map", icon=":material/map:", url_path="map"),
    st.Page("pages/cameras.py", title="Cameras", icon=":material/nest_cam_outdoor:", url_path="cameras"),
    st.Page("pages/requests.py", title="Requests", icon=":material/outgoing_mail:", url_path="requests"),
    st.Page("pages/footage.py", title="Footage", icon=":material/videocam:", url_path="footage"),
    st.Page("pages/review.py", title="Review", icon=":material/fact_check:", url_path="review"),
]
page = st.navigation(pages)
case = session.case_or_none()
with st.sidebar:
    session.ask_name()
    parts.sidebar(case)
with parts.errors_shown():
    page.run()
