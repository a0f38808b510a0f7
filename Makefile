PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ani3d-setup
PAGE := $(VENV)/.ani3d-page
PAGE_SOURCES := web_client/build.mjs web_client/package-lock.json $(shell find web_client/src -type f)

.DEFAULT_GOAL := help
.PHONY: help setup demo library test unity web shaders lint types check bench constants proto clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) $(PAGE) ## create .venv with everything that a CPU needs

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet -c constraints.txt -e ".[bake,smplx,video,fast,live,gateway,bus,store,dev]"
	@touch $@

# The page of `ani3d view`; says so, and goes on, where there is no Node.js.
$(PAGE): $(STAMP) $(PAGE_SOURCES)
	$(BIN)/python scripts/build_viewer.py
	@touch $@

library: setup ## bake the example library in examples/crowd, and write the page about it
	$(BIN)/python examples/crowd/make_inputs.py
	$(BIN)/ani3d library bake --manifest examples/crowd
	$(BIN)/ani3d library report --manifest examples/crowd

demo: setup ## bake, verify, stream and film the built-in dancer into ./demo
	$(BIN)/ani3d demo -o demo --force

test: setup ## run the whole test suite, two files of it at a time
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

unity: setup ## compile and test the client for Unity, without Unity
	$(BIN)/python unity_client/Tools~/check.py

web: setup ## compile and test the client for browsers
	$(BIN)/python web_client/check.py

shaders: setup ## compile the GPU kernels and run them, without a GPU
	$(BIN)/python shaders/check.py

lint: setup ## style and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: setup ## static types
	$(BIN)/pyright --pythonpath $(BIN)/python

check: lint types ## everything that needs no running code
	$(BIN)/python scripts/generate_protos.py --check
	$(BIN)/python scripts/generate_messages.py --check
	$(BIN)/python scripts/check_tests.py
	$(BIN)/python scripts/check_tests.py shaders/checks
	$(BIN)/python scripts/generate_constants.py --check
	$(BIN)/python scripts/copy_kernels.py --check
	$(BIN)/python scripts/generate_web_shaders.py --check

bench: setup ## run every benchmark; figures go to stdout
	@for name in cold_start rasteriser playback reader bake canonical import_avatar package_open serving workers scaling codec; do \
		echo "== $$name"; $(BIN)/python -m benchmarks.$$name || exit 1; done

constants: setup ## write what spec/*.toml says for every language, and Unity's copies of the kernels
	$(BIN)/python scripts/generate_constants.py
	$(BIN)/python scripts/copy_kernels.py
	-$(BIN)/python scripts/generate_web_shaders.py
	$(BIN)/python unity_client/Tools~/write_metas.py

proto: setup ## regenerate ani3d_runtime/rpc/v1 and the C# messages from proto/
	$(BIN)/python scripts/generate_protos.py
	$(BIN)/python scripts/generate_messages.py

clean: ## remove what the targets above created
	rm -rf $(VENV) demo examples/crowd/out build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
