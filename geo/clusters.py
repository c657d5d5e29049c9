"""What of very many places a map shows in one view: single places, and clusters where they lie closer than a thumb.

The grid is fixed to the world, not to the view: panning never regroups what stays in sight.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from data.errors import BadInput, BadPlace
from geo.distance import Floats, on_globe
from geo.streets import Ints

TILE_PX = 256  # of a Web Mercator world at zoom 0, as Leaflet draws it
TOP_ZOOM = 24
CELL_PX = 68  # two numbers of five digits fit beside one another
CLOSE_CELL_PX = 26  # from CLOSE_ZOOM on: only what would lie upon one another is grouped
CLOSE_ZOOM = 16
TOP_LAT = 85.0511287798066  # where Web Mercator ends: atan(sinh(pi)) in degrees


@dataclass(frozen=True)
class View:
    """A map's window in degrees; `west` may exceed `east`, or either lie beyond 180, where it crosses the date line."""

    south: float
    west: float
    north: float
    east: float
    zoom: float

    def __post_init__(self) -> None:
        if not all(np.isfinite([self.south, self.west, self.north, self.east, self.zoom])):
            raise BadInput("view: its edges must be numbers")
        if not -90 <= self.south <= self.north <= 90:
            raise BadPlace(
                f"view: south {self.south} and north {self.north} must lie between -90 and 90, in this order"
            )
        if not (abs(self.west) <= 1080 and abs(self.east) <= 1080):
            raise BadPlace("view: west and east must lie within three times round the globe")
        if not 0 <= self.zoom <= TOP_ZOOM:
            raise BadInput(f"view: zoom {self.zoom} must lie between 0 and {TOP_ZOOM}")


@dataclass(frozen=True)
class Shown:
    """What to draw; arrays of one length in each half.

    Attributes
    ----------
    places
        Numbers of the places drawn singly, ascending.
    lat, lon
        Means of the clusters' members, in degrees.
    count
        How many members each cluster has, 2 at least.
    box
        South, west, north, east of each cluster's members; shape ``(clusters, 4)``.
    first
        The number of one member of each cluster: the lowest by `order`.
    """

    places: Ints
    lat: Floats
    lon: Floats
    count: Ints
    box: Floats
    first: Ints


class Clusters:
    """
    Places on a Web Mercator map, ready to be grouped for any view.

    Parameters
    ----------
    lat, lon
        Decimal degrees, shape ``(n,)``; a place's number is its position here.

    Raises
    ------
    BadPlace
        When a place is not on the globe.
    """

    def __init__(self, lat: ArrayLike, lon: ArrayLike) -> None:
        lats, lons = on_globe(lat, lon, what="clusters")
        y = mercator_y(lats)
        self._order: Ints = np.argsort(y, kind="stable")
        self._x, self._y = ((lons + 180.0) / 360.0 % 1.0)[self._order], y[self._order]
        self._lat, self._lon = lats[self._order], lons[self._order]

    def __len__(self) -> int:
        return len(self._lat)

    def seen(self, view: View, *, order: ArrayLike | None = None, leave_out: ArrayLike | None = None) -> Shown:
        """
        Group what lies in `view`.

        Parameters
        ----------
        view
            The window and its zoom; a fractional zoom is taken as the whole one below.
        order
            One number a place; a cluster's `first` is the member with the lowest. By default the place's number.
        leave_out
            One boolean a place: whether it is drawn otherwise, and counts for nothing here. By default none is.

        Returns
        -------
        Shown
            Every other place of the view once, alone or in one cluster.
        """
        inside = self._inside(view)
        if leave_out is not None:
            inside = inside[~np.asarray(leave_out, np.bool_)[self._order[inside]]]
        zoom = int(view.zoom)
        cells = (TILE_PX << zoom) / (CLOSE_CELL_PX if zoom >= CLOSE_ZOOM else CELL_PX)
        cell = np.floor(self._y[inside] * cells).astype(np.int64) << 32 | np.floor(self._x[inside] * cells).astype(
            np.int64
        )
        numbers = self._order[inside]
        by_cell = np.argsort(cell, kind="stable")
        cell, numbers, inside = cell[by_cell], numbers[by_cell], inside[by_cell]
        starts = np.flatnonzero(np.r_[len(cell) > 0, cell[1:] != cell[:-1]])
        counts = np.diff(np.r_[starts, len(cell)]).astype(np.int64)
        many = counts > 1
        lats, lons = self._lat[inside], self._lon[inside]
        rank = numbers if order is None else np.asarray(order)[numbers]
        return Shown(
            np.sort(numbers[starts[~many]]),
            (_by_cell(np.add, lats, starts) / counts)[many],
            (_by_cell(np.add, lons, starts) / counts)[many],  # no cell straddles the date line
            counts[many],
            np.column_stack([_by_cell(of, at, starts) for of in (np.minimum, np.maximum) for at in (lats, lons)])[many],
            numbers[_lowest(rank, starts, counts)][many],
        )

    def within(self, view: View) -> Ints:
        """Numbers of the places that lie in the view, whatever its zoom, ascending."""
        return np.sort(self._order[self._inside(view)])

    def _inside(self, view: View) -> Ints:
        """Positions, within our order, of the places in the view."""
        top, bottom = mercator_y(np.array([view.north, view.south]))
        rows = slice(int(np.searchsorted(self._y, top, "left")), int(np.searchsorted(self._y, bottom, "right")))
        width = view.east - view.west
        x = self._x[rows]
        if width < 0:
            width += 360.0
        if width >= 360.0:
            return np.arange(rows.start, rows.stop, dtype=np.int64)
        from_x = (view.west + 180.0) / 360.0 % 1.0
        within = (x - from_x) % 1.0 <= width / 360.0
        return np.flatnonzero(within).astype(np.int64) + rows.start


def _by_cell(of: np.ufunc, values: Floats, starts: Ints) -> Floats:
    return np.asarray(of.reduceat(values, starts), np.float64) if len(starts) else np.empty(0)


def _lowest(rank: Ints, starts: Ints, counts: Ints) -> Ints:
    """The position of the lowest rank of each cell; of equals, the first."""
    if not len(starts):
        return np.empty(0, np.int64)
    is_lowest = rank == np.repeat(np.minimum.reduceat(rank, starts), counts)
    lowest = np.flatnonzero(is_lowest)
    return lowest[np.searchsorted(lowest, starts)]


def mercator_y(lat: Floats) -> Floats:
    """
    Web Mercator (EPSG:3857) ordinate, 0 at its northern edge and 1 at its southern; beyond `TOP_LAT` its edge.

    Examples
    --------
    >>> float(mercator_y(np.array([0.0]))[0])
    0.5
    """
    lats = np.radians(np.clip(lat, -TOP_LAT, TOP_LAT))
    return np.asarray((1.0 - np.arcsinh(np.tan(lats)) / np.pi) / 2.0, np.float64)
