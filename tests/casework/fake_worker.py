"""A worker process with the fake engine: `python tests/casework/fake_worker.py HOME NAME [SECONDS A PICTURE]`.

LASTSEEN_DATABASE_URL is heeded. Its limits are those of `LIMITS`, and no number of crashes makes it give up a segment.
"""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from casework.access import Machine  # noqa: E402
from casework.scanning import Limits, Workshop  # noqa: E402  once the path is set
from casework.worker import Duties, run_worker  # noqa: E402
from data.models import Thoroughness  # noqa: E402
from data.store import open_store  # noqa: E402
from recognition.faces import Faces, Image  # noqa: E402
from tests.fakes import FakeEngine  # noqa: E402

LIMITS = Limits(segment_s=1.0, thoroughness=Thoroughness.BALANCED)


@dataclass
class SlowEngine(FakeEngine):
    """Takes its time to look at a picture."""

    seconds: float = 0.0

    def detect(self, image_bgr: Image, *, min_face_px: float = 24.0) -> Faces:
        time.sleep(self.seconds)
        return super().detect(image_bgr, min_face_px=min_face_px)


def workshop_on(home: Path, *, database_url: str = "", seconds: float = 0.0) -> Workshop:
    store = open_store(home, database_url=database_url).guarded(Machine("worker"))
    return Workshop(store, lambda _: SlowEngine(seconds=seconds), LIMITS)


class FakeWorker:
    """Such a process."""

    def __init__(self, home: Path, name: str, *, database_url: str = "", seconds: float = 0.0) -> None:
        command = [sys.executable, __file__, str(home), name, str(seconds)]
        environment = os.environ | {"LASTSEEN_DATABASE_URL": database_url, "OMP_NUM_THREADS": "1"}
        with (home / f"{name}.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        self.send(signal.SIGTERM)
        return self.process.wait(30)


def main(home: Path, name: str, seconds: float) -> int:
    url = os.environ.get("LASTSEEN_DATABASE_URL", "")
    duties = Duties(scans_at_once=1, crashes_allowed=1_000_000)
    workshop = workshop_on(home, database_url=url, seconds=seconds)
    return run_worker(workshop, home, name=name, duties=duties, database_url=url)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3])))
