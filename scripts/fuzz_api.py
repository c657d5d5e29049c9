"""Asks the served API at random, by its own description and as everybody there is: `make fuzz-api`.

A town with two cases (tests/access/scene.py), the app on a port of its own, and schemathesis in front of it, once for
each role by a session and once for each by a token. Ends with 1 where an answer is not one that the description allows.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from casework import tokens  # noqa: E402  after the path
from casework.access import Machine  # noqa: E402
from tests.access.scene import ANONYMOUS, PEOPLE, copy_of, make_town  # noqa: E402
from tests.serving import served_app  # noqa: E402

CHECKS = "all"
LEFT_OUT = "positive_data_acceptance"
"""That whatever the description allows is done: it says nothing of names that are taken, or of days in the future."""
NOT_ASKED = "^/ready$|^/uploads|/events$"
"""No worker runs here, so that it is not ready; tus is spoken by tests/api/test_uploads.py; and lines that go on."""


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--examples", type=int, default=50, help="cases for each operation and role")
    asked.add_argument("--seed", type=int, default=8)
    asked.add_argument("--role", action="append", choices=[*PEOPLE, ANONYMOUS], help="only these; all unless given")
    asked.add_argument("rest", nargs="*", help="more for `st run`, after --")
    given = asked.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        town = make_town(Path(folder) / "town")
        for who in given.role or [*PEOPLE, ANONYMOUS]:
            home = Path(folder) / who
            if not _is_clean(copy_of_town(town, home), home, who, given):
                failed.append(who)
    print("failed as " + ", ".join(failed) if failed else "clean as everybody")
    return 1 if failed else 0


def copy_of_town(town: Path, home: Path) -> dict[str, str]:
    """A fresh copy, and everybody's token at it."""
    scene = copy_of(town, home, "supervisor")
    try:
        store = scene.whole.guarded(Machine("fuzzing"))
        return {
            who: tokens.make_key(store, account.id, purpose="fuzzing", by="fuzzing", lasts=timedelta(days=1))[1]
            for who, account in PEOPLE.items()
        }
    finally:
        scene.whole.close()


def _is_clean(token_of: dict[str, str], home: Path, who: str, given: argparse.Namespace) -> bool:
    os.environ["LASTSEEN_API_PER_MINUTE"] = "0"
    with served_app(home) as address:
        print(f"== as {who}", flush=True)
        ended = subprocess.run(_command(address, token_of, who, given), cwd=home, check=False)
    broken = [line for line in (home / "served.log").read_text().splitlines() if "Error" in line]
    print("\n".join(broken[-20:]))
    return ended.returncode == 0


def _command(address: str, token_of: dict[str, str], who: str, given: argparse.Namespace) -> list[str]:
    reader = token_of["supervisor"]
    document = Path(tempfile.mkdtemp()) / "openapi.json"
    import httpx

    bearer = {"Authorization": f"Bearer {reader}"}
    answer = httpx.get(f"{address}/api/v1/openapi.json", headers=bearer, trust_env=False)
    document.write_bytes(answer.raise_for_status().content)
    own = ["-H", f"Authorization: Bearer {token_of[who]}"] if who in token_of else []
    program = str(Path(sys.executable).with_name("st"))
    return [
        program, "run", str(document), "--url", f"{address}/api", *own,
        "--checks", CHECKS, "--exclude-checks", LEFT_OUT, "--exclude-path-regex", NOT_ASKED,
        "--max-examples", str(given.examples), "--seed", str(given.seed), "--continue-on-failure",
        "--request-timeout", "30", *given.rest,
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
