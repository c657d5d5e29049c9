"""Finding a case, a person, a camera or a note by a few letters of it, among what whoever looks may see.

What is found is plain text in pieces, never markup: `html_of` makes markup of it in which nothing of the text is.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape

from casework.access import checks_itself
from data.home_rows import Note, notes
from data.models import Camera, Case
from data.store import Store
from data.writing import CAMERAS
from geo.names import NameIndex, folded

MOST_CHARS = 100
EXCERPT_CHARS = 90
CAMERA_COST = 2.0
NOTE_COST = 4.0
"""What is found in a camera or a note stands behind cases that fit as well. Plain guesses, in units of `geo.names`."""


class Kind(StrEnum):
    """What was found, and in which of its texts."""

    CASE_NUMBER = "case number"
    NAME = "name"
    CAMERA = "camera"
    CASE_NOTE = "note of a case"
    REQUEST_NOTE = "note of a request"
    REVIEW_NOTE = "note of a review"


_OF_NOTE = {"case": Kind.CASE_NOTE, "request": Kind.REQUEST_NOTE, "review": Kind.REVIEW_NOTE}


@dataclass(frozen=True)
class Piece:
    """A part of a text; `is_hit` where it is what was looked for."""

    text: str
    is_hit: bool = False


@dataclass(frozen=True)
class Hit:
    """One thing found: `id` is that of the case, camera, request or match; `case_id` is None for a camera.

    `title` says what it is in plain text, `excerpt` the place where the words stand.
    """

    kind: Kind
    id: str
    case_id: str | None
    title: str
    excerpt: tuple[Piece, ...]
    cost: float


class CameraNames:
    """The names of all cameras, kept as long as no camera changes; one for a process, safe for threads.

    `read` gives the cameras, for a process that holds them already: of 100,000, reading takes as long as the index.
    """

    def __init__(self, read: Callable[[Store], list[Camera]] = Store.cameras) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._count = -1
        self._cameras: list[Camera] = []
        self._index = NameIndex([])

    def of(self, store: Store) -> tuple[list[Camera], NameIndex]:
        (count,) = store.changes(CAMERAS)
        with self._lock:
            if count != self._count:
                self._cameras = self._read(store)
                self._index = NameIndex([_told(camera) for camera in self._cameras])
                self._count = count
            return self._cameras, self._index


@checks_itself
def find(store: Store, text: str, *, names: CameraNames, limit: int = 20) -> list[Hit]:
    """What fits `text`, best first: by case number, name of the person, camera and its owner, and notes.

    Empty for a text without a letter or a digit. Cameras belong to no case and are found by everybody.
    """
    words = folded(text[:MOST_CHARS]).split()
    if not words or limit < 1:
        return []
    cases = store.cases()
    hits = [*_cases(cases, text, words), *_cameras(names, store, text, words, limit)]
    numbers = {case.id: case.number for case in cases}
    hits += [_note_hit(note, numbers[note.case_id], words) for note in notes(store, list(numbers)) if _has(note, words)]
    return sorted(hits, key=lambda hit: (hit.cost, hit.kind, hit.title, hit.id))[:limit]


def html_of(pieces: Iterable[Piece]) -> str:
    """Pieces as HTML in which hits are marked, and every character of the text stands for itself.

    >>> html_of([Piece("<b> & "), Piece("Aino", is_hit=True)])
    '&lt;b&gt; &amp; <mark>Aino</mark>'
    """
    return "".join(f"<mark>{escape(p.text)}</mark>" if p.is_hit else escape(p.text) for p in pieces)


def _cases(cases: Sequence[Case], text: str, words: Sequence[str]) -> list[Hit]:
    found = []
    for kind, told in ((Kind.CASE_NUMBER, [c.number for c in cases]), (Kind.NAME, [c.subject.name for c in cases])):
        numbers, costs = NameIndex(told).find(text)
        for number, cost in zip(numbers.tolist(), costs.tolist(), strict=True):
            case = cases[number]
            title = f"{case.number}, {case.subject.name}"
            found.append(Hit(kind, case.id, case.id, title, marked(told[number], words), cost))
    best: dict[str, Hit] = {}
    for hit in sorted(found, key=lambda hit: hit.cost):
        best.setdefault(hit.id, hit)
    return list(best.values())


def _cameras(names: CameraNames, store: Store, text: str, words: Sequence[str], limit: int) -> list[Hit]:
    cameras, index = names.of(store)
    numbers, costs = index.find(text, enough=limit)
    best = sorted(zip(costs.tolist(), numbers.tolist(), strict=True))[:limit]
    return [
        Hit(
            Kind.CAMERA,
            cameras[number].id,
            None,
            cameras[number].name or cameras[number].id,
            marked(_told(cameras[number]), words),
            cost + CAMERA_COST,
        )
        for cost, number in best
    ]


def _told(camera: Camera) -> str:
    return " · ".join(part for part in (camera.name, camera.owner, camera.id) if part)


def _has(note: Note, words: Sequence[str]) -> bool:
    """Whether every word stands in the note, at the beginning of one of its own."""
    held = f" {_folded_all(note.text)}"
    return all(f" {word}" in held for word in words)


def _note_hit(note: Note, case_number: str, words: Sequence[str]) -> Hit:
    pieces = marked(note.text, words)
    return Hit(_OF_NOTE[note.kind], note.of_id, note.case_id, f"Case {case_number}", _around(pieces), NOTE_COST)


def _folded_all(text: str) -> str:
    """A text of any length, folded."""
    return " ".join(filter(None, (folded(part) for part in text.split())))


def marked(text: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """A text in pieces: words of it that begin with one of these folded `words` are hits as far as they do.

    >>> [(p.text, p.is_hit) for p in marked("Mäkelä, Aino", ["mak", "aino"])]
    [('Mäk', True), ('elä, ', False), ('Aino', True)]
    """
    pieces: list[Piece] = []
    rest, at, is_inside = 0, 0, False
    while at < len(text):
        is_letter = text[at].isalnum()
        end = _end_of_hit(text, at, words) if is_letter and not is_inside else at
        is_inside = is_letter
        if end > at:
            pieces += [Piece(text[rest:at]), Piece(text[at:end], is_hit=True)]
            rest = end
        at = max(end, at + 1)
    return tuple(piece for piece in [*pieces, Piece(text[rest:])] if piece.text)


def _end_of_hit(text: str, start: int, words: Sequence[str]) -> int:
    """Where what fits the longest of the words ends; `start` where none fits."""
    for word in sorted(words, key=len, reverse=True):
        for end in range(start + 1, min(len(text), start + 2 * len(word)) + 1):
            if folded(text[start:end]) == word:
                while end < len(text) and folded(text[start : end + 1]) == word and text[end].isalnum():
                    end += 1
                return end
    return start


def _around(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    """Pieces cut down to what stands around the first hit."""
    first = next((number for number, piece in enumerate(pieces) if piece.is_hit), 0)
    before = "".join(piece.text for piece in pieces[:first])
    shown = [Piece(f"…{before[-EXCERPT_CHARS // 2 :]}" if len(before) > EXCERPT_CHARS // 2 else before)]
    left = EXCERPT_CHARS
    for piece in pieces[first:]:
        shown.append(Piece(piece.text if len(piece.text) <= left else f"{piece.text[:left]}…", piece.is_hit))
        left -= len(piece.text)
        if left <= 0:
            break
    return tuple(piece for piece in shown if piece.text)
