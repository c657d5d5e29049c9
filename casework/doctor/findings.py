"""What the doctor looks at, and what it says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from recognition.faces import Engine


class State(StrEnum):
    """How a finding is meant."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what was found, and, where it is not as it should be, how to mend it."""

    about: str
    state: State
    says: str
    mend: str = ""


@dataclass(frozen=True)
class SettingRow:
    """A setting as it stands; `variable` is the environment variable it was or would be read from."""

    variable: str
    value: str
    is_set: bool


@dataclass(frozen=True)
class Installation:
    """Everything the doctor may look at, as plain values.

    `install_assets` puts the map's scripts in their place, or raises; `all_files` has every file hashed, not a sample.
    `draws_vectors` says whether what draws vector map files is here.
    """

    home: Path
    project: Path
    settings: tuple[SettingRow, ...]
    environment: Mapping[str, str]
    open_engine: Callable[[], Engine]
    install_assets: Callable[[], object]
    engine: str = "open"
    database_url: str = ""
    files_url: str = ""
    address: str = "127.0.0.1"
    port: int = 8501
    free_bytes: int = 0
    all_files: bool = False
    tiles_file: Path | None = None
    draws_vectors: bool = True

    @property
    def models_dir(self) -> Path:
        return self.home / "models"

    @property
    def cache_dir(self) -> Path:
        return self.home / "engines"

    @property
    def calibrations_dir(self) -> Path:
        return self.home / "calibrations"

    @property
    def files_folder(self) -> Path | None:
        """The folder of the files; None when they lie in an object store."""
        if "://" in self.files_url:
            return Path(self.files_url.removeprefix("file://")) if self.files_url.startswith("file://") else None
        return Path(self.files_url) if self.files_url else self.home / "files"


Check = Callable[[Installation], Iterable[Finding]]


def ok(about: str, says: str) -> Finding:
    return Finding(about, State.OK, says)


def warning(about: str, says: str, mend: str) -> Finding:
    return Finding(about, State.WARNING, says, mend)


def error(about: str, says: str, mend: str) -> Finding:
    return Finding(about, State.ERROR, says, mend)
