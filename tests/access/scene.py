"""A town with two cases and somebody in every role, made once and copied for each try."""

import hashlib
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from casework.access import Person
from casework.uploads import Desk, begin_upload, desk_at, receive
from data import account_rows, role_rows
from data.database import Database
from data.files_remote import open_files
from data.models import Account, CaseRole, JobState, MatchState, Review, Role, Subject, Upload, Verdict
from data.store import Store, open_store
from tests.factories import (
    NOON,
    a_camera,
    a_case,
    a_footage,
    a_job,
    a_match,
    a_photo,
    a_sighting,
    a_track,
    an_account,
)
from tests.fakes import Anyone, SignedIn

ANONYMOUS = "anonymous"
PEOPLE = {
    "viewer": an_account("Vera"),
    "analyst": an_account("Ann"),
    "reviewer": an_account("Rita"),
    "supervisor": an_account("Sam"),
    "auditor": an_account("Otto"),
    "admin": an_account("Ada", is_admin=True),
    "other": an_account("Olga"),
}
"""One in each role of case-1; an admin; and the supervisor of case-2, who has nothing to do with case-1."""
EVERYBODY = (*PEOPLE, ANONYMOUS)
SECRETS = (
    "2026-001",
    "Aino Example",
    "her secret scar",
    "photo-of-aino.jpg",
    "clip-of-aino.mp4",
    "seen by a neighbour",
)
"""What only people of case-1 may read."""
OTHERS_SECRETS = ("2026-002", "Zed Hidden", "clip-of-zed.mp4")
"""What only people of case-2 may read."""
LETTERS = dict(zip("VARSUMO", PEOPLE, strict=True))


def role_of(letter: str) -> str:
    return LETTERS[letter]


@dataclass(frozen=True)
class Scene:
    """A store, and who looks at it: `whole` shows everything, `store` and `desk` what this person sees."""

    home: Path
    whole: Store
    who: str

    @property
    def account(self) -> Account | None:
        return PEOPLE.get(self.who)

    @property
    def store(self) -> Store:
        if self.account is None:
            return Store(self.whole.database, self.whole.files)
        return self.whole.guarded(Person(self.whole, self.account))

    @property
    def by(self) -> str:
        return self.account.name if self.account else "nobody"

    @property
    def desk(self) -> Desk:
        return desk_on(self.store, self.home)

    def seen_by(self, who: str) -> "Scene":
        return replace(self, who=who)

    def kept(self) -> str:
        """A hash of all that is kept: two that are alike mean that nothing was written."""
        digest = hashlib.sha256()
        paths = [self.home / "store.sqlite", self.home / "store.sqlite-wal"]
        paths += [p for folder in ("files", "uploads", "exports") for p in sorted((self.home / folder).rglob("*"))]
        for path in paths:
            if path.is_file():
                digest.update(str(path).encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()


def desk_on(store: Store, home: Path) -> Desk:
    return desk_at(store, home, max_upload_mb=8, max_uploads=20, free_bytes=0)


def make_town(home: Path) -> Path:
    """Make the two cases with everything that a verb may concern."""
    store = open_store(home)
    picture = cv2.imencode(".jpg", np.full((40, 40, 3), 90, np.uint8))[1].tobytes()
    photo = store.files.put_bytes(picture, what="photo")
    others = [store.files.put_bytes(f"photo {number}".encode(), what="photo") for number in (2, 3)]
    with store.writing() as writing:
        for account in PEOPLE.values():
            account_rows.add_account(writing, account)
        writing.add_case(a_case(subject=Subject("Aino Example", None, "her secret scar"), owner="Sam"))
        writing.add_case(a_case(id="case-2", number="2026-002", subject=Subject("Zed Hidden"), owner="Olga"))
        for role in Role:
            role_rows.give(writing, CaseRole("case-1", PEOPLE[role.value].id, role, NOON, "test"))
        role_rows.give(writing, CaseRole("case-2", PEOPLE["other"].id, Role.SUPERVISOR, NOON, "test"))
        for number in range(1, 4):
            writing.add(a_camera(f"cam-{number}", lat=60.17 + number / 1000, owner="Town"))
        for id, fields in {
            "p-1": {
                "sha256": photo,
                "preview_sha256": photo,
                "crop_sha256": photo,
                "original_name": "photo-of-aino.jpg",
            },
            "p-2": {"sha256": others[0]},
            "p-gone": {"sha256": others[1], "removed_at": NOON},
        }.items():
            writing.add(a_photo(id, **fields))
        writing.add(a_sighting("s-1", source="seen by a neighbour"))
        writing.add(a_sighting("s-gone", withdrawn_at=NOON))
        _add_footage(store, writing)
        _add_matches(writing, photo)
        writing.add(a_footage("f-9", case_id="case-2", original_name="clip-of-zed.mp4"))
        writing.add(a_job("j-9", case_id="case-2", of_id="f-9", state=JobState.DONE))
    _add_uploads(store, home)
    store.close()
    return home


def _add_footage(store: Store, writing: object) -> None:
    states = {"1": JobState.DONE, "2": JobState.QUEUED, "3": JobState.PAUSED, "4": JobState.FAILED}
    for number, state in states.items():
        sha256 = store.files.put_bytes(f"clip {number}".encode(), what="clip")
        clip = a_footage(f"f-{number}", sha256=sha256, original_name="clip-of-aino.mp4", started_at=NOON)
        writing.add(clip)  # type: ignore[attr-defined]
        writing.add(a_job(f"j-{number}", of_id=clip.id, state=state))  # type: ignore[attr-defined]


def _add_matches(writing: object, picture: str) -> None:
    states = {
        "m-1": MatchState.TO_REVIEW, "m-2": MatchState.TO_REVIEW, "m-aside": MatchState.SET_ASIDE,
        "m-disputed": MatchState.DISPUTED,
    }  # fmt: skip
    for number, (id, state) in enumerate(states.items()):
        track = a_track(f"t-{number}", start_s=float(number), crop_sha256=picture, context_sha256=picture)
        writing.put_track(track)  # type: ignore[attr-defined]
        writing.add_match(a_match(id, track=track, state=state))  # type: ignore[attr-defined]
    for place, (by, verdict) in enumerate((("X", Verdict.CONFIRM), ("Y", Verdict.REJECT)), start=1):
        review = Review(f"review-{place}", "m-disputed", verdict, by, "", NOON)
        writing.add_review(review, sequence=place)  # type: ignore[attr-defined]


def _add_uploads(store: Store, home: Path) -> None:
    analyst = store.guarded(SignedIn(PEOPLE["analyst"]))
    for name, purpose, is_whole in (
        ("list.csv", "sightings", True),
        ("whole.mp4", "footage", True),
        ("half.mp4", "footage", False),
    ):
        send(desk_on(analyst, home), name, purpose, is_whole=is_whole)


def send(desk: Desk, name: str, purpose: str, *, is_whole: bool = True, case_id: str = "case-1") -> Upload:
    begun = begin_upload(desk, name=name, size_bytes=4, purpose=purpose, case_id=case_id, by="Ann")
    with receive(desk, begun.id, offset=0) as receiving:
        receiving.write(b"abcd" if is_whole else b"ab")
        return receiving.finish()


def upload_id(store: Store, name: str) -> str:
    from data.upload_rows import uploads

    return next(upload.id for upload in uploads(store) if upload.name == name)


def copy_of(town: Path, home: Path, who: str) -> Scene:
    """A town of one's own, without migrating it once more."""
    shutil.copytree(town, home)
    whole = Store(Database(home), open_files(home, "", free_bytes=0, cache_bytes=1 << 20)).guarded(Anyone())
    whole.cases()  # a database is never as it was before it was first opened
    return Scene(home, whole, who)
