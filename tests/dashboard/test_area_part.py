"""The search area beside the map, without a browser: shapes typed, named, changed, deleted, taken back."""

from dataclasses import replace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from casework import search
from dashboard import session
from dashboard.area_form import Kind, Typed, kind_of, shape_of, summary, typed_of
from dashboard.drawing import on_map, tools
from data.errors import BadInput
from data.store import Store
from geo.area import Circle, Corridor
from geo.drawn import Drawing, Drawn, Stroke, drawing_from
from geo.shapes import circle, corridor, polygon, rectangle
from tests.dashboard.test_pages import CASE, home, kept, page, press, words  # noqa: F401
from tests.factories import NOON, a_sighting

HOSTILE = "<img src=x onerror=alert(1)> **b** [x](y) `${1}`"


def kept_drawing(store: Store) -> Drawing:
    return drawing_from(store.area(CASE).features)


def drawn(store: Store, *, name: str = "", radius_m: float = 60.0) -> Drawn:
    """A circle around the sighting that holds one of the three cameras."""
    made = kept_drawing(store).new(circle(60.171, 24.941, radius_m), name=name)
    search.draw(store, CASE, [Stroke(None, made)], by="Ben")
    return made


def choose(opened: AppTest, kind: Kind) -> None:
    group: Any = opened.get("button_group")[-1]
    group.set_value(kind).run()


def field(opened: AppTest, label: str) -> Any:
    fields: list[Any] = [*opened.text_input, *opened.number_input, *opened.text_area, *opened.checkbox]
    return next(one for one in fields if one.label == label)


def listed(opened: AppTest) -> int:
    return len(opened.radio[0].options)


def test_a_typed_circle_filters_the_list_at_once_and_is_taken_back(kept: Store) -> None:  # noqa: F811
    opened = page("map", case=CASE)
    assert listed(opened) == 3
    choose(opened, Kind.CIRCLE)
    assert field(opened, "Middle").value == "60.171000, 24.941000"  # of the last sighting
    field(opened, "Radius (m)").set_value(60.0)
    field(opened, "Name").set_value("Harbour")
    press(opened, "Add this area")
    assert listed(opened) == 1
    assert "2 outside the drawn area" in words(opened)
    assert "“Harbour” is added" in words(opened)
    assert not [one for one in opened.text_input if one.label == "Middle"], "the form is still open"

    press(opened, "Undo")
    assert listed(opened) == 3
    assert kept.area(CASE).features == ()


def test_a_typed_corridor_follows_the_route_or_typed_places(kept: Store) -> None:  # noqa: F811
    with kept.writing() as writing:
        writing.add(a_sighting("s-2", lat=60.173, at=NOON))
    opened = page("map", case=CASE)
    choose(opened, Kind.CORRIDOR)
    field(opened, "Width (m)").set_value(50.0)
    press(opened, "Add this area")
    choose(opened, Kind.CORRIDOR)
    field(opened, "Along the probable route from sighting to sighting").set_value(False)
    field(opened, "Places along it (only without the route)").set_value("60.1, 24.9\n60.2 24.9")
    press(opened, "Add this area")
    first, second = (shape.shape for shape in kept_drawing(kept).shapes)
    assert first == corridor([(60.171, 24.941), (60.173, 24.941)], 50.0)
    assert second == corridor([(60.1, 24.9), (60.2, 24.9)], 200.0)


def test_what_cannot_be_a_shape_is_said_and_the_form_stays(kept: Store) -> None:  # noqa: F811
    opened = page("map", case=CASE)
    choose(opened, Kind.POLYGON)
    field(opened, "Corners").set_value("60.1, 24.9\nthere")
    press(opened, "Add this area")
    assert "line 2: write a place as" in words(opened)
    assert field(opened, "Corners").value == "60.1, 24.9\nthere"
    assert kept.area(CASE).features == ()


def test_a_shape_is_renamed_and_its_numbers_changed(kept: Store) -> None:  # noqa: F811
    made = drawn(kept)
    opened = page("map", case=CASE)
    press(opened, "Change")
    field(opened, "Name").set_value(HOSTILE)
    press(opened, "Save")
    assert kept_drawing(kept).shapes == (replace(made, name=HOSTILE),), "the shape crept"
    assert f"**{HOSTILE}**" in words(opened), "the list shows what was"
    shown = [element.value for element in opened.markdown if "img src" in element.value]
    assert shown
    assert all("\\<img" in value and " <img" not in value for value in shown), "the name is markup"

    press(opened, "Change")
    field(opened, "Radius (m)").set_value(5_000.0)
    press(opened, "Save")
    (after,) = kept_drawing(kept).shapes
    assert (after.id, after.name, after.shape) == (made.id, HOSTILE, Circle(60.171, 24.941, 5_000.0))
    assert listed(opened) == 3


def test_a_shape_just_added_is_named_beside_the_words_that_say_so(kept: Store) -> None:  # noqa: F811
    opened = page("map", case=CASE)
    choose(opened, Kind.CIRCLE)
    press(opened, "Add this area")
    field(opened, "Name of the new area").set_value("Harbour").run()
    assert [one.name for one in kept_drawing(kept).shapes] == ["Harbour"]
    assert "“Area 1” is now called “Harbour”" in words(opened)
    assert not [one for one in opened.text_input if one.label == "Name of the new area"]


def test_who_may_only_look_sees_the_areas_and_nothing_to_change_them(
    kept: Store,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn(kept, name="Harbour")
    monkeypatch.setattr(session, "may", lambda _permission, _case=None: False)
    opened = page("map", case=CASE)
    assert "Harbour" in words(opened)
    assert not {"Change", "Delete"} & {button.label for button in opened.button}
    assert not tools(draws=False).draws


def test_a_deleted_shape_comes_back_where_it_was(kept: Store) -> None:  # noqa: F811
    first, second = drawn(kept, name="Harbour"), drawn(kept, name="Park", radius_m=5_000)
    opened = page("map", case=CASE)
    press(opened, "Delete")
    assert kept_drawing(kept).shapes == (second,)
    assert "“Harbour” is deleted" in words(opened)
    press(opened, "Undo")
    assert kept_drawing(kept).shapes == (first, second)


def test_what_another_changed_meanwhile_is_neither_lost_nor_undone(kept: Store) -> None:  # noqa: F811
    made = drawn(kept, name="Harbour")
    opened = page("map", case=CASE)
    press(opened, "Change")
    field(opened, "Radius (m)").set_value(90.0)
    theirs = replace(made, shape=circle(60.171, 24.941, 70.0))
    search.draw(kept, CASE, [Stroke(made, theirs)], by="Ben")
    press(opened, "Save")
    assert "Harbour: someone else changed this area just now" in words(opened)
    assert kept_drawing(kept).shapes == (theirs,)


def test_a_delete_pressed_on_what_another_changed_meanwhile_is_refused(kept: Store) -> None:  # noqa: F811
    made = drawn(kept, name="Harbour")
    opened = page("map", case=CASE)
    search.draw(kept, CASE, [Stroke(made, replace(made, name="Dock"))], by="Ben")
    press(opened, "Delete")
    assert "someone else changed this area just now" in words(opened)
    press(opened, "Delete")  # seen now as it is
    assert kept_drawing(kept).shapes == ()


SHAPES = [
    (circle(60.1, 24.9, 500.0), Kind.CIRCLE, "Circle, radius 500 m"),
    (rectangle(60.1, 24.9, 60.2, 25.0), Kind.RECTANGLE, "Rectangle, 4 corners"),
    (corridor([(60.1, 24.9), (60.2, 24.9)], 12_000), Kind.CORRIDOR, "Corridor, 12.0 km wide, 2 places"),
    (polygon([(60.1, 24.9), (60.2, 24.9), (60.2, 25.0)]), Kind.POLYGON, "Polygon, 3 corners"),
]


@pytest.mark.parametrize(("shape", "kind", "about"), SHAPES)
def test_a_shape_is_the_same_after_its_numbers_were_read_and_typed(shape: Any, kind: Kind, about: str) -> None:
    assert kind_of(shape) is kind
    assert summary(shape) == about
    assert shape_of(typed_of(shape)) == shape


def test_a_rectangle_is_typed_by_any_two_opposite_corners_also_over_the_antimeridian() -> None:
    there = Typed(Kind.RECTANGLE, corner="-16, -179", opposite="-18 179")
    assert shape_of(there) == rectangle(-18, 179, -16, -179)
    with pytest.raises(BadInput, match="One corner"):
        shape_of(replace(there, corner=""))


def test_the_map_is_given_names_that_nothing_can_take_for_code_and_the_borders_of_corridors() -> None:
    made = Drawing()
    for shape, *_ in SHAPES:
        made = made.after([Stroke(None, made.new(shape, name=f"{HOSTILE} \u202e{kind_of(shape)}"))])
    told: list[Any] = [feature["properties"] for feature in on_map(made)]
    for properties in told:
        assert "name" not in properties
        assert set(properties["label"]) <= set(map(chr, range(48, 58))) | set("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | set(
            "abcdefghijklmnopqrstuvwxyz%-_.~"
        )
        assert "202E" not in properties["label"]
    assert [properties["upright"] for properties in told] == [False, True, False, False]
    assert [("outline" in properties) for properties in told] == [isinstance(s[0], Corridor) for s in SHAPES]
