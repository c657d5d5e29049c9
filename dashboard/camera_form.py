"""The form for one camera, new or to be corrected."""

import streamlit as st

from casework import cameras, cases
from dashboard import session
from data.errors import BadInput
from data.importers import parse_direction
from data.models import Camera

KINDS = {"": "not known", "fixed": "fixed", "dome": "dome", "ptz": "turns and zooms (PTZ)"}
INDOOR = {None: "not known", True: "indoors", False: "outdoors"}


def camera_form(camera: Camera | None) -> None:
    """Ask for a camera's facts; everything but its place may stay unknown."""
    kept = camera
    was = session.drawn_from(f"camera_{camera.id}", camera) if camera else None
    with st.form(f"camera_{camera.id if camera else 'new'}", border=False, clear_on_submit=camera is None):
        left, right = st.columns(2)
        name = left.text_input("Name *", value=kept.name if kept else "", placeholder="Library, main entrance")
        owner = right.text_input("Owner", value=kept.owner if kept else "", help="Requests are grouped by it.")
        lat = left.number_input("Latitude *", -90.0, 90.0, kept.lat if kept else None, format="%.6f")
        lon = right.number_input("Longitude *", -180.0, 180.0, kept.lon if kept else None, format="%.6f")
        contact = left.text_input("Contact", value=kept.contact if kept else "", placeholder="telephone, e-mail")
        retention = right.number_input(
            "Recordings are kept for (days)", 0.0, None, kept.retention_days if kept else None, step=1.0,
            help="Decides by when its owner has to be asked. Leave empty when nobody knows.",
        )  # fmt: skip
        offset_s = left.number_input(
            "Recorder is ahead of true time by (s)", value=kept.clock_offset_s if kept else 0.0, step=1.0,
            help="Negative when it is behind.",
        )  # fmt: skip
        checked = right.text_input(
            "How the clock was checked", value=kept.clock_checked if kept else "",
            placeholder="against a phone, 2 March, by Ann",
        )  # fmt: skip
        headings = left.text_input(
            "Looks towards", value=_headings(kept), placeholder="90 · NE · 90; 180",
            help="Degrees clockwise from north, or compass letters; several with a semicolon. Empty when not known.",
        )  # fmt: skip
        fov = right.number_input("Field of view (degrees)", 0.0, 360.0, kept.fov_deg if kept else None, step=5.0)
        range_m = left.number_input("Sees as far as (m)", 0.0, None, kept.range_m if kept else None, step=5.0)
        kind = right.selectbox(
            "Kind", list(KINDS), index=list(KINDS).index(kept.kind) if kept and kept.kind in KINDS else 0,
            format_func=KINDS.__getitem__,
        )  # fmt: skip
        indoor = left.selectbox(
            "Where", list(INDOOR), index=list(INDOOR).index(kept.is_indoor) if kept else 0,
            format_func=INDOOR.__getitem__,
        )  # fmt: skip
        mount = right.text_input("Mount", value=kept.mount if kept else "", placeholder="wall, pole, ceiling")
        width_px = left.number_input("Picture width (px)", 0, 100_000, kept.width_px if kept else None)
        height_px = right.number_input("Picture height (px)", 0, 100_000, kept.height_px if kept else None)
        verified = left.date_input("Last verified", value=kept.last_verified if kept else None, max_value="today")
        if not st.form_submit_button("Save" if kept else "Add camera", type="primary"):
            return
        by = session.who()
        if lat is None or lon is None or not name.strip():
            raise BadInput("camera: it needs a name, a latitude and a longitude")
        saved = cameras.save_camera(
            session.store(),
            Camera(
                id=kept.id if kept else f"camera-{cases.new_id()[:12]}",
                name=name,
                lat=lat,
                lon=lon,
                headings_deg=_typed_headings(headings, kept),
                fov_deg=fov or None,
                range_m=range_m or None,
                width_px=width_px or None,
                height_px=height_px or None,
                kind=kind,
                mount=mount,
                is_indoor=indoor,
                owner=owner,
                contact=contact,
                retention_days=retention or None,
                clock_offset_s=offset_s,
                clock_checked=checked,
                direction_text=kept.direction_text if kept else "",
                source=kept.source if kept else f"entered by {by}",
                last_verified=verified,
            ),
            by=by,
            was=was,
        )
        session.keep("camera_saved", f"{saved.name} is saved.")
        session.keep("edited_camera", saved.id)
        st.rerun()


def _headings(camera: Camera | None) -> str:
    return "; ".join(f"{heading:g}" for heading in camera.headings_deg) if camera else ""


def _typed_headings(text: str, camera: Camera | None) -> tuple[float, ...]:
    if camera is not None and text == _headings(camera):
        return camera.headings_deg
    direction = parse_direction(text)
    if not direction.understood:
        raise BadInput(f"looks towards: {text!r} is not understood; write 90, NE, or several as 90; 180")
    return direction.headings_deg
