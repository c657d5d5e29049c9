"""Where to look first: the case's drawn area, its streets, and the ranking of the cameras."""

import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from casework import places
from casework.access import needs
from casework.footage import true_time
from data.models import Area, Camera, Case, Job, JobState, MatchState, Permission, utc_now
from data.store import Store
from geo.area import area_from_geojson
from geo.drawn import Drawing, Stroke, drawing_from
from geo.ranked import Examined, Ranking
from geo.ranking import rank
from geo.streets import StreetNetwork
from geo.streets_files import read_streets


class Streets:
    """Street networks by the SHA-256 of their file, loaded once a process: a city takes a second, a rerun must not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[str, StreetNetwork] = {}

    def of(self, store: Store, case_id: str) -> StreetNetwork | None:
        """The case's network, for whoever sees the case in this store; None when it has none."""
        kept = store.streets(case_id)
        if kept is None:
            return None
        sha256, _ = kept
        with self._lock:
            if sha256 not in self._loaded:
                self._loaded[sha256] = StreetNetwork.load(store.files.path(sha256))
            return self._loaded[sha256]


@needs(Permission.EDIT)
def draw(store: Store, case_id: str, strokes: Sequence[Stroke], *, by: str) -> Drawing:
    """Change the case's search area; without shapes there is no filter. What others drew meanwhile stays.

    Conflict where somebody else changed one of the same shapes, BadInput where one is no area: nothing is kept then.
    """
    with store.writing() as writing:
        before = drawing_from(store.area(case_id).features)
        after = before.after(strokes)
        if after != before:
            writing.put_area(Area(case_id, after.features))
            shapes = len(after.shapes)
            writing.audit(at=utc_now(), by=by, action="search area drawn", case_id=case_id, shapes=shapes)
    return after


@needs(Permission.EDIT)
def set_streets(store: Store, case_id: str, path: Path, *, name: str, by: str) -> None:
    """Make the streets of an OSM or GeoJSON file the case's network; kept simplified, ready to load."""
    network = read_streets(path)
    with TemporaryDirectory() as folder:
        saved = Path(folder) / "streets.npz"
        network.save(saved)
        places.add_names(saved, path)
        sha256 = store.files.put_bytes(saved.read_bytes(), what=name)
    with store.writing() as writing:
        writing.put_streets(case_id, sha256, name)
        writing.audit(at=utc_now(), by=by, action="streets set", case_id=case_id, file=name, sha256=sha256)


@needs(Permission.READ)
def examined_in_vain(store: Store, case_id: str) -> list[Examined]:
    """Footage that was searched to its end and left no candidate that anybody still takes for the subject.

    The chance that looking would have shown the subject is the plain default, lowered by the share of the footage
    that could not be decoded.
    """
    gone = (MatchState.REJECTED, MatchState.DROPPED)
    held = {match.footage_id for match in store.matches(case_id) if match.state not in gone}
    searched = {job.of_id: job for job in store.jobs(case_id=case_id) if job.kind == "scan" and job.coverage}
    found = []
    for footage in store.footages(case_id):
        job = searched.get(footage.id)
        if job is None or job.state is not JobState.DONE or footage.id in held or not job.seconds_total:
            continue
        start, end = true_time(footage, 0.0), true_time(footage, job.seconds_total)
        found.append(Examined(footage.camera_id, start, end, Examined.chance * _share_decoded(job)))
    return found


def _share_decoded(job: Job) -> float:
    coverage = job.coverage
    if coverage is None or not coverage.frames_claimed:
        return 1.0
    return min(1.0, coverage.frames_decoded / coverage.frames_claimed)


@needs(Permission.READ)
def ranking(
    store: Store,
    case: Case,
    *,
    streets: StreetNetwork | None,
    now: datetime | None = None,
    cameras: Sequence[Camera] | None = None,
) -> Ranking:
    """The cameras to ask, best first, inside the case's drawn area; of all there are, unless some are given."""
    area = area_from_geojson(store.area(case.id).features)
    return rank(
        store.cameras() if cameras is None else cameras,
        store.sightings(case.id),
        now=now or utc_now(),
        mode=case.mode,
        streets=streets,
        area=area if area.shapes else None,
        examined=examined_in_vain(store, case.id),
        zone=ZoneInfo(case.timezone),
    )
