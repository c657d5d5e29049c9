"""Where and when a candidate was seen, beside the sightings and the others (lastseen-review-where.js)."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from casework.footage import true_time
from casework.review import Candidate
from dashboard import parts, session
from dashboard.words import t, tn
from data.models import Case, MatchState, Sighting

MOST = 300
"""Of more candidates those nearest in time are drawn."""
NEAR_S = 15 * 60
_STATIC = Path(__file__).with_name("static")
_where = st.components.v2.component(
    "lastseen_review_where",
    html='<div class="where"></div>',
    css=(_STATIC / "lastseen-review-where.css").read_text(encoding="utf-8"),
    js=(_STATIC / "lastseen-review-where.js").read_text(encoding="utf-8"),
)


def where(case: Case, candidate: Candidate, found: Sequence[Candidate], sightings: Sequence[Sighting]) -> str | None:
    """Show it; the id of another candidate that was clicked at."""
    at = _at(candidate)
    near = sorted(found, key=lambda one: abs((_at(one) - at).total_seconds()))[:MOST]
    given = [one for one in sightings if one.match_id != candidate.match.id]
    told = _told(candidate, at, found, given)
    result = _where(
        key="review_where",
        data={
            "current": candidate.match.id,
            "marks": [_mark(one, case) for one in near],
            "sightings": [_sighting(n, one, case) for n, one in enumerate(given, start=1)],
            "ways": [{"lat": leg.sighting.lat, "lon": leg.sighting.lon} for leg in candidate.ways],
            "tiles": f"/tiles/cases/{case.id}" if session.store().streets(case.id) else "",
            "zone": case.timezone,
            "told_map": f"{t('Map of the candidates and sightings.')} {told}",
            "told_line": f"{t('Time line of the candidates and sightings.')} {told}",
            "legend": _legend(near),
        },
        on_chosen_change=lambda: None,
    )
    st.caption(told)
    chosen = result.chosen
    known = {one.match.id for one in found}
    return str(chosen) if chosen in known and chosen != candidate.match.id else None


def _at(candidate: Candidate) -> datetime:
    return true_time(candidate.footage, candidate.match.track.best_s)


def _told(candidate: Candidate, at: datetime, found: Sequence[Candidate], sightings: Sequence[Sighting]) -> str:
    """The same in words."""
    others = [one for one in found if one is not candidate]
    here = sum(one.camera.id == candidate.camera.id for one in others)
    near = sum(abs((_at(one) - at).total_seconds()) <= NEAR_S for one in others)
    before = max((one.at for one in sightings if one.at <= at), default=None)
    after = min((one.at for one in sightings if one.at > at), default=None)
    said = []
    if before is not None:
        said.append(t("{span} after the sighting before.", span=parts.ago(at - before)))
    if after is not None:
        said.append(t("{span} before the next sighting.", span=parts.ago(after - at)))
    said.append(tn("{n} other candidate at this camera,", "{n} other candidates at this camera,", here))
    said.append(tn("{n} within 15 minutes.", "{n} within 15 minutes.", near))
    return " ".join(said)


def _mark(one: Candidate, case: Case) -> dict[str, Any]:
    at = _at(one)
    look = one.match.state.value
    words = f"{one.camera.name or one.camera.id}, {parts.short_time(at, case)}, {parts.STATE_WORDS[one.match.state]}"
    return {
        "id": one.match.id, "camera": one.camera.id, "lat": one.camera.lat, "lon": one.camera.lon,
        "at": at.timestamp(), "look": look, "label": words,
    }  # fmt: skip


def _sighting(number: int, one: Sighting, case: Case) -> dict[str, Any]:
    words = f"{number}. {parts.short_time(one.at, case)} {one.source}"
    return {"n": number, "lat": one.lat, "lon": one.lon, "at": one.at.timestamp(), "label": words}


def _legend(shown: Sequence[Candidate]) -> list[tuple[str, str]]:
    """What stands in the picture, and no more."""
    states = {one.match.state for one in shown}
    open_states = {MatchState.UNSURE, MatchState.DISPUTED, MatchState.HALF_CONFIRMED}
    rows = [("here", t("this one")), ("sighting", t("sighting"))]
    rows += [("to_review", t("to review"))] if MatchState.TO_REVIEW in states else []
    rows += [("unsure", t("looked at, open"))] if open_states & states else []
    rows += [("confirmed", t("confirmed"))] if MatchState.CONFIRMED in states else []
    rows += [("rejected", t("rejected"))] if MatchState.REJECTED in states else []
    return rows
