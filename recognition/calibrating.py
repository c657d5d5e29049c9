"""Calibrates an engine on an agency's own photos: one folder for each person."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zlib import crc32

from data.errors import BadInput, NoFace, SeveralFaces, UnreadableImage
from recognition.calibration import ALERT_FALSE_PER_1000_TRACKS as _ALERT
from recognition.calibration import REVIEW_FALSE_PER_1000_TRACKS as _REVIEW
from recognition.calibration import Calibration
from recognition.calibration_fit import FOOTAGE_SHARES, LEAST_OF_CLASS, fit, photos_power
from recognition.comparisons import compare
from recognition.faces import Engine
from recognition.images import read_image
from recognition.made_tracks import Compared, made_tracks
from recognition.quality import quality
from recognition.references import only_face

LEAST_PEOPLE = 20
LEAST_PICTURES = 2  # of one person, to count as known
MOST_PICTURES = 1200  # 5 million comparisons, a quarter of an hour; taken evenly from all people

_LEAST_QUALITY = 0.3


@dataclass(frozen=True)
class Calibrated:
    """A calibration, and what its pictures say of the engine.

    `found_at` holds the share of pairs of photos of one person that are told from strangers at a false-match rate of
    0.01 and of 0.001; `left_out` why pictures were not used, one line each.
    """

    calibration: Calibration
    pictures: int
    found_at: tuple[float, float]
    left_out: tuple[str, ...]

    def in_words(self) -> str:
        """What was measured, for people, in a few lines."""
        made = self.calibration
        review, alert = (made.threshold_for(rate, 1000) for rate in (_REVIEW, _ALERT))
        return "\n".join([
            f"{made.engine}: {self.pictures:,} pictures of {made.people:,} people, {made.genuine:,} comparisons of the "
            f"same person, {made.strangers:,} of {made.pairs:,} pairs of strangers",
            f"pairs of photos told apart (TAR): {self.found_at[0]:.3f} at FMR 1e-2, {self.found_at[1]:.3f} at FMR 1e-3",
            f"offered for review from {review:.3f} on ({_REVIEW:g} strangers in 1,000 tracks), "
            f"alert from {alert:.3f} on ({_ALERT:g})",
        ])  # fmt: skip


def to_json(calibrated: Calibrated, stored: Path) -> dict[str, Any]:
    """What ``cli.py calibrate`` writes: counts, how well people are told apart, and where the calibration lies."""
    made = calibrated.calibration
    return {
        "engine": {"name": made.engine, "models": made.models},
        "measured_on": made.measured_on,
        "people": made.people,
        "pictures": calibrated.pictures,
        "left_out": list(calibrated.left_out),
        "genuine_comparisons": made.genuine,
        "stranger_comparisons": made.strangers,
        "pairs_of_strangers": made.pairs,
        "tar_at_fmr_1e-2": round(calibrated.found_at[0], 4),
        "tar_at_fmr_1e-3": round(calibrated.found_at[1], 4),
        "review_floor": round(made.threshold_for(_REVIEW, 1000), 3),
        "alert_threshold": round(made.threshold_for(_ALERT, 1000), 3),
        "stored": str(stored),
    }


def calibrate(engine: Engine, folder: Path, *, max_pixels: int, today: date) -> Calibrated:
    """Fit a calibration to the pictures in `folder`, which holds one folder for each person.

    Each picture must show one face that might be meant, as a reference photo does.

    Raises
    ------
    BadInput
        `folder` is none, or holds too few people or pictures; the message says how many are needed.
    """
    photos: list[Compared] = []
    made: list[Compared] = []
    left_out: list[str] = []
    for person, path in evenly(people_in(folder)):
        if len(photos) >= MOST_PICTURES:
            left_out.append(f"{person}/{path.name}: not needed, {MOST_PICTURES:,} pictures are enough")
            continue
        try:
            photo, tracks = _of_picture(engine, person, path, max_pixels)
        except (UnreadableImage, NoFace, SeveralFaces) as error:
            left_out.append(f"{person}: {error}")
            continue
        photos.append(photo)
        made += tracks
    _refuse_too_few(photos, folder)
    comparisons = compare(engine, made, photos)
    calibration = fit(
        engine.info.name,
        engine.info.models,
        comparisons,
        footage_shares=FOOTAGE_SHARES,
        photos_power=photos_power(engine, made, photos),
        people=len({photo.person for photo in photos}),
        source="tracks made from the agency's own photos",
        measured_on=today,
    )
    if not calibration.tails:
        raise BadInput(
            f"{folder}: {len(photos)} usable pictures give fewer than {LEAST_OF_CLASS:,} comparisons of strangers in "
            "every class of face size; use more people, and pictures whose faces are at least 100 pixels wide"
        )
    pairs = compare(engine, photos, photos)
    return Calibrated(calibration, len(photos), (pairs.found_at(1e-2), pairs.found_at(1e-3)), tuple(left_out))


def people_in(folder: Path) -> dict[str, list[Path]]:
    """The files of each person: of every folder in `folder`, sorted; hidden ones are passed over.

    Raises
    ------
    BadInput
        `folder` is no folder.
    """
    if not folder.is_dir():
        raise BadInput(f"{folder}: is no folder; give one that holds a folder of pictures for each person")
    people = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    return {p.name: sorted(f for f in p.iterdir() if f.is_file() and not f.name.startswith(".")) for p in people}


def evenly(people: dict[str, list[Path]]) -> Iterator[tuple[str, Path]]:
    """The first picture of everybody, then the second of everybody, and so on.

    >>> [name for name, _ in evenly({"a": [Path("1"), Path("2")], "b": [Path("1")]})]
    ['a', 'b', 'a']
    """
    for row in zip_longest(*people.values()):
        yield from ((name, path) for name, path in zip(people, row, strict=True) if path is not None)


def _of_picture(engine: Engine, person: str, path: Path, max_pixels: int) -> tuple[Compared, list[Compared]]:
    """The photo as a reference, and the tracks made from it."""
    image = read_image(path, max_pixels=max_pixels)
    face = only_face(engine.detect(image, min_face_px=engine.info.min_face_px), path.name)
    source, value = f"{person}/{path.name}", float(quality(image, face)[0])
    photo = Compared(person, "own", source, engine.embed(image, face), (float(face.size_px[0]),), (value,))
    seed = crc32(source.encode("utf-8", "surrogateescape"))
    tracks = made_tracks(engine, image, face, person=person, pool="own", source=source, seed=seed)
    return photo, tracks if value >= _LEAST_QUALITY else []


def _refuse_too_few(photos: list[Compared], folder: Path) -> None:
    pictures = Counter(photo.person for photo in photos)
    known = sum(count >= LEAST_PICTURES for count in pictures.values())
    strangers = sum(count * (len(photos) - count) for count in pictures.values())
    if known < LEAST_PEOPLE or strangers < LEAST_OF_CLASS:
        raise BadInput(
            f"{folder}: {len(photos)} usable pictures, {known} people with {LEAST_PICTURES} or more, "
            f"{strangers:,} pairs of strangers; needed are at least {LEAST_PEOPLE} such people and {LEAST_OF_CLASS:,} "
            "pairs (a good calibration has hundreds of people)"
        )
