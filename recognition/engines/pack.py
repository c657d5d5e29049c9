"""InsightFace model packs: SCRFD or RetinaFace finds, ArcFace compares.

A pack is a folder of .onnx files. It is opened by ``insightface.app.FaceAnalysis``, which would download a missing
one; here the folder is looked at first, so nothing is ever fetched by opening an engine.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from insightface.app import FaceAnalysis

from data.errors import ModelMissing
from recognition.engines.alignment import upright_chip
from recognition.engines.runtime import UNREADABLE_MODEL, session_options
from recognition.faces import Faces, Float, Image, joined
from recognition.similarity import cosines

# insightface.utils.face_align.arcface_dst, for 112-pixel chips
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)
_BATCH = 32
# the second, small scale: without it no tightly cropped enrolment photo is found
_COARSE_PX = 128
# The smallest wanted face covers so many pixels of the detector's input. Of 24 px faces in noisy frames 14 found .94,
# 16 and more .99; smaller inputs place the points worse, so that at FMR 1e-3 they are recognised at .47 with 16,
# .49 with 20 and .54 with 24, which take time as 1 : 1.4 : 1.9.
_NET_FACE_PX = 20.0
# Large pictures are searched smaller, and what is small in them looked at again in a piece of the picture: with 16 a
# 1080p picture takes half of the time.
_FIND_FACE_PX = 16.0
_LARGE_PX = 400_000
_PIECE_PX = 160
_MOST_PIECES = 16
_SAME_FACE = 0.5  # of its size
_GRID_PX = 32
# larger inputs take gigabytes; this is a 4K frame
_MOST_PX = 3840 * 2160


@dataclass(frozen=True)
class ScrfdDetector:
    """A pack's detection model."""

    model: Any  # insightface ships no types
    file: Path

    def detect(self, image_bgr: Image, *, min_face_px: float) -> Faces:
        """Faces of at least about `min_face_px`, best first."""
        sizes = input_sizes(image_bgr.shape[1], image_bgr.shape[0], min_face_px)
        if not sizes:
            return Faces.empty()
        if self.model.static_input_size is not None:
            sizes = [self.model.static_input_size]
        elif sizes[0][0] * sizes[0][1] > _LARGE_PX:
            return self._in_large(image_bgr, min_face_px, sizes)
        return self._at(image_bgr, sizes)

    def _at(self, image_bgr: Image, sizes: list[tuple[int, int]]) -> Faces:
        boxes, points = self.model.detect(image_bgr, input_size=sizes)
        return Faces(boxes[:, :4], boxes[:, 4], points)

    def _in_large(self, image_bgr: Image, min_face_px: float, sizes: list[tuple[int, int]]) -> Faces:
        """Faces found in a smaller picture, small ones placed anew as exactly as at the full `sizes`."""
        height, width = image_bgr.shape[:2]
        found = self._at(image_bgr, input_sizes(width, height, min_face_px * _NET_FACE_PX / _FIND_FACE_PX))
        is_small = found.size_px < min_face_px * _NET_FACE_PX / _FIND_FACE_PX
        if is_small.sum() > _MOST_PIECES:
            return self._at(image_bgr, sizes)
        scale = sizes[0][0] / width
        placed = [self._again(image_bgr, found[[n]], scale) if is_small[n] else found[[n]] for n in range(len(found))]
        return joined(placed)

    def _again(self, image_bgr: Image, face: Faces, scale: float) -> Faces:
        """The same face as it is seen in the piece of the picture round it; as it was where it is not seen there."""
        height, width = image_bgr.shape[:2]
        x1, y1, x2, y2 = face.box_px[0]
        left = int(np.clip((x1 + x2 - _PIECE_PX) / 2, 0, max(0, width - _PIECE_PX)))
        top = int(np.clip((y1 + y2 - _PIECE_PX) / 2, 0, max(0, height - _PIECE_PX)))
        piece = np.ascontiguousarray(image_bgr[top : top + _PIECE_PX, left : left + _PIECE_PX])
        seen = self._at(piece, [_on_grid(piece.shape[1] * scale, piece.shape[0] * scale)]).moved(left, top)
        away_px = np.linalg.norm(_centres(seen) - _centres(face), axis=1)
        is_same = len(seen) > 0 and away_px.min() < _SAME_FACE * face.size_px[0]
        return seen[[int(away_px.argmin())]] if is_same else face


def _centres(faces: Faces) -> Float:
    """``(n, 2)`` the middles of the boxes."""
    return np.asarray((faces.box_px[:, :2] + faces.box_px[:, 2:]) / 2, dtype=np.float32)


def input_sizes(width: int, height: int, min_face_px: float) -> list[tuple[int, int]]:
    """Sizes ``(width, height)`` at which the detector looks at a picture of that size.

    The first is as small as the smallest wanted face allows and never larger than the picture, the second fits the
    picture into 128 pixels, where a face that fills the picture is found. Each keeps the picture's proportions,
    rounded up to the detector's grid of 32 pixels. None for pictures too narrow to hold a face.

    >>> input_sizes(768, 432, 24)
    [(640, 384), (128, 96)]
    """
    if min(width, height) < 12:
        return []
    longest = max(width, height)
    largest = min(1.0, (_MOST_PX / (width * height)) ** 0.5)
    scales = [min(largest, _NET_FACE_PX / max(min_face_px, 1.0)), _COARSE_PX / longest]
    sizes = [_on_grid(width * scale, height * scale) for scale in scales if min(width, height) * scale >= 8]
    return list(dict.fromkeys(sizes))


def _on_grid(width: float, height: float) -> tuple[int, int]:
    return int(-(-width // _GRID_PX)) * _GRID_PX, int(-(-height // _GRID_PX)) * _GRID_PX


@dataclass(frozen=True)
class ArcfaceRecogniser:
    """A pack's recognition model; the length of its vectors is the pack's own."""

    model: Any
    dimensions: int
    file: Path

    def chip(self, image_bgr: Image, points_px: Float) -> Image:
        """The chip of one face at the model's own size, as ``face_align.norm_crop`` makes it."""
        side = int(self.model.input_size[0])
        ratio, shift = (side / 112, 0.0) if side % 112 == 0 else (side / 128, 8.0 * side / 128)
        return upright_chip(image_bgr, points_px, TEMPLATE * ratio + np.array([shift, 0], np.float32), side)

    def vectors(self, chips: list[Image]) -> Float:
        """``(n, d)`` unit vectors of chips."""
        rows = [self.model.get_feat(chips[at : at + _BATCH]) for at in range(0, len(chips), _BATCH)]
        raw = np.concatenate([np.zeros((0, self.dimensions), np.float32), *rows])
        lengths = np.linalg.norm(raw, axis=1, keepdims=True)
        return np.asarray(raw / np.maximum(lengths, np.float32(1e-12)), dtype=np.float32)

    def similarity(self, a: Float, b: Float) -> Float:
        """``(n, m)`` cosines, -1 to 1."""
        return cosines(a, b)


def pack_folder(pack: str, models_dir: Path) -> Path:
    """The folder of a pack given by name or by path.

    Raises
    ------
    ModelMissing
        When there is none, or it holds no .onnx file of its own; the message says how to install it.
    """
    as_path = Path(pack).expanduser()
    is_path = as_path.is_absolute() or len(as_path.parts) > 1 or pack.startswith(".")
    places = [as_path] if is_path else [models_dir / pack, models_dir / "models" / pack]
    for place in places:
        if any(place.glob("*.onnx")):
            return place.resolve()
    looked = " and ".join(str(place) for place in places)
    nested = next((file.parent for place in places for file in sorted(place.glob("*/*.onnx"))), None)
    if nested is not None:
        raise ModelMissing(f"{looked}: the .onnx files lie one folder too deep; move those in {nested} up one folder")
    by_hand = f"by hand, offline: put its .onnx files into {places[0]}"
    if is_path:
        raise ModelMissing(f"no InsightFace pack in {looked}: the folder holds no .onnx file; {by_hand}")
    raise ModelMissing(
        f"InsightFace pack {pack} is not installed (looked in {looked}): "
        f"cli.py models install {pack} --accept-licence, or {by_hand}"
    )


def open_pack(folder: Path, *, threads: int, providers: list[str]) -> tuple[ScrfdDetector, ArcfaceRecogniser]:
    """Detection and recognition of the pack in `folder`.

    Raises
    ------
    ModelMissing
        When a file is damaged, or the pack lacks detection with five points or recognition.
    """
    try:
        app = FaceAnalysis(
            str(folder),
            allowed_modules=["detection", "recognition"],
            providers=providers,
            sess_options=session_options(threads),
            # one session for all picture sizes; the default keeps one for each size it ever saw
            static_shape_sessions=False,
        )
    except AssertionError as error:
        raise ModelMissing(f"{folder}: no face detection model among its .onnx files") from error
    except UNREADABLE_MODEL as error:
        raise ModelMissing(f"{folder}: an .onnx file is damaged; install the pack again") from error
    except (IndexError, TypeError) as error:  # insightface takes every model for one that sees pictures
        raise ModelMissing(f"{folder}: an .onnx file is no model of faces; keep only the pack's own files") from error
    if "recognition" not in app.models:
        raise ModelMissing(f"{folder}: no face recognition model among its .onnx files")
    app.prepare(ctx_id=0)
    detection, recognition = app.models["detection"], app.models["recognition"]
    if not detection.use_kps:
        raise ModelMissing(f"{folder}: its detection model finds no eyes, nose and mouth")
    dimensions = int(recognition.output_shape[-1])
    return (
        ScrfdDetector(detection, Path(detection.model_file)),
        ArcfaceRecogniser(recognition, dimensions, Path(recognition.model_file)),
    )
