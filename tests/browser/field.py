"""Somebody is looked for in the field: a case whose photo was checked, and a camera's film in which she can be seen."""

from pathlib import Path

import cv2
import numpy as np
from skimage import data as pictures

from casework import cases, jobs
from casework.scanning import Limits, Workshop
from data.models import Photo
from data.store import Store, open_store
from recognition.engines import open_engine
from recognition.faces import Image
from tests.factories import a_case
from tests.fakes import Anyone

ENGINE = "open"
HERE = (60.170833, 24.937500)
"""Where the browser stands."""
WIDTH, HEIGHT = 640, 480


def her_photo() -> Image:
    """A portrait that is free for anybody to use."""
    return np.ascontiguousarray(pictures.astronaut()[:, :, ::-1])


def field_home(home: Path) -> Path:
    """A store with one case that may be searched, whose one photo shows her."""
    store = open_store(home).guarded(Anyone())
    with store.writing() as writing:
        writing.add_case(a_case())
    photo = home / "aino.png"
    cv2.imwrite(str(photo), her_photo())
    with photo.open("rb") as stream:
        added = cases.add_photo(store, "case-1", stream=stream, original_name="aino.png", by="Ann")
    check(store, added, home)
    store.close()
    return home


def check(store: Store, photo: Photo, home: Path) -> None:
    """What a worker does with a new photo."""
    engine = open_engine(ENGINE, models_dir=home / "models", cache_dir=home / "engines")
    job = jobs.check_photo(store, photo.id, engine=ENGINE, by="Ann")
    Workshop(store, lambda _: engine, Limits()).check_photo(job.id)
    assert store.photo(photo.id).is_usable


def film(path: Path, *, frames: int = 30) -> Path:
    """What a hand-held camera sees: her, in a picture that trembles; as Chromium plays it in place of a camera."""
    portrait = cv2.resize(her_photo()[:400, 60:460], (HEIGHT, HEIGHT))
    with path.open("wb") as out:
        for number in range(frames):
            picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
            left = 80 + round(6 * np.sin(number / 4))
            picture[:, left : left + HEIGHT] = portrait
            out.write(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return path
