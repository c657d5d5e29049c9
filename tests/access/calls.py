"""How each verb is called in the matrix, and who may: one row a verb, written by hand and not from the code.

Letters: V viewer, A analyst, R reviewer, S supervisor, U auditor of case-1; M admin; O supervisor of another case.
Nobody who is not signed in may do anything.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from casework import (
    accounts,
    bundles,
    camera_edits,
    camera_search,
    cameras,
    cases,
    close_looks,
    clues,
    comparing_pictures,
    correcting,
    custody,
    export,
    exporting,
    face_desk,
    finding,
    footage,
    gallery,
    gallery_parts,
    gallery_search,
    governance,
    grouping,
    history,
    hits,
    jobs,
    live,
    pictures,
    pulse,
    purging,
    record,
    references,
    requests,
    retention,
    review,
    sealing,
    search,
    seen,
    sightings_import,
    team,
    timeline,
    tip_door,
    tips,
    tokens,
    uploads,
    urgency,
    uses,
)
from casework.addresses import parsed_networks
from casework.alerting import choosing, ledger, rules
from casework.alerting.rules import Contact
from casework.correcting import details_of
from casework.gallery import Sought
from casework.hits import Hit, HitFrame
from data import alert_rows, live_rows, role_rows, tip_rows, upload_rows
from data.alert_models import AddressKind, AlertRules, AlertState, Audience
from data.errors import NotFound
from data.live_models import LiveWatch
from data.models import (
    Area,
    CaseRole,
    FaceVectors,
    FootageRequest,
    Job,
    Mode,
    PhotoVectors,
    RequestState,
    Role,
    Subject,
    Verdict,
    utc_now,
)
from data.store import Store
from geo.ranking import Ranking
from recognition.eyes import OwnEyes
from tests.access.scene import PEOPLE, Scene, upload_id
from tests.casework.field_desk import PERSON, PatchDesk, camera_desk, picture
from tests.factories import NOON, a_camera, a_photo, a_sighting, an_authority
from tests.fakes import FakeEngine

Call = Callable[[Scene], Callable[[], object]]
"""Readies what the verb needs, and gives the call itself."""
READS, EDITS, SEARCHES, REVIEWS, GOVERNS = "VARSU", "AS", "AS", "RS", "S"
ADDS, EXPORTS, READS_RECORD, OPENS, CAMERAS, MANAGES = "AS", "S", "SU", "VARSUO", "ASO", "M"
SIGNED_IN = "VARSUMO"
CSV = b"name,lat,lon\nGate,60.1,24.9\n"
SIGHTINGS = b"time,lat,lon\n2026-03-01T10:00:00Z,60.1,24.9\n"
LATER = utc_now() + timedelta(days=30)
HERE = tips.Placed(60.17, 24.94, 30.0, NOON)


def verb(call: Callable[[Scene], object]) -> Call:
    def nothing_to_ready(s: Scene) -> Callable[[], object]:
        return lambda: call(s)

    return nothing_to_ready


def readies_something(ready: Call) -> bool:
    """Whether a call changes the town before it is made, so that the next one needs a town of its own."""
    return ready.__name__ != "nothing_to_ready"


def camera_preview(s: Scene) -> Callable[[], object]:
    preview = cameras.preview_import(s.whole, CSV, "c.csv")
    return lambda: cameras.import_cameras(s.store, preview, by=s.by)


def changed_cameras(s: Scene) -> Callable[[], object]:
    changes = camera_edits.planned([s.whole.camera("cam-3")], {"owner": "Somebody"})
    return lambda: camera_edits.change_cameras(s.store, changes, by=s.by)


def sighting_preview(s: Scene) -> Callable[[], object]:
    preview = sightings_import.preview_sightings(s.whole, s.whole.case("case-1"), SIGHTINGS, "s.csv")
    return lambda: sightings_import.import_sightings(s.store, s.whole.case("case-1"), preview, by=s.by)


def streets(s: Scene) -> Callable[[], object]:
    path = s.home / "streets.geojson"
    line = {"type": "LineString", "coordinates": [[24.9, 60.1], [24.91, 60.1], [24.91, 60.11]]}
    feature = {"type": "Feature", "properties": {"highway": "residential"}, "geometry": line}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return lambda: search.set_streets(s.store, "case-1", path, name="streets.geojson", by=s.by)


def a_request(s: Scene) -> None:
    with s.whole.writing() as writing:
        at = utc_now()
        known = {"from_at": at, "to_at": at, "clock_offset_s": 0.0, "retention_days": None, "score": 1.0}
        writing.add(FootageRequest("r-1", "case-1", "cam-1", **known, state=RequestState.DRAFT, created_at=at))  # type: ignore[arg-type]


def a_contact(name: str = "Desk") -> Contact:
    return Contact(name, AddressKind.EMAIL, f"{name.casefold()}@example.org", Audience.TEAM)


def with_alert(call: Callable[[Scene, str, str], object]) -> Call:
    """A call that concerns somebody who is told of case-1, and a message to them that failed."""

    def ready(s: Scene) -> Callable[[], object]:
        whom, alert = a_failed_alert(s)
        return lambda: call(s, whom, alert)

    return ready


def a_failed_alert(s: Scene, name: str = "Desk") -> tuple[str, str]:
    """Ids of somebody who is told of case-1, and of a message to them that failed long ago."""
    name = f"{name}{len(rules.recipients(s.whole, 'case-1'))}"  # those who only read share a town
    whom = rules.add_recipient(s.whole, "case-1", a_contact(name), by="Sam").id
    alert = ledger.ask_test(s.whole, whom, by="Sam").id
    with s.whole.writing() as writing:
        long_ago = {"created_at": NOON, "settled_at": NOON, "state": AlertState.FAILED}
        alert_rows.change(writing, [alert], was=AlertState.QUEUED, **long_ago)
    return whom, alert


def on_request(call: Callable[[Scene], object]) -> Call:
    def ready(s: Scene) -> Callable[[], object]:
        a_request(s)
        return lambda: call(s)

    return ready


def a_tip(s: Scene) -> str:
    """The id of what a stranger just sent to case-1, by a page that is open."""
    tip_door.open_page(s.whole, "case-1", agency="Police", words="Seen?", by="Sam")
    page = tip_rows.page_of_case(s.whole, "case-1")
    assert page is not None
    said = tip_door.Said(words="by the harbour", contact="a@example.org")
    file = ("a.jpg", BytesIO(b"\xff\xd8\xff" + b"x" * 300))
    ticket = tip_door.new_ticket(page)
    tip_door.receive(s.whole, page, said, file, ticket=ticket, is_filled_in=False, limits=tip_door.Limits())
    return tip_rows.tips(s.whole, "case-1")[-1].id


def on_tip(call: Callable[[Scene, str], object], *, is_dismissed: bool = False) -> Call:
    """A call that concerns what a stranger sent to case-1."""

    def ready(s: Scene) -> Callable[[], object]:
        id = a_tip(s)
        if is_dismissed:
            tips.dismiss(s.whole, id, reason="x", by="Sam")
        return lambda: call(s, id)

    return ready


def made_requests(s: Scene) -> Callable[[], object]:
    ranking = search.ranking(s.whole, s.whole.case("case-1"), streets=None)
    ids = [ranking.cameras[0].camera.id]
    return lambda: requests.make_requests(s.store, s.whole.case("case-1"), ids, ranking=ranking, by=s.by)


def together(s: Scene) -> Callable[[], object]:
    id = review.reject_all(s.whole, ["m-1", "m-2"], by=s.by)
    return lambda: review.undo_together(s.store, id, by=s.by)


def on_search(call: Callable[[Scene, Job], object]) -> Call:
    def ready(s: Scene) -> Callable[[], object]:
        job = hits.begin_search(s.whole, "case-1", kind="camera", of_id="x", engine="fake", by="Sam")
        return lambda: call(s, job)

    return ready


def kept_hit(s: Scene, job: Job) -> object:
    jpeg = cv2.imencode(".jpg", np.full((60, 80, 3), 90, np.uint8))[1].tobytes()
    frame = HitFrame(utc_now(), jpeg, (80, 60), (10.0, 10.0, 50.0, 50.0), 0.5, np.ones(3, np.float32))
    return hits.keep_hit(
        s.store, job, Hit((frame,), 0.9), place=lambda _: "cam-1", engine=FakeEngine(), eyes=OwnEyes(),
        max_pixels=10_000, name="live.mkv", how="live camera", by=s.by,
    )  # fmt: skip


def with_area(call: Callable[[Scene], object]) -> Call:
    def ready(s: Scene) -> Callable[[], object]:
        draw_around(s.whole, "cam-1")
        return lambda: call(s)

    return ready


def draw_around(store: Store, camera_id: str) -> None:
    camera = store.camera(camera_id)
    point = {"type": "Point", "coordinates": [camera.lon, camera.lat]}
    with store.writing() as writing:
        writing.put_area(Area("case-1", ({"type": "Feature", "geometry": point, "properties": {"radius": 100.0}},)))


def turned_on(s: Scene, store: Store | None = None, by: str = "") -> LiveWatch:
    return live.turn_on(
        store or s.store, "case-1", camera_id="cam-1", address="rtsp://203.0.113.7/gate", engine="fake", by=by or s.by,
        ends_at=utc_now() + timedelta(hours=1), allowed=parsed_networks("203.0.113.0/24"),
    )  # fmt: skip


def on_watch(call: Callable[[Scene, LiveWatch], object]) -> Call:
    def ready(s: Scene) -> Callable[[], object]:
        draw_around(s.whole, "cam-1")
        watch = next(iter(live_rows.watches(s.whole, "case-1")), None) or turned_on(s, s.whole, "Sam")
        return lambda: call(s, watch)

    return ready


def closed(s: Scene) -> Callable[[], object]:
    governance.close_case(s.whole, "case-1", reason="found", by="Sam")
    return lambda: governance.reopen_case(s.store, "case-1", reason="not found", by=s.by)


def held(s: Scene) -> Callable[[], object]:
    governance.set_legal_hold(s.whole, "case-1", reason="court", by="Sam")
    return lambda: governance.lift_legal_hold(s.store, "case-1", reason="court", by=s.by)


def released(s: Scene) -> Callable[[], object]:
    governance.release_pictures(s.whole, "case-1", reason="press", by="Sam")
    return lambda: governance.withdraw_release(s.store, "case-1", by=s.by)


def disputed(s: Scene) -> Callable[[], object]:
    return lambda: review.settle(s.store, "m-disputed", confirms=False, reason="another coat", by=s.by)


def uploaded(s: Scene) -> Callable[[], object]:
    id, details = upload_id(s.whole, "whole.mp4"), details_of(s.whole.footage("f-1"))
    return lambda: footage.add_uploaded(s.desk, id, "case-1", details=details, by=s.by)


def on_upload(name: str, call: Callable[[Scene, str], object]) -> Call:
    """A call that concerns a file which the analyst sends to case-1."""

    def ready(s: Scene) -> Callable[[], object]:
        id = upload_id(s.whole, name)
        return lambda: call(s, id)

    return ready


def looked_at(s: Scene, id: str) -> None:
    seen, why = clues.look_at(s.desk, id, max_pixels=1000, memory_mb=2048)
    if seen is None and "there is none with this id" in why:
        raise NotFound(why)


def looked_into(s: Scene, id: str) -> None:
    found, why = bundles.look_into(s.desk, id, max_pixels=1000, memory_mb=2048)
    if found is None and "there is none with this id" in why:
        raise NotFound(why)


def finished(s: Scene, id: str) -> None:
    if not uploads.finished(s.desk, [id], purpose="footage"):
        raise NotFound(id)


def received(s: Scene, id: str) -> None:
    with uploads.receive(s.desk, id, offset=2) as receiving:
        receiving.write(b"cd")
        receiving.finish()


def began(purpose: str, *, name: str = "", case_id: str | None = "case-1") -> Call:
    told: dict[str, Any] = {"name": name or f"{purpose}.bin", "size_bytes": 3, "purpose": purpose, "case_id": case_id}
    return verb(lambda s: uploads.begin_upload(s.desk, **told, by=s.by))


def exported(s: Scene) -> Callable[[], object]:
    asked = exporting.ask_export(s.whole, "case-1", is_redacted=False, by="Sam", command=["true"])
    (s.home / "exports" / f"{asked.id}.zip").write_bytes(b"zip")
    return lambda: exporting.finished_export(s.store, asked.id)


def camera_frame(s: Scene) -> object:
    """A picture of nobody, for case-1."""
    frame = camera_search.Frame(picture(), 60.1, 24.9, 10.0, utc_now())
    desk = camera_desk(sought=Sought("case-1", ("p-1",), np.zeros((1, 3), np.float32)))
    return camera_search.look(s.store, desk, frame, search_id="a-search", case_id="case-1", by=s.by)


def sought_elsewhere(s: Scene) -> Callable[[], object]:
    """Everybody may search case-2, whose person has a photo; what the rows are about is who may in case-1."""
    with s.whole.writing() as writing:
        writing.add(a_photo("p-9", case_id="case-2"))
        for one in PEOPLE.values():
            if not one.is_admin and one.name != "Olga":
                role_rows.give(writing, CaseRole("case-2", one.id, Role.ANALYST, NOON, "test"))
    return lambda: gallery_search.request_gallery(s.store, "f-1", engine="fake", by=s.by)


def gallery_ended(s: Scene) -> None:
    with s.store.writing() as writing:
        gallery_parts.ended(s.store, writing, s.whole.job("j-1"), "cancelled", by=s.by)


def compared_pictures(s: Scene) -> object:
    desk: Any = PatchDesk()
    return comparing_pictures.compare_pictures(s.store, "case-1", desk, picture(PERSON), picture(PERSON), by=s.by)


def faces_looked_for(s: Scene) -> object:
    desk: Any = PatchDesk()
    return face_desk.look_for_faces(s.store, desk, picture(PERSON))


def the_gallery(s: Scene) -> object:
    engine = FakeEngine()
    colours = FaceVectors(engine.name, 3, np.ones((1, 3), "<f4").tobytes())
    with s.whole.writing() as writing:
        writing.put_photo_vectors(PhotoVectors("p-1", colours, {}, 0.8))
    return lambda: gallery.gallery_of(s.store, engine, case_ids=["case-1"])


def an_id(who: str) -> str:
    return PEOPLE[who].id


def case(s: Scene) -> Any:
    return s.whole.case("case-1")


def ranking(s: Scene) -> Ranking:
    return search.ranking(s.whole, case(s), streets=None)


def _path(s: Scene, name: str) -> Path:
    return s.home / name


ROWS: dict[str, tuple[str, Call]] = {
    # accounts: the admin's
    "accounts.accounts": (MANAGES, verb(lambda s: accounts.accounts(s.store))),
    "accounts.account_named": (MANAGES, verb(lambda s: accounts.account_named(s.store, "Vera"))),
    "accounts.add_account": (MANAGES, verb(lambda s: accounts.add_account(s.store, "newcomer", by=s.by))),
    "accounts.disable_account": (MANAGES, verb(lambda s: accounts.disable_account(s.store, an_id("other"), by=s.by))),
    "accounts.enable_account": (
        MANAGES,
        lambda s: (
            accounts.disable_account(s.whole, an_id("other"), by="x"),
            lambda: accounts.enable_account(s.store, an_id("other"), by=s.by),
        )[1],
    ),
    "accounts.reset_password": (MANAGES, verb(lambda s: accounts.reset_password(s.store, an_id("other"), by=s.by))),
    "accounts.reset_second_factor": (
        MANAGES, verb(lambda s: accounts.reset_second_factor(s.store, an_id("other"), by=s.by)),
    ),
    "accounts.end_sessions": (MANAGES, verb(lambda s: accounts.end_sessions(s.store, an_id("other"), by=s.by))),
    "accounts.sessions_of": (MANAGES, verb(lambda s: accounts.sessions_of(s.store, an_id("other")))),
    "accounts.link_outside": (
        MANAGES, verb(lambda s: accounts.link_outside(s.store, an_id("other"), "https://idp.example|1", by=s.by)),
    ),
    "tokens.make_key": (
        MANAGES,
        verb(lambda s: tokens.make_key(
            s.store, an_id("other"), purpose="x", by=s.by, lasts=timedelta(days=1)
        )),
    ),
    # cameras: shared by all cases
    "cameras.preview_import": (CAMERAS, verb(lambda s: cameras.preview_import(s.store, CSV, "c.csv"))),
    "cameras.import_cameras": (CAMERAS, camera_preview),
    "cameras.save_camera": (CAMERAS, verb(lambda s: cameras.save_camera(s.store, a_camera("cam-9"), by=s.by))),
    "cameras.remembered_columns": (CAMERAS, verb(lambda s: cameras.remembered_columns(s.store, ("name",)))),
    "camera_edits.change_cameras": (CAMERAS, changed_cameras),
    "camera_edits.remove_cameras": (
        CAMERAS,
        verb(lambda s: camera_edits.remove_cameras(s.store, [s.whole.camera("cam-3")], by=s.by)),
    ),
    "cameras.remove_camera": (CAMERAS, verb(lambda s: cameras.remove_camera(s.store, "cam-3", by=s.by))),
    # the case
    "cases.open_case": (OPENS, verb(lambda s: cases.open_case(s.store, number="9", name="New", by=s.by))),
    "cases.change_case": (
        EDITS,
        verb(lambda s: cases.change_case(s.store, case(s), by=s.by, subject=Subject("N"), mode=Mode.CAR, notes="n")),
    ),
    "cases.add_photo": (
        EDITS,
        verb(lambda s: cases.add_photo(s.store, "case-1", stream=BytesIO(b"x"), original_name="x.jpg", by=s.by)),
    ),
    "cases.keep_vectors": (
        GOVERNS,
        verb(lambda s: cases.keep_vectors(
            s.store, "case-1", keeps=True, by=s.by, reason="court", expires_at=LATER
        )),
    ),
    "cases.note_look": (READS, verb(lambda s: cases.note_look(s.store, "case-1", by=s.by))),
    "cases.add_sighting": (EDITS, verb(lambda s: cases.add_sighting(s.store, a_sighting("s-9"), by=s.by))),
    "cases.withdraw_sighting": (EDITS, verb(lambda s: cases.withdraw_sighting(s.store, "s-1", by=s.by))),
    "cases.restore_sighting": (EDITS, verb(lambda s: cases.restore_sighting(s.store, "s-gone", by=s.by))),
    "correcting.correct_footage": (
        ADDS,
        verb(lambda s: correcting.correct_footage(
            s.store, s.whole.footage("f-1"), details=details_of(s.whole.footage("f-1")), by=s.by
        )),
    ),
    "footage.add_footage": (
        ADDS,
        verb(lambda s: footage.add_footage(
            s.store, "case-1", camera_id="cam-1", stream=BytesIO(b"film"), original_name="x.mp4", size_bytes=4,
            started_at=NOON, clock_offset_s=0.0, by=s.by,
        )),
    ),
    "footage.add_uploaded": (ADDS, uploaded),
    "footage.keep_file": (
        ADDS,
        verb(lambda s: footage.keep_file(
            s.store, "case-1", stream=BytesIO(b"a picture"), size_bytes=9, original_name="a.jpg", by=s.by,
            details=replace(details_of(s.whole.footage("f-1")), camera_id="", place=footage.Place(60.2, 24.9, 20.0)),
        )),
    ),
    "footage.keep_content": (
        ADDS,
        verb(lambda s: footage.keep_content(
            s.store, "case-1", (s.whole.footage("f-1").sha256, 9), original_name="a.jpg", by=s.by,
            details=details_of(s.whole.footage("f-1")), how="upload",
        )),
    ),
    "bundles.is_bundle": (ADDS, on_upload("whole.mp4", lambda s, id: bundles.is_bundle(s.desk, id))),
    "bundles.look_into": (ADDS, on_upload("whole.mp4", looked_into)),
    "bundles.add_bundled": (
        ADDS,
        on_upload("whole.mp4", lambda s, id: bundles.add_bundled(
            s.desk, id, "case-1", chosen=[], memory_mb=2048, by=s.by
        )),
    ),
    "footage.check_details": (
        READS, verb(lambda s: footage.check_details(s.store, "case-1", details_of(s.whole.footage("f-1")))),
    ),
    # governance
    "governance.set_authority": (
        GOVERNS,
        verb(lambda s: governance.set_authority(s.store, case(s), replace(an_authority(), owner="Sam"), by=s.by)),
    ),
    "governance.close_case": (GOVERNS, verb(lambda s: governance.close_case(s.store, "case-1", reason="x", by=s.by))),
    "governance.reopen_case": (GOVERNS, closed),
    "governance.set_legal_hold": (
        GOVERNS, verb(lambda s: governance.set_legal_hold(s.store, "case-1", reason="x", by=s.by)),
    ),
    "governance.lift_legal_hold": (GOVERNS, held),
    "governance.release_pictures": (
        GOVERNS, verb(lambda s: governance.release_pictures(s.store, "case-1", reason="x", by=s.by)),
    ),
    "governance.withdraw_release": (GOVERNS, released),
    "purging.purge_case": (
        GOVERNS, verb(lambda s: purging.purge_case(s.store, "case-1", typed_number="2026-001", reason="x", by=s.by)),
    ),
    "purging.destroy_footage": (
        GOVERNS, verb(lambda s: purging.destroy_footage(s.store, "f-1", reason="x", by=s.by)),
    ),
    "purging.destroy_photo": (GOVERNS, verb(lambda s: purging.destroy_photo(s.store, "p-1", reason="x", by=s.by))),
    # searches
    "jobs.check_photo": (EDITS, verb(lambda s: jobs.check_photo(s.store, "p-1", engine="fake", by=s.by))),
    "jobs.request_scan": (SEARCHES, verb(lambda s: jobs.request_scan(s.store, "f-1", engine="fake", by=s.by))),
    "jobs.why_no_search": (READS, verb(lambda s: jobs.why_no_search(s.store, "case-1"))),
    "jobs.references_changed": (EDITS, verb(lambda s: jobs.references_changed(s.store, "case-1", by=s.by))),
    "jobs.last_renewal": (READS, verb(lambda s: jobs.last_renewal(s.store, "case-1"))),
    "jobs.pause": (SEARCHES, verb(lambda s: jobs.pause(s.store, "j-2", by=s.by))),
    "jobs.resume": (SEARCHES, verb(lambda s: jobs.resume(s.store, "j-3", by=s.by))),
    "jobs.cancel": (SEARCHES, verb(lambda s: jobs.cancel(s.store, "j-2", by=s.by))),
    "jobs.retry": (SEARCHES, verb(lambda s: jobs.retry(s.store, "j-4", reason="x", by=s.by))),
    "jobs.put_first": (SEARCHES, verb(lambda s: jobs.put_first(s.store, "j-2", by=s.by))),
    # a camera in the field
    "camera_search.choices": (SIGNED_IN, verb(lambda s: camera_search.choices(s.store))),
    "camera_search.may_search_all": (SIGNED_IN, verb(lambda s: camera_search.may_search_all(s.store))),
    "camera_search.look": (SEARCHES, verb(camera_frame)),
    "face_desk.look_for_faces": ("ASO", verb(faces_looked_for)),
    "face_desk.check_may_look": ("ASO", verb(lambda s: face_desk.check_may_look(s.store))),
    "comparing_pictures.check_may_compare": (
        SEARCHES, verb(lambda s: comparing_pictures.check_may_compare(s.store, "case-1")),
    ),
    "comparing_pictures.compare_pictures": (SEARCHES, verb(compared_pictures)),
    "gallery.gallery_of": (SEARCHES, the_gallery),
    "gallery.usable_ids": (READS, verb(lambda s: gallery.usable_ids(s.store, "case-1"))),
    "gallery.why_left_out": (READS, verb(lambda s: gallery.why_left_out(s.store, case(s), None))),
    "gallery_parts.people_sought": (READS, verb(lambda s: gallery_parts.people_sought(s.store, s.whole.job("j-1")))),
    "gallery_parts.ended": (SEARCHES, verb(gallery_ended)),
    "gallery_search.reach": (READS, verb(lambda s: gallery_search.reach(s.store, "f-1"))),
    "gallery_search.last_gallery": (READS, verb(lambda s: gallery_search.last_gallery(s.store, "f-1"))),
    "gallery_search.given": (READS, verb(lambda s: gallery_search.given(s.store, s.whole.job("j-1")))),
    "gallery_search.request_gallery": (SEARCHES, sought_elsewhere),
    "camera_search.end": (SIGNED_IN, verb(lambda s: camera_search.end(s.store, camera_desk(), "a-search", by=s.by))),
    # pictures and photos
    "close_looks.looked_at": (READS, verb(lambda s: close_looks.looked_at(s.store, s.whole.match("m-1")))),
    "close_looks.upright_reference": (
        READS,
        verb(lambda s: close_looks.upright_reference(s.store, s.whole.photo("p-1"))),
    ),
    "close_looks.ask_looks": (REVIEWS, verb(lambda s: close_looks.ask_looks(s.store, ["m-1"], by=s.by))),
    "close_looks.ask_again": (REVIEWS, verb(lambda s: close_looks.ask_again(s.store, "m-1", by=s.by))),
    "pictures.are_hidden": (READS, verb(lambda s: pictures.are_hidden(s.store, "case-1"))),
    "pictures.crop": (READS, verb(lambda s: pictures.crop(s.store, s.whole.match("m-1")))),
    "pictures.context": (READS, verb(lambda s: pictures.context(s.store, s.whole.match("m-1")))),
    "pictures.reference": (READS, verb(lambda s: pictures.reference(s.store, s.whole.photo("p-1")))),
    "pictures.reference_face": (READS, verb(lambda s: pictures.reference_face(s.store, s.whole.photo("p-1")))),
    "references.misfits": (
        READS, verb(lambda s: references.misfits(s.store, s.whole.photos("case-1"), engine="fake")),
    ),
    "references.set_taken_on": (EDITS, verb(lambda s: references.set_taken_on(s.store, "p-1", None, by=s.by))),
    "references.remove_photo": (EDITS, verb(lambda s: references.remove_photo(s.store, "p-1", by=s.by))),
    "references.restore_photo": (EDITS, verb(lambda s: references.restore_photo(s.store, "p-gone", by=s.by))),
    # requests
    "requests.lines": (READS, verb(lambda s: requests.lines(s.store, case(s), ranking=ranking(s)))),
    "requests.make_requests": (EDITS, made_requests),
    "requests.set_state": (EDITS, on_request(lambda s: requests.set_state(s.store, "r-1", RequestState.SENT, by=s.by))),
    "requests.set_note": (EDITS, on_request(lambda s: requests.set_note(s.store, "r-1", "note", by=s.by))),
    "requests.remove_draft": (EDITS, on_request(lambda s: requests.remove_draft(s.store, "r-1", by=s.by))),
    # review
    "review.candidate": (READS, verb(lambda s: review.candidate(s.store, "m-1"))),
    "review.candidates": (READS, verb(lambda s: review.candidates(s.store, "case-1"))),
    "review.seen_state": (READS, verb(lambda s: review.seen_state(s.store, "m-1"))),
    "review.seen_matches": (READS, verb(lambda s: review.seen_matches(s.store, "case-1"))),
    "review.waiting": (READS, verb(lambda s: review.waiting(s.store, "case-1"))),
    "pulse.pulse": (READS, verb(lambda s: pulse.pulse(s.store, "case-1"))),
    "pulse.home_pulse": (SIGNED_IN, verb(lambda s: pulse.home_pulse(s.store))),
    "review.readable": (READS, verb(lambda s: review.readable(s.store, "case-1", s.whole.audit_entries("case-1")))),
    "review.decide": (REVIEWS, verb(lambda s: review.decide(s.store, "m-1", verdict=Verdict.REJECT, by=s.by))),
    "review.settle": (GOVERNS, disputed),
    "review.reject_all": (REVIEWS, verb(lambda s: review.reject_all(s.store, ["m-1", "m-2"], by=s.by))),
    "review.undo_together": (REVIEWS, together),
    "review.bring_back": (REVIEWS, verb(lambda s: review.bring_back(s.store, "m-aside", by=s.by))),
    # where to look
    "search.draw": (EDITS, verb(lambda s: search.draw(s.store, "case-1", [], by=s.by))),
    "search.set_streets": (EDITS, streets),
    "search.examined_in_vain": (READS, verb(lambda s: search.examined_in_vain(s.store, "case-1"))),
    "timeline.timeline": (READS, verb(lambda s: timeline.timeline(s.store, case(s)))),
    "history.history": (READS, verb(lambda s: history.history(s.store, case(s)))),
    "history.known_at": (READS, verb(lambda s: history.known_at(s.store, case(s), NOON))),
    "urgency.home": (SIGNED_IN, verb(lambda s: urgency.home(s.store))),
    "finding.find": (SIGNED_IN, verb(lambda s: finding.find(s.store, "a", names=finding.CameraNames()))),
    "search.ranking": (READS, verb(lambda s: search.ranking(s.store, case(s), streets=None))),
    "sightings_import.preview_sightings": (
        EDITS, verb(lambda s: sightings_import.preview_sightings(s.store, case(s), SIGHTINGS, "s.csv")),
    ),
    "sightings_import.import_sightings": (EDITS, sighting_preview),
    # alerts
    "alerting.rules.recipients": (READS, verb(lambda s: rules.recipients(s.store, "case-1"))),
    "alerting.rules.alert_rules": (READS, verb(lambda s: rules.alert_rules(s.store, "case-1"))),
    "alerting.rules.add_recipient": (
        GOVERNS, verb(lambda s: rules.add_recipient(s.store, "case-1", a_contact("New"), by=s.by)),
    ),
    "alerting.rules.remove_recipient": (
        GOVERNS, with_alert(lambda s, whom, _: rules.remove_recipient(s.store, whom, by=s.by)),
    ),
    "alerting.rules.set_rules": (
        GOVERNS, verb(lambda s: rules.set_rules(s.store, "case-1", AlertRules("case-1", limit=3), by=s.by)),
    ),
    "alerting.choosing.held": (READS, verb(lambda s: choosing.held(s.store, "case-1"))),
    "alerting.ledger.alerts": (READS, verb(lambda s: ledger.alerts(s.store, "case-1"))),
    "alerting.ledger.lines": (READS, verb(lambda s: ledger.lines(s.store, "case-1"))),
    "alerting.ledger.line": (READS, with_alert(lambda s, _, alert: ledger.line(s.store, alert))),
    "alerting.ledger.trouble": (READS, verb(lambda s: ledger.trouble(s.store, "case-1"))),
    "alerting.ledger.resend": (EDITS, with_alert(lambda s, _, alert: ledger.resend(s.store, alert, by=s.by))),
    "alerting.ledger.leave": (EDITS, with_alert(lambda s, _, alert: ledger.leave(s.store, alert, by=s.by))),
    "alerting.ledger.ask_test": (GOVERNS, with_alert(lambda s, whom, _: ledger.ask_test(s.store, whom, by=s.by))),
    # what the public sends
    "tip_door.open_page": (
        GOVERNS, verb(lambda s: tip_door.open_page(s.store, "case-1", agency="Police", words="Seen?", by=s.by)),
    ),
    "tip_door.close_page": (GOVERNS, on_tip(lambda s, _: tip_door.close_page(s.store, "case-1", by=s.by))),
    "tip_door.new_address": (GOVERNS, on_tip(lambda s, _: tip_door.new_address(s.store, "case-1", by=s.by))),
    "tip_door.page_of": (READS, verb(lambda s: tip_door.page_of(s.store, "case-1"))),
    "tips.tips": (READS, verb(lambda s: tips.tips(s.store, "case-1"))),
    "tips.tip": (READS, on_tip(lambda s, id: tips.tip(s.store, id))),
    "tips.waiting_places": (READS, verb(lambda s: tips.waiting_places(s.store, "case-1"))),
    "tips.look_at": (EDITS, on_tip(lambda s, id: tips.look_at(s.store, id, max_pixels=1000, memory_mb=2048))),
    "tips.read_contact": (EDITS, on_tip(lambda s, id: tips.read_contact(s.store, id, by=s.by))),
    "tips.take_as_sighting": (
        EDITS, on_tip(lambda s, id: tips.take_as_sighting(s.store, id, HERE, source="x", by=s.by)),
    ),
    "tips.dismiss": (EDITS, on_tip(lambda s, id: tips.dismiss(s.store, id, reason="x", by=s.by))),
    "tips.undo": (EDITS, on_tip(lambda s, id: tips.undo(s.store, id, by=s.by), is_dismissed=True)),
    "tips.trust": (EDITS, on_tip(lambda s, id: tips.trust(s.store, id, by=s.by))),
    "tips.search_file": (ADDS, on_tip(lambda s, id: tips.search_file(s.store, id, HERE, engine="fake", by=s.by))),
    # what is seen at the moment
    "grouping.group_candidates": (
        SEARCHES, verb(lambda s: grouping.group_candidates(s.store, "case-1", FakeEngine())),
    ),
    "hits.usable_photos": (READS, verb(lambda s: hits.usable_photos(s.store, "case-1"))),
    "hits.begin_search": (
        SEARCHES,
        verb(lambda s: hits.begin_search(s.store, "case-1", kind="camera", of_id="x", engine="fake", by=s.by)),
    ),
    "hits.end_search": (SEARCHES, on_search(lambda s, job: hits.end_search(s.store, job.id, by=s.by))),
    "hits.keep_hit": (SEARCHES, on_search(kept_hit)),
    "live.turn_on": (GOVERNS, with_area(turned_on)),
    "live.turn_off": (SEARCHES, on_watch(lambda s, watch: live.turn_off(s.store, watch.job_id, by=s.by))),
    "live.end_watch": (SEARCHES, on_watch(lambda s, watch: live.end_watch(s.store, watch.job_id, how="x", by=s.by))),
    "live.watched": (READS, verb(lambda s: live.watched(s.store, "case-1"))),
    "live.cameras_to_watch": (READS, with_area(lambda s: live.cameras_to_watch(s.store, "case-1"))),
    "live.why_not_watched": (READS, verb(lambda s: live.why_not_watched(s.store, "case-1"))),
    "live.latest_end": (READS, verb(lambda s: live.latest_end(s.store, "case-1"))),
    "live.why_over": (READS, on_watch(lambda s, watch: live.why_over(s.store, "case-1", watch, NOON))),
    "sealing.seal": (SIGNED_IN, verb(lambda s: sealing.seal(s.store, "words"))),
    # the team
    "team.members": (READS, verb(lambda s: team.members(s.store, "case-1"))),
    "team.give_role": (
        GOVERNS, verb(lambda s: team.give_role(s.store, "case-1", "Olga", Role.VIEWER, by=s.by)),
    ),
    "team.take_role": (GOVERNS, verb(lambda s: team.take_role(s.store, "case-1", "Vera", Role.VIEWER, by=s.by))),
    # the record, and what leaves
    "uses.uses": (READS_RECORD, verb(lambda s: uses.uses(s.store, "case-1"))),
    "export.export_case": (
        EXPORTS,
        verb(lambda s: export.export_case(s.store, "case-1", _path(s, "bag"), is_redacted=False, by=s.by)),
    ),
    "exporting.ask_export": (
        EXPORTS,
        verb(lambda s: exporting.ask_export(s.store, "case-1", is_redacted=False, by=s.by, command=["true"])),
    ),
    "exporting.exports": (EXPORTS, verb(lambda s: exporting.exports(s.store, "case-1"))),
    "exporting.finished_export": (EXPORTS, exported),
    "exporting.note_fetched": (
        EXPORTS, verb(lambda s: exporting.note_fetched(s.store, "case-1", export_id="x", by=s.by)),
    ),
    "exporting.drop_export": (
        EXPORTS, verb(lambda s: exporting.drop_export(s.store, "case-1", export_id="x", by=s.by)),
    ),
    "record.entries": (READS_RECORD, verb(lambda s: record.entries(s.store, "case-1"))),
    "record.check_record": (READS_RECORD, verb(lambda s: record.check_record(s.store, "case-1"))),
    "record.signed_head": (READS_RECORD, verb(lambda s: record.signed_head(s.store, "case-1", by=s.by))),
    "record.originals": (READS_RECORD, verb(lambda s: record.originals(s.store, "case-1"))),
    "record.check_original": (
        READS_RECORD,
        verb(lambda s: record.check_original(s.store, "case-1", sha256=s.whole.footage("f-1").sha256, by=s.by)),
    ),
    "retention.clocks": (READS, verb(lambda s: retention.clocks(s.store, "case-1", default_days=30))),
    "retention.keep_case_until": (
        GOVERNS,
        verb(lambda s: retention.keep_case_until(s.store, "case-1", LATER, reason="court", by=s.by)),
    ),
    "retention.keep_footage_until": (
        GOVERNS,
        verb(lambda s: retention.keep_footage_until(s.store, "f-1", LATER, reason="court", by=s.by)),
    ),
    "retention.keep_photo_until": (
        GOVERNS,
        verb(lambda s: retention.keep_photo_until(s.store, "p-1", LATER, reason="court", by=s.by)),
    ),
    "custody.sign": (SIGNED_IN, verb(lambda s: custody.sign(s.store, {"a": 1}))),
    "custody.public_key": (SIGNED_IN, verb(lambda s: custody.public_key(s.store))),
    "custody.checkpoint_now": (SIGNED_IN, verb(lambda s: custody.checkpoint_now(s.store))),
    "custody.check_original": (
        SIGNED_IN, verb(lambda s: custody.check_original(s.store, s.whole.footage("f-1").sha256)),
    ),
    "seen.stretches": (READS, verb(lambda s: seen.stretches(s.store, s.whole.job("j-1")))),
    # files on their way in: the analyst's own, then those that wait in the case
    "uploads.begin_upload(footage)": (ADDS, began("footage")),
    "uploads.begin_upload(photo)": (EDITS, began("photo")),
    "uploads.begin_upload(sightings)": (EDITS, began("sightings")),
    "uploads.begin_upload(streets)": (EDITS, began("streets")),
    "uploads.begin_upload(cameras)": (CAMERAS, began("cameras", case_id=None)),
    "uploads.upload_state": ("A", on_upload("half.mp4", lambda s, id: uploads.upload_state(s.desk, id))),
    "uploads.receive": ("A", on_upload("half.mp4", received)),
    "uploads.cancel_upload": ("A", on_upload("half.mp4", lambda s, id: uploads.cancel_upload(s.desk, id, by=s.by))),
    "uploads.cancel_upload(whole)": (
        "A", on_upload("whole.mp4", lambda s, id: uploads.cancel_upload(s.desk, id, by=s.by)),
    ),
    "uploads.used_up": (
        "A", on_upload("list.csv", lambda s, id: uploads.used_up(s.desk, upload_rows.upload(s.whole, id))),
    ),
    "uploads.bytes_path(list)": (
        "A", on_upload("list.csv", lambda s, id: uploads.bytes_path(s.desk, upload_rows.upload(s.whole, id))),
    ),
    "uploads.bytes_path(footage)": (
        ADDS, on_upload("whole.mp4", lambda s, id: uploads.bytes_path(s.desk, upload_rows.upload(s.whole, id))),
    ),
    "uploads.finished": (ADDS, on_upload("whole.mp4", finished)),
    "uploads.waiting": (ADDS, verb(lambda s: uploads.waiting(s.desk, "case-1"))),
    "uploads.discard": (
        ADDS, on_upload("whole.mp4", lambda s, id: uploads.discard(s.desk, id, "case-1", by=s.by)),
    ),
    "clues.look_at": (ADDS, on_upload("whole.mp4", looked_at)),
}  # fmt: skip
"""By verb, who may, and how it is called; in brackets what tells two calls of one verb apart."""

MACHINES = {
    "comparing.photo_vectors", "comparing.references_of", "comparing.kept_scans", "comparing.compare_again",
    "custody.checkpoint", "custody.checkpoint_when_due", "custody.check_originals", "demo.load_demo",
    "exporting.remove_old_exports", "record.note_backup",
    "house.prepare", "house.first_account", "inbox.look",
    "purging.finish_purges", "purging.certificates", "record.look_after", "retention.forget_expired",
    "gallery_scan.plan", "gallery_scan.scan_segment", "gallery_scan.give_up", "gallery_scan.finish",
    "retention.forget_expired_vectors", "retention.tidy", "team.appoint", "team.adopt", "tries.tried",
    "uploads.remove_expired", "live_watch.watch_live", "worker.run_worker",
    "alerting.outbox.take_next", "alerting.outbox.record", "alerting.sending.send_test",
    "alerting.delivery.provider_said", "scanning.Workshop.check_photo", "scanning.Workshop.plan",
    "scanning.Workshop.scan_segment", "scanning.Workshop.give_up", "scanning.Workshop.finish",
    "scanning.Workshop.recompare", "scanning.Workshop.settle", "scanning.Workshop.fail",
    "camera_searches.end_left_over", "scanning.Workshop.hold_back", "close_looks.look_closely",
    "tip_door.public_page", "tip_door.take_turn", "tip_door.receive",
}  # fmt: skip
"""Verbs that no person may call, whoever they are."""

OWN_ACCOUNT = "is given the caller's own account or token, which the door has checked; concerns no case"
BEFORE = "finds out who calls, so nobody can be known yet; reads and writes sessions alone"
INSIDE = "a part of verbs that have checked; reads through the store that they were given, so sees what it sees"
UNDECORATED: dict[str, str] = {
    **{f"signing_in.{name}": BEFORE for name in (
        "sign_in", "open_session", "passed_code", "renewed", "account_of", "session_of", "lasting", "seen", "sign_out",
        "browser_mark", "as_it_stands",
    )},
    "slowing.take_turn": BEFORE,
    "second_factor.give_code": BEFORE,
    "tokens.key_and_account": BEFORE,
    "accounts.arrived_from_outside": BEFORE,
    **{f"own_account.{name}": OWN_ACCOUNT for name in (
        "change_password", "confirm_password", "sessions", "end_session", "end_other_sessions",
    )},
    **{f"tokens.{name}": OWN_ACCOUNT for name in ("make_own_key", "keys", "end_key")},
    **{f"second_factor.{name}": OWN_ACCOUNT for name in ("begin", "begun", "finish", "new_recovery_codes", "remove")},
    **{f"export_papers.{name}": INSIDE for name in ("cameras_used", "footage_paper", "match_paper", "custody_paper")},
    **{f"senders.{name}": INSIDE for name in ("check_may_send", "sent", "arrived", "may_use")},
    "cases.check_still_here": INSIDE,
    **{f"gallery_linking.{name}": INSIDE for name in ("offer_in", "parts_in")},
    "face_desk.FaceDesk.gallery": "hands the store on to `gallery.gallery_of`, which checks",
    "alerting.channels.cap_maker": "made by the worker for the sender, whose own verbs are for machines alone",
    "governance.check_owner": INSIDE,
    "purging.remove_unused": INSIDE,
    "sealing.unseal": INSIDE,
    "team.found_team": INSIDE,
    "access.guard_of": "tells who looks at a store",
    "uploads.desk_at": "makes a desk, which is guarded as its store is",
    "access.Person": "is the guard itself",
    **{f"camera_searches.{name}": INSIDE for name in (
        "Running.end", "Running.end_case", "Searches.end", "Searches.end_silent",
    )},
    "search.Streets.of": "reads the case's streets through the store that it is given, so sees what it sees",
    "board.Board": "kept for all of a process; made and asked by those who first find that the case is seen",
    "places.Places": "kept for all of a process; made and asked by those who first find that the case is seen",
    "basemap.StreetMaps.stamp": "reads the case through the store that it is given, so sees what it sees",
    "basemap.StreetMaps.png": "is given the stamp, which whoever does not see the case does not get",
    "pulse.Pulses.of": "asks whether the case is seen, and has `pulse.pulse` check; keeps what it finds by who looks",
    "histories.Histories.at": "is given the case, which whoever does not see it does not get; keeps it by who looks",
    "finding.CameraNames.of": "reads the cameras, which are shared by all cases",
    "timeline.bars_of": INSIDE,
    "pulse.moved": "counts what was written, and tells nothing of it",
    "offering.Remembered": INSIDE,
    "export_redacted.Redaction": INSIDE,
    "scanning.Workshop": "holds a store; each of its steps is for machines alone",
    "uploads.Receiving": "made by `uploads.receive`, which has checked",
    "live_duty.LiveDuty": "made by the worker, whose own verb is for machines alone",
    "working.Working": "made by the worker, whose own verb is for machines alone",
    "worker.Worker": "made by `run_worker`, which is for machines alone",
}  # fmt: skip
"""What takes a store, desk or workshop, and needs no permission; and why."""
