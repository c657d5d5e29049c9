"""Shows the case's map on a page and tells what the user did on it since the last run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import folium
import streamlit as st
from streamlit_folium import st_folium

from dashboard.map import case_layers
from dashboard.map_layers import ID_MARK, CaseOnMap, PinKind, Place

_RETURNED = (
    "all_drawings",
    "last_clicked",
    "last_object_clicked",
    "last_object_clicked_count",
    "last_object_clicked_tooltip",
)


@dataclass(frozen=True)
class PinClick:
    """A pin was clicked: which kind of thing it stands for, and its id."""

    kind: PinKind
    id: str


@dataclass(frozen=True)
class MapNews:
    """What happened on the map since the last run; each field is None when nothing did.

    `areas` is what was drawn, edited and removed, for `geo.drawn.Drawing.strokes_of`.
    """

    place: Place | None = None
    pin: PinClick | None = None
    areas: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Seen:
    """What the page knew of the map after the last run: its value, and by mount the number of its last act heard."""

    value: Mapping[str, Any] = field(default_factory=dict)
    heard: Mapping[str, int] = field(default_factory=dict)


def show(base: folium.Map, case: CaseOnMap, *, key: str, height_px: int = 560) -> MapNews:
    """Show the map under a `key` that belongs to the case (f"map_{case.id}"), and tell its news once."""
    seen_key = f"{key}:seen"
    seen: Seen = st.session_state.get(seen_key, Seen())
    value = st_folium(
        base,
        key=key,
        height=height_px,
        use_container_width=True,
        returned_objects=_RETURNED,
        feature_group_to_add=case_layers(replace(case, heard=seen.heard)),
        wrap_longitude=True,
    )
    news, st.session_state[seen_key] = news_of(value, seen)
    return news


def news_of(value: Mapping[str, Any], seen: Seen) -> tuple[MapNews, Seen]:
    """The news in the component's `value`, and what has been seen with it."""
    acts = [act for act in value.get("all_drawings") or [] if _number(act) > seen.heard.get(_mount(act), 0)]
    news = MapNews(
        place=_place(value.get("last_clicked")) if _changed("last_clicked", value, seen) else None,
        pin=_pin(value) if _changed("last_object_clicked_count", value, seen) else None,
        areas=acts or None,
    )
    return news, Seen(dict(value), {**seen.heard, **{_mount(act): _number(act) for act in acts}})


def _mount(act: Mapping[str, Any]) -> str:
    return str(act["properties"]["mount"])


def _number(act: Mapping[str, Any]) -> int:
    return int(act["properties"]["n"])


def _changed(name: str, value: Mapping[str, Any], seen: Seen) -> bool:
    return bool(value.get(name) != seen.value.get(name))


def _place(clicked: Mapping[str, float] | None) -> Place | None:
    return (clicked["lat"], clicked["lng"]) if clicked else None


def _pin(value: Mapping[str, Any]) -> PinClick | None:
    """The clicked pin; None for drawings, whose clicks leave the last pin's tooltip in the value."""
    at, tooltip = _place(value.get("last_object_clicked")), value.get("last_object_clicked_tooltip") or ""
    _, found, mark = tooltip.rpartition(ID_MARK)
    named, _, where = mark.rpartition("@")
    kind, _, pin_id = named.partition(":")
    if at is None or not found or kind not in set(PinKind):
        return None
    lat, lon = (float(number) for number in where.split(","))
    if abs(at[0] - lat) > 1e-9 or abs((at[1] - lon + 180.0) % 360.0 - 180.0) > 1e-9:
        return None
    return PinClick(PinKind(kind), pin_id)
