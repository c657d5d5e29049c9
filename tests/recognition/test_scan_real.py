"""People found, and not found, in real footage, with both engines."""

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest

from recognition.engines import open_engine
from recognition.faces import Engine
from recognition.references import reference_vectors
from recognition.scan import ScanResult, scan, to_json
from tests.material import SHARED, shared

OPEN, PACK = "open", f"insightface:{SHARED}/models/test_small"
CORRIDOR, STILLS, STREET = "faces/intel_corridor", "faces/face_recognition", "faces/facenet_street"


@cache
def engine(name: str) -> Engine:
    if name == PACK:
        shared("models/test_small")
    return open_engine(name, models_dir=SHARED / "models", cache_dir=Path(mkdtemp()), threads=2)


@cache
def looked_for(name: str, reference: str, footage: str) -> ScanResult:
    references = reference_vectors(engine(name), [shared(reference)])
    return scan(shared(footage), engine=engine(name), references=references, keep_pictures=True)


def alerts(result: ScanResult) -> int:
    return sum(track.similarity >= result.engine.alert_threshold for track in result.tracks)


both_engines = pytest.mark.parametrize("name", [OPEN, PACK], ids=["open", "pack"])


@both_engines
def test_the_woman_of_the_corridor_is_found_beside_the_man(name: str) -> None:
    footage = f"{CORRIDOR}/head-pose-face-detection-female-and-male.gif"
    result = looked_for(name, f"{CORRIDOR}/head-pose-face-detection-female.gif", footage)
    first = result.tracks[0]
    assert first.best_box_px[2] < 240, "she stands on the left"
    assert first.similarity >= result.engine.alert_threshold
    assert alerts(result) == 1


@both_engines
def test_the_woman_of_the_corridor_is_the_left_of_three_who_walk(name: str) -> None:
    footage = f"{CORRIDOR}/face-demographics-walking-and-pause.gif"
    result = looked_for(name, f"{CORRIDOR}/head-pose-face-detection-female.gif", footage)
    first = result.tracks[0]
    assert first.best_box_px[2] < 160, "she walks on the left"
    assert first.similarity >= result.engine.alert_threshold
    assert alerts(result) == 1
    assert len(result.tracks) == 3
    assert all(t.seen == result.coverage.frames_examined for t in result.tracks), "nobody is lost on the way"


@both_engines
def test_lin_manuel_miranda_is_found_in_the_hamilton_clip(name: str) -> None:
    result = looked_for(name, f"{STILLS}/lin-manuel-miranda.png", f"{STILLS}/short_hamilton_clip.mp4")
    candidates = to_json(result)["tracks"]
    sure = [t for t in result.tracks if t.similarity >= result.engine.alert_threshold]
    assert candidates[0]["is_candidate"]
    assert sure
    assert all(3.6 < t.start_s < t.end_s < 7.9 for t in sure), "he sings alone from 3.6 to 7.85 s"
    assert sum(t.end_s - t.start_s for t in sure) > 3.5
    assert result.coverage.frames_examined < result.coverage.frames_decoded == 275


@both_engines
def test_biden_is_not_found_in_the_hamilton_clip(name: str) -> None:
    result = looked_for(name, f"{STILLS}/biden.jpg", f"{STILLS}/short_hamilton_clip.mp4")
    assert to_json(result)["tracks"] == []


@both_engines
def test_a_stranger_is_not_found_in_the_street(name: str) -> None:
    result = looked_for(name, f"{STREET}/angelina_jolie.jpg", f"{STREET}/street.mp4")
    assert len(result.tracks) >= 8, "people walk there all the same"
    assert alerts(result) == 0


@both_engines
def test_times_agree_with_the_container_to_the_picture(name: str) -> None:
    result = looked_for(name, f"{STILLS}/lin-manuel-miranda.png", f"{STILLS}/short_hamilton_clip.mp4")
    first_s, step_s = 10214 / 11988, 400 / 11988  # the container's own ticks
    assert result.info.first_frame_s == pytest.approx(first_s, abs=1e-9)
    for track in result.tracks:
        for at_s in (track.start_s, track.best_s, track.end_s):
            assert abs((at_s - first_s) / step_s - round((at_s - first_s) / step_s)) < 1e-6
