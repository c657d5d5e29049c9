"""What a child answers, put into messages there and read from messages here.

Reading trusts nothing: a conquered child can still lie about what a picture shows, but it cannot give a value of
another kind, a number that is none, a picture that is no JPEG, or more than can be. Anything else is Nonsense.

What follows faces or reads clocks is imported where it is needed only: it takes half a second, which a child that just
looks at the head of a file need not wait for.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from data.models import Coverage, Thoroughness
from recognition.apart_checks import (
    array_in,
    box_in,
    check_kind,
    clock_of,
    count_in,
    count_or_none_in,
    floats_in,
    jpeg_in,
    moment_of,
    number_in,
    text_in,
)
from recognition.apart_taken import taken_heard, taken_said
from recognition.apart_wire import Message, Nonsense, Part
from recognition.confinement import Confinement
from recognition.faces import Float
from recognition.footage import FootageInfo, Segment
from recognition.timeline import CONTAINER, ESTIMATED

_MOST_SEGMENTS = 1_000_000
_MOST_SHOTS = 1000
_MOST_DIMENSIONS = 4096
_MOST_CLOCKS = 8
_COUNTS = ("packets_read", "packets_unreadable", "frames_decoded", "frames_examined", "faces_seen", "faces_embedded",
           "packets_skipped", "audit_tracks")  # fmt: skip
_NO_CLOCK: dict[str, Any] = {"clock": None}

if TYPE_CHECKING:
    from recognition.burnt_in import ClockReading
    from recognition.first_look import FirstLook
    from recognition.photos import CheckedPhoto
    from recognition.references import References
    from recognition.scan import ScannedTrack


# what the child says


def info_said(info: FootageInfo) -> Message:
    return Message("info", _info_value(info))


def segments_said(found: tuple[Segment, ...]) -> Message:
    bounds = [found[0].start_s, *(segment.end_s for segment in found)]
    return Message("segments", parts={"bounds_s": np.array(bounds, np.float64)})


def track_said(track: "ScannedTrack") -> Message:
    value = {
        field.name: getattr(track, field.name)
        for field in fields(track)
        if field.name not in ("shot_px", "shot_quality", "vectors", "crop_jpeg", "context_jpeg")
    }
    parts: dict[str, Any] = {
        "shot_px": np.array(track.shot_px, np.float64),
        "shot_quality": np.array(track.shot_quality, np.float64),
        "vectors": track.vectors,
        "crop_jpeg": track.crop_jpeg,
        "context_jpeg": track.context_jpeg,
    }
    return Message("track", value, {name: part for name, part in parts.items() if part is not None})


def coverage_said(coverage: Coverage) -> Message:
    value = asdict(coverage)
    spans = np.array(value.pop("unreadable_spans_s"), np.float64).reshape(-1, 2)
    return Message("coverage", value, {"unreadable_spans_s": spans})


def photo_said(photo: "CheckedPhoto") -> Message:
    parts: dict[str, Part] = {"preview_jpeg": photo.preview_jpeg, "crop_jpeg": photo.crop_jpeg}
    return Message("photo", {"box_px": photo.box_px, "quality": photo.quality}, parts)


def references_said(references: "References") -> Message:
    parts: dict[str, Part] = {"vectors": references.vectors, "qualities": np.array(references.qualities, np.float64)}
    return Message("references", {}, parts)


def pictures_said(pictures: tuple[bytes, bytes] | None) -> Message:
    if pictures is None:
        return Message("pictures")
    return Message("pictures", parts={"crop_jpeg": pictures[0], "context_jpeg": pictures[1]})


def first_look_said(look: "FirstLook") -> Message:
    value = _info_value(look.info) | _NO_CLOCK
    parts: dict[str, Part] = {"first_frame_jpeg": look.first_frame_jpeg}
    if look.clock is not None:
        clock = asdict(look.clock)
        parts["clock_jpeg"] = clock.pop("crop_jpeg")
        clock["shown"] = look.clock.shown.isoformat()
        clock["candidates"] = [one.isoformat() for one in look.clock.candidates]
        value["clock"] = clock
    return Message("first look", value, parts)


def _info_value(info: FootageInfo) -> dict[str, Any]:
    value = asdict(info)
    value["created_at"] = None if info.created_at is None else info.created_at.isoformat()
    value["taken"] = taken_said(info.taken)
    return value


# what is heard here


def ready_heard(message: Message) -> tuple[Confinement, str]:
    """What the child has given up, and what its recogniser runs on."""
    check_kind(message, "ready")
    value = message.value
    confined = Confinement(count_in(value, "landlock"), text_in(value, "network"), value.get("has_filter") is True)
    return confined, text_in(value, "runs_on")


def info_heard(message: Message) -> FootageInfo:
    check_kind(message, "info")
    return _info(message.value)


def segments_heard(message: Message) -> tuple[Segment, ...]:
    check_kind(message, "segments")
    bounds = [float(bound) for bound in array_in(message, "bounds_s", "f8", 1)]
    if not 2 <= len(bounds) <= _MOST_SEGMENTS or any(b < a for a, b in pairwise(bounds)):
        raise Nonsense("sends segments out of order")
    return tuple(Segment(i, a, b, of=len(bounds) - 1) for i, (a, b) in enumerate(pairwise(bounds)))


def track_heard(message: Message, segment: Segment) -> "ScannedTrack":
    from recognition.scan import ScannedTrack

    value = message.value
    vectors = array_in(message, "vectors", "f4", 2) if "vectors" in message.parts else None
    track = ScannedTrack(
        segment=count_in(value, "segment"),
        start_s=number_in(value, "start_s"),
        end_s=number_in(value, "end_s"),
        best_s=number_in(value, "best_s"),
        best_box_px=box_in(value, "best_box_px"),
        first_box_px=box_in(value, "first_box_px"),
        last_box_px=box_in(value, "last_box_px"),
        seen=count_in(value, "seen"),
        shots=count_in(value, "shots"),
        similarity=number_in(value, "similarity"),
        quality=number_in(value, "quality"),
        time_source=text_in(value, "time_source"),
        shot_px=floats_in(message, "shot_px"),
        shot_quality=floats_in(message, "shot_quality"),
        vectors=vectors,
        crop_jpeg=jpeg_in(message, "crop_jpeg"),
        context_jpeg=jpeg_in(message, "context_jpeg"),
    )
    rows = {len(track.shot_px), len(track.shot_quality), *(() if vectors is None else (len(vectors),))}
    is_sound = (
        track.segment == segment.index
        and track.start_s <= track.best_s <= track.end_s
        and rows == {track.shots}
        and 1 <= track.shots <= _MOST_SHOTS
        and track.similarity <= 1.01
        and (vectors is None or 1 <= vectors.shape[1] <= _MOST_DIMENSIONS)
        and track.time_source in (CONTAINER, ESTIMATED)
    )
    if not is_sound:
        raise Nonsense("sends a track that cannot be")
    return track


def coverage_heard(message: Message) -> Coverage:
    check_kind(message, "coverage")
    value = message.value
    spans = array_in(message, "unreadable_spans_s", "f8", 2)
    if spans.shape[1] != 2 or not (spans[:, 0] <= spans[:, 1]).all():
        raise Nonsense("sends spans that cannot be")
    thoroughness = text_in(value, "thoroughness")
    if thoroughness not in {"", *(one.value for one in Thoroughness)}:
        raise Nonsense("sends a thoroughness that is none")
    counts: dict[str, Any] = {name: count_in(value, name) for name in _COUNTS}
    return Coverage(
        count_or_none_in(value, "frames_claimed"),
        **counts,
        unreadable_spans_s=tuple((float(a), float(b)) for a, b in spans),
        quiet_s=number_in(value, "quiet_s"),
        audited_s=number_in(value, "audited_s"),
        thoroughness=thoroughness,
        frames_estimated=count_or_none_in(value, "frames_estimated"),
    )


def photo_heard(message: Message) -> "CheckedPhoto":
    from recognition.photos import CheckedPhoto

    check_kind(message, "photo")
    return CheckedPhoto(
        box_in(message.value, "box_px"),
        number_in(message.value, "quality"),
        jpeg_in(message, "preview_jpeg", is_needed=True),
        jpeg_in(message, "crop_jpeg", is_needed=True),
    )


def references_heard(message: Message, name: str) -> "References":
    from recognition.references import References

    check_kind(message, "references")
    vectors = array_in(message, "vectors", "f4", 2)
    qualities = floats_in(message, "qualities")
    if not 1 <= len(vectors) == len(qualities) <= _MOST_SHOTS or not 1 <= vectors.shape[1] <= _MOST_DIMENSIONS:
        raise Nonsense("sends vectors that cannot be")
    return References(vectors, (name,) * len(vectors), qualities)


def pictures_heard(message: Message) -> tuple[bytes, bytes] | None:
    check_kind(message, "pictures")
    if not message.parts:
        return None
    return jpeg_in(message, "crop_jpeg", is_needed=True), jpeg_in(message, "context_jpeg", is_needed=True)


def first_look_heard(message: Message) -> "FirstLook":
    from recognition.first_look import FirstLook

    check_kind(message, "first look")
    clock = message.value.get("clock")
    return FirstLook(
        _info({name: said for name, said in message.value.items() if name != "clock"}),
        jpeg_in(message, "first_frame_jpeg", is_needed=True),
        None if clock is None else _clock(clock, jpeg_in(message, "clock_jpeg", is_needed=True)),
    )


def _info(value: Mapping[str, Any]) -> FootageInfo:
    created = value.get("created_at")
    return FootageInfo(
        codec=text_in(value, "codec"),
        width=count_in(value, "width"),
        height=count_in(value, "height"),
        duration_s=None if value.get("duration_s") is None else number_in(value, "duration_s"),
        frames_claimed=count_or_none_in(value, "frames_claimed"),
        first_frame_s=number_in(value, "first_frame_s"),
        time_source=text_in(value, "time_source"),
        rotation_deg=count_in(value, "rotation_deg"),
        container=text_in(value, "container"),
        created_at=None if created is None else moment_of(created),
        taken=taken_heard(value.get("taken")),
        is_still=value.get("is_still") is True,
    )


def _clock(value: Any, crop_jpeg: bytes) -> "ClockReading":
    from recognition.burnt_in import ClockReading

    if not isinstance(value, dict):
        raise Nonsense("sends a clock of another form")
    candidates = value.get("candidates")
    if not isinstance(candidates, list) or len(candidates) > _MOST_CLOCKS:
        raise Nonsense("sends too many clocks")
    return ClockReading(
        text=text_in(value, "text"),
        shown=clock_of(value.get("shown")),
        at_s=number_in(value, "at_s"),
        uncertainty_s=number_in(value, "uncertainty_s"),
        box_px=box_in(value, "box_px"),
        confidence=number_in(value, "confidence"),
        crop_jpeg=crop_jpeg,
        order_in_doubt=value.get("order_in_doubt") is True,
        candidates=tuple(clock_of(one) for one in candidates),
    )


def references_vectors(message: Message) -> Float:
    """The vectors that go along with a request to search a segment."""
    return np.asarray(array_in(message, "references", "f4", 2), np.float32)
