# Hilo: everything is one of these commands. Only Python >= 3.11 and make are needed.
PYTHON ?= python3
BIN := .venv/bin
# Trust the machine's own certificates, so that it also works behind a company proxy.
export UV_SYSTEM_CERTS ?= 1
export NODE_USE_SYSTEM_CA ?= 1

.PHONY: setup demo test fuzz check bench lock

setup: .venv/.ready  ## make .venv with the pinned packages and the `hilo` command

.venv/.ready: requirements.txt pyproject.toml package-lock.json
	@echo "Hilo: preparing the environment in .venv (a minute the first time)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip sync --require-hashes requirements.txt
	@VIRTUAL_ENV=$(CURDIR)/.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --silent --ignore-scripts
	@touch $@

demo: setup  ## a whole clinic on this machine, with a phone to chat on
	@$(BIN)/hilo demo

test: setup  ## every test, on the embedded PostgreSQL unless HILO_TEST_DATABASE_URL is set
	@$(BIN)/python -m pytest

fuzz: setup  ## new random walks through every flow, thirty times as many as in the tests
	@HILO_FUZZ=long $(BIN)/python -m pytest tests/flows/test_random_walks.py

check: setup  ## lint, types, contracts, flow lint, migrations drift
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hilo flow lint
	@$(BIN)/hilo migrate --check

bench: setup  ## the spine under load beside its floor and its peers; the agenda beside SQL; the inbox
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.agenda
	@$(BIN)/python -m tests.bench.pages

lock:  ## write requirements.txt anew from the ranges in pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --extra dev pyproject.toml --output-file requirements.txt --custom-compile-command "make lock"
