"""What locust asks of the API: the faces of pictures, one after the other, by programs that wait for each answer.

Run by `benchmarks.load.faces`, in locust's own environment; this file imports nothing of ours.
"""

import os
import random
from pathlib import Path

from locust import HttpUser, between, task

PICTURES = [path.read_bytes() for path in sorted(Path(os.environ["LOAD_PICTURES"]).rglob("*.jpg"))]


class Program(HttpUser):
    """Sends a picture, as a phone in the field does every two seconds."""

    wait_time = between(1.5, 2.5)

    def on_start(self) -> None:
        self.rng = random.Random(8)
        self.client.trust_env = False
        self.client.headers["Authorization"] = f"Bearer {os.environ['LOAD_TOKEN']}"
        self.client.headers["Content-Type"] = "image/jpeg"

    @task
    def faces(self) -> None:
        picture = self.rng.choice(PICTURES)
        self.client.post("/api/v1/faces", data=picture, name=os.environ["LOAD_NAME"])
