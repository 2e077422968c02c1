# Everything a person does with this repository. It needs python3 (3.11 or newer), make and git, and nothing else:
# scripts/bootstrap.py fetches uv and fills .venv from the hashed lock files, once.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test up lint bench soak screenshots lock register messages clean runtime dev

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  ARGS="..." adds options, e.g. make demo ARGS=--all   make test ARGS="-k calendar"'

demo: runtime ## the main job on real units: a decision becomes every unit's checklist (ARGS=--all: the country)
	@BANGIAO_DATA_DIR=$${BANGIAO_DATA_DIR:-.demo} $(BIN)/bangiao demo $(ARGS)

test: dev ## everything that is checked before a change lands: lint, then the tests
	@status=0; \
	$(MAKE) --no-print-directory lint || status=1; \
	$(BIN)/python tests/real_browser.py; \
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not slow" $(ARGS) || status=1; \
	exit $$status

# without a place of your own it is what `make demo` left, so that there is something to see
DEMO := .demo/demo/bangiao.toml
up: runtime ## serve until stopped: pages, Prefect server, worker and relay (after make demo: on its data)
	@if [ -z "$$BANGIAO_DATA_DIR$$BANGIAO_CONFIG$$BANGIAO_DATABASE_URL" ] && [ ! -e bangiao.toml ] && [ -e $(DEMO) ]; then \
	  export BANGIAO_CONFIG=$(DEMO); echo "$$BANGIAO_CONFIG"; fi; \
	exec $(BIN)/bangiao up $(ARGS)

LINT := "ruff check" "ruff format --check" "mypy" "lint-imports" "python scripts/compile_messages.py --check" "python scripts/vendor.py --check"
lint: dev ## style, types, layers and compiled messages
	@failed=; for check in $(LINT); do \
	  echo "- $$check"; PATH="$(CURDIR)/$(BIN):$$PATH" sh -c "$$check" || failed="$$failed [$$check]"; \
	done; test -z "$$failed" || { echo "lint failed:$$failed" >&2; exit 1; }

bench: dev ## the numbers, each against its limit, as JSON in benchmarks/results
	@$(BIN)/python -m benchmarks $(ARGS)

soak: dev ## the slow tests: whole country, kill -9, servers that go and come back
	@$(BIN)/python -m pytest -m slow $(ARGS)

screenshots: dev ## the pictures of the main pages in the READMEs (needs a Chromium; some minutes)
	@$(BIN)/python tests/real_browser.py; $(BIN)/python scripts/screenshots.py $(ARGS)

lock: ## make the lock files anew, with the newest versions that pyproject.toml allows
	@$(PYTHON) scripts/bootstrap.py lock

register: dev ## rebuild the register of units from its source package and the table of corrections
	@$(BIN)/python scripts/build_register.py $(ARGS)

messages: dev ## compile the Vietnamese words (bangiao/locale)
	@$(BIN)/python scripts/compile_messages.py $(ARGS)

clean: ## remove what these targets made (environment, caches, the demonstration's data)
	@rm -rf .venv .cache .demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime dev:
	@$(PYTHON) scripts/bootstrap.py $@
