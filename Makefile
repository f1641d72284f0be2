# Set-up is skipped while the lock files are unchanged: each stamp depends on its lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SUPERSET := .venv-superset

.DEFAULT_GOAL := help
.PHONY: help setup run test lint dagster superset test-superset lock benchmark lint-python lint-sql test-mutations test-faults test-soak

help:            ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | sort

$(VENV)/.pipeline: requirements/pipeline.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements/pipeline.txt
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.pipeline
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

$(SUPERSET)/.dashboards: requirements/dashboards.txt
	$(PYTHON) -m venv $(SUPERSET)
	$(SUPERSET)/bin/python -m pip --disable-pip-version-check install --quiet --require-hashes -r requirements/dashboards.txt
	@touch $@

setup: $(VENV)/.pipeline  ## the environment of the pipeline

run: setup       ## the nightly run, on the sample bucket unless MEETHUIS_BUCKET is set
	@$(BIN)/meethuis run

lint: $(VENV)/.dev  ## ruff, mypy, sqlfluff
	@$(MAKE) --no-print-directory --jobs 2 lint-python lint-sql

lint-python: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lint-sql: $(VENV)/.dev
	$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models dbt_project/macros dbt_project/tests

test: lint       ## lint, type check and every test that needs no other server
	$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder

test-mutations: $(VENV)/.dev  ## are the tests good enough: formulas spoilt one by one, each must turn a test red
	$(BIN)/python -m pytest tests/mutations

test-faults: $(VENV)/.dev  ## crashes, full disks, damaged files, hostile deliveries; at most 12 minutes on 2 cores
	$(BIN)/python -m pytest tests/faults -n 2 --dist loadscope --no-loadscope-reorder --durations 0 --durations-min 1 $(SELECT)

test-soak: $(VENV)/.dev  ## the same with larger numbers: 100 kills, every write point, 10,000 files; hours
	MEETHUIS_FAULTS=soak $(BIN)/python -m pytest tests/faults -n 2 --dist loadscope --no-loadscope-reorder --durations 0 -rA $(SELECT)

dagster: setup   ## Dagster's web interface and daemon on 127.0.0.1:3000
	@$(BIN)/meethuis dagster

superset: $(SUPERSET)/.dashboards  ## the dashboards on 127.0.0.1:8088, over the published figures
	@$(SUPERSET)/bin/python -m dashboards

test-superset: $(VENV)/.dev $(SUPERSET)/.dashboards  ## the dashboards in a real server and a real browser
	$(BIN)/python -m pytest tests/dashboards_server $(SELECT)

SIZE ?= S
benchmark: setup  ## the floor, the rivals and the night side by side on SIZE=S, M or L; writes docs/performance.md
	@$(BIN)/python -m benchmarks measure --size $(SIZE)

lock:            ## renew the lock files (hashes, no registry address)
	uv pip compile requirements/pipeline.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras -o requirements/pipeline.txt
	uv pip compile requirements/dev.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras -o requirements/dev.txt
	uv pip compile requirements/dashboards.in --python-version 3.11 --generate-hashes --no-emit-index-url --no-strip-extras -o requirements/dashboards.txt
