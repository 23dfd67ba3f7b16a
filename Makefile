.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/sh
MAKEFLAGS += --jobs=2

# Bytecode is kept whatever the environment says: starting without it takes three times as long.
export PYTHONDONTWRITEBYTECODE :=

IN_VENV := .venv/bin/python -m
NPM_CI := npm ci --no-audit --no-fund --loglevel=error
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(IN_VENV) piptools compile --quiet --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	--strip-extras --allow-unsafe --build-deps-for editable
WEB := $(shell find web -type f ! -path 'web/node_modules/*' ! -path 'web/dist/*')

# The first Python that is new enough; PYTHON=… picks another one.
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

# The bench measures on .venv, or on PYTHON=… in an environment of its own; BENCH=--quick takes two minutes.
BENCH_VENV := $(if $(filter file,$(origin PYTHON)),.venv,.venv-bench$(subst /,-,$(PYTHON)))

define install
@$(IN_VENV) pip --version >/dev/null 2>&1 || { \
	test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed. Install it, or say PYTHON=/path/to/it." >&2; exit 1; }; \
	$(PYTHON) -m venv --clear .venv; }
@echo "Installing $(1)"
@$(IN_VENV) pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $(1)
@$(IN_VENV) pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
@touch $@
endef

.PHONY: help
help: ## Say what can be made
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

.PHONY: run
run: .venv/installed web/dist/index.html ## Serve on HOST and PORT, with engines of our own unless configured
	@exec $(IN_VENV) server serve

.PHONY: test
test: .venv/installed-dev ## Check everything
	@$(MAKE) --no-print-directory --jobs=2 lint tests

.PHONY: tests
# Tests wait now and then: one worker more than there are cores uses the time. A file's tests share what
# is set up for them; those that take longest are not the last.
tests: .venv/installed-dev web/dist/index.html tests/clients/node_modules/.package-lock.json
	@$(IN_VENV) pytest -n $$(($$(nproc) + 1)) --dist loadfile --no-loadscope-reorder

.PHONY: lint
lint: .venv/installed-dev ## Check style, types and who imports whom
	@$(IN_VENV) ruff check
	@$(IN_VENV) ruff format --check
	@$(IN_VENV) mypy
	@.venv/bin/python .venv/bin/lint-imports

.PHONY: format
format: .venv/installed-dev ## Lay the code out, and mend what can be mended
	@$(IN_VENV) ruff check --fix
	@$(IN_VENV) ruff format

.PHONY: web
web: web/dist/index.html ## Build GraphiQL's page

.PHONY: schema
schema: .venv/installed ## Write schema.graphql
	@$(IN_VENV) server schema > .venv/schema && cp .venv/schema schema.graphql

.PHONY: docs
docs: .venv/installed ## Write docs/configuration.md, docs/approvals.md and docs/permissions.md
	@$(IN_VENV) server configuration > .venv/configuration && cp .venv/configuration docs/configuration.md
	@$(IN_VENV) server approvals > .venv/approvals && cp .venv/approvals docs/approvals.md
	@$(IN_VENV) server permissions > .venv/permissions && cp .venv/permissions docs/permissions.md

.PHONY: bench
bench: $(BENCH_VENV)/installed-bench ## Measure what requests cost, here and elsewhere, and write docs/performance.md
	@exec $(BENCH_VENV)/bin/python -m bench $(BENCH)

.PHONY: lock
lock: .venv/installed-dev ## Compile the requirement files
	@$(LOCK) --output-file requirements.lock pyproject.toml
	@$(LOCK) --output-file requirements-dev.lock --extra dev --constraint requirements.lock pyproject.toml
	@$(filter-out --build-deps-for editable,$(LOCK)) --output-file bench/requirements.lock bench/requirements.in

.PHONY: clean
clean: ## Remove what was made, but not .data
	rm -rf .venv .venv-bench* web/dist web/node_modules tests/clients/node_modules bench/peers/node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.venv/installed: requirements.lock pyproject.toml
	$(call install,requirements.lock)

.venv/installed-dev: requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch .venv/installed

$(BENCH_VENV)/installed-bench: requirements.lock bench/requirements.lock pyproject.toml | $(filter .venv/installed,$(BENCH_VENV)/installed)
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@echo "Installing bench/requirements.lock"
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r bench/requirements.lock
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

%/node_modules/.package-lock.json: %/package-lock.json
	@echo "Installing $<"
	@cd $* && $(NPM_CI)
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB)
	@cd web && npm run --silent build
	@touch $@
