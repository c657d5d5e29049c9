"""Shows the case's map on a page and tells what the user did on it since the last run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import folium
import streamlit as st
from streamlit_folium import st_folium

from dashboard.map import ID_MARK, CaseOnMap, PinKind, Place, case_layers

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

    `areas` is the search area as drawn now, as GeoJSON features; an empty list when all of it was deleted.
    """

    place: Place | None = None
    pin: PinClick | None = None
    areas: list[dict[str, Any]] | None = None


@dataclass(frozen=True)
class Seen:
    """What the page knew of the map after the last run: its value, and the search area the map was loaded with."""

    value: Mapping[str, Any] = field(default_factory=dict)
    areas: Sequence[Mapping[str, object]] = ()
    areas_token: str = ""


def show(base: folium.Map, case: CaseOnMap, *, key: str, height_px: int = 560) -> MapNews:
    """Show the map under a `key` that belongs to the case (f"map_{case.id}"), and tell its news once."""
    value = st_folium(
        base,
        key=key,
        height=height_px,
        use_container_width=True,
        returned_objects=_RETURNED,
        feature_group_to_add=case_layers(case),
        wrap_longitude=True,
    )
    seen_key = f"{key}:seen"
    news, st.session_state[seen_key] = news_of(value, case, st.session_state.get(seen_key, Seen()))
    return news


def news_of(value: Mapping[str, Any], case: CaseOnMap, seen: Seen) -> tuple[MapNews, Seen]:
    """The news in the component's `value`, and what has been seen with it."""
    known = seen.areas
    # No count yet: the map appears in this run and loads the area as it is stored now. Any later click on a pin
    # reports this map's area too; measured against the stored one, it would undo what someone else drew meanwhile.
    if value.get("last_object_clicked_count") is None or case.areas_token != seen.areas_token:
        known = case.areas
    drawn: list[dict[str, Any]] | None = None
    if value.get("all_drawings") is not None and _changed("all_drawings", value, seen):
        reported = value["all_drawings"]
        drawn = reported if _shapes(reported) != _shapes(known) else None
    news = MapNews(
        place=_place(value.get("last_clicked")) if _changed("last_clicked", value, seen) else None,
        pin=_pin(value) if _changed("last_object_clicked_count", value, seen) else None,
        areas=drawn,
    )
    return news, Seen(dict(value), known if drawn is None else drawn, case.areas_token)


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


def _shapes(features: Sequence[Mapping[str, Any]]) -> list[str]:
    """Where the features lie, to six decimals as Leaflet writes them; bookkeeping properties left out."""
    return [
        json.dumps(
            [_rounded(feature.get("geometry")), _rounded((feature.get("properties") or {}).get("radius"))],
            sort_keys=True,
        )
        for feature in features
    ]


def _rounded(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _rounded(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return round(float(value), 6) if isinstance(value, int | float) else value
