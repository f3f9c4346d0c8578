# make run    the portal with a sample site, on this machine alone
# make test   everything that must hold
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Tests that run side by side; many of them wait.
JOBS ?= 3
PIP := $(BIN)/pip --disable-pip-version-check --quiet

# Real programs that tests run against.
PACKAGES := redis-server chromium nginx opennds dnsmasq-base iptables nftables iproute2 udhcpc \
	php-cli procps curl wget strace zbar-tools faketime ipset logrotate systemd fonts-noto-core fonts-noto-cjk \
	firefox-esr webkit2gtk-driver xvfb $(shell command -v npm >/dev/null || echo nodejs npm)

# Vietnamese says everything; these say what visitors read.
VISITOR_LANGUAGES := zh ko ja fr ru th
EXTRACT := $(BIN)/pybabel --quiet extract -k message -k _ --no-location
UPDATE := $(BIN)/pybabel --quiet update -d portal/translations --no-fuzzy-matching \
	--ignore-obsolete --omit-header --width 100

.DEFAULT_GOAL := help
.PHONY: help run test check bench lighthouse screenshots messages lock system clean

help: ## Say what there is to make
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 14

run: $(VENV)/run.done ## Install, add a sample site and serve it
	@$(BIN)/bluezone-portal demo $(DEMO)

test: system check $(VENV)/lighthouse.done ## Install and pass every test
	$(BIN)/pytest -n $(JOBS) --no-loadscope-reorder $(ARGS)

check: $(VENV)/dev.done ## Style, types, the direction of imports, and known holes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@tests/audit $(BIN)

bench: $(VENV)/dev.done ## Speed, as ratios within one run, into deploy/BENCHMARKS.md
	@tests/system-packages wrk $(PACKAGES)
	$(BIN)/python -m tests.bench $(ARGS)

lighthouse: $(VENV)/dev.done $(VENV)/lighthouse.done ## The notice's scores, and what costs points
	@$(BIN)/python -m tests.browser.lighthouse

screenshots: $(VENV)/dev.done system ## Photograph every page into screenshots/
	$(BIN)/python -m tests.browser.screenshots screenshots

messages: $(VENV)/dev.done ## Bring new messages into the catalogues
	@$(EXTRACT) -F pyproject.toml -o $(VENV)/vi.pot .
	@$(EXTRACT) -F tests/visitor.cfg -o $(VENV)/visitor.pot .
	@$(UPDATE) -i $(VENV)/vi.pot -l vi
	@for language in $(VISITOR_LANGUAGES); do $(UPDATE) -i $(VENV)/visitor.pot -l $$language || exit 1; done

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

# Scripts of packages stay unrun: the one that matters would fetch a browser.
$(VENV)/lighthouse.done: tests/browser/npm/package-lock.json | $(BIN)/python system
	@mkdir -p $(VENV)/lighthouse
	@cp tests/browser/npm/*.json $(VENV)/lighthouse
	@if command -v npm >/dev/null; then \
		npm ci --prefix $(VENV)/lighthouse --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch $@; \
	else echo "Without npm, Lighthouse is not installed; its test skips"; fi
