"""Looks at one file from strangers in a process of its own, with little memory, no network and no other files.

A file that crashes a decoder, eats the memory or never ends costs that process, and whoever asked gets ChildKilled with
the reason in plain words. The functions are those of recognition.footage, scan, photos, references, cutting and
first_look, with the same results.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from data import errors
from data.errors import LastSeenError, UnreadableFootage
from data.models import Thoroughness
from recognition import apart_answers as answers
from recognition.apart_process import ChildProcess
from recognition.apart_wire import Message, Nonsense, Part
from recognition.calibration import ALERT_FALSE_PER_1000_TRACKS, REVIEW_FALSE_PER_1000_TRACKS
from recognition.confinement import Confinement
from recognition.faces import Device
from recognition.footage import FootageInfo, Segment

if TYPE_CHECKING:  # who only wants a first look must not load what follows faces
    from recognition.close_look import CloseLook
    from recognition.faces import EngineInfo
    from recognition.faces_in import PictureFaces
    from recognition.first_look import FirstLook
    from recognition.photos import CheckedPhoto
    from recognition.redact import RedactedPicture, Subject
    from recognition.redact_video import Redacted
    from recognition.references import References
    from recognition.scan import ScannedTrack, SegmentResult

PROGRAM = "recognition.apart_child"
_START_S = 60.0
_PICTURE_S = 120.0
_SURVEY_S = 600.0
_SURVEY_BYTES_A_SECOND = 2e6  # a network drive on a bad day
_TIMES_LENGTH = 20.0
_TIMES_REDACTED = 240.0  # every picture is searched twice, and encoded up to five times
_LONGEST_S = 24 * 3600.0  # a claimed length is a stranger's word
_MOST_TRACKS = 200_000
_MOST_RESULT_BYTES = 1 << 29
_MOST_WORDS = 500
# what a child may raise here; anything else it says is a fault
_REFUSALS = {
    error.__name__: error
    for error in (errors.BadInput, errors.UnreadableFootage, errors.UnreadableImage, errors.NoFace,
                  errors.SeveralFaces, errors.ModelMissing)
}  # fmt: skip

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Opening:
    """How a child opens its engine: the arguments of `recognition.engines.open_engine`."""

    name: str
    models_dir: Path
    cache_dir: Path
    threads: int = 2
    calibrations_dir: Path | None = None
    review_rate: float = REVIEW_FALSE_PER_1000_TRACKS
    alert_rate: float = ALERT_FALSE_PER_1000_TRACKS
    device: Device = Device.AUTO


@dataclass(frozen=True)
class ChildLimits:
    """What a child may take; see the settings child_memory_mb and child_segment_s."""

    memory_mb: int = 2048
    segment_s: float = 600.0


class Apart:
    """One file in the hands of one child; ends with the ``with`` block. Not for two threads at once.

    Parameters
    ----------
    path
        The file; a link to another is refused.
    opening
        None for a child without engine, which starts sooner and can only probe, cut and look.
    program
        The module that runs in the child.

    Raises
    ------
    ChildKilled
        By every method: the child needed too much memory or time, crashed, or answered nonsense.
    """

    def __init__(
        self, path: Path, *, opening: Opening | None = None, limits: ChildLimits | None = None, program: str = PROGRAM
    ) -> None:
        self.path = path.absolute()
        self._limits = limits or ChildLimits()
        self._threads = 1 if opening is None else opening.threads
        if self.path.is_symlink():
            raise UnreadableFootage(f"{path.name}: is a link to another file; give the file itself")
        start = {"file": str(self.path), "memory_mb": self._limits.memory_mb, "opening": _plain(opening)}
        self._child = ChildProcess(program, start, what=path.name, memory_mb=self._limits.memory_mb)
        self._confinement: Confinement | None = None
        self._runs_on = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        self._child.close()

    @property
    def is_alive(self) -> bool:
        """Whether it can be asked once more."""
        return self._child.is_alive

    @property
    def pid(self) -> int:
        """The child's process number."""
        return self._child.pid

    @property
    def confinement(self) -> Confinement:
        """What the child has given up; waits until it is ready."""
        if self._confinement is None:
            # where it cannot be made ready, it is of no use
            with self._distrust(), self._ending_with_an_error():
                self._confinement, self._runs_on = answers.ready_heard(self._said(monotonic() + _START_S, _START_S))
        return self._confinement

    @property
    def runs_on(self) -> str:
        """What the child's recogniser runs on, as in `EngineInfo`; empty without one. Waits until it is ready."""
        _ = self.confinement
        return self._runs_on

    def probe(self, *, max_pixels: int) -> FootageInfo:
        """As `recognition.footage.probe`."""
        with self._distrust():
            return answers.info_heard(self._answer("probe", {"max_pixels": max_pixels}, self._survey_s))

    def segments(self, length_s: float, *, max_pixels: int) -> tuple[Segment, ...]:
        """As `recognition.footage.segments`."""
        with self._distrust():
            asked = {"length_s": length_s, "max_pixels": max_pixels}
            return answers.segments_heard(self._answer("segments", asked, self._survey_s))

    def scan_segment(
        self,
        segment: Segment,
        *,
        references: "References",
        thoroughness: Thoroughness = Thoroughness.BALANCED,
        min_face_px: float | None = None,
        max_pixels: int,
        keep_pictures: bool = True,
    ) -> "SegmentResult":
        """As `recognition.scan.scan_segment` with the engine that the child has opened."""
        from recognition.scan import SegmentResult

        length_s = segment.end_s - segment.start_s
        limit_s = min(max(self._limits.segment_s, _TIMES_LENGTH * length_s), _LONGEST_S)
        asked = {
            "segment": [segment.index, segment.start_s, segment.end_s, segment.of],
            "thoroughness": thoroughness.value,
            "min_face_px": min_face_px,
            "max_pixels": max_pixels,
            "keep_pictures": keep_pictures,
        }
        tracks: list[ScannedTrack] = []
        size_bytes = 0
        with self._distrust():
            for message in self._answers("scan segment", asked, limit_s, references=references.vectors):
                if message.kind != "track":
                    return SegmentResult(segment, tuple(tracks), answers.coverage_heard(message))
                tracks.append(answers.track_heard(message, segment))
                size_bytes += sum(len(p) if isinstance(p, bytes) else p.nbytes for p in message.parts.values())
                if len(tracks) > _MOST_TRACKS or size_bytes > _MOST_RESULT_BYTES:
                    raise Nonsense(f"gives more than {_MOST_TRACKS} tracks or {_MOST_RESULT_BYTES >> 20} MiB")
        raise AssertionError("answers never end by themselves")

    def check_photo(self, *, name: str, max_pixels: int) -> "CheckedPhoto":
        """As `recognition.photos.check_photo`."""
        with self._distrust():
            asked = {"name": name, "max_pixels": max_pixels}
            return answers.photo_heard(self._answer("photo", asked, _PICTURE_S))

    def reference_vectors(self, *, max_pixels: int) -> "References":
        """As `recognition.references.reference_vectors` of this one file."""
        with self._distrust():
            answer = self._answer("references", {"max_pixels": max_pixels}, _PICTURE_S)
            return answers.references_heard(answer, self.path.name)

    def pictures_at(self, time_s: float, box_px: Box, *, max_pixels: int) -> tuple[bytes, bytes] | None:
        """As `recognition.cutting.pictures_at`."""
        with self._distrust():
            asked = {"time_s": time_s, "box_px": [float(v) for v in box_px], "max_pixels": max_pixels}
            return answers.pictures_heard(self._answer("pictures", asked, self._survey_s))

    def first_look(self, *, max_pixels: int) -> "FirstLook":
        """As `recognition.first_look.first_look`."""
        with self._distrust():
            return answers.first_look_heard(self._answer("first look", {"max_pixels": max_pixels}, self._survey_s))

    def redact_stretch(
        self, start_s: float, end_s: float, subjects: "Sequence[Subject]", *, max_pixels: int
    ) -> "Redacted":
        """As `recognition.redact_video.redact_stretch` with the engine that the child has opened."""
        from recognition.apart_redacted import stretch_heard, subjects_asked

        asked = {"start_s": start_s, "end_s": end_s, "subjects": subjects_asked(subjects), "max_pixels": max_pixels}
        limit_s = min(self._survey_s + _TIMES_REDACTED * max(end_s - start_s, 1.0), _LONGEST_S)
        with self._distrust():
            said = self._answers("redact stretch", asked, limit_s)
            return stretch_heard(lambda: next(said))

    def redact_moment(self, subject: "Subject", *, max_pixels: int) -> "RedactedPicture | None":
        """As `recognition.redact_video.redact_moment`."""
        from recognition.apart_redacted import picture_heard, subjects_asked

        asked = {"subjects": subjects_asked([subject]), "max_pixels": max_pixels}
        with self._distrust():
            return picture_heard(self._answer("redact moment", asked, self._survey_s))

    def redact_photo(self, box_px: Box, *, max_pixels: int) -> "RedactedPicture":
        """As `recognition.redact.redacted_picture` of this file."""
        from recognition.apart_redacted import picture_heard

        asked = {"box_px": [float(v) for v in box_px], "max_pixels": max_pixels}
        with self._distrust():
            made = picture_heard(self._answer("redact photo", asked, _PICTURE_S))
            if made is None:
                raise Nonsense("redacts no picture where there is one")
            return made

    def close_look(self, subject: "Subject", *, max_pixels: int) -> "CloseLook | None":
        """As `recognition.close_look.close_look` with the engine that the child has opened."""
        from recognition.apart_close_look import look_heard, subject_asked

        asked = {"subject": subject_asked(subject), "max_pixels": max_pixels}
        with self._distrust():
            said = self._answers("close look", asked, self._survey_s)
            return look_heard(lambda: next(said))

    def upright_face(self, box_px: Box, *, max_pixels: int) -> bytes:
        """As `recognition.apart_close_look.photo_face` of this file."""
        from recognition.apart_close_look import face_heard

        asked = {"box_px": [float(v) for v in box_px], "max_pixels": max_pixels}
        with self._distrust():
            return face_heard(self._answer("upright face", asked, _PICTURE_S))

    def engine_info(self) -> "EngineInfo":
        """What the engine is that the child has opened; without what its thresholds rest on (`extra`)."""
        from recognition.apart_faces import engine_heard

        with self._distrust():
            return engine_heard(self._answer("engine", {"max_pixels": 1}, _PICTURE_S))

    def faces_in(
        self,
        picture: bytes | None = None,
        *,
        max_pixels: int,
        name: str = "",
        landmarks: bool = False,
        limit_s: float = _PICTURE_S,
    ) -> "PictureFaces":
        """As `recognition.faces_in.faces_in` of this file, or of a picture that is handed to the child."""
        from recognition.apart_faces import faces_heard

        asked = {"name": name or self.path.name, "landmarks": landmarks, "max_pixels": max_pixels}
        given = {} if picture is None else {"picture": picture}
        with self._distrust():
            return faces_heard(next(self._answers("faces", asked, limit_s, **given)))

    @property
    def _survey_s(self) -> float:
        """How long it may take to read the file from end to end."""
        try:
            size_bytes = self.path.stat().st_size
        except OSError:  # the child says what is wrong with it
            size_bytes = 0
        return _SURVEY_S + size_bytes / _SURVEY_BYTES_A_SECOND

    @contextmanager
    def _distrust(self) -> Iterator[None]:
        """An answer that cannot be is the end of the child."""
        try:
            yield
        except Nonsense as nonsense:
            raise self._child.end(f"answered what cannot be: it {nonsense}") from nonsense

    @contextmanager
    def _ending_with_an_error(self) -> Iterator[None]:
        try:
            yield
        except LastSeenError:
            self.close()
            raise

    def _answer(self, kind: str, asked: Mapping[str, Any], limit_s: float) -> Message:
        return next(self._answers(kind, asked, limit_s))

    def _answers(self, kind: str, asked: Mapping[str, Any], limit_s: float, **parts: Part) -> Iterator[Message]:
        """Ask the child, and give what it says, without end, for as long as it may take."""
        _ = self.confinement  # it is ready
        until_s = monotonic() + limit_s
        value = {**asked, "cpu_s": limit_s * (self._threads + 1)}
        self._child.send(Message(kind, value, parts), limit_s=limit_s)
        while True:
            yield self._said(until_s, limit_s)

    def _said(self, until_s: float, limit_s: float) -> Message:
        """The next message, or the error that it tells of."""
        message = self._child.receive(until_s=until_s, limit_s=limit_s)
        if message.kind == "refused":
            refusal = _REFUSALS.get(str(message.value.get("error")))
            if refusal is None:
                raise Nonsense("refuses for a reason that is none")
            raise refusal(_plain_words(message))
        if message.kind == "memory":
            raise self._child.end(f"needed more than {self._limits.memory_mb} MiB of memory")
        if message.kind == "fault":
            raise self._child.end(f"failed ({_plain_words(message)})")
        return message


def _plain(opening: Opening | None) -> dict[str, Any] | None:
    if opening is None:
        return None
    return {name: str(value.absolute()) if isinstance(value, Path) else value for name, value in vars(opening).items()}


def _plain_words(message: Message) -> str:
    """What the child wrote, as one short line: a stranger may have written it."""
    words = str(message.value.get("words"))[:_MOST_WORDS]
    return "".join(letter if letter.isprintable() else " " for letter in words)
