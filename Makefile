# The two commands of the README are `make preview` and `make test`; each installs what it needs first.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
STACK ?= prod
PYTHON_ROOMS := settings aws_facts components database_bootstrap policies plinth tests benchmarks examples __main__.py
INSTALLED := .venv/.installed

.PHONY: help preview up destroy test search incidents lint format schema docs bench rules baseline lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

preview: $(INSTALLED) ## rehearse: preview STACK (default prod) on the simulated cloud, policy pack on
	@.venv/bin/plinth rehearse preview --stack $(STACK) --policy-pack policies

up: $(INSTALLED) ## rehearse: bring STACK up on the simulated cloud
	@.venv/bin/plinth rehearse up --yes --stack $(STACK) --policy-pack policies

destroy: $(INSTALLED) ## rehearse: destroy STACK on the simulated cloud
	@.venv/bin/plinth rehearse destroy --yes --stack $(STACK)

test: $(INSTALLED) ## run all tests
	@.venv/bin/python -c 'from plinth import engine; engine.find()'
	@.venv/bin/pytest --numprocesses 2 --dist worksteal

search: $(INSTALLED) ## look for counterexamples: each property with 5000 new examples, for an hour or two
	@.venv/bin/pytest --numprocesses 2 --hypothesis-profile search -m hypothesis

incidents: $(INSTALLED) ## show where each incident of the catalogue is blocked, and by which rule
	@PYTHONPATH=policies .venv/bin/python -m tests.incidents

lint: $(INSTALLED) ## ruff (rules and format), pyright strict
	@.venv/bin/ruff check $(PYTHON_ROOMS)
	@.venv/bin/ruff format --check $(PYTHON_ROOMS)
	@.venv/bin/pyright

format: $(INSTALLED) ## rewrite the code in the project's format
	@.venv/bin/ruff check --fix $(PYTHON_ROOMS)
	@.venv/bin/ruff format $(PYTHON_ROOMS)

schema: $(INSTALLED) ## write the JSON Schema of stack files, for editors
	@.venv/bin/python -m plinth.stack_schema > schema/stack.schema.json

bench: $(INSTALLED) ## measure, all or BENCH=preview...; prints ratios within one run
	@PYTHONPATH=policies .venv/bin/python -m benchmarks $(BENCH)

docs: $(INSTALLED) ## build the documentation into .site, generated pages first; needs no network
	@.venv/bin/python -m plinth.reference
	@NO_MKDOCS_2_WARNING=true .venv/bin/mkdocs build --quiet --strict

rules: $(INSTALLED) ## write the rules' pages into docs/rules/
	@PYTHONPATH=policies .venv/bin/python -m incidents.pages docs/rules

baseline: $(INSTALLED) ## record the states of all stacks under NAME=..., for later versions to spare
	@.venv/bin/python -m tests.baselines $(NAME)

lock: $(INSTALLED) ## resolve pyproject.toml into requirements.lock again
	@.venv/bin/uv pip compile --quiet --universal --upgrade --generate-hashes --no-header --python-version 3.11 \
	  --group dev pyproject.toml --output-file requirements.lock

clean: ## forget the environment and all rehearsals
	@rm -rf .venv .plinth *.egg-info

# uv comes first, by pip, at the version and hashes of the lock file; it then makes .venv exactly what the lock says.
# Bytecode is compiled here because importing the AWS SDK without it costs seconds at each run.
$(INSTALLED): requirements.lock pyproject.toml
	@echo "plinth: installing the locked Python packages into .venv (once; about a minute)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "plinth: Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Say which one: make PYTHON=python3.12")'
	@test -x .venv/bin/python || $(PYTHON) -m venv .venv
	@awk '/^[a-z]/ { uv = /^uv==/ } uv' requirements.lock > .venv/uv.lock
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement .venv/uv.lock
	@.venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode --python .venv/bin/python requirements.lock
	@.venv/bin/uv pip install --quiet --no-deps --no-build-isolation --offline --python .venv/bin/python --editable .
	@touch $@
