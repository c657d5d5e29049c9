"""What a camera can see: field-of-view sectors, pixels per metre, and the classes of IEC 62676-4."""

from dataclasses import dataclass
from math import radians, tan

import numpy as np
from numpy.typing import ArrayLike, NDArray

from data.models import Camera
from geo.distance import Floats, bearings_deg, destinations, distances_m

Bools = NDArray[np.bool_]

DEFAULT_RANGE_M = 25.0
"""Range of a camera whose source names none: 25 m, the project's contract for cameras without tags."""

DEFAULT_FOV_DEG = 90.0
"""Width of a lens whose heading is known and whose width is not: a usual 1080p lens of 2.8 to 3.6 mm."""

IEC_62676_4_PX_PER_M: dict[str, float] = {
    "inspect": 1000.0,
    "identify": 250.0,
    "recognise": 125.0,
    "observe": 62.5,
    "detect": 25.0,
    "monitor": 12.5,
}
"""Least pixels per metre of each class in IEC 62676-4:2014, finest first."""


@dataclass(frozen=True)
class View:
    """What a camera is taken to see: `headings_deg` empty means all round (or not known)."""

    range_m: float
    headings_deg: tuple[float, ...]
    fov_deg: float

    @property
    def share_seen(self) -> float:
        """Chance that the camera looks at a given point in range, 0 to 1: 1 in its sectors; width / 360 all round."""
        return 1.0 if self.headings_deg else min(1.0, self.fov_deg / 360.0)


def view_of(camera: Camera) -> View:
    """
    The view assumed of a camera: known facts, and the defaults for the rest.

    A width of 360 is all round whatever the heading. A heading that is unknown leaves a disc: every place in range may
    be seen, with a chance of width / 360 when the width is known, and 1 when nothing at all is.
    """
    range_m = camera.range_m if camera.range_m is not None else DEFAULT_RANGE_M
    if camera.fov_deg is not None and camera.fov_deg >= 360.0:
        return View(range_m, (), 360.0)
    if not camera.headings_deg:
        return View(range_m, (), camera.fov_deg if camera.fov_deg is not None else 360.0)
    return View(range_m, camera.headings_deg, camera.fov_deg if camera.fov_deg is not None else DEFAULT_FOV_DEG)


def sectors(camera: Camera) -> list[list[tuple[float, float]]]:
    """
    Outlines of what a camera sees, for drawing.

    Returns
    -------
    rings
        One closed ring of ``(lat, lon)`` a heading, apex first and last; a single circle when the heading is unknown.
        Longitudes run on past 180 rather than jump, so that a ring across the antimeridian is drawn in one piece.
    """
    view = view_of(camera)
    if not view.headings_deg:
        return [_ring(camera, np.linspace(0.0, 360.0, 49), view.range_m, apex=False)]
    steps = max(2, int(view.fov_deg / 6.0) + 1)
    half = view.fov_deg / 2.0
    return [
        _ring(camera, np.linspace(heading - half, heading + half, steps), view.range_m, apex=True)
        for heading in view.headings_deg
    ]


def _ring(camera: Camera, bearing_deg: Floats, range_m: float, *, apex: bool) -> list[tuple[float, float]]:
    lats, lons = destinations(camera.lat, camera.lon, bearing_deg, range_m)
    # nearest copy of each longitude, so that no edge runs round the globe
    lons = lons + 360.0 * np.round((camera.lon - lons) / 360.0)
    arc = [(float(lat), float(lon)) for lat, lon in zip(lats, lons, strict=True)]
    return [(camera.lat, camera.lon), *arc, (camera.lat, camera.lon)] if apex else arc


def covers(camera: Camera, lat: ArrayLike, lon: ArrayLike) -> Bools:
    """
    Whether places lie in a camera's range and in one of its sectors, edges included.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``.

    Returns
    -------
    covered
        Booleans, shape ``(n,)``. The camera's own place is covered.
    """
    view = view_of(camera)
    lats, lons = np.atleast_1d(np.asarray(lat, dtype=np.float64)), np.atleast_1d(np.asarray(lon, dtype=np.float64))
    away_m = distances_m(camera.lat, camera.lon, lats, lons)
    seen: Bools = np.asarray(away_m <= view.range_m)
    if not view.headings_deg:
        return seen
    bearing_deg = bearings_deg(camera.lat, camera.lon, lats, lons)
    return np.asarray(seen & (in_sectors(bearing_deg, view) | (away_m == 0.0)))


def in_sectors(bearing_deg: Floats, view: View) -> Bools:
    """Whether bearings lie within one of a view's sectors; differences are taken the short way round north."""
    off = np.stack([np.abs((bearing_deg - heading + 180.0) % 360.0 - 180.0) for heading in view.headings_deg])
    return np.asarray((off <= view.fov_deg / 2.0 + 1e-9).any(axis=0))


def pixels_per_m(camera: Camera, range_m: float) -> float | None:
    """
    Pixels that one metre takes across the picture, at a distance from the camera.

    Parameters
    ----------
    range_m
        Metres from the camera, above 0.

    Returns
    -------
    density
        Width in pixels over the width of the scene, ``2 * range * tan(fov / 2)``; None when the picture's width is not
        known, or the lens is wider than 150 degrees, where a flat picture no longer holds (fisheyes).
    """
    view = view_of(camera)
    fov_deg = view.fov_deg if view.headings_deg or camera.fov_deg is not None else DEFAULT_FOV_DEG
    if camera.width_px is None or fov_deg > 150.0 or range_m <= 0:
        return None
    return camera.width_px / (2.0 * range_m * tan(radians(fov_deg) / 2.0))


def iec_class(density_px_per_m: float) -> str:
    """
    The finest class of IEC 62676-4 that a density reaches.

    Examples
    --------
    >>> iec_class(250.0), iec_class(80.0), iec_class(3.0)
    ('identify', 'observe', 'none')
    """
    return next((name for name, least in IEC_62676_4_PX_PER_M.items() if density_px_per_m >= least), "none")


def share_resolved(camera: Camera) -> float:
    """
    Chance that the subject, once in view, comes out large enough to be told from others; 0.2 to 1.

    At half of the camera's range: 1 from the 125 px/m of IEC's "recognise" on, falling with the pixels below. 1 when
    the picture's width is not known, so that nobody is ranked down for a blank field. A plain choice.
    """
    density = pixels_per_m(camera, view_of(camera).range_m / 2.0)
    return 1.0 if density is None else min(1.0, max(0.2, density / IEC_62676_4_PX_PER_M["recognise"]))
