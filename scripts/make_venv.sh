#!/usr/bin/env bash
# Make .venv with a Python of 3.11 to 3.13; on Debian and Ubuntu, where venv is a package of its own, say so or install it.
set -euo pipefail
python=${1:-python3}
if ! command -v "$python" >/dev/null; then
  echo "LastSeen needs Python 3.11 or newer; '$python' was not found. On Debian or Ubuntu: apt-get install python3 python3-venv" >&2
  exit 1
fi
if ! "$python" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] < (3, 14))'; then
  echo "LastSeen needs Python 3.11 to 3.13; $("$python" --version) was found. Name another: make run PYTHON=python3.12" >&2
  exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && apt-get install -y -qq python3-venv
  else
    echo "Python's venv module is missing. On Debian or Ubuntu: sudo apt-get install python3-venv" >&2
    exit 1
  fi
fi
"$python" -m venv .venv
