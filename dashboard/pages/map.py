from dataclasses import replace
from urllib.parse import quote

import streamlit as st

from dashboard import area_part, hours, live, map_view, parts, pins, session
from dashboard.assets import map_links
from dashboard.drawing import on_map, tools
from dashboard.ground import ground_of
from dashboard.map import base_map
from dashboard.map_layers import CaseOnMap, PinKind
from dashboard.sighting_form import sighting_form
from dashboard.words import t, tn
from data.models import Camera, Permission, SightingKind, utc_now
from geo.drawn import drawing_from

LISTED = 50
case = parts.case_needed()
store = session.store()

sightings = store.sightings(case.id)
all_cameras = session.cameras()
cameras = all_cameras.by_id
drawing = drawing_from(store.area(case.id).features)
ranking = session.ranking(case)
ranked = ranking.cameras
place_of = session.rank_of(case)
with_footage = session.with_footage(case)
selected = session.chosen("camera")
selected_camera = cameras.get(selected or "")
may_edit = session.may(Permission.EDIT, case)
clicked = session.recall("clicked") if may_edit else None

parts.heading(t("Map"), case)
with st.container():  # always one element, however many words: else the map below would be made anew
    parts.tell()
    for warning in ranking.warnings:
        st.warning(parts.plain(warning), icon=":material/info:")


def case_on_map() -> CaseOnMap:
    now = utc_now()
    go_to = selected_camera if session.recall("go_to") == selected else None
    view = pins.case_view(sightings, ranked, all_cameras.box, go_to=go_to)
    return CaseOnMap(
        view=replace(view, token=live.by_hand_token("view", view.token)),  # a colleague's sighting moves no map
        cameras=pins.camera_pins(cameras, ranked, place_of, selected=selected, with_footage=with_footage),
        cameras_token=session.cameras_token(case),
        layers=hours.now_layers(store, case, sightings, cameras, session.streets().of(store, case.id), now=now),
        time=hours.time_axis(case, sightings, now=now),
        areas=on_map(drawing),
        areas_token=area_part.token(drawing),
        draft=(*clicked, 50.0) if clicked else None,
        title=f"{case.subject.name} · {case.number}",
    )


def the_map() -> None:
    base = base_map(
        map_links(),
        cameras_url=f"/api/v1/cameras?case={quote(case.id, safe='')}",
        places_url=f"/api/v1/places?case={quote(case.id, safe='')}",
        ground=ground_of(case),
        drawing=tools(draws=may_edit),
    )
    news = map_view.show(base, case_on_map(), key=f"map_{case.id}", height_px=560)
    if news.areas is not None:
        area_part.drawn_on_map(case, drawing, news.areas)
    if news.pin is not None and news.pin.kind is PinKind.CAMERA and news.pin.id != selected:
        session.choose("camera", news.pin.id)
        st.rerun()
    if news.pin is not None and news.pin.kind is PinKind.MATCH:
        session.choose("match", news.pin.id)
        st.switch_page("pages/review.py", query_params={"case": case.id, "match": news.pin.id})
    if news.pin is not None and news.pin.kind is PinKind.TIP:
        session.choose("tip", news.pin.id)
        st.switch_page("pages/tips.py", query_params={"case": case.id, "tip": news.pin.id})
    if news.place is not None and may_edit:
        session.keep("clicked", news.place)
        st.rerun()


def new_sighting() -> None:
    with st.container(border=True):
        words, button = st.columns([4, 1.4], vertical_alignment="center")
        words.markdown(f"**{t('New sighting at the clicked place')}**")
        if button.button(t("Cancel"), width="stretch"):
            session.forget("clicked")
            session.forget("placed")
            st.rerun()
        sighting_form(case, place=clicked)


def row(camera_id: str) -> str:
    name = parts.plain(cameras[camera_id].name or camera_id)
    footage = f" · {t('footage here')}" if camera_id in with_footage else ""
    place = place_of.get(camera_id)
    if place is None:
        return f"**–** {name}  \n:small[:gray[{t('not in the ranking')}{footage}]]"
    r = ranked[place - 1]
    minutes = t("ask for {minutes}", minutes=parts.short_span(r.start, r.end, case))
    gone = f" · {t('overwritten {day}', day=parts.short_day(r.overwritten_at, case))}" if r.overwritten_at else ""
    return f"**{place}** {name}  \n:small[:gray[{minutes}{gone}{footage}]]"


def pick() -> None:
    if (picked := session.widget(f"ranked_{case.id}")) is not None:  # None: the browser forgot it, nobody unchose it
        session.choose("camera", picked)
        session.keep("go_to", picked)


def basis_words() -> str:
    last = sightings[-1]
    along = ranking.basis == "streets"
    words = [
        tn("{n} camera", "{n} cameras", len(ranked)),
        *([t("{n} outside the drawn area", n=ranking.outside_area)] if ranking.outside_area else []),
        t("ranked along the streets") if along else t("ranked by straight lines: no street network is loaded"),
        t("from sighting {n}, {time}", n=len(sightings), time=parts.short_time(last.at, case)),
        *([t("a confirmed match")] if last.kind is SightingKind.CONFIRMED_MATCH else []),
    ]
    return " · ".join(words)


def ranked_list() -> None:
    st.subheader(t("Cameras to ask first"), anchor=False)
    if not sightings:
        where = t("Click the map where the person was last seen.") if may_edit else t("No sighting yet.")
        st.info(f"{where} {t('The cameras are ranked from there.')}", icon=":material/ads_click:")
        return
    st.caption(
        basis_words(),
        help=t(
            "Best first: how likely the person came past each camera in the minutes there were, on how many of the "
            "likely ways it lies that cameras before it do not see, and how soon its recorder overwrites them."
        ),
    )
    if not ranked and ranking.nearest_beyond:
        st.info(t("No camera inside the drawn area could have seen the person. The nearest beyond it are:"))
        for r in ranking.nearest_beyond:
            st.markdown(f"- {parts.plain(r.camera.name or r.camera.id)} · {parts.plain(r.camera.owner)}")
    listed = [r.camera.id for r in ranked[: session.recall("listed", LISTED)]]
    if selected_camera is not None and selected_camera.id not in listed:
        listed.append(selected_camera.id)  # chosen on the map from further down, or from those that are not ranked
    if not listed:
        return
    session.set_widget(f"ranked_{case.id}", selected if selected_camera is not None else None)
    with st.container(height=318, border=True, key="ranked_list"):
        st.radio(
            t("Cameras to ask first"),
            listed,
            index=None,
            format_func=row,
            key=f"ranked_{case.id}",
            on_change=pick,
            label_visibility="collapsed",
            width="stretch",
        )
        shown = session.recall("listed", LISTED)
        if shown < len(ranked) and st.button(t("Show more of {n}", n=len(ranked))):
            session.keep("listed", shown + LISTED)
            st.rerun()


def camera_card(camera: Camera) -> None:
    place = place_of.get(camera.id)
    with st.container(border=True, key="camera_card"):
        name, button = st.columns([1.6, 1], vertical_alignment="center")
        name.markdown((f"**{place}. " if place else "**") + f"{parts.plain(camera.name or camera.id)}**")
        may_add = session.may(Permission.ADD_FOOTAGE, case)
        if may_add and button.button(t("Add footage"), type="primary", icon=":material/upload:", width="stretch"):
            st.switch_page("pages/footage.py", query_params={"case": case.id, "camera": camera.id})
        owner = " · ".join(parts.plain(words) for words in (camera.owner, camera.contact) if words)
        if owner:
            st.caption(owner)
        if place:
            r = ranked[place - 1]
            ask = t("Ask for **{start}** to **{end}**", start=parts.local(r.start, case), end=parts.local(r.end, case))
            first = t("look around **{time}** first", time=parts.short_time(r.best_guess, case))
            st.markdown(f"{ask}{parts.recorder_words(r, case)}; {first}.")
            st.markdown("\n".join(f"- {parts.plain(reason)}" for reason in r.reasons))
        elif sightings:
            st.markdown(t("Not in the ranking: out of reach in the time there was, or outside the drawn area."))
        asked_for(camera)


def asked_for(camera: Camera) -> None:
    """What was asked of its owner, and the way to the requests."""
    asked = [request for request in store.requests(case.id) if request.camera_id == camera.id]
    for request in asked:
        minutes = parts.short_span(request.from_at, request.to_at, case)
        st.caption(f":material/outgoing_mail: {t(pins.REQUEST_WORDS[request.state])} · {minutes}")
    st.page_link(
        "pages/requests.py",
        label=t("To the footage requests"),
        icon=":material/outgoing_mail:",
        query_params={"case": case.id},
    )


left, right = st.columns([1.3, 1], gap="medium")
with left:
    the_map()
    area_part.area_part(case, drawing, sightings, may_edit=may_edit)
    if parts.may(Permission.EDIT, case):
        st.caption(
            t(
                "Click the map to add a sighting there, a camera to see why it is ranked so. "
                "Draw a circle or a shape to see only the cameras inside it."
            )
        )
with right:
    if clicked:
        new_sighting()
    ranked_list()
    if selected_camera is not None:
        camera_card(selected_camera)
    elif ranked:
        st.caption(t("Choose a camera in the list or on the map to see why it stands there."))
