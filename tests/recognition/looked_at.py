"""What a worker's confined child says of one hostile file after the other, in one line each."""

from pathlib import Path

import cv2

from data.errors import ChildKilled, LastSeenError
from data.models import Thoroughness
from recognition.apart import Apart, ChildLimits, Opening
from recognition.footage import Segment
from recognition.references import References, reference_vectors
from tests.fakes import FakeEngine
from tests.recognition.clips import RED, grey, square

PIXELS = 40_000_000
NAME = "camera4.mp4"


class Looked:
    """A child, and the one file it may read, whose content changes."""

    def __init__(self, folder: Path, *, memory_mb: int = 1024) -> None:
        him = folder / "him.png"
        cv2.imwrite(str(him), square(grey(), RED, 100, 80, 60))
        self._sought: References = reference_vectors(FakeEngine(), [him])
        self._opening = Opening("fake", models_dir=folder / "models", cache_dir=folder / "engines")
        self._limits = ChildLimits(memory_mb=memory_mb, segment_s=20.0)
        self._path = folder / NAME
        self._path.touch()
        self._child: Apart | None = None

    def __enter__(self) -> "Looked":
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            self._child.close()

    def footage(self, content: bytes) -> str:
        """Probe it, and search all of it."""
        self._path.write_bytes(content)
        try:
            return read(self._asked(), self._sought)
        except ChildKilled as error:
            return f"killed: {error.why}"
        except LastSeenError as error:
            return f"refused: {str(error).removeprefix(f'{NAME}: ')}"

    def photo(self, content: bytes) -> str:
        """Check it as a reference photo."""
        self._path.write_bytes(content)
        try:
            found = self._asked().check_photo(name=NAME, max_pixels=PIXELS)
        except ChildKilled as error:
            return f"killed: {error.why}"
        except LastSeenError as error:
            return f"refused: {str(error).removeprefix(f'{NAME}: ')}"
        return f"read: a face of {found.box_px[2] - found.box_px[0]:.0f} px"

    def _asked(self) -> Apart:
        if self._child is None or not self._child.is_alive:
            self._child = Apart(
                self._path, opening=self._opening, limits=self._limits, program="tests.recognition.harmful_child"
            )
        return self._child


def read(child: Apart, sought: References) -> str:
    """The counts of a footage, as one line."""
    info = child.probe(max_pixels=PIXELS)
    child.segments(60.0, max_pixels=PIXELS)
    whole = Segment(0, 0.0, max(info.duration_s or 0.0, 1.0))
    result = child.scan_segment(whole, references=sought, thoroughness=Thoroughness.EVERY_FRAME, max_pixels=PIXELS)
    coverage = result.coverage
    claimed = "none" if coverage.frames_claimed is None else coverage.frames_claimed
    unreadable_s = sum(end - start for start, end in coverage.unreadable_spans_s)
    return (
        f"read: {claimed} claimed, {coverage.packets_read} packets, {coverage.frames_decoded} decoded, "
        f"{coverage.packets_unreadable} unreadable, {unreadable_s:.2f} s without pictures, {info.time_source}"
    )
