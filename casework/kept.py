"""Tracks and vectors as the store keeps them, and as recognition works with them."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from data.files import Files
from data.models import Derivative, FaceVectors, Footage, utc_now
from recognition.faces import Float

if TYPE_CHECKING:  # the web door compares vectors, too, and must not load a decoder
    from recognition.scan import ScannedTrack

CROP, CONTEXT = "face cut out of a frame", "frame made smaller, with a box around the face"
"""How the pictures of a track were made."""
Pieces = Mapping[tuple[int, int], FaceVectors]


def face_vectors(
    engine: str, rows: Float, *, px: tuple[float, ...] = (), quality: tuple[float, ...] = ()
) -> FaceVectors:
    """Vectors as they are kept."""
    return FaceVectors(engine, rows.shape[1], rows.astype("<f4").tobytes(), px, quality)


def rows_of(vectors: FaceVectors) -> Float:
    """Kept vectors, ``(n, dimensions)``."""
    return np.frombuffer(vectors.data, "<f4").reshape(-1, vectors.dimensions).astype(np.float32)


def vectors_of(track: "ScannedTrack", engine: str) -> FaceVectors | None:
    """The vectors of a track as they are kept; None where it has none."""
    if track.vectors is None or not len(track.vectors):
        return None
    return face_vectors(engine, track.vectors, px=track.shot_px, quality=track.shot_quality)


def kept_track(files: Files, track: "ScannedTrack", footage: Footage) -> dict[str, Any]:
    """A track as it is kept with its segment: plain values, pictures by hash, vectors elsewhere."""
    kept = asdict(replace(track, crop_jpeg=None, context_jpeg=None, vectors=None))
    del kept["vectors"]
    for name, picture in (("crop", track.crop_jpeg), ("context", track.context_jpeg)):
        del kept[f"{name}_jpeg"]
        kept[name] = files.put_bytes(picture, what=footage.original_name) if picture else None
    return kept


def derivatives_of(footage: Footage, track: Mapping[str, Any], *, made_by: str) -> Iterator[Derivative]:
    """What the pictures of a kept track were made from."""
    at_s, box_px = float(track["best_s"]), _box(track["best_box_px"])
    for name, kind in (("crop", CROP), ("context", CONTEXT)):
        if track.get(name):
            yield Derivative(footage.case_id, track[name], footage.sha256, kind, made_by, utc_now(), at_s, box_px)


def _box(sides: Any) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = (float(side) for side in sides)
    return x1, y1, x2, y2


def scanned_tracks(result: Mapping[str, Any], segment: int, vectors: Pieces) -> "tuple[ScannedTrack, ...]":
    """The tracks of a segment as `join` wants them, with the `vectors` that are there, by (segment, place).

    Their pictures are found again by `picture_key`; `crop_jpeg` only tells whether there are any.
    """
    return tuple(_scanned(kept, vectors.get((segment, place))) for place, kept in enumerate(result["tracks"]))


def _scanned(kept: Mapping[str, Any], vectors: FaceVectors | None) -> "ScannedTrack":
    from recognition.scan import ScannedTrack

    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in kept.items()}
    del values["crop"], values["context"]
    # what is told of the shots goes along with the vectors, so that rows and sizes still belong together when joined
    values |= {"shot_px": vectors.px if vectors else (), "shot_quality": vectors.quality if vectors else ()}
    rows = None if vectors is None else rows_of(vectors)
    return ScannedTrack(**values, vectors=rows, crop_jpeg=b"" if kept["crop"] else None)


def picture_key(best_s: float, best_box_px: tuple[float, ...] | list[float]) -> tuple[float, tuple[float, ...]]:
    """What a track and the piece of it that holds its pictures have in common."""
    return best_s, tuple(best_box_px)


def track_id(footage: Footage, engine: str, track: "ScannedTrack") -> str:
    """The same track of the same footage is the same match, whichever scan found it."""
    identity = f"{footage.case_id} {footage.id} {engine} {track.start_s:.3f} {track.first_box_px}"
    return hashlib.sha256(identity.encode()).hexdigest()[:32]
