"""Map tiles drawn from a street network: a base map where there is neither the internet nor a file of tiles."""

from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from data.errors import BadPlace
from geo.clusters import TILE_PX, mercator_y
from geo.distance import Floats
from geo.streets import ON_WHEELS, Ints, StreetNetwork

Bools = NDArray[np.bool_]

TOP_ZOOM = 22
DOTS_TO_ZOOM = 10
"""Up to here a street is a row of dots: pieces of 100 m (streets_build.LONGEST_PIECE_M) are about one pixel long."""
_SUB_PX = 4  # bits of a pixel's fraction, as OpenCV takes them
_MARGIN_PX = 16.0  # as wide as the widest line and its edge


class Theme(StrEnum):
    """Which page the tiles lie on."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True)
class _Colours:
    """Blue, green, red."""

    ground: tuple[int, int, int]
    edge: tuple[int, int, int]
    street: tuple[int, int, int]
    path: tuple[int, int, int]


_COLOURS = {
    Theme.LIGHT: _Colours((238, 241, 242), (196, 203, 207), (255, 255, 255), (176, 190, 196)),
    Theme.DARK: _Colours((38, 31, 27), (24, 20, 18), (92, 80, 72), (70, 62, 54)),
}


class StreetTiles:
    """
    Tiles of one network, on a Web Mercator map.

    Parameters
    ----------
    streets
        Drawn with everything in it; streets for wheels wider than ways for feet alone. May be empty.
    """

    def __init__(self, streets: StreetNetwork) -> None:
        self._start = streets.shape_start
        self._is_path = (streets.edge_use & ON_WHEELS) == 0
        x, y = (streets.shape_lon + 180.0) / 360.0, mercator_y(streets.shape_lat)
        if streets.edge_count:
            # an edge over the antimeridian runs on beyond the map's border
            first = np.repeat(x[self._start[:-1]], np.diff(self._start))
            x = x - np.round(x - first)
            self._west, self._east = (of.reduceat(x, self._start[:-1]) for of in (np.minimum, np.maximum))
            self._north, self._south = (of.reduceat(y, self._start[:-1]) for of in (np.minimum, np.maximum))
            self._crosses = bool((self._west < 0.0).any() or (self._east > 1.0).any())
        self._xy: Floats = np.stack([x, y], axis=1)

    def png(self, z: int, x: int, y: int, *, theme: Theme = Theme.LIGHT, scale: int = 1) -> bytes:
        """
        Draw one tile.

        Parameters
        ----------
        z, x, y
            Its address, y counted from the north.
        theme
            Colours.
        scale
            2 for a tile of twice as many pixels of the same place, for screens that show them.

        Returns
        -------
        png
            The picture; the bare ground where no street is.

        Raises
        ------
        BadPlace
            When a map has no such tile, or `z` is above TOP_ZOOM.
        """
        if not (0 <= z <= TOP_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
            raise BadPlace(f"tile {z}/{x}/{y}: a map has no such tile")
        size = TILE_PX * scale
        colours = _COLOURS[theme]
        image = np.full((size, size, 3), colours.ground, np.uint8)
        if len(self._start) > 1:
            for turn in (-1, 0, 1) if self._crosses else (0,):
                self._draw(image, z, x + (turn << z), y, colours)
        done, content = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 3])
        assert done  # noqa: S101  three channels of eight bits always encode
        return content.tobytes()

    def _draw(self, image: NDArray[np.uint8], z: int, x: int, y: int, colours: _Colours) -> None:
        size = image.shape[0]
        px = float(size << z)  # pixels of the whole world
        margin = _MARGIN_PX * size / TILE_PX / px
        inside = self._inside((x * size) / px, (y * size) / px, size / px, margin)
        if not len(inside):
            return
        corners, counts = _all_of(self._start, inside)
        at_px = self._xy[corners] * px - (x * size, y * size)
        if z <= DOTS_TO_ZOOM:
            _dots(image, at_px, colours.edge)
            return
        scale = size // TILE_PX
        # OpenCV counts from the middle of the first pixel
        lines = np.split(np.round((at_px - 0.5) * (1 << _SUB_PX)).astype(np.int32), np.cumsum(counts)[:-1])
        is_path = self._is_path[inside].tolist()
        paths = [line for line, of in zip(lines, is_path, strict=True) if of]
        streets = [line for line, of in zip(lines, is_path, strict=True) if not of]
        width = street_width_px(z) * scale
        _lines(image, paths, colours.path, max(1, round(width / 3)))
        if width >= 3:
            _lines(image, streets, colours.edge, width + 2 * scale)
            _lines(image, streets, colours.street, width)
        else:
            _lines(image, streets, colours.edge, width)

    def _inside(self, west: float, north: float, side: float, margin: float) -> Ints:
        """Edges whose box meets the tile's."""
        is_inside = self._east >= west - margin
        is_inside &= self._west <= west + side + margin
        is_inside &= self._south >= north - margin
        is_inside &= self._north <= north + side + margin
        return np.flatnonzero(is_inside)


def street_width_px(z: int) -> int:
    """How wide a street is drawn.

    >>> [street_width_px(z) for z in (11, 14, 16, 18, 20)]
    [1, 2, 5, 9, 12]
    """
    return min(12, max(1, round(1.3 ** (z - 11)) if z < 14 else 2 * (z - 14) + 1 if z > 14 else 2))


def _all_of(start: Ints, edges: Ints) -> tuple[Ints, Ints]:
    """All corners of some edges, and how many each has."""
    counts = start[edges + 1] - start[edges]
    offsets = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(start[edges], counts) + offsets, counts


def _dots(image: NDArray[np.uint8], xy: Floats, colour: tuple[int, int, int]) -> None:
    at = np.floor(xy).astype(np.int64)
    at = at[((at >= 0) & (at < image.shape[0])).all(axis=1)]
    image[at[:, 1], at[:, 0]] = colour


def _lines(image: NDArray[np.uint8], lines: list[NDArray[np.int32]], colour: tuple[int, int, int], width: int) -> None:
    if lines:
        cv2.polylines(image, lines, isClosed=False, color=colour, thickness=width, lineType=cv2.LINE_AA, shift=_SUB_PX)
