"""/api/v1/matches: what each may know of candidates, and what people say of them."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from casework import review
from data.models import MatchState, Subject, Verdict, utc_now
from tests.access.scene import PEOPLE, Scene
from tests.api.resources.asked import Client, Stage
from tests.factories import a_case, a_match, a_track

As = Callable[..., Client]
CASE = "/cases/case-1"
READ = (
    "/cases", CASE, f"{CASE}/team", f"{CASE}/sightings", f"{CASE}/matches", f"{CASE}/matches?state=to_review",
    f"{CASE}/matches?state=half_confirmed", f"{CASE}/matches?state=unsure", f"{CASE}/matches?limit=1", f"{CASE}/jobs",
    f"{CASE}/footage", "/matches/m-1", "/matches/m-2", "/matches/m-1/crop", "/footage/f-1", "/jobs/j-1",
    "/cameras?case=case-1&bbox=24,60,25,61&zoom=12", "/cameras/records",
)  # fmt: skip
"""All that can be read of a case with candidates in it, but its ranking, which moves with the clock, and its record."""


def states(told: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {match["id"]: match["state"] for match in told["items"]}


def confirms(client: Client, match_id: str = "m-1", **said: object) -> dict[str, dict[str, object]]:
    return client.post(f"/matches/{match_id}/reviews", {"verdict": "confirm", **said}, 201)  # type: ignore[no-any-return]


def test_a_candidate_is_told_with_all_that_a_reviewer_needs_and_called_a_lead(as_who: As) -> None:
    told = as_who("viewer").get("/matches/m-1")
    assert told["meaning"] == "investigative lead, not an identification"
    assert (told["state"], told["similarity"], told["seen_at"]) == ("to_review", 0.7, "2026-03-02T12:00:12.500000Z")
    assert (told["lat"], told["radius_m"], told["reviews"]) == (60.171, review.UNKNOWN_RANGE_M, [])
    assert as_who("viewer").ask("GET", "/matches/m-1/crop").headers["content-type"] == "image/jpeg"
    listed = {match["id"]: match for match in as_who("viewer").get(f"{CASE}/matches")["items"]}
    assert listed["m-1"] == told
    as_who("other").get("/matches/m-1", 404)
    as_who("other").get("/matches/m-1/crop", 404)


@pytest.mark.parametrize("verdict", ["confirm", "unsure"])
def test_what_one_person_said_moves_no_byte_of_any_answer_to_another(as_who: As, verdict: str) -> None:
    readers = {who: as_who(who) for who in PEOPLE if who != "reviewer"}

    def all_answers() -> dict[tuple[str, str], tuple[int, str | None, bytes]]:
        told = {(who, path): client.ask("GET", path) for who, client in readers.items() for path in READ}
        return {key: (it.status_code, it.headers.get("etag"), it.content) for key, it in told.items()}

    before = all_answers()
    assert before["supervisor", "/matches/m-1"][0] == 200
    as_who("reviewer").post("/matches/m-1/reviews", {"verdict": verdict, "note": "her coat"}, 201)
    after = all_answers()
    assert [key for key in before if before[key] != after[key]] == []


def test_two_people_who_do_not_know_of_each_other_make_a_sighting(as_who: As) -> None:
    rita, sam = as_who("reviewer"), as_who("supervisor")
    first = confirms(rita)
    assert (first["match"]["state"], first["sighting"]) == ("half_confirmed", None)
    second = confirms(sam, note="gait", seen="to_review")
    assert second["match"]["state"] == "confirmed"
    assert (second["sighting"]["match_id"], second["sighting"]["kind"]) == ("m-1", "confirmed_match")
    assert [one["by"] for one in sam.get("/matches/m-1")["reviews"]] == ["Rita", "Sam"]
    on_map = as_who("viewer").get(f"{CASE}/sightings")["items"]
    assert second["sighting"]["id"] in [sighting["id"] for sighting in on_map]
    path = f"{CASE}/sightings/{second['sighting']['id']}"
    assert "undo the review" in as_who("analyst").delete(path, 409)["detail"]
    undone = sam.post("/matches/m-1/reviews", {"verdict": "undo"}, 201)
    assert (undone["match"]["state"], undone["sighting"]) == ("to_review", None)
    assert as_who("analyst").get(path)["withdrawn_at"]


def test_who_saw_another_state_than_the_present_one_is_told_only_what_they_may_know(as_who: As) -> None:
    rita, sam = as_who("reviewer"), as_who("supervisor")
    confirms(rita)
    confirms(sam, seen="to_review")  # what Rita said is hidden from Sam, and no conflict either
    assert rita.post("/matches/m-1/reviews", {"verdict": "reject", "seen": "half_confirmed"}, 409)["status"] == 409


def test_a_dispute_is_settled_by_a_supervisor_alone(as_who: As) -> None:
    as_who("reviewer").post("/matches/m-disputed/settlement", {"confirms": False, "reason": "coat"}, 403)
    settled = as_who("supervisor").post("/matches/m-disputed/settlement", {"confirms": False, "reason": "coat"})
    assert settled["match"]["state"] == "rejected"
    as_who("reviewer").post("/matches/m-1/reviews", {"verdict": "settle as confirmed"}, 422)


def test_several_are_rejected_and_taken_back_in_one_act(as_who: As) -> None:
    rita = as_who("reviewer")
    together = rita.post("/matches/rejections", {"match_ids": ["m-1", "m-2"]}, 201)["together_id"]
    assert states(as_who("viewer").get(f"{CASE}/matches", params={"state": "rejected"})) == dict.fromkeys(
        ("m-1", "m-2"), "rejected"
    )
    as_who("supervisor").delete(f"/matches/rejections/{together}", 409)
    assert rita.delete(f"/matches/rejections/{together}", 200) == {"undone": 2}
    rita.post("/matches/rejections", {"match_ids": ["m-1", "m-1"]}, 422)


def test_one_set_aside_is_brought_back(as_who: As) -> None:
    assert as_who("reviewer").post("/matches/m-aside/bring-back")["state"] == "to_review"
    as_who("reviewer").post("/matches/m-aside/bring-back", status=409)


def test_a_face_too_small_needs_a_note_that_says_what_else_it_rests_on(scene: Scene, as_who: As) -> None:
    track = a_track("t-small", best_box_px=(0.0, 0.0, 20.0, 26.0))
    with scene.whole.writing() as writing:
        writing.put_track(track)
        writing.add_match(a_match("m-small", track=track))
    assert as_who("viewer").get("/matches/m-small")["needs_more_than_the_face"]
    assert "20 pixels" in as_who("reviewer").post("/matches/m-small/reviews", {"verdict": "confirm"}, 422)["detail"]
    confirms(as_who("reviewer"), "m-small", note="the red coat of the minute before")


def test_dropped_candidates_are_told_only_when_asked_for(scene: Scene, as_who: As) -> None:
    with scene.whole.writing() as writing:
        writing.set_match_state("m-2", MatchState.DROPPED)
    vera = as_who("viewer")
    assert "m-2" not in states(vera.get(f"{CASE}/matches"))
    assert states(vera.get(f"{CASE}/matches", params={"state": "dropped"})) == {"m-2": "dropped"}


def test_pictures_of_a_child_are_for_those_alone_who_work_with_them(scene: Scene, as_who: As) -> None:
    child = Subject("Aino Example", utc_now().date() - timedelta(days=4000), "her secret scar")
    with scene.whole.writing() as writing:
        writing.change_case(a_case(subject=child, owner="Sam"))
    assert as_who("viewer").get("/matches/m-1/context", 404)["detail"].startswith("picture:")
    assert as_who("reviewer").ask("GET", "/matches/m-1/context").status_code == 200


def test_the_answers_verdicts_are_those_of_the_verbs(stage: Stage) -> None:
    confirms(stage.client("reviewer"))
    ((said,),) = [reviews for match, reviews in review.seen_matches(stage.there.whole, "case-1") if match.id == "m-1"]
    assert (said.by, said.verdict) == ("Rita", Verdict.CONFIRM)


def test_the_record_tells_that_somebody_said_something_and_neither_who_nor_what_nor_of_whom(as_who: As) -> None:
    confirms(as_who("reviewer"), note="her coat")
    told = as_who("supervisor").get(f"{CASE}/record", params={"limit": 1})["items"][0]
    assert (told["action"], told["details"]) == ("match verdict", {})
    assert "Rita" not in str(told)
    confirms(as_who("supervisor"))
    read = as_who("supervisor").get(f"{CASE}/record")["items"]
    assert [(entry["by"], entry["action"]) for entry in read if entry["action"] == "match confirm"] == [
        ("Sam", "match confirm"), ("Rita", "match confirm"),
    ]  # fmt: skip
    as_who("reviewer").get(f"{CASE}/record", 403)
