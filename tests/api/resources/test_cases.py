"""/api/v1/cases and the sightings in them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from api.rest import Scope
from casework.cases import add_sighting
from data.models import utc_now
from tests.access.scene import Scene
from tests.api.resources.asked import Client, Stage
from tests.factories import FAR_AWAY, a_sighting

As = Callable[..., Client]
CASE = "/cases/case-1"
AUTHORITY = {
    "legal_basis": "Police Act 2:1 (invented)", "reference": "PD 18/26", "purpose": "to find Aino", "owner": "Sam",
    "expires_at": FAR_AWAY.isoformat(),
}  # fmt: skip
SEEN = {"lat": 60.17, "lon": 24.94, "at": "2026-03-02T11:00:00+02:00", "tolerance_s": 120, "source": "a neighbour"}


def test_the_list_of_cases_holds_those_alone_in_which_one_has_a_role(as_who: As) -> None:
    for who, numbers in (("viewer", ["2026-001"]), ("other", ["2026-002"]), ("admin", [])):
        assert [case["number"] for case in as_who(who).get("/cases")["items"]] == numbers
    assert as_who("viewer").get("/cases", params={"closed": True})["items"] == []
    assert as_who("viewer").get("/cases", params={"number": "2026-002"})["items"] == []
    assert as_who("other").get(CASE, 404)["detail"] == "case case-1: not in the store"


def test_a_list_comes_in_pieces_that_hold_each_thing_once(scene: Scene, as_who: As) -> None:
    for hour in range(1, 7):
        later = a_sighting(f"s-{hour}0", at=a_sighting().at - timedelta(hours=hour))
        add_sighting(scene.whole, later, by="Ann")
    reading, found, cursor = as_who("viewer"), [], ""
    while cursor is not None:
        piece = reading.get(f"{CASE}/sightings", params={"limit": 3, "cursor": cursor})
        assert len(piece["items"]) <= 3
        found += [sighting["id"] for sighting in piece["items"]]
        cursor = piece["next"]
    assert found == ["s-60", "s-50", "s-40", "s-30", "s-20", "s-10", "s-1"]


def test_a_case_is_opened_filled_in_closed_and_opened_again(as_who: As) -> None:
    sam = as_who("supervisor")
    told = {"number": "2026-009", "name": "Bo", "timezone": "Europe/Helsinki", "birth_date": "2015-01-01"}
    opened = sam.post("/cases", told, 201)
    assert opened["is_minor"]
    assert "govern the case" in opened["may"]
    assert "legal basis" in opened["why_not_searchable"]
    path = f"/cases/{opened['id']}"
    assert sam.post("/cases", told, 409)["detail"].startswith("case number 2026-009")
    given = sam.put(f"{path}/authority", AUTHORITY)
    assert (given["why_not_searchable"], given["authority"]["reference"]) == (None, "PD 18/26")
    assert "was closed" in sam.post(f"{path}/close", {"reason": "found"})["why_not_searchable"]
    assert sam.post(f"{path}/close", {"reason": "found"}, 409)["type"] == "urn:lastseen:problem:conflict"
    assert sam.post(f"{path}/reopen", {"reason": "lost again"})["closed_at"] is None


@pytest.mark.parametrize("zone", ["Europe", "Nowhere/At all", "../../etc/passwd", "x" * 64, ""])
def test_a_zone_that_is_none_is_refused_in_plain_words(as_who: As, zone: str) -> None:
    told = {"number": "9", "name": "Bo", "timezone": zone}
    assert as_who("supervisor").post("/cases", told, 422)["detail"].startswith("time zone:")


def test_only_what_is_named_changes_and_nobody_overwrites_what_they_have_not_seen(as_who: As) -> None:
    ann, sam = as_who("analyst"), as_who("supervisor")
    first = ann.ask("GET", CASE)
    tag = first.headers["etag"]
    assert ann.ask("GET", CASE, headers={"If-None-Match": tag}).status_code == 304
    changed = ann.patch(CASE, {"mode": "bicycle"}, headers={"If-Match": tag})
    assert (changed["mode"], changed["description"]) == ("bicycle", "her secret scar")
    assert ann.ask("GET", CASE, headers={"If-None-Match": tag}).status_code == 200
    assert ann.patch(CASE, {"notes": "late"}, 412, headers={"If-Match": tag})["status"] == 412
    sam.patch(CASE, {"birth_date": "1990-01-01"})
    assert sam.patch(CASE, {"birth_date": None})["birth_date"] is None
    assert ann.patch(CASE, {"nmae": "typo"}, 422)["errors"][0]["field"] == "nmae"


def test_a_supervisor_gives_roles_and_takes_them_away_but_not_the_last(as_who: As) -> None:
    sam = as_who("supervisor")
    assert sam.put(f"{CASE}/team/Olga/viewer")["roles"] == ["viewer"]
    assert as_who("other").get(CASE)["may"] == ["read the case", "open cases", "change cameras"]
    sam.delete(f"{CASE}/team/Olga/viewer")
    as_who("other").get(CASE, 404)
    assert "last supervisor" in sam.delete(f"{CASE}/team/Sam/supervisor", 409)["detail"]
    assert {member["name"] for member in as_who("viewer").get(f"{CASE}/team")} == {"Vera", "Ann", "Rita", "Sam", "Otto"}


def test_that_a_program_looked_stands_in_the_record_once_an_hour(scene: Scene) -> None:
    stage = Stage()  # which has noted nobody yet
    stage.put(scene)
    ann = stage.client("analyst")
    for path in (CASE, f"{CASE}/sightings", f"{CASE}/matches", "/jobs/j-1", "/footage/f-1", "/matches/m-1/crop"):
        assert ann.ask("GET", path).status_code == 200, path
    noted = [entry.by for entry in scene.whole.audit_entries("case-1", action="case looked at")]
    assert noted == ["Ann"]
    stage.client("other").get(CASE, 404)
    assert len(scene.whole.audit_entries("case-1", action="case looked at")) == 1


def test_a_sighting_is_added_withdrawn_and_put_back(as_who: As) -> None:
    ann = as_who("analyst")
    added = ann.post(f"{CASE}/sightings", SEEN, 201)
    assert (added["at"], added["kind"], added["radius_m"]) == ("2026-03-02T09:00:00Z", "seen", 50.0)
    path = f"{CASE}/sightings/{added['id']}"
    ann.delete(path)
    assert added["id"] not in [sighting["id"] for sighting in ann.get(f"{CASE}/sightings")["items"]]
    assert ann.get(path)["withdrawn_at"]
    ann.delete(path, 409)
    assert ann.post(f"{path}/restore")["withdrawn_at"] is None
    as_who("other").get(f"/cases/case-2/sightings/{added['id']}", 404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"lat": 91}, {"lon": "nan"}, {"at": "2026-03-02T11:00:00"}, {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"}, {"kind": "confirmed_match"}, {"radius_m": -1}, {"match_id": "m-1"},
        {"at": (utc_now() + timedelta(days=2)).date().isoformat() + "T12:00:00Z"}, {"source": "NUL \0"},
    ],
    ids=["lat", "nan", "no-zone", "before-time", "after-time", "confirmed", "radius", "match", "future", "nul"],
)  # fmt: skip
def test_a_sighting_that_cannot_be_is_refused(as_who: As, wrong: dict[str, object]) -> None:
    ann = as_who("analyst")
    ann.post(f"{CASE}/sightings", SEEN | wrong, 422)
    assert len(ann.get(f"{CASE}/sightings")["items"]) == 1


def test_a_token_does_only_what_its_scopes_say(as_who: As) -> None:
    reads, writes = as_who("supervisor", scopes=[Scope.READ]), as_who("supervisor", scopes=[Scope.READ, Scope.WRITE])
    assert "scope" in reads.post(f"{CASE}/sightings", SEEN, 403)["detail"]
    writes.post(f"{CASE}/sightings", SEEN, 201)
    writes.post(f"{CASE}/close", {"reason": "x"}, 403)
    writes.post("/matches/m-1/reviews", {"verdict": "confirm"}, 403)
    as_who("supervisor", scopes=[Scope.WRITE]).get(CASE, 403)
