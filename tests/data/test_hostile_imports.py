"""Every door for lists and streets, and files that are out to do harm: a reason, or rows of plain text, soon."""

import bz2
import gzip
import io
import json
import time
import tracemalloc
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from casework.request_papers import file_part, safe_cell
from data.errors import BadInput
from data.importers import read_cameras, read_sightings
from geo.streets_files import read_streets
from tests.browser.planted import PAYLOADS

SECONDS = 10.0


def _zip(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_DTD = '<!DOCTYPE r [<!ENTITY l0 "ha">' + _LAUGHS + "]>"
_FILE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
_PARAMETER = '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
_OUTSIDE = '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">'


def _osm(head: str, value: str = "&x;") -> bytes:
    node = f'<node id="1" lat="60" lon="25"><tag k="man_made" v="surveillance"/><tag k="name" v="{value}"/></node>'
    return f'<?xml version="1.0"?>{head}<osm version="0.6">{node}</osm>'.encode()


def _gpx(head: str, value: str = "&x;") -> bytes:
    point = f'<wpt lat="60" lon="25"><time>2026-03-02T12:00:00Z</time><name>{value}</name></wpt>'
    return f'<?xml version="1.0"?>{head}<gpx version="1.1">{point}</gpx>'.encode()


FILES: dict[str, bytes] = {
    "osm, a billion laughs": _osm(_DTD, "&l9;"),
    "osm, a file of this machine": _osm(_FILE),
    "osm, a parameter entity": _osm(_PARAMETER, "x"),
    "osm, a document type elsewhere": _osm(_OUTSIDE, "x"),
    "osm, included": _osm("", "x").replace(
        b"<node", b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/><node'
    ),
    "gpx, a billion laughs": _gpx(_DTD, "&l9;"),
    "gpx, a file of this machine": _gpx(_FILE),
    "gpx, a parameter entity": _gpx(_PARAMETER, "x"),
    "gpx, a document type elsewhere": _gpx(_OUTSIDE, "x"),
    "gpx, nested": b"<gpx>" + b"<a>" * 50_000 + b"</a>" * 50_000 + b"</gpx>",
    "kml": b'<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><NetworkLink/></kml>',
    "kml, a file of this machine": b'<?xml version="1.0"?>' + _FILE.encode() + b"<kml><name>&x;</name></kml>",
    "kmz": _zip({"doc.kml": b"<kml/>", "../../evil.kml": b"<kml/>"}),
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "web page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "zip with a path that leads out": _zip({"../../../etc/cron.d/x": b"* * * * * root true"}),
    "zip in a zip": _zip({"a.zip": _zip({"b.csv": b"lat,lon\n1,2\n"})}),
    "excel": _zip({"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}),
    "gzip bomb": gzip.compress(bytes(40 << 20), mtime=0),
    "gzip of a gzip": gzip.compress(gzip.compress(b"lat,lon\n1,2\n", mtime=0), mtime=0),
    "bzip2 bomb": bz2.compress(b" " * (8 << 20)) * 5,
    "json, nested": b"[" * 200_000,
    "json, nested features": b'{"type":"FeatureCollection","features":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "json, no numbers": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Point",'
    b'"coordinates":[NaN,Infinity]},"properties":{"name":"x"}}]}',
    "json, giant numbers": b'[{"lat":1e400,"lon":' + b"9" * 5000 + b',"name":"x"}]',
    "json, giant list of places": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":'
    b'"LineString","coordinates":[' + b"[25,60]," * 200_000 + b'[25,61]]},"properties":{}}]}',
    "csv of one giant field": b'lat,lon,name\n60,25,"' + b"x" * (8 << 20) + b'"\n',
    "csv of a hundred thousand columns": b",".join(b"c%d" % n for n in range(100_000)) + b"\n1,2\n",
    "csv with a quote that never ends": b'lat,lon,name\n60,25,"' + b"a\n" * 50_000,
    "csv with null characters": b"lat,lon,name\n60,25,a\x00b\x1b[31mc\n",
    "pbf, cut off": b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\xff\xff\xff\x7f" + bytes(100),
    "pbf, noise": b"\x00\x00\x00\x0d\x0a\x09OSMHeader" + bytes((i * 7919) & 255 for i in range(5000)),
    "nothing": b"",
    "zeros": bytes(1 << 20),
    "noise": bytes((i * 7919 + (i >> 3) * 104_729) & 255 for i in range(200_000)),
    "text in another alphabet, cut in a letter": "кам".encode("utf-16")[:-1],
}  # fmt: skip


def _street_file(data: bytes, suffix: str, folder: Path) -> object:
    path = folder / f"streets{suffix}"
    path.write_bytes(data)
    return read_streets(path)


DOORS: dict[str, Callable[[bytes, Path], object]] = {
    "cameras": lambda data, _: read_cameras(data, "list.csv"),
    "sightings": lambda data, _: read_sightings(data, "list.csv", case_id="c", timezone="UTC"),
    "streets .osm": lambda data, folder: _street_file(data, ".osm", folder),
    "streets .geojson": lambda data, folder: _street_file(data, ".geojson", folder),
    "streets .osm.bz2": lambda data, folder: _street_file(data, ".osm.bz2", folder),
    "streets .osm.gz": lambda data, folder: _street_file(data, ".osm.gz", folder),
    "streets .pbf": lambda data, folder: _street_file(data, ".pbf", folder),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_harmful_list_ends_in_a_reason_or_in_plain_rows_at_every_door(kind: str, tmp_path: Path) -> None:
    for door, read in DOORS.items():
        begun = time.monotonic()
        told = _told(read, FILES[kind], tmp_path)
        assert "root:" not in told, door
        assert time.monotonic() - begun < SECONDS, door


def _told(read: Callable[[bytes, Path], object], data: bytes, folder: Path) -> str:
    """What was read, or the reason, which is one short line."""
    try:
        return repr(read(data, folder))[:1_000_000]
    except BadInput as error:
        words = str(error)
    assert words.isprintable()
    assert len(words) < 600
    return words


def test_what_grows_without_end_does_not_fill_the_memory() -> None:
    tracemalloc.start()
    for kind in ("bzip2 bomb", "osm, a billion laughs", "gpx, a billion laughs", "json, nested"):
        with pytest.raises(BadInput):
            read_cameras(FILES[kind], "list.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 512 << 20


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_every_column_comes_out_as_one_line_of_text(payload: str) -> None:
    known = ("id", "name", "owner", "contact", "direction", "source", "kind", "mount")
    row = {"lat": 60.17, "lon": 24.94} | dict.fromkeys(known, payload)
    for data in (
        json.dumps([row]).encode(),
        json.dumps(
            {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": row,
             "geometry": {"type": "Point", "coordinates": [24.94, 60.17]}}]}
        ).encode(),
    ):  # fmt: skip
        for camera in read_cameras(data, f"{payload}.json").cameras:
            for field in fields(camera):
                value = getattr(camera, field.name)
                if isinstance(value, str):
                    assert "\n" not in value, field.name
                    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in value), field.name


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\ufeff=1", "\u200b=1", "＝1", "＋1",
        "－1", "＠x", "\n=1", '=HYPERLINK("http://x","y")', "=cmd|' /C calc'!A0", "%0A=1", ";=1",
    ],
)  # fmt: skip
def test_no_cell_begins_as_a_formula(text: str) -> None:
    cell = safe_cell(text)
    if text.startswith(("%", ";")):
        assert cell == text
    else:
        assert cell == f"'{text}"


@pytest.mark.parametrize(
    "payload", [*PAYLOADS, "", ".", "..", "con", "nul.txt", "a/b\\c", "\u202egnp.exe", "a\x00b", "~", "-rf"]
)
def test_a_name_becomes_a_part_of_a_files_name_and_nothing_more(payload: str) -> None:
    part = file_part(payload)
    assert part
    assert len(part) <= 60
    assert not set(part) & set("/\\:*?\"<>|\x00\n\r\t.;%$`'&~ ")
    assert not part.startswith("-")
    assert all(unicodedata.category(c) not in ("Cc", "Cf", "Cs") for c in part)
