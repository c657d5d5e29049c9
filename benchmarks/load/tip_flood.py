"""What locust asks: colleagues read their case, strangers flood the public's page, if there are any.

Run by `benchmarks.load.tips`, in locust's own environment; this file imports nothing of ours.
"""

import os

from locust import HttpUser, between, constant, task

WHEN = os.environ["LOAD_WHEN"]
PAGE = f"/api/public/tips/{os.environ['LOAD_CODE']}"
DONE_OR_REFUSED = (200, 201, 303, 400, 409, 422, 429)


class Colleague(HttpUser):
    """Reads the case about three times a second."""

    fixed_count = int(os.environ["LOAD_COLLEAGUES"])
    wait_time = between(0.2, 0.4)

    def on_start(self) -> None:
        self.client.trust_env = False
        self.client.headers["Authorization"] = f"Bearer {os.environ['LOAD_TOKEN']}"

    @task
    def case(self) -> None:
        self.client.get(f"/api/v1/cases/{os.environ['LOAD_CASE']}", name=f"{WHEN}: a colleague reads the case")


class Stranger(HttpUser):
    """Opens the page and sends a report, again and again."""

    wait_time = constant(0)

    def on_start(self) -> None:
        self.client.trust_env = False

    @task
    def report(self) -> None:
        opened = self.client.get(PAGE, name=f"{WHEN}: a stranger opens the page")
        if not opened.ok:
            return
        form = {"ticket": opened.json()["ticket"], "words": "A red coat"}
        send = self.client.post(
            PAGE, data=form, files={"file": ("", b"")}, name=f"{WHEN}: a stranger sends a report", catch_response=True
        )
        with send as answer:
            if answer.status_code in DONE_OR_REFUSED:
                answer.success()
