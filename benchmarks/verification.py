"""How well engines tell people apart, and whether what their calibrations promise comes true.

python -m benchmarks.verification                   prints every table
python -m benchmarks.verification --store           fits the calibrations that come with LastSeen again, and stores them
"""

import csv
import sys
from datetime import UTC, datetime
from itertools import pairwise
from math import inf

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from benchmarks.material import FACES, PACK, missing
from benchmarks.people import CLIPS, People, people_of
from benchmarks.shot_ways import print_aggregation, print_ways_on_footage, print_ways_with_albums
from recognition.calibration import SHIPPED, Calibration, file_name, find_calibration, write_calibration
from recognition.calibration_fit import CLASSES_PX, fit, photos_power, shares_of
from recognition.comparisons import Comparisons, compare, joined
from recognition.faces import Engine, Float
from recognition.images import read_image
from recognition.similarity import photo_similarities

Double = NDArray[np.float64]

ENGINES = {
    "open": "open",
    "insightface:test_small": f"insightface:{PACK}",
    "mtcnn+insightface:test_small": f"mtcnn+insightface:{PACK}",
}
SOURCE = "photos made into tracks, and footage, of LastSeen's test material"


def main() -> int:
    if missing():
        print(missing())
        return 0
    everyone = {label: people_of(name) for label, name in ENGINES.items()}
    if "--store" in sys.argv[1:]:
        for label, (engine, people) in everyone.items():
            path = SHIPPED / file_name(label)
            write_calibration(fitted(label, engine, people.of("fit")), path)
            print(f"stored {path}")
        everyone = {label: people_of(name) for label, name in ENGINES.items()}
    for label, (engine, people) in everyone.items():
        calibration = find_calibration(engine.info.models)
        print(f"\n=== {label} ===")
        if calibration is None:
            print("not calibrated: python -m benchmarks.verification --store")
            continue
        unseen = people.of("test")
        print_calibration(calibration, engine)
        print_stills(engine, unseen, "people the calibration never saw")
        print_stills(engine, people, "everybody")
        print_aggregation(engine, unseen)
        print_ways_with_albums(engine, people)
        print_ways_on_footage(engine, people)
        print_promises(engine, unseen, calibration)
        swapped = fitted(label, engine, unseen)
        print("the other way round (fitted to the people above, observed on the shipped calibration's):")
        print_promises(engine, people.of("fit"), swapped)
        print_footage(engine, unseen, calibration)
        print_albums(engine, unseen, calibration)
        print_pairs(engine, people, calibration)
    return 0


def fitted(label: str, engine: Engine, people: People) -> Calibration:
    """The calibration of an engine from its half of the people."""
    made, footage = compare(engine, people.made, people.photos), compare(engine, people.footage, people.photos)
    return fit(
        label,
        engine.info.models,
        joined(made, footage),
        footage_shares=shares_of(people.footage),
        photos_power=photos_power(engine, people.made, people.photos),
        people=people.persons,
        source=SOURCE,
        measured_on=datetime.now(UTC).date(),
    )


def print_calibration(calibration: Calibration, engine: Engine) -> None:
    info = engine.info
    print(f"calibrated {calibration.measured_on} on {calibration.people} people (none of them below):", end=" ")
    print(f"{calibration.genuine} comparisons of the same person, {calibration.strangers} of strangers")
    print(f"review floor {info.review_floor}, alert threshold {info.alert_threshold},", end=" ")
    print(f"rate grows with photos to the power of {calibration.photos_power}")


def print_stills(engine: Engine, people: People, whose: str) -> None:
    """All pairs of photos."""
    pairs = compare(engine, people.photos, people.photos)
    genuine, strangers = pairs.genuine, pairs.strangers
    names = len({photo.person for photo in people.photos})
    print(f"\nstills of {whose}: all pairs of {len(people.photos)} photos of {names} people")
    for rate in (1e-2, 1e-3):
        threshold = float(np.quantile(strangers, 1 - rate))
        hits, n = int((genuine > threshold).sum()) // 2, len(genuine) // 2
        print(f"  TAR at FMR {rate:g}: {hits / n:.3f} {interval(hits, n)} of {n}, threshold {threshold:.3f};", end=" ")
        print(
            f"{len(strangers) // 2} pairs of strangers, those above are {pairs.pairs_of_strangers(threshold)}", end=" "
        )
        print("pairs of people")


def print_promises(engine: Engine, people: People, calibration: Calibration) -> None:
    """The promised false-match rate against the observed one, on people and clips that the calibration never saw."""
    made, footage = compare(engine, people.made, people.photos), compare(engine, people.footage, people.photos)
    print("\nfalse-match rate: promised, and observed among people the calibration never saw")
    for name, compared in (("made tracks", made), ("footage", footage)):
        for threshold in (engine.info.review_floor, engine.info.alert_threshold):
            print(f"  {name}, all sizes, at {threshold}: {_observed(calibration, compared, threshold)}")
    for name, compared in (("made tracks", made), ("footage", footage)):
        for from_px, to_px in pairwise([*CLASSES_PX, inf]):
            part = compared.of_class(from_px, to_px)
            cells = [_promise(calibration, part, max(from_px, 1.0), rate) for rate in (1e-2, 1e-3, 1e-4)]
            print(f"  {name:11} {from_px:>3.0f} to {to_px:>3.0f} px, {len(part.strangers):5} of", end=" ")
            print(f"{part.pairs_of_strangers()} pairs of people: " + "; ".join(cells))
    ratios = np.array([calibration.llr(*row) for row in _rows(made)])
    print(
        f"  likelihood ratios, made tracks: Cllr {cllr(calibration, made):.3f} (0 perfect, 1 knows nothing);", end=" "
    )
    wrong = (ratios > 0)[~made.is_same].mean(), (ratios < 0)[made.is_same].mean()
    print(f"strangers above 0 {wrong[0]:.3f}, same below 0 {wrong[1]:.3f}")


def _observed(calibration: Calibration, compared: Comparisons, threshold: float) -> str:
    """Strangers at a threshold, promised by the sizes of their faces and observed."""
    strangers, n = ~compared.is_same, len(compared.strangers)
    rates = {px: calibration.tail_rate(threshold, px) for px in np.unique(compared.face_px[strangers])}
    promised = sum(rates[px] for px in compared.face_px[strangers])
    reaching = compared.similarity[strangers] >= threshold
    said = f"promised {promised:.1f}, observed {reaching.sum()} of {n}, binomial {interval(int(reaching.sum()), n, n)}"
    if not reaching.any():
        return said
    low, high = by_people(reaching, compared.pair[strangers])
    return f"{said}, by people ({low:.0f} to {high:.0f})"


def by_people(reaching: NDArray[np.bool_], pair: NDArray[np.int64]) -> tuple[float, float]:
    """The 95 % interval of a count, by drawing the pairs of people again 1,000 times: their pictures hang together."""
    counts = np.bincount(np.unique(pair, return_inverse=True)[1], weights=reaching)
    rng = np.random.default_rng(1)
    draws = [counts[rng.integers(0, len(counts), len(counts))].sum() for _ in range(1000)]
    return float(np.quantile(draws, 0.025)), float(np.quantile(draws, 0.975))


def _promise(calibration: Calibration, part: Comparisons, face_px: float, rate: float) -> str:
    """What was promised at the similarity where the calibration says `rate`, and what came."""
    low, high = -1.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if calibration.tail_rate(middle, face_px) > rate else (low, middle)
    seen, n = int((part.strangers >= high).sum()), len(part.strangers)
    people = f" by {part.pairs_of_strangers(high)} pairs" if seen else ""
    return f"{rate:g} at {high:.3f}: {seen}{people} = {seen / n:.1e} {interval(seen, n)}"


def cllr(calibration: Calibration, compared: Comparisons) -> float:
    """Cost of the log-likelihood ratio (Brummer and du Preez, 2006)."""
    ratios = np.array([calibration.llr(*row) for row in _rows(compared)]) * np.log(10)
    same, other = ratios[compared.is_same], ratios[~compared.is_same]
    return float((np.logaddexp(0, -same).mean() + np.logaddexp(0, other).mean()) / 2 / np.log(2))


def _rows(compared: Comparisons) -> list[tuple[float, float, float]]:
    return list(zip(compared.similarity, compared.face_px, compared.quality, strict=True))


def print_footage(engine: Engine, people: People, calibration: Calibration) -> None:
    """Scans of clips that do not hold the person: strangers offered, promised and observed."""
    print("\nscans for people who are not in the clip (each photo a search of its own)")
    thresholds = {"review floor": engine.info.review_floor, "alert threshold": engine.info.alert_threshold}
    for clip, (side, _) in CLIPS.items():
        tracks = [track for track in people.footage if track.source.startswith(clip)]
        if side != "test" or not tracks:
            continue
        strangers = compare(engine, tracks, people.photos).strangers
        searches = len(strangers) / len(tracks)
        for name, threshold in thresholds.items():
            sizes = [track.face_px for track in tracks]
            promised = calibration.expected_false(threshold, sizes) * searches
            typical = calibration.expected_false(threshold, len(tracks)) * searches
            seen = int((strangers >= threshold).sum())
            print(f"  {clip}: {len(tracks)} tracks x {searches:.0f} searches, {name} {threshold}:", end=" ")
            print(f"promised {promised:.1f} (by size; {typical:.1f} without), observed {seen}", end=" ")
            print(interval(seen, len(strangers), len(strangers)))


def print_albums(engine: Engine, people: People, calibration: Calibration) -> None:
    """Several photos of one person sought: strangers at the review floor, promised and observed."""
    print("\nseveral photos of one person (the best fitting counts), made tracks, at the review floor")
    named = sorted({photo.person for photo in people.photos if photo.person})
    albums = [[photo for photo in people.photos if photo.person == name] for name in named]
    for count in (1, 2, 4, 8):
        promised, seen, n = 0.0, 0, 0
        for album in (album[:count] for album in albums if len(album) >= count):
            vectors = np.concatenate([photo.vectors for photo in album])
            for track in people.made:
                if (track.person and track.person != album[0].person) or track.pool != album[0].pool:
                    n += 1
                    rate = calibration.false_match_rate(engine.info.review_floor, track.face_px, photos=count)
                    promised += rate.value
                    seen += float(photo_similarities(engine, track.vectors, vectors).max()) >= engine.info.review_floor
        if n:
            print(f"  {count} photos: promised {promised:.0f}, observed {seen} {interval(seen, n, n)} of {n}")


def print_pairs(engine: Engine, people: People, calibration: Calibration) -> None:
    """The 300 pairs of deepface/master.csv."""
    folder = FACES / "deepface"
    with (folder / "master.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    vectors: dict[str, tuple[Float, float] | None] = {}
    for name in sorted({row[key] for row in rows for key in ("file_x", "file_y")}):
        image = read_image(folder / name)
        faces = engine.detect(image, min_face_px=engine.info.min_face_px)
        largest = [int(faces.size_px.argmax())] if len(faces) else []
        vectors[name] = (engine.embed(image, faces[largest]), float(faces.size_px[largest[0]])) if largest else None
    faceless = sorted(name for name, found in vectors.items() if found is None)
    same = np.array([row["Decision"] == "Yes" for row in rows])
    alike = np.array([_pair(engine, vectors[row["file_x"]], vectors[row["file_y"]]) for row in rows])
    unseen = {photo.source.partition("/")[2] for photo in people.of("test").photos if photo.pool == "famous"}
    both = np.array([row["file_x"] in unseen and row["file_y"] in unseen for row in rows])
    print(f"\ndeepface/master.csv, {len(rows)} pairs, {int(same.sum())} of one person, {int(both.sum())} of people the")
    print(
        f"calibration never saw; pictures without a detected face (a pair with one counts as 'different'): {faceless}"
    )
    for name, threshold in (
        ("review floor", engine.info.review_floor),
        ("1 stranger in 1,000", calibration.threshold_for(1.0, 1000)),
        ("alert threshold", engine.info.alert_threshold),
    ):
        right = (alike >= threshold) == same
        hits, false = int((alike[same] >= threshold).sum()), int((alike[~same] >= threshold).sum())
        print(
            f"  {name} {threshold:.3f}: accuracy {right.mean():.4f} {interval(int(right.sum()), len(right))},", end=" "
        )
        print(f"unseen people {right[both].mean():.4f}; {hits}/{same.sum()} found, {false} of {(~same).sum()} false")


def _pair(engine: Engine, a: tuple[Float, float] | None, b: tuple[Float, float] | None) -> float:
    return -1.0 if a is None or b is None else float(engine.similarity(a[0], b[0])[0, 0])


def interval(seen: int, n: int, scale: float = 1.0) -> str:
    """The 95 % interval of a share (Clopper and Pearson, 1934), times `scale`."""
    low = 0.0 if seen == 0 else float(beta.ppf(0.025, seen, n - seen + 1))
    high = 1.0 if seen == n else float(beta.ppf(0.975, seen + 1, n - seen))
    digits = 2 if scale == 1 else 3
    return f"({low * scale:.{digits}g} to {high * scale:.{digits}g})"


if __name__ == "__main__":
    sys.exit(main())
