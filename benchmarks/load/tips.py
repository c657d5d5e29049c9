"""A flood at the public's page: p50 and p95 of it, and of what the agency's own people ask meanwhile, under locust.

python3 -m venv /tmp/locust && /tmp/locust/bin/pip install locust
.venv/bin/python -m benchmarks.load.tips --locust /tmp/locust/bin/locust

The app is served as in production, the limits are as they come. Strangers open the page and send reports as fast as
they are answered; two colleagues read their case as calmly as before. Locust takes its share of the machine.
"""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.load.cameras import CASE, load, token_of
from casework import tip_door
from casework.access import Machine
from data import tip_rows
from data.store import open_store
from tests.factories import a_case
from tests.serving import served_app

COLLEAGUES = 2


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--locust", default="locust")
    asked.add_argument("--strangers", type=int, default=16)
    asked.add_argument("--seconds", type=int, default=30)
    given = asked.parse_args()
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        code = _open_page(home)
        token = token_of(home)
        os.environ["LASTSEEN_API_PER_MINUTE"] = "0"
        with served_app(home) as address:
            for strangers, when in ((0, "quiet"), (given.strangers, "flood")):
                given.users = COLLEAGUES + strangers
                told = {"LOAD_TOKEN": token, "LOAD_CASE": CASE, "LOAD_CODE": code, "LOAD_WHEN": when}
                load("tip_flood.py", address, given, Path(folder), **told, LOAD_COLLEAGUES=str(COLLEAGUES))
        store = open_store(home)
        kept = len(tip_rows.tips(store, CASE))
        store.close()
        print(f"reports kept: {kept}; the limit for one address is {tip_door.Limits().per_address} an hour")


def _open_page(home: Path) -> str:
    whole = open_store(home)
    store = whole.guarded(Machine("benchmark"))
    with whole.writing() as writing:
        writing.add_case(a_case(id=CASE))
    tip_door.open_page(store, CASE, agency="Town police", words="Has anybody seen her?", by="benchmark")
    page = tip_door.page_of(store, CASE)
    whole.close()
    if page is None:
        raise RuntimeError("the page was not opened")
    return page.code


if __name__ == "__main__":
    main()
