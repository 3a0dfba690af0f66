# Two commands matter: `make demo` and `make test`. The rest is for those who stay.

PYTHON  ?= python3
HOST    ?= 127.0.0.1
PORT    ?= 8000
WORKERS ?= 2

BIN  := .venv/bin
RUN  := .venv/.installed-run
DEV  := .venv/.installed-dev
PIP  := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test prove bench quality lint catalogues requirements system clean

help:  ## What can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-14s%s\n", $$1, $$2 }' Makefile

demo: $(RUN)  ## Serve the demo campaign, installing what is missing (HOST=0.0.0.0 PORT=9000 for a phone nearby)
	@exec $(BIN)/omni demo --host $(HOST) --port $(PORT)

test: $(DEV) system lint catalogues  ## Everything CI runs; installs what the tests need; long proofs at a tenth
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup

prove: $(DEV) system  ## The long proofs at full count; resumes where it was stopped; writes proof.json
	@$(BIN)/python tests/prove.py

bench: $(DEV)  ## Ratios, medians and spread; never a pass or a fail
	@for bench in tests/bench/*.py; do \
	  $(BIN)/python -c 'import ast, pathlib, sys; print("\n#", sys.argv[1] + ":", ast.get_docstring(ast.parse(pathlib.Path(sys.argv[1]).read_text())))' $$bench \
	  && PYTHONPATH=. $(BIN)/python $$bench || exit 1; \
	done

quality: $(DEV)  ## Lighthouse and axe over the pages of the demo; reports in build/quality (needs node and npm)
	@$(BIN)/python -m tests.quality

lint: $(DEV)  ## ruff, mypy --strict, and who may import whom
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo

catalogues: $(DEV)  ## The translations: complete, well formed, and in the words of the glossary
	@$(BIN)/omni catalogues

requirements: $(DEV)  ## Pin the newest allowed dependencies by hash; names no registry
	@$(BIN)/uv pip compile $(PINS) --extra dev --output-file requirements/dev.txt pyproject.toml
	@$(BIN)/uv pip compile $(PINS) --extra print --extra postgres --constraints requirements/dev.txt \
	  --output-file requirements/run.txt pyproject.toml

PINS := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
  --no-annotate --custom-compile-command "make requirements"

clean:  ## Remove the environment and every cache; keeps var/, the data of a running Omni
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

system:
	@$(BIN)/python tests/support/system_packages.py

$(RUN): requirements/run.txt pyproject.toml | $(BIN)/pip
	@echo "Installing Omni into .venv (once; a minute or so)"
	@$(PIP) --require-hashes --requirement requirements/run.txt
	@$(PIP) --no-deps --editable .
	@touch $@

$(DEV): requirements/dev.txt requirements/run.txt pyproject.toml | $(BIN)/pip
	@echo "Installing Omni and its tools into .venv (once; two minutes or so)"
	@$(PIP) --require-hashes --requirement requirements/dev.txt
	@$(PIP) --no-deps --editable .
	@touch $(RUN) $@

# Debian ships Python without the part that makes environments; root can have it, others are told.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Omni needs Python 3.11 or newer: install it, or name it: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { test "$$(id -u)" = 0 && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } \
	  || { echo "This Python cannot make environments: apt-get install python3-venv (as root), then try again" >&2; exit 1; }
	@$(PYTHON) -m venv .venv
