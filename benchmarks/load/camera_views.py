"""What locust asks of the API: maps of a region with 100,000 cameras, panned and zoomed at random by many people.

Run by `benchmarks.load.cameras`, in locust's own environment; this file imports nothing of ours.
"""

import os
import random

from locust import HttpUser, between, task

CASE = os.environ["LOAD_CASE"]
SOUTH, WEST, NORTH, EAST = 51.25, -0.4, 51.75, 0.4
TILES_WIDE, TILES_HIGH = 5.0, 3.125  # a window of 1280 by 800 points


def box(zoom: int, rng: random.Random) -> str:
    """A window somewhere in the region, as west,south,east,north."""
    width = 360.0 / 2**zoom * TILES_WIDE
    height = width * TILES_HIGH / TILES_WIDE * 0.62  # a degree of latitude is drawn longer, at 51.5 degrees north
    lat, lon = rng.uniform(SOUTH, NORTH), rng.uniform(WEST, EAST)
    return f"{lon - width / 2:.6f},{lat - height / 2:.6f},{lon + width / 2:.6f},{lat + height / 2:.6f}"


class Investigator(HttpUser):
    """Looks at a map, and now and then asks for the records of what it shows."""

    wait_time = between(0.2, 0.6)

    def on_start(self) -> None:
        self.rng = random.Random(8)
        self.client.trust_env = False
        self.client.headers["Authorization"] = f"Bearer {os.environ['LOAD_TOKEN']}"

    @task(9)
    def view(self) -> None:
        zoom = self.rng.randint(9, 17)
        asked = {"case": CASE, "bbox": box(zoom, self.rng), "zoom": zoom, "badges": 10}
        self.client.get("/api/v1/cameras", params=asked, name="cameras and clusters in a box")

    @task(1)
    def records(self) -> None:
        asked = {"bbox": box(self.rng.randint(13, 17), self.rng), "limit": 100}
        self.client.get("/api/v1/cameras/records", params=asked, name="records in a box")
