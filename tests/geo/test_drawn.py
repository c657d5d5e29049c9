import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput, Conflict
from geo.area import Circle
from geo.drawn import MOST_SHAPES, Drawing, Drawn, Stroke, drawing_from
from geo.shapes import circle, corridor, rectangle

HERE = circle(60.17, 24.94, 300.0)
SQUARE = rectangle(60, 24, 61, 25)
WAY = corridor([(60, 24), (60.1, 24.2)], 400)


def drawing(*named: str) -> Drawing:
    made = Drawing()
    for name in named:
        made = made.after([Stroke(None, made.new(HERE, name=name))])
    return made


def act(kind: str, drawn: Drawn, **shape: Any) -> dict[str, Any]:
    """What the map tells when somebody has drawn, edited or removed a shape: without its name."""
    bare = {name: value for name, value in feature_properties(drawn).items() if name not in ("id", "name")}
    was = drawn.feature | {"properties": bare}
    told = {"id": drawn.id, "act": kind, "n": 1, "mount": "m", "was": None if kind == "new" else was}
    now = was | shape
    return now | {"properties": feature_properties(now) | told}


def feature_properties(of: Any) -> dict[str, Any]:
    feature: Any = of.feature if isinstance(of, Drawn) else of
    return dict(feature["properties"])


def test_a_drawing_survives_being_kept() -> None:
    made = Drawing()
    for shape, name in ((HERE, "Harbour"), (SQUARE, ""), (WAY, "Way home")):
        made = made.after([Stroke(None, made.new(shape, name=name))])
    assert drawing_from(json.loads(json.dumps(made.features))) == made
    assert [d.name for d in made.shapes] == ["Harbour", "Area 1", "Way home"]


def test_shapes_from_before_there_were_names_get_some_the_same_ones_each_time() -> None:
    bare = {"geometry": {"type": "Point", "coordinates": [24.0, 60.0]}, "properties": {"radius": 5}}
    twin = bare | {"properties": {"radius": 5, "id": "x", "name": "Twin"}}
    made = drawing_from([bare, bare, twin, twin])
    assert len({d.id for d in made.shapes}) == 4
    assert [d.name for d in made.shapes] == ["Area 1", "Area 2", "Twin", "Twin"]
    assert drawing_from([bare, bare, twin, twin]) == made
    assert drawing_from([bare | {"properties": {"radius": 5, "name": "x" * 500}}]).shapes[0].name == "x" * 80


def test_a_stroke_adds_changes_or_takes_away_and_leaves_the_first_drawing_as_it_was() -> None:
    first = drawing("Harbour", "")
    harbour, other = first.shapes
    second = first.after([Stroke(harbour, replace(harbour, name="The harbour")), Stroke(other, None)])
    assert [d.name for d in first.shapes] == ["Harbour", "Area 1"]
    assert [(d.id, d.name) for d in second.shapes] == [(harbour.id, "The harbour")]
    assert first.new(HERE, name=" The   harbour ").name == "The harbour"
    with pytest.raises(BadInput, match="80 characters"):
        first.new(HERE, name="x" * 81)


def test_what_two_people_do_to_different_shapes_is_kept_of_both() -> None:
    seen = drawing("Harbour", "Park")
    harbour, park = seen.shapes
    now = seen.after([Stroke(harbour, replace(harbour, shape=SQUARE)), Stroke(None, seen.new(WAY, name="Way"))])
    both = now.after([Stroke(park, None)])
    assert [(d.name, d.shape) for d in both.shapes] == [("Harbour", SQUARE), ("Way", WAY)]


def test_what_two_people_do_to_one_shape_is_a_conflict_for_the_second() -> None:
    seen = drawing("Harbour")
    (harbour,) = seen.shapes
    for now, says in ((replace(harbour, name="Dock"), "someone else changed"), (None, "someone else removed")):
        with pytest.raises(Conflict, match=f"Harbour: {says}"):
            seen.after([Stroke(harbour, now)]).after([Stroke(harbour, replace(harbour, shape=SQUARE))])


@given(st.lists(st.tuples(st.sampled_from(["add", "name", "move", "remove"]), st.integers(0, 5)), max_size=8))
def test_strokes_undone_give_the_drawing_as_it_was(steps: list[tuple[str, int]]) -> None:
    before = now = drawing("Harbour", "Park", "Station")
    strokes: list[Stroke] = []
    for kind, number in steps:
        if kind == "add" or not now.shapes:
            stroke = Stroke(None, now.new(WAY))
        else:
            was = now.shapes[number % len(now.shapes)]
            changed = {"name": replace(was, name=f"{was.name}!"), "move": replace(was, shape=SQUARE), "remove": None}
            stroke = Stroke(was, changed[kind])
        strokes.append(stroke)
        now = now.after([stroke])
    assert before.after(strokes) == now
    assert now.after(before.undoing(strokes)) == before


def test_an_edit_on_the_map_keeps_the_name_and_a_new_shape_gets_one() -> None:
    seen = drawing("Harbour", "Park")
    harbour, park = seen.shapes
    larger = act("edited", harbour)
    larger["properties"]["radius"] = 500.0
    fresh = act("new", Drawn("f" * 32, "", WAY))
    after = seen.after(seen.strokes_of([larger, fresh, act("removed", park)]))
    assert [(d.name, d.id) for d in after.shapes] == [("Harbour", harbour.id), ("Area 1", "f" * 32)]
    assert after.shapes[0].shape == Circle(60.17, 24.94, 500.0)


def test_an_edit_on_the_map_of_a_shape_that_another_moved_or_removed_is_a_conflict() -> None:
    seen = drawing("Harbour")
    (harbour,) = seen.shapes
    moved = seen.after([Stroke(harbour, replace(harbour, shape=SQUARE))])
    renamed = seen.after([Stroke(harbour, replace(harbour, name="Dock"))])
    larger = act("edited", harbour)
    larger["properties"]["radius"] = 500.0
    for now in (moved, Drawing()):
        with pytest.raises(Conflict, match="someone else"):
            now.strokes_of([larger])
    assert Drawing().strokes_of([act("removed", harbour)]) == []  # gone is gone
    assert renamed.after(renamed.strokes_of([larger])).shapes[0].name == "Dock"  # a name is no place


def test_a_shape_that_comes_back_from_the_map_rounded_was_not_edited() -> None:
    seen = drawing("Harbour")
    told = act("edited", seen.shapes[0])
    told["properties"]["radius"] = 300.0 * (1 + 1e-12)
    assert seen.strokes_of([told]) == []


@pytest.mark.parametrize(
    "feature",
    [
        {"geometry": {"type": "Point", "coordinates": [0, 0]}, "properties": {"act": "new"}},
        {"geometry": {"type": "MultiPolygon", "coordinates": []}, "properties": {"act": "new"}},
        {"properties": {"act": "new", "id": 5}},
    ],
)
def test_what_is_no_shape_is_refused(feature: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Drawing().strokes_of([feature])


def test_an_id_that_the_map_did_not_make_is_not_taken_over() -> None:
    for id in ("", "x", "<b>", "F" * 32):
        (stroke,) = Drawing().strokes_of([act("new", Drawn(id, "", WAY))])
        assert stroke.now is not None
        assert stroke.now.id != id
        assert len(stroke.now.id) == 32


def test_a_shape_that_the_map_tells_twice_is_drawn_once() -> None:
    told = act("new", Drawn("f" * 32, "", WAY))
    once = Drawing().after(Drawing().strokes_of([told, told]))
    assert len(once.shapes) == 1
    assert once.strokes_of([told]) == []


def test_no_more_shapes_are_kept_than_anybody_can_tell_apart() -> None:
    full = drawing(*[""] * MOST_SHAPES)
    assert len({d.name for d in full.shapes}) == MOST_SHAPES
    with pytest.raises(BadInput, match="remove one"):
        full.after([Stroke(None, full.new(HERE))])
    full.after([Stroke(full.shapes[0], None), Stroke(None, full.new(HERE))])


def test_a_shape_of_too_many_corners_is_refused_new_or_edited() -> None:
    ring = [[24 + k / 1e5, 60.0] for k in range(6_000)] + [[24.0, 61.0], [24.0, 60.0]]
    seen = drawing("Harbour")
    for kind, now in (("new", Drawing()), ("edited", seen)):
        told = act(kind, seen.shapes[0], geometry={"type": "Polygon", "coordinates": [ring]})
        with pytest.raises(BadInput, match="draw it simpler"):
            now.strokes_of([told])
