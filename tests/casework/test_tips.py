"""What the public sends: taken in by one open address, kept as it came, and nothing but a word until people decide."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from casework import governance, purging, tip_door, tips
from casework.tip_door import Limits, Said
from casework.tips import Placed
from data import tip_rows
from data.errors import BadInput, BadPlace, BadTime, Conflict, NotFound, NotGoverned, NotReachable, TooLarge, TooMany
from data.models import JobState, utc_now
from data.store import Store
from data.tip_models import Tip, TipPage, TipState
from tests.factories import NOON, a_photo

SAW = Said(words="A woman in a red coat.\nShe limped.", where="Main street", lat="60.1", lon="24.9", radius_m="50")
CONTACT = "+358 40 1234567"


def a_jpeg(colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (200, 160), colour).save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def page(store: Store, case_id: str) -> TipPage:
    opened = tip_door.open_page(store, case_id, agency="City police", words="Have you seen anything?", by="Ann")
    return tip_door.public_page(store, opened.code)


def sent(
    store: Store, page: TipPage, said: Said = SAW, file: bytes | None = None, *, name: str = "IMG.jpg",
    ticket: str = "", is_filled_in: bool = False, limits: Limits | None = None,
) -> Tip:  # fmt: skip
    ticket = ticket or tip_door.new_ticket(page, now=utc_now() - timedelta(minutes=2))
    given = None if file is None else (name, BytesIO(file))
    number = tip_door.receive(
        store, page, said, given, ticket=ticket, is_filled_in=is_filled_in, limits=limits or Limits()
    )
    return next(tip for tip in tips.tips(store, page.case_id) if tip.number == number)


def test_a_page_shows_the_agency_s_words_at_an_address_nobody_guesses(store: Store, page: TipPage) -> None:
    assert (page.agency, page.words) == ("City police", "Have you seen anything?")
    assert tip_door.CODE.fullmatch(page.code)
    assert tip_door.page_of(store, page.case_id).secret == ""  # type: ignore[union-attr]
    assert page.secret not in repr(page)


def test_wrong_closed_and_ended_addresses_answer_with_the_same_words(store: Store, page: TipPage) -> None:
    said = []
    for code in ("x", "../etc", tip_door.new_code(), "", "é" * 22):
        with pytest.raises(NotFound) as refused:
            tip_door.public_page(store, code)
        said.append(str(refused.value))
    tip_door.close_page(store, page.case_id, by="Ann")
    with pytest.raises(NotFound) as refused:
        tip_door.public_page(store, page.code)
    said.append(str(refused.value))
    reopened = tip_door.open_page(store, page.case_id, agency="City police", words="Again", by="Ann")
    assert reopened.code == page.code
    governance.close_case(store, page.case_id, reason="found", by="Ann")
    with pytest.raises(NotFound) as refused:
        tip_door.public_page(store, page.code)
    assert {*said, str(refused.value)} == {"there is no such page"}


def test_a_new_address_ends_the_old_one_and_its_forms(store: Store, page: TipPage) -> None:
    ticket = tip_door.new_ticket(page)
    renewed = tip_door.new_address(store, page.case_id, by="Ann")
    with pytest.raises(NotFound):
        tip_door.public_page(store, page.code)
    with pytest.raises(BadInput, match="too old"):
        sent(store, tip_door.public_page(store, renewed.code), ticket=ticket)


def test_a_case_that_may_not_be_searched_asks_nobody(store: Store) -> None:
    from casework import cases

    bare = cases.open_case(store, number="2", name="Nobody yet", by="Ann")
    with pytest.raises(NotGoverned):
        tip_door.open_page(store, bare.id, agency="City police", words="Seen?", by="Ann")


def test_a_tip_is_kept_as_it_was_said_and_waits(store: Store, page: TipPage) -> None:
    tip = sent(store, page, SAW, a_jpeg(), name="C:\\fake\\..\\IMG_1.jpg")
    assert (tip.state, tip.is_doubtful, tip.words) == (TipState.WAITING, False, SAW.words)
    assert (tip.lat, tip.lon, tip.radius_m, tip.where_words) == (60.1, 24.9, 50.0, "Main street")
    assert tip.file_name == "IMG_1.jpg"
    assert store.files.read(tip.sha256 or "") == a_jpeg()
    assert store.sightings(page.case_id) == []
    assert store.footages(page.case_id) == []
    assert [e.by for e in store.audit_entries(page.case_id, action="tip received")] == [tip_door.PUBLIC]


def test_a_form_sent_twice_is_one_tip(store: Store, page: TipPage) -> None:
    ticket = tip_door.new_ticket(page)
    first, second = sent(store, page, ticket=ticket), sent(store, page, ticket=ticket)
    assert first == second
    assert len(tips.tips(store, page.case_id)) == 1


def test_what_looks_like_a_machine_s_is_kept_apart_and_shown_on_no_map(store: Store, page: TipPage) -> None:
    fast = sent(store, page, ticket=tip_door.new_ticket(page))
    trapped = sent(store, page, is_filled_in=True)
    assert fast.is_doubtful
    assert trapped.is_doubtful
    assert tips.waiting_places(store, page.case_id) == []
    assert not tips.trust(store, fast.id, by="Ann").is_doubtful
    assert [tip.id for tip in tips.waiting_places(store, page.case_id)] == [fast.id]


def test_what_cannot_be_meant_is_said_and_nothing_is_kept(store: Store, page: TipPage) -> None:
    for said, error in (
        (Said(), BadInput),
        (Said(words="x" * 4001), BadInput),
        (Said(words="x", lat="north", lon="1"), BadPlace),
        (Said(words="x", lat="91", lon="1"), BadPlace),
        (Said(words="x", lat="nan", lon="1"), BadPlace),
        (Said(words="x", lat="1", lon="1", radius_m="inf"), BadPlace),
        (Said(words="x", lat="60"), BadPlace),
        (Said(words="x", seen="soon"), BadTime),
        (Said(words="x", seen="2199-01-01T00:00"), BadTime),
    ):
        with pytest.raises(error) as refused:
            sent(store, page, said)
        assert "\n" not in str(refused.value)
    assert tips.tips(store, page.case_id) == []


def test_times_are_read_by_the_clocks_where_the_tipster_is(store: Store, page: TipPage) -> None:
    there = sent(store, page, Said(words="x", seen="2026-03-01T12:00", zone="America/New_York"))
    here = sent(store, page, Said(words="x", seen="2026-03-01T12:00", zone="Not/AZone"))
    assert there.seen_at is not None
    assert here.seen_at is not None
    assert there.seen_at.isoformat() == "2026-03-01T17:00:00+00:00"
    assert here.seen_at.isoformat() == "2026-03-01T12:00:00+00:00"  # the case's clocks: UTC here
    assert there.seen_typed == "2026-03-01T12:00 America/New_York"


def test_files_that_are_neither_photo_nor_video_are_refused(store: Store, page: TipPage) -> None:
    for content in (b"MZ\x90\x00" + b"x" * 300, b"%PDF-1.7", b"Go away" * 50, b"#EXTM3U\n", b"RIFF1234WAVE"):
        with pytest.raises(BadInput, match="neither a photo nor a video"):
            sent(store, page, SAW, content)
    assert list(store.files.hashes()) == []


def test_files_are_bounded_one_by_one_and_together(store: Store, page: TipPage) -> None:
    size = len(a_jpeg())
    with pytest.raises(TooLarge):
        sent(store, page, SAW, a_jpeg(), limits=Limits(file_bytes=size - 1))
    bounds = Limits(waiting_bytes=size)
    sent(store, page, SAW, a_jpeg(), limits=bounds)
    with pytest.raises(TooMany, match="without the file"):
        sent(store, page, SAW, a_jpeg("blue"), limits=bounds)
    sent(store, page, SAW, limits=bounds)  # words are still taken
    assert len(tips.tips(store, page.case_id)) == 2


def test_turns_are_counted_by_address_and_by_case_and_forgotten(store: Store, page: TipPage) -> None:
    bounds = Limits(per_address=2, per_case=3)
    for _ in range(2):
        tip_door.take_turn(store, page, "2001:db8::1", limits=bounds)
    with pytest.raises(TooMany):
        tip_door.take_turn(store, page, "2001:db8::2", limits=bounds)  # the same customer's network
    tip_door.take_turn(store, page, "192.0.2.9", limits=bounds)
    with pytest.raises(TooMany):
        tip_door.take_turn(store, page, "192.0.2.10", limits=bounds)
    with store.database.reading() as connection:
        kept = str(list(connection.exec_driver_sql("SELECT * FROM tip_tries")))
    assert "2001" not in kept
    assert "192.0.2" not in kept
    with store.writing() as writing:
        tip_rows.add_try(writing, page.case_id, at=utc_now() + timedelta(hours=2), address_key="x", kept=tip_door.HOUR)
    assert tip_rows.tries(store, page.case_id, NOON) == 1


def test_the_contact_is_encrypted_and_who_reads_it_is_recorded(store: Store, page: TipPage) -> None:
    tip = sent(store, page, Said(words="x", contact=CONTACT))
    home = store.database.home
    store.database.close()
    for path in home.rglob("*"):
        if path.is_file():
            assert CONTACT.encode() not in path.read_bytes(), path
    assert (home / "keys" / "seals.key").stat().st_mode & 0o077 == 0
    assert not store.audit_entries(page.case_id, action="tipster's contact read")
    assert tips.read_contact(store, tip.id, by="Ann") == CONTACT
    (entry,) = store.audit_entries(page.case_id, action="tipster's contact read")
    assert entry.by == "Ann"
    assert CONTACT not in str(entry.details)


def test_a_contact_sealed_with_another_key_says_what_to_do(store: Store, page: TipPage) -> None:
    tip = sent(store, page, Said(words="x", contact=CONTACT))
    (store.database.home / "keys" / "seals.key").unlink()
    with pytest.raises(NotReachable, match=r"copy its keys/seals\.key here"):
        tips.read_contact(store, tip.id, by="Ann")


def test_a_tip_becomes_a_reported_sighting_where_the_person_says_and_is_taken_back(store: Store, page: TipPage) -> None:
    tip = sent(store, page)
    placed = Placed(60.2, 24.8, 40.0, NOON, 120.0)
    kept = tips.take_as_sighting(store, tip.id, placed, source="Public tip", by="Ann")
    (sighting,) = store.sightings(page.case_id)
    assert (sighting.id, sighting.lat, sighting.tolerance_s, sighting.match_id) == (kept.id, 60.2, 120.0, None)
    with pytest.raises(Conflict, match="someone else"):
        tips.dismiss(store, tip.id, reason="late", by="Bo")
    assert tips.undo(store, tip.id, by="Ann").state is TipState.WAITING
    assert store.sightings(page.case_id) == []


def test_a_dismissed_tip_says_why_and_by_whom_and_can_wait_again(store: Store, page: TipPage) -> None:
    tip = sent(store, page)
    with pytest.raises(BadInput, match="reason"):
        tips.dismiss(store, tip.id, reason=" ", by="Ann")
    gone = tips.dismiss(store, tip.id, reason="a shop window's doll", by="Ann")
    assert (gone.state, gone.reason, gone.decided_by) == (TipState.DISMISSED, "a shop window's doll", "Ann")
    assert tips.undo(store, tip.id, by="Bo").state is TipState.WAITING
    with pytest.raises(Conflict):
        tips.undo(store, tip.id, by="Bo")


def test_a_tip_s_photo_is_searched_as_footage_from_a_spot_of_the_case(store: Store, page: TipPage) -> None:
    with store.writing() as writing:
        writing.add(a_photo(case_id=page.case_id))
    assert [photo.is_usable for photo in store.photos(page.case_id)] == [True]
    tip = sent(store, page, SAW, a_jpeg())
    job = tips.search_file(store, tip.id, Placed(60.2, 24.8, 40.0, NOON), engine="fake", by="Ann")
    (footage,) = store.footages(page.case_id)
    spot = store.camera(footage.camera_id)
    assert (job.kind, job.state, job.of_id) == ("scan", JobState.QUEUED, footage.id)
    assert (spot.spot_of, spot.lat, spot.range_m) == (page.case_id, 60.2, 40.0)
    assert (footage.sha256, footage.provenance[0].how) == (tip.sha256, tips.HOW)
    assert store.cameras() == [camera for camera in store.cameras() if not camera.spot_of]
    assert tips.tips(store, page.case_id)[0].state is TipState.WAITING
    with pytest.raises(Conflict, match="under way"):
        tips.search_file(store, tip.id, Placed(60.2, 24.8, 40.0, NOON), engine="fake", by="Ann")
    assert len(store.footages(page.case_id)) == 1


def test_a_tip_goes_with_the_footage_that_its_file_became(store: Store, page: TipPage) -> None:
    with store.writing() as writing:
        writing.add(a_photo(case_id=page.case_id))
    tip = sent(store, page, SAW, a_jpeg())
    job = tips.search_file(store, tip.id, Placed(60.2, 24.8, 40.0, NOON), engine="fake", by="Ann")
    purging.destroy_footage(store, job.of_id, reason="not hers", by="Ann")
    assert tips.tips(store, page.case_id) == []
    assert not store.files.has(tip.sha256 or "")


def test_a_tip_goes_with_its_case_and_so_do_its_file_and_page(store: Store, page: TipPage) -> None:
    tip = sent(store, page, SAW, a_jpeg())
    purging.purge_case(store, page.case_id, typed_number="1", reason="over", by="Ann")
    assert not store.files.has(tip.sha256 or "")
    assert all(n == 0 for name, n in store.database.counts().items() if name.startswith("tip"))
    with pytest.raises(NotFound):
        tip_door.public_page(store, page.code)


def test_a_file_is_opened_in_a_process_of_its_own(store: Store, page: TipPage, tmp_path: Path) -> None:
    tip = sent(store, page, SAW, a_jpeg())
    look, why = tips.look_at(store, tip.id, max_pixels=1_000_000, memory_mb=2048)
    assert why == ""
    assert look is not None
    assert look.first_frame_jpeg.startswith(b"\xff\xd8")
    broken = sent(store, page, SAW, b"\xff\xd8\xff" + b"junk" * 100, name="half.jpg")
    look, why = tips.look_at(store, broken.id, max_pixels=1_000_000, memory_mb=2048)
    assert look is None
    assert "half.jpg" in why
