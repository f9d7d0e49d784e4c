# `make help` lists what can be asked for.
PY := .venv/bin/python
export PYTHONPATH := src
.PHONY: help run test test-fast check fix docs bench

help:  ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run:  ## start Lifelong with its demo (PORT and LIFELONG_HOME may be set)
	@./lifelong run

test: .venv/.installed-requirements-dev  ## everything: checks, SQLite, PostgreSQL, stories in a browser
	@sh tests/run

test-fast: .venv/.installed-requirements-dev  ## SQLite, no browser
	@$(PY) -m pytest -n 2 -m "not story and not slow" tests

check: .venv/.installed-requirements-dev  ## format, lint, types, floor plan, migrations, templates, docs
	@sh tests/check

fix: .venv/.installed-requirements-dev  ## format and repair what can be repaired
	@$(PY) -m ruff check --fix -q src tests bench; $(PY) -m ruff format -q src tests bench

docs: .venv/.installed-requirements-dev  ## write the generated pages under docs/reference
	@$(PY) -m lifelong.entrypoints.cli.reference

bench: .venv/.installed-requirements-dev  ## benchmarks beside their floors (JOBS="J1 J8" for some)
	@$(PY) -m bench $(JOBS)

.venv/.installed-requirements-dev: requirements-dev.lock requirements.lock
	@./lifelong dev-setup
	@touch $@
