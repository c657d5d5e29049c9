"""/api/v1/cases/{case}/tips and the public's page, as each role asks for them."""

from collections.abc import Callable

from api.rest import Scope
from tests.access.calls import a_tip
from tests.access.scene import Scene
from tests.api.resources.asked import Client

As = Callable[..., Client]
TIPS, PAGE = "/cases/case-1/tips", "/cases/case-1/tip-page"
HERE = {"lat": 60.17, "lon": 24.94, "at": "2026-03-02T11:00:00+02:00"}


def test_a_supervisor_opens_and_closes_the_public_s_page_and_a_token_needs_the_scope(as_who: As) -> None:
    sam, said = as_who("supervisor"), {"agency": "City police", "words": "Seen anything?"}
    sam.get(PAGE, 404)
    as_who("analyst").put(PAGE, said, 403)
    as_who("supervisor", scopes=[Scope.READ, Scope.WRITE]).put(PAGE, said, 403)
    opened = sam.put(PAGE, said)
    assert opened["is_open"]
    assert "secret" not in opened
    assert as_who("viewer").get(PAGE)["code"] == opened["code"]
    assert sam.post(f"{PAGE}/new-address")["code"] != opened["code"]
    sam.delete(PAGE)
    assert not sam.get(PAGE)["is_open"]
    as_who("other").get(PAGE, 404)


def test_a_tip_is_read_by_the_case_s_people_and_its_contact_by_those_who_decide(scene: Scene, as_who: As) -> None:
    id = a_tip(scene)
    (tip,) = as_who("viewer").get(TIPS)["items"]
    assert (tip["id"], tip["words"], tip["has_contact"]) == (id, "by the harbour", True)
    assert "a@example.org" not in str(tip)
    as_who("viewer").post(f"{TIPS}/{id}/contact", status=403)
    assert as_who("analyst").post(f"{TIPS}/{id}/contact") == {"contact": "a@example.org"}
    (entry,) = scene.whole.audit_entries("case-1", action="tipster's contact read")
    assert entry.by == "Ann"
    for path in (TIPS, f"{TIPS}/{id}"):
        as_who("other").get(path, 404)
    as_who("other").get(f"/cases/case-2/tips/{id}", 404)


def test_a_tip_is_taken_dismissed_trusted_searched_and_waits_again(scene: Scene, as_who: As) -> None:
    id, ann = a_tip(scene), as_who("analyst")
    assert not ann.post(f"{TIPS}/{id}/trust")["is_doubtful"]
    kept = ann.post(f"{TIPS}/{id}/sighting", HERE, 201)
    assert kept["source"].startswith("Public tip ")
    assert ann.get(f"{TIPS}/{id}")["sighting_id"] == kept["id"]
    ann.post(f"{TIPS}/{id}/dismiss", {"reason": "late"}, 409)
    assert ann.post(f"{TIPS}/{id}/undo")["state"] == "waiting"
    assert ann.get(f"/cases/case-1/sightings/{kept['id']}")["withdrawn_at"] is not None
    job = ann.post(f"{TIPS}/{id}/search", HERE, 202)
    assert job["of_id"] == ann.get(f"{TIPS}/{id}")["footage_id"]
    assert ann.post(f"{TIPS}/{id}/dismiss", {"reason": "somebody else"})["decided_by"] == "Ann"
    ann.post(f"{TIPS}/{id}/sighting", HERE | {"kind": "confirmed_match"}, 422)
