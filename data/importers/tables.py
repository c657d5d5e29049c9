"""Any file of places as a table of texts, before its columns are given a meaning."""

from data.errors import BadInput
from data.importers.files import Kind, kind_of, shown_name, unpacked
from data.importers.geojson import read_json
from data.importers.osm import read_osm
from data.importers.rows import Table, read_csv


def read_table(data: bytes, file_name: str) -> tuple[Kind, Table]:
    """The kind and the rows of a file, plain or packed: for an import, or for a preview and its choice of columns."""
    plain_data = unpacked(data, file_name)
    kind = kind_of(plain_data, file_name)
    if kind in (Kind.OSM_XML, Kind.OSM_PBF):
        return kind, read_osm(plain_data, file_name, kind)
    if kind is Kind.GPX:
        raise BadInput(f"{shown_name(file_name)}: is a GPX file; import it as sightings")
    return kind, read_json(plain_data, file_name) if kind is Kind.JSON else read_csv(plain_data, file_name)
