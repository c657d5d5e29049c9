import json
import os
from pathlib import Path

import pytest

from casework.places import Places, add_names
from data.errors import BadInput
from data.store import Store
from geo.gazetteer import Gazetteer
from geo.streets_files import read_streets
from tests.factories import a_case


def town(folder: Path, name: str) -> Path:
    line = {"type": "LineString", "coordinates": [[24.94, 60.17], [24.941, 60.17]]}
    features = [{"type": "Feature", "properties": {"name": name}, "geometry": line}]
    path = folder / "town.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def with_names(store: Store, folder: Path, name: str = "Kotikatu") -> Store:
    """A case whose streets were saved with their names."""
    source, saved = town(folder, name), folder / "streets.npz"
    read_streets(source).save(saved)
    add_names(saved, source)
    sha256 = store.files.put_bytes(saved.read_bytes(), what="town")
    with store.writing() as writing:
        writing.add_case(a_case())
        writing.put_streets("case-1", sha256, "town")
    return store


def test_a_case_s_streets_and_the_file_of_the_setting_are_searched_together(store: Store, tmp_path: Path) -> None:
    table = tmp_path / "places.csv"
    table.write_text("name,lat,lon\nKotikatu,60.17,24.94\nKotila,61,25\n")
    places = Places(with_names(store, tmp_path), table)
    found = places.find("case-1", "koti", near=(60.17, 24.94))
    assert [hit.place.name for hit in found] == ["Kotikatu", "Kotila"], "the street that both know is told once"
    table.write_text("name,lat,lon\nKotimäki,61,25\n")
    os.utime(table, ns=(1, 2))
    assert places.find("case-1", "kotim")[0].place.name == "Kotimäki"


def test_a_case_without_streets_finds_nothing_and_a_missing_file_is_named(store: Store, tmp_path: Path) -> None:
    assert Places(store).find("nobody", "koti") == []
    with pytest.raises(BadInput, match=r"places\.csv"):
        Places(store, tmp_path / "places.csv").find("nobody", "koti")


def test_streets_without_any_name_are_saved_as_they_were(tmp_path: Path) -> None:
    source, saved = town(tmp_path, ""), tmp_path / "streets.npz"
    read_streets(source).save(saved)
    before = saved.read_bytes()
    add_names(saved, source)
    assert saved.read_bytes() == before
    assert len(Gazetteer.load(saved)) == 0
