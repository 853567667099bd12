# Every command of the house. `make demo` and `make test` install what they need by themselves.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help install demo test test-versions test-real-clients slow check docs bench bench-sdk bench-proxy soak-proxy bench-pages lock fuzz clean dev machine screenshots

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check

COMPAT := distributions/headwater-compat

# A stamp carries the hash of what was installed, so that a changed requirement installs again and nothing else does.
SERVER_STAMP := $(VENV)/.server-$(shell cat pyproject.toml requirements/server.txt requirements/build.txt | cksum | tr -d ' ')
DEMO_STAMP   := $(VENV)/.demo-$(shell cat requirements/demo.txt | cksum | tr -d ' ')
DEV_STAMP    := $(VENV)/.dev-$(shell cat requirements/dev.txt $(COMPAT)/pyproject.toml | cksum | tr -d ' ')

help:  ## Show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

install: $(SERVER_STAMP)  ## Make .venv with the server and everything it needs

demo: $(DEMO_STAMP)  ## Serve with real traces in it; ONCE=1 checks that they can be queried, and stops
	$(BIN)/headwater demo $(if $(ONCE),--once) $(if $(PORT),--port $(PORT)) $(ARGS)

# Real processes on a busy machine: what fails once is tried again by itself, and named. Needing it is a defect.
SECOND_TRY = { echo "== A second try of what failed =="; \
	$(BIN)/python -m pytest -m "not slow and not real_clients" --last-failed --last-failed-no-failures none $(ARGS); }

test: dev machine  ## Install what the tests need, then run them (ARGS="-k journal" for some)
	$(BIN)/python -m pytest -m "not slow and not real_clients" $(ARGS) || $(SECOND_TRY)

slow: dev machine  ## The tests that take minutes each
	$(BIN)/python -m pytest -m slow --timeout=600 $(ARGS)

check: dev  ## What a change must pass beside the tests: style, types, direction of imports, documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/pyright
	$(BIN)/python -m pytest -q tests/house/test_documents.py tests/house/test_tree.py

test-versions: dev  ## Run the scenario on old and new clients of OpenAI and Anthropic; prints a table
	$(BIN)/python -m tests.versions $(ARGS)

test-real-clients: dev  ## Run the published packages of five other products against a server of ours
	$(BIN)/python -m pytest -m real_clients --timeout=600 tests/real_clients $(ARGS)

docs: dev  ## Write the tables of docs/ that are made from the code
	$(BIN)/python -m tests.house.settings_table

screenshots: dev machine $(DEMO_STAMP)  ## Take the pictures of docs/screenshots from a demo of its own (ARGS="FOLDER")
	$(BIN)/python -m tests.pages.screenshots $(ARGS)

bench: install  ## Measure; prints a table and writes JSON (ARGS="--help" shows what can be chosen)
	$(BIN)/python -m bench $(ARGS)

bench-sdk: dev  ## Compare what instrumentation adds to a program, ours and others' (ARGS="--help")
	$(BIN)/python -m bench.sdk $(ARGS)

bench-proxy: dev  ## Compare what a gateway costs a call, ours and others' (ARGS="--help")
	$(BIN)/python -m bench.proxy $(ARGS)

bench-pages: dev  ## Measure every page at a million spans, and look at them in a browser (ARGS="--keep FOLDER")
	$(BIN)/python -m bench.pages $(ARGS)

soak-proxy: dev  ## Send calls through the proxy for an hour; fails on loss and on growth (ARGS="--minutes 5")
	$(BIN)/python -m bench.proxy.soak $(ARGS)

fuzz: dev  ## Feed the readers random bytes for longer than the tests do
	$(BIN)/python -m tests.fuzz --seconds 60
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest --timeout=3600 -m hypothesis $(ARGS)

LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate $(ARGS)

lock: dev  ## Resolve requirements/*.txt again (ARGS="--upgrade" takes the newest)
	$(LOCK) pyproject.toml -o requirements/base.txt > /dev/null
	$(LOCK) pyproject.toml --extra server -o requirements/server.txt > /dev/null
	$(LOCK) --group build -o requirements/build.txt > /dev/null
	$(LOCK) pyproject.toml --extra server --group dev -o requirements/dev.txt > /dev/null
	$(LOCK) pyproject.toml --extra server --extra demo -c requirements/dev.txt -o requirements/demo.txt > /dev/null
	$(BIN)/python -m tests.real_clients.environments

clean:  ## Remove what the other commands made, except data
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find src tests bench distributions -name __pycache__ -type d -prune -exec rm -rf {} + 2> /dev/null || true

# A Python without ensurepip (Debian's, without python3-venv) makes the environment bare, and its own pip fills it.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV) 2> /dev/null \
		|| { $(PYTHON) -m venv --clear --without-pip $(VENV) && $(PYTHON) -m pip --python $(BIN)/python install --quiet pip; }

$(SERVER_STAMP): | $(BIN)/python
	$(PIP) install --quiet --require-hashes -r requirements/server.txt -r requirements/build.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@rm -f $(VENV)/.server-*; touch $@

$(DEMO_STAMP): $(SERVER_STAMP)
	$(PIP) install --quiet --require-hashes -r requirements/demo.txt
	@rm -f $(VENV)/.demo-*; touch $@

dev: $(DEV_STAMP)

$(DEV_STAMP): $(SERVER_STAMP)
	$(PIP) install --quiet --require-hashes -r requirements/dev.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e $(COMPAT)
	@rm -f $(VENV)/.dev-*; touch $@

machine:
	@.ci/machine
