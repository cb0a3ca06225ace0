# Everything that a person does with this repository.  Each target installs what it needs, once, into .venv.

PYTHON_ENV := .venv/bin
WORKERS ?= 3
.DEFAULT_GOAL := help
# Images set this to stay small. Here it would compile every module anew at each start of a service: half of its time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: demo test up check acceptance bench contracts install help

demo: install ## watch 500 work orders become invoices, on a real Kafka and PostgreSQL
	@$(PYTHON_ENV)/uurwerk demo

up: install ## start everything and keep it running: prints URLs and tokens, Ctrl-C stops it
	@$(PYTHON_ENV)/uurwerk up

# One by one to whichever worker is free. A test that kills servers has a stack of its own.
test: install ## run all tests on a real Kafka and PostgreSQL (WORKERS=3)
	@$(PYTHON_ENV)/python -m pytest -n $(WORKERS) --dist loadgroup

acceptance: install ## run the features as the back office would (FEATURES=folder for others than the project's)
	@FEATURES="$(FEATURES)" $(PYTHON_ENV)/python -m pytest tests/acceptance -n $(WORKERS)

check: install ## format, lint, types and the rules of who may import whom
	$(PYTHON_ENV)/ruff format --check .
	$(PYTHON_ENV)/ruff check .
	$(PYTHON_ENV)/mypy
	$(PYTHON_ENV)/lint-imports

bench: install ## measure the consume stages and the whole chain
	@$(PYTHON_ENV)/python -m tests.bench

contracts: install ## write the JSON Schemas, AsyncAPI and OpenAPI documents anew
	@$(PYTHON_ENV)/python -m shared.contracts.generate

install: ## install what is needed into .venv (the others do it by themselves)
	@deploy/local/install

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile
