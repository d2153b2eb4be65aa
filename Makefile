# Warmline: `make demo` and `make test` do all set-up themselves.
.PHONY: demo test serve lint bench setup setup-tests console build clean

CARGO ?= cargo
BIN := target/release
export WARMLINE_MODELS ?= $(CURDIR)/models/store

help: ## what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

setup: ## everything a build and a demo need (quick when it is there)
	@scripts/setup

setup-tests: ## and the independent programs that the tests talk to
	@scripts/setup --tests

console: setup ## the web console, embedded in the binary
	@scripts/console

build: console ## the server and the simulated carrier
	@$(CARGO) build --release --locked -p warmline-server -p warmline-carrier

demo: build ## a campaign from a CSV to real SIP calls, on this machine
	@$(BIN)/warmline demo

serve: build ## the server and the console on loopback
	@$(BIN)/warmline serve

test: setup-tests console ## every test
	@scripts/test

lint: setup console ## formatting, clippy, the console's lint and types
	@scripts/lint

bench: build ## the benchmarks of tests/BENCHMARKS.md
	@scripts/bench

clean:
	@$(CARGO) clean; rm -rf console-web/dist console-web/node_modules
