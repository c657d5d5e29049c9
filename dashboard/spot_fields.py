"""Where a picture or film from somebody's hand was taken: offered by the file, picked on a map, or typed."""

import streamlit as st

from casework.clues import PlaceClue
from casework.footage import Place
from casework.spots import LARGEST_RADIUS_M
from dashboard import parts, session
from dashboard.camera_map import Pointed, camera_map, picked
from dashboard.words import later, t
from data.errors import BadPlace
from data.models import Camera, Case

LIST, HAND = "list", "hand"
WHERE = {LIST: later("a camera of the list"), HAND: later("a phone, social media, news: a place")}
USUAL_RADIUS_M = 50.0
FROM_FILE, FROM_MAP, TYPED = "the file's metadata", "picked on a map", "typed"


def asks_place(key: str, *, has_cameras: bool, is_handheld: bool) -> bool:
    """Whether the footage is from a place and not from one of the cameras."""
    name = f"{key}_where"
    # until somebody chooses, it follows what the file turns out to be
    session.set_widget(name, session.recall(name) or (HAND if is_handheld or not has_cameras else LIST))
    chosen = st.radio(
        t("Taken by"), [LIST, HAND] if has_cameras else [HAND], format_func=lambda one: t(WHERE[one]), key=name,
        horizontal=True, on_change=lambda: session.keep(name, session.widget(name)),
    )  # fmt: skip
    return bool(chosen == HAND)


def ask_place(
    case: Case, key: str, *, clue: PlaceClue | None, said: Camera | None, near: tuple[float, float] | None, called: str
) -> Place | None:
    """The place as it is given so far; None while it is none. `said` is the spot that it is from now."""
    names = {name: f"{key}_{name}" for name in ("lat", "lon", "radius", "called", "map")}
    _begin(names, said, called)
    if clue is not None:
        _offer(key, names, clue)
    lat, lon = session.widget(names["lat"]), session.widget(names["lon"])
    radius = session.widget(names["radius"])
    camera_map(
        Pointed(of=key, lat=lat, lon=lon, range_m=radius or None), case=case, key=names["map"], near=near,
        on_pick=lambda: _take_pick(key, names), turns=False,
    )  # fmt: skip
    left, middle, right = st.columns(3)
    lat = left.number_input(t("Latitude *"), -90.0, 90.0, None, step=0.0001, format="%.6f", key=names["lat"])
    lon = middle.number_input(t("Longitude *"), -180.0, 180.0, None, step=0.0001, format="%.6f", key=names["lon"])
    radius = right.number_input(
        t("Within (m)"), 1.0, LARGEST_RADIUS_M, None, step=10.0, key=names["radius"],
        help=t("How sure the place is. It becomes the size of every sighting that rests on this footage."),
    )  # fmt: skip
    name = st.text_input(
        t("Whose or what it is"), max_chars=120, key=names["called"],
        placeholder=t("phone of a witness, an account's post, a news site"),
        help=t("So that the team knows it again: it stands beside its candidates and on the map."),
    )  # fmt: skip
    if lat is None or lon is None or radius is None:
        return None
    return Place(lat, lon, radius, name.strip(), _source(key, lat, lon, said))


def needed(place: Place | None) -> Place:
    """BadPlace where none is given yet."""
    if place is None:
        raise BadPlace(t("place: use what the file says, click it on the map, or type latitude and longitude"))
    return place


def _begin(names: dict[str, str], said: Camera | None, called: str) -> None:
    """What the fields hold at first."""
    known = {
        "lat": said.lat if said else None,
        "lon": said.lon if said else None,
        "radius": said.range_m if said and said.range_m else USUAL_RADIUS_M,
    }
    for name, value in known.items():
        if not session.has_widget(names[name]):
            session.set_widget(names[name], value)
    fill_once(names["called"], said.name if said else called)


def fill_once(key: str, value: str) -> None:
    """Put a text into a field that is still empty, as soon as it is known; whoever clears it leaves it empty."""
    if value and session.recall(f"{key}_filled") != value:
        session.keep(f"{key}_filled", value)
        if not session.widget(key):
            session.set_widget(key, value)


def _offer(key: str, names: dict[str, str], clue: PlaceClue) -> None:
    """What the file itself says of its place. It counts only once somebody presses the button."""
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.markdown(
        t("The file itself says **{lat:.5f}, {lon:.5f}**  \n:small[{note}]", lat=clue.lat, lon=clue.lon,
          note=parts.plain(clue.note))
    )  # fmt: skip
    if button.button(t("Use this place"), key=f"{key}_use_place", width="stretch"):
        session.set_widget(names["lat"], round(clue.lat, 6))
        session.set_widget(names["lon"], round(clue.lon, 6))
        session.set_widget(names["radius"], clue.radius_m)
        session.keep(f"{key}_from", (round(clue.lat, 6), round(clue.lon, 6), FROM_FILE))


def _take_pick(key: str, names: dict[str, str]) -> None:
    pick = picked(names["map"])
    if pick is None or pick.of != key or pick.lat is None or pick.lon is None:
        return
    lat, lon = round(pick.lat, 6), round(pick.lon, 6)
    session.set_widget(names["lat"], lat)
    session.set_widget(names["lon"], lon)
    session.keep(f"{key}_from", (lat, lon, FROM_MAP))


def _source(key: str, lat: float, lon: float, said: Camera | None) -> str:
    """Where the place is from: an offer or a pick counts as such while nobody has typed something else over it."""
    for known_lat, known_lon, source in filter(None, [session.recall(f"{key}_from")]):
        if (lat, lon) == (known_lat, known_lon):
            return str(source)
    if said is not None and (said.lat, said.lon) == (lat, lon):
        return said.source
    return TYPED
