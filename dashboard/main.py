"""The frame of every page: navigation, the case at hand, who is at work."""

from pathlib import Path

import streamlit as st

from dashboard import look, parts, session, tour
from dashboard.words import t

LOOK = Path(__file__).with_name("static") / "lastseen-pages.css"
SIDE_BAR_PX = 248

# Before the navigation, which would else fetch its own icon for the browser's tab from another machine.
st.set_page_config(page_title="LastSeen", page_icon="📍", layout="wide", initial_sidebar_state=SIDE_BAR_PX)
st.html(LOOK)

pages = [
    st.Page("pages/cases.py", title=t("Cases"), icon=":material/folder_open:", default=True),
    st.Page("pages/case.py", title=t("Case"), icon=":material/person_search:", url_path="case"),
    st.Page("pages/map.py", title=t("Map"), icon=":material/map:", url_path="map"),
    st.Page("pages/cameras.py", title=t("Cameras"), icon=":material/nest_cam_outdoor:", url_path="cameras"),
    st.Page("pages/requests.py", title=t("Requests"), icon=":material/outgoing_mail:", url_path="requests"),
    st.Page("pages/tips.py", title=t("Tips"), icon=":material/forum:", url_path="tips"),
    st.Page("pages/footage.py", title=t("Footage"), icon=":material/videocam:", url_path="footage"),
    st.Page("pages/live.py", title=t("Live cameras"), icon=":material/live_tv:", url_path="live"),
    st.Page("pages/review.py", title=t("Review"), icon=":material/fact_check:", url_path="review"),
    st.Page("pages/alerts.py", title=t("Alerts"), icon=":material/notifications:", url_path="alerts"),
    st.Page("pages/timeline.py", title=t("Time line"), icon=":material/timeline:", url_path="timeline"),
    st.Page("pages/record.py", title=t("Record"), icon=":material/history_edu:", url_path="record"),
    st.Page("pages/glossary.py", title=t("Glossary"), icon=":material/dictionary:", url_path="glossary"),
]
page = st.navigation(pages, expanded=True)
with st.sidebar:
    look.wear([f"/{known.url_path}" for known in pages])
st.set_page_config(page_title=f"{page.title} · LastSeen")
case = session.case_or_none()
with st.sidebar:
    parts.signed_in()
    parts.sidebar(case, url_path=page.url_path)
    look.choice()
with st.container():  # one element, with words or without: a page's map is made anew where its place changes
    parts.still_said()
with st.container():
    tour.guide(case, page.url_path)
with parts.errors_shown():
    page.run()
