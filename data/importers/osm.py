"""`man_made=surveillance` nodes from OpenStreetMap files, XML or PBF, through osmium."""

import osmium

from data.errors import BadInput
from data.importers.files import Kind, one_line, shown_name
from data.importers.rows import Row, RowProblem, Table, columns_of

_FORMAT = {Kind.OSM_XML: "osm", Kind.OSM_PBF: "pbf"}


def read_osm(data: bytes, file_name: str, kind: Kind) -> Table:
    """The surveillance nodes of an unpacked OSM file; BadInput where osmium cannot read it to its end.

    libosmium refuses XML entities, so none can grow.
    """
    rows: list[Row] = []
    problems: list[RowProblem] = []
    try:
        nodes = osmium.FileProcessor(osmium.io.FileBuffer(data, _FORMAT[kind]), osmium.osm.NODE)
        for number, node in enumerate(
            nodes.with_filter(osmium.filter.TagFilter(("man_made", "surveillance"))), start=1
        ):
            osm_id = f"node/{node.id}"
            if isinstance(node, osmium.osm.Node) and node.location.valid():
                values = {one_line(tag.k): one_line(tag.v) for tag in node.tags}
                rows.append(Row(number, values, osm_id, (node.location.lat, node.location.lon)))
            else:
                problems.append(RowProblem(number, "lat, lon", "has no valid place", osm_id))
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise BadInput(f"{shown_name(file_name)}: is damaged OSM data ({one_line(str(error))[:120]})") from error
    return Table(columns_of(tuple(rows)), tuple(rows), tuple(problems), has_places=True)
