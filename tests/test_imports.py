"""Who may import whom: looked at in fresh processes and in the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
NUMERICAL = [
    f"pipelines.{name}"
    for name in ("ingest", "neighbors", "similarity", "measures", "groups", "health", "projections")
]
LAYERS = ["dagster", "distributed", "panel", "holoviews", "duckdb", "artifacts", "viewer"]


def loaded_by(module: str) -> set[str]:
    """Top-level packages that a fresh process has loaded after importing a module."""
    code = f"import sys, {module}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def named_imports(folder: Path) -> dict[str, set[str]]:
    """Top-level packages that each file of a folder imports."""
    found = {}
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        found[path.relative_to(ROOT).as_posix()] = {name.partition(".")[0] for name in names}
    return found


@pytest.mark.parametrize("module", NUMERICAL)
def test_numerical_packages_load_neither_orchestration_nor_page_nor_store(module):
    assert loaded_by(module).isdisjoint(LAYERS)


def test_the_store_loads_neither_pipelines_nor_page():
    loaded = loaded_by("artifacts.queries")
    assert loaded.isdisjoint({"dagster", "panel", "holoviews", "pipelines", "viewer"})
    assert "duckdb" in loaded, "the check itself must see what is loaded"


def test_the_command_line_loads_neither_dagster_nor_dask_nor_the_page():
    assert loaded_by("pipelines.cli").isdisjoint({"dagster", "distributed", "panel", "holoviews", "viewer"})


def test_the_page_imports_neither_pipelines_nor_dagster_nor_duckdb():
    files = named_imports(ROOT / "viewer")
    assert files
    assert {path: names & {"pipelines", "dagster", "duckdb"} for path, names in files.items()} == {
        path: set() for path in files
    }


def test_only_the_orchestration_files_import_dagster():
    allowed = {
        f"pipelines/{name}.py"
        for name in ("assets", "attempts", "automation", "definitions", "reported", "resources", "runless")
    }
    importers = {path for path, names in named_imports(ROOT / "pipelines").items() if "dagster" in names}
    assert importers <= allowed
    assert "pipelines/definitions.py" in importers


def test_only_one_file_knows_dask():
    importers = {
        path for path, names in named_imports(ROOT / "pipelines").items() if names & {"dask", "distributed"}
    }
    assert importers == {"pipelines/cluster.py"}


def test_only_one_file_opens_duckdb():
    folders = ["pipelines", "artifacts", "viewer"]
    importers = {
        path
        for folder in folders
        for path, names in named_imports(ROOT / folder).items()
        if "duckdb" in names
    }
    assert importers == {"artifacts/database.py"}
