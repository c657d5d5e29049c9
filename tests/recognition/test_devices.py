"""A device is used only where it computes as the CPU does."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from data.errors import ModelMissing
from recognition.engines import open_engine
from recognition.engines.devices import check_pictures, compared, on_device, providers
from recognition.faces import Device, EngineInfo, Faces, Float, Image

PICTURES = [np.zeros((100, 100, 3), np.uint8)]
UPRIGHT = np.array([[10, 12], [30, 12], [20, 22], [13, 32], [27, 32]], np.float32)


@dataclass
class Runs:
    """An engine that finds two faces, as a device might compute it."""

    on: str = "CPU"
    turned: float = 0.0
    moved_px: float = 0.0
    found: int = 2
    info: EngineInfo = field(init=False)

    def __post_init__(self) -> None:
        self.info = EngineInfo("fake", "", {"net.onnx": "00"}, 0.3, 0.5, "", runs_on=self.on)

    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        boxes = np.array([[0, 0, 40, 40], [50, 50, 90, 90], [0, 50, 40, 90]], np.float32)[: self.found]
        points = np.stack([UPRIGHT + box[:2] + self.moved_px for box in boxes])
        return Faces(boxes, np.ones(len(boxes), np.float32), points)

    def embed(self, image_bgr: Image, faces: Faces) -> Float:
        angles = np.linspace(0, 1, len(faces)) * (1 + self.turned)
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)

    def embed_crops(self, crops: list[tuple[Image, Faces]]) -> Float:
        raise NotImplementedError

    def similarity(self, a: Float, b: Float) -> Float:
        return np.asarray(a @ b.T, dtype=np.float32)

    def landmarks(self, image_bgr: Image, faces: Faces) -> Float:
        raise NotImplementedError


def opener(device: Runs) -> Callable[[Device], Runs]:
    return lambda wanted: Runs() if wanted is Device.CPU else device


def test_what_computes_alike_passes() -> None:
    check = compared(Runs(), Runs("CUDA", turned=0.001), PICTURES)
    assert check.is_passed
    assert check.faces == 2
    assert 0 < check.similarity < 0.01


@pytest.mark.parametrize(
    "device",
    [Runs("CUDA", turned=0.1), Runs("CUDA", moved_px=2), Runs("CUDA", found=1), Runs("CUDA", found=3)],
    ids=["similarities", "points", "a face missed", "a face too many"],
)
def test_what_differs_is_refused_by_name_and_left_aside_by_auto(device: Runs, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="device cuda differs from the CPU.*compared with the CPU on"):
        on_device(opener(replace(device)), Device.CUDA, cache_dir=tmp_path)
    taken = on_device(opener(replace(device)), Device.AUTO, cache_dir=tmp_path)
    assert taken.info.runs_on == "CPU"
    assert taken.info.extra["device"].startswith("CUDA is here but not used, compared with the CPU")


def test_a_check_is_made_once_and_kept(tmp_path: Path) -> None:
    opened: list[Device] = []

    def open_on(wanted: Device) -> Runs:
        opened.append(wanted)
        return opener(Runs("CUDA"))(wanted)

    for _ in range(2):
        engine = on_device(open_on, Device.CUDA, cache_dir=tmp_path)
        assert engine.info.runs_on == "CUDA"
        assert "0 missed" in engine.info.extra["device"]
    assert opened == [Device.CUDA, Device.CPU, Device.CUDA]


def test_a_damaged_record_is_no_check(tmp_path: Path) -> None:
    on_device(opener(Runs("CUDA")), Device.CUDA, cache_dir=tmp_path)
    (kept,) = (tmp_path / "devices").iterdir()
    kept.write_text('{"faces": 9}')
    with pytest.raises(ModelMissing, match="differs"):
        on_device(opener(Runs("CUDA", found=1)), Device.CUDA, cache_dir=tmp_path)


def test_a_device_that_fell_back_to_the_cpu_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="device cuda: it could not be started"):
        on_device(lambda _: Runs(), Device.CUDA, cache_dir=tmp_path)


def test_a_device_this_onnxruntime_lacks_is_named_with_what_to_install() -> None:
    for device, package in ((Device.CUDA, "onnxruntime-gpu"), (Device.OPENVINO, "onnxruntime-openvino")):
        if (
            f"{device.upper() if device is Device.CUDA else 'OpenVINO'}ExecutionProvider"
            in ort.get_available_providers()
        ):
            continue
        with pytest.raises(ModelMissing, match=f"device {device}: .*pip install {package}"):
            providers(device)


def test_the_pictures_show_many_faces_of_many_sizes_and_the_cpu_equals_itself(tmp_path: Path) -> None:
    engine = open_engine("open", models_dir=tmp_path, cache_dir=tmp_path, device=Device.CPU)
    check = compared(engine, engine)
    assert check.faces >= 15
    assert check.is_passed
    sizes = np.concatenate([engine.detect(picture).size_px for picture in check_pictures()])
    assert sizes.min() < 40
    assert sizes.max() > 100


@pytest.mark.parametrize("device", [Device.CUDA, Device.OPENVINO])
def test_a_device_that_is_here_passes_its_check(device: Device, tmp_path: Path) -> None:
    try:
        providers(device)
    except ModelMissing as error:
        pytest.skip(f"skipped: {error}")
    engine = open_engine("open", models_dir=tmp_path, cache_dir=tmp_path, device=device)
    assert engine.info.runs_on.lower() == device
