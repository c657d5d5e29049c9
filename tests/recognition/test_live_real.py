"""The real recogniser on real footage, looked at as a live camera is: every two seconds, sooner where it matters."""

from datetime import timedelta
from pathlib import Path

import av
import numpy as np

from recognition.engines import open_engine
from recognition.faces import Image
from recognition.live_eyes import OwnLiveEyes
from recognition.live_passes import Passes
from recognition.pictures import jpeg
from recognition.references import reference_vectors
from tests.factories import NOON
from tests.material import shared

RATE = 12.0
CORRIDOR = "faces/intel_corridor/head-pose-face-detection"


def clip(name: str) -> list[Image]:
    with av.open(str(shared(f"{CORRIDOR}-{name}.gif"))) as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]


def test_the_woman_sought_is_reported_once_each_time_she_passes_and_the_man_never(tmp_path: Path) -> None:
    him, both, her = clip("male"), clip("female-and-male"), clip("female")
    (tmp_path / "her.jpg").write_bytes(jpeg(her[0]))
    engine = open_engine("open", models_dir=tmp_path / "models", cache_dir=tmp_path / "engines", threads=1)
    sought = reference_vectors(engine, [tmp_path / "her.jpg"]).vectors
    scenes = [him * 5, both, him * 6, both]
    film = [picture for scene in scenes for picture in scene]
    starts = np.cumsum([0, *(len(scene) for scene in scenes)]) / RATE

    passes, eyes, at_s, reported = Passes(engine, sought), OwnLiveEyes(engine), 0.0, []
    while at_s * RATE < len(film):
        looked = eyes.look("mjpeg", [jpeg(film[int(at_s * RATE)])], min_face_px=24, max_pixels=10**6, is_new_start=True)
        assert looked is not None
        reported += [(at_s, one.similarity) for one in passes.see(NOON + timedelta(seconds=at_s), looked)]
        at_s += 0.4 if passes.is_confirming else 2.0

    assert len(reported) == 2
    for (when_s, similarity), (start_s, end_s) in zip(
        reported, ((starts[1], starts[2]), (starts[3], starts[4])), strict=True
    ):
        assert start_s <= when_s <= end_s + 2.0
        assert similarity >= engine.info.review_floor
