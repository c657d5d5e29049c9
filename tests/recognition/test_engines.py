"""Engines as a whole: opened by name, found faces, compared faces; clear errors where files are missing."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from data.errors import BadInput, ModelMissing
from recognition.engines import ENGINE_HELP, open_engine
from recognition.engines.trusted import pack_hashes, trust
from recognition.faces import Engine, Faces, Float, Image
from tests.material import SHARED, shared

PACK = SHARED / "models" / "test_small"
NAMES = ["open", f"insightface:{PACK}", f"mtcnn+insightface:{PACK}"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module", params=NAMES)
def engine(request: pytest.FixtureRequest, folder: Path) -> Engine:
    if request.param != "open":
        shared("models/test_small")
    return opened(request.param, folder)


def opened(name: str, folder: Path) -> Engine:
    return open_engine(name, models_dir=folder / "models", cache_dir=folder / "engines", threads=2)


def astronaut() -> Image:
    return np.ascontiguousarray(data.astronaut()[:, :, ::-1])


def vectors_of_people(engine: Engine, people: int, photos: int) -> tuple[Float, list[str]]:
    """The middle face of the first `photos` photos of `people` people of lfw10, with their names."""
    rows, names = [], []
    for person in sorted(shared("faces/lfw10").iterdir())[:people]:
        for file in sorted(person.glob("*.jpg"))[:photos]:
            image = np.asarray(cv2.imread(str(file)), np.uint8)
            faces = engine.detect(image)
            middle = (faces.box_px[:, :2] + faces.box_px[:, 2:]) / 2 - 125
            rows.append(engine.embed(image, faces[[int(np.linalg.norm(middle, axis=1).argmin())]])[0])
            names.append(person.name)
    return np.stack(rows), names


def test_the_astronaut_is_found_once_and_is_most_like_herself(engine: Engine) -> None:
    image = astronaut()
    faces = engine.detect(image)
    vectors = engine.embed(image, faces)
    darker = (image * 0.7).astype(np.uint8)[:, ::-1].copy()
    mirrored = engine.embed(darker, engine.detect(darker))
    assert len(faces) == len(vectors) == 1
    assert np.allclose(engine.similarity(vectors, vectors), 1, atol=1e-3)
    assert engine.similarity(vectors, mirrored)[0, 0] > engine.info.alert_threshold


def test_faces_of_one_person_are_more_alike_than_those_of_two(engine: Engine) -> None:
    vectors, names = vectors_of_people(engine, people=5, photos=3)
    alike = engine.similarity(vectors, vectors)
    same = np.array(names)[:, None] == np.array(names)
    pairs = np.triu(np.ones_like(same), 1).astype(bool)
    assert np.median(alike[same & pairs]) > engine.info.alert_threshold - 0.05
    assert (alike[~same & pairs] > engine.info.review_floor).mean() < 0.03


@pytest.mark.parametrize("side", [60, 112, 400])
def test_a_tightly_cropped_enrolment_photo_has_its_face(engine: Engine, side: int) -> None:
    image = astronaut()
    x1, y1, x2, y2 = engine.detect(image).box_px[0].astype(int)
    tight = cv2.resize(image[y1:y2, x1:x2], (side * (x2 - x1) // (y2 - y1), side))
    assert len(engine.detect(np.asarray(tight, np.uint8))) == 1


def test_a_small_face_in_a_large_frame_is_found_at_its_place(engine: Engine) -> None:
    frame = np.full((1080, 1920, 3), 90, np.uint8)
    small = cv2.resize(astronaut(), None, fx=0.36, fy=0.36, interpolation=cv2.INTER_AREA)  # a face of 31 pixels
    frame[700 : 700 + small.shape[0], 1500 : 1500 + small.shape[1]] = small
    faces = engine.detect(frame, min_face_px=24)
    assert len(faces) == 1
    assert np.abs(faces.points_px[0, 2] - [1500 + 224.7 * 0.36, 700 + 129 * 0.36]).max() < 3


def test_faces_smaller_than_asked_are_left_out(engine: Engine) -> None:
    assert len(engine.detect(astronaut(), min_face_px=200)) == 0


@pytest.mark.parametrize("shape", [(0, 0, 3), (1, 1, 3), (10, 2000, 3), (2000, 12, 3), (30, 30, 3), (13, 4000, 3)])
def test_an_empty_or_odd_picture_has_no_face_and_no_vector(engine: Engine, shape: tuple[int, int, int]) -> None:
    image = np.full(shape, 128, np.uint8)
    faces = engine.detect(image)
    assert len(faces) == 0
    assert engine.embed(image, faces).shape == (0, engine.embed_crops([]).shape[1])
    assert engine.landmarks(image, faces).shape == (0, 68, 2)


def test_a_grey_picture_is_read_like_any_other(engine: Engine) -> None:
    grey = np.repeat(cv2.cvtColor(astronaut(), cv2.COLOR_BGR2GRAY)[:, :, None], 3, axis=2)
    assert len(engine.detect(np.ascontiguousarray(grey))) == 1


def test_crops_of_several_pictures_give_what_each_picture_gives(engine: Engine) -> None:
    image = astronaut()
    other = np.ascontiguousarray(image[:, ::-1])
    faces, others = engine.detect(image), engine.detect(other)
    together = engine.embed_crops([(image, faces), (other, others)])
    apart = np.concatenate([engine.embed(image, faces), engine.embed(other, others)])
    assert np.allclose(together, apart, atol=1e-5)


def test_an_engine_tells_what_it_rests_on(engine: Engine) -> None:
    info = engine.info
    assert info.name in NAMES
    assert all(len(sha256) == 64 for sha256 in info.models.values())
    assert 0 < info.review_floor < info.alert_threshold < 1
    assert info.licence
    assert info.runs_on in ("CPU", "CUDA")
    assert ("pnet.lz4" in info.models) == ("mtcnn" in info.name or info.name == "open")
    assert ("det_500m.onnx" in info.models) == info.name.startswith("insightface")


def test_landmarks_lie_round_the_five_points(engine: Engine) -> None:
    image = astronaut()
    faces = engine.detect(image)
    found = engine.landmarks(image, faces)[0]
    eyes = np.array([found[36:42].mean(axis=0), found[42:48].mean(axis=0)])
    assert np.abs(eyes - faces.points_px[0, :2]).max() < 5


def test_insightfaces_vectors_are_unit_vectors_of_the_packs_own_length(folder: Path) -> None:
    engine = opened(f"insightface:{shared('models/test_small')}", folder)
    vectors = engine.embed(astronaut(), engine.detect(astronaut()))
    assert vectors.shape == (1, 128)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_a_pack_is_found_by_name_in_either_folder(tmp_path: Path) -> None:
    for place in ("models/mine", "models/models/other"):
        shutil.copytree(shared("models/test_small"), tmp_path / place)
    for name in ("mine", "other"):
        assert opened(f"insightface:{name}", tmp_path).info.name == f"insightface:{name}"


def test_a_pack_given_by_a_relative_folder_can_be_opened_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(shared("models/test_small"), tmp_path / "packs" / "mine")
    monkeypatch.chdir(tmp_path)
    name = opened("insightface:packs/mine", tmp_path).info.name
    monkeypatch.chdir("/")
    assert opened(name, tmp_path).info.name == name


@pytest.mark.parametrize("name", ["", "opne", "insightface", "insightface:", "dlib:x", "mtcnn+insightface:"])
def test_an_unknown_engine_is_refused_with_the_names_there_are(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput) as refused:
        opened(name, tmp_path)
    assert ENGINE_HELP in str(refused.value)


@pytest.mark.parametrize("kind", ["insightface", "mtcnn+insightface"])
def test_a_missing_pack_tells_where_it_was_looked_for_and_how_to_get_it(tmp_path: Path, kind: str) -> None:
    with pytest.raises(ModelMissing) as missing:
        opened(f"{kind}:buffalo_l", tmp_path)
    told = str(missing.value)
    assert str(tmp_path / "models" / "buffalo_l") in told
    assert "cli.py models install buffalo_l --accept-licence" in told
    assert "by hand" in told
    assert "\n" not in told


@pytest.mark.parametrize("content", ["nothing", "a text", "nested"])
def test_an_empty_or_nested_pack_folder_is_explained(tmp_path: Path, content: str) -> None:
    pack = tmp_path / "models" / "buffalo_l"
    (pack / "buffalo_l").mkdir(parents=True)
    if content == "a text":
        (pack / "readme.txt").write_text("no model")
    if content == "nested":
        (pack / "buffalo_l" / "det.onnx").write_bytes(b"x")
    with pytest.raises(ModelMissing, match="one folder too deep" if content == "nested" else "not installed"):
        opened("insightface:buffalo_l", tmp_path)
    with pytest.raises(ModelMissing, match=r"\.onnx"):
        opened(f"insightface:{pack}", tmp_path)


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"det.onnx": b"not a model"}, "damaged"),
        ({"det.onnx": b""}, "damaged"),
        ({"det_500m.onnx": None}, "no face recognition"),
        ({"w_mobilefacenet.onnx": None}, "no face detection"),
    ],
)
def test_a_pack_that_is_damaged_or_not_whole_is_named(
    tmp_path: Path, files: dict[str, bytes | None], told: str
) -> None:
    pack = tmp_path / "models" / "broken"
    pack.mkdir(parents=True)
    for name, content in files.items():
        if content is None:
            shutil.copy(shared("models/test_small") / name, pack)
        else:
            (pack / name).write_bytes(content)
    trust(tmp_path / "models", "broken", pack_hashes(pack), by="test")
    with pytest.raises(ModelMissing, match=told) as missing:
        opened("insightface:broken", tmp_path)
    assert str(pack) in str(missing.value)


def test_opening_engines_asks_nothing_of_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    opened("open", tmp_path)
    with pytest.raises(ModelMissing):
        opened("insightface:buffalo_l", tmp_path)


def test_the_open_engine_imports_neither_insightface_nor_the_packages_of_its_weights(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from recognition.engines import open_engine; "
        f"open_engine('open', models_dir=Path({str(tmp_path)!r}), cache_dir=Path({str(tmp_path)!r})); "
        "sys.exit(any(m in sys.modules for m in ('insightface', 'mtcnn', 'face_recognition_models', 'dlib')))"
    )
    project = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=project, check=False, timeout=60).returncode == 0


def test_no_face_at_all_compares_to_nothing(engine: Engine) -> None:
    none = engine.embed(astronaut(), Faces.empty())
    assert engine.similarity(none, none).shape == (0, 0)
