"""The people of ../shared as an engine sees them, once: photos, tracks made from them, and tracks of real footage.

Half of the people, pictures and clips are for fitting calibrations (`fit`), the others for judging them (`test`).
"""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np

from benchmarks.material import FACES, cache_folder
from recognition.engines import open_engine
from recognition.faces import Engine, Faces, Image
from recognition.images import read_image
from recognition.made_tracks import Compared, made_tracks
from recognition.quality import quality
from recognition.references import References
from recognition.scan import ScannedTrack, scan

Side = Literal["fit", "test"]

PEOPLE_VERSION = 2
RECOGNITION = Path(__file__).resolve().parents[1] / "recognition"
STILLS_CODE = ("made_tracks.py", "quality.py", "engines/alignment.py")
SCAN_CODE = (*STILLS_CODE, "scan.py", "tracks.py", "attention.py", "calm.py", "decoding.py", "footage.py", "joining.py")
# folders of famous people may hold the same ones without a name, and the Hamilton clip shows some of them
POOLS = {"deepface": "famous", "facenet_street": "famous", "face_recognition": "famous"}
CLIPS: dict[str, tuple[Side, str]] = {
    "intel_corridor/classroom.gif": ("fit", "corridor"),
    "intel_corridor/face-demographics-walking-and-pause.gif": ("fit", "corridor"),
    "intel_corridor/head-pose-face-detection-female-and-male.gif": ("fit", "corridor"),
    "intel_corridor/head-pose-face-detection-female.gif": ("fit", "corridor"),
    "intel_corridor/head-pose-face-detection-male.gif": ("fit", "corridor"),
    "facenet_street/street.mp4": ("fit", "street"),
    "face_recognition/short_hamilton_clip.mp4": ("test", "famous"),
    "intel_corridor/one-by-one-person-detection.mp4": ("test", "passers-by"),
}
# who is known on a clip: the person, and where or when the tracks of theirs are
KNOWN: dict[str, dict[str, Callable[[ScannedTrack], bool]]] = {
    "intel_corridor/face-demographics-walking-and-pause.gif": {"intel_woman": lambda t: t.best_box_px[2] < 160},
    "intel_corridor/head-pose-face-detection-female-and-male.gif": {
        "intel_woman": lambda t: t.best_box_px[2] < 240,
        "intel_man": lambda t: t.best_box_px[0] > 240,
    },
    "intel_corridor/head-pose-face-detection-female.gif": {"intel_woman": lambda _: True},
    "intel_corridor/head-pose-face-detection-male.gif": {"intel_man": lambda _: True},
    # he sings alone and close; what is small beside him is no face
    "face_recognition/short_hamilton_clip.mp4": {
        "lin_manuel_miranda": lambda t: t.start_s > 3.6 and t.end_s < 7.9 and t.best_box_px[3] - t.best_box_px[1] > 80
    },
}

_LEAST_QUALITY = 0.3
# shows another person than it says, or people who are named elsewhere
_LEFT_OUT = {"lfw10/Arnold_Schwarzenegger/Arnold_Schwarzenegger_0007.jpg"}
_WITHOUT_UNNAMED = "face_recognition"


@dataclass(frozen=True)
class People:
    """Photos (one shot each) of people with a name, tracks made from photos, and tracks of footage, all by one engine.

    Faces without a name give tracks only: among them are things that the detector takes for faces, as in footage, but
    no investigator would take one for a reference photo.
    """

    photos: tuple[Compared, ...]
    made: tuple[Compared, ...]
    footage: tuple[Compared, ...]

    def of(self, side: Side) -> "People":
        """The people, pictures and clips of one half."""
        mine = sides(self.made)
        return People(
            tuple(p for p in self.photos if mine.get(_who(p), "fit") == side),
            tuple(t for t in self.made if mine[_who(t)] == side),
            tuple(t for t in self.footage if CLIPS[t.source.partition("#")[0]][0] == side),
        )

    @property
    def persons(self) -> int:
        """How many different people the photos and made tracks show; faces without a name count one each."""
        return len({one.person or one.source for one in (*self.photos, *self.made)})


def sides(made: tuple[Compared, ...]) -> dict[str, Side]:
    """On which side each person is (every second name), and each picture of people without a name (evenly filled)."""
    names = sorted({track.person for track in made if track.person})
    found: dict[str, Side] = {name: "test" if i % 2 else "fit" for i, name in enumerate(names)}
    crowds = Counter(_who(track) for track in made if not track.person)
    fit = test = 0
    for source, tracks in sorted(crowds.items(), key=lambda crowd: (-crowd[1], crowd[0])):
        if fit <= test:
            found[source], fit = "fit", fit + tracks
        else:
            found[source], test = "test", test + tracks
    return found


def people_of(engine_name: str) -> tuple[Engine, People]:
    """The engine, and everybody as it sees them; from the cache where it was done before."""
    cache = cache_folder()
    engine = open_engine(engine_name, models_dir=cache, cache_dir=cache)
    stills, scans = _key(engine, STILLS_CODE), _key(engine, SCAN_CODE)
    photos, made = _kept(cache / f"people-{stills}.npz", lambda: _stills(engine))
    anyone = References(photos[0].vectors, ("anyone",), (1.0,))
    (footage,) = _kept(cache / f"people-footage-{scans}.npz", lambda: (list(_footage(engine, anyone)),))
    return engine, People(photos, made, footage)


def _key(engine: Engine, code: tuple[str, ...]) -> str:
    """Another one for other model files, and when the code that looks at pictures changes."""
    parts = [str(PEOPLE_VERSION), *sorted(engine.info.models.values())]
    files = sorted(path for pattern in code for path in RECOGNITION.glob(pattern))
    parts += [sha256(path.read_bytes()).hexdigest() for path in files]
    return sha256("".join(parts).encode()).hexdigest()[:16]


def _stills(engine: Engine) -> tuple[list[Compared], list[Compared]]:
    photos: list[Compared] = []
    made: list[Compared] = []
    for source, person, image, faces, row in _faces(engine):
        face, pool = faces[[row]], POOLS.get(source.split("/")[0], source.split("/")[0])
        value = float(quality(image, face)[0])
        if value < _LEAST_QUALITY:
            continue
        vectors, size_px = engine.embed(image, face), float(face.size_px[0])
        if person:
            photos.append(Compared(person, pool, source, vectors, (size_px,), (value,)))
        seed, of_face = crc32(f"{source}#{row}".encode()), source if person else f"{source}#{row}"
        made += made_tracks(engine, image, face, person=person, pool=pool, source=of_face, seed=seed)
    return photos, made


def _footage(engine: Engine, anyone: References) -> Iterator[Compared]:
    for clip, (_, pool) in CLIPS.items():
        for i, track in enumerate(scan(FACES / clip, engine=engine, references=anyone).tracks):
            person = next((name for name, is_theirs in KNOWN.get(clip, {}).items() if is_theirs(track)), "")
            if track.vectors is not None:
                yield Compared(person, pool, f"{clip}#{i}", track.vectors, track.shot_px, track.shot_quality)


def _faces(engine: Engine) -> Iterator[tuple[str, str, Image, Faces, int]]:
    """Source, person, picture, its faces and which of them: the one who is named, or each of those who are not."""
    for labels in sorted(FACES.glob("*/labels.csv")):
        folder = labels.parent
        with labels.open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["kind"] in ("still", "group")]
        for row in rows:
            source, person = f"{folder.name}/{row['file']}", row["identity"]
            is_named = bool(person) and ";" not in person
            if source in _LEFT_OUT or (not is_named and folder.name == _WITHOUT_UNNAMED):
                continue
            image = read_image(folder / row["file"])
            faces = engine.detect(image, min_face_px=engine.info.min_face_px)
            which = range(len(faces))
            for at in [_named_face(image, faces, folder.name)][: len(faces)] if is_named else which:
                yield source, person if is_named else "", image, faces, at


def _named_face(image: Image, faces: Faces, folder: str) -> int:
    """The largest face; in LFW's cuts the one in the middle."""
    if not len(faces):
        return 0
    if folder != "lfw10":
        return int(faces.size_px.argmax())
    middle = np.array([image.shape[1], image.shape[0]]) / 2
    return int(np.linalg.norm((faces.box_px[:, :2] + faces.box_px[:, 2:]) / 2 - middle, axis=1).argmin())


def _who(shown: Compared) -> str:
    return shown.person or shown.source.partition("#")[0]


def _kept(path: Path, make: Callable[[], tuple[list[Compared], ...]]) -> tuple[tuple[Compared, ...], ...]:
    """What `make` gives, kept at `path`."""
    if not path.is_file():
        groups = make()
        everyone = [one for group in groups for one in group]
        about = [
            {k: v for k, v in vars(one).items() if k != "vectors"} | {"shots": len(one.vectors)} for one in everyone
        ]
        part = path.with_suffix(".part.npz")
        vectors = np.concatenate([one.vectors for one in everyone])
        np.savez(part, about=json.dumps(about), counts=[len(group) for group in groups], vectors=vectors)
        part.replace(path)
    with np.load(path) as kept:
        about, counts, vectors = json.loads(str(kept["about"])), kept["counts"], kept["vectors"]
    ends = np.cumsum([one["shots"] for one in about])
    found = [
        Compared(
            one["person"], one["pool"], one["source"], vectors[end - one["shots"] : end],
            tuple(one["shot_px"]), tuple(one["shot_quality"]),
        )
        for one, end in zip(about, ends, strict=True)
    ]  # fmt: skip
    starts = np.cumsum([0, *counts])
    return tuple(tuple(found[a:b]) for a, b in pairwise(starts))
