# make run    the portal with a sample site, on this machine alone
# make test   everything that must hold
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

# Real programs that tests run against.
PACKAGES := redis-server chromium opennds dnsmasq-base iptables nftables iproute2 udhcpc \
	php-cli procps curl wget fonts-noto-core

.DEFAULT_GOAL := help
.PHONY: help run test check bench screenshots messages lock system clean

help: ## Say what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

run: $(VENV)/run.done ## Install, add a sample site and serve it
	@$(BIN)/bluezone-portal demo $(DEMO)

test: system check ## Install and pass every test
	$(BIN)/pytest $(ARGS)

check: $(VENV)/dev.done ## Style, types, and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/dev.done ## Speed, as ratios within one run
	$(BIN)/python -m tests.bench

screenshots: $(VENV)/dev.done system ## Photograph every page into screenshots/
	$(BIN)/python -m tests.browser.screenshots screenshots

messages: $(VENV)/dev.done ## Bring new messages into the catalogues
	$(BIN)/pybabel --quiet extract -F pyproject.toml -k message -k _ --no-location -o $(VENV)/messages.pot .
	$(BIN)/pybabel --quiet update -i $(VENV)/messages.pot -d portal/translations -l vi \
		--no-fuzzy-matching --ignore-obsolete --omit-header --width 100

lock: ## Write the locked requirements anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --group dev pyproject.toml -o requirements-dev.txt

system:
	@tests/system-packages $(PACKAGES)

clean: ## Remove what was installed and made here; data/ stays
	rm -rf $(VENV) dist screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or later is needed; name it: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { rm -rf $(VENV); tests/system-packages python3-venv; $(PYTHON) -m venv $(VENV); }

$(VENV)/run.done: $(BIN)/python requirements.txt pyproject.toml
	@test -e $(VENV)/dev.done || { echo "Installing…"; \
		$(PIP) install --require-hashes -r requirements.txt && $(PIP) install --no-deps -e .; }
	@touch $@

$(VENV)/dev.done: $(BIN)/python requirements-dev.txt pyproject.toml
	@echo "Installing what tests need…"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.done
