"""A gazetteer of one's own: streets, squares and towns by name, those near the case first, without asking anybody."""

import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.models import checked_place
from geo.distance import Floats, distances_m
from geo.names import NameIndex

NEAR_M = 500.0
"""Places nearer than this are equally near; beyond, each doubling of the distance costs one. A plain guess."""
PEOPLE = 0.5
"""What a place gains for each doubling of its inhabitants beyond a thousand. A plain guess."""
_FORMAT = 1
_MEMBER = "gazetteer_{}.npy"
_FIELDS = ("format", "text", "lat", "lon", "people")


@dataclass(frozen=True)
class Place:
    """A named place; `kind` is what its source calls it, "" where it does not say, `people` its inhabitants."""

    name: str
    lat: float
    lon: float
    kind: str = ""
    people: float = 0.0

    def __post_init__(self) -> None:
        checked_place(self.lat, self.lon, f"place {self.name[:60]}")


@dataclass(frozen=True)
class Found:
    """A place, how far it is from where was looked (None: from nowhere), and its cost, the lower the better."""

    place: Place
    distance_m: float | None
    cost: float


class Gazetteer:
    """Places to be found by name; a name's number is its position among those given."""

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._places = tuple(places)
        self._index = NameIndex([place.name for place in self._places])
        self._lat = np.array([place.lat for place in self._places], np.float64)
        self._lon = np.array([place.lon for place in self._places], np.float64)
        people = np.array([place.people for place in self._places], np.float64)
        self._gain = PEOPLE * np.log2(np.maximum(people / 1000.0, 1.0))

    def __len__(self) -> int:
        return len(self._places)

    @property
    def places(self) -> tuple[Place, ...]:
        return self._places

    def search(self, text: str, *, near: tuple[float, float] | None = None, limit: int = 10) -> list[Found]:
        """
        The places that somebody who types `text` may mean.

        Parameters
        ----------
        text
            Any beginning of the name or of its words, in any case, with or without accents, perhaps with slips.
        near
            ``(lat, lon)`` of the case; of two places alike in name the nearer one comes first.
        limit
            How many at most.

        Returns
        -------
        found
            Best first: by how well the name fits, how near and how populous the place is. Empty where none is like it.
        """
        numbers, costs = self._index.find(text, enough=limit)
        costs = costs - self._gain[numbers]
        away: Floats | None = None
        if near is not None:
            away = distances_m(near[0], near[1], self._lat[numbers], self._lon[numbers])
            costs = costs + np.log2(np.maximum(away / NEAR_M, 1.0))
        best = np.lexsort((numbers, costs))[:limit] if away is None else np.lexsort((numbers, away, costs))[:limit]
        return [
            Found(self._places[int(numbers[at])], None if away is None else float(away[at]), float(costs[at]))
            for at in best.tolist()
        ]

    def append_to(self, path: Path) -> None:
        """Add the places to a saved street network, so that both are one file (`load` finds them there)."""
        text = "\n".join(f"{_line(place.name)}\t{_line(place.kind)}" for place in self._places)
        people = np.array([place.people for place in self._places], np.float64)
        arrays: tuple[NDArray[Any], ...] = (
            np.array(_FORMAT),
            np.frombuffer(text.encode(), np.uint8),
            self._lat,
            self._lon,
            people,
        )
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as file:
            for name, array in zip(_FIELDS, arrays, strict=True):
                content = BytesIO()
                np.save(content, array, allow_pickle=False)
                # always the same date: the same streets are the same file
                file.writestr(zipfile.ZipInfo(_MEMBER.format(name)), content.getvalue(), zipfile.ZIP_DEFLATED)

    @classmethod
    def load(cls, path: Path) -> "Gazetteer":
        """
        The places in a file that `append_to` wrote; none where nobody added any.

        Raises
        ------
        BadInput
            When the file is damaged or no such file.
        """
        try:
            with zipfile.ZipFile(path) as file:
                if _MEMBER.format("format") not in file.namelist():
                    return cls()
                read = {name: np.load(BytesIO(file.read(_MEMBER.format(name))), allow_pickle=False) for name in _FIELDS}
            if int(read["format"]) != _FORMAT:
                raise BadInput(f"{path.name}: its names were written by another version; import the streets again")
            lines = read["text"].tobytes().decode().split("\n") if len(read["text"]) else []
            parts = zip(lines, *(read[name].tolist() for name in ("lat", "lon", "people")), strict=True)
            return cls(Place(line.split("\t")[0], lat, lon, line.split("\t")[1], n) for line, lat, lon, n in parts)
        except (zipfile.BadZipFile, zlib.error, ValueError, KeyError, IndexError, EOFError, TypeError) as error:
            if isinstance(error, BadInput):
                raise
            raise BadInput(f"{path.name}: its names are damaged; import the streets again") from error


def _line(text: str) -> str:
    return " ".join(text.split())
