# Everything sets itself up: a machine with Python 3.11+ and make is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
# Half as many again as there are cores: much of a test is waiting, for a carrier or for a process that starts.
WORKERS ?= $(shell $(PYTHON) -c 'import os; cores = os.cpu_count() or 2; print(cores + cores // 2)')
# Where the environment forbids bytecode, each of the hundreds of gateways that tests, drills and benchmarks start would
# compile all of itself again (0.6 s of CPU), which no installed one does.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv demo test check lint types peers bench bench-peers bench-peers-install drill coverage-table clean

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 18

venv: $(VENV)/.stamp ## Install Heliograph and its tools into .venv

$(VENV)/.stamp: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Heliograph needs Python 3.11 or newer; name one with make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,fast]'
	@touch $@

demo: venv ## Run a gateway with simulated carriers; in CI show every end once and stop
	$(BIN)/heliograph demo $(if $(CI),--tour --http-port 0,--dir .demo) $(DEMO)

test: venv ## Run the tests
	$(PYTEST) -q -n $(WORKERS) $(TESTS)

lint: venv
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench

types: venv
	$(BIN)/mypy

check: lint types test ## Lint, types and tests

peers: venv ## Install the real clients the peer tests use (Debian packages; needs root or sudo)
	tests/peers/install

coverage-table: venv ## Print each row of the mission with its tests
	$(PYTEST) -q -n $(WORKERS) --coverage-table

bench: venv ## Measure speed and memory
	$(BIN)/python -m bench.sms
	$(BIN)/python -m bench.gateway $(BENCH)
	$(BIN)/python -m bench.callback $(filter --quick,$(BENCH))
	$(BIN)/python -m bench.backoffice $(if $(findstring --quick,$(BENCH)),--contacts 50000 --history 250000)
	$(BIN)/python -m bench.doors
	$(BIN)/python -m bench.flat $(if $(findstring --quick,$(BENCH)),--stored 10000 100000 --messages 5000) $(if $(DATABASE),--database $(DATABASE))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m bench.smpp_codec
	$(BIN)/python -m bench.smpp

	$(BIN)/python -m bench.peers $(PEERS)

bench-peers: venv ## Measure Heliograph beside Kannel and Jasmin: one table, about 12 minutes on a quiet machine
	$(BIN)/python -m bench.peers $(PEERS)

bench-peers-install: venv ## Install Kannel, Jasmin with its brokers, and what compiles the rig (needs root or sudo)
	bench/peers/install

drill: venv ## Kill a gateway under load and prove that nothing was lost
	$(BIN)/heliograph drill $(DRILL)

clean: ## Remove what was built
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis
