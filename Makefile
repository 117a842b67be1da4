# make chat    everything that is needed, then the chat at http://127.0.0.1:8000 (another port: make chat PORT=8080)
# make test    checks of style and types, then all tests
# make eval    the evaluation suite with its gates
# make lock    new versions of everything, within the ranges of pyproject.toml

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
# torch comes first and with its exact version: this one has a build for CPUs alone, where a newer one
# would bring several gigabytes of CUDA libraries that nothing here uses.
TORCH := torch==2.13.0
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check install --quiet

export PIP_REQUIRE_VIRTUALENV := 1

.PHONY: chat test check eval lock clean

chat: $(VENV)/installed
	$(BIN)/lotsen serve --port $(PORT)

test: check
	$(BIN)/python -m pytest

check: $(VENV)/installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

eval: $(VENV)/installed
	$(BIN)/lotsen eval --gate --out reports

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/torch: $(VENV)/bin/python
	$(PIP) $(TORCH)
	touch $@

$(VENV)/installed: requirements.lock pyproject.toml $(VENV)/torch
	$(PIP) --requirement requirements.lock
	$(PIP) --no-deps --editable .
	touch $@

$(VENV)/installed-test: requirements-test.lock $(VENV)/installed
	$(PIP) --requirement requirements-test.lock
	touch $@

COMPILE := $(BIN)/pip-compile --quiet --strip-extras --no-header --no-emit-index-url --no-emit-trusted-host \
	--no-emit-find-links --constraint $(VENV)/constraints.txt

lock: $(VENV)/torch
	$(PIP) pip-tools
	echo "$(TORCH)" > $(VENV)/constraints.txt
	$(COMPILE) --upgrade --output-file requirements.lock pyproject.toml
	$(COMPILE) --upgrade --extra test --constraint requirements.lock --output-file requirements-test.lock pyproject.toml
	sed -i 's/^\(torch==[0-9.]*\)+cpu/\1/' requirements.lock requirements-test.lock

clean:
	rm -rf $(VENV) build *.egg-info
