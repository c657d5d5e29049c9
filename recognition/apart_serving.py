"""The child's side of `recognition.apart`: does what it is asked, and says how it went."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import LastSeenError, ModelMissing
from data.models import Thoroughness
from recognition import apart_answers as answers
from recognition.apart_wire import Message, packed, received
from recognition.confinement import Confinement, limit_cpu
from recognition.faces import Device, Engine
from recognition.footage import Segment, probe, segments

if TYPE_CHECKING:
    from recognition.live_eyes import OwnLiveEyes

_MOST_WORDS = 500
Asked = Mapping[str, Any]


def serve(
    requests: int,
    replies: int,
    start: Asked,
    confined: Confinement,
    opened: Callable[..., Engine] | None,
) -> None:
    """Answer requests read from one descriptor on the other, until they end."""
    service = _Service(Path(start["file"]))

    def say(messages: Iterable[Message]) -> None:
        for message in messages:
            data = memoryview(packed(message))
            while data:
                data = data[os.write(replies, data) :]

    if say_all(say, lambda: service.open(start["opening"], opened, confined)):
        while (request := _next(requests)) is not None:
            limit_cpu(float(request.value["cpu_s"]))
            say_all(say, lambda asked=request: service.answer(asked))  # type: ignore[misc]


def say_all(say: Callable[[Iterable[Message]], None], work: Callable[[], Iterable[Message]]) -> bool:
    """Say what the work gives; where it fails, what went wrong. False then."""
    try:
        say(work())
    except LastSeenError as error:
        say([Message("refused", {"error": type(error).__name__, "words": str(error)[:_MOST_WORDS]})])
    except MemoryError:
        say([Message("memory")])
    except Exception as error:  # noqa: BLE001  the other side raises it again
        text = f"{type(error).__name__}: {error}"
        ran_out = "bad_alloc" in text or "Insufficient memory" in text or "Failed to allocate" in text
        say([Message("memory") if ran_out else Message("fault", {"words": text[:_MOST_WORDS]})])
    else:
        return True
    return False


class _Service:
    """One file, and the engine where it needs one."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._engine: Engine | None = None
        self._live: OwnLiveEyes | None = None

    def open(
        self, opening: Asked | None, opened: Callable[..., Engine] | None, confined: Confinement
    ) -> Iterator[Message]:
        if opening is not None:
            self._engine = _open(opening, opened)
        runs_on = "" if self._engine is None else self._engine.info.runs_on
        yield Message("ready", {**asdict(confined), "runs_on": runs_on})

    def answer(self, request: Message) -> Iterator[Message]:
        """The answer; what it needs is imported only now, for most children need little."""
        asked = request.value
        max_pixels = int(asked["max_pixels"])
        if request.kind == "scan segment":
            yield from self._scan(request, max_pixels)
        elif request.kind == "probe":
            yield answers.info_said(probe(self._file, max_pixels=max_pixels))
        elif request.kind == "segments":
            yield answers.segments_said(segments(self._file, float(asked["length_s"]), max_pixels=max_pixels))
        elif request.kind == "photo":
            from recognition.photos import check_photo

            photo = check_photo(self._file, self._with_engine, name=asked["name"], max_pixels=max_pixels)
            yield answers.photo_said(photo)
        elif request.kind == "references":
            from recognition.references import reference_vectors

            yield answers.references_said(reference_vectors(self._with_engine, [self._file], max_pixels=max_pixels))
        elif request.kind == "pictures":
            from recognition.cutting import pictures_at

            x1, y1, x2, y2 = asked["box_px"]
            yield answers.pictures_said(
                pictures_at(self._file, float(asked["time_s"]), (x1, y1, x2, y2), max_pixels=max_pixels)
            )
        elif request.kind == "first look":
            from recognition.first_look import first_look

            yield answers.first_look_said(first_look(self._file, max_pixels=max_pixels))
        elif request.kind in ("redact stretch", "redact moment", "redact photo"):
            from recognition.apart_redacted import answered

            yield from answered(request.kind, asked, self._file, self._with_engine, max_pixels)
        elif request.kind in ("close look", "upright face"):
            from recognition.apart_close_look import answered

            yield from answered(request.kind, asked, self._file, self._with_engine, max_pixels)
        elif request.kind in ("faces", "engine"):
            from recognition.apart_faces import answered as faces_answered

            yield from faces_answered(request, self._file, self._with_engine, max_pixels)
        elif request.kind == "live look":
            from recognition.live_eyes import OwnLiveEyes
            from recognition.live_eyes import answered as live_answered

            self._live = self._live or OwnLiveEyes(self._with_engine)
            yield from live_answered(request, self._live, max_pixels)
        elif request.kind in ("bundle", "bundled content"):
            from recognition.apart_bundle import answered as bundle_answered

            yield from bundle_answered(request.kind, asked, self._file, max_pixels)
        else:
            raise ValueError(f"nobody can do {request.kind!r}")

    def _scan(self, request: Message, max_pixels: int) -> Iterator[Message]:
        from recognition.references import References
        from recognition.scan import scan_segment

        asked = request.value
        vectors = answers.references_vectors(request)
        index, start_s, end_s, of = asked["segment"]
        result = scan_segment(
            self._file,
            Segment(index, start_s, end_s, of=of),
            engine=self._with_engine,
            # only the vectors count here
            references=References(vectors, ("",) * len(vectors), (1.0,) * len(vectors)),
            thoroughness=Thoroughness(asked["thoroughness"]),
            min_face_px=asked["min_face_px"],
            max_pixels=max_pixels,
            keep_pictures=asked["keep_pictures"],
        )
        for track in result.tracks:
            yield answers.track_said(track)
        yield answers.coverage_said(result.coverage)

    @property
    def _with_engine(self) -> Engine:
        if self._engine is None:
            raise ModelMissing("this was started without a recogniser")
        return self._engine


def _open(opening: Asked, opened: Callable[..., Engine] | None) -> Engine:
    if opened is None:
        # only now: a child without engine starts sooner
        from recognition.engines import open_engine

        opened = open_engine
    named = dict(opening)
    for name in ("models_dir", "cache_dir", "calibrations_dir"):
        named[name] = Path(named[name]) if named[name] else None
    named["device"] = Device(named["device"])
    return opened(named.pop("name"), **named)


def _next(requests: int) -> Message | None:
    """The next request; None when the other side is done."""

    def take(n: int) -> bytes:
        found = b""
        while len(found) < n:
            piece = os.read(requests, min(n - len(found), 1 << 16))
            if not piece:
                raise EOFError
            found += piece
        return found

    try:
        return received(take)
    except EOFError:
        return None
