"""Opens recognition engines by name: what finds faces in pictures and what compares them.

``open``                            MTCNN and dlib's network, from installed packages; nothing to download
``insightface:PACK``                an InsightFace pack, by name or by folder
``mtcnn+insightface:PACK``          MTCNN finds, the pack's ArcFace compares
"""

from dataclasses import dataclass
from pathlib import Path

from data.errors import BadInput
from recognition.calibration import ALERT_FALSE_PER_1000_TRACKS, REVIEW_FALSE_PER_1000_TRACKS, find_calibration
from recognition.engines.devices import on_device, providers
from recognition.engines.dlib_graph import BUILDER_VERSION as DLIB_VERSION
from recognition.engines.dlib_graph import build_dlib
from recognition.engines.dlib_resnet import DlibRecogniser
from recognition.engines.engine import ComposedEngine, Detector
from recognition.engines.graphs import cached_files
from recognition.engines.mtcnn import MtcnnDetector
from recognition.engines.mtcnn_graphs import BUILDER_VERSION as MTCNN_VERSION
from recognition.engines.mtcnn_graphs import build_mtcnn
from recognition.engines.runtime import open_session, runs_on
from recognition.engines.thresholds import UNMEASURED_ARCFACE, UNMEASURED_DLIB, Thresholds, thresholds
from recognition.engines.trusted import SHIPPED, check_pack
from recognition.engines.weights import DLIB_FILES, MTCNN_FILES, sha256_of, sha256_of_each, trusted_bytes, wheel_files
from recognition.faces import Device, Engine, EngineInfo, Scale
from recognition.licences import FREE, RESEARCH_ONLY

WITH_MTCNN = "mtcnn+insightface"
ENGINE_HELP = (
    "open (built in), insightface:PACK or mtcnn+insightface:PACK, where PACK is an installed pack's name or a folder"
)


@dataclass(frozen=True)
class _Allowed:
    """Where an installation's own calibrations lie, and how many strangers in a thousand tracks may pass."""

    calibrations_dir: Path | None
    review_rate: float
    alert_rate: float

    def thresholds(self, models: dict[str, str], unmeasured: Thresholds) -> Thresholds:
        calibration = find_calibration(models, self.calibrations_dir)
        return thresholds(calibration, unmeasured, review_rate=self.review_rate, alert_rate=self.alert_rate)


def open_engine(
    name: str,
    *,
    models_dir: Path,
    cache_dir: Path,
    threads: int = 2,
    calibrations_dir: Path | None = None,
    review_rate: float = REVIEW_FALSE_PER_1000_TRACKS,
    alert_rate: float = ALERT_FALSE_PER_1000_TRACKS,
    device: Device = Device.AUTO,
) -> Engine:
    """The engine called `name`; nothing is ever downloaded.

    Parameters
    ----------
    name
        One of ``ENGINE_HELP``.
    models_dir
        Folder of InsightFace packs, one folder each.
    cache_dir
        Folder for the graphs that are built from installed weights.
    threads
        Threads a running net may use.
    calibrations_dir
        Folder of calibrations made here (``cli.py calibrate``); they go before those that come with LastSeen.
    review_rate, alert_rate
        Strangers in a thousand tracks that may be offered for review, and that may alert, when one person is sought;
        above 0. The engine's review floor and alert threshold follow from them.
    device
        What the nets run on; another one than the CPU is compared with it before it is used.

    Raises
    ------
    BadInput
        When the name is none of the known ones, or a calibration made here is damaged.
    ModelMissing
        When its files are not here; says where they were looked for and how to get them. Also when one of them stands
        in no manifest (`recognition.engines.trusted`), or the device is not there or differs from the CPU.
    """
    kind, _, pack = name.partition(":")
    allowed = _Allowed(calibrations_dir, review_rate, alert_rate)

    def open_on(wanted: Device) -> Engine:
        if name == "open":
            return _open_engine(cache_dir, threads, allowed, wanted)
        folders = {"models_dir": models_dir, "cache_dir": cache_dir}
        return _pack_engine(kind, pack, **folders, threads=threads, allowed=allowed, device=wanted)

    if name == "open" or (kind in ("insightface", WITH_MTCNN) and pack):
        return on_device(open_on, device, cache_dir=cache_dir)
    raise BadInput(f"engine {name!r} is unknown; choose {ENGINE_HELP}")


def open_mtcnn(cache_dir: Path, threads: int, device: Device = Device.CPU) -> tuple[MtcnnDetector, dict[str, str]]:
    """MTCNN, and the SHA-256 of each of its weight files."""
    paths = wheel_files(MTCNN_FILES)
    hashes = sha256_of_each(paths)
    graphs = cached_files(cache_dir, "mtcnn", version=MTCNN_VERSION, sources=hashes, build=lambda: build_mtcnn(paths))
    on = providers(device)
    nets = (open_session(graphs[f"{net}.onnx"], threads=threads, providers=on) for net in ("pnet", "rnet", "onet"))
    return MtcnnDetector(*nets), hashes


def open_dlib(cache_dir: Path, threads: int, device: Device = Device.CPU) -> tuple[DlibRecogniser, dict[str, str]]:
    """dlib's network, and the SHA-256 of its file."""
    paths = wheel_files(DLIB_FILES)
    hashes = sha256_of_each(paths)
    graphs = cached_files(
        cache_dir, "dlib", version=DLIB_VERSION, sources=hashes,
        build=lambda: {"dlib.onnx": build_dlib(*(trusted_bytes(path, SHIPPED) for path in paths.values()))},
    )  # fmt: skip
    return DlibRecogniser(open_session(graphs["dlib.onnx"], threads=threads, providers=providers(device))), hashes


def _open_engine(cache_dir: Path, threads: int, allowed: _Allowed, device: Device) -> Engine:
    detector, detector_files = open_mtcnn(cache_dir, threads, device)
    recogniser, recogniser_files = open_dlib(cache_dir, threads, device)
    models = detector_files | recogniser_files
    found = allowed.thresholds(models, UNMEASURED_DLIB)
    info = EngineInfo(
        name="open",
        licence=FREE,
        models=models,
        review_floor=found.review_floor,
        alert_threshold=found.alert_threshold,
        similarity_meaning="1 - distance of dlib's vectors: dlib's usual tolerance of 0.6 reads 0.4",
        runs_on=runs_on(recogniser.net),
        extra=found.measured,
        scale=Scale.DISTANCE,
    )
    return ComposedEngine(info, detector, recogniser, cache_dir)


def _pack_engine(
    kind: str, pack: str, *, models_dir: Path, cache_dir: Path, threads: int, allowed: _Allowed, device: Device
) -> Engine:
    # only now: importing insightface takes a second
    from recognition.engines.pack import open_pack, pack_folder

    folder = pack_folder(pack, models_dir)
    check_pack(folder, models_dir, pack=pack)
    detector: Detector
    detector, recogniser = open_pack(folder, threads=threads, providers=providers(device))
    models = {detector.file.name: sha256_of(detector.file)}
    if kind == WITH_MTCNN:
        detector, models = open_mtcnn(cache_dir, threads, device)
    models |= {recogniser.file.name: sha256_of(recogniser.file)}
    found = allowed.thresholds(models, UNMEASURED_ARCFACE)
    info = EngineInfo(
        # a folder by its full path, so that another process can open the same engine
        name=f"{kind}:{pack if folder.parent in (models_dir.resolve(), models_dir.resolve() / 'models') else folder}",
        licence=RESEARCH_ONLY,
        models=models,
        review_floor=found.review_floor,
        alert_threshold=found.alert_threshold,
        similarity_meaning="cosine of unit vectors",
        runs_on=runs_on(recogniser.model.session),
        extra=found.measured,
    )
    return ComposedEngine(info, detector, recogniser, cache_dir)
