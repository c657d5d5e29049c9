"""Waypoints, routes and tracks from GPX files; a long track is thinned to the points that tell where it went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped]
from defusedxml.ElementTree import fromstring  # type: ignore[import-untyped]

from data.errors import BadInput
from data.importers.files import MAX_TEXT, one_line, shown_name
from data.importers.values import apart_m, number

MAX_TRACK_POINTS = 50
_SPACING_M, _SPACING_S = 100.0, 600.0


@dataclass(frozen=True)
class GpxPoint:
    """One point as written. `number` counts all points of the file from 1; texts are empty where it has none."""

    number: int
    lat: float | None
    lon: float | None
    time: str
    name: str


@dataclass(frozen=True)
class GpxLine:
    """A track, a route, or (as `is_waypoints`) the single points of the file, which belong to no line."""

    name: str
    points: tuple[GpxPoint, ...]
    is_waypoints: bool = False


def read_gpx(data: bytes, file_name: str) -> tuple[GpxLine, ...]:
    """The lines of a GPX file of any version. BadInput for damaged XML, and for XML with a DTD or entities."""
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise BadInput(f"{shown_name(file_name)}: holds a document type or entities, which are refused") from error
    except (ParseError, ValueError, LookupError) as error:
        raise BadInput(f"{shown_name(file_name)}: is damaged GPX ({one_line(str(error))[:100]})") from error
    lines: list[tuple[str, bool, list[Element]]] = [("waypoints", True, [])]
    for element in root:
        tag = _tag(element)
        if tag == "wpt":
            lines[0][2].append(element)
        elif tag in ("trk", "rte"):
            points = [point for point in element.iter() if _tag(point) in ("trkpt", "rtept")]
            lines.append((_child(element, "name") or tag, False, points))
    return _numbered(lines)


def thinned(points: Sequence[tuple[datetime, tuple[float, float]]]) -> list[int]:
    """Which points of a track to keep: the first, the last, and each 100 m or 10 minutes after the one kept before.

    The spacing doubles until at most MAX_TRACK_POINTS are left. Points are in order of time.
    """
    spacing_m, spacing_s = _SPACING_M, _SPACING_S
    while len(kept := _spaced(points, spacing_m, spacing_s)) > MAX_TRACK_POINTS:
        spacing_m, spacing_s = 2 * spacing_m, 2 * spacing_s
    return kept


def _spaced(points: Sequence[tuple[datetime, tuple[float, float]]], spacing_m: float, spacing_s: float) -> list[int]:
    kept: list[int] = []
    for index, (at, place) in enumerate(points):
        if kept and index < len(points) - 1:
            last_at, last_place = points[kept[-1]]
            if (at - last_at).total_seconds() < spacing_s and apart_m(last_place, place) < spacing_m:
                continue
        kept.append(index)
    return kept


def _numbered(lines: list[tuple[str, bool, list[Element]]]) -> tuple[GpxLine, ...]:
    read = []
    number_before = 0
    for name, is_waypoints, elements in lines:
        points = tuple(_point(number_before + place, element) for place, element in enumerate(elements, start=1))
        number_before += len(points)
        if points:
            read.append(GpxLine(name, points, is_waypoints))
    return tuple(read)


def _point(position: int, element: Element) -> GpxPoint:
    lat, lon = (number(element.get(key, "").strip()[:MAX_TEXT]) for key in ("lat", "lon"))
    return GpxPoint(position, lat, lon, _child(element, "time"), _child(element, "name"))


def _tag(element: Element) -> str:
    """The tag without its namespace, which differs between GPX 1.0 and 1.1 and is often missing."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Element, name: str) -> str:
    return next((one_line(child.text or "") for child in element if _tag(child) == name), "")
