# Everything a person does with this repository. `make help` explains each target.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
CATALOGUES := $(wildcard evalsys/translations/*/LC_MESSAGES/messages.po)
COMPILED := $(CATALOGUES:.po=.mo)
# One more than cores: a test that waits for a process or the disk leaves its core to another one.
WORKERS = $(shell expr $$(nproc || getconf _NPROCESSORS_ONLN) + 1)
# Each test has a database: in memory, where there are 4 GB for it, no disk is waited for.
ROOM = $(shell df --output=avail -k /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 {print "/dev/shm"}')
IN_MEMORY = TMPDIR=$(or $(ROOM),$(or $(TMPDIR),/tmp))
export PORT
# A process that starts a hundred times need not be compiled each time.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run debug t hooks test test-sqlite test-postgresql test-browser lint format check bench simulate fuzz screenshots messages words lock clean

help:  ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 24

$(VENV)/.runtime: requirements.txt
	@echo "[1/3] Python environment and pinned dependencies"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.txt
	@echo "[..] Tools for tests and checks"
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Without a header (whose dates would change with each update) pybabel calls a catalogue fuzzy: -f.
# The language is the third word of evalsys/translations/zh/LC_MESSAGES/messages.mo.
%.mo: %.po $(VENV)/.runtime
	@$(BIN)/pybabel -q compile -f -l $(word 3,$(subst /, ,$@)) -i $< -o $@

setup: $(VENV)/.runtime $(COMPILED)  ## Make the environment and compile the languages

run: setup  ## Start everything on http://127.0.0.1:8000, with a demo city if the database is empty
	@$(BIN)/python -m evalsys.operations.start

debug: setup  ## The same with reload, debugger and the queries of each request; for this machine only
	@$(BIN)/python -m evalsys.operations.start --debug

t: $(VENV)/.dev $(COMPILED)  ## Run some tests at once, in one process: make t T=tests/scores
	@$(BIN)/pytest -q -n 0 $(T)

test: test-sqlite test-postgresql test-browser  ## Run every test: SQLite, PostgreSQL, browser

# Files in their order: by number of tests, the longest of all would run last, one core idle.
test-sqlite: $(VENV)/.dev $(COMPILED)
	@$(IN_MEMORY) $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not browser"

test-postgresql: $(VENV)/.dev $(COMPILED)
	@$(IN_MEMORY) EVALSYS_TEST_DATABASE=postgresql $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not browser"

test-browser: $(VENV)/.dev $(COMPILED)
	@$(IN_MEMORY) $(BIN)/pytest -n 2 --dist loadgroup -m browser tests/browser

lint: $(VENV)/.dev  ## Style, imports and templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/djlint --quiet --lint evalsys

format: $(VENV)/.dev  ## Put the code into shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

hooks: $(VENV)/.dev  ## Let git check style, layers and the message of each commit
	@$(BIN)/pre-commit install --hook-type pre-commit --hook-type commit-msg

check: lint  ## Everything but the tests: style, imports, templates, types
	@$(BIN)/mypy

bench: $(VENV)/.dev $(COMPILED)  ## Measure against bare floors, and a large city, on both databases (half an hour and more)
	@$(BIN)/python -m tests.bench

simulate: $(VENV)/.dev $(COMPILED)  ## Close a city with known true scores 500 times: what is found and missed (half a minute)
	@$(BIN)/python -m tests.simulation

fuzz: $(VENV)/.dev $(COMPILED)  ## Send 20,000 strange requests to every page (about ten minutes)
	@$(BIN)/python -m tests.fuzz

screenshots: $(VENV)/.dev $(COMPILED)  ## Take the pictures of the README from a fresh demo city
	@$(BIN)/python -m tests.browser.screenshots

messages: $(VENV)/.dev  ## Collect texts from code and pages into the catalogues
	@$(BIN)/pybabel -q extract -F babel.cfg -k N_ -k NP_:1c,2 -k _l -k lazy_gettext -k _lp:1c,2 --no-location --sort-output --omit-header -o build/messages.pot evalsys
	@for lang in zh en; do $(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --omit-header -i build/messages.pot -d evalsys/translations -l $$lang; done
	@$(BIN)/python -m evalsys.operations.catalogues

words: $(VENV)/.dev  ## List every short text with all its uses, to read by eye
	@$(BIN)/python -m tests.short_words

lock:  ## Pin all dependencies again from requirements.in and requirements-dev.in
	@$(PYTHON) -m pip install -q uv
	@for name in requirements requirements-dev; do uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" $$name.in -o $$name.txt; done

clean:  ## Remove the environment and everything made by tools (not instance/)
	@rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis
