"""/api/v1/footage and /api/v1/jobs: from a file that has arrived to a search under way."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from api import events as lines
from casework.access import Person
from data import role_rows
from data.models import Job, JobState, Role
from tests.access.scene import PEOPLE, Scene, desk_on, send, upload_id
from tests.api.resources.asked import Client, Stage
from tests.api.rests import caller
from tests.factories import a_job
from tests.running import run

As = Callable[..., Client]
CASE = "/cases/case-1"
SAID = {"camera_id": "cam-1", "started_at": "2026-03-02T14:00:00+02:00", "clock_offset_s": 60}


def test_a_file_that_has_arrived_becomes_footage_and_is_searched(scene: Scene, as_who: As) -> None:
    ann = as_who("analyst")
    (waiting,) = ann.get(f"{CASE}/footage-waiting")
    assert (waiting["name"], waiting["by"]) == ("whole.mp4", "Ann")
    added = ann.post(f"{CASE}/footage", SAID | {"upload_id": waiting["id"]}, 201)
    assert (added["true_start"], added["provenance"][0]["how"]) == ("2026-03-02T11:59:00Z", "upload")
    assert ann.get(f"{CASE}/footage-waiting") == []
    ann.post(f"{CASE}/footage", SAID | {"upload_id": waiting["id"]}, 404)
    job = ann.post(f"/footage/{added['id']}/scans", status=201)
    assert (job["state"], job["kind"], job["of_id"]) == ("queued", "scan", added["id"])
    assert "under way" in ann.post(f"/footage/{added['id']}/scans", status=409)["detail"]
    assert ann.get(f"/footage/{added['id']}")["camera_name"] == "Camera cam-1"
    assert ann.get(f"{CASE}/jobs", params={"of": added["id"], "state": "queued"})["items"] == [job]


def test_an_upload_that_is_not_whole_or_of_another_is_not_taken(scene: Scene, as_who: As) -> None:
    half = SAID | {"upload_id": upload_id(scene.whole, "half.mp4")}
    as_who("analyst").post(f"{CASE}/footage", half, 409)
    as_who("other").post("/cases/case-2/footage", SAID | {"upload_id": upload_id(scene.whole, "whole.mp4")}, 404)
    whole = SAID | {"upload_id": upload_id(scene.whole, "whole.mp4"), "camera_id": "nobody"}
    as_who("analyst").post(f"{CASE}/footage", whole, 404)


def test_a_correction_moves_true_times_and_is_not_made_on_what_was_changed_meanwhile(as_who: As) -> None:
    ann = as_who("analyst")
    tag = ann.ask("GET", "/footage/f-1").headers["etag"]
    moved = ann.put("/footage/f-1/details", SAID, headers={"If-Match": tag})
    assert (moved["moved_s"], moved["footage"]["clock_offset_s"], moved["candidates"]) == (-60.0, 60.0, 4)
    ann.put("/footage/f-1/details", SAID, 412, headers={"If-Match": tag})
    ann.put("/footage/f-1/details", SAID | {"started_at": "2026-03-02T14:00:00"}, 422)


def test_jobs_are_paused_resumed_put_first_cancelled_and_tried_again(as_who: As) -> None:
    ann = as_who("analyst")
    assert ann.post("/jobs/j-2/first")["priority"] == 1
    assert ann.post("/jobs/j-2/pause")["state"] == "paused"
    assert ann.post("/jobs/j-2/resume")["state"] == "queued"
    assert ann.post("/jobs/j-2/cancel")["state"] == "cancelled"
    assert ann.post("/jobs/j-4/retry", {"reason": "disk was full"})["retry_reason"] == "disk was full"
    ann.post("/jobs/j-4/retry", {"reason": "again"}, 409)
    assert ann.get("/jobs/j-1/stretches") == []


def test_the_closer_looks_made_ahead_for_one_reviewer_are_nobody_elses_jobs(scene: Scene, as_who: As) -> None:
    with scene.whole.writing() as writing:
        writing.add(a_job("look-1", kind="look", of_id="m-1"))
    for who in ("reviewer", "supervisor"):
        asking_for = as_who(who)
        assert "look-1" not in [job["id"] for job in asking_for.get(f"{CASE}/jobs")["items"]]
        asking_for.get("/jobs/look-1", 404)
        asking_for.get("/jobs/look-1/events", 404)
        asking_for.post("/jobs/look-1/cancel", status=404)


@pytest.fixture
def own_stage(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """An app whose lines belong to one event loop."""
    monkeypatch.setattr(lines, "LOOK_EVERY_S", 0.01)
    stage = Stage()
    stage.put(scene)
    return stage


class Listening:
    """A program on the line of one job, inside one event loop."""

    def __init__(self, stage: Stage, who: str, job_id: str) -> None:
        app = caller(stage.app, PEOPLE[who]).app
        self.status, self.text, self.is_over = 0, "", False
        path = f"/api/v1/jobs/{job_id}/events"
        scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
                 "headers": [], "scheme": "http", "server": ("127.0.0.1", 8501), "client": ("127.0.0.1", 5),
                 "root_path": "", "http_version": "1.1", "asgi": {"version": "3.0"}}  # fmt: skip
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task = asyncio.ensure_future(app(scope, self._coming.get, self._send))

    async def _send(self, message: Any) -> None:
        self.status = message.get("status", self.status)
        self.text += message.get("body", b"").decode()
        self.is_over = message["type"] == "http.response.body" and not message.get("more_body")

    @property
    def told(self) -> list[Any]:
        data = [line.removeprefix("data: ") for line in self.text.splitlines() if line.startswith("data: ")]
        return [json.loads(words)["job"] for words in data[1:]]  # after the hello

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not is_so():
                await asyncio.sleep(0.005)


def test_a_job_is_followed_to_its_end_and_then_the_line_ends(scene: Scene, own_stage: Stage) -> None:
    def now(**fields: object) -> None:
        with scene.whole.writing() as writing:
            writing.change(Job, "j-2", **fields)
        own_stage.moved += 1

    async def work() -> None:
        listening = Listening(own_stage, "viewer", "j-2")
        await listening.until(lambda: len(listening.told) == 1)
        now(state=JobState.RUNNING, seconds_total=60.0, seconds_done=30.0, worked_s=15.0)
        await listening.until(lambda: len(listening.told) == 2)
        now(state=JobState.DONE, seconds_done=60.0)
        await listening.until(lambda: listening.is_over)
        assert [(job["state"], job["left_s"]) for job in listening.told] == [
            ("queued", None), ("running", 15.0), ("done", 0.0),
        ]  # fmt: skip

    run(work())


def test_a_line_ends_when_its_case_is_no_longer_ones_own(scene: Scene, own_stage: Stage) -> None:
    async def work() -> None:
        listening = Listening(own_stage, "viewer", "j-2")
        await listening.until(lambda: len(listening.told) == 1)
        with scene.whole.writing() as writing:
            role_rows.take(writing, "case-1", PEOPLE["viewer"].id, Role.VIEWER)
        own_stage.moved += 1
        await listening.until(lambda: listening.is_over)
        assert listening.told[-1] is None

    run(work())


def test_a_photo_that_has_arrived_is_kept_checked_dated_and_removed(scene: Scene, as_who: As) -> None:
    ann = as_who("analyst")
    id = send(desk_on(scene.whole.guarded(Person(scene.whole, PEOPLE["analyst"])), scene.home), "new.jpg", "photo").id
    as_who("supervisor").post(f"{CASE}/photos", {"upload_id": id}, 404)  # an upload is its sender's
    added = ann.post(f"{CASE}/photos", {"upload_id": id}, 201)
    assert (added["original_name"], added["is_usable"]) == ("new.jpg", False)
    assert ann.get(f"/jobs/{added['job_id']}")["kind"] == "photo"
    ann.post(f"{CASE}/photos", {"upload_id": id}, 404)
    path = f"/photos/{added['id']}"
    assert ann.put(f"{path}/taken-on", {"taken_on": "2020-05-01"})["taken_on"] == "2020-05-01"
    assert ann.get(f"{path}/picture", 404)["detail"].startswith("picture:")  # until a worker has redrawn it
    ann.delete(path, 200)
    assert added["id"] not in [photo["id"] for photo in ann.get(f"{CASE}/photos")]
    ann.post(f"{path}/restore")
    assert added["id"] in [photo["id"] for photo in ann.get(f"{CASE}/photos")]
    assert as_who("viewer").ask("GET", "/photos/p-1/picture").headers["content-type"] == "image/jpeg"


def test_requests_are_drafted_for_the_minutes_of_the_ranking_sent_and_noted(as_who: As) -> None:
    ann = as_who("analyst")
    made = ann.post(f"{CASE}/requests", {"camera_ids": ["cam-1", "cam-2"]}, 201)
    assert (len(made["added"]), made["kept"]) == (2, [])
    path = f"/requests/{made['added'][0]}"
    assert ann.get(path)["camera"]["id"] == "cam-1"
    assert ann.patch(path, {"state": "sent", "note": "by post"})["note"] == "by post"
    ann.patch(path, {"note": "called", "was_note": "by fax"}, 409)
    ann.patch(path, {"state": "draft", "was_note": None, "note": "not yet"})
    ann.patch(path, {"state": "sent"})
    ann.delete(path, 409)
    ann.delete(f"/requests/{made['added'][1]}")
    assert [request["state"] for request in ann.get(f"{CASE}/requests")["items"]] == ["sent"]
    assert ann.post(f"{CASE}/requests", {"camera_ids": ["nobody"]}, 422)["detail"].startswith("camera nobody")


def test_a_clip_of_a_hand_held_camera_has_a_place_in_stead_of_a_camera(scene: Scene, as_who: As) -> None:
    ann, id = as_who("analyst"), upload_id(scene.whole, "whole.mp4")
    place = {"lat": 60.18, "lon": 24.95, "radius_m": 15, "called": "a passer-by's phone"}
    said = {"started_at": SAID["started_at"], "upload_id": id}
    for wrong in ({}, {"camera_id": "cam-1", "place": place}, {"place": place | {"radius_m": -1}}):
        ann.post(f"{CASE}/footage", said | wrong, 422)
    ann.post(f"{CASE}/footage", said | {"place": place, "started_from": "clock of this machine"}, 422)
    kept = ann.post(f"{CASE}/footage", said | {"place": place}, 201)
    told = ann.get(f"/footage/{kept['id']}")
    assert (told["camera_name"], told["lat"], told["lon"]) == ("a passer-by's phone", 60.18, 24.95)
    ann.get(f"/cameras/records/{kept['camera_id']}", 404)
    as_who("other").post("/cases/case-2/footage", SAID | {"upload_id": id, "camera_id": kept["camera_id"]}, 404)
