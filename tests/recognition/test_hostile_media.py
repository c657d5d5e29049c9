"""Every kind of harmful footage and photo has one stated outcome: a reason, or counts that say what is missing."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.errors import UnreadableFootage, UnreadableImage
from recognition.apart import Apart
from recognition.footage import MAX_PIXELS, probe
from recognition.images import read_image
from tests.recognition import hostile_footage, hostile_photos
from tests.recognition.fuzzing import seeds
from tests.recognition.looked_at import Looked
from tests.recognition.media_seeds import CLIPS


@pytest.fixture(scope="module")
def clips() -> dict[str, bytes]:
    return seeds(CLIPS)


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Looked]:
    with Looked(tmp_path_factory.mktemp("hostile")) as child:
        yield child


def test_there_are_at_least_sixty_kinds_and_each_has_an_outcome() -> None:
    assert hostile_footage.MAKERS.keys() == hostile_footage.OUTCOMES.keys()
    assert hostile_photos.MAKERS.keys() == hostile_photos.OUTCOMES.keys()
    assert len(hostile_footage.MAKERS) >= 60
    assert len(hostile_photos.MAKERS) >= 30


@pytest.mark.parametrize("kind", hostile_footage.MAKERS)
def test_hostile_footage_ends_as_stated(looked: Looked, clips: dict[str, bytes], kind: str) -> None:
    assert looked.footage(hostile_footage.MAKERS[kind](clips)) == hostile_footage.OUTCOMES[kind]


@pytest.mark.parametrize("kind", hostile_photos.MAKERS)
def test_a_hostile_photo_ends_as_stated(looked: Looked, kind: str) -> None:
    assert looked.photo(hostile_photos.MAKERS[kind]()) == hostile_photos.OUTCOMES[kind]


def _link(path: Path) -> Path:
    path.symlink_to("/etc/passwd")
    return path


def _nowhere(path: Path) -> Path:
    path.symlink_to("/nowhere")
    return path


def _loop(path: Path) -> Path:
    path.symlink_to(path)
    return path


def _pipe(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _socket(path: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _hole(path: Path) -> Path:
    """Four gigabytes that take no room."""
    with path.open("wb") as file:
        file.truncate(4 << 30)
    return path


NO_FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "pipe": (_pipe, "is not a file but a pipe"),
    "socket": (_socket, "is not a file but a socket"),
    "folder": (_folder, "is not a file but a folder"),
    "device": (lambda _: Path("/dev/zero"), "is not a file but a device"),
    "link": (_link, "is text, not a video"),
    "link to nowhere": (_nowhere, "cannot be read"),
    "link to itself": (_loop, "cannot be read"),
    "nothing there": (lambda path: path, "cannot be read"),
    "four gigabytes of nothing": (_hole, "is no video or picture"),
}


@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_ordinary_file_is_refused_at_once(tmp_path: Path, kind: str) -> None:
    make, reason = NO_FILES[kind]
    path = make(tmp_path / "c.mp4")
    with pytest.raises(UnreadableFootage, match=reason):
        probe(path, max_pixels=MAX_PIXELS)
    if kind not in ("link", "four gigabytes of nothing"):
        with pytest.raises(UnreadableImage):
            read_image(path)


@pytest.mark.parametrize("kind", ["link", "link to itself"])
def test_a_child_follows_no_link(tmp_path: Path, kind: str) -> None:
    path = NO_FILES[kind][0](tmp_path / "c.mp4")
    with pytest.raises(UnreadableFootage, match="is a link to another file"):
        Apart(path)


def test_lost_pictures_are_never_silent(clips: dict[str, bytes]) -> None:
    """What is cut, holed or lied about must show in the counts of every outcome that is read."""
    for kind, outcome in hostile_footage.OUTCOMES.items():
        is_harmed = any(word in kind for word in ("cut at", "hole", "timescale", "spliced"))
        if outcome.startswith("read") and is_harmed:
            claimed, decoded = outcome.split()[1], outcome.split()[5]
            is_said = " 0 unreadable, 0.00 s" not in outcome or (claimed != "none" and int(claimed) > int(decoded))
            assert is_said, kind
