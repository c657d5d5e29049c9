"""/api/v1/cameras: views of a map, records, and the ranking of a case."""

from collections.abc import Callable

import pytest

from api.cameras import MapView
from casework.cameras import save_camera
from data.models import Camera
from tests.access.scene import Scene
from tests.api.resources.asked import Client
from tests.factories import a_camera

As = Callable[..., Client]
RECORDS = "/cameras/records"
VIEW = {"case": "case-1", "bbox": "24,60,25,61", "zoom": "19"}


def ids(told: dict[str, list[dict[str, str]]]) -> list[str]:
    return [camera["id"] for camera in told["items"]]


def keep(scene: Scene, *cameras: Camera) -> None:
    for camera in cameras:
        save_camera(scene.whole, camera, by="Ann")


def test_a_view_of_the_map_is_answered_as_its_document_says(as_who: As) -> None:
    told = as_who("viewer").get("/cameras", params=VIEW)
    view = MapView.model_validate(told)
    assert (view.total, [row[0] for row in view.cameras], view.clusters) == (3, ["cam-1", "cam-2", "cam-3"], [])
    assert view.cameras[0][-1] == 1  # the case has footage of it
    (cluster,) = MapView.model_validate(as_who("viewer").get("/cameras", params=VIEW | {"zoom": "3"})).clusters
    assert (cluster[2], cluster[8][0]) == (3, "cam-1")
    as_who("other").get("/cameras", 404, params=VIEW)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"bbox": "1,2,3"}, "bbox"), ({"bbox": "0,9,1,8"}, "view"), ({"zoom": "nan"}, "view"), ({"zoom": ""}, "zoom"),
     ({"badges": "-1"}, "badges")],
)  # fmt: skip
def test_a_view_that_makes_no_sense_is_refused(as_who: As, wrong: dict[str, str], named: str) -> None:
    assert as_who("viewer").get("/cameras", 422, params=VIEW | wrong)["detail"].startswith(named)


def test_records_are_found_by_place_words_owner_and_what_nobody_said(scene: Scene, as_who: As) -> None:
    keep(scene, a_camera("far", lat=-17.0, lon=179.9, range_m=20.0), a_camera("across", lat=-17.0, lon=-179.9))
    vera = as_who("viewer")
    assert ids(vera.get(RECORDS)) == ["across", "cam-1", "cam-2", "cam-3", "far"]
    assert ids(vera.get(RECORDS, params={"bbox": "179,-18,-179,-16"})) == ["across", "far"]
    assert ids(vera.get(RECORDS, params={"bbox": "24,60.1715,25,61", "limit": 1})) == ["cam-2"]
    assert ids(vera.get(RECORDS, params={"owner": "Town", "q": "cam-3"})) == ["cam-3"]
    assert ids(vera.get(RECORDS, params={"lacks": ["owner", "range"]})) == ["across"]
    assert "bbox" in vera.get(RECORDS, 422, params={"bbox": "all"})["detail"]


def test_a_camera_is_added_corrected_and_removed(scene: Scene, as_who: As) -> None:
    ann = as_who("analyst")
    said = {"name": "Gate", "lat": 60.1, "lon": 24.9, "headings_deg": [-90], "retention_days": 7}
    added = ann.post(RECORDS, said, 201)
    assert added["headings_deg"] == [270.0]
    path = f"{RECORDS}/{added['id']}"
    tag = ann.ask("GET", path).headers["etag"]
    assert ann.put(path, said | {"range_m": 30}, headers={"If-Match": tag})["range_m"] == 30.0
    ann.put(path, said, 412, headers={"If-Match": tag})
    ann.delete(path)
    ann.get(path, 404)
    assert "refers to it" in ann.delete(f"{RECORDS}/cam-1", 409)["detail"]
    ann.put(f"{RECORDS}/nobody", said, 404)
    for wrong in ({"lat": 91}, {"fov_deg": 0}, {"headings_deg": ["nan"]}, {"id": "mine"}, {"spot_of": "case-1"}):
        ann.post(RECORDS, said | wrong, 422)


def test_an_id_with_a_slash_is_found(scene: Scene, as_who: As) -> None:
    keep(scene, a_camera("node/4711"), a_camera("records"))
    assert as_who("viewer").get(f"{RECORDS}/node/4711")["id"] == "node/4711"
    assert as_who("viewer").get(f"{RECORDS}/node%2F4711")["id"] == "node/4711"
    assert as_who("viewer").get(f"{RECORDS}/records")["id"] == "records"


def test_a_spot_of_a_case_is_no_camera_of_everybody(scene: Scene, as_who: As) -> None:
    with scene.whole.writing() as writing:
        writing.add(a_camera("spot-1", spot_of="case-1", name="her secret scar"))
    for who in ("supervisor", "other"):
        assert "spot-1" not in ids(as_who(who).get(RECORDS))
        as_who(who).get(f"{RECORDS}/spot-1", 404)
        as_who(who).delete(f"{RECORDS}/spot-1", 404)


def test_the_ranking_tells_cameras_minutes_and_reasons(scene: Scene, as_who: As) -> None:
    keep(scene, a_camera("cam-1", lat=60.1711, lon=24.9411, clock_offset_s=60.0, retention_days=7.0))
    first = as_who("viewer").get("/cases/case-1/ranking", params={"limit": 1})
    (best,) = first["items"]
    assert (best["rank"], best["camera"]["id"], first["basis"]) == (1, "cam-1", "haversine")
    assert best["reasons"]
    assert best["recorder_start"] > best["start"]
    then = as_who("viewer").get("/cases/case-1/ranking", params={"cursor": first["next"]})
    assert [ranked["rank"] for ranked in then["items"]] == [2, 3]
    as_who("other").get("/cases/case-1/ranking", 404)
