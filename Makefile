# The commands of a developer. Python 3.11 or newer and make are required; the rest is installed.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
# Arguments for the program behind a command, such as ARGS="tests/page -k cookie" for pytest.
ARGS ?=
# The number of workers that serve the site.
WORKERS ?= 2
# How long "make soak" takes.
MINUTES ?= 30
# The number of test processes. Most tests wait for servers, so more processes than cores help, but
# each starts a browser and servers of its own, and imports all tests. Each file runs in one process.
# One more process runs the tests on PostgreSQL. A process that crashes ends the run: with files
# that belong to one process each, pytest-xdist would wait forever for the rest of its file.
TEST_PROCESSES ?= 5
BY_FILE := --dist loadfile --no-loadscope-reorder --max-worker-restart=0

VENV := .venv
BIN := $(VENV)/bin
# Timestamp files: the time of the last installation.
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development

.DEFAULT_GOAL := help
.PHONY: help run serve demo test lint prose format bench truth attack fuzz simulate soak matrix messages bundle pictures capture requirements audit clean

help:
	@echo "make run           serve the site on http://$(HOST):$(PORT)/"
	@echo "make serve         serve it as in production, with several processes (WORKERS=2)"
	@echo "make demo          serve it with simulated visitors (ARGS=\"--people 200\")"
	@echo "make test          run all tests with real services and a browser (ARGS=... for some)"
	@echo "make lint          check style, types, templates, prose, and import rules"
	@echo "make prose         check the English of all texts, or of some (ARGS=\"docs README.md\")"
	@echo "make format        format the code"
	@echo "make bench         compare its speed with other servers, 15 minutes (ARGS=--help)"
	@echo "make truth         compare displayed counts with the truth during failures (ARGS=--help)"
	@echo "make attack        attack a deployment beside honest visitors, 35 minutes (ARGS=--help)"
	@echo "make fuzz          send random frames and requests to the site, 10 minutes (ARGS=--help)"
	@echo "make simulate      a million people on 200 workers against one Redis, 5 minutes (ARGS=--help)"
	@echo "make soak          let visitors come and go on two workers, and report what grows (MINUTES=30)"
	@echo "make matrix        try the package in other projects, with every Python and Django (ARGS=--help)"
	@echo "make messages      update the translation catalogs (needs GNU gettext)"
	@echo "make bundle        build the classic scripts from the modules"
	@echo "make capture       take the screenshots of the README from a running demo"
	@echo "make pictures      draw the link preview and the touch icon"
	@echo "make requirements  pin the dependencies of pyproject.toml"
	@echo "make audit         check the pinned packages for known vulnerabilities (needs the internet)"
	@echo "make clean         remove generated files, except the database and .env"

run: $(RUNTIME)
	@$(BIN)/python manage.py migrate --verbosity 0
	@$(BIN)/python manage.py runserver $(HOST):$(PORT)

# The secret key of this run, unless the environment has one. Sessions end with it.
serve: export SECRET_KEY ?= $(shell od -An -N32 -tx1 /dev/urandom | tr -d ' \n')
serve: $(RUNTIME)
	@DEBUG=false $(BIN)/python manage.py migrate --verbosity 0
	@DEBUG=false $(BIN)/python manage.py collectstatic --noinput --verbosity 0
	@DEBUG=false $(BIN)/python -m landing_site.serve --workers $(WORKERS) --host $(HOST) --port $(PORT) $(ARGS)

demo: $(DEVELOPMENT)
	@$(BIN)/python -m tests.load.demo --port $(PORT) $(ARGS)

# The tests on PostgreSQL run beside the others, and their output follows at the end. The shell lets
# no signal of the terminal reach a process in the background, so it ends that process itself.
# Every test process imports all tests. Without bytecode files each would compile all of them, too.
test: export PYTHONDONTWRITEBYTECODE =
test: $(DEVELOPMENT)
	@$(BIN)/python -m tests.services.browser
	@$(BIN)/python -m tests.services.nginx
ifeq ($(strip $(ARGS)),)
	@output=$$(mktemp); postgres=; status=0; trap 'exit 130' INT TERM HUP; \
	trap 'kill $$postgres 2>/dev/null; rm -f "$$output"' EXIT; \
	$(BIN)/python -m pytest --database=postgres >"$$output" 2>&1 & postgres=$$!; \
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) $(BY_FILE) || status=$$?; \
	wait $$postgres || status=$$?; \
	cat "$$output"; exit $$status
else
	$(BIN)/python -m pytest $(ARGS)
endif

lint: export DEBUG = true
lint: $(DEVELOPMENT)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/codespell
	$(BIN)/python -m scripts.check_prose
	$(BIN)/lint-imports
	$(BIN)/python manage.py check --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

prose: $(DEVELOPMENT)
	$(BIN)/python -m scripts.check_prose $(ARGS)

format: $(DEVELOPMENT)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.bench $(ARGS)

truth: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.truth $(ARGS)

attack: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.attack $(ARGS)

fuzz: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.fuzz $(ARGS)

simulate: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.simulate $(ARGS)

soak: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.soak --minutes $(MINUTES) $(ARGS)

matrix: $(DEVELOPMENT)
	@$(BIN)/python -m tests.services.browser
	$(BIN)/python -m tests.hosts.matrix $(ARGS)

CATALOGS := $(wildcard locale/*/LC_MESSAGES/django.po)
# The admin, the API, and the commands are in English only. Headers with a date would differ after
# each run. Some versions of msgfmt copy them and others do not, and a test compares both files.
messages: export DEBUG = true
messages: $(DEVELOPMENT)
	$(BIN)/python manage.py makemessages --all --no-location --no-wrap --no-obsolete \
		--ignore ".venv/*" --ignore "venv/*" --ignore "env/*" --ignore "*/site-packages/*" \
		--ignore "staticfiles/*" --ignore "test-output/*" --ignore "tests/*" --ignore "docs/*" \
		--ignore "templates/admin/*" --ignore "templates/live_user_counter/admin/*" \
		--ignore "landing/admin*" --ignore "landing/api/*" \
		--ignore "landing/activity/publishing.py" --ignore "landing/activity/validation.py"
	@sed -i.bak -E '/^"(POT-Creation-Date|Report-Msgid-Bugs-To):/d' $(CATALOGS) && rm $(CATALOGS:=.bak)
	$(BIN)/python manage.py compilemessages \
		--ignore ".venv/*" --ignore "venv/*" --ignore "env/*" --ignore "*/site-packages/*"

bundle: $(DEVELOPMENT)
	$(BIN)/python -m scripts.bundle

capture: $(DEVELOPMENT)
	$(BIN)/python -m tests.load.demo.capture

pictures: $(DEVELOPMENT)
	$(BIN)/python -m scripts.draw_pictures

# With hashes, older versions of pip need the extras of a package in its pin.
PINS := requirements.txt requirements-dev.txt
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --no-strip-extras --allow-unsafe \
	--no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host pyproject.toml
SITE := --extra api --extra metrics --extra postgres --extra redis --extra site
requirements: export CUSTOM_COMPILE_COMMAND = make requirements
requirements: $(DEVELOPMENT)
	$(COMPILE) $(SITE) --output-file requirements.txt
	$(COMPILE) $(SITE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	@# pip-compile drops the marker of a package of an extra.
	@sed -i.bak -E 's/^(tdewolff-minify==[^ ]+) \\/\1 ; sys_platform == "linux" \\/' $(PINS) && rm $(PINS:=.bak)

audit: $(DEVELOPMENT)
	$(BIN)/python -m scripts.audit $(ARGS)

# pip rejects a file whose hash is not in the requirements, and a package that is not pinned there.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

$(RUNTIME): requirements.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit(1)' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@echo "Installing requirements.txt into $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) -r requirements.txt
	@touch $@

$(DEVELOPMENT): requirements-dev.txt $(RUNTIME)
	@echo "Installing requirements-dev.txt: test tools, Redis, PostgreSQL, and Node as packages"
	@$(INSTALL) -r requirements-dev.txt
	@touch $@

clean:
	rm -rf $(VENV) staticfiles test-output htmlcov .coverage coverage.xml
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
