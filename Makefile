# make run    installs, starts, opens on the demo case          PORT=8501 LASTSEEN_HOME=.lastseen
# make test   installs what tests need, runs every check and test
SHELL := /bin/bash
PYTHON ?= python3
PY := .venv/bin/python
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: run worker test check bench bench-ranking lock clean

run: .venv/.installed
	@$(PY) scripts/install_npm.py || true
	@$(PY) cli.py serve --open

worker: .venv/.installed
	@$(PY) cli.py worker

test: .venv/.installed-dev chromium postgres check
	@$(PY) scripts/install_npm.py || true
	$(PY) -m pytest -n 3 --dist loadfile --no-loadscope-reorder

check: .venv/.installed-dev
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) scripts/check_lock.py

# what draws vector map files, again or from a package that was fetched elsewhere      FROM=protomaps-leaflet-5.1.0.tgz
.PHONY: vendor
vendor: .venv/.installed
	$(PY) scripts/install_npm.py $(FROM)

bench: .venv/.installed-dev
	$(PY) -m benchmarks.run

# the README's pictures, from those that the browser tests have just taken
.PHONY: pictures
pictures:
	cp artifacts/screenshots/map_confirmed_2026-0001.png docs/screenshots/map.png
	cp artifacts/screenshots/timeline.png docs/screenshots/timeline.png

bench-ranking: .venv/.installed-dev
	$(PY) -m benchmarks.ranking

# kill -9 of workers at random moments of scans            N=200 ENGINE=fake
.PHONY: kill-test
kill-test: .venv/.installed-dev
	$(PY) scripts/kill_test.py --kills $(or $(N),200) --engine $(or $(ENGINE),fake)

# simulated power cuts; needs root and loop devices       N=50
.PHONY: power-test
power-test: .venv/.installed
	$(PY) scripts/power_test.py $(or $(N),50)

# a large file through the page in Chromium over a bad line   GB=2
.PHONY: upload-test
upload-test: .venv/.installed-dev chromium
	GB=$(or $(GB),2) PYTHONPATH=. $(PY) scripts/upload_test.py

# tampers with the record by raw SQL, and asks the verifier      N=1000
.PHONY: tamper-test
tamper-test: .venv/.installed-dev
	$(PY) scripts/tamper_test.py --n $(or $(N),1000)

# a camera watched live for long, with stalls and passes        MINUTES=30
.PHONY: live-test
live-test: .venv/.installed-dev
	$(PY) scripts/live_test.py --minutes $(or $(MINUTES),30)

# damaged footage and photos through the confined child       N=10000
.PHONY: fuzz-media
fuzz-media: .venv/.installed-dev
	$(PY) scripts/fuzz_media.py --n $(or $(N),10000)

# the served API asked at random, by its own description and as everybody      N=50 ROLE=viewer
.PHONY: fuzz-api
fuzz-api: .venv/.installed-dev
	$(PY) scripts/fuzz_api.py --examples $(or $(N),50) $(if $(ROLE),--role $(ROLE))

# the typed part of the API's client, written anew from the API's description
.PHONY: client
client: .venv/.installed-dev
	$(PY) scripts/make_client.py

# the whole browser suite in a network namespace without a way out; root, or a kernel that lets users make namespaces
.PHONY: test-offline
test-offline: .venv/.installed-dev chromium
	$(PY) scripts/offline_test.py $(TESTS)

lock: .venv/.installed-dev
	$(PY) -m uv lock
	$(PY) scripts/check_lock.py --write

.PHONY: chromium postgres
chromium:
	@bash scripts/need_chromium.sh

postgres:
	@bash scripts/need_postgres.sh

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
