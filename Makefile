# The user's two commands are `make demo` and `make test`; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
SERVE ?= 1
APERTIUM := apertium apertium-eng-spa apertium-es-pt apertium-fr-es
NODE := tests/browser/node_modules
PIP := $(BIN)/python -m pip --disable-pip-version-check install

.DEFAULT_GOAL := help
.PHONY: help install demo test check format lint types bench evaluate docs texts lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/installed ## make .venv with the locked dependencies and nothing else

demo: install ## set everything up, print suggestions for three requests, then serve
	@.ci/need apertium "$(APERTIUM)" 2>/dev/null || echo "Without Apertium, texts in different languages are \
	compared less well; to have it: sudo apt-get install --no-install-recommends $(APERTIUM)"
	@$(BIN)/puente demo $(if $(filter 0,$(SERVE)),--no-serve)

test: $(VENV)/installed-dev $(NODE)/installed ## set everything up and run every test, on all cores
	@.ci/need chromium chromium
	@.ci/need apertium "$(APERTIUM)"
	$(BIN)/pytest --numprocesses=logical --dist=loadfile

check: format-check lint types docs-check words-check ## format, lint, types, generated pages and the thesaurus, without changing anything

format: $(VENV)/installed-dev ## put the code in form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix --exit-zero --quiet .

lint: $(VENV)/installed-dev ## look for mistakes
	$(BIN)/ruff check .

types: $(VENV)/installed-dev ## check the types, strictly
	$(BIN)/mypy

.PHONY: format-check docs-check words-check
format-check: $(VENV)/installed-dev
	$(BIN)/ruff format --check .

docs-check: $(VENV)/installed-dev
	$(BIN)/puente docs --check

words-check: $(VENV)/installed-dev
	$(BIN)/puente thesaurus check

bench: $(VENV)/installed-dev ## measure the desk with many cases, and the search beside scikit-learn; writes benchmarks/last-*.md
	$(BIN)/python -m benchmarks.desk
	$(BIN)/python -m benchmarks.search

evaluate: $(VENV)/installed-dev ## measure the quality of the matching on the building set
	$(BIN)/puente evaluate

docs: install ## write the generated pages of docs/ again
	$(BIN)/puente docs

texts: install ## collect the texts of the pages for translation into each language
	$(BIN)/pybabel -q extract -F app/workbench/locale/babel.cfg --add-location=file -k say -o $(VENV)/puente.pot app/workbench app/mail
	$(BIN)/pybabel -q update -N --no-wrap -D puente -i $(VENV)/puente.pot -d app/workbench/locale

lock: $(VENV)/installed-dev ## pin versions and hashes again, after a change of pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group build $(LOCK_OPTIONS) -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group build --group dev -c requirements.lock $(LOCK_OPTIONS) -o requirements-dev.lock

LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --upgrade --quiet

clean: ## remove the environment and the embedded database
	rm -rf $(VENV) $(NODE) var

$(BIN)/python:
	@.ci/need ensurepip python3-venv $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(BIN)/python requirements.lock pyproject.toml
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

# What the tests of the pages take from npm; the service has nothing of it.
$(NODE)/installed: tests/browser/package-lock.json
	@.ci/need npm npm
	npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund
	@touch $@
