"""The picture of the time line: what is handed to its script, and where a click on it leads."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from casework.timeline import Looked, Timeline
from dashboard import session
from dashboard.timeline_marks import (
    CANDIDATE,
    DEADLINE,
    DECISION,
    FOOTAGE,
    REQUEST,
    SIGHTING,
    Line,
    Mark,
    decision_marks,
    lines,
    looked_words,
    request_words,
    sighting_marks,
    state_words,
)
from dashboard.words import reader, t
from data.models import Case, MatchState, RequestState

GOES_TO = {
    SIGHTING: ("map", ""),
    REQUEST: ("requests", ""),
    DEADLINE: ("requests", ""),
    FOOTAGE: ("footage", "camera"),
    CANDIDATE: ("review", "match"),
    DECISION: ("review", "match"),
}
"""By kind of mark: the page that a click opens, and what it chooses there."""
_STATIC = Path(__file__).with_name("static")
_SCRIPTS = (
    "lastseen-timeline-time.js",
    "lastseen-timeline-shapes.js",
    "lastseen-timeline-hands.js",
    "lastseen-timeline.js",
)
_picture = st.components.v2.component(
    "lastseen_timeline",
    html='<section class="line"></section>',
    css=(_STATIC / "lastseen-timeline.css").read_text(encoding="utf-8"),
    js="\n".join((_STATIC / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


def picture(line: Timeline, case: Case) -> None:
    """Show the picture; go where a click on it leads."""
    rows, (sightings, decisions) = lines(line), of_the_case(line)
    result = _picture(
        key=f"timeline_{case.id}", data=told(line, case, rows, sightings, decisions), on_go_change=lambda: None
    )
    marks = [*sightings, *decisions, *(mark for row in rows for mark in row.marks)]
    if isinstance(result.go, Mapping):
        go_to(case, str(result.go.get("kind")), str(result.go.get("id")), marks)


def of_the_case(line: Timeline) -> tuple[list[Mark], list[Mark]]:
    """The sightings and the decisions, which stand in rows of their own."""
    return sighting_marks(line), decision_marks(line)


def go_to(case: Case, kind: str, of_id: str, marks: Sequence[Mark]) -> None:
    """Open the page of one of these marks; nothing for what is none of them."""
    if not any(mark.kind == kind and mark.of_id == of_id for mark in marks):
        return
    page, chooses = GOES_TO[kind]
    address = {"case": case.id}
    if chooses:
        session.choose(chooses, of_id)
        address[chooses] = of_id
    st.switch_page(f"pages/{page}.py", query_params=address)


def told(
    line: Timeline, case: Case, rows: Sequence[Line], sightings: Sequence[Mark], decisions: Sequence[Mark]
) -> dict[str, Any]:
    """What the script is given: times as seconds since 1970, every text plain."""
    first, last = line.extent or (line.now, line.now)
    return {
        "case": case.id,
        "zone": case.timezone,
        "language": reader().code,
        "now": _s(line.now),
        "extent": [_s(first), _s(last)],
        "sightings": [_told(mark) for mark in sightings],
        "decisions": [_told(mark) for mark in decisions],
        "rows": [
            {"id": row.camera_id, "name": row.name, "under": row.under, "marks": [_told(mark) for mark in row.marks]}
            for row in rows
        ],
        "pages": {kind: {"page": page, "chooses": chooses} for kind, (page, chooses) in GOES_TO.items()},
        "words": _words(),
    }


def _told(mark: Mark) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": mark.kind,
        "id": mark.of_id,
        "at": _s(mark.at),
        "from": _s(mark.from_at),
        "to": _s(mark.to_at),
        "look": mark.look,
        "words": mark.words,
        "more": mark.more,
        "unsure": mark.unsure_s,
    }
    if mark.parts:
        found["parts"] = [[looked, _s(start), _s(end)] for looked, start, end in mark.parts]
    if mark.number:
        found["number"] = mark.number
    return found


def _s(at: datetime) -> float:
    return round(at.timestamp(), 1)


def _words() -> dict[str, Any]:
    return {
        "name": t("Time line of the case"),
        "how": t(
            "Arrow keys go from mark to mark, Enter opens one, plus and minus zoom, 0 shows the whole case. "
            "Drag to move in time, Ctrl and wheel to zoom. The same stands in a table below."
        ),
        "earlier": t("Earlier"),
        "later": t("Later"),
        "closer": t("Zoom in"),
        "wider": t("Zoom out"),
        "whole": t("Whole case"),
        "until_now": t("Until now"),
        "now": t("now"),
        "sightings": t("Sightings"),
        "decisions": t("Decisions"),
        "decisions_under": t("when they were taken"),
        "find": t("Find a camera"),
        "show": t("Cameras shown"),
        "all": t("All cameras"),
        "with_footage": t("With footage"),
        "with_candidates": t("With candidates"),
        "asked": t("Only asked for"),
        "no_rows": t("No camera fits. Choose All cameras, or empty the field."),
        "shown": t("{shown} of {all} cameras"),
        "many": t("{n} together, click to come closer"),
        "and_more": t("and {n} more"),
        "overview": t("The whole time, and the part of it that is shown"),
        "clock_not_known": t("clock?"),
        "goes": {
            SIGHTING: t("Opens the map"),
            REQUEST: t("Opens the requests"),
            DEADLINE: t("Opens the requests"),
            FOOTAGE: t("Opens the footage"),
            CANDIDATE: t("Opens the candidate"),
            DECISION: t("Opens the candidate"),
        },
        "looked": {str(looked): looked_words(looked) for looked in Looked},
        "requests": {str(state): request_words(state) for state in RequestState},
        "states": {str(state): state_words(state) for state in MatchState},
        "legend": {
            "sighting": t("sighting, with the time it may be off"),
            "candidate": t("candidate"),
            "request": t("minutes asked for"),
            "deadline": t("will be overwritten"),
            "clock": t("how far the clock may be wrong"),
            "decision": t("decision"),
        },
    }
