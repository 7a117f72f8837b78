# `make serve` and `make test` need nothing but python3 and make: they set up what is missing.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8080
# Bytecode is written whatever the environment says: half of what starting the tests costs is making it.
PYTEST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -q

.PHONY: help setup serve test test-slow clients e2e pictures check lint dependencies fuzz load audit bench docs clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.served: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("$(PYTHON) is %d.%d; 3.11 or later is needed: make serve PYTHON=python3.12" % sys.version_info[:2])'
	@echo "setting up $(VENV), once; this takes half a minute or more"
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[all]'
	@touch $@

$(VENV)/.ready: $(VENV)/.served
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

setup: $(VENV)/.ready ## make the virtual environment

serve: $(VENV)/.served ## answer on http://127.0.0.1:8080 (PORT, ARGS)
	$(BIN)/aep-emulator serve --port $(PORT) $(ARGS)

test: setup ## run the tests
	$(PYTEST) -n 2 $(COVERAGE)

test-slow: setup ## run the tests that take seconds each
	$(PYTEST) -n 2 -m "slow and not e2e"

clients: setup ## run the clients written in JavaScript, npm packages in build/node
	$(PYTEST) -m e2e tests/clients

$(VENV)/.e2e: $(VENV)/.ready
	.ci/chromium
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[e2e]'
	@touch $@

e2e: $(VENV)/.e2e ## drive the demo page in Chromium, screenshots in build/e2e
	$(PYTEST) -n 2 --dist loadfile -m e2e $(E2E) tests/e2e

pictures: $(VENV)/.e2e ## make the pictures of README
	$(BIN)/python -m tests.e2e.pictures

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# 2: nobody could be asked, as on a machine without the Internet; it has been said
dependencies: $(VENV)/.audit
	$(BIN)/python -m pip check
	$(BIN)/python -m tests.audit || [ $$? -eq 2 ]

# Lint runs beside the tests, and is shown when they are done: neither keeps two processors busy all the time.
check: $(VENV)/.audit ## lint, types, import directions, dependencies, tests with branch coverage
	@mkdir -p build
	@$(MAKE) lint dependencies >build/lint.txt 2>&1 & lint=$$!; \
	$(MAKE) test COVERAGE="--cov --cov-report=" && $(BIN)/coverage report --fail-under=90; tests=$$?; \
	wait $$lint; lint=$$?; cat build/lint.txt; \
	[ $$lint -eq 0 ] || echo "check: lint found something"; \
	[ $$tests -eq 0 ] || echo "check: the tests failed, or cover too little: see above"; \
	[ $$lint -eq 0 ] && [ $$tests -eq 0 ]

$(VENV)/.fuzz: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	@touch $@

CASES ?= 20000
SEED ?= 0
fuzz: $(VENV)/.fuzz ## draw requests, documents and texts by the thousand (CASES, SEED)
	$(BIN)/python -m tests.fuzz --cases $(CASES) --seed $(SEED)

SECONDS_OF_LOAD ?= 60
load: setup ## 32 threads over 8 organisations, and 1,000 organisations
	$(BIN)/python -m tests.load --seconds $(SECONDS_OF_LOAD)

$(VENV)/.audit: $(VENV)/.ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[audit]'
	@touch $@

audit: $(VENV)/.audit ## ask the advisory database about what an installation brings along; needs the Internet
	$(BIN)/python -m tests.audit

bench: setup ## measure, beside peers in one run; writes docs/performance.md
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	$(BIN)/python -m tests.bench

docs: setup ## write the generated blocks of README and docs
	$(BIN)/python -m tests.docs.blocks

clean: ## remove what can be made again
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
