"""POST /api/v1/faces: p50 and p95 under locust, with portraits of 250 x 250 and with pictures of 1280 x 720 from them.

python3 -m venv /tmp/locust && /tmp/locust/bin/pip install locust
.venv/bin/python -m benchmarks.load.faces --locust /tmp/locust/bin/locust

The app is served as in production; the first answer, for which the recogniser is unpacked and its process started, is
told apart.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import httpx
import numpy as np

from benchmarks.load.cameras import load, token_of
from data.store import open_store
from tests.factories import a_case
from tests.material import SHARED
from tests.serving import served_app

PORTRAITS = SHARED / "faces/lfw10"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--locust", default="locust")
    asked.add_argument("--users", type=int, default=4)
    asked.add_argument("--seconds", type=int, default=30)
    given = asked.parse_args()
    if not PORTRAITS.is_dir():
        print("skipped: no ../shared")
        return
    with TemporaryDirectory() as folder:
        home, groups = Path(folder) / "home", Path(folder) / "groups"
        store = open_store(home)
        with store.writing() as writing:
            writing.add_case(a_case())
        store.close()
        _make_groups(groups)
        token = token_of(home)
        os.environ["LASTSEEN_API_PER_MINUTE"] = "0"
        with served_app(home) as address:
            print(f"the first answer: {_first(address, token):.2f} s")
            for name, pictures in (("portraits, 250 x 250", PORTRAITS), ("eight faces, 1280 x 720", groups)):
                told = {"LOAD_TOKEN": token, "LOAD_NAME": name, "LOAD_PICTURES": str(pictures)}
                load("picture_posts.py", address, given, Path(folder), **told)


def _make_groups(folder: Path) -> None:
    """Pictures of 1280 x 720 with eight portraits each."""
    folder.mkdir()
    portraits = [np.asarray(cv2.imread(str(path))) for path in sorted(PORTRAITS.rglob("*.jpg"))]
    for number in range(10):
        picture = np.full((720, 1280, 3), 128, np.uint8)
        for place in range(8):
            y, x = 60 + 330 * (place // 4), 20 + 315 * (place % 4)
            picture[y : y + 250, x : x + 250] = portraits[(8 * number + place) % len(portraits)]
        cv2.imwrite(str(folder / f"{number}.jpg"), picture)


def _first(address: str, token: str) -> float:
    began = time.perf_counter()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "image/jpeg"}
    picture = next(iter(sorted(PORTRAITS.rglob("*.jpg")))).read_bytes()
    answer = httpx.post(f"{address}/api/v1/faces", content=picture, headers=headers, trust_env=False, timeout=180)
    answer.raise_for_status()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
