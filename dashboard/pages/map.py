from urllib.parse import quote

import streamlit as st

from casework import review, search
from dashboard import map_view, parts, pins, session
from dashboard.assets import map_links
from dashboard.ground import ground_of
from dashboard.map import CaseOnMap, PinKind, base_map
from dashboard.sighting_form import sighting_form
from data.models import Camera, MatchState, Permission, SightingKind

LISTED = 50
ON_MAP = (
    MatchState.TO_REVIEW,
    MatchState.HALF_CONFIRMED,
    MatchState.UNSURE,
    MatchState.DISPUTED,
    MatchState.REJECTED,
)
# candidates with a pin; a confirmed one stands there as its sighting
case = parts.case_needed()
store = session.store()

sightings = store.sightings(case.id)
cameras = session.cameras().by_id
area = store.area(case.id)
was_area = session.drawn_from("area", area)
ranking = session.ranking(case)
ranked = list(ranking.cameras)
place_of = {r.camera.id: place for place, r in enumerate(ranked, start=1)}
with_footage = session.with_footage(case)
selected = session.chosen("camera")
selected_camera = cameras.get(selected or "")
may_edit = session.may(Permission.EDIT, case)
clicked = session.recall("clicked") if may_edit else None

parts.heading("Map", case)
with st.container():  # always one element, however many words: else the map below would be made anew
    parts.tell()
    for warning in ranking.warnings:
        st.warning(parts.plain(warning), icon=":material/info:")


def case_on_map() -> CaseOnMap:
    waiting = review.candidates(store, case.id, states=ON_MAP)
    go_to = selected_camera if session.recall("go_to") == selected else None
    return CaseOnMap(
        view=pins.case_view(sightings, ranked, list(cameras.values()), go_to=go_to),
        cameras=pins.camera_pins(cameras, ranked, selected=selected, with_footage=with_footage),
        cameras_token=session.cameras_token(case),
        sightings=pins.sighting_pins(sightings, case),
        matches=pins.match_pins(waiting),  # a confirmed one stands there as its sighting
        route=[(s.lat, s.lon) for s in sightings],
        areas=area.features,
        areas_token=session.area_token(area.features),
        draft=(*clicked, 50.0) if clicked else None,
    )


def the_map() -> None:
    base = base_map(
        map_links(),
        cameras_url=f"/api/v1/cameras?case={quote(case.id, safe='')}",
        ground=ground_of(case),
    )
    news = map_view.show(base, case_on_map(), key=f"map_{case.id}", height_px=560)
    if news.areas is not None:
        with parts.errors_shown():
            drawn = search.set_area(store, case.id, news.areas, by=session.who(), was=was_area)
            session.area_token(drawn.features, drawn_here=True)
            st.rerun()
    if news.pin is not None and news.pin.kind is PinKind.CAMERA and news.pin.id != selected:
        session.choose("camera", news.pin.id)
        st.rerun()
    if news.pin is not None and news.pin.kind is PinKind.MATCH:
        session.choose("match", news.pin.id)
        st.switch_page("pages/review.py", query_params={"case": case.id, "match": news.pin.id})
    if news.place is not None and may_edit:
        session.keep("clicked", news.place)
        st.rerun()


def area_by_hand() -> None:
    with st.form("radius", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        radius_m = st.number_input(
            "Only within … m of the last sighting",
            1.0,
            100_000.0,
            500.0,
            step=100.0,
            format="%.0f",
            width=250,
            help="The same as a circle drawn on the map, for those who would rather type. It replaces what is drawn.",
        )
        wanted = st.form_submit_button("Set circle", disabled=not sightings)
        cleared = st.form_submit_button("Clear area", disabled=not area.features)
    if wanted or cleared:
        with parts.errors_shown():
            features = [pins.circle_around(sightings[-1], radius_m)] if wanted else []
            search.set_area(store, case.id, features, by=session.who(), was=was_area)
            st.rerun()


def new_sighting() -> None:
    with st.container(border=True):
        words, button = st.columns([4, 1.4], vertical_alignment="center")
        words.markdown("**New sighting at the clicked place**")
        if button.button("Cancel", width="stretch"):
            session.forget("clicked")
            session.forget("placed")
            st.rerun()
        sighting_form(case, place=clicked)


def row(camera_id: str) -> str:
    place = place_of[camera_id]
    r = ranked[place - 1]
    footage = " · footage here" if camera_id in with_footage else ""
    gone = f" · overwritten {parts.short_day(r.overwritten_at, case)}" if r.overwritten_at else ""
    minutes = f"ask for {parts.short_span(r.start, r.end, case)}{gone}{footage}"
    return f"**{place}** {parts.plain(r.camera.name or camera_id)}  \n:small[:gray[{minutes}]]"


def pick() -> None:
    if (picked := session.widget(f"ranked_{case.id}")) is not None:  # None: the browser forgot it, nobody unchose it
        session.choose("camera", picked)
        session.keep("go_to", picked)


def ranked_list() -> None:
    st.subheader("Cameras to ask first", anchor=False)
    basis = "along the streets" if ranking.basis == "streets" else "by straight lines: no street network is loaded"
    hidden = f" · {ranking.outside_area} outside the drawn area" if ranking.outside_area else ""
    if sightings:
        last = sightings[-1]
        match = " (confirmed match)" if last.kind is SightingKind.CONFIRMED_MATCH else ""
        st.caption(
            f"{len(ranked)} cameras{hidden}, ranked {basis}, from sighting {len(sightings)}{match}, "
            f"{parts.short_time(last.at, case)}"
        )
    else:
        where = "Click the map where the person was last seen. " if may_edit else "No sighting yet. "
        st.info(f"{where}The cameras are ranked from there.")
        return
    if not ranked and ranking.nearest_beyond:
        st.info("No camera inside the drawn area could have seen the person. The nearest beyond it are:")
        for r in ranking.nearest_beyond:
            st.markdown(f"- {parts.plain(r.camera.name or r.camera.id)} · {parts.plain(r.camera.owner)}")
    if not ranked:
        return
    listed = ranked[: session.recall("listed", LISTED)]
    session.set_widget(f"ranked_{case.id}", selected if selected in {r.camera.id for r in listed} else None)
    with st.container(height=318, border=True, key="ranked_list"):
        st.radio(
            "Cameras to ask first",
            [r.camera.id for r in listed],
            index=None,
            format_func=row,
            key=f"ranked_{case.id}",
            on_change=pick,
            label_visibility="collapsed",
            width="stretch",
        )
        if len(listed) < len(ranked) and st.button(f"Show more of {len(ranked)}"):
            session.keep("listed", len(listed) + LISTED)
            st.rerun()


def camera_card(camera: Camera) -> None:
    place = place_of.get(camera.id)
    with st.container(border=True, key="camera_card"):
        name, button = st.columns([1.6, 1], vertical_alignment="center")
        name.markdown((f"**{place}. " if place else "**") + f"{parts.plain(camera.name or camera.id)}**")
        may_add = session.may(Permission.ADD_FOOTAGE, case)
        if may_add and button.button("Add footage", type="primary", icon=":material/upload:", width="stretch"):
            st.switch_page("pages/footage.py", query_params={"case": case.id, "camera": camera.id})
        owner = " · ".join(parts.plain(t) for t in (camera.owner, camera.contact) if t)
        if owner:
            st.caption(owner)
        if place:
            r = ranked[place - 1]
            st.markdown(
                f"Ask for **{parts.local(r.start, case)}** to **{parts.local(r.end, case)}**"
                f"{parts.recorder_words(r, case)}; look around **{parts.short_time(r.best_guess, case)}** first."
            )
            st.markdown("\n".join(f"- {parts.plain(reason)}" for reason in r.reasons))
        elif sightings:
            st.markdown("Not in the ranking: out of reach in the time there was, or outside the drawn area.")


left, right = st.columns([1.3, 1], gap="medium")
with left:
    the_map()
    if parts.may(Permission.EDIT, case):
        st.caption(
            "Click the map to add a sighting there, a camera to see why it is ranked so. "
            "Draw a circle or a shape to see only the cameras inside it."
        )
        area_by_hand()
with right:
    if clicked:
        new_sighting()
    ranked_list()
    if selected_camera is not None:
        camera_card(selected_camera)
    elif ranked:
        st.caption("Choose a camera in the list or on the map to see why it stands there.")
