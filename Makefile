# make run    installs, starts, opens on the demo case          PORT=8501 LASTSEEN_HOME=.lastseen
# make test   installs what tests need, runs every check and test
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run worker test check bench bench-ranking lock clean

run: .venv/.installed
	@$(PY) cli.py serve --open

worker: .venv/.installed
	@$(PY) cli.py worker

test: .venv/.installed-dev chromium check
	$(PY) -m pytest

check: .venv/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) scripts/check_lock.py

bench: .venv/.installed-dev
	$(PY) -m benchmarks.run

bench-ranking: .venv/.installed-dev
	$(PY) -m benchmarks.ranking

lock: .venv/.installed-dev
	$(PY) -m uv lock
	$(PY) scripts/check_lock.py --write

.PHONY: chromium
chromium:
	@bash scripts/need_chromium.sh

.venv/bin/python:
	@bash scripts/make_venv.sh $(PYTHON)

.venv/.installed: .venv/bin/python requirements.txt
	$(PY) -m pip install --quiet -r requirements.txt
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.txt
	$(PY) -m pip install --quiet -r requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv .lastseen artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis dashboard/static/vendor
