"""The person sought, as vectors: one for each reference photo or short clip."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import NoFace, SeveralFaces
from recognition.faces import Engine, Faces, Float
from recognition.footage import frames
from recognition.images import read_image
from recognition.quality import quality
from recognition.tally import Tally
from recognition.tracks import Follower, Track, observe

# A second face this much smaller in area is a passer-by in the background, not a second person who might be meant;
# but not where the detector is this much surer of it: MTCNN once saw a large "face" in sand between two women.
DOMINANT_AREA = 4.0
_SURER = 0.1

_SAMPLE_FPS = 8.0
_CUT_CELL_PX = 6
_LONGEST_CLIP_S = 60.0
_LEAST_SHARE = 0.25  # of the longest track's samples: what is seen more rarely is no second person
_MAX_PIXELS = 60_000_000
_CLIP_HEADS = ((0, b"GIF8"), (4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (0, b"RIFF"), (0, b"G@"), (0, b"FLV"))


@dataclass(frozen=True)
class References:
    """What the footage is compared with: ``(r, d)`` vectors, the file each came from, and each one's quality."""

    vectors: Float
    names: tuple[str, ...]
    qualities: tuple[float, ...]


def reference_vectors(engine: Engine, paths: list[Path], *, max_pixels: int = _MAX_PIXELS) -> References:
    """The vectors of the one person whom all `paths` show.

    A photo gives one vector; a clip (GIF, MP4, ...; its first minute) gives one for each of the best shots of the
    one person in it.

    Raises
    ------
    NoFace
        A file shows no face that can be used.
    SeveralFaces
        A photo shows a second face of more than a quarter of the largest one's area, or a clip a second person.
    UnreadableImage, UnreadableFootage
        A file is no picture, or too large to open safely.
    """
    if not paths:
        raise NoFace("references: at least one photo or clip is needed")
    found: list[tuple[str, Float, list[float]]] = []
    for path in paths:
        shots = _clip_shots(engine, path, max_pixels) if _is_clip(path) else _photo_shots(engine, path, max_pixels)
        found.append((path.name, *shots))
    return References(
        vectors=np.concatenate([vectors for _, vectors, _ in found]),
        names=tuple(name for name, vectors, _ in found for _ in vectors),
        qualities=tuple(value for _, _, values in found for value in values),
    )


def only_face(faces: Faces, name: str) -> Faces:
    """The one face of a reference photo called `name`.

    Raises
    ------
    NoFace, SeveralFaces
        There is none, or a second one of more than a quarter of the largest one's area, or of a far better score.
    """
    if not len(faces):
        raise NoFace(
            f"{name}: shows no face that can be used; give a photo with the face larger and turned to the camera"
        )
    sides = faces.box_px[:, 2:] - faces.box_px[:, :2]
    area = sides.prod(axis=1)
    largest = int(area.argmax())
    is_rival = (area * DOMINANT_AREA > area[largest]) | (faces.score > faces.score[largest] + _SURER)
    rivals = int(is_rival.sum())
    if rivals > 1:
        raise SeveralFaces(f"{name}: shows {rivals} faces; cut the picture to the person who is sought")
    return faces[[largest]]


def _photo_shots(engine: Engine, path: Path, max_pixels: int) -> tuple[Float, list[float]]:
    image = read_image(path, max_pixels=max_pixels)
    face = only_face(engine.detect(image, min_face_px=engine.info.min_face_px), path.name)
    return engine.embed(image, face), [float(quality(image, face)[0])]


def _clip_shots(engine: Engine, path: Path, max_pixels: int) -> tuple[Float, list[float]]:
    follower = Follower(sample_fps=_SAMPLE_FPS)
    tracks: dict[int, Track] = {}
    for frame in frames(path, None, sample_fps=_SAMPLE_FPS, tally=Tally(), max_pixels=max_pixels):
        if frame.time_s > _LONGEST_CLIP_S:
            break
        follower.look(frame.grey(_CUT_CELL_PX))
        faces = engine.detect(frame.image_bgr, min_face_px=engine.info.min_face_px)
        observe(frame, faces, follower, tracks)
    if not tracks:
        raise NoFace(f"{path.name}: shows no face that can be used")
    longest = max(tracks.values(), key=lambda track: (track.seen, -track.number))
    others = sum(
        track.seen >= _LEAST_SHARE * longest.seen for track in tracks.values() if _overlap_s(track, longest) > 0
    )
    if others > 1:
        raise SeveralFaces(f"{path.name}: shows {others} people; give a clip of the person who is sought alone")
    vectors = engine.embed_crops([(shot.crop_bgr, shot.face) for shot in longest.shots])
    return vectors, [shot.quality for shot in longest.shots]


def _overlap_s(a: Track, b: Track) -> float:
    """Seconds for which both were there; two tracks one after the other may be one person."""
    return 1.0 if a is b else min(a.end_s, b.end_s) - max(a.start_s, b.start_s)


def _is_clip(path: Path) -> bool:
    """Whether the file begins as a video or GIF does; everything else is tried as a photo."""
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    is_still = head[8:12] in (b"WEBP", b"avif", b"heic", b"mif1", b"heix")
    return not is_still and any(head[at:].startswith(mark) for at, mark in _CLIP_HEADS)
