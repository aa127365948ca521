.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3.11
BIN := .venv/bin
SERVER_PORT ?= 4200
DASHBOARD_PORT ?= 8000
PAGES_PORT ?= 8001
READY := .venv/.ready
export PATH := $(CURDIR)/$(BIN):$(PATH)
export DVC_NO_ANALYTICS := 1
export DO_NOT_TRACK := 1
export PREFECT_HOME := $(CURDIR)/.prefect
export PREFECT_SERVER_ANALYTICS_ENABLED := false
export PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS := 120

# torch: PyPI's Linux build brings several GB of CUDA. A folder of wheels that pip knows serves uv as well;
# without one, uv takes the CPU build from torch's own index.
ifdef PIP_FIND_LINKS
UV := UV_FIND_LINKS="$(PIP_FIND_LINKS)" $(BIN)/uv
else
UV := UV_TORCH_BACKEND=cpu $(BIN)/uv
endif

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(READY)  ## create .venv with the exact versions of requirements.lock

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip install --python $(BIN)/python --compile-bytecode --requirements requirements.lock
	$(UV) pip install --python $(BIN)/python --no-deps --editable .
	touch $@

lock: $(READY)  ## resolve requirements.lock anew from pyproject.toml
	$(UV) pip compile --quiet --python-version 3.11 --extra dev --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --output-file requirements.lock pyproject.toml
	# PyPI's torch names what a GPU needs, but dvclive nvidia-ml-py
	sed -i -e 's/+cpu$$//' -e '/^nvidia-ml-py==/b' -e '/^\(nvidia-\|cuda-\|triton==\)/d' requirements.lock

deps: $(READY)  ## write each stage's code deps in dvc.yaml, from what it imports
	PYTHONPATH=tests python -m kit.code_deps

repro: $(READY)  ## run every stage that is out of date, then print the scores
	popularity repro
	popularity scores

tune: $(READY)  ## look for params under which a model errs less, and write them into params.yaml (MODEL=rf, MINUTES=5)
	popularity tune $(MODEL) $(if $(MINUTES),--minutes $(MINUTES))

flow: $(READY)  ## the same DAG as a Prefect flow, one task a stage, no server to start
	python -m flows.reproduce

night: $(READY)  ## play the demo's next night through the flows (EVENT=dead_links|new_users|..., NIGHTS=7, SOURCE=flickr)
	python -m flows.night $(if $(SOURCE),--source $(SOURCE)) $(if $(EVENT),--event $(EVENT)) $(if $(NIGHTS),--nights $(NIGHTS))

server: $(READY)  ## Prefect at http://127.0.0.1:4200 (SERVER_PORT=n), a worker, the dashboard and the pages, till Ctrl-C
	@exec python -m flows.server --port $(SERVER_PORT) --dashboard-port $(DASHBOARD_PORT) --pages-port $(PAGES_PORT)

deploy: $(READY)  ## tell the server of `make server` what prefect.yaml schedules
	PREFECT_API_URL=http://127.0.0.1:$(SERVER_PORT)/api python -m flows.deploy

dashboard: $(READY)  ## Evidently's dashboard of the nights at http://127.0.0.1:8000 (DASHBOARD_PORT=n for another)
	python -m flows.dashboard --port $(DASHBOARD_PORT)

sentiment-model: $(READY)  ## train the sentiment model that ships, from the registry's packages alone
	python -m popularity.sentiment_training

sentiment-figures: $(READY)  ## measure it on snippets that it was not trained on, and write its card (a quarter of an hour)
	python -m popularity.sentiment_training figures

paper-tables: $(READY)  ## the paper's tables beside ours, docs/paper-tables.md (SETS="DIR ...", --as-of-post among them; none: this project's batches)
	popularity paper-tables $(SETS)

bench: $(READY)  ## measure speed and memory
	python -m benchmarks.sentiment
	python -m benchmarks.dictionary
	python -m benchmarks.copies
	python -m benchmarks.finetune
	python -m benchmarks.embedding
	python -m benchmarks.night
	python -m benchmarks.tabular 20000
	python -m benchmarks.monitoring 10000 20000
	python -m benchmarks.drift
	python -m benchmarks.labels
	python -m benchmarks.crawl 20000

test: $(READY) lint  ## the tests that CI runs (fast and slow)
	pytest -n logical --dist loadfile --no-loadscope-reorder -m "not long" --timeout 1200

fast: $(READY)  ## fast tests only: no DVC project, no server but small ones in the tests
	pytest -n logical --dist worksteal -m "not slow and not long" --timeout 120

slow: $(READY) lint  ## every test, the real data sets and the longest proofs included
	pytest -n logical --dist loadfile --no-loadscope-reorder

containers: $(READY)  ## the printed procedures for containers, under a real engine; skipped where none runs
	pytest tests/containers -m long --timeout 3600 -rs

lint: $(READY)  ## ruff, mypy --strict and the import directions
	ruff check .
	ruff format --check .
	mypy
	lint-imports

clean:  ## remove what the pipeline wrote (not raw data, not what was fetched, not the cache, not the champions)
	rm -rf data/posts data/labels data/answers data/links data/photos data/text data/embeddings data/*.parquet \
	    $(filter-out models/champions,$(wildcard models/*)) predictions reports .work

.PHONY: help setup lock deps repro tune flow night server deploy dashboard sentiment-model sentiment-figures paper-tables bench test fast slow containers lint clean
