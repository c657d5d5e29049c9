"""A shape of the search area as numbers that people read and type."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import streamlit as st

from dashboard.drawing import WIDTH_M
from dashboard.words import later, t, tn
from data.errors import BadInput
from geo.area import Circle, Corridor, Polygon, Shape
from geo.shapes import Place, Places, circle, corridor, places_typed, polygon, rectangle, sides

MOST_LINES_SHOWN = 12


class Kind(StrEnum):
    """What a person calls a shape."""

    CIRCLE = "circle"
    RECTANGLE = "rectangle"
    CORRIDOR = "corridor"
    POLYGON = "polygon"


NAMES = {
    Kind.CIRCLE: later("Circle"),
    Kind.RECTANGLE: later("Rectangle"),
    Kind.CORRIDOR: later("Corridor"),
    Kind.POLYGON: later("Polygon"),
}
ICONS = {
    Kind.CIRCLE: ":material/radio_button_unchecked:",
    Kind.RECTANGLE: ":material/rectangle:",
    Kind.CORRIDOR: ":material/route:",
    Kind.POLYGON: ":material/pentagon:",
}


@dataclass(frozen=True)
class Typed:
    """A shape as it stands in the fields of a form; those of other kinds stay empty."""

    kind: Kind
    middle: str = ""
    radius_m: float = 500.0
    corner: str = ""
    opposite: str = ""
    width_m: float = WIDTH_M
    follows_route: bool = False
    places: str = ""
    holes: tuple[Places, ...] = ()


def kind_of(shape: Shape) -> Kind:
    if isinstance(shape, Circle):
        return Kind.CIRCLE
    if isinstance(shape, Corridor):
        return Kind.CORRIDOR
    return Kind.RECTANGLE if sides(shape) else Kind.POLYGON


def summary(shape: Shape) -> str:
    """ "Circle, radius 500 m" """
    name = t(NAMES[kind_of(shape)])
    if isinstance(shape, Circle):
        return t("{kind}, radius {length}", kind=name, length=_length(shape.radius_m))
    if isinstance(shape, Corridor):
        places = tn("{n} place", "{n} places", len(shape.points))
        return t("{kind}, {length} wide, {places}", kind=name, length=_length(shape.width_m), places=places)
    corners = sum(len(ring) - 1 for ring in shape.rings)
    return f"{name}, " + tn("{n} corner", "{n} corners", corners)


def typed_of(shape: Shape) -> Typed:
    """The shape as its form shows it first."""
    kind = kind_of(shape)
    if isinstance(shape, Circle):
        return Typed(kind, middle=_text((shape.lat, shape.lon)), radius_m=shape.radius_m)
    if isinstance(shape, Corridor):
        return Typed(kind, width_m=shape.width_m, places=_lines(shape.points))
    if found := sides(shape):
        south, west, north, east = found
        return Typed(kind, corner=_text((south, west)), opposite=_text((north, east)))
    return Typed(kind, places=_lines(shape.rings[0][:-1]), holes=shape.rings[1:])


def shape_of(typed: Typed, route: Sequence[Place] = ()) -> Shape:
    """The shape of what was typed; `route` is what a corridor may follow. BadInput says what to type instead."""
    match typed.kind:
        case Kind.CIRCLE:
            return circle(*_place(typed.middle, t("Middle")), typed.radius_m)
        case Kind.RECTANGLE:
            a, b = _place(typed.corner, t("One corner")), _place(typed.opposite, t("The opposite corner"))
            west, east = sorted((a[1], b[1]))
            if east - west > 180.0:
                west, east = east, west
            return rectangle(min(a[0], b[0]), west, max(a[0], b[0]), east)
        case Kind.CORRIDOR:
            return corridor(route if typed.follows_route else places_typed(typed.places), typed.width_m)
        case Kind.POLYGON:
            return Polygon((*polygon(places_typed(typed.places)).rings, *typed.holes))


def fields(first: Typed, *, key: str, has_route: bool = False) -> Typed:
    """The fields of one kind of shape, inside a form."""
    where = t("Latitude and longitude in degrees, for example 60.1699, 24.9384.")
    kind = first.kind
    if kind is Kind.CIRCLE:
        middle = st.text_input(t("Middle"), first.middle, key=f"{key}_middle", help=where, max_chars=60)
        radius_m = st.number_input(
            t("Radius (m)"), 1.0, 200_000.0, first.radius_m, step=100.0, format="%.0f", key=f"{key}_radius"
        )
        return Typed(kind, middle=middle, radius_m=radius_m)
    if kind is Kind.RECTANGLE:
        corner = st.text_input(t("One corner"), first.corner, key=f"{key}_corner", help=where, max_chars=60)
        other = st.text_input(t("The opposite corner"), first.opposite, key=f"{key}_other", help=where, max_chars=60)
        return Typed(kind, corner=corner, opposite=other)
    lines = t("One place a line, latitude and longitude in degrees: 60.1699, 24.9384")
    if kind is Kind.POLYGON:
        places = st.text_area(t("Corners"), first.places, key=f"{key}_places", help=lines, height=_tall(first))
        return Typed(kind, places=places, holes=first.holes)
    width_m = st.number_input(
        t("Width (m)"), 1.0, 200_000.0, first.width_m, step=50.0, format="%.0f", key=f"{key}_width",
        help=t("The whole width: half of it lies on each side."),
    )  # fmt: skip
    follows = has_route and st.checkbox(
        t("Along the probable route from sighting to sighting"), value=True, key=f"{key}_route",
        help=t("By the streets where they are known, else in straight lines. Untick it to type places instead."),
    )  # fmt: skip
    label = t("Places along it (only without the route)") if has_route else t("Places along it")
    places = st.text_area(label, first.places, key=f"{key}_places", help=lines, height=_tall(first))
    return Typed(kind, width_m=width_m, follows_route=follows, places=places)


def _tall(first: Typed) -> int:
    lines = min(MOST_LINES_SHOWN, max(3, len(first.places.splitlines())))
    return 40 + 24 * lines


def _place(text: str, what: str) -> Place:
    places = places_typed(text.strip())
    if len(places) != 1:
        raise BadInput(t("{field}: type latitude and longitude, for example 60.1699, 24.9384", field=what))
    return places[0]


def _lines(places: Sequence[Place]) -> str:
    return "\n".join(_text(place) for place in places)


def _text(place: Place) -> str:
    return f"{place[0]:.6f}, {place[1]:.6f}"


def _length(metres: float) -> str:
    return f"{metres / 1000:,.1f} km" if metres >= 10_000 else f"{metres:,.0f} m"
