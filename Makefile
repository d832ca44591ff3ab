# make run and make test set up all they need.  The virtual environment is made from the locks alone.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=

.PHONY: run test test-slow lint bench screenshots snapshots lock wheel clean

run: $(VENV)/run.stamp
	@$(BIN)/gpuready $(ARGS)

test: $(VENV)/dev.stamp lint
	@sh tests/system-packages.sh
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-slow: $(VENV)/dev.stamp
	@sh tests/system-packages.sh
	@$(BIN)/python -m pytest -m slow -n auto --dist loadfile $(ARGS)

lint: $(VENV)/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(VENV)/dev.stamp
	@sh tests/system-packages.sh
	@$(BIN)/python -m tests.bench $(ARGS)

# The pictures of the README, made from the running program; some of them: ARGS="signals cluster".
screenshots: $(VENV)/dev.stamp
	@sh tests/system-packages.sh
	@$(BIN)/python -m tests.screenshots $(ARGS)

# Accept what the screens show now as what they ought to show; look at the difference before committing it.
snapshots: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest tests/tui --snapshot-update

wheel: $(VENV)/run.stamp
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .

# Resolve the versions anew (needs pip-tools).
lock:
	pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --allow-unsafe --strip-extras --extra build --output-file requirements.lock pyproject.toml
	pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --no-header \
	  --allow-unsafe --strip-extras --extra build --extra dev --output-file requirements-dev.lock pyproject.toml

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "gpuready needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 ..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh tests/system-packages.sh python3-venv
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) ..." >&2
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "setting up $(VENV) with the tools of the tests ..." >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.stamp

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
