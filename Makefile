# Every target makes .venv by itself. PYTHON chooses the interpreter that it is made with.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-long check format bench screenshots clean

demo: .venv/ready
	$(BIN)/embedding-comparator demo

test: .venv/ready
	$(BIN)/python -m pytest -n 2 --dist worksteal

test-long: .venv/ready
	$(BIN)/python -m pytest -m long

check: .venv/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/ready
	$(BIN)/python -m benchmarks

screenshots: .venv/ready
	$(BIN)/python docs/make_screenshots.py artifacts/data
	$(BIN)/python docs/make_dagster_screenshots.py

clean:
	rm -rf .venv artifacts/data dist

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $@
