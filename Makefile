# What can be done here: make run, test, check, bench, assets, translations.
# Nothing but Python 3.11 or later is needed; everything else goes into .venv.

PYTHON ?= python3
BIN = .venv/bin
READY = .venv/.ready
READY_DEV = .venv/.ready-dev

.PHONY: run test check bench assets translations

# The demo region on http://localhost:8000. The first start sets everything up, later ones take seconds.
# More can be said to it: make run ARGS="--port 8080".
run: $(READY)
	@$(BIN)/talkoot demo $(ARGS)

# All tests, on SQLite and PostgreSQL and in a browser; sets up what they need.
test:
	@PYTHON="$(PYTHON)" bash tests/run $(ARGS)

# Style, types, translations, and the rules that every part keeps (the built wheel among them).
check: $(READY_DEV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m talkoot.catalogues
	$(BIN)/python -m pytest -q --database=sqlite tests/rules

# What a page costs, on real servers and both databases.
bench: $(READY_DEV)
	@tests/bench/run $(ARGS)

# The browser packages and the compiled translations, anew.
assets: $(READY)
	$(BIN)/python hatch_build.py

# The translation catalogues, brought up to date with the sources.
translations: $(READY_DEV)
	$(BIN)/python -m talkoot.catalogues

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Talkoot needs Python 3.11 or later; say which with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "· Making the environment in .venv"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "On Debian and Ubuntu venv is a package of its own: apt install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

# The install is repeated when the list of packages or plugins changes.
$(READY): .venv/bin/python pyproject.toml hatch_build.py package-lock.json
	@echo "· Installing Talkoot and what it needs"
	@$(BIN)/python -m pip install --quiet --editable . && touch $@

$(READY_DEV): $(READY)
	@echo "· Installing the tools for tests and checks"
	@$(BIN)/python -m pip install --quiet --group dev && touch $@
