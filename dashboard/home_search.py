"""Searching from the home page: a case, a person, a camera or a note, with what was found marked in its text."""

import streamlit as st

from casework.finding import Hit, Kind, find, html_of
from dashboard import parts, session
from dashboard.words import later, t, tn

MOST = 20
KINDS = {
    Kind.CASE_NUMBER: (later("case number"), ":material/folder_open:"),
    Kind.NAME: (later("name"), ":material/person_search:"),
    Kind.CAMERA: (later("camera"), ":material/nest_cam_outdoor:"),
    Kind.CASE_NOTE: (later("note of a case"), ":material/sticky_note_2:"),
    Kind.REQUEST_NOTE: (later("note of a request"), ":material/sticky_note_2:"),
    Kind.REVIEW_NOTE: (later("note of a decision"), ":material/sticky_note_2:"),
}
PAGES = {
    Kind.CASE_NUMBER: "case",
    Kind.NAME: "case",
    Kind.CAMERA: "cameras",
    Kind.CASE_NOTE: "case",
    Kind.REQUEST_NOTE: "requests",
    Kind.REVIEW_NOTE: "review",
}


def search_field() -> str:
    """The field, and what is typed in it."""
    return st.text_input(
        t("Search"),
        placeholder=t("case number, name, camera, words of a note"),
        max_chars=100,
        key="home_search",
        icon=":material/search:",
        help=t("A few letters are enough; accents and small slips do not matter. Enter searches."),
    ).strip()


def hits(text: str) -> None:
    """What fits, best first; a click goes there."""
    with st.spinner(t("Searching …")):  # the first time after cameras changed takes seconds with 100,000 of them
        found = find(session.store(), text, names=session.camera_names(), limit=MOST)
    if not found:
        st.info(
            t("Nothing fits in the cases that you may see. Try fewer letters, or another word."),
            icon=":material/search_off:",
        )
        return
    many = t("The {n} that fit best; more letters tell more", n=MOST)
    st.caption(many if len(found) == MOST else tn("{n} found", "{n} found", len(found)))
    for number, hit in enumerate(found):
        _hit(hit, number)


def _hit(hit: Hit, number: int) -> None:
    kind, icon = KINDS[hit.kind]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"found_{number}"):
        if st.button(
            t("Open {what}", what=parts.plain(hit.title)), key=f"hit_{number}_{hit.id}", type="tertiary", icon=icon
        ):
            go_to(hit)
        st.html(f'<p class="ls-hit"><span>{t(kind)}</span> {html_of(hit.excerpt)}</p>')


def go_to(hit: Hit) -> None:
    """Open the page where a hit stands."""
    address: dict[str, str] = {}
    if hit.case_id is not None:
        session.enter_case(hit.case_id)
        address["case"] = hit.case_id
    if hit.kind is Kind.CAMERA:
        session.choose("camera", hit.id)
        address["camera"] = hit.id
    elif hit.kind is Kind.REVIEW_NOTE:
        session.choose("match", hit.id)
        address["match"] = hit.id
    st.switch_page(f"pages/{PAGES[hit.kind]}.py", query_params=address)
