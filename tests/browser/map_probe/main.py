"""A page with nothing but the map: every thing the map can do, moved by buttons, and its news as text."""

import json
import math
import time
from dataclasses import asdict
from datetime import timedelta

import streamlit as st

from dashboard.assets import map_links
from dashboard.drawing import on_map, tools
from dashboard.map import BADGES, base_map
from dashboard.map_layers import CameraPin, CaseOnMap, Layers, MatchLook, MatchPin, TimeAxis, View, WayLine
from dashboard.map_view import show
from geo.drawn import Drawing
from tests.browser.map_probe.answers import ASKED, HOURS, NOON, SIGHTINGS, names, place_of, rank_of
from tests.browser.map_probe.ground import ground_of, ground_page

st.set_page_config(layout="wide", page_title="Map probe")
state = st.session_state
state.setdefault("news", {"place": None, "pin": None, "areas": None})
state.setdefault("runs", 0)
state.runs += 1

if "ground" in st.query_params:
    ground_page(st.query_params["ground"], st.query_params.get("also", ""))
    st.stop()

page = st.sidebar.radio("Page", ["Map", "Other"])
if page == "Other":
    st.write("another page")
    st.stop()

st.sidebar.button("Again")
if st.sidebar.button("More cameras"):
    state["more"] = True
if st.sidebar.button("Go to the last sighting"):
    state["token"] = state.get("token", 0) + 1
if st.sidebar.button("Twenty updates"):
    state["live"] = 20
if st.sidebar.button("Clear the area"):
    state["drawing"] = Drawing()


def ring(lat: float, lon: float, heading_deg: float, range_m: float = 60) -> list[tuple[float, float]]:
    angles = [math.radians(heading_deg - 40 + 80 * step / 12) for step in range(13)]
    step_lat, step_lon = range_m / 111_320, range_m / 111_320 / math.cos(math.radians(lat))
    return [(lat, lon), *((lat + step_lat * math.cos(a), lon + step_lon * math.sin(a)) for a in angles)]


ASKED.cameras = 60 if state.get("more") else 45
selected = state.get("selected", "cam-2")
hostile = names() if "hostile" in st.query_params else []
cameras = []
for i in [*range(BADGES), *(k for k in range(BADGES, ASKED.cameras) if f"cam-{k}" == selected)]:
    lat, lon = place_of(i)
    cameras.append(
        CameraPin(
            f"cam-{i}",
            lat,
            lon,
            hostile[i] if i < len(hostile) else f"Camera {i}, Mannerheimintie\n08:12 to 08:31",
            rank=rank_of(i),
            sectors=[ring(lat, lon, i * 40)],
            is_selected=f"cam-{i}" == selected,
            has_footage=i in {0, 6},
        )
    )
looks = [(0, MatchLook.TO_REVIEW), (0, MatchLook.REJECTED), (0, MatchLook.TO_REVIEW)]
looks += [(6, MatchLook.CONFIRMED), (6, MatchLook.UNSURE)]
looks += [(8, MatchLook.TO_REVIEW)] * state.get("live_seen", 0)
matches = [
    MatchPin(f"m-{i}", cameras[spot].lat, cameras[spot].lon, f"Match {i}", look) for i, (spot, look) in enumerate(looks)
]
drawing: Drawing = state.setdefault("drawing", Drawing())
token = state.get("token", 0)
last = SIGHTINGS[-1]
case = CaseOnMap(
    View.around([(s.lat, s.lon) for s in SIGHTINGS] + [(c.lat, c.lon) for c in cameras[:10]])
    if not token
    else View.around([(last.lat, last.lon)], token=str(token)),
    cameras,
    cameras_token=f"{ASKED.cameras}.{state.get('live_seen', 0)}",
    layers=Layers(SIGHTINGS, matches, ways=[WayLine([(s.lat, s.lon) for s in SIGHTINGS])]),
    time=TimeAxis(NOON, NOON + timedelta(hours=8), "/api/v1/known?case=probe", "Europe/Helsinki", HOURS),
    title="Map <probe>",
    areas=on_map(drawing),
    areas_token=str(hash(drawing)),
    draft=(*state["news"]["place"], 60.0) if state["news"]["place"] else None,
)
base = base_map(
    map_links(),
    cameras_url="/api/v1/cameras?case=probe",
    places_url="/api/v1/places?case=probe",
    ground=ground_of(""),
    drawing=tools(draws=True),
)
news = show(base, case, key="map_probe")
changed = {name: value for name, value in asdict(news).items() if value is not None}
if changed:
    state["news"] |= changed
    if news.pin:
        state["selected"] = news.pin.id
    if news.areas is not None:
        state["drawing"] = drawing.after(drawing.strokes_of(news.areas))
    st.rerun()
if state.get("live"):  # what workers find meanwhile, each time with a run of the page
    state["live"] -= 1
    state["live_seen"] = state.get("live_seen", 0) + 1
    time.sleep(0.05)
    st.rerun()
st.text("NEWS " + json.dumps(state["news"]))
st.text(f"RUNS {state.runs}")
st.text(f"UPDATES {state.get('live_seen', 0)}")
