"""Every picture that is made names the original it was made from, and footage tells of its recorder."""

from pathlib import Path

from casework import record
from casework.correcting import correct_footage, details_of
from casework.footage import Details
from casework.scanning import Workshop
from data.evidence_rows import derivatives
from tests.casework.scans import add_clip, add_photo, run_scan
from tests.factories import NOON
from tests.recognition.clips import RED, walking, write_clip


def test_pictures_of_photos_and_candidates_name_what_they_were_made_from(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    store = workshop.store
    photo = add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(store, case_id, write_clip(tmp_path / "clip.mp4", walking(50)))
    scan = run_scan(workshop, footage)
    (match,) = store.matches(case_id)
    made = {one.sha256: one for one in derivatives(store, case_id)}
    for sha256 in (photo.preview_sha256, photo.crop_sha256):
        assert sha256 is not None
        assert (made[sha256].parent_sha256, made[sha256].made_by) == (photo.sha256, "photo check, fake")
        assert made[sha256].box_px == photo.box_px
    for sha256 in (match.track.crop_sha256, match.track.context_sha256):
        assert sha256 is not None
        assert (made[sha256].parent_sha256, made[sha256].made_by) == (footage.sha256, f"scan {scan}, fake")
        assert made[sha256].box_px is not None
    assert {original.kind: len(original.derivatives) > 0 for original in record.originals(store, case_id)} == {
        "footage": True,
        "photo": True,
    }


def test_the_same_scan_once_more_tells_nothing_twice(workshop: Workshop, case_id: str, tmp_path: Path) -> None:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(50)))
    run_scan(workshop, footage)
    once = derivatives(workshop.store, case_id)
    run_scan(workshop, footage)
    assert derivatives(workshop.store, case_id) == once


def test_who_exported_a_footage_from_which_recorder_is_kept_and_corrected_with_a_trace(
    workshop: Workshop, case_id: str, tmp_path: Path
) -> None:
    store = workshop.store
    footage = add_clip(store, case_id, write_clip(tmp_path / "clip.mp4", walking(10)))
    assert (footage.recorder_make, footage.exporter, footage.export_notes) == ("", "", "")
    known = Details(**vars(details_of(footage)) | {"recorder_make": " Hik 7604 ", "exporter": "Sgt. Virta"})
    now = correct_footage(store, footage, details=known, by="Ann").footage
    assert (now.recorder_make, now.exporter, now.started_at) == ("Hik 7604", "Sgt. Virta", NOON)
    entry = store.audit_entries(case_id)[-1]
    assert entry.details["before"]["recorder_make"] == ""  # type: ignore[index]
    assert entry.details["after"]["recorder_make"] == "Hik 7604"  # type: ignore[index]
