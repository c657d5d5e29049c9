"""The form for one sighting, on the Case page and under the map."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from casework import cases
from dashboard import parts, session
from dashboard.words import later, t
from data.clock import local_to_utc
from data.errors import BadPlace
from data.models import Case, Sighting, SightingKind

KINDS = {
    SightingKind.SEEN: later("seen by someone"),
    SightingKind.PHONE_FIX: later("phone position"),
    SightingKind.CARD_PAYMENT: later("card payment"),
    SightingKind.STATEMENT: later("statement"),
    SightingKind.CONFIRMED_MATCH: later("confirmed match"),
}
REPORTED = [kind for kind in KINDS if kind is not SightingKind.CONFIRMED_MATCH]


def sighting_form(case: Case, *, place: tuple[float, float] | None) -> None:
    """Ask for place, time, tolerance and source; `place` is the point clicked on the map, if any.

    A second click moves the place and leaves everything typed as it is.
    """
    present = datetime.now(ZoneInfo(case.timezone))
    name = f"sighting_{case.id}_{session.recall('sightings_added', 0)}"
    if place is not None and session.recall("placed") != place:
        session.keep("placed", place)
        session.set_widget(f"{name}_lat", place[0])
        session.set_widget(f"{name}_lon", place[1])
    with st.form(name, border=False):
        left, right = st.columns(2)
        lat = left.number_input(t("Latitude"), -90.0, 90.0, None, step=0.0001, format="%.6f", key=f"{name}_lat")
        lon = right.number_input(t("Longitude"), -180.0, 180.0, None, step=0.0001, format="%.6f", key=f"{name}_lon")
        day = left.date_input(t("Date"), value=present.date(), max_value=present.date())
        typed = right.text_input(
            t("Time"), placeholder="17:25", help=t("In the case's time zone, {timezone}.", timezone=case.timezone)
        )
        radius_m = left.number_input(t("Within (m)"), 0.0, 50_000.0, 50.0, step=10.0, help=t("How sure the place is."))
        minutes = right.number_input(t("Give or take (min)"), 0.0, 1440.0, 2.0, help=t("How sure the time is."))
        kind = left.selectbox(t("What it rests on"), REPORTED, format_func=lambda kind: t(KINDS[kind]))
        source = right.text_input(t("Source"), placeholder=t("who said it, or which record"), max_chars=400)
        if not st.form_submit_button(t("Add sighting"), type="primary", icon=":material/add_location:"):
            return
        with parts.errors_shown():
            by = session.who()
            if lat is None or lon is None:
                raise BadPlace(t("place: type latitude and longitude, or click the place on the map"))
            read = local_to_utc(day, parts.typed_time(typed), case.timezone)
            sighting = Sighting(
                id=cases.new_id(),
                case_id=case.id,
                lat=lat,
                lon=lon,
                radius_m=radius_m,
                at=read.at,
                tolerance_s=minutes * 60 + read.spread_s,
                kind=kind,
                source=source.strip(),
            )
            cases.add_sighting(session.store(), sighting, by=by)
            session.keep("sightings_added", session.recall("sightings_added", 0) + 1)
            session.forget("clicked")
            session.keep(
                "told",
                t("Added: {kinds}, {at}. {note}", kinds=t(KINDS[kind]), at=parts.local(read.at, case), note=read.note),
            )
            st.rerun()
