"""The camera searches that are under way in this process: who holds which camera, for whom, and whom it saw just now.

In memory alone, since what is not a hit is kept nowhere. In the store each has a job for each case, which ends when its
person ends it, when nothing has come for `SILENT_S`, and when the web door ends, in whatever way.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from casework.access import for_machines
from casework.hits import BROWSER, end_search
from data.errors import BadInput, Conflict, NotFound, TooMany
from data.models import Coverage, Job, JobState
from data.store import Store
from recognition.faces import Float

if TYPE_CHECKING:
    from casework.gallery import Gallery

SEARCH_ID = "[A-Za-z0-9-]{8,64}"
SILENT_S = 60.0
MOST = 200
"""So many cameras search at once, before the next is told to wait; one engine serves far fewer."""
PASS_S = 10.0
"""A face that was not seen for so long has passed: the next time is another pass, and another candidate."""


@dataclass
class Pass:
    """One person of one case in view: their best kept shot, and the candidate that it is."""

    case_id: str
    vector: Float = field(repr=False)
    match_id: str
    similarity: float
    is_set_aside: bool
    seen_s: float


@dataclass
class Running:
    """One camera that somebody holds; used by one picture at a time."""

    id: str
    by: str
    case_id: str | None
    jobs: dict[str, Job] = field(default_factory=dict)
    photos: dict[str, tuple[str, ...]] = field(default_factory=dict)
    gallery: "Gallery | None" = None
    gallery_s: float = 0.0
    heard_s: float = 0.0
    is_over: bool = False
    pictures: int = 0
    faces: int = 0
    passes: list[Pass] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def saw(self, faces: int) -> None:
        """One more picture was looked at."""
        self.pictures += 1
        self.faces += faces

    def pass_of(self, case_id: str, vector: Float, gallery: "Gallery") -> Pass | None:
        """The pass that this face goes on with; None where it begins one."""
        now = monotonic()
        self.passes = [known for known in self.passes if now - known.seen_s <= PASS_S]
        mine = [known for known in self.passes if known.case_id == case_id]
        alike = [float(gallery.engine.similarity(vector[None], known.vector[None])[0, 0]) for known in mine]
        best = max(range(len(mine)), key=alike.__getitem__, default=None)
        return mine[best] if best is not None and alike[best] >= gallery.info.review_floor else None

    def begin_pass(self, new: Pass, known: Pass | None) -> None:
        """A pass begins, or goes on with a better shot."""
        self.passes = [*(other for other in self.passes if other is not known), new]

    def end_case(self, store: Store, case_id: str) -> None:
        """No more of this case: its job ends, and says how much was looked at."""
        job = self.jobs.pop(case_id, None)
        self.photos.pop(case_id, None)
        if job is None:
            return
        with suppress(NotFound):  # the case was purged
            _tell(store, job, pictures=self.pictures, faces=self.faces)
            end_search(store, job.id, by=self.by)

    def end(self, store: Store) -> None:
        """The search is over, for all its cases."""
        self.is_over = True
        for case_id in list(self.jobs):
            self.end_case(store, case_id)


class Searches:
    """All searches of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], Running] = {}

    def __len__(self) -> int:
        return len(self._running)

    @contextmanager
    def turn(self, search_id: str, *, by: str, case_id: str | None) -> Iterator[Running]:
        """The search of this id and person, begun where there is none, for one picture.

        TooMany while its last picture is still looked at, Conflict where it was ended or is for somebody else.
        """
        search = self._of(search_id, by=by, case_id=case_id)
        if not search.lock.acquire(blocking=False):
            raise TooMany("picture: the one before it is still looked at; send one at a time")
        try:
            if search.is_over:
                raise Conflict("this search has ended; start it again")
            search.heard_s = monotonic()
            yield search
        finally:
            search.heard_s = monotonic()
            search.lock.release()

    def end(self, store: Store, search_id: str, *, by: str) -> None:
        """End this person's search; nothing happens where there is none."""
        with self._lock:
            search = self._running.pop((by, search_id), None)
        if search is not None:
            with search.lock:
                search.end(store)

    def end_silent(self, store: Store, *, silent_s: float = SILENT_S) -> int:
        """End those of whom nothing has come for so long; how many."""
        now = monotonic()
        with self._lock:
            keys = [key for key, one in self._running.items() if now - one.heard_s > silent_s and not one.lock.locked()]
            silent = [self._running.pop(key) for key in keys]
        for search in silent:
            search.end(store)
        return len(silent)

    def _of(self, search_id: str, *, by: str, case_id: str | None) -> Running:
        if not re.fullmatch(SEARCH_ID, search_id):
            raise BadInput("search: give each search an id of its own, 8 to 64 letters, digits and hyphens")
        with self._lock:
            known = self._running.get((by, search_id))
            if known is None:
                if len(self._running) >= MOST:
                    raise TooMany(f"{MOST} cameras search already; try again in a few minutes")
                known = self._running[by, search_id] = Running(search_id, by, case_id, heard_s=monotonic())
        if known.case_id != case_id:
            raise Conflict("this search is for another case; begin one of its own")
        return known


@for_machines
def end_left_over(store: Store) -> int:
    """End the searches that a web door left behind which was killed: at its start, when none can be under way."""
    left = [job for job in store.jobs() if job.kind == BROWSER and job.state is JobState.RUNNING]
    for job in left:
        end_search(store, job.id, by=job.asked_by, how="ended with the web door")
    return len(left)


def _tell(store: Store, job: Job, *, pictures: int, faces: int) -> None:
    coverage = Coverage(None, pictures, 0, pictures, pictures, faces)
    with store.writing() as writing:
        writing.change(Job, job.id, coverage=coverage, faces_seen=faces, tracks=faces)
