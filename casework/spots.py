"""Spots: where a camera stood that somebody held in their hand, such as a phone.

A spot is kept as a `Camera` with `spot_of`, the one case that knows it, so that footage, candidates and sightings find
their place as for any camera. It is in no list of cameras, is never ranked or asked for footage, and goes with the
footage that was taken there.
"""

from collections.abc import Iterable
from math import isfinite

from casework.cases import new_id
from data import spot_rows
from data.errors import BadInput
from data.importers.files import one_line
from data.models import Camera, checked_place, utc_now
from data.writing import Writing

LARGEST_RADIUS_M = 20_000.0
"""A place known no better than this says nothing of where somebody was."""
SMALLEST_RADIUS_M = 1.0
UNNAMED = "hand-held camera"


def put_spot(
    writing: Writing, case_id: str, *, lat: float, lon: float, radius_m: float, name: str, by: str, source: str = ""
) -> Camera:
    """A spot of the case: the one that is there already with this place, radius and name, or a new one.

    `radius_m` is how far the place may be off: the radius of a sighting made from footage taken there. `source` says
    where the place is from, such as "typed". Put it in the transaction that adds its footage. BadPlace off the globe,
    BadInput for a radius that is none.
    """
    name, source = one_line(name) or UNNAMED, one_line(source)
    check_spot(lat, lon, radius_m, name)
    spot = Camera(
        new_id(), name, lat, lon, range_m=max(radius_m, SMALLEST_RADIUS_M), kind="hand-held", source=source,
        verified_by=by, spot_of=case_id,
    )  # fmt: skip
    known = spot_rows.like(writing, spot)
    if known is not None:
        return known
    writing.add(spot)
    writing.audit(
        at=utc_now(), by=by, action="spot put", case_id=case_id, camera=spot.id, lat=lat, lon=lon,
        radius_m=spot.range_m, place_from=source,
    )  # fmt: skip
    return spot


def check_spot(lat: float, lon: float, radius_m: float, name: str) -> None:
    """BadPlace off the globe, BadInput for a radius that is none."""
    checked_place(lat, lon, name or UNNAMED)
    if not (isfinite(radius_m) and 0 <= radius_m <= LARGEST_RADIUS_M):
        most = f"{LARGEST_RADIUS_M / 1000:,.0f} km"
        raise BadInput(f"{name or UNNAMED}: the place must be known to {most} or better to say where somebody was")


def by_id(spots: Iterable[Camera]) -> dict[str, Camera]:
    """The spots, to find by their ids."""
    return {spot.id: spot for spot in spots}
