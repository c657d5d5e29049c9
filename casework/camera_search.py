"""Camera search: pictures from the camera of a phone or laptop, each compared as it comes. Only a hit is kept.

Each picture is looked at by the web door's confined process and forgotten, with the faces in it, unless a face reaches
the floor of the gallery: then the picture, the minute, the place and how well that is known become footage and a
candidate, as if they came from a scan (`casework.hits`). One who stays in view is one candidate (see
`casework.camera_searches.Pass`); a picture on which they are much more alike is one more, since it may be the better
one to judge by (docs/decisions/0032-browser-camera.md).
"""

import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import isfinite
from time import monotonic
from typing import TYPE_CHECKING

from casework.access import check_signs, checks_itself, guard_of
from casework.camera_searches import Pass, Running, Searches
from casework.face_desk import FaceDesk
from casework.gallery import Gallery, LeftOut
from casework.gallery import Hit as Alike
from casework.governance import check_searchable, why_not_searchable
from casework.hits import BROWSER, Hit, HitFrame, begin_search, keep_hit
from casework.spots import LARGEST_RADIUS_M, put_spot
from data.errors import BadInput, Conflict, NotAllowed, NotFound, TooLarge
from data.models import Case, JobState, Match, MatchState, Permission, checked_place, in_utc, utc_now
from data.store import Store, Writing

if TYPE_CHECKING:  # what opens pictures is loaded with the first hit
    from recognition.eyes import Eyes
    from recognition.faces_in import PictureFaces

HOW = "browser camera"
MOST_BYTES = 4 << 20
"""Of one picture; a frame of 1280 x 720 has about 200 kB."""
BETTER = 0.1
"""So much more alike must a later picture of the same pass be to be kept too: of one pass, a few at most."""
GALLERY_S = 5.0
"""Photos, authorities and roles are read again after so many seconds."""
REACH_M = 7.0
"""How far from the camera a face may be that is found: 24 of 1280 pixels wide, in a field of view of 65 degrees, a face
0.16 m wide is 0.16 * 1280 / (2 * tan(32.5 degrees) * 24) = 6.7 m away."""
SLOWEST_LINE_S = 20.0
"""A device's clock is believed that is behind ours by no more: so long a picture may be on its way."""
UNSURE_S = 10.0
"""How far a time may be wrong that is the picture's arrival here."""


@dataclass(frozen=True)
class Frame:
    """One picture, where the camera stood, give or take `accuracy_m`, and when it came.

    `taken_at` is what the device's own clock showed; `is_typed` tells that a person typed the place.
    """

    jpeg: bytes = field(repr=False)
    lat: float
    lon: float
    accuracy_m: float
    arrived_at: datetime
    taken_at: datetime | None = None
    is_typed: bool = False


@dataclass(frozen=True)
class Candidate:
    """A face of the picture that is like the person of a case: which one, which candidate it is there, and its scale.

    `is_new` where it was kept just now; else it is the same person as a moment ago.
    """

    case: Case
    match_id: str
    face: int
    photo_id: str
    similarity: float
    review_floor: float
    alert_threshold: float
    is_new: bool
    is_set_aside: bool = False

    @property
    def is_strong(self) -> bool:
        return self.similarity >= self.alert_threshold


@dataclass(frozen=True)
class Looked:
    """What one picture showed. `clock_off_s`: how far the device's clock is ahead of ours; None where it told none."""

    found: "PictureFaces"
    candidates: tuple[Candidate, ...]
    cases: int
    left_out: tuple[LeftOut, ...]
    at: datetime
    clock_off_s: float | None


@dataclass(frozen=True)
class CameraDesk:
    """What a search works with: who looks at pictures, who shows what is kept, and the searches under way."""

    faces: FaceDesk
    eyes: "Callable[[], Eyes]"
    max_pixels: int
    searches: Searches = field(default_factory=Searches)

    def warm(self) -> None:
        """Load what keeps a hit while the first picture is still looked at: the hit itself is not to wait for it."""
        threading.Thread(target=self.eyes, name="camera-eyes", daemon=True).start()


# who may search for whom


@dataclass(frozen=True)
class Choice:
    """A case in which somebody may search, and why it cannot be searched now; None where it can."""

    case: Case
    why_not: str | None


@checks_itself
def choices(store: Store, wanted: str = "") -> list[Choice]:
    """The open cases in which whoever looks may search, those that can be searched now first.

    NotFound or NotAllowed where the `wanted` one is none in which they may.
    """
    guard, now = guard_of(store), utc_now()
    if wanted:
        guard.check(Permission.SEARCH, wanted)
    mine = [c for c in store.cases() if c.closed_at is None and guard.may(Permission.SEARCH, c.id)]
    found = [Choice(case, why_not_searchable(case, now)) for case in mine]
    return sorted(found, key=lambda choice: (choice.why_not is not None, choice.case.number))


@checks_itself
def may_search_all(store: Store) -> bool:
    """Whether whoever looks may search for the people of all open cases at once: those who supervise a case."""
    return guard_of(store).may_anywhere(Permission.GOVERN)


# a picture


@checks_itself
def look(store: Store, desk: CameraDesk, frame: Frame, *, search_id: str, case_id: str | None, by: str) -> Looked:
    """Compare the faces of a picture with the person of a case, or of all open cases; keep it where one is alike.

    NotGoverned where the case may not be searched, NotAllowed for all cases by one who supervises none, BadInput for a
    picture or a place that cannot be used, Conflict once the search was ended, TooMany while the engine is busy.
    """
    guard = guard_of(store)
    check_signs(guard, by)
    wanted = _wanted(store, case_id)
    _check(frame)
    at, uncertainty_s, clock_off_s = _time(frame)
    with desk.searches.turn(search_id, by=by, case_id=case_id) as search:
        gallery = _gallery(store, desk, search, wanted, at)
        found = desk.faces.faces(frame.jpeg, name="picture of the camera")
        search.saw(len(found))
        frames = [
            HitFrame(at, frame.jpeg, (found.width_px, found.height_px), box, float(found.quality[n]), found.vectors[n])
            for n, box in enumerate(_boxes(found))
        ]
        kept = [
            _offered(store, desk, search, gallery, alike, frames[alike.row], frame, uncertainty_s)
            for alike in gallery.hits(found.vectors)
        ]
    return Looked(
        replace(found, vectors=found.vectors[:, :0]), tuple(kept), len(gallery), gallery.left_out, at, clock_off_s
    )


@checks_itself
def end(store: Store, desk: CameraDesk, search_id: str, *, by: str) -> None:
    """End a search of one's own; nothing happens where it has ended."""
    check_signs(guard_of(store), by)
    desk.searches.end(store, search_id, by=by)


def _wanted(store: Store, case_id: str | None) -> Collection[str] | None:
    guard = guard_of(store)
    if case_id is None:
        if not may_search_all(store):
            raise NotAllowed(f"{guard.name} may not search for all open cases at once: only who supervises a case may")
        return None
    guard.check(Permission.SEARCH, case_id)
    check_searchable(store.case(case_id), utc_now())
    return [case_id]


def _check(frame: Frame) -> None:
    if len(frame.jpeg) > MOST_BYTES:
        raise TooLarge(f"picture: has {len(frame.jpeg):,} bytes; at most {MOST_BYTES:,} are looked at")
    if not frame.jpeg.startswith(b"\xff\xd8\xff"):
        raise BadInput("picture: is no JPEG")
    if b"Exif\x00\x00" in frame.jpeg[: 128 << 10]:
        raise BadInput("picture: send it upright and without EXIF data; place and time go beside it")
    checked_place(frame.lat, frame.lon, "place")
    if not (isfinite(frame.accuracy_m) and 0 <= frame.accuracy_m <= LARGEST_RADIUS_M - REACH_M):
        raise BadInput(f"place: is known to {frame.accuracy_m:,.0f} m only; a kept sighting would say nothing")


def _time(frame: Frame) -> tuple[datetime, float, float | None]:
    """When the picture was taken, how far that may be wrong, and how far the device's clock is ahead of ours."""
    arrived = in_utc(frame.arrived_at, "arrival")
    if frame.taken_at is None:
        return arrived, UNSURE_S, None
    taken = in_utc(frame.taken_at, "taken at")
    behind_s = (arrived - taken).total_seconds()
    if 0 <= behind_s <= SLOWEST_LINE_S:
        return taken, max(1.0, behind_s), -behind_s
    return arrived, UNSURE_S, -behind_s


def _boxes(found: "PictureFaces") -> list[tuple[float, float, float, float]]:
    return [(float(x1), float(y1), float(x2), float(y2)) for x1, y1, x2, y2 in found.faces.box_px]


def _gallery(store: Store, desk: CameraDesk, search: Running, wanted: Collection[str] | None, at: datetime) -> Gallery:
    """Whom to compare with; before the first picture of a case is looked at, the log of uses tells of the search."""
    if search.gallery is not None and monotonic() - search.gallery_s < GALLERY_S:
        return search.gallery
    if search.gallery is None:
        desk.warm()
    gallery = desk.faces.gallery(store, wanted, at=at)
    if not len(gallery):
        raise BadInput("none of the open cases can be searched now: each needs an authority and a usable photo")
    _check_not_ended(store, search)
    for sought in gallery.sought:
        if search.photos.get(sought.case_id) == sought.photo_ids:
            continue
        search.end_case(store, sought.case_id)
        engine = gallery.info.name
        job = begin_search(store, sought.case_id, kind=BROWSER, of_id=search.id, engine=engine, by=search.by)
        search.jobs[sought.case_id], search.photos[sought.case_id] = job, sought.photo_ids
    for gone in set(search.jobs) - {sought.case_id for sought in gallery.sought}:
        search.end_case(store, gone)
    search.gallery, search.gallery_s = gallery, monotonic()
    return gallery


def _check_not_ended(store: Store, search: Running) -> None:
    """Conflict where somebody has ended the search of a case meanwhile, or the case is gone."""
    for job in search.jobs.values():
        try:
            is_running = store.job(job.id).state is JobState.RUNNING
        except NotFound:
            is_running = False
        if not is_running:
            search.is_over = True
            raise Conflict("this search was ended by somebody else; start it again")


# a hit


def _offered(
    store: Store, desk: CameraDesk, search: Running, gallery: Gallery, alike: Alike, shot: HitFrame, frame: Frame,
    uncertainty_s: float,
) -> Candidate:  # fmt: skip
    """The candidate of this pass, which is kept now where the pass begins, or where this picture is much better."""
    case = store.case(alike.case_id)
    known = search.pass_of(alike.case_id, shot.vector, gallery)
    made = Candidate(
        case, known.match_id if known else "", alike.row, alike.photo_id, alike.similarity, alike.review_floor,
        alike.alert_threshold, is_new=False, is_set_aside=known.is_set_aside if known else False,
    )  # fmt: skip
    if known is not None and alike.similarity < known.similarity + BETTER:
        known.seen_s = monotonic()
        return made
    match = _keep(store, desk, search, gallery, alike, Hit((shot,), alike.similarity, uncertainty_s), frame)
    is_set_aside = match.state is MatchState.SET_ASIDE
    search.begin_pass(Pass(alike.case_id, shot.vector, match.id, alike.similarity, is_set_aside, monotonic()), known)
    return replace(made, match_id=match.id, is_new=True, is_set_aside=is_set_aside)


def _keep(
    store: Store, desk: CameraDesk, search: Running, gallery: Gallery, alike: Alike, hit: Hit, frame: Frame
) -> Match:
    def place(writing: Writing) -> str:
        return put_spot(
            writing,
            alike.case_id,
            lat=frame.lat,
            lon=frame.lon,
            radius_m=frame.accuracy_m + REACH_M,
            name=f"camera of {search.by}",
            by=search.by,
            source="typed" if frame.is_typed else "position of the device",
        ).id

    return keep_hit(
        store,
        search.jobs[alike.case_id],
        hit,
        place=place,
        engine=gallery.comparer,
        eyes=desk.eyes(),
        max_pixels=desk.max_pixels,
        name=f"camera-{hit.frames[0].at:%Y%m%d-%H%M%S}.mkv",
        how=HOW,
        by=search.by,
    )
