"""Cameras from CSV, GeoJSON, OpenStreetMap files and Overpass answers, with a word on everything not understood."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from data.importers.columns import CAMERA_COLUMNS, OSM_CAMERA_COLUMNS, Columns, chosen, plain
from data.importers.directions import Direction, parse_direction
from data.importers.fields import Fields, Place, check_places, content_id, far_from_all, looks_swapped
from data.importers.files import Kind, shown_name
from data.importers.rows import RowProblem
from data.importers.tables import read_table
from data.importers.values import apart_m, day, days, metres, number, pixels, seconds
from data.models import LARGEST_CLOCK_OFFSET_S, LONGEST_RETENTION_DAYS, Camera

SAME_PLACE_M = 5.0
UNITS: Mapping[str, tuple[str, ...]] = {
    "range_m": ("m", "ft", "km"),
    "retention_days": ("days", "hours", "weeks"),
    "clock_offset_s": ("seconds", "minutes", "hours"),
}
"""In what a file's numbers may be that carry no unit of their own, the usual one first."""
_KINDS = {"fixed": "fixed", "static": "fixed", "bullet": "fixed", "dome": "dome", "ptz": "ptz", "panning": "ptz"}
_YES_NO = {
    "yes": True,
    "true": True,
    "1": True,
    "indoor": True,
    "no": False,
    "false": False,
    "0": False,
    "outdoor": False,
}


@dataclass(frozen=True)
class CameraImport:
    """What a file gives: cameras in its order, and everything that was not taken as it stands.

    `mapping` tells which columns each field was read from (where the first is empty, the next), `ignored` the columns
    that were not read at all, `notes` what holds for the whole file.
    """

    file_name: str
    kind: Kind
    cameras: tuple[Camera, ...]
    problems: tuple[RowProblem, ...]
    columns: tuple[str, ...]
    mapping: Columns
    ignored: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def rows_left_out(self) -> int:
        return len({problem.row for problem in self.problems if not problem.row_kept})


def read_cameras(
    data: bytes,
    file_name: str,
    *,
    mapping: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    near: Place | None = None,
) -> CameraImport:
    """The cameras in a file of any known kind, plain or packed by gzip or bzip2.

    `mapping` of field to column ("" for none) overrides the guess from the column names, `units` (see UNITS) says in
    what numbers without a unit of their own are. `near`, such as the middle of
    the case, lets exchanged latitudes and longitudes be noticed; they are reported, never put right in silence.
    BadInput only where the file as a whole cannot be used: a bad row is left out, or loses a field, and is reported.
    """
    name = shown_name(file_name)
    kind, table = read_table(data, file_name)
    known = OSM_CAMERA_COLUMNS if "man_made" in table.columns else CAMERA_COLUMNS
    columns = chosen(table.columns, known, mapping, file_name)
    check_places(table, columns, file_name)
    problems = list(table.problems)
    read = [
        (row.number, camera)
        for row in table.rows
        if (camera := _camera(Fields(row, columns, problems, units or {}), name)) is not None
    ]
    cameras = _with_own_ids(read, problems)
    notes = [*table.notes, *_notes(read, problems, near)]
    used = {name for names in columns.values() for name in names}
    ignored = tuple(name for name in table.columns if name not in used)
    problems.sort(key=lambda problem: problem.row)
    return CameraImport(name, kind, cameras, tuple(problems), table.columns, columns, ignored, tuple(notes))


def _camera(fields: Fields, source: str) -> Camera | None:
    place = fields.place()
    if place is None:
        return None
    if fields.text("subtype").casefold() == "guard":
        fields.note("subtype", "is a guard, not a camera", row_kept=False)
        return None
    camera_id = _id(fields)
    direction = _direction(fields)
    fov_deg = fields.value("fov_deg", _fov, "a width above 0 and up to 360 degrees") or direction.width_deg
    width_px, height_px = _resolution(fields)
    return Camera(
        id=camera_id,
        name=fields.text("name") or camera_id,
        lat=place[0],
        lon=place[1],
        headings_deg=direction.headings_deg,
        fov_deg=fov_deg,
        range_m=fields.value("range_m", lambda text: _above_0(metres(text)), "a length above 0 in metres"),
        width_px=width_px,
        height_px=height_px,
        kind=fields.value("kind", lambda text: _KINDS.get(text.casefold()), "fixed, dome or ptz") or "",
        mount=fields.text("mount").casefold(),
        is_indoor=_is_indoor(fields),
        owner=fields.text("owner"),
        contact=fields.text("contact"),
        retention_days=fields.value("retention_days", _retention, "a number of days above 0"),
        clock_offset_s=fields.value("clock_offset_s", _clock_offset, "a number of seconds") or 0.0,
        clock_checked=fields.text("clock_checked"),
        direction_text=direction.text,
        source=_source(fields, source),
        last_verified=fields.value("last_verified", day, "a date such as 2026-03-01"),
    )


def _id(fields: Fields) -> str:
    """The feature's own id, else the id column's ("node/" before an OSM number), else one made from the row."""
    own = fields.row.id or fields.text("id")
    if own and fields.text("osm_type") and plain(fields.column("id")) == "osmid":
        return f"{fields.text('osm_type')}/{own}"
    return own or content_id("row", fields.row)


def _direction(fields: Fields) -> Direction:
    direction = parse_direction(fields.text("direction"))
    if not direction.understood:
        fields.note("direction", "direction not understood; kept as text, heading unknown")
    return direction


def _source(fields: Fields, source: str) -> str:
    """The file's name, with camera:angle verbatim: a tilt in some sources, a width in others, so never interpreted."""
    angle = fields.text("tilt_or_width")
    if not angle:
        return source
    fields.note("tilt_or_width", "not used: a tilt in some sources, a width in others")
    return f"{source} ({fields.column('tilt_or_width')}={angle})"


def _is_indoor(fields: Fields) -> bool | None:
    said = fields.value("indoor", lambda text: _YES_NO.get(text.casefold()), "yes or no")
    return said if said is not None else _YES_NO.get(fields.text("setting").casefold())


def _resolution(fields: Fields) -> tuple[int | None, int | None]:
    both = fields.value("resolution", pixels, "a size such as 1920x1080")
    if both is not None:
        return both
    width = fields.value("width_px", _pixel_count, "a whole number of pixels")
    return width, fields.value("height_px", _pixel_count, "a whole number of pixels")


def _pixel_count(text: str) -> int | None:
    count = number(text)
    return int(count) if count is not None and count.is_integer() and 0 < count <= 100_000 else None


def _fov(text: str) -> float | None:
    width = number(text.rstrip("°º ").removesuffix("deg").rstrip())
    return width if width is not None and 0 < width <= 360 else None


def _retention(text: str) -> float | None:
    span = _above_0(days(text))
    return span if span is not None and span <= LONGEST_RETENTION_DAYS else None


def _clock_offset(text: str) -> float | None:
    offset_s = seconds(text)
    return offset_s if offset_s is not None and abs(offset_s) <= LARGEST_CLOCK_OFFSET_S else None


def _above_0(value: float | None) -> float | None:
    return value if value is not None and value > 0 else None


def _with_own_ids(read: list[tuple[int, Camera]], problems: list[RowProblem]) -> tuple[Camera, ...]:
    """Each id once: a row that repeats one at the same place is left out, elsewhere it gets an id of its own."""
    first: dict[str, tuple[int, Camera]] = {}
    for row, camera in read:
        if camera.id not in first:
            first[camera.id] = (row, camera)
            continue
        earlier_row, earlier = first[camera.id]
        if apart_m((earlier.lat, earlier.lon), (camera.lat, camera.lon)) <= SAME_PLACE_M:
            problems.append(RowProblem(row, "id", f"repeats row {earlier_row}; left out", camera.id))
            continue
        own_id = _free_id(camera.id, row, first)
        message = f"was already used by row {earlier_row} at another place; imported as {own_id}"
        problems.append(RowProblem(row, "id", message, camera.id, row_kept=True))
        first[own_id] = (row, replace(camera, id=own_id))
    return tuple(camera for _, camera in first.values())


def _free_id(taken: str, row: int, ids: Mapping[str, object]) -> str:
    own_id = f"{taken}#{row}"
    while own_id in ids:
        own_id += "#"
    return own_id


def _notes(read: list[tuple[int, Camera]], problems: list[RowProblem], near: Place | None) -> list[str]:
    """Suspicions about places that are valid: exchanged latitude and longitude, and (0, 0) for "unknown"."""
    places = [(camera.lat, camera.lon) for _, camera in read]
    swapped = looks_swapped(places, near)
    for index in swapped:
        message = "latitude and longitude look swapped; imported as given"
        lat, lon = places[index]
        problems.append(RowProblem(read[index][0], "lat, lon", message, f"{lat:.10g}, {lon:.10g}", row_kept=True))
    is_swapped = set(swapped)
    others = [index for index in range(len(places)) if index not in is_swapped]
    for place in far_from_all([places[index] for index in others]):
        row, camera = read[others[place]]
        message = "lies far from the other cameras of the file; imported as given"
        problems.append(RowProblem(row, "lat, lon", message, f"{camera.lat:.10g}, {camera.lon:.10g}", row_kept=True))
    at_zero = [row for row, camera in read if camera.lat == camera.lon == 0]
    problems += [RowProblem(row, "lat, lon", "is 0, 0: probably unknown", "0, 0", row_kept=True) for row in at_zero]
    if not swapped:
        return []
    return [f"{len(swapped)} of {len(read)} places look as if latitude and longitude were swapped"]
