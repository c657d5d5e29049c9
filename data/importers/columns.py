"""Which column of a file means what: guessed from its name, or told by the user."""

import re
from collections.abc import Mapping, Sequence

from data.errors import BadInput
from data.importers.files import shown_name

# field -> the names it goes by, the surest first; where a row leaves one empty, the next is read
CAMERA_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "@id", "camera_id", "osm_id", "asset_id", "site_id", "fid", "objectid", "uid"),
    "name": ("name", "camera_name", "site_name", "title", "label", "location", "location_name", "address", "site",
             "street", "description", "ref"),
    "lat": ("lat", "latitude", "lat_wgs84", "wgs84_lat", "gps_lat", "y"),
    "lon": ("lon", "lng", "long", "longitude", "lon_wgs84", "wgs84_lon", "gps_lon", "x"),
    "direction": ("camera:direction", "camera_direction", "direction_cardinal", "heading", "heading_deg",
                  "headings_deg", "direction", "bearing", "azimuth"),
    "fov_deg": ("camera:fov", "fov", "fov_deg", "camera_fov", "field_of_view", "hfov"),
    "range_m": ("camera:range", "range", "range_m", "camera_range"),
    "resolution": ("resolution", "camera:resolution"),
    "width_px": ("width_px",),
    "height_px": ("height_px",),
    "kind": ("camera:type", "camera_type", "kind"),
    "mount": ("camera:mount", "camera_mount", "mount", "mount_type"),
    "indoor": ("indoor", "is_indoor"),
    "setting": ("surveillance",),
    "owner": ("owner", "operator", "camera_owner", "organisation", "organization"),
    "contact": ("contact", "contact:email", "contact:phone", "email", "phone", "contact:website", "website"),
    "retention_days": ("retention_days", "retention", "retention_period"),
    "clock_offset_s": ("clock_offset_s", "clock_offset", "offset_s", "offset"),
    "clock_checked": ("clock_checked", "clock_check"),
    "last_verified": ("last_verified", "check_date", "survey:date", "last_checked"),
    "subtype": ("surveillance:type",),
    "tilt_or_width": ("camera:angle", "camera_angle"),
    "osm_type": ("osm_type",),
}  # fmt: skip
# OpenStreetMap's `location` is "underground" or "under_canopy", no name of a place
OSM_CAMERA_COLUMNS = {**CAMERA_COLUMNS, "name": ("name", "ref")}
SIGHTING_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "sighting_id"),
    "lat": CAMERA_COLUMNS["lat"],
    "lon": CAMERA_COLUMNS["lon"],
    "time": ("time", "at", "timestamp", "datetime", "date_time", "seen_at", "when", "time_utc", "utc_time"),
    "date": ("date", "day", "seen_on"),
    "radius_m": ("radius_m", "radius", "accuracy_m", "accuracy", "uncertainty_m", "uncertainty", "horizontal_accuracy"),
    "tolerance_s": ("tolerance_s", "tolerance", "time_tolerance_s"),
    "kind": ("kind", "type", "sighting_type"),
    "source": ("source", "reported_by", "witness", "description", "note", "notes", "name"),
}
NEVER_A_WIDTH = CAMERA_COLUMNS["tilt_or_width"]

Columns = Mapping[str, tuple[str, ...]]


def guessed(columns: Sequence[str], known: Columns) -> Columns:
    """For each known field the columns that may hold it, the surest first; fields without one are left out."""
    by_name: dict[str, str] = {}
    for column in columns:
        by_name.setdefault(plain(column), column)
    found = {
        field: tuple(by_name[key] for name in names if (key := plain(name)) in by_name)
        for field, names in known.items()
    }
    return {field: names for field, names in found.items() if names}


def chosen(columns: Sequence[str], known: Columns, mapping: Mapping[str, str] | None, file_name: str) -> Columns:
    """The guess, with the user's `mapping` of field to column laid over it; "" says that no column holds the field."""
    result = dict(guessed(columns, known))
    for field, column in (mapping or {}).items():
        if field not in known:
            raise BadInput(f"mapping: there is no field {field!r}; fields are {', '.join(known)}")
        if column and column not in columns:
            raise BadInput(f"{shown_name(file_name)}: has no column {column!r}; it has {', '.join(columns)[:300]}")
        if field == "fov_deg" and plain(column) in map(plain, NEVER_A_WIDTH):
            raise BadInput("mapping: camera:angle is a tilt in some sources and a width in others; not a field of view")
        result.pop(field, None)
        if column:
            result[field] = (column,)
    return result


def plain(name: str) -> str:
    """A column's name without case, blanks and punctuation, so that "Camera ID", "camera_id" and "cameraId" agree."""
    return re.sub(r"[^0-9a-z:@]", "", name.casefold())
