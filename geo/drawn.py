"""What is drawn on the map or typed beside it: several named shapes, changed by strokes that can be undone.

`geo.area` says which cameras lie inside, `geo.shapes` makes shapes of numbers; here is what they are called and how
they change, so that what two people do at the same time to different shapes is kept of both.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

import numpy as np

from data.errors import BadInput, Conflict
from geo.area import Circle, Corridor, SearchArea, Shape, area_from_geojson
from geo.shapes import MOST_CORNERS, feature_of

MOST_SHAPES = 50
MOST_NAME_CHARS = 80
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Drawn:
    """One shape: its id stays while it is edited."""

    id: str
    name: str
    shape: Shape

    @property
    def feature(self) -> dict[str, object]:
        """The shape as GeoJSON, as `geo.area.area_from_geojson` and the map take it."""
        return feature_of(self.shape, id=self.id, name=self.name)


@dataclass(frozen=True)
class Stroke:
    """One change to one shape: from `was` (None: there was none) to `now` (None: it is taken away).

    `at` is its place among the shapes; None: where it was, or at the end.
    """

    was: Drawn | None
    now: Drawn | None
    at: int | None = None


@dataclass(frozen=True)
class Drawing:
    """All shapes of a case, in the order they were drawn; none: no filter. Every change gives another drawing."""

    shapes: tuple[Drawn, ...] = field(default=())

    @property
    def area(self) -> SearchArea:
        return SearchArea(tuple(drawn.shape for drawn in self.shapes))

    @property
    def features(self) -> tuple[dict[str, object], ...]:
        return tuple(drawn.feature for drawn in self.shapes)

    def find(self, id: str) -> Drawn | None:
        """The shape of an id; None where it is not there any more."""
        return next((drawn for drawn in self.shapes if drawn.id == id), None)

    def new(self, shape: Shape, *, name: str = "", id: str = "") -> Drawn:
        """A shape that may join these; without a name it gets the next "Area 1", "Area 2", …"""
        return Drawn(id if _ID.fullmatch(id) else uuid4().hex, checked_name(name) or self._free_name(), _checked(shape))

    def after(self, strokes: Sequence[Stroke]) -> "Drawing":
        """
        The drawing with these changes.

        Raises
        ------
        Conflict
            Where a shape is not, or not any more, as the stroke takes it to have been.
        BadInput
            For more than MOST_SHAPES, or a shape of too many corners.
        """
        drawing = self
        for stroke in strokes:
            drawing = drawing._after(stroke)
        return drawing

    def undoing(self, strokes: Sequence[Stroke]) -> list[Stroke]:
        """The strokes that take back those made on this drawing, to be made on whatever it has become since."""
        back: list[Stroke] = []
        drawing = self
        for stroke in strokes:
            at = drawing.shapes.index(stroke.was) if stroke.was in drawing.shapes else None
            back.insert(0, Stroke(stroke.now, stroke.was, at))
            drawing = drawing._after(stroke)
        return back

    def strokes_of(self, acts: Sequence[Mapping[str, Any]]) -> list[Stroke]:
        """
        What somebody did on the map, as static/lastseen-drawing.js tells it.

        Parameters
        ----------
        acts
            GeoJSON features with ``properties.id`` and ``properties.act``: "new"; or "edited" and "removed", which have
            in ``properties.was`` the feature as the map was given it. Names never come from the map.

        Raises
        ------
        BadInput
            When one cannot be read.
        Conflict
            When one is about a shape that is not there any more, or not as it was.
        """
        drawing, strokes = self, list[Stroke]()
        for act in acts:
            if (stroke := drawing._stroke_of(act)) is not None:
                strokes.append(stroke)
                drawing = drawing._after(stroke)
        return strokes

    def _stroke_of(self, act: Mapping[str, Any]) -> Stroke | None:
        told = act.get("properties") or {}
        id, kind = str(told.get("id", "")), told.get("act")
        known = self.find(id)
        if kind == "new":
            return None if known else Stroke(None, self.new(_shape(act), id=id))  # told once more is drawn once
        if kind == "removed" and known is None:
            return None  # somebody else was quicker
        if kind not in ("edited", "removed") or known is None:
            raise Conflict("search area: someone else removed this area just now")
        was = replace(known, shape=_shape(told.get("was") or {}))
        if kind == "removed":
            return Stroke(was, None)
        shape = _checked(_shape(act))
        return Stroke(was, replace(was, shape=shape)) if _differs(was.shape, shape) else None

    def _after(self, stroke: Stroke) -> "Drawing":
        was, now = stroke.was, stroke.now
        if was is not None and was not in self.shapes:
            meanwhile = "changed" if self.find(was.id) else "removed"
            raise Conflict(f"{was.name}: someone else {meanwhile} this area just now; look at the map again")
        if was is None and now is not None and self.find(now.id):
            raise Conflict(f"{now.name}: this area is there already")
        shapes = [drawn for drawn in self.shapes if drawn != was]
        if now is not None:
            at = self.shapes.index(was) if was is not None else stroke.at
            shapes.insert(len(shapes) if at is None else at, now)
        if len(shapes) > max(MOST_SHAPES, len(self.shapes)):
            raise BadInput(f"search area: no more than {MOST_SHAPES} shapes; remove one first")
        return Drawing(tuple(shapes))

    def _free_name(self) -> str:
        taken = {drawn.name for drawn in self.shapes}
        return next(name for k in range(1, len(taken) + 2) if (name := f"Area {k}") not in taken)


def drawing_from(features: Sequence[Mapping[str, Any]]) -> Drawing:
    """The drawing that was kept as GeoJSON, with its ids and names; shapes from before there were any get some, the
    same ones each time."""
    shapes: list[Drawn] = []
    for feature in features:
        told = feature.get("properties") or {}
        for number, shape in enumerate(area_from_geojson([feature]).shapes):
            known = str(told.get("id", "")) if number == 0 else ""
            is_free = known and known not in {drawn.id for drawn in shapes}
            name = checked_name(str(told.get("name") or "")[:MOST_NAME_CHARS]) or Drawing(tuple(shapes))._free_name()
            shapes.append(Drawn(known if is_free else _made_id(len(shapes), shape), name, shape))
    return Drawing(tuple(shapes))


def checked_name(name: str) -> str:
    """A name without stray spaces; BadInput for one that is too long."""
    clean = " ".join(name.split())
    if len(clean) > MOST_NAME_CHARS:
        raise BadInput(f"search area: a name may have {MOST_NAME_CHARS} characters, this one has {len(clean)}")
    return clean


def _made_id(place: int, shape: Shape) -> str:
    return hashlib.sha256(json.dumps([place, feature_of(shape, id="", name="")]).encode()).hexdigest()[:32]


def _shape(feature: Mapping[str, Any]) -> Shape:
    shapes = area_from_geojson([feature]).shapes
    if len(shapes) != 1:
        raise BadInput("search area: one shape at a time")
    return shapes[0]


def _differs(a: Shape, b: Shape) -> bool:
    """Whether somebody moved it: what went to the map and came back may differ by a rounding."""
    if type(a) is not type(b):
        return True
    mine, other = (np.asarray(_numbers(shape)) for shape in (a, b))
    return mine.shape != other.shape or bool((np.abs(mine - other) > 1e-9 * np.maximum(np.abs(mine), 1.0)).any())


def _numbers(shape: Shape) -> list[float]:
    if isinstance(shape, Circle):
        return [shape.lat, shape.lon, shape.radius_m]
    if isinstance(shape, Corridor):
        return [shape.width_m, *(v for place in shape.points for v in place)]
    return [v for ring in shape.rings for place in ring for v in (*place, float(len(ring)))]


def _checked(shape: Shape) -> Shape:
    if len(_numbers(shape)) > 3 * MOST_CORNERS:
        raise BadInput(f"search area: more than {MOST_CORNERS:,} corners in one shape; draw it simpler")
    return shape
