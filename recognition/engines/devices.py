"""Where the nets run, and the check that a device computes as the CPU does before anything rests on it.

Thresholds and calibrations were measured on the CPU. A device that rounds otherwise (half precision, another
library) may find other faces or move every similarity; so each (device, engine, onnxruntime) is compared once with
the CPU on pictures of installed packages, the outcome is kept, and a device that differs is refused.
"""

import errno
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from data.errors import BadInput, ModelMissing
from recognition.engines.weights import wheel_file
from recognition.faces import Device, Engine, Faces, Float, Image
from recognition.images import read_image

_CPU = "CPUExecutionProvider"
_PROVIDERS = {Device.CUDA: "CUDAExecutionProvider", Device.OPENVINO: "OpenVINOExecutionProvider"}
_INSTALL = {
    Device.CUDA: "pip install onnxruntime-gpu in place of onnxruntime, with NVIDIA's driver, CUDA and cuDNN",
    Device.OPENVINO: "pip install onnxruntime-openvino in place of onnxruntime",
}
_PICTURES = (("insightface", "insightface/data/images/t1.jpg"), ("scikit-image", "skimage/data/astronaut.png"))
_SCALES = (1.0, 0.6, 0.35)
# A tenth of the step between a review floor and an alert threshold; float32 on another library stays below .001.
_MOST_SIMILARITY = 0.01
_LEAST_OVERLAP = 0.9
_MOST_POINT_SHARE = 0.03  # of the face's size


@dataclass(frozen=True)
class DeviceCheck:
    """How a device differs from the CPU on the same pictures.

    Attributes
    ----------
    faces
        That the CPU finds.
    missed, extra
        Of the CPU's faces not found by the device, and found by the device alone.
    point_share
        The furthest that one of the five points lies off, as a share of the face's size.
    similarity
        The greatest difference of a similarity, over all pairs of faces that both found.
    """

    faces: int
    missed: int
    extra: int
    point_share: float
    similarity: float

    @property
    def is_passed(self) -> bool:
        """Whether what was measured on the CPU holds for the device too."""
        return (
            self.faces > 0
            and self.missed == self.extra == 0
            and self.point_share <= _MOST_POINT_SHARE
            and self.similarity <= _MOST_SIMILARITY
        )

    def in_words(self) -> str:
        """In one line, for people."""
        return (
            f"compared with the CPU on {self.faces} faces: {self.missed} missed, {self.extra} of its own, points off "
            f"by up to {self.point_share:.1%} of a face, similarities by up to {self.similarity:.4f} "
            f"(at most {_MOST_SIMILARITY} may be)"
        )


def providers(device: Device) -> list[str]:
    """Execution providers to ask for, best first.

    Raises
    ------
    ModelMissing
        When the installed onnxruntime cannot use the device; says what to install.
    """
    available = ort.get_available_providers()
    if device is Device.AUTO:
        return [name for name in (_PROVIDERS[Device.CUDA], _CPU) if name in available]
    if device is Device.CPU:
        return [_CPU]
    if _PROVIDERS[device] not in available:
        raise ModelMissing(f"device {device}: this onnxruntime {ort.__version__} cannot use it; {_INSTALL[device]}")
    return [_PROVIDERS[device], _CPU]


def on_device(open_on: Callable[[Device], Engine], device: Device, *, cache_dir: Path) -> Engine:
    """The engine on the device, once it was found to compute as the CPU does.

    Parameters
    ----------
    open_on
        Opens the engine on a device.
    cache_dir
        Where the outcomes are kept; a check that was passed is not made again.

    Raises
    ------
    ModelMissing
        When a device that was asked for by name is not there, does not really run, or differs from the CPU.
        AUTO takes the CPU then, and the engine's `info.extra` says why.
    """
    opened = open_on(device)
    if opened.info.runs_on == "CPU":
        if device in (Device.AUTO, Device.CPU):
            return opened
        raise ModelMissing(
            f"device {device}: it could not be started, the nets fell back to the CPU; {_INSTALL[device]}"
        )
    check = _known(opened, cache_dir)
    if check is None:
        check = compared(open_on(Device.CPU), opened)
        _keep(check, opened, cache_dir)
    if check.is_passed:
        opened.info.extra["device"] = check.in_words()
        return opened
    if device is not Device.AUTO:
        raise ModelMissing(f"device {device} differs from the CPU and is not used: {check.in_words()}")
    on_cpu = open_on(Device.CPU)
    on_cpu.info.extra["device"] = f"{opened.info.runs_on} is here but not used, {check.in_words()}"
    return on_cpu


def compared(on_cpu: Engine, on_device: Engine, pictures: list[Image] | None = None) -> DeviceCheck:
    """What the device does otherwise than the CPU, on `pictures` (else those of installed packages)."""
    missed = extra = count = 0
    point_share = 0.0
    ours, theirs = [], []
    for picture in check_pictures() if pictures is None else pictures:
        a, b = on_cpu.detect(picture), on_device.detect(picture)
        pairs = _pairs(a, b)
        count, missed, extra = count + len(a), missed + len(a) - len(pairs), extra + len(b) - len(pairs)
        if not pairs:
            continue
        same_a, same_b = a[[i for i, _ in pairs]], b[[j for _, j in pairs]]
        off = np.linalg.norm(same_a.points_px - same_b.points_px, axis=2).max(axis=1) / same_a.size_px
        point_share = max(point_share, float(off.max()))
        ours.append(on_cpu.embed(picture, same_a))
        theirs.append(on_device.embed(picture, same_b))
    similarity = 0.0
    if ours:
        a_vectors, b_vectors = np.concatenate(ours), np.concatenate(theirs)
        differences = on_cpu.similarity(a_vectors, a_vectors) - on_device.similarity(b_vectors, b_vectors)
        similarity = float(np.abs(differences).max())
    return DeviceCheck(count, missed, extra, point_share, similarity)


@cache
def check_pictures() -> list[Image]:
    """Faces of 20 to 200 pixels: a group and a portrait, each at several sizes. The pictures are not to be changed."""
    whole = [read_image(wheel_file(*place)) for place in _PICTURES]
    return [
        np.asarray(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        for picture in whole
        for scale in _SCALES
    ]


def _pairs(a: Faces, b: Faces) -> list[tuple[int, int]]:
    """Places of the faces that are the same in both."""
    overlaps = _overlaps(a.box_px, b.box_px)
    return [(i, int(row.argmax())) for i, row in enumerate(overlaps) if len(row) and float(row.max()) >= _LEAST_OVERLAP]


def _overlaps(a: Float, b: Float) -> Float:
    """``(n, m)`` shared area over the area of both, of boxes ``(n, 4)`` and ``(m, 4)``."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(axis=1) for boxes in (a, b)]
    return np.asarray(shared / (areas[0][:, None] + areas[1][None, :] - shared), dtype=np.float32)


def _place(engine: Engine, cache_dir: Path) -> Path:
    of = [engine.info.runs_on, ort.__version__, ort.get_device(), sorted(engine.info.models.items())]
    key = hashlib.sha256(json.dumps(of).encode()).hexdigest()[:16]
    return cache_dir / "devices" / f"{engine.info.runs_on.lower()}-{key}.json"


def _known(engine: Engine, cache_dir: Path) -> DeviceCheck | None:
    """What was found before; None when nothing was, or its file is damaged."""
    try:
        return DeviceCheck(**json.loads(_place(engine, cache_dir).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _keep(check: DeviceCheck, engine: Engine, cache_dir: Path) -> None:
    place = _place(engine, cache_dir)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_suffix(".part")
        part.write_text(json.dumps(asdict(check)), encoding="utf-8")
        part.replace(place)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):  # a confined process checks each time
            raise BadInput(f"{place}: cannot be written ({error.strerror})") from error
