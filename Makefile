# Two commands do everything on a bare Debian or Ubuntu with Python >= 3.11: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# pip and CUDA: where there is no GPU the CPU build of torch is enough; it is asked for first (see docs/training.md).
TORCH ?= torch==2.13.0

.PHONY: setup setup-all demo demo-recorded docs check test test-slow clean

setup: $(VENV)/.core
setup-all: $(VENV)/.all

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("EffiCoder needs Python 3.11 or newer; try: make PYTHON=python3.11")'
	@$(PYTHON) -m venv $(VENV) || { echo 'venv is missing: apt-get install python3-venv'; exit 3; }

$(VENV)/.core: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.all: pyproject.toml $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev,train,local,docs]'
	@touch $@

$(VENV)/.local: $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[local]'
	@touch $@

$(VENV)/.docs: $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[docs]'
	@touch $@

demo: $(VENV)/.local
	$(BIN)/efficoder models pull qwen2.5-coder-0.5b-instruct
	$(BIN)/efficoder demo

demo-recorded: setup
	$(BIN)/efficoder demo --recorded

docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict --quiet

check: setup-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest tests/test_architecture.py

test: check
	$(BIN)/pytest -n auto -m 'not slow'

test-slow: setup-all
	$(BIN)/pytest -m slow

clean:
	rm -rf $(VENV) runs site .mypy_cache .ruff_cache .pytest_cache
