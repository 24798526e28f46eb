"""Where the demo lives: its configuration, and its checkpoints written where that configuration looks for them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pipelines.config import Project, load_project
from pipelines.demo.digits import write_digits
from pipelines.demo.docstrings import write_docstrings
from pipelines.errors import ConfigError
from pipelines.workspace import Report

WRITERS: dict[str, Callable[..., None]] = {"digits": write_digits, "docstrings": write_docstrings}
"""Demo dataset to the function that writes its checkpoints into a folder."""

COPY = "embedding-comparator-demo"


def demo_project(folder: Path) -> Project:
    """Return the project of `folder` when it has the demo's datasets, else a copy made in a subfolder of it."""
    own = folder / "configs" / "project.yaml"
    if own.is_file():
        project = load_project(own)
        if WRITERS.keys() <= project.datasets.keys():
            return project
    copy = folder / COPY / "configs"
    if not copy.exists():
        shutil.copytree(_packaged_configs(), copy)
    return load_project(copy / "project.yaml")


def write_checkpoints(project: Project, report: Report) -> None:
    """Write the checkpoints of the demo's datasets; files that are already there and the same are left alone."""
    for name, write in WRITERS.items():
        path, config = project.datasets[name]
        if config.source is None:
            raise ConfigError(f"{path}: source: the demo's checkpoints need a path with {{version}}")
        folder = (path.parent / config.source.path).parent
        progress = report(f"demo data {name}")
        progress(0, 1)
        write(folder)
        progress(1, 1)


def _packaged_configs() -> Path:
    inside = Path(__file__).parent / "configs"  # in an installed wheel
    return inside if inside.is_dir() else Path(__file__).parents[2] / "configs"
