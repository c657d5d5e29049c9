"""The form for one sighting, on the Case page and under the map."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from casework import cases
from dashboard import parts, session
from data.clock import local_to_utc
from data.models import Case, Sighting, SightingKind

KINDS = {
    SightingKind.SEEN: "seen by someone",
    SightingKind.PHONE_FIX: "phone position",
    SightingKind.CARD_PAYMENT: "card payment",
    SightingKind.STATEMENT: "statement",
    SightingKind.CONFIRMED_MATCH: "confirmed match",
}
REPORTED = [kind for kind in KINDS if kind is not SightingKind.CONFIRMED_MATCH]


def sighting_form(case: Case, *, place: tuple[float, float] | None) -> None:
    """Ask for place, time, tolerance and source; `place` is the point clicked on the map, if any."""
    present = datetime.now(ZoneInfo(case.timezone))
    with st.form(f"sighting_{place}", border=False):
        left, right = st.columns(2)
        lat = left.number_input("Latitude", -90.0, 90.0, place[0] if place else None, format="%.6f")
        lon = right.number_input("Longitude", -180.0, 180.0, place[1] if place else None, format="%.6f")
        day = left.date_input("Date", value=present.date(), max_value=present.date())
        typed = right.text_input("Time", placeholder="17:25", help=f"In the case's time zone, {case.timezone}.")
        radius_m = left.number_input("Within (m)", 0.0, 50_000.0, 50.0, step=10.0, help="How sure the place is.")
        minutes = right.number_input("Give or take (min)", 0.0, 1440.0, 2.0, help="How sure the time is.")
        kind = left.selectbox("What it rests on", REPORTED, format_func=KINDS.__getitem__)
        source = right.text_input("Source", placeholder="who said it, or which record")
        if not st.form_submit_button("Add sighting", type="primary"):
            return
        by = parts.name_needed()
        with parts.errors_shown():
            if lat is None or lon is None:
                st.error("Place: type latitude and longitude, or click the place on the map.")
                return
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
            session.forget("clicked")
            st.rerun()
