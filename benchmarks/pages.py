"""Server time of one run of each page, over a case of 200 cameras, 50 footages and 500 candidates.

.venv/bin/python -m benchmarks.pages [--quick]

A run is measured from outside, on the page's own websocket: from asking for the page to its last element, as a
browser would wait for it. The first two runs of each page warm it and are not counted.
"""

import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import cv2
import numpy as np
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from casework.signing_in import COOKIE
from data.models import FootageRequest, JobState, MatchState, RequestState, Review, Sighting, Verdict, utc_now
from data.store import open_store
from tests.factories import a_camera, a_case, a_footage, a_job, a_match, a_photo, a_track
from tests.serving import served_app
from tests.signing import sign_in

CAMERAS, FOOTAGES, CANDIDATES = 200, 50, 500
AT_MOST_MS = 300.0
PAGES = ("", "case", "map", "cameras", "requests", "footage", "review", "timeline", "record")


def picture(number: int, width: int, height: int) -> bytes:
    image = np.random.default_rng(number).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", cv2.resize(image, (width, height)))[1])


def filled(home: Path) -> None:
    """The case, as a day and a half of work would leave it."""
    store, now = open_store(home), utc_now()
    start = now - timedelta(hours=30)
    faces = [store.files.put_bytes(picture(n, 160, 160), what="a face") for n in range(40)]
    frames = [store.files.put_bytes(picture(100 + n, 960, 540), what="a frame") for n in range(10)]
    with store.writing() as writing:
        writing.add_case(replace(a_case(), created_at=start))
        writing.add(a_photo(crop_sha256=faces[0], preview_sha256=frames[0], added_at=start))
        for n in range(5):
            at = start + timedelta(minutes=25 * n)
            writing.add(Sighting(f"s-{n}", "case-1", 60.17 + n / 800, 24.94, 40.0, at, created_at=at))
        for n in range(CAMERAS):
            place = {"lat": 60.16 + n % 20 / 900, "lon": 24.92 + n // 20 / 250}
            writing.add(a_camera(f"cam-{n}", **place, headings_deg=(float(7 * n % 360),), retention_days=3.0))
            if n < 40:
                known = {"id": f"r-{n}", "case_id": "case-1", "camera_id": f"cam-{n}", "state": RequestState.SENT}
                span = {"from_at": start, "to_at": start + timedelta(hours=1), "created_at": start} | {
                    "clock_offset_s": 0.0,
                    "retention_days": 3.0,
                    "score": 1.0,
                }
                writing.add(FootageRequest(**known, **span))  # type: ignore[arg-type]
        for n in range(FOOTAGES):
            writing.add(a_footage(f"f-{n}", camera_id=f"cam-{n}", started_at=start, added_at=now))
            done = {"state": JobState.DONE, "seconds_total": 3600.0, "seconds_done": 3600.0, "ended_at": now}
            writing.add(a_job(f"j-{n}", of_id=f"f-{n}", **done))
        for n in range(CANDIDATES):
            shots = {"crop_sha256": faces[n % 40], "context_sha256": frames[n % 10]}
            times = {"start_s": 6.0 * n, "best_s": 6.0 * n + 2, "end_s": 6.0 * n + 5}
            track = a_track(f"t-{n}", scan_id=f"j-{n % 50}", similarity=0.4 + n / 1500, **times, **shots)
            state = MatchState.REJECTED if n % 5 == 0 else MatchState.TO_REVIEW
            writing.put_track(track)
            writing.add_match(a_match(f"m-{n}", footage_id=f"f-{n % 50}", track=track, state=state))
            if n % 5 == 0:
                writing.add_review(Review(f"v-{n}", f"m-{n}", Verdict.REJECT, "Ann", "", now), sequence=1)
    store.close()


def asked_for(line: ClientConnection, page: str) -> tuple[float, int]:
    """Milliseconds until a page of the case is drawn, and the bytes that came for it."""
    asked = BackMsg()
    asked.rerun_script.query_string, asked.rerun_script.page_name = "case=case-1", page
    began, size = time.perf_counter(), 0
    line.send(asked.SerializeToString())
    while True:
        data = line.recv(timeout=60)
        size += len(data)
        told = ForwardMsg.FromString(data if isinstance(data, bytes) else data.encode())
        if told.WhichOneof("type") == "script_finished":
            if told.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                return 1000 * (time.perf_counter() - began), size
            if told.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                raise RuntimeError(f"page {page!r} broke: {told.script_finished}")


def main(options: list[str]) -> int:
    rounds = 5 if "--quick" in options else 15
    too_slow = 0
    with TemporaryDirectory() as folder:
        filled(Path(folder))
        with served_app(Path(folder)) as address:
            token = sign_in(address, Path(folder), "bench").token
            for page in PAGES:
                with connect(
                    address.replace("http", "ws", 1) + "/_stcore/stream",
                    additional_headers={"Cookie": f"{COOKIE}={token}", "Origin": address},
                    subprotocols=["streamlit"],  # type: ignore[list-item]
                    max_size=None,
                    proxy=None,
                ) as line:
                    turns = [asked_for(line, page) for _ in range(rounds + 2)][2:]
                took = median(ms for ms, _ in turns)
                too_slow |= took > AT_MOST_MS
                note = "  TOO SLOW" if took > AT_MOST_MS else ""
                print(f"{page or 'home':<12} median {took:7.0f} ms   {turns[-1][1]:9,} bytes{note}")
    return int(too_slow)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
