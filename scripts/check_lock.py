"""Hold requirements.txt and requirements-dev.txt to uv.lock, and uv.lock to pyproject.toml.

check_lock.py            fails, and says what differs, when they do not agree; needs no network
check_lock.py --write    writes both files from uv.lock
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILES = {"requirements.txt": "--no-dev", "requirements-dev.txt": "--only-dev"}


def exported(which: str) -> str:
    command = [sys.executable, "-m", "uv", "export", "--frozen", "--quiet", which, "--no-header", "--no-emit-project"]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def main() -> int:
    if "--write" in sys.argv:
        for name, which in FILES.items():
            (ROOT / name).write_text(exported(which))
        return 0
    wrong = [name for name, which in FILES.items() if (ROOT / name).read_text() != exported(which)]
    lock = subprocess.run([sys.executable, "-m", "uv", "lock", "--check", "--quiet"], cwd=ROOT, check=False)
    if wrong or lock.returncode:
        sys.stderr.write(f"out of date: {', '.join(wrong) or 'uv.lock'}. Run: make lock\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
