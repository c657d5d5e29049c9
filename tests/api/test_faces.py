"""/api/v1/faces: where faces are and how alike two pictures' are; asked without a server, with coloured patches."""

import base64
from typing import Any

import pytest

from api.faces import faces_router
from api.gallery import gallery_router
from api.rest import Scope
from casework.face_desk import MOST_BYTES
from casework.gallery_parts import part_id
from data import account_rows, role_rows
from data.errors import TooMany
from data.models import CaseRole, JobState, Role
from data.store import Store
from recognition.faces_in import PictureFaces
from tests.api.doors import Browser
from tests.api.rests import asking
from tests.casework.field_desk import PERSON, STRANGER, PatchDesk, picture
from tests.factories import NOON, a_camera, a_case, a_footage, a_job, a_photo, an_account

ANN = an_account("Ann")
JPEG = {"Content-Type": "image/jpeg"}


def text(jpeg: bytes) -> str:
    return base64.b64encode(jpeg).decode()


@pytest.fixture
def town(store: Store) -> Store:
    """Ann is analyst of case-1 and case-2, and sees case-3 as its viewer."""
    with store.writing() as writing:
        account_rows.add_account(writing, ANN)
        for number, role in enumerate((Role.ANALYST, Role.ANALYST, Role.VIEWER), start=1):
            writing.add_case(a_case(id=f"case-{number}", number=str(number)))
            role_rows.give(writing, CaseRole(f"case-{number}", ANN.id, role, NOON, "test"))
            writing.add(a_photo(f"p-{number}", case_id=f"case-{number}"))
        writing.add(a_camera())
        writing.add(a_footage())
    return store


def client(store: Store, desk: Any = None, **named: Any) -> Browser:
    shown: Any = desk or PatchDesk()
    return asking(store, ANN, faces_router(lambda: shown), gallery_router(engine="fake", queue="cpu"), **named)


SENT: dict[str, dict[str, Any]] = {
    "bytes": {"content": picture(PERSON, STRANGER), "headers": JPEG},
    "JSON": {"json": {"picture": text(picture(PERSON, STRANGER))}},
    "a canvas's address": {"json": {"picture": f"data:image/jpeg;base64,{text(picture(PERSON, STRANGER))}"}},
}
NO_PICTURES: tuple[tuple[dict[str, Any], str], ...] = (
    ({"content": b"", "headers": JPEG}, "holds no picture"),
    ({"content": b"<svg/>", "headers": JPEG}, "no picture"),
    ({"content": picture(PERSON)[:500], "headers": JPEG}, "damaged"),
    ({"content": b"[" * 9000, "headers": {"Content-Type": "application/json"}}, "no JSON"),
    ({"json": ["picture"]}, "must be a JSON object"),
    ({"json": {"picture": "!!"}}, "no base64"),
    ({"json": {"picture": 7}}, "base64 text"),
)


def test_the_faces_of_a_picture_are_told_however_it_is_sent(town: Store) -> None:
    for how, sent in SENT.items():
        answer = client(town).ask("POST", "/api/v1/faces", **sent)
        assert answer.status_code == 200, f"{how}: {answer.text}"
        told = answer.json()
        assert (told["width_px"], told["height_px"], told["engine"]) == (280, 160, "fake")
        one, other = told["faces"]
        assert one["box_px"][0] < other["box_px"][0]
        assert len(one["points_px"]) == 5
        assert one["landmarks_px"] is None
        assert 0 < one["quality"] < 1
        assert set(one) == {"box_px", "score", "points_px", "landmarks_px", "quality", "size_px"}, "no vectors leave"


def test_what_is_no_picture_is_refused_in_plain_words(town: Store) -> None:
    for sent, says in NO_PICTURES:
        answer = client(town).ask("POST", "/api/v1/faces", **sent)
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        assert says in answer.json()["detail"]


def test_a_picture_that_is_too_large_is_not_read_to_its_end(town: Store) -> None:
    answer = client(town).ask("POST", "/api/v1/faces", content=b"\xff\xd8\xff" + b"x" * MOST_BYTES, headers=JPEG)
    assert answer.status_code == 413


def test_a_busy_engine_says_when_to_come_again(town: Store) -> None:
    class Busy(PatchDesk):
        def faces(self, picture: bytes, *, name: str = "picture", landmarks: bool = False) -> PictureFaces:
            raise TooMany(f"{name}: 8 pictures wait")

    answer = client(town, Busy()).ask("POST", "/api/v1/faces", content=picture(PERSON), headers=JPEG)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


def test_two_pictures_are_compared_for_a_case_and_in_its_record(town: Store) -> None:
    said = {"one": text(picture(PERSON)), "other": text(picture(STRANGER, PERSON))}
    answer = client(town).ask("POST", "/api/v1/faces/compare?case_id=case-1", json=said)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [(pair["one"], pair["other"], pair["is_lead"]) for pair in told["pairs"]] == [(0, 1, True), (0, 0, False)]
    assert "not an identification" in told["notice"]
    assert "not an identification" in told["pairs"][0]["meaning"][-1]
    assert "not calibrated" in " ".join(told["pairs"][0]["meaning"])
    assert (told["review_floor"], told["alert_threshold"]) == (0.8, 0.95)
    (entry,) = town.audit_entries("case-1", action="pictures compared")
    assert entry.by == "Ann"
    assert len(str(entry.details["one"])) == 64


def test_a_picture_without_a_face_compares_with_nothing(town: Store) -> None:
    said = {"one": text(picture(PERSON)), "other": text(picture())}
    answer = client(town).ask("POST", "/api/v1/faces/compare?case_id=case-1", json=said)
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:lastseen:problem:no-face")
    assert answer.json()["detail"].startswith("other: ")


def test_nothing_is_compared_for_a_case_that_one_may_not_search(town: Store) -> None:
    said = {"one": text(picture(PERSON)), "other": text(picture(PERSON))}
    for case_id, status in (("case-3", 403), ("case-9", 404)):
        assert client(town).ask("POST", f"/api/v1/faces/compare?case_id={case_id}", json=said).status_code == status


def test_a_token_needs_the_scope_of_faces(town: Store) -> None:
    sent: dict[str, Any] = {"content": picture(PERSON), "headers": JPEG}
    assert client(town, scopes=[Scope.READ, Scope.WRITE]).ask("POST", "/api/v1/faces", **sent).status_code == 403
    assert client(town, scopes=[Scope.FACES]).ask("POST", "/api/v1/faces", **sent).status_code == 200


def test_a_footage_is_searched_for_all_open_cases_and_tells_how_it_goes(town: Store) -> None:
    asked = client(town)
    before = asked.get("/api/v1/footage/f-1/gallery").json()
    why = "you may not search footage there"
    assert before == {"cases": 1, "left_out": [{"why": why, "cases": 1}], "last": None}
    job = asked.ask("POST", "/api/v1/footage/f-1/gallery")
    assert job.status_code == 201
    assert (job.json()["kind"], job.json()["reference_ids"]) == ("gallery", [])
    assert asked.ask("POST", "/api/v1/footage/f-1/gallery").status_code == 409
    theirs = {"kind": "gallery part", "case_id": "case-2", "of_id": "f-2", "state": JobState.DONE, "candidates": 3}
    part = a_job(part_id(job.json()["id"], "case-2"), **theirs)
    with town.writing() as writing:
        writing.add(part)
    last = asked.get("/api/v1/footage/f-1/gallery").json()["last"]
    assert (last["cases"], last["dropped"]) == (1, 0)
    assert last["found"] == [{"case_id": "case-2", "number": "2", "candidates": 3}]
