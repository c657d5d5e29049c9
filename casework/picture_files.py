"""Pictures and films on this machine, in folders, in ZIPs or by themselves, as `casework.bundles` takes them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from data.errors import LastSeenError, NotFound
from data.files import chunks_of

if TYPE_CHECKING:
    from recognition.bundle import Bundled

_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class Lying:
    """A picture or film, what it says of itself, and how its bytes are had; `why` it cannot be taken is in `said`."""

    said: "Bundled"
    opened: Callable[[], Iterator[bytes]]


def lying(paths: Iterable[Path], *, max_pixels: int, memory_mb: int, most_bytes: int) -> Iterator[Lying]:
    """Every file of these paths: those of folders in the order of their names, and what ZIPs hold.

    Links and hidden files in folders are left alone. NotFound for a path that is not there.
    """
    for path in paths:
        if path.is_dir():
            inside = sorted(one for one in path.rglob("*") if _is_plain(one, path))
            for one in inside:
                yield from _of_file(one, str(one.relative_to(path.parent)), max_pixels, memory_mb, most_bytes)
        elif path.is_file():
            yield from _of_file(path, path.name, max_pixels, memory_mb, most_bytes)
        else:
            raise NotFound(f"{path}: is no file or folder")


def _is_plain(path: Path, folder: Path) -> bool:
    is_hidden = any(part.startswith(".") or part == "__MACOSX" for part in path.relative_to(folder).parts)
    return not is_hidden and path.is_file() and not path.is_symlink()


def _of_file(path: Path, name: str, max_pixels: int, memory_mb: int, most_bytes: int) -> Iterator[Lying]:
    from recognition.apart import ChildLimits
    from recognition.apart_bundle import BundleApart
    from recognition.bundle import shown_name

    with path.open("rb") as file:
        is_zip = file.read(len(_ZIP)) == _ZIP
    if not is_zip:
        yield Lying(_said(path, shown_name(name), max_pixels, memory_mb), lambda: _bytes_of(path))
        return
    with BundleApart(path, limits=ChildLimits(memory_mb=memory_mb)) as apart:
        for one in apart.bundle(max_pixels=max_pixels):
            yield Lying(one, lambda one=one: apart.content(one.number, most_bytes=most_bytes))  # type: ignore[misc]


def _said(path: Path, name: str, max_pixels: int, memory_mb: int) -> "Bundled":
    from recognition.apart import Apart, ChildLimits
    from recognition.bundle import FILM, PICTURE, Bundled

    size = path.stat().st_size
    try:
        with Apart(path, limits=ChildLimits(memory_mb=memory_mb)) as apart:
            info = apart.probe(max_pixels=max_pixels)
    except LastSeenError as error:
        return Bundled(0, name, size, why=str(error))
    return Bundled(0, name, size, PICTURE if info.is_still else FILM, info.taken)


def _bytes_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from chunks_of(file)
