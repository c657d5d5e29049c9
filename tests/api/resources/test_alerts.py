"""/api/v1/…/alerts: who is told, by which rules, what was sent, and what is done about what went wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from api.resources.alerts import alerts_router
from api.rest import Scope
from casework.alerting.cap import Origin
from casework.alerting.channels import cap_maker
from casework.alerting.outcomes import Outcome, Result
from casework.alerting.sending import Post, send_next
from tests.access.scene import PEOPLE, Scene
from tests.api.resources.asked import Client
from tests.api.rests import asking
from tests.casework.alerting.making import send_all
from tests.casework.reviewing import confirm_by_two

As = Callable[..., Client]
ALERTS = "/cases/case-1/alerts"
DESK = {"name": "Desk", "kind": "email", "address": "desk@example.org", "audience": "team", "on_candidates": True}


@pytest.fixture
def as_who(scene: Scene) -> As:
    """A client of the alerts' routes as somebody of the town."""

    def client(who: str, **named: Any) -> Client:
        return Client(asking(scene.whole, PEOPLE[who], alerts_router({"json"}), **named))

    return client


def test_a_supervisor_names_who_is_told_and_nobody_reads_an_address_whole(scene: Scene, as_who: As) -> None:
    sam, vera = as_who("supervisor"), as_who("viewer")
    added = sam.post(f"{ALERTS}/recipients", DESK, 201)
    assert (added["address"], added["language"], added["added_by"]) == ("d…@example.org", "en", "Sam")
    assert sam.post(f"{ALERTS}/recipients", DESK, 409)["detail"].startswith("Desk: Desk is told at this address")
    guardian = DESK | {"audience": "guardian", "address": "m@example.org"}
    assert "only the team" in sam.post(f"{ALERTS}/recipients", guardian, 422)["detail"]
    hook = DESK | {"kind": "apprise", "address": "slack://TokenGeheim/a/b", "name": "Chat"}
    assert "Geheim" not in str(sam.post(f"{ALERTS}/recipients", hook, 422))
    assert [one["name"] for one in vera.get(f"{ALERTS}/recipients")] == ["Desk"]
    assert "desk@" not in str(vera.get(f"{ALERTS}/recipients")) + str(scene.whole.audit_entries("case-1"))
    for who in ("viewer", "analyst", "reviewer", "auditor"):
        assert "may not govern" in as_who(who).post(f"{ALERTS}/recipients", DESK, 403)["detail"]
    as_who("other").get(f"{ALERTS}/recipients", 404)
    sam.delete(f"/alerts/recipients/{added['id']}")
    assert vera.get(f"{ALERTS}/recipients") == []


def test_rules_are_read_by_all_and_set_by_supervisors(as_who: As) -> None:
    sam = as_who("supervisor")
    wanted = {"names_subject": True, "quiet_from": "22:00", "quiet_to": "07:00", "limit": 5, "window_s": 600}
    assert sam.put(f"{ALERTS}/rules", wanted) == wanted == as_who("viewer").get(f"{ALERTS}/rules")
    for wrong in ({"limit": 0}, {"quiet_from": "25:00"}, {"window_s": 1}, {"unknown": 1}):
        sam.put(f"{ALERTS}/rules", wanted | wrong, 422)
    assert "two different times" in sam.put(f"{ALERTS}/rules", {"quiet_from": "07:00"}, 422)["detail"]


def test_a_test_that_may_have_gone_out_is_looked_into_sent_again_or_left(scene: Scene, as_who: As) -> None:
    sam, ann = as_who("supervisor"), as_who("analyst")
    whom = sam.post(f"{ALERTS}/recipients", DESK, 201)["id"]
    sent = sam.post(f"/alerts/recipients/{whom}/test", status=201)
    assert (sent["event"], sent["state"], sent["recipient"]) == ("test", "queued", "Desk")
    assert "less than a minute ago" in sam.post(f"/alerts/recipients/{whom}/test", status=409)["detail"]
    assert ann.get(f"{ALERTS}/waiting")[0]["count"] == 1
    send_all(scene.whole, Outcome(Result.UNCLEAR, "no answer"))
    known = ann.get(f"/alerts/{sent['id']}")
    assert (known["state"], known["why"], known["needs_a_look"]) == ("unknown", "no answer", True)
    as_who("viewer").post(f"/alerts/{sent['id']}/resend", status=403)
    as_who("other").get(f"/alerts/{sent['id']}", 404)
    again = ann.post(f"/alerts/{sent['id']}/resend", status=201)
    assert (again["again_of"], again["asked_by"], again["lane"]) == (sent["id"], "Ann", "asked")
    send_all(scene.whole, Outcome(Result.REFUSED, "no such mailbox"))
    assert ann.post(f"/alerts/{again['id']}/leave")["left_by"] == "Ann"
    ann.post(f"/alerts/{again['id']}/leave", status=409)
    assert [one["needs_a_look"] for one in ann.get(ALERTS)["items"]] == [False, False]
    assert [one["id"] for one in ann.get(ALERTS, params={"state": "failed"})["items"]] == [again["id"]]


def test_an_authoritys_cap_document_is_there_as_it_went_out(scene: Scene, as_who: As) -> None:
    sam = as_who("supervisor")
    sam.post(f"{ALERTS}/recipients", DESK | {"audience": "authority", "on_candidates": False}, 201)
    confirm_by_two(scene.whole, "m-1", note="her coat")
    post = Post(scene.whole, {}, makes_cap=cap_maker(scene.whole, Origin("alerts@agency.example")))
    assert send_next(post) is not None
    (told,) = sam.get(ALERTS)["items"]
    answer = as_who("viewer").ask("GET", f"/alerts/{told['id']}/cap")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/cap+xml")
    assert "<msgType>Alert</msgType>" in answer.text
    as_who("other").get(f"/alerts/{told['id']}/cap", 404)
    whom = sam.post(f"{ALERTS}/recipients", DESK | {"address": "x@example.org"}, 201)["id"]
    plain = sam.post(f"/alerts/recipients/{whom}/test", status=201)
    assert "has no CAP document" in sam.get(f"/alerts/{plain['id']}/cap", 404)["detail"]


def test_messages_come_in_pieces_newest_first_each_once(scene: Scene, as_who: As) -> None:
    sam = as_who("supervisor")
    for n in range(5):
        whom = sam.post(f"{ALERTS}/recipients", DESK | {"address": f"desk{n}@example.org"}, 201)["id"]
        sam.post(f"/alerts/recipients/{whom}/test", status=201)
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        piece = sam.get(ALERTS, params={"limit": 2, "cursor": cursor})
        found += [one["created_at"] for one in piece["items"]]
        cursor = piece["next"]
    assert (len(found), found) == (5, sorted(found, reverse=True))
    for wrong in ("WyJhIl0", "WzFlMzAwLCJhIl0", "Wy0xZTMwLCJhIl0", "WzEwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMCwiYSJd", "x"):
        sam.get(ALERTS, 422, params={"cursor": wrong})


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_reaches_what_its_scopes_say(as_who: As, scope: Scope) -> None:
    sam = as_who("supervisor", scopes=[scope])
    sam.get(f"{ALERTS}/rules", 200 if scope is Scope.READ else 403)
    sam.put(f"{ALERTS}/rules", {}, 200 if scope is Scope.GOVERN else 403)
    sam.post("/alerts/none/resend", status=404 if scope is Scope.WRITE else 403)
