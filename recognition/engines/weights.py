"""Finds weight files inside installed wheels without importing the packages they belong to.

`mtcnn` would import TensorFlow and `face_recognition_models` would import pkg_resources; both are wanted only
for the files they carry.
"""

import hashlib
from collections.abc import Collection, Mapping
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from data.errors import ModelMissing

MTCNN_FILES = {f"{net}.lz4": ("mtcnn", f"mtcnn/assets/weights/{net}.lz4") for net in ("pnet", "rnet", "onet")}
_DLIB, _LANDMARKS = "dlib_face_recognition_resnet_model_v1.dat", "shape_predictor_68_face_landmarks.dat"
DLIB_FILES = {_DLIB: ("face_recognition_models", f"face_recognition_models/models/{_DLIB}")}
LANDMARK_FILES = {_LANDMARKS: ("face_recognition_models", f"face_recognition_models/models/{_LANDMARKS}")}


def wheel_files(places: Mapping[str, tuple[str, str]]) -> dict[str, Path]:
    """The paths of files given as name to (distribution, path in its wheel). ModelMissing when one is not there."""
    return {name: wheel_file(*place) for name, place in places.items()}


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


def trusted_bytes(path: Path, trusted: Collection[str]) -> bytes:
    """A file's content, read once and hashed before anything looks into it.

    Raises
    ------
    ModelMissing
        When its SHA-256 is not among the trusted ones.
    """
    content = path.read_bytes()
    if (sha256 := hashlib.sha256(content).hexdigest()) not in trusted:
        raise ModelMissing(
            f"{path.name}: is not the file that LastSeen knows (SHA-256 {sha256}) and was not loaded; "
            "reinstall its package (pip install -r requirements.txt)"
        )
    return content


def sha256_of_each(paths: Mapping[str, Path]) -> dict[str, str]:
    """Name to SHA-256."""
    return {name: sha256_of(path) for name, path in paths.items()}
