"""The truth about real clips, as far as watching every frame tells it.

The rule: MTCNN (from 24 px on) looks at every frame at full size; its boxes that follow one another at one place,
up to a cut, are one appearance if it lasts 1.0 s or more, the face reaches 32 px, MTCNN sees it on half of the frames
or more, and SCRFD sees it too, on three frames or more. It counts as the person sought where dlib's reach the alert
threshold once.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.made_truth import Appearance, Box, Clip, Found, Sight, joined, overlap, read_clip, write_clip_truth
from benchmarks.material import CORRIDOR, ENGINES, FACES, HAMILTON, cache_folder
from recognition.engines import open_engine
from recognition.faces import Engine, Float, Image
from recognition.references import reference_vectors
from recognition.tracks import is_cut

SEEN_VERSION = 1
LEAST_S = 1.0
LEAST_PX = 32.0
LEAST_SHARE = 0.5
LEAST_AGREED = 3

_LIN = FACES / "face_recognition" / "lin-manuel-miranda.png"
REAL = {
    "hamilton": (HAMILTON, "busy, cuts, film from a stage", "lin_manuel_miranda", (_LIN,)),
    # nobody is named in it: whoever is found is a stranger
    "corridor": (CORRIDOR, "people come, stand with their backs to the camera, and go", "lin_manuel_miranda", (_LIN,)),
}


def seen(name: str) -> Clip:
    """The real clip called hamilton or corridor, with its truth; from the cache when it is there."""
    source, how, sought, references = REAL[name]
    path = cache_folder() / f"{name}-v{SEEN_VERSION}.mp4"
    kept = read_clip(path)
    if kept is not None:
        return kept
    print(f"  finding the truth about {source.name}: MTCNN and SCRFD on every frame ...", flush=True)
    shutil.copyfile(source, path)
    mtcnn, scrfd = (open_engine(e, models_dir=cache_folder(), cache_dir=cache_folder()) for e in ENGINES)
    wanted = reference_vectors(mtcnn, list(references)).vectors
    followed: list[Found] = []
    by_mtcnn: list[tuple[Sight, float | None]] = []
    before: Float | None = None
    by_scrfd: dict[float, list[Box]] = {}
    times: list[float] = []
    for time_s, image in _frames(path):
        times.append(time_s)
        small = _thumbnail(image)
        if before is not None and is_cut(before, small):
            followed += joined(by_mtcnn, apart_s=0.5)
            by_mtcnn = []
        before = small
        faces = mtcnn.detect(image, min_face_px=24)
        alike = mtcnn.similarity(mtcnn.embed(image, faces), wanted).max(axis=1) if len(faces) else np.zeros(0)
        by_mtcnn += [(Sight(time_s, b), float(s)) for b, s in zip(_boxes(faces.box_px), alike, strict=True)]
        by_scrfd[time_s] = _boxes(scrfd.detect(image, min_face_px=24).box_px)
    followed += joined(by_mtcnn, apart_s=0.5)
    kept_ones = [f for f in followed if is_appearance(f, times, by_scrfd)]
    kept_ones.sort(key=lambda f: f.sights[0].time_s)
    clip = Clip(
        name=name, path=path, how=how, width=image.shape[1], height=image.shape[0], frames=len(times),
        duration_s=times[-1] + float(np.median(np.diff(times))), sought=sought, references=references,
        appearances=tuple(_appearance(i, f, mtcnn, sought) for i, f in enumerate(kept_ones)),
    )  # fmt: skip
    write_clip_truth(clip)
    return clip


def is_appearance(found: Found, times_s: list[float], others: dict[float, list[Box]]) -> bool:
    """Whether what MTCNN followed is an appearance by the rule above; `others` are SCRFD's boxes at each time."""
    first, last = found.sights[0].time_s, found.sights[-1].time_s
    due = sum(first <= t <= last for t in times_s)
    agreed = sum(any(overlap(s.box_px, b) >= 0.3 for b in others.get(s.time_s, [])) for s in found.sights)
    return (
        last - first >= LEAST_S
        and max(_size(s.box_px) for s in found.sights) >= LEAST_PX
        and len(found.sights) >= LEAST_SHARE * due
        and agreed >= LEAST_AGREED
    )


def _appearance(number: int, found: Found, engine: Engine, sought: str) -> Appearance:
    is_sought = found.similarity is not None and found.similarity >= engine.info.alert_threshold
    return Appearance(
        number=number,
        person=sought if is_sought else f"somebody {number}",
        is_sought=is_sought,
        start_s=found.sights[0].time_s,
        end_s=found.sights[-1].time_s,
        face_px=max(_size(s.box_px) for s in found.sights),
        motion="real",
        times_s=tuple(s.time_s for s in found.sights),
        boxes_px=tuple(s.box_px for s in found.sights),
    )


def _frames(path: Path) -> Iterator[tuple[float, Image]]:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield frame.time, np.asarray(frame.to_ndarray(format="bgr24"), dtype=np.uint8)


def _thumbnail(image_bgr: Image) -> Float:
    small = cv2.resize(image_bgr, (32, 18), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), dtype=np.float32)


def _boxes(box_px: np.ndarray) -> list[Box]:
    return [(float(a), float(b), float(c), float(d)) for a, b, c, d in box_px]


def _size(box: Box) -> float:
    return min(box[2] - box[0], box[3] - box[1])
