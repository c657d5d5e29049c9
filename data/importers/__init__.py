"""Files of other people's making turned into cameras and sightings: bytes in, frozen values out, no store."""

from data.importers.cameras import UNITS, CameraImport, read_cameras
from data.importers.directions import Direction, parse_direction
from data.importers.duplicates import Duplicate, find_duplicates, not_yet_known
from data.importers.rows import RowProblem, Table
from data.importers.sightings import SightingImport, read_sightings
from data.importers.tables import read_table

__all__ = [
    "UNITS",
    "CameraImport",
    "Direction",
    "Duplicate",
    "RowProblem",
    "SightingImport",
    "Table",
    "find_duplicates",
    "not_yet_known",
    "parse_direction",
    "read_cameras",
    "read_sightings",
    "read_table",
]
