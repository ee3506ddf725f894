# Everything a contributor runs. Needs Python >= 3.11, git and make; the rest goes into .venv.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The newest Python that is supported, if the default one is not.
PYTHON ?= $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11 python,\
  $(shell command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Last: what is installed goes before the environment's own Go and linter.
export PATH := $(PATH):$(abspath $(BIN))

DEMO ?= build/demo/shop-api
MATRIX ?=
MUTATIONS ?=

.PHONY: help check test proof matrix mutations demo service examples picture dashboards bench bench-service life lock names release tools clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "error: no Python >= 3.11 on PATH"; echo "  fix: install one: https://www.python.org/downloads"; exit 3; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[verify,dev]'
	@touch $@

check: $(READY)  ## ruff, mypy, the counts of mentions and the fast tests
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m scripts.mentions
	$(BIN)/pytest -q -n auto

test: check  ## everything, on real servers
	$(BIN)/pytest -q -n 2 --dist loadgroup -m '(go or slow) and not proof'

proof: $(READY) tools  ## the tests that need a Kubernetes API server, schemas of Terraform providers, or minutes
	$(BIN)/pytest -q -n 2 --dist loadgroup -m proof

matrix: $(READY) tools  ## verify every pair of choices, on real servers
	$(BIN)/gowright matrix $(MATRIX)

mutations: $(READY) tools  ## try defects of generated services: their own tests, or verify, must notice each one
	$(BIN)/python -m scripts.mutations $(MUTATIONS)

demo: service  ## generate a service with three resources and verify it
	$(BIN)/gowright verify $(DEMO)
	@go="$$(command -v go)"; [[ $$go == '$(abspath $(BIN))'/* ]] || go=go; \
	  printf '\nRun it yourself:\n\n  cd %s\n  %s run ./cmd/server\n  curl http://127.0.0.1:8080/readyz\n\n' '$(DEMO)' "$$go"

service: $(READY)
	rm -rf $(DEMO)
	$(BIN)/gowright new $(DEMO) --no-input --no-git \
	  --resource "customer email:string:required:unique name:string:required:max=120:sort:search birthday:date:range" \
	  --resource "order customer:ref=customer:required total:decimal:required:min=0:sort:range status:enum=new|paid|sent:index note:text:search placed_at:time:required:sort:range" \
	  --resource "shipment tracking_code:string:required:unique weight_grams:int:min=0 status:enum=pending|moving|delivered eta:time notes:text"

examples: $(READY)  ## render the presets into examples/
	$(BIN)/python -m scripts.examples

picture: service tools  ## verify the service of the demo and draw the report, docs/verify.svg
	$(BIN)/gowright verify $(DEMO) 2>&1 | $(BIN)/python -m scripts.picture docs/verify.svg

dashboards: service tools  ## run the service of the demo for minutes and draw its dashboards, docs/dashboards/*.png
	$(BIN)/python -m scripts.dashboards $(DEMO) docs/dashboards

bench: $(READY)  ## gowright new beside copier and cookiecutter
	$(BIN)/python -m benchmarks.new

bench-service: $(READY)  ## the generated service beside bare Go programs; writes benchmarks/service.md
	$(BIN)/python -m benchmarks.service --write

life: $(READY)  ## update and switch an edited service, beside Copier; writes benchmarks/life.md
	$(BIN)/python -m benchmarks.life --write

lock: $(READY)  ## derive go.mod and go.sum of the template from lock/
	$(BIN)/python -m scripts.lock

names: $(READY)  ## derive names.yml, the names that no resource can have
	$(BIN)/python -m scripts.names

release: $(READY)  ## record the template as the release that the version names
	$(BIN)/python -m scripts.release

tools: $(READY)  ## build the linters and validators of generated services, once
	$(BIN)/python -m scripts.tools '$(abspath $(BIN))'

clean:  ## remove what was built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache
