import pandas as pd
import streamlit as st

from casework import review, search
from dashboard import map_view, parts, session
from dashboard.assets import map_links
from dashboard.map import CameraPin, CaseOnMap, MatchLook, MatchPin, PinKind, SightingPin, View, base_map
from dashboard.sighting_form import KINDS, sighting_form
from data.models import MatchState, SightingKind
from geo.coverage import sectors

case = parts.case_needed()
store = session.store()
settings = session.settings()

sightings = store.sightings(case.id)
area = store.area(case.id)
ranking = session.ranking(case)
ranked = list(ranking.cameras)
by_id = {r.camera.id: r for r in ranked}
with_footage = {f.camera_id for f in store.footages(case.id)}
selected = session.recall("camera")

st.title("Map")
for warning in ranking.warnings:
    st.warning(parts.plain(warning), icon=":material/info:")


def camera_pins() -> list[CameraPin]:
    place_of = {r.camera.id: place for place, r in enumerate(ranked, start=1)}
    pins = []
    for camera in session.cameras():
        place = place_of.get(camera.id)
        shows_sector = camera.id == selected or (place is not None and place <= 20)
        name = camera.name or camera.id
        pins.append(
            CameraPin(
                camera.id,
                camera.lat,
                camera.lon,
                f"{place}. {name}\n{camera.owner}" if place else f"{name}\n{camera.owner}",
                rank=place,
                sectors=sectors(camera) if shows_sector else (),
                is_selected=camera.id == selected,
                has_footage=camera.id in with_footage,
            )
        )
    return pins


def sighting_pins() -> list[SightingPin]:
    return [
        SightingPin(
            s.id,
            s.lat,
            s.lon,
            f"{number}. {KINDS[s.kind]}\n{parts.local(s.at, case)}\n{s.source}",
            number=number,
            radius_m=s.radius_m,
            is_confirmed_match=s.kind is SightingKind.CONFIRMED_MATCH,
            is_last=number == len(sightings),
        )
        for number, s in enumerate(sightings, start=1)
    ]


def match_pins() -> list[MatchPin]:
    # a confirmed match stands on the map as its sighting
    shown = review.candidates(store, case.id, states=(MatchState.TO_REVIEW, MatchState.UNSURE, MatchState.REJECTED))
    return [
        MatchPin(
            c.match.id,
            c.camera.lat,
            c.camera.lon,
            f"{parts.STATE_WORDS[c.match.state]}: similarity {c.match.track.similarity:.2f}\n{c.camera.name}",
            MatchLook(c.match.state.value),
        )
        for c in shown
    ]


def view() -> View:
    """All sightings; before there are any, all cameras. Moves again only when a sighting comes or goes."""
    places = [(s.lat, s.lon) for s in sightings] or [(c.lat, c.lon) for c in session.cameras()]
    token = ",".join(s.id for s in sightings)
    if selected in by_id and session.recall("go_to") == selected:
        camera = by_id[selected].camera
        places, token = [*places, (camera.lat, camera.lon)], f"{token}+{selected}"
    return View.around(places, token=token)


clicked = session.recall("clicked")
on_map = CaseOnMap(
    view=view(),
    cameras=camera_pins(),
    sightings=sighting_pins(),
    matches=match_pins(),
    route=[(s.lat, s.lon) for s in sightings],
    areas=area.features,
    draft=(*clicked, 50.0) if clicked else None,
)

left, right = st.columns([1.35, 1])
with left:
    base = base_map(
        map_links(),
        streets_url=session.street_sheet(case),
        tiles_url=settings.tiles_url,
        tiles_attribution=settings.tiles_attribution,
    )
    news = map_view.show(base, on_map, key=f"map_{case.id}", height_px=600)
    if news.areas is not None:
        with parts.errors_shown():
            search.set_area(store, case.id, news.areas, by=session.who() or "unnamed")
            st.rerun()
    if news.pin is not None and news.pin.kind is PinKind.CAMERA and news.pin.id != selected:
        session.keep("camera", news.pin.id)
        st.rerun()
    if news.pin is not None and news.pin.kind is PinKind.MATCH:
        session.keep("match", news.pin.id)
        st.switch_page("pages/review.py", query_params={"case": case.id})
    if news.place is not None:
        session.keep("clicked", news.place)
        st.rerun()
    if clicked:
        with st.container(border=True):
            words, button = st.columns([4, 1], vertical_alignment="center")
            words.markdown(f"**New sighting at {clicked[0]:.5f}, {clicked[1]:.5f}**")
            if button.button("Cancel", width="stretch"):
                session.forget("clicked")
                st.rerun()
            sighting_form(case, place=clicked)
    else:
        st.caption("Click the map to add a sighting there. Draw a circle or a shape to search only inside it.")

with right:
    st.subheader("Cameras to ask first")
    basis = "along the streets" if ranking.basis == "streets" else "by straight lines: no street network is loaded"
    hidden = f" · {ranking.outside_area} more outside the drawn area" if ranking.outside_area else ""
    st.caption(f"{len(ranked)} cameras, ranked {basis}{hidden}")
    if not ranked and sightings:
        st.info("No camera inside the drawn area could have seen the person. The nearest beyond it are:")
        for r in ranking.nearest_beyond:
            st.markdown(f"- {parts.plain(r.camera.name or r.camera.id)} · {parts.plain(r.camera.owner)}")
    elif not sightings:
        st.info("Click the map where the person was last seen. The cameras are ranked from there.")
    if ranked:
        table = pd.DataFrame(
            {
                "#": range(1, len(ranked) + 1),
                "Camera": [r.camera.name or r.camera.id for r in ranked],
                "Ask for": [parts.short_span(r.start, r.end, case) for r in ranked],
                "Best": [parts.short_time(r.best_guess, case) for r in ranked],
                "Gone": [parts.short_day(r.overwritten_at, case) for r in ranked],
                "Footage": ["here" if r.camera.id in with_footage else "" for r in ranked],
            }
        )
        chosen = st.dataframe(
            table,
            hide_index=True,
            height=330,
            on_select="rerun",
            selection_mode="single-row",
            key=f"ranked_{case.id}",
            column_config={
                "#": st.column_config.NumberColumn(width=34),
                "Camera": st.column_config.TextColumn(width=150),
                "Ask for": st.column_config.TextColumn(width=92, help="Minutes in true time, on the case's clocks"),
                "Best": st.column_config.TextColumn(width=50, help="Watch around this moment first"),
                "Gone": st.column_config.TextColumn(width=56, help="The recorder overwrites it on this day"),
                "Footage": st.column_config.TextColumn(width=60),
            },
        )
        rows = chosen["selection"]["rows"]
        picked = ranked[rows[0]].camera.id if rows and rows[0] < len(ranked) else None
        if picked != session.recall("picked"):
            session.keep("picked", picked)
            if picked and picked != selected:
                session.keep("camera", picked)
                session.keep("go_to", picked)
                st.rerun()
    if selected in by_id:
        chosen_camera = by_id[selected]
        place = ranked.index(chosen_camera) + 1
        with st.container(border=True):
            st.markdown(f"**{place}. {parts.plain(chosen_camera.camera.name or selected)}**")
            owner = " · ".join(parts.plain(t) for t in (chosen_camera.camera.owner, chosen_camera.camera.contact) if t)
            if owner:
                st.caption(owner)
            st.markdown(
                f"Ask for **{parts.local(chosen_camera.start, case)}** to **{parts.local(chosen_camera.end, case)}**"
                + parts.recorder_words(chosen_camera, case)
            )
            st.markdown("\n".join(f"- {parts.plain(reason)}" for reason in chosen_camera.reasons))
            if st.button("Add footage from this camera", type="primary", icon=":material/upload:"):
                st.switch_page("pages/footage.py", query_params={"case": case.id})
    elif ranked:
        st.caption("Select a row, or click a camera on the map, to see why it stands there.")
