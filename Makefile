# Two commands set everything up on a fresh Debian 12 with a Swift toolchain: `make demo` and `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PACKAGES := libdnnl-dev libexpat1-dev libjemalloc-dev libprotobuf-c-dev protobuf-c-compiler libyaml-dev libzip-dev libssl-dev pkg-config python3-venv
FERRY := .build/release/ferry
BUILD := swift build -c release
ORACLES := .venv-oracles/bin/python

.PHONY: help setup build demo test table targets bench fuzz samples oracles peers format-check clean

help: ## This list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## Install the Debian packages that are missing
	@missing=""; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then \
	  sudo=""; [ "$$(id -u)" = 0 ] || sudo=sudo; \
	  echo "installing$$missing"; $$sudo apt-get update -qq; \
	  DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq $$missing >/dev/null; \
	fi

build: setup ## Build the program: .build/release/ferry
	$(BUILD) --product ferry

samples: setup oracles ## Fetch the real models and make inputs for them
	Samples/fetch
	Samples/make-inputs

oracles: setup ## The Python environments with the runtimes that judge conversions
	Tests/Oracles/make-venv
	Tests/Oracles/make-venv targets

demo: build ## Convert a sample and a real model into bundles, verified
	Samples/demo

format-check: setup ## Fail when generated code is stale
	Formats/generate --check

test: samples format-check ## Everything that must hold, in under 30 minutes on 2 cores
	$(BUILD) --build-tests
	swift test -c release --skip-build

fuzz: build ## Mutation fuzzing for as long as FERRY_FUZZ_ROUNDS says
	$(BUILD) --build-tests
	FERRY_FUZZ_ROUNDS=$${FERRY_FUZZ_ROUNDS:-200000} swift test -c release --skip-build --filter 'Fuzz|Mutation'

table: build samples ## Every model against every check, in full
	Tests/Oracles/table

targets: build samples ## Every model for every target, on the targets' own runtimes
	.venv-targets/bin/python Tests/Oracles/target_table.py
	.venv-targets/bin/python Tests/Oracles/check_quantized.py
	.venv-targets/bin/python Tests/Oracles/check_quotients.py
	.venv-targets/bin/python Tests/Oracles/quantized_models.py
	.venv-targets/bin/python Tests/Oracles/check_openvino_quantized.py
	.venv-targets/bin/python Tests/Oracles/check_halves.py
	.venv-targets/bin/python Tests/Oracles/litert_table.py
	.venv-targets/bin/python Tests/Oracles/litert_elements.py
	.venv-targets/bin/python Tests/Conformance/conform-openvino --refused
	.venv-targets/bin/python Tests/Conformance/conform-litert --refused

peers: setup
	Tests/Benchmarks/make-venv

bench: build samples peers ## Speed and memory beside cp and beside other optimisers
	Tests/Benchmarks/bench

clean:
	rm -rf .build out
