"""What a person is shown of footage before it is searched: what it is, its first picture, and its burnt-in clock."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from data.errors import UnreadableFootage
from recognition.burnt_in import ClockReading, read_clock
from recognition.footage import FootageInfo, frames, probe
from recognition.pictures import jpeg, shrunk
from recognition.tally import Tally

_LONGEST_PX = 1280


@dataclass(frozen=True)
class FirstLook:
    """`first_frame_jpeg` is at most 1280 px wide or high; `clock` None where no burnt-in clock could be read."""

    info: FootageInfo
    first_frame_jpeg: bytes
    clock: ClockReading | None

    @property
    def created_at(self) -> datetime | None:
        """When the file's metadata says it was made; None where it does not or cannot be believed."""
        return self.info.created_at


def first_look(path: Path, *, max_pixels: int) -> FirstLook:
    """Look at the head of a footage.

    Raises
    ------
    UnreadableFootage
        As for `recognition.footage.probe`.
    """
    info = probe(path, max_pixels=max_pixels)
    first = next(frames(path, None, sample_fps=None, tally=Tally(), max_pixels=max_pixels), None)
    if first is None:
        raise UnreadableFootage(f"{path.name}: no picture could be decoded")
    picture = jpeg(shrunk(first.image_bgr, _LONGEST_PX))
    return FirstLook(info, picture, read_clock(path, max_pixels=max_pixels))
