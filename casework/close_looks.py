"""A closer look at a candidate, for whoever reviews it: faces upright at one scale, shots of its track, a small film.

A worker takes it when a reviewer asks for it, and keeps what it made as derivatives of the footage and of the reference
photos. The same look is asked for once. It compares nobody with the person sought and is no search.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from casework.access import for_machines, needs
from casework.cases import new_id
from casework.governance import why_not_searchable
from casework.naming import named
from casework.pictures import are_hidden
from casework.scanning import Workshop
from data.errors import LastSeenError, UnreadableFootage
from data.evidence_rows import derivatives_from, put_derivatives
from data.models import Derivative, Footage, Job, JobState, Match, Permission, Photo, utc_now
from data.store import Store
from recognition.close_look import CloseLook
from recognition.redact import Subject

KIND = "look"
"""Of the jobs."""
FACE = "face turned upright, its eyes at fixed places"
FILM = "film of the moment, all other faces filled, no sound"
"""How the derivatives were made."""
AHEAD = 2
"""For so many candidates after the one at hand a look is asked for, too."""
_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)


@dataclass(frozen=True)
class Upright:
    """A face of the candidate's track at a moment, in container seconds, as JPEG."""

    at_s: float
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True)
class Looked:
    """How far the look is, and what there is of it.

    `job` is None while nobody has asked. `face` is that of the best moment, `shots` are the others in order of time;
    `film` is WebM, empty where there is none. `why_not` says why there is nothing to see.
    """

    job: Job | None = None
    face: Upright | None = None
    shots: tuple[Upright, ...] = ()
    film: bytes = field(default=b"", repr=False)
    film_from_s: float = 0.0
    why_not: str = ""

    @property
    def is_under_way(self) -> bool:
        return self.job is not None and self.job.state in _UNDER_WAY

    @property
    def is_done(self) -> bool:
        return self.job is not None and self.job.state is JobState.DONE


@needs(Permission.READ)
def looked_at(store: Store, match: Match) -> Looked:
    """What a closer look at the candidate gave, as far as whoever asks may see it."""
    if are_hidden(store, match.case_id):
        return Looked(why_not="The subject is under 18, and none of your roles covers pictures.")
    job = _newest(store, match.id)
    if job is None:
        return Looked()
    made = derivatives_from(store, match.case_id, store.footage(match.footage_id).sha256, (FACE, FILM))
    mine = [one for one in made if one.made_by == _maker(job)]
    faces = [Upright(one.at_s or 0.0, store.files.read(one.sha256)) for one in mine if one.kind == FACE]
    best = min(faces, key=lambda one: abs(one.at_s - match.track.best_s), default=None)
    others = sorted((one for one in faces if one is not best), key=lambda one: one.at_s)
    film = next((one for one in mine if one.kind == FILM), None)
    if film is None:
        return Looked(job, best, tuple(others))
    return Looked(job, best, tuple(others), store.files.read(film.sha256), film.at_s or 0.0)


@needs(Permission.READ)
def upright_reference(store: Store, photo: Photo) -> bytes | None:
    """The face of a reference photo, upright, JPEG; None until a look has made it, or where it is hidden."""
    if are_hidden(store, photo.case_id):
        return None
    made = derivatives_from(store, photo.case_id, photo.sha256, (FACE,))
    return store.files.read(made[-1].sha256) if made else None


@needs(Permission.REVIEW)
def ask_looks(store: Store, match_ids: Sequence[str], *, by: str) -> int:
    """Have a worker look closer at these candidates, the first one first; how many were asked for now.

    What was looked at, is being looked at, or failed is not asked for again, but where a reference photo came later.
    Nothing is asked for where the case may not be searched any more, for a look finds faces, too.
    """
    wanted = [store.match(id) for id in dict.fromkeys(match_ids)]
    if wanted and why_not_searchable(store.case(wanted[0].case_id), utc_now()) is not None:
        return 0
    wanted = [match for match in wanted if _is_wanted(store, match)]
    if not wanted:
        return 0
    with store.writing() as writing:
        for match in wanted:
            writing.add(_asked(match, by))
    return len(wanted)


@needs(Permission.REVIEW)
def ask_again(store: Store, match_id: str, *, by: str) -> None:
    """Have a worker look once more, where the last look failed."""
    match = store.match(match_id)
    with store.writing() as writing:
        if (last := _newest(store, match_id)) is not None and last.state in _UNDER_WAY:
            return
        writing.add(_asked(match, by))


@for_machines
def look_closely(workshop: Workshop, job_id: str) -> None:
    """The worker's part: look at the candidate, and at reference photos that were not yet; keep what that gave."""
    job = workshop.begin(job_id)
    match = workshop.store.match(job.of_id)
    footage = workshop.store.footage(match.footage_id)
    engine, track = workshop.open_engine(job.engine), match.track
    subject = Subject(track.start_s, track.end_s, track.best_s, track.best_box_px)
    with named(footage):
        looked = workshop.eyes.close_look(
            workshop.store.files.path(footage.sha256), engine, subject, max_pixels=workshop.limits.max_pixels
        )
    if looked is None:
        raise UnreadableFootage(f"{footage.original_name}: nothing can be decoded at the candidate's best moment")
    made = [*_kept(workshop.store, footage, looked, job), *_photo_faces(workshop, job)]
    with workshop.keeping(job_id, [one.sha256 for one in made]) as writing:
        put_derivatives(writing, made)
        writing.change(Job, job_id, state=JobState.DONE, ended_at=utc_now())


def _newest(store: Store, match_id: str) -> Job | None:
    return next((job for job in store.jobs(of_id=match_id) if job.kind == KIND), None)


def _asked(match: Match, by: str) -> Job:
    return Job(new_id(), KIND, match.case_id, match.id, match.engine, JobState.QUEUED, utc_now(), asked_by=by)


def _maker(job: Job) -> str:
    return f"close look at candidate {job.of_id}, {job.engine}"


def _is_wanted(store: Store, match: Match) -> bool:
    """Whether nobody has looked yet, or a photo was added since whose face is not upright."""
    job = _newest(store, match.id)
    if job is None or job.state is not JobState.DONE:
        return job is None
    added = [photo for photo in store.photos(match.case_id) if photo.is_usable and photo.added_at > job.created_at]
    return any(not derivatives_from(store, match.case_id, photo.sha256, (FACE,)) for photo in added)


def _kept(store: Store, footage: Footage, looked: CloseLook, job: Job) -> Iterator[Derivative]:
    """Keep the files of a look; what they were made from."""
    told = (footage.case_id, footage.sha256, job)
    for shot in (looked.best, *looked.shots):
        yield _derived(store, FACE, shot.face_jpeg, *told, at_s=shot.time_s, box_px=shot.box_px)
    if looked.film:
        yield _derived(store, FILM, looked.film, *told, at_s=looked.start_s)


def _photo_faces(workshop: Workshop, job: Job) -> Iterator[Derivative]:
    """The reference photos' faces that are not upright yet; a photo that cannot be read is left as it is."""
    store, engine = workshop.store, workshop.open_engine(job.engine)
    for photo in store.photos(job.case_id):
        if photo.box_px is None or not photo.is_usable or derivatives_from(store, job.case_id, photo.sha256, (FACE,)):
            continue
        path, most = store.files.path(photo.sha256), workshop.limits.max_pixels
        try:
            face = workshop.eyes.upright_face(path, engine, photo.box_px, max_pixels=most)
        except LastSeenError:
            continue
        yield _derived(store, FACE, face, job.case_id, photo.sha256, job, box_px=photo.box_px)


def _derived(store: Store, kind: str, content: bytes, case_id: str, parent: str, job: Job, **told: Any) -> Derivative:
    sha256 = store.files.put_bytes(content, what=kind)
    return Derivative(case_id, sha256, parent, kind, _maker(job), utc_now(), **told)
