"""The pictures and films of a redacted export: made by a confined child, which looks at its own work once more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from casework.bag import Bag
from casework.export_papers import plain
from data.errors import LastSeenError, ModelMissing
from data.models import Footage, Match, Photo
from data.store import Store
from recognition.eyes import Eyes
from recognition.faces import Engine
from recognition.redact import RedactedPicture, Subject

AROUND_S = 10.0
"""A redacted film begins and ends so long before and after a confirmed track."""
HOW = "every face but the subject's filled before it was encoded; no sound, no metadata"


@dataclass(frozen=True)
class Means:
    """What redaction needs, and which settings to tell of."""

    eyes: Eyes | None = None
    engine: Engine | None = None
    max_pixels: int = 40_000_000
    settings: Mapping[str, str] = field(default_factory=dict)
    say: Callable[[str, float], object] = lambda _what, _share: None


class Redaction:
    """Puts what may be seen into a bag. `left_out` says what could not be shown, `derived` what was made from what."""

    def __init__(self, store: Store, bag: Bag, means: Means) -> None:
        if means.eyes is None or means.engine is None:
            raise ModelMissing("a redacted export needs a recogniser, and none was given")
        self._store, self._bag, self._means = store, bag, means
        self._eyes, self._engine, self._most = means.eyes, means.engine, means.max_pixels
        self.left_out: list[str] = []
        self.derived: list[dict[str, Any]] = []

    def photos(self, photos: Sequence[Photo]) -> None:
        """The reference photos, with whoever else is on them filled."""
        for photo in photos:
            if (box := photo.box_px) is None:
                continue
            what = f"photo {photo.original_name}"
            found = self._looked(photo, what, lambda path, box=box: self._photo(path, box))  # type: ignore[misc]
            self._picture(f"photos/{photo.id}", found, photo, what, {"box_px": list(box)})

    def matches(self, confirmed: Sequence[Match], footages: Sequence[Footage]) -> None:
        """The picture of each confirmed match, and films around them."""
        for match in confirmed:
            footage = next(footage for footage in footages if footage.id == match.footage_id)
            self._moment(match, footage)
        stretches = [
            (footage, stretch)
            for footage in footages
            for stretch in stretches_of([_subject(match) for match in confirmed if match.footage_id == footage.id])
        ]
        films: list[dict[str, Any]] = []
        for number, (footage, subjects) in enumerate(stretches):
            self._means.say(f"film {number + 1} of {len(stretches)}", 0.1 + 0.8 * number / len(stretches))
            films += self._film(footage, subjects, number + 1)
        self._bag.add_json("films.json", films)
        shown = {footage.id for footage, _ in stretches}
        if others := sum(footage.id not in shown for footage in footages):
            self.left_out.append(f"{others} footages in which nothing was confirmed")

    def _photo(self, path: Path, box: tuple[float, float, float, float]) -> RedactedPicture:
        return self._eyes.redact_photo(path, self._engine, box, max_pixels=self._most)

    def _moment(self, match: Match, footage: Footage) -> None:
        what, subject = f"picture of match {match.id}", _subject(match)

        def look(path: Path) -> RedactedPicture | None:
            return self._eyes.redact_moment(path, self._engine, subject, max_pixels=self._most)

        told = {"at_s": subject.best_s, "box_px": list(subject.best_box_px)}
        self._picture(f"matches/{match.id}", self._looked(footage, what, look), footage, what, told)

    def _film(self, footage: Footage, subjects: Sequence[Subject], number: int) -> list[dict[str, Any]]:
        start_s = max(0.0, min(one.start_s for one in subjects) - AROUND_S)
        end_s = max(one.end_s for one in subjects) + AROUND_S
        what = f"film of {footage.original_name}, {start_s:.0f} s to {end_s:.0f} s"
        film = self._looked(
            footage,
            what,
            lambda path: self._eyes.redact_stretch(
                path, self._engine, start_s, end_s, subjects, max_pixels=self._most
            ),
        )  # fmt: skip
        if film is None:
            return []
        if film.left:
            self.left_out.append(f"{what}: other faces were still found in {film.left} places")
            return []
        if film.unreadable:
            self.left_out.append(f"{what}: {film.unreadable} packets could not be decoded")
        if not film.subject_pictures:
            self.left_out.append(f"{what}: the subject was not found again, so that every face is filled")
        name = f"films/{footage.id}-{number}.mp4"
        self._derive(name, [film.content], footage, {"from_s": film.start_s, "to_s": film.end_s})
        told: dict[str, Any] = plain(film)
        return [told | {"file": f"data/{name}", "footage": footage.id, "footage_sha256": footage.sha256}]

    def _looked(self, of: Footage | Photo, what: str, look: Callable[[Path], Any]) -> Any:
        """What a look gives; None, and a word in the export, where the file defeats it."""
        try:
            found = look(self._store.files.path(of.sha256))
        except LastSeenError as error:
            self.left_out.append(f"{what}: {error}")
            return None
        if found is None:
            self.left_out.append(f"{what}: cannot be decoded")
        return found

    def _picture(
        self, name: str, found: RedactedPicture | None, of: Footage | Photo, what: str, told: dict[str, Any]
    ) -> None:
        if found is None:
            return
        if found.left:
            self.left_out.append(f"{what}: other faces were still found in it")
            return
        for part, content in (("face", found.face_jpeg), ("frame", found.whole_jpeg)):
            self._derive(f"{name}-{part}.jpg", [content], of, told)

    def _derive(self, name: str, content: list[bytes], of: Footage | Photo, told: dict[str, Any]) -> None:
        member = self._bag.add(name, content)
        engine = self._engine.info
        made = {"file": member.name, "sha256": member.sums["sha256"], "parent_sha256": of.sha256, "parent": of.id}
        self.derived.append(made | told | {"how": HOW, "engine": engine.name, "models": dict(engine.models)})


def _subject(match: Match) -> Subject:
    track = match.track
    return Subject(track.start_s, track.end_s, track.best_s, track.best_box_px)


def stretches_of(subjects: Sequence[Subject]) -> list[list[Subject]]:
    """Confirmed tracks of one footage, in groups whose films would overlap."""
    found: list[list[Subject]] = []
    end_s = float("-inf")
    for one in sorted(subjects, key=lambda subject: subject.start_s):
        if one.start_s - AROUND_S <= end_s + AROUND_S:
            found[-1].append(one)
        else:
            found.append([one])
        end_s = max(end_s, one.end_s)
    return found
