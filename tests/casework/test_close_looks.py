"""A closer look at a candidate: asked for once, kept as derivatives, shown to whoever may see the pictures."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from casework import close_looks, pulse, uses
from casework.scanning import Workshop
from data import home_rows, purge_rows, schema
from data.errors import NotAllowed, UnreadableFootage
from data.evidence_rows import derivatives
from data.models import JobState, Match, Permission, Subject
from data.purge_rows import of_footage
from tests.casework.reviewing import Reader
from tests.casework.scans import ORANGE, add_clip, add_photo, run_scan
from tests.factories import NOON
from tests.recognition.clips import BLUE, RED, walking, write_clip


@pytest.fixture
def match(workshop: Workshop, case_id: str, tmp_path: Path) -> Match:
    add_photo(workshop, case_id, tmp_path, colours=(RED,))
    footage = add_clip(workshop.store, case_id, write_clip(tmp_path / "clip.mp4", walking(30, colours=(RED, BLUE))))
    run_scan(workshop, footage)
    (match,) = workshop.store.matches(case_id)
    return match


def look(workshop: Workshop, match: Match) -> str:
    close_looks.ask_looks(workshop.store, [match.id], by="Ann")
    job = next(job for job in workshop.store.jobs(of_id=match.id) if job.kind == close_looks.KIND)
    close_looks.look_closely(workshop, job.id)
    return job.id


class NoPictures(Reader):
    """Somebody who may read the case and see no pictures of a child."""

    def check(self, permission: object, case_id: str | None = None) -> None:
        if permission is Permission.SEE_PHOTOS:
            raise NotAllowed("no pictures")


def test_a_look_gives_faces_of_one_scale_and_a_film_that_name_their_parents(workshop: Workshop, match: Match) -> None:
    store = workshop.store
    assert close_looks.looked_at(store, match).job is None
    look(workshop, match)

    looked = close_looks.looked_at(store, match)
    assert looked.is_done
    assert looked.face is not None
    assert looked.face.jpeg[:2] == b"\xff\xd8"
    assert looked.film[:4] == b"\x1a\x45\xdf\xa3"
    assert [shot.at_s for shot in looked.shots] == sorted(shot.at_s for shot in looked.shots)
    (photo,) = store.photos(match.case_id)
    assert close_looks.upright_reference(store, photo) is not None
    made = [
        one for one in derivatives(store, match.case_id) if one.made_by == f"close look at candidate {match.id}, fake"
    ]
    assert {one.parent_sha256 for one in made} == {store.footage(match.footage_id).sha256, photo.sha256}
    assert [one.kind for one in made].count(close_looks.FILM) == 1


def test_a_look_is_asked_for_once_and_compares_nobody_with_the_person_sought(workshop: Workshop, match: Match) -> None:
    store = workshop.store
    before = len(uses.uses(store, match.case_id))
    assert close_looks.ask_looks(store, [match.id, match.id], by="Ann") == 1
    assert close_looks.ask_looks(store, [match.id], by="Ben") == 0
    assert close_looks.looked_at(store, match).is_under_way
    job = store.jobs(of_id=match.id)[0]
    workshop.fail(job.id, "the disk is gone")
    assert close_looks.ask_looks(store, [match.id], by="Ben") == 0, "what failed is asked for by hand"
    close_looks.ask_again(store, match.id, by="Ben")
    close_looks.ask_again(store, match.id, by="Ben")
    assert [job.state for job in store.jobs(of_id=match.id)] == [JobState.QUEUED, JobState.FAILED]
    assert len(uses.uses(store, match.case_id)) == before


def test_pictures_of_a_child_are_kept_from_who_may_not_see_them(workshop: Workshop, match: Match) -> None:
    store = workshop.store
    look(workshop, match)
    case = store.case(match.case_id)
    with store.writing() as writing:
        writing.change_case(replace(case, subject=Subject("Aino", birth_date=date(datetime.now(UTC).year - 9, 1, 1))))
    theirs = store.guarded(NoPictures("Vera"))
    looked = close_looks.looked_at(theirs, match)
    assert (looked.face, looked.shots, looked.film) == (None, (), b"")
    assert "under 18" in looked.why_not
    assert close_looks.upright_reference(theirs, store.photos(match.case_id)[0]) is None


def test_where_the_case_may_not_be_searched_nobody_is_looked_at(workshop: Workshop, match: Match) -> None:
    store = workshop.store
    with store.writing() as writing:
        writing.change_case(replace(store.case(match.case_id), expires_at=NOON))
    assert close_looks.ask_looks(store, [match.id], by="Ann") == 0


def test_footage_that_cannot_be_decoded_there_says_so(workshop: Workshop, match: Match, tmp_path: Path) -> None:
    store = workshop.store
    close_looks.ask_looks(store, [match.id], by="Ann")
    job = store.jobs(of_id=match.id)[0]
    place = store.files.path(store.footage(match.footage_id).sha256)
    place.chmod(0o600)
    write_clip(tmp_path / "other.mp4", walking(3)).replace(place)
    with store.writing() as writing:
        writing.put_track(replace(match.track, start_s=60.0, best_s=61.0, end_s=62.0))
    with pytest.raises(UnreadableFootage):
        close_looks.look_closely(workshop, job.id)


def test_with_its_footage_all_that_a_look_gave_is_destroyed(workshop: Workshop, match: Match) -> None:
    store = workshop.store
    look(workshop, match)
    looked = close_looks.looked_at(store, match)
    assert looked.face is not None
    clauses = of_footage(match.footage_id)
    with store.writing() as writing:
        kinds = set(writing.connection.scalars(sa.select(schema.jobs.c.kind).where(clauses[schema.jobs])))
        hashes = purge_rows.files(writing, clauses)
    assert kinds == {"scan", "look"}
    film = next(one for one in derivatives(store, match.case_id) if one.kind == close_looks.FILM)
    assert film.sha256 in hashes


def test_a_look_is_made_ahead_and_counts_nowhere_as_work_under_way(workshop: Workshop, match: Match) -> None:
    store = workshop.store
    before = pulse.pulse(store, match.case_id)
    close_looks.ask_looks(store, [match.id], by="Ann")
    assert pulse.pulse(store, match.case_id).marks == before.marks
    assert JobState.QUEUED not in home_rows.job_counts(store, [match.case_id])[match.case_id]


def test_a_photo_that_came_later_is_turned_upright_with_the_next_look(
    workshop: Workshop, match: Match, tmp_path: Path
) -> None:
    store = workshop.store
    look(workshop, match)
    film = close_looks.looked_at(store, match).film
    assert close_looks.ask_looks(store, [match.id], by="Ann") == 0
    later = add_photo(workshop, match.case_id, tmp_path, colours=(ORANGE,))
    assert close_looks.upright_reference(store, later) is None

    look(workshop, match)

    assert close_looks.upright_reference(store, later) is not None
    assert close_looks.looked_at(store, match).film == film
