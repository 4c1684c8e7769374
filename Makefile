# Every target makes what it needs, from nothing, once. Needs Python 3.11 or newer and make; uses uv where it is present.
SHELL := /bin/bash
BIN := .venv/bin
STAMP := .venv/.installed
# What Python and pytest compile is kept for the next process, whatever the environment says: there are hundreds of them.
unexport PYTHONDONTWRITEBYTECODE
# For two cores: half of its time a worker waits, for a call that is held or a quota.
WORKERS := 6

.PHONY: demo test nightly lint bench clean browser

demo: $(STAMP)
	$(BIN)/crmsync demo

test: lint
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not nightly"

# The second line asks the oldest PostgreSQL that the wheel brings; the first one asks the newest.
nightly: lint browser
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
	PGSERVER_POSTGRES_VERSION=16 $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not nightly" -k "postgres or roles"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m bench
	$(BIN)/python -m bench.stages
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.engine

clean:
	rm -rf .venv demo build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The page is looked at in a real browser, with Chinese fonts.
browser:
	@command -v chromium >/dev/null || (apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk) \
	  || (echo "chromium is missing; install it with your system's package manager" && exit 1)

$(STAMP): pyproject.toml
	@echo "Installing into .venv; this takes a minute or two."
	@if command -v uv >/dev/null; then \
	  test -x $(BIN)/python || uv venv --quiet .venv; \
	  uv pip install --quiet --compile-bytecode --python $(BIN)/python -e '.[dev]'; \
	else \
	  test -x $(BIN)/python || python3 -m venv .venv; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	fi
	@$(BIN)/python -m compileall -q models connectors pipeline flows cli sandbox
	@touch $@
