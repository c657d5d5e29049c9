"""What a file says of where and when it was taken, as it goes from a child to its parent."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from recognition.apart_checks import moment_of, number_in, text_in
from recognition.apart_wire import Nonsense
from recognition.taken import Taken


def taken_said(taken: Taken) -> dict[str, Any]:
    value = asdict(taken)
    for name in ("shown", "satellite_at"):
        value[name] = None if value[name] is None else value[name].isoformat()
    return value


def taken_heard(value: Any) -> Taken:
    if not isinstance(value, dict):
        raise Nonsense("says in another form where it was taken")
    lat, lon, accuracy_m = (
        None if value.get(name) is None else number_in(value, name) for name in ("lat", "lon", "accuracy_m")
    )
    if (lat is None) != (lon is None) or abs(lat or 0.0) > 90 or abs(lon or 0.0) > 180:
        raise Nonsense("sends a place off the globe")
    return Taken(
        shown=None if value.get("shown") is None else _shown(value["shown"]),
        shown_by=text_in(value, "shown_by"),
        satellite_at=None if value.get("satellite_at") is None else moment_of(value["satellite_at"]),
        lat=lat,
        lon=lon,
        accuracy_m=accuracy_m,
        device=text_in(value, "device"),
    )


def _shown(text: Any) -> datetime:
    """What a clock showed, with or without its zone."""
    try:
        return datetime.fromisoformat(text)
    except (ValueError, TypeError) as error:
        raise Nonsense("sends a time that is none") from error
