"""Finds weight files inside installed wheels without importing the packages they belong to.

`mtcnn` would import TensorFlow and `face_recognition_models` would import pkg_resources; both are wanted only
for the files they carry.
"""

import hashlib
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from data.errors import ModelMissing


def wheel_file(distribution: str, relative: str) -> Path:
    """The path of file `relative` (as the wheel records it) of an installed distribution.

    Raises
    ------
    ModelMissing
        When the distribution is not installed or does not carry the file.
    """
    try:
        recorded = files(distribution) or []
    except PackageNotFoundError:
        recorded = []
    for entry in recorded:
        if entry.as_posix() == relative:
            path = Path(str(entry.locate()))
            if path.is_file():
                return path
    raise ModelMissing(f"{relative} is missing: reinstall the package {distribution} (pip install -r requirements.txt)")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
