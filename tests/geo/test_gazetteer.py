import bz2
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import BadInput
from geo.distance import destinations
from geo.gazetteer import Gazetteer, Place
from geo.gazetteer_files import read_places
from geo.names import NameIndex, edits_allowed, folded
from geo.streets_files import read_streets
from tests.material import shared

HERE = (60.17, 24.94)
WORDS = st.text(alphabet="aäbcdeéiklmnoøprstuvyö", min_size=1, max_size=10)
SYLLABLES = ["ka", "ma", "ri", "to", "ven", "la", "hel", "sin", "kä", "mö", "tu", "re", "pau", "nik", "sa", "vo", "tal"]
NAMES = st.lists(st.lists(WORDS, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=25)


def names_of(found: list[Any]) -> list[str]:
    return [hit.place.name for hit in found]


def gazetteer(*names: str) -> Gazetteer:
    return Gazetteer([Place(name, *HERE) for name in names])


def away(name: str, by_m: float, **fields: Any) -> Place:
    lat, lon = destinations(*HERE, 45.0, by_m)
    return Place(name, float(lat), float(lon), **fields)


@given(st.text(max_size=200))
def test_folding_again_changes_nothing_and_case_and_composition_do_not_matter(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert "  " not in once


@given(WORDS, WORDS)
def test_case_and_accents_do_not_matter(first: str, second: str) -> None:
    name = f"{first}{second}"
    assert folded(name.upper()) == folded(name)
    assert names_of(gazetteer(name).search(folded(name).upper())) == [name]


@given(NAMES, st.data())
def test_every_beginning_of_every_word_finds_the_name(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names))
    word = data.draw(st.sampled_from(name.split()))
    typed = word[: data.draw(st.integers(1, len(word)))]
    assert name in names_of(gazetteer(*names).search(typed, limit=len(names)))


@given(NAMES, st.data())
def test_words_may_come_in_any_order(names: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(names))
    typed = " ".join(data.draw(st.permutations(name.split())))
    assert name in names_of(gazetteer(*names).search(typed, limit=len(names)))


@given(word=st.text(alphabet="abcdefghij", min_size=4, max_size=14), data=st.data())
def test_a_slip_still_finds_the_name(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    wrong = data.draw(
        st.sampled_from(
            [
                word[:at] + word[at + 1 :],
                word[:at] + "x" + word[at:],
                word[:at] + "x" + word[at + 1 :],
                word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            ]
        )
    )
    found = gazetteer(word, "somewhere else").search(wrong)
    assert (word in names_of(found)) or edits_allowed(wrong) == 0


@given(a=st.text(alphabet="abc", min_size=4, max_size=9), b=st.text(alphabet="abc", min_size=4, max_size=9))
def test_no_word_is_found_that_needs_more_slips_than_are_allowed(a: str, b: str) -> None:
    least = min(alignment(a, b[:end]) for end in range(len(b) + 1))
    found = bool(gazetteer(b).search(a))
    assert found == (least <= edits_allowed(a)) or (found is False and least == edits_allowed(a) == 0)


def alignment(a: str, b: str) -> int:
    """Edits between two words, letter by letter, neighbours exchanged counted once."""
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0, :] = range(len(a) + 1), range(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=12, unique=True))
def test_of_places_of_one_name_the_nearest_comes_first(by_m: list[float]) -> None:
    found = Gazetteer([away("Rantakatu", m) for m in by_m]).search("ranta", near=HERE, limit=20)
    told = [hit.distance_m for hit in found]
    assert len(told) == len(by_m)
    assert told == sorted(told)


def test_the_very_name_comes_before_one_that_only_begins_so_and_both_before_slips() -> None:
    names = ["Kirkkokatu", "Kirkko", "Vanha Kirkko", "Kirkkotie", "Kirkka"]
    assert names_of(gazetteer(*names).search("kirkko")) == ["Kirkko", "Kirkkokatu", "Vanha Kirkko", "Kirkkotie"]
    assert names_of(gazetteer(*names).search("krikko"))[0] == "Kirkko"


def test_near_and_populous_places_come_before_far_and_small_ones() -> None:
    near, far = away("Springfield", 400), away("Springfield", 90_000)
    assert [h.place for h in Gazetteer([far, near]).search("springfield", near=HERE)] == [near, far]
    village, city = away("Turku", 50_000, people=40.0), away("Turku", 51_000, people=200_000.0)
    assert [h.place for h in Gazetteer([village, city]).search("turku", near=HERE)] == [city, village]


def test_words_written_as_one_or_apart_are_found_either_way() -> None:
    assert names_of(gazetteer("Iso Roobertinkatu").search("isoroobertinkatu")) == ["Iso Roobertinkatu"]
    assert names_of(gazetteer("Mannerheimintie").search("mannerheimin tie")) == ["Mannerheimintie"]


@pytest.mark.parametrize(
    "text", ["", "   ", "!?", "\x00", "\u202e", "a" * 10_000, "x " * 5_000, "%' OR 1=1 --", "\ud800"]
)
def test_whatever_is_typed_gives_an_answer(text: str) -> None:
    assert gazetteer("Katu", "Tie").search(text, near=HERE) == []
    assert Gazetteer().search(text) == []


def test_other_scripts_are_found_as_they_are_written() -> None:
    for name in ("Невский проспект", "شارع الرشيد", "渋谷駅", "Ευελπίδων"):
        assert names_of(gazetteer(name, "Katu").search(name[:4])) == [name]


def test_a_slip_is_found_among_very_many_alike_names() -> None:
    chance = random.Random(1)
    names = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 5))) + "katu" for _ in range(20_000)]
    index = NameIndex(names)
    numbers, _ = index.find(names[77][:-2] + "x")
    assert 77 in numbers.tolist()
    assert len(index) == 20_000


def test_names_travel_with_the_saved_streets_and_the_same_make_the_same_file(tmp_path: Path) -> None:
    source = streets_file(tmp_path, [named("Kotikatu", [24.9, 60.1], [24.901, 60.1])])
    saved = []
    for number in range(2):
        path = tmp_path / f"{number}.npz"
        read_streets(source).save(path)
        Gazetteer(read_places(source)).append_to(path)
        saved.append(path.read_bytes())
    assert saved[0] == saved[1]
    kept = Gazetteer.load(path)
    assert kept.places == tuple(read_places(source))
    assert type(read_streets(source)).load(path).edge_count == read_streets(source).edge_count


def test_streets_saved_without_names_have_none_and_damaged_ones_say_so(tmp_path: Path) -> None:
    source = streets_file(tmp_path, [named("Kotikatu", [24.9, 60.1], [24.901, 60.1])])
    path = tmp_path / "s.npz"
    read_streets(source).save(path)
    assert len(Gazetteer.load(path)) == 0
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("gazetteer_format.npy", b"nonsense")
    with pytest.raises(BadInput, match=r"s\.npz"):
        Gazetteer.load(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(BadInput, match=r"s\.npz"):
        Gazetteer.load(path)


# files


def named(name: Any, *lon_lat: list[float], kind: str = "LineString") -> dict[str, Any]:
    coordinates: Any = list(lon_lat) if kind != "Point" else lon_lat[0]
    return {"type": "Feature", "properties": {"name": name}, "geometry": {"type": kind, "coordinates": coordinates}}


def streets_file(folder: Path, features: list[dict[str, Any]]) -> Path:
    path = folder / "town.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def test_parts_of_a_street_are_one_place_on_it_and_a_namesake_far_off_another(tmp_path: Path) -> None:
    parts = [named("Pitkäkatu", [24.90 + 0.004 * k, 60.1], [24.90 + 0.004 * (k + 1), 60.1]) for k in range(5)]
    found = read_places(streets_file(tmp_path, [*parts, named("Pitkäkatu", [26.0, 60.1], [26.001, 60.1])]))
    assert [(p.name, p.kind, p.lat) for p in found] == [("Pitkäkatu", "street", 60.1)] * 2
    assert found[0].lon == pytest.approx(24.91, abs=0.0021)


def test_points_with_names_are_places_and_what_has_none_is_passed_over(tmp_path: Path) -> None:
    points = {"Asema": [24.9, 60.1], "": [1, 1], "Off the globe": [999, 60.1], "Evil\u202e\x00\nname": [1, 2]}
    features = [named(name, lon_lat, kind="Point") for name, lon_lat in [*points.items(), (7, [1, 1])]]
    features.append({"type": "Feature", "properties": None, "geometry": None})
    assert [(p.name, p.lat, p.lon) for p in read_places(streets_file(tmp_path, features))] == [
        ("Asema", 60.1, 24.9), ("Evil name", 2.0, 1.0),
    ]  # fmt: skip


OSM = """<osm version="0.6">
<node id="1" lat="60.1" lon="24.9"><tag k="name" v="Torni"/><tag k="tourism" v="attraction"/></node>
<node id="2" lat="60.2" lon="24.9"><tag k="name" v="Kylä"/><tag k="place" v="village"/>
<tag k="population" v="1200"/></node>
<node id="3" lat="60.3" lon="24.9"/><node id="4" lat="60.3" lon="24.901"/>
<node id="5" lat="60.3" lon="24.9"><tag k="name" v="just a name"/></node>
<way id="1"><nd ref="3"/><nd ref="4"/><tag k="name" v="Katu"/><tag k="highway" v="residential"/></way>
</osm>"""


def test_an_osm_file_gives_places_streets_and_inhabitants(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(OSM)
    found = {p.name: p for p in read_places(path)}
    assert set(found) == {"Torni", "Kylä", "Katu"}
    assert (found["Kylä"].people, found["Kylä"].kind, found["Katu"].kind) == (1200.0, "village", "street")


def test_a_place_is_found_in_another_language_and_told_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    names = '<tag k="name:sv" v="Torn"/><tag k="alt_name" v="Vanha torni;TORNI"/><tag k="name:etymology" v="x"/>'
    path.write_text(OSM.replace('<tag k="tourism"', f'{names}<tag k="tourism"', 1))
    found = Gazetteer(read_places(path))
    assert names_of(found.search("torn")) == ["Torn (Torni)", "Torni", "Vanha torni (Torni)"]
    assert names_of(found.search("vanha")) == ["Vanha torni (Torni)"]


def test_geonames_and_tables_of_one_s_own_are_read(tmp_path: Path) -> None:
    geonames = tmp_path / "FI.txt"
    row = ["658225", "Helsinki", "Helsinki", "", "60.16952", "24.93545", "P", "PPLC", "FI"] + [""] * 5
    geonames.write_text("\t".join([*row, "658864", "", "26", "Europe/Helsinki", "2023-01-01"]) + "\nshort line\n")
    assert read_places(geonames) == [Place("Helsinki", 60.16952, 24.93545, "town", 658864.0)]
    for text in (
        "Name;Latitude;Longitude\nKoti;60,1;24,9\nbad;x;y\n",
        "lat,lon,name,type\n60.1,24.9,Koti,home\n91,0,Off,\n",
    ):
        table = tmp_path / "mine.csv"
        table.write_text(text)
        assert [(p.name, p.lat, p.lon) for p in read_places(table)] == [("Koti", 60.1, 24.9)]


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b"x,y\n1,2\n"), ("a.json", b"[" * 50_000), ("a.json", b'{"features": [1]}'), ("a.osm", b"<osm"),
     ("a.doc", b""), ("a.osm.bz2", bz2.compress(b"<x/>")), ("a.tsv", b"\x00" * 200_000)],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=r"a\."):
        read_places(tmp_path / name)


def test_helsinki_s_streets_are_found_by_name() -> None:
    found = Gazetteer(read_places(shared("ranking/helsinki/streets.geojson")))
    assert len(found) > 50
    assert names_of(found.search("fabianink", near=HERE))[0] == "Fabianinkatu"
    assert names_of(found.search("Fabianinktau", near=HERE))[0] == "Fabianinkatu"
