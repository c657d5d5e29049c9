"""Faces at the web door: one confined process with the recogniser, which looks at one picture after the other.

The web process itself loads no model and decodes no stranger's picture. The child is started for the first picture,
ends when nobody has asked for a while, and is replaced now and then, for it sees pictures of many people.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from casework.access import checks_itself, guard_of
from casework.gallery import Gallery, gallery_of
from data.errors import BadInput, ChildKilled, NotAllowed, TooLarge, TooMany, UnreadableImage
from data.models import Permission
from data.store import Store
from recognition.calibration import Calibration
from recognition.similarity import Scales

if TYPE_CHECKING:  # what opens pictures is loaded with the first of them
    from recognition.apart import Apart, ChildLimits, Opening
    from recognition.faces_in import PictureFaces

MOST_BYTES = 20 << 20
PLACES = 8
"""So many pictures may be looked at or wait for it; who comes then is told to come again."""
WAIT_S = 15.0
PICTURE_S = 30.0
IDLE_S = 600.0
PICTURES_A_CHILD = 500
_NO_FILE = Path("/dev/null")
# how the kinds of picture begin that are read, so that no text or video takes a place; what is in them, the child sees
_HEADS = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")


class FaceDesk:
    """Looks at pictures for the web door. For many threads at once; the pictures are looked at one by one.

    Parameters
    ----------
    opening
        How the child opens its engine.
    calibration_of
        What is known of the similarities of model files (name to SHA-256).
    program
        The module that runs in the child; None for recognition's own.
    """

    def __init__(
        self,
        opening: "Callable[[], Opening]",
        limits: "Callable[[], ChildLimits]",
        *,
        max_pixels: int,
        calibration_of: Callable[[Mapping[str, str]], Calibration | None],
        program: str | None = None,
    ) -> None:
        self._opening, self._limits, self._program = opening, limits, program
        self._max_pixels = max_pixels
        self._calibration_of = calibration_of
        self._places = threading.BoundedSemaphore(PLACES)
        self._turn = threading.Lock()
        self._child: Apart | None = None
        self._scales: Scales | None = None
        self._pictures = 0
        self._used_s = 0.0

    def faces(self, picture: bytes, *, name: str = "picture", landmarks: bool = False) -> "PictureFaces":
        """The faces of a picture, with vectors of this desk's engine.

        UnreadableImage, TooLarge, TooMany where too many pictures wait, ChildKilled where the picture cost the child
        its life, ModelMissing.
        """
        if len(picture) > MOST_BYTES:
            raise TooLarge(f"{name}: has {len(picture):,} bytes; at most {MOST_BYTES:,} are looked at")
        if not picture.startswith(_HEADS) and picture[4:8] != b"ftyp":
            raise UnreadableImage(f"{name}: is no picture of a known kind; use JPEG, PNG, HEIC or WebP")
        with self._asked(name) as child:
            self._pictures += 1
            return child.faces_in(
                picture, max_pixels=self._max_pixels, name=name, landmarks=landmarks, limit_s=PICTURE_S
            )

    @property
    def comparer(self) -> Scales:
        """What compares the vectors, and what is known of the engine; the first time, this starts the child."""
        if self._scales is None:
            with self._asked("engine") as child:
                self._scales = Scales(child.engine_info())
        return self._scales

    def calibration(self) -> Calibration | None:
        """What is known of this engine's similarities; None where nobody measured them."""
        return self._calibration_of(self.comparer.info.models)

    def gallery(self, store: Store, case_ids: Collection[str] | None = None, *, at: datetime | None = None) -> Gallery:
        """Whom to compare faces with, as `casework.gallery.gallery_of` has it, by this desk's engine."""
        return gallery_of(store, self.comparer, calibration=self.calibration(), case_ids=case_ids, at=at)

    def close(self) -> None:
        """End the child. The next picture starts another one."""
        with self._turn:
            self._end_child()

    @contextmanager
    def _asked(self, name: str) -> "Iterator[Apart]":
        """The child, for one question, when it is this question's turn."""
        if not self._places.acquire(blocking=False):
            raise TooMany(f"{name}: {PLACES} pictures wait to be looked at already; send it again in a few seconds")
        try:
            if not self._turn.acquire(timeout=WAIT_S):
                raise TooMany(f"{name}: others are being looked at for longer than usual; send it again later")
            try:
                with self._guarded(name):
                    yield self._started()
            finally:
                self._turn.release()
        finally:
            self._places.release()

    @contextmanager
    def _guarded(self, name: str) -> Iterator[None]:
        """Whatever goes wrong but a picture that cannot be used is the end of the child."""
        try:
            yield
        except BadInput:
            raise
        except ChildKilled as error:
            self._end_child()
            raise ChildKilled(name, error.why) from error
        except BaseException:
            self._end_child()  # it may be in the middle of an answer
            raise
        finally:
            self._used_s = monotonic()

    def _started(self) -> "Apart":
        from recognition.apart import PROGRAM, Apart
        from recognition.unpacking import is_unpacked, unpack

        if self._pictures >= PICTURES_A_CHILD:
            self._end_child()
        if self._child is None or not self._child.is_alive:
            opening = self._opening()
            if self._program is None and not is_unpacked(opening.cache_dir):
                unpack(opening.cache_dir)
            self._end_child()
            self._child = Apart(_NO_FILE, opening=opening, limits=self._limits(), program=self._program or PROGRAM)
            self._look_again(IDLE_S)
        return self._child

    def _look_again(self, after_s: float) -> None:
        timer = threading.Timer(after_s, self._end_idle)
        timer.daemon = True
        timer.start()

    def _end_idle(self) -> None:
        """End the child where nobody has asked for a while."""
        with self._turn:
            idle_s = monotonic() - self._used_s
            if self._child is None:
                return
            if idle_s < IDLE_S:
                self._look_again(IDLE_S - idle_s)
            else:
                self._end_child()

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.close()
        self._child, self._pictures = None, 0


@checks_itself
def check_may_look(store: Store) -> None:
    """NotAllowed for who may search footage in no case."""
    guard = guard_of(store)
    if not guard.may_anywhere(Permission.SEARCH):
        raise NotAllowed(f"{guard.name} may not look for faces: it needs the role analyst or supervisor of a case")


@checks_itself
def look_for_faces(
    store: Store, desk: FaceDesk, picture: bytes, *, name: str = "picture", landmarks: bool = False
) -> "PictureFaces":
    """The faces of a picture that is kept nowhere, for whoever may search footage in a case: nobody is compared."""
    check_may_look(store)
    return desk.faces(picture, name=name, landmarks=landmarks)
