"""Who looks at footage and photos: this very process, or a child apart for each file. The results are the same.

Workers look through `ApartEyes`; `OwnEyes` are for files that are trusted, and for tests.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

from data.errors import BadInput, ModelMissing
from data.models import Thoroughness
from recognition import close_look, cutting, first_look, footage, photos, redact_video, references, scan
from recognition.apart import PROGRAM, Apart, Box, ChildLimits, Opening
from recognition.apart_close_look import photo_face
from recognition.close_look import CloseLook
from recognition.faces import Engine
from recognition.faces_in import PictureFaces, faces_in
from recognition.first_look import FirstLook
from recognition.footage import FootageInfo, Segment
from recognition.images import read_image
from recognition.live_eyes import ApartLiveEyes, LiveEyes, OwnLiveEyes
from recognition.photos import CheckedPhoto
from recognition.redact import RedactedPicture, Subject, redacted_picture
from recognition.redact_video import Redacted
from recognition.references import References
from recognition.scan import SegmentResult

# between two segments of a scan, or a photo's check and its vectors, a child waits for so long at most
_IDLE_S = 20.0
_MOST_IDLE = 2


class Eyes(Protocol):
    """What looks at files from strangers; functions and errors are those of the modules named."""

    def probe(self, path: Path, *, max_pixels: int) -> FootageInfo:
        """As `recognition.footage.probe`."""
        ...

    def segments(self, path: Path, length_s: float, *, max_pixels: int) -> tuple[Segment, ...]:
        """As `recognition.footage.segments`."""
        ...

    def scan_segment(
        self,
        path: Path,
        segment: Segment,
        *,
        engine: Engine,
        references: References,
        thoroughness: Thoroughness,
        min_face_px: float,
        max_pixels: int,
    ) -> SegmentResult:
        """As `recognition.scan.scan_segment`."""
        ...

    def check_photo(self, path: Path, engine: Engine, *, name: str, max_pixels: int) -> CheckedPhoto:
        """As `recognition.photos.check_photo`."""
        ...

    def reference_vectors(self, path: Path, engine: Engine, *, max_pixels: int) -> References:
        """As `recognition.references.reference_vectors` of one file."""
        ...

    def pictures_at(self, path: Path, time_s: float, box_px: Box, *, max_pixels: int) -> tuple[bytes, bytes] | None:
        """As `recognition.cutting.pictures_at`."""
        ...

    def first_look(self, path: Path, *, max_pixels: int) -> FirstLook:
        """As `recognition.first_look.first_look`."""
        ...

    def redact_stretch(
        self, path: Path, engine: Engine, start_s: float, end_s: float, subjects: Sequence[Subject], *, max_pixels: int
    ) -> Redacted:
        """As `recognition.redact_video.redact_stretch`."""
        ...

    def redact_moment(self, path: Path, engine: Engine, subject: Subject, *, max_pixels: int) -> RedactedPicture | None:
        """As `recognition.redact_video.redact_moment`."""
        ...

    def redact_photo(self, path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> RedactedPicture:
        """As `recognition.redact.redacted_picture` of one file."""
        ...

    def close_look(self, path: Path, engine: Engine, subject: Subject, *, max_pixels: int) -> CloseLook | None:
        """As `recognition.close_look.close_look`."""
        ...

    def upright_face(self, path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> bytes:
        """As `recognition.apart_close_look.photo_face`."""
        ...

    def faces_in(
        self, path: Path, engine: Engine, *, max_pixels: int, name: str = "", landmarks: bool = False
    ) -> PictureFaces:
        """As `recognition.faces_in.faces_in` of one file."""
        ...

    def live(self, engine: Engine) -> LiveEyes:
        """Eyes for one camera that is watched live, to be closed after use."""
        ...


class OwnEyes:
    """Looks in this very process: a harmful file harms it."""

    def probe(self, path: Path, *, max_pixels: int) -> FootageInfo:
        return footage.probe(path, max_pixels=max_pixels)

    def segments(self, path: Path, length_s: float, *, max_pixels: int) -> tuple[Segment, ...]:
        return footage.segments(path, length_s, max_pixels=max_pixels)

    def scan_segment(
        self,
        path: Path,
        segment: Segment,
        *,
        engine: Engine,
        references: References,
        thoroughness: Thoroughness,
        min_face_px: float,
        max_pixels: int,
    ) -> SegmentResult:
        return scan.scan_segment(
            path,
            segment,
            engine=engine,
            references=references,
            thoroughness=thoroughness,
            min_face_px=min_face_px,
            max_pixels=max_pixels,
        )

    def check_photo(self, path: Path, engine: Engine, *, name: str, max_pixels: int) -> CheckedPhoto:
        return photos.check_photo(path, engine, name=name, max_pixels=max_pixels)

    def reference_vectors(self, path: Path, engine: Engine, *, max_pixels: int) -> References:
        return references.reference_vectors(engine, [path], max_pixels=max_pixels)

    def pictures_at(self, path: Path, time_s: float, box_px: Box, *, max_pixels: int) -> tuple[bytes, bytes] | None:
        return cutting.pictures_at(path, time_s, box_px, max_pixels=max_pixels)

    def first_look(self, path: Path, *, max_pixels: int) -> FirstLook:
        return first_look.first_look(path, max_pixels=max_pixels)

    def redact_stretch(
        self, path: Path, engine: Engine, start_s: float, end_s: float, subjects: Sequence[Subject], *, max_pixels: int
    ) -> Redacted:
        return redact_video.redact_stretch(path, start_s, end_s, subjects, engine=engine, max_pixels=max_pixels)

    def redact_moment(self, path: Path, engine: Engine, subject: Subject, *, max_pixels: int) -> RedactedPicture | None:
        return redact_video.redact_moment(path, subject, engine=engine, max_pixels=max_pixels)

    def redact_photo(self, path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> RedactedPicture:
        return redacted_picture(read_image(path, max_pixels=max_pixels), box_px, engine)

    def close_look(self, path: Path, engine: Engine, subject: Subject, *, max_pixels: int) -> CloseLook | None:
        return close_look.close_look(path, subject, engine=engine, max_pixels=max_pixels)

    def upright_face(self, path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> bytes:
        return photo_face(path, engine, box_px, max_pixels=max_pixels)

    def faces_in(
        self, path: Path, engine: Engine, *, max_pixels: int, name: str = "", landmarks: bool = False
    ) -> PictureFaces:
        return faces_in(path, engine, max_pixels=max_pixels, name=name, landmarks=landmarks)

    def live(self, engine: Engine) -> LiveEyes:
        return OwnLiveEyes(engine)


@dataclass(frozen=True)
class _Idle:
    """A child that waits for its next request."""

    child: Apart
    engine: str | None
    since_s: float


class ApartEyes:
    """Looks through children, one file each; any method raises ChildKilled where a file cost its child its life.

    One child serves the requests for one file that come soon one after the other; two at once get two children.

    Parameters
    ----------
    opening
        How a child opens the engine of a name.
    program
        The module that runs in the children.
    """

    def __init__(self, opening: Callable[[str], Opening], limits: ChildLimits, *, program: str = PROGRAM) -> None:
        self._opening = opening
        self._limits = limits
        self._program = program
        self._idle: list[_Idle] = []
        self._lock = threading.Lock()

    def probe(self, path: Path, *, max_pixels: int) -> FootageInfo:
        with self._child(path) as child:
            return child.probe(max_pixels=max_pixels)

    def segments(self, path: Path, length_s: float, *, max_pixels: int) -> tuple[Segment, ...]:
        with self._child(path) as child:
            return child.segments(length_s, max_pixels=max_pixels)

    def scan_segment(
        self,
        path: Path,
        segment: Segment,
        *,
        engine: Engine,
        references: References,
        thoroughness: Thoroughness,
        min_face_px: float,
        max_pixels: int,
    ) -> SegmentResult:
        with self._child(path, engine) as child:
            return child.scan_segment(
                segment,
                references=references,
                thoroughness=thoroughness,
                min_face_px=min_face_px,
                max_pixels=max_pixels,
            )

    def check_photo(self, path: Path, engine: Engine, *, name: str, max_pixels: int) -> CheckedPhoto:
        with self._child(path, engine) as child:
            return child.check_photo(name=name, max_pixels=max_pixels)

    def reference_vectors(self, path: Path, engine: Engine, *, max_pixels: int) -> References:
        with self._child(path, engine) as child:
            return child.reference_vectors(max_pixels=max_pixels)

    def pictures_at(self, path: Path, time_s: float, box_px: Box, *, max_pixels: int) -> tuple[bytes, bytes] | None:
        with self._child(path) as child:
            return child.pictures_at(time_s, box_px, max_pixels=max_pixels)

    def first_look(self, path: Path, *, max_pixels: int) -> FirstLook:
        with self._child(path) as child:
            return child.first_look(max_pixels=max_pixels)

    def redact_stretch(
        self, path: Path, engine: Engine, start_s: float, end_s: float, subjects: Sequence[Subject], *, max_pixels: int
    ) -> Redacted:
        with self._child(path, engine) as child:
            return child.redact_stretch(start_s, end_s, subjects, max_pixels=max_pixels)

    def redact_moment(self, path: Path, engine: Engine, subject: Subject, *, max_pixels: int) -> RedactedPicture | None:
        with self._child(path, engine) as child:
            return child.redact_moment(subject, max_pixels=max_pixels)

    def redact_photo(self, path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> RedactedPicture:
        with self._child(path, engine) as child:
            return child.redact_photo(box_px, max_pixels=max_pixels)

    def close_look(self, path: Path, engine: Engine, subject: Subject, *, max_pixels: int) -> CloseLook | None:
        with self._child(path, engine) as child:
            return child.close_look(subject, max_pixels=max_pixels)

    def upright_face(self, path: Path, engine: Engine, box_px: Box, *, max_pixels: int) -> bytes:
        with self._child(path, engine) as child:
            return child.upright_face(box_px, max_pixels=max_pixels)

    def faces_in(
        self, path: Path, engine: Engine, *, max_pixels: int, name: str = "", landmarks: bool = False
    ) -> PictureFaces:
        with self._child(path, engine) as child:
            return child.faces_in(max_pixels=max_pixels, name=name, landmarks=landmarks)

    def live(self, engine: Engine) -> LiveEyes:
        return ApartLiveEyes(self._opening(engine.info.name), self._limits, program=self._program)

    def close(self) -> None:
        """End the children that wait."""
        self._end(before_s=float("inf"))

    @contextmanager
    def _child(self, path: Path, engine: Engine | None = None) -> Iterator[Apart]:
        """A child for the file, with this engine where one is asked for: one that waits, or a new one."""
        name = None if engine is None else engine.info.name
        child = self._waiting(path.absolute(), name)
        if child is None:
            opening = None if name is None else self._opening(name)
            child = Apart(path, opening=opening, limits=self._limits, program=self._program)
        try:
            if engine is not None and child.runs_on != engine.info.runs_on:
                raise ModelMissing(
                    f"{name}: runs on {engine.info.runs_on} but in a confined process only on {child.runs_on}; "
                    "set LASTSEEN_DEVICE=cpu"
                )
            yield child
        except BadInput:
            self._let_wait(child, name)
            raise
        except BaseException:
            # it may be in the middle of an answer
            child.close()
            raise
        self._let_wait(child, name)

    def _waiting(self, path: Path, engine: str | None) -> Apart | None:
        with self._lock:
            for idle in self._idle:
                if idle.child.path == path and engine in (None, idle.engine):
                    self._idle.remove(idle)
                    return idle.child if idle.child.is_alive else None
        return None

    def _let_wait(self, child: Apart, engine: str | None) -> None:
        with self._lock:
            self._idle.append(_Idle(child, engine, monotonic()))
            too_many = [self._idle.pop(0) for _ in range(len(self._idle) - _MOST_IDLE)]
        for idle in too_many:
            idle.child.close()
        timer = threading.Timer(_IDLE_S + 1, lambda: self._end(before_s=monotonic() - _IDLE_S))
        timer.daemon = True
        timer.start()

    def _end(self, *, before_s: float) -> None:
        with self._lock:
            ended = [idle for idle in self._idle if idle.since_s <= before_s]
            self._idle = [idle for idle in self._idle if idle.since_s > before_s]
        for idle in ended:
            idle.child.close()
