"""What a case's map shows, as values, and the JSON in which static/lastseen-map.js is given them. Pure.

`Layers` are what was known at one hour: of the present they come with the page's run, of any other hour from
/api/v1/known, in the same form.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from math import isfinite

from dashboard.text import map_text

Place = tuple[float, float]  # (lat, lon) in degrees

ID_MARK = "\u2063"
"""Stands in a tooltip between its words and the hidden id; `map_text` lets it through from nowhere."""

AT_ONE_PLACE = 8
"""Candidates of one camera that are pins; the last of them stands for all others."""


class PinKind(StrEnum):
    """What a pin stands for; part of the id a click brings back."""

    CAMERA = "camera"
    SIGHTING = "sighting"
    MATCH = "match"
    TIP = "tip"


class MatchLook(StrEnum):
    """How a match is drawn: each has its own letter and shape, not only a colour."""

    TO_REVIEW = "to_review"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNSURE = "unsure"
    HALF_CONFIRMED = "half_confirmed"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class View:
    """The stretch of land to show. The map goes there when it appears, and again whenever `token` changes."""

    south: float
    west: float
    north: float
    east: float
    token: str = ""

    @classmethod
    def around(cls, places: Iterable[Place], *, token: str = "") -> "View":
        """The smallest view that holds `places`, the short way round the globe; the whole globe when there is none."""
        lats, lons = zip(*places, strict=True) if (places := list(places)) else ((), ())
        if not lats:
            return cls(-60.0, -180.0, 75.0, 180.0, token)
        shifted = [lon % 360.0 for lon in lons]
        if max(shifted) - min(shifted) < max(lons) - min(lons):
            lons = tuple(shifted)
        return cls(min(lats), min(lons), max(lats), max(lons), token)


@dataclass(frozen=True)
class CameraPin:
    """A camera. `rank` counts from 1; None means not ranked. `sectors` are rings of (lat, lon) from geo.coverage."""

    id: str
    lat: float
    lon: float
    label: str
    rank: int | None = None
    sectors: Sequence[Sequence[Place]] = ()
    is_selected: bool = False
    has_footage: bool = False


@dataclass(frozen=True)
class SightingPin:
    """A sighting; `number` is its place in the order of time, from 1. `is_told_later`: not known yet at that hour."""

    id: str
    lat: float
    lon: float
    label: str
    number: int
    radius_m: float = 0.0
    is_confirmed_match: bool = False
    is_last: bool = False
    is_told_later: bool = False


@dataclass(frozen=True)
class MatchPin:
    """A match, at the place of its camera."""

    id: str
    lat: float
    lon: float
    label: str
    look: MatchLook = MatchLook.TO_REVIEW


@dataclass(frozen=True)
class TipPin:
    """What the public sent and nobody has decided on: no evidence. `radius_m` is how far off its place may be."""

    id: str
    lat: float
    lon: float
    label: str
    radius_m: float = 0.0


@dataclass(frozen=True)
class RequestPin:
    """What was asked of a camera's owner, at the camera; `state` is a RequestState's value."""

    camera_id: str
    lat: float
    lon: float
    label: str
    state: str


@dataclass(frozen=True)
class LookedPin:
    """A camera whose footage was searched to its end, and nothing is left of it that anybody takes for the subject."""

    camera_id: str
    lat: float
    lon: float
    label: str


@dataclass(frozen=True)
class WayLine:
    """From one sighting to the next; `is_by_streets` or in a straight line."""

    places: Sequence[Place]
    is_by_streets: bool = False


@dataclass(frozen=True)
class ReachShape:
    """Where the subject can be: borders, the streets inside, and the same in words."""

    rings: Sequence[Sequence[Place]] = ()
    streets: Sequence[Sequence[Place]] = ()
    words: str = ""


NOWHERE = ReachShape()


@dataclass(frozen=True)
class Layers:
    """What was known at one hour."""

    sightings: Sequence[SightingPin] = ()
    matches: Sequence[MatchPin] = ()
    requests: Sequence[RequestPin] = ()
    looked: Sequence[LookedPin] = ()
    ways: Sequence[WayLine] = ()
    reach: ReachShape = NOWHERE
    tips: Sequence[TipPin] = ()


NOTHING = Layers()


@dataclass(frozen=True)
class TimeAxis:
    """The hours that the time slider offers, and the address at which it asks for one (…&at=…).

    `marks` are the times of the sightings. `zone` is the name of the case's own clocks.
    """

    start: datetime
    end: datetime
    url: str
    zone: str = "UTC"
    marks: Sequence[datetime] = ()


@dataclass(frozen=True)
class CaseOnMap:
    """Everything of one case that the map shows.

    `cameras` are those drawn as markers of their own: up to rank BADGES, selected, or with footage. All others are
    fetched by static/lastseen-cameras.js, anew whenever `cameras_token` changes.

    `areas` are the shapes of the search area (`dashboard.drawing.on_map`). They are loaded when the map appears, and
    again whenever `areas_token` changes; `heard` is how many acts of drawing each mount of the map has told so far.
    `draft` is a place just chosen for a new sighting, with its radius in metres. `title` stands above a printed map.
    """

    view: View
    cameras: Sequence[CameraPin] = ()
    cameras_token: str = ""
    layers: Layers = NOTHING
    time: TimeAxis | None = None
    areas: Sequence[Mapping[str, object]] = ()
    areas_token: str = ""
    heard: Mapping[str, int] = field(default_factory=dict)
    draft: tuple[float, float, float] | None = field(default=None)
    title: str = ""


def content(case: CaseOnMap) -> dict[str, object]:
    """All of it as JSON for `LastSeen.show`."""
    view = case.view
    return {
        "view": {"bounds": [[view.south, view.west], [view.north, view.east]], "token": view.token},
        "areas": {"features": list(case.areas), "token": case.areas_token, "heard": dict(case.heard)},
        # best rank last, so that it lies on top
        "cameras": [_camera(pin) for pin in sorted(case.cameras, key=lambda pin: -(pin.rank or 10**9))],
        "cameras_token": case.cameras_token,
        "layers": layers_content(case.layers),
        "time": _time(case.time) if case.time else None,
        "draft": list(case.draft) if case.draft else None,
        "title": map_text(case.title),
    }


def layers_content(layers: Layers) -> dict[str, object]:
    """What was known at one hour, as JSON."""
    return {
        "sightings": [_sighting(pin) for pin in layers.sightings],
        "matches": _matches(layers.matches),
        "tips": [_pin(PinKind.TIP, pin, pin.id) | {"radius_m": pin.radius_m} for pin in layers.tips],
        "requests": [_pin(PinKind.CAMERA, pin, pin.camera_id) | {"state": pin.state} for pin in layers.requests],
        "looked": [_pin(PinKind.CAMERA, pin, pin.camera_id) for pin in layers.looked],
        "ways": [{"places": _line(way.places), "streets": way.is_by_streets} for way in layers.ways],
        "reach": {
            "rings": [_line(ring) for ring in layers.reach.rings],
            "streets": [_line(line) for line in layers.reach.streets],
            "words": map_text(layers.reach.words),
        },
    }


def pin_mark(kind: PinKind, pin_id: str, lat: float, lon: float) -> str:
    """The hidden end of a tooltip by which a click tells its pin."""
    return f"{ID_MARK}{kind}:{map_text(pin_id)}@{lat!r},{lon!r}"


def _pin(
    kind: PinKind, pin: CameraPin | SightingPin | MatchPin | TipPin | RequestPin | LookedPin, pin_id: str
) -> dict[str, object]:
    if not (isfinite(pin.lat) and isfinite(pin.lon)):  # JSON has no NaN: it would blank the whole map
        raise ValueError(f"{kind} {pin_id}: ({pin.lat}, {pin.lon}) is not a place")
    words = "<br>".join(map_text(line) for line in pin.label.split("\n"))
    return {"lat": pin.lat, "lon": pin.lon, "words": words, "id": pin_mark(kind, pin_id, pin.lat, pin.lon)}


def _camera(pin: CameraPin) -> dict[str, object]:
    return _pin(PinKind.CAMERA, pin, pin.id) | {
        "rank": pin.rank,
        "selected": pin.is_selected,
        "footage": pin.has_footage,
        "sectors": [_line(ring) for ring in pin.sectors],
    }


def _sighting(pin: SightingPin) -> dict[str, object]:
    return _pin(PinKind.SIGHTING, pin, pin.id) | {
        "number": pin.number,
        "radius_m": pin.radius_m,
        "confirmed": pin.is_confirmed_match,
        "last": pin.is_last,
        "later": pin.is_told_later,
    }


def _matches(pins: Sequence[MatchPin]) -> list[dict[str, object]]:
    """Matches of one camera fanned out by `slot`, those that wait for a review first; `more` stand behind the last."""
    order = list(MatchLook)
    taken: Counter[Place] = Counter()
    drawn: list[dict[str, object]] = []
    last: dict[Place, dict[str, object]] = {}
    for pin in sorted(pins, key=lambda pin: order.index(pin.look)):
        place, slot = (pin.lat, pin.lon), taken[(pin.lat, pin.lon)]
        taken[place] += 1
        if slot < AT_ONE_PLACE:
            last[place] = _pin(PinKind.MATCH, pin, pin.id) | {"look": str(pin.look), "slot": slot, "more": 0}
            drawn.append(last[place])
        else:
            last[place]["more"] = slot - AT_ONE_PLACE + 1
    return drawn


def _time(axis: TimeAxis) -> dict[str, object]:
    return {
        "from": _ms(axis.start),
        "to": _ms(axis.end),
        "url": axis.url,
        "zone": axis.zone,
        "marks": [_ms(at) for at in axis.marks],
    }


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _line(places: Sequence[Place]) -> list[list[float]]:
    return [[round(lat, 6), round(lon, 6)] for lat, lon in places]
