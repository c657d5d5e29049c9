"""The time line as a table, for those who read rather than look."""

from collections.abc import Sequence
from html import escape
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from casework.timeline import Timeline
from dashboard import parts, session
from dashboard.timeline_marks import CANDIDATE, DECISION, SIGHTING, Mark, in_order
from dashboard.timeline_view import GOES_TO
from dashboard.words import t
from data.models import Case

FIRST = 200


def table(line: Timeline, case: Case) -> None:
    """Everything in order of time, each with a link to where it belongs; long ones in parts."""
    marks = in_order(line)
    shown = session.recall("timeline_rows", FIRST)
    st.html(html_of(marks[:shown], case))
    if len(marks) > shown and st.button(t("Show more of {n}", n=f"{len(marks):,}"), key="timeline_more"):
        session.keep("timeline_rows", shown + FIRST)
        st.rerun()


def html_of(marks: Sequence[tuple[Mark, str]], case: Case) -> str:
    """The table's HTML; every character of a text that people wrote stands for itself in it."""
    heads = (t("When"), t("What"), t("Camera"), t("More"))
    head = "".join(f'<th scope="col">{escape(words)}</th>' for words in heads)
    rows = "".join(_row(mark, camera, case) for mark, camera in marks)
    caption = escape(t("The time line of the case, oldest first"))
    return (
        f'<div class="ls-table" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(mark: Mark, camera: str, case: Case) -> str:
    page, chooses = GOES_TO[mark.kind]
    address = f"/{page}?{urlencode({'case': case.id} | ({chooses: mark.of_id} if chooses else {}))}"
    link = f'<a href="{escape(address)}" target="_self">{escape(mark.words)}</a>'
    cells = (escape(_when(mark, case)), link, escape(camera), escape(mark.more))
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _when(mark: Mark, case: Case) -> str:
    at = parts.local(mark.at, case)
    if mark.kind == SIGHTING and mark.unsure_s:
        return t("{at}, give or take {span}", at=at, span=parts.span(mark.unsure_s))
    if mark.kind in (CANDIDATE, DECISION) or mark.to_at == mark.from_at:
        return at
    return t("{at} until {end}", at=at, end=_end(mark, case))


def _end(mark: Mark, case: Case) -> str:
    """Only the time of day where it is the same day."""
    start, end = (at.astimezone(ZoneInfo(case.timezone)) for at in (mark.from_at, mark.to_at))
    return f"{end:%H:%M:%S}" if start.date() == end.date() else parts.local(end, case)
