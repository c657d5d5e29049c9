"""A page with nothing but the map: every thing the map can do, moved by buttons, and its news as text."""

import json
import math
import os
from dataclasses import asdict

import streamlit as st

from dashboard.assets import map_links
from dashboard.map import CameraPin, CaseOnMap, MatchLook, MatchPin, SightingPin, View, base_map
from dashboard.map_view import show

CENTRE = (60.1675, 24.9400)

st.set_page_config(layout="wide", page_title="Map probe")
state = st.session_state
state.setdefault("news", {"place": None, "pin": None, "areas": None})
state.setdefault("runs", 0)
state.runs += 1

page = st.sidebar.radio("Page", ["Map", "Other"])
if page == "Other":
    st.write("another page")
    st.stop()

st.sidebar.button("Again")
if st.sidebar.button("More cameras"):
    state["more"] = True
if st.sidebar.button("Go to the last sighting"):
    state["token"] = state.get("token", 0) + 1
if st.sidebar.button("Clear the area"):
    state["areas"], state["areas_token"] = [], state.get("areas_token", 0) + 1


def ring(lat: float, lon: float, heading_deg: float, range_m: float = 60) -> list[tuple[float, float]]:
    angles = [math.radians(heading_deg - 40 + 80 * step / 12) for step in range(13)]
    step_lat, step_lon = range_m / 111_320, range_m / 111_320 / math.cos(math.radians(lat))
    return [(lat, lon), *((lat + step_lat * math.cos(a), lon + step_lon * math.sin(a)) for a in angles)]


hostile = json.loads(os.environ["PROBE_NAMES"]) if "hostile" in st.query_params else []
cameras = []
for i in range(60 if state.get("more") else 45):
    lat, lon = CENTRE[0] + 0.0016 * ((i * 7) % 11 - 5), CENTRE[1] + 0.0028 * ((i * 5) % 13 - 6)
    cameras.append(
        CameraPin(
            f"cam-{i}",
            lat,
            lon,
            hostile[i] if i < len(hostile) else f"Camera {i}, Mannerheimintie\n08:12 to 08:31",
            rank=i + 1 if i < 28 else None,
            sectors=[ring(lat, lon, i * 40)] if i < 20 else [],
            is_selected=f"cam-{i}" == state.get("selected", "cam-2"),
            has_footage=i in {0, 6},
        )
    )
sightings = [
    SightingPin("s-1", 60.1611, 24.9316, "1 · seen by a neighbour\n07:55", 1, 120),
    SightingPin("s-2", 60.1643, 24.9400, "2 · card payment\n08:20", 2, 40, is_confirmed_match=True),
    SightingPin("s-3", 60.1691, 24.9484, "3 · phone fix\n08:41", 3, 250, is_last=True),
]
looks = [(0, MatchLook.TO_REVIEW), (0, MatchLook.REJECTED), (0, MatchLook.TO_REVIEW)]
looks += [(6, MatchLook.CONFIRMED), (6, MatchLook.UNSURE)]
matches = [
    MatchPin(f"m-{i}", cameras[spot].lat, cameras[spot].lon, f"Match {i}", look) for i, (spot, look) in enumerate(looks)
]
token = state.get("token", 0)
last = sightings[-1]
case = CaseOnMap(
    View.around([(s.lat, s.lon) for s in sightings] + [(c.lat, c.lon) for c in cameras[:10]])
    if not token
    else View.around([(last.lat, last.lon)], token=str(token)),
    cameras,
    sightings,
    matches,
    [(s.lat, s.lon) for s in sightings],
    areas=state.get("areas", []),
    areas_token=str(state.get("areas_token", 0)),
    draft=(*state["news"]["place"], 60.0) if state["news"]["place"] else None,
)
base = base_map(
    map_links(), streets_url=f"/map/{os.environ['PROBE_STREETS']}", streets_attribution="streets of a <test>"
)
news = show(base, case, key="map_probe")
changed = {name: value for name, value in asdict(news).items() if value is not None}
if changed:
    state["news"] |= changed
    if news.pin:
        state["selected"] = news.pin.id
    if news.areas is not None:
        state["areas"] = news.areas
    st.rerun()
st.text("NEWS " + json.dumps(state["news"]))
st.text(f"RUNS {state.runs}")
