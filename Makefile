# All targets use uv, which is downloaded into the user's cache folder if it is not on PATH.
UV_VERSION := 0.13.9
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/ai-server
UV := $(or $(shell command -v uv 2>/dev/null),$(CACHE)/uv/bin/uv)
PYTHON ?= python3
export PATH := $(dir $(UV)):$(PATH)
# always the project's own environment, even in a shell with another one
unexport VIRTUAL_ENV
PROFILE ?= homelab
BACKEND ?= auto
PAGE ?= real
# a command that works in any shell, since uv may not be on its PATH
NEXT := .venv/bin/ai-server check -f values/homelab/values.yaml --cluster values/homelab/cluster.yaml
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: setup ## install the chart on a mocked cluster and ask it a question (PROFILE=homelab BACKEND=kind|kwok PAGE=real|mock)
	@uv run --no-sync ai-server demo --profile $(PROFILE) --backend $(BACKEND) --page $(PAGE)

demo-down: setup ## remove the demo's cluster
	@uv run --no-sync ai-server demo --down

# Go, which renders, collects garbage less often, which saves a quarter of the time
check test: export GOGC = 800

check: ## run lint and the tests that a change can affect, without clusters; list what was left out
	@start=$$(date +%s); $(MAKE) --no-print-directory check-all; status=$$?; \
	echo "make check took $$(($$(date +%s) - start)) s"; exit $$status

check-all: setup lint
	@uv run --no-sync ai-server generate --check
	@uv run --no-sync ai-server programs --build >/dev/null
	uv run --no-sync pytest -n 2 -q --quick -m "not cluster"

test: setup lint ## run all tests: tools, values, render, policy, golden, mocks, and clusters on kwok and kind
	@uv run --no-sync ai-server programs --build >/dev/null
	uv run --no-sync pytest -n 2 --dist loadgroup -m "not cluster"
	uv run --no-sync pytest -m cluster --backend kwok
	uv run --no-sync pytest -m cluster --backend kind

test-kind: setup ## run the cluster tests on kind, with real containers (KEEP=1 keeps the cluster, REUSE=1 uses it again)
	uv run --no-sync pytest -m cluster --backend kind

test-e2e: setup ## use the real page on kind in a browser, which keeps pictures in the cache (ten minutes)
	uv run --no-sync pytest tests/cluster/page --backend kind

test-contract: setup ## start the real programs with what every profile renders (a quarter of an hour)
	@uv run --no-sync ai-server programs --build >/dev/null
	uv run --no-sync pytest tests/contract --complete

test-mutants: setup ## try every mutant (half an hour)
	uv run --no-sync pytest -n 2 tests/mutation --places 0

prove: setup ## compare check with the real programs on random cases, and write docs/proof.md (CASES=100: fewer)
	@uv run --no-sync ai-server programs --build >/dev/null
	uv run --no-sync pytest tests/agreement tests/mocks/test_vllm_itself.py tests/memory/test_vllm_memory.py -q -s --backend kwok $(if $(CASES),--cases $(CASES),--prove)

bench: setup ## measure what the gateway and the page cost, in time, throughput and memory (three minutes)
	@uv run --no-sync python -m tests.bench.gateway
	@uv run --no-sync python -m tests.bench.page

lint: setup ## check style, types and shell scripts
	@uv run --no-sync ruff check .
	@uv run --no-sync ruff format --check --quiet . || { echo 'run `make format` to fix this'; exit 1; }
	@uv run --no-sync mypy
	@grep -rlE '^#!.*[/ ](ba)?sh$$' .ci ci charts | xargs uv run --no-sync shellcheck

format: setup ## fix the style problems that lint reports
	@uv run --no-sync ruff check --fix --quiet .
	@uv run --no-sync ruff format --quiet .

generate: setup ## write values.yaml, schemas, docs/values.md and docs/checks/README.md from the models
	@uv run --no-sync ai-server generate

golden: setup ## update tests/golden from the chart
	@uv run --no-sync pytest --quiet tests/golden --update

setup: $(UV) ## install the Python environment, as locked
	@uv sync --locked --quiet --compile-bytecode
	@$(if $(filter setup,$(MAKECMDGOALS)),echo 'Ready. Next: $(NEXT)',:)

$(CACHE)/uv/bin/uv:
	@command -v $(PYTHON) >/dev/null || { echo 'make: this needs Python 3.11 or newer: install it, or set PYTHON' >&2; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "make: $$($(PYTHON) --version) is too old: install Python 3.11 or newer, or set PYTHON" >&2; exit 2; }
	@echo "download uv $(UV_VERSION) ..." >&2
	@$(PYTHON) -m venv $(CACHE)/uv || { rm -rf $(CACHE)/uv; echo 'make: python3 cannot create environments: install python3-venv, or uv' >&2; exit 2; }
	@$(CACHE)/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION) || { rm -rf $(CACHE)/uv; echo 'make: uv could not be fetched: install uv, or run once with a network' >&2; exit 2; }

.PHONY: help demo demo-down check check-all test test-kind test-contract test-e2e test-mutants prove bench lint format generate golden setup
