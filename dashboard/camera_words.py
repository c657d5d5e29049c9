"""What is known of a camera, in words."""

from collections.abc import Sequence
from datetime import date

from casework.camera_filter import Lack, Order
from dashboard.words import dated, later, t
from data.models import Camera

KINDS = {"": later("not known"), "fixed": later("fixed"), "dome": later("dome"), "ptz": later("turns and zooms (PTZ)")}
INDOOR = {None: later("not known"), True: later("indoors"), False: later("outdoors")}
FIELDS = {
    "name": later("Name"),
    "lat": later("Latitude"),
    "lon": later("Longitude"),
    "headings_deg": later("Looks towards"),
    "fov_deg": later("Field of view (degrees)"),
    "range_m": later("Sees as far as (m)"),
    "owner": later("Owner"),
    "contact": later("Contact"),
    "retention_days": later("Recordings are kept for (days)"),
    "clock_offset_s": later("Recorder is ahead of true time by (s)"),
    "clock_checked": later("How the clock was checked"),
    "kind": later("Kind"),
    "is_indoor": later("Where"),
    "mount": later("Mount"),
    "width_px": later("Picture width (px)"),
    "height_px": later("Picture height (px)"),
    "last_verified": later("Last verified"),
    "verified_by": later("Verified by"),
    "source": later("Source"),
    "direction_text": later("Direction, as its source says it"),
}
LACKS = {
    Lack.HEADING: later("No heading"),
    Lack.RANGE: later("No range"),
    Lack.RETENTION: later("No retention"),
    Lack.OWNER: later("No owner"),
    Lack.CONTACT: later("No contact"),
    Lack.VERIFIED: later("Never verified"),
}
ORDERS = {
    Order.NAME: later("by name"),
    Order.OWNER: later("by owner"),
    Order.VERIFIED: later("longest unverified first"),
    Order.RETENTION: later("shortest kept first"),
}


def shown(field: str, value: object) -> str:
    """A field's value as the pages show it; a dash where it is not known."""
    match value:
        case None | "" | ():
            return "–"
        case date():
            return dated(value, "%d %b %Y")
        case tuple():
            return looks(value)
        case bool():
            return t(INDOOR[value])
        case float():
            return f"{value:.6f}" if field in ("lat", "lon") else f"{value:g}"
    return t(KINDS[value]) if field == "kind" and value in KINDS else str(value)


def looks(headings_deg: Sequence[float]) -> str:
    return ", ".join(f"{heading:.0f}°" for heading in headings_deg)


def verified_words(camera: Camera) -> str:
    """When and by whom a camera was last verified."""
    if camera.last_verified is None:
        return t("Never verified")
    day = dated(camera.last_verified, "%d %b %Y")
    if camera.verified_by:
        return t("Last verified {day} by {name}", day=day, name=camera.verified_by)
    return t("Last verified {day}", day=day)
