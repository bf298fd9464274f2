# Two commands do everything on a fresh Debian machine with Python 3.11 to 3.13: `make demo` and `make test`.

PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder -rs

# The page is read in a browser, its script also in Node, the production store is PostgreSQL, and Go's own
# library checks our proofs.
DEBIAN := chromium postgresql golang-go golang-golang-x-mod-dev nodejs systemd

# Root installs the Debian packages that are missing; anyone else reads what to install, and the rest goes on.
define install
missing=$$(for package in $(1); do \
	dpkg-query -W -f '$${db:Status-Status}\n' $$package 2>/dev/null | grep -qx installed || echo $$package; done); \
if [ -z "$$missing" ]; then :; elif [ -w /var/lib/dpkg ]; then \
	apt-get -q update && DEBIAN_FRONTEND=noninteractive \
	apt-get -qy --no-install-recommends -o DPkg::Lock::Timeout=300 install $$missing; \
else echo "missing, and what needs it will fail: sudo apt-get install" $$missing; fi
endef

.DEFAULT_GOAL := help
.PHONY: help setup debian demo test test-fast nightly lint bench docs lock clean

help: ## say what each command does
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

setup: debian .venv/.ready ## install everything: the locked packages, mingdan itself, and Debian's where they are missing

debian:
	@$(call install,$(DEBIAN))

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "mingdan runs on Python 3.11 to 3.13; name one: make PYTHON=python3.13")'
	@$(call install,$(shell $(PYTHON) -c 'import ensurepip' 2>/dev/null || echo python3-venv))
	$(PYTHON) -m venv .venv

# Compiled as it is imported: most of it never is.
.venv/.locked: requirements.lock | .venv/bin/python
	$(BIN)/pip install -q --no-compile --require-hashes -r requirements.lock
	@touch $@

.venv/.ready: pyproject.toml .venv/.locked
	$(BIN)/pip install -q --no-deps --no-build-isolation -e .
	@touch $@

demo: .venv/.ready ## make a marketplace of 2,000 orders and two witnesses, publish it and audit it
	sh docs/demo.sh $(BIN)

test: setup ## run every test (HYPOTHESIS_PROFILE=nightly searches longer)
	$(PYTEST)

test-fast: setup ## run the tests that take no more than a few seconds
	$(PYTEST) -m "not slow"

nightly: setup ## take the market's state machine 10,000 steps and more
	HYPOTHESIS_PROFILE=nightly $(PYTEST) tests/machine tests/siege

lint: .venv/.ready ## check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	MYPYPATH=.types $(BIN)/mypy -p mingdan.ledger -p mingdan.projections -p mingdan.site -m mingdan.client -m mingdan.cli

bench: setup ## measure us beside our peers (QUICK=1 for small sizes)
	@for script in $(filter-out bench/table.py,$(wildcard bench/*.py)); do \
		echo "== $$script"; $(BIN)/python $$script $(if $(QUICK),--quick) || exit 1; done

docs: .venv/.ready ## write the reference in docs/ anew from the code
	$(BIN)/python -m mingdan.site.reference docs

lock: ## resolve the dependencies of pyproject.toml anew into requirements.lock
	@tools=$$(mktemp -d) && trap 'rm -rf "$$tools"' EXIT && $(PYTHON) -m venv "$$tools" && \
	"$$tools"/bin/pip install -q uv && \
	"$$tools"/bin/uv pip compile pyproject.toml --extra parquet --extra postgres --extra s3 --group dev --upgrade --quiet \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--custom-compile-command "make lock" --output-file requirements.lock

clean: ## remove everything the commands above made
	rm -rf .venv demo build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find ledger projections site tests bench -name __pycache__ -prune -exec rm -rf {} +
