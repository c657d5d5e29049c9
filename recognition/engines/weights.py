"""Finds weight files inside installed wheels without importing the packages they belong to.

`mtcnn` would import TensorFlow and `face_recognition_models` would import pkg_resources; both are wanted only
for the files they carry.
"""

import hashlib
from collections.abc import Mapping
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


def sha256_of_each(paths: Mapping[str, Path]) -> dict[str, str]:
    """Name to SHA-256."""
    return {name: sha256_of(path) for name, path in paths.items()}
