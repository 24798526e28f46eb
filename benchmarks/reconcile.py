"""A tick of the reconcile sensor that finds nothing to do: 200 versions of a small space, consecutive pairs."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.measure import Row, cost_of

VERSIONS = 200
LIMIT = 1.0

DATASET = """
dataset: words
source: {path: "../../checkpoints/{version}.npz"}
neighbors: {k: 10}
projections: {method: [pca], aligned: []}
pairs: {policy: consecutive}
"""


def ticks(count: int) -> list[tuple[float, float]]:
    """Build a project of so many versions; return what a first tick in a new process takes, and a later one."""
    with tempfile.TemporaryDirectory() as folder:
        project = write_project(Path(folder), count)
        build_all(project)
        return cost_of(two_ticks, project, Path(folder)).result


def write_project(folder: Path, count: int) -> Path:
    """Write so many checkpoints of 60 objects, and the project; return its file."""
    rng = np.random.default_rng(0)
    keys, base = np.array([f"word-{i}" for i in range(60)]), rng.normal(size=(60, 8))
    (folder / "checkpoints").mkdir()
    (folder / "configs" / "datasets").mkdir(parents=True)
    for i in range(count):
        vectors = (base + 0.01 * i * rng.normal(size=base.shape)).astype(np.float32)
        np.savez(folder / "checkpoints" / f"v{i}.npz", keys=keys, vectors=vectors)
    (folder / "configs" / "datasets" / "words.yaml").write_text(DATASET)
    file = folder / "configs" / "project.yaml"
    file.write_text("store: ../store\n")
    return file


def build_all(file: Path) -> None:
    """Publish everything that the project wants."""
    from artifacts.store import Store
    from pipelines.build import build
    from pipelines.config import load_project
    from pipelines.workspace import Workspace

    project = load_project(file)
    failed = [
        one.error
        for one in build(Workspace(project, Store(project.store, create=True)), ["words"])
        if one.error
    ]
    assert not failed, failed


def two_ticks(file: Path, folder: Path) -> list[tuple[float, float]]:
    """Evaluate the sensor until nothing is to do, then measure (seconds, CPU seconds) of a first and a second tick."""
    import dagster as dg

    from pipelines import resources
    from pipelines.automation import reconcile
    from pipelines.config import load_project
    from pipelines.definitions import definitions
    from pipelines.resources import ProjectResource
    from pipelines.runless import Reporter
    from pipelines.workspace import Workspace

    project = ProjectResource(project=str(file))
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        context = dg.build_sensor_context(
            instance=instance, resources={"project": project}, definitions=definitions
        )
        for change in reconcile(context).dynamic_partitions_requests:
            instance.add_dynamic_partitions(change.partitions_def_name, list(change.partition_keys))
        Reporter(instance, Workspace(load_project(file), project.open_store())).report_history()
        resources._opened.cache_clear()
        seconds = []
        for _ in range(2):
            start = time.perf_counter(), time.process_time()
            result = reconcile(context)
            seconds.append((time.perf_counter() - start[0], time.process_time() - start[1]))
            assert not result.run_requests
            assert "are as wanted" in result.skip_reason.skip_message
        return seconds


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    count = 50 if quick else VERSIONS
    names = "first tick of a process", "next tick"
    for name, (seconds, cpu) in zip(names, ticks(count), strict=True):
        told = f"reconcile, {count} versions, nothing to do: {name}"
        met = None if quick else seconds < LIMIT
        yield Row(told, "s", seconds, None, None, f"< {LIMIT:.0f} s", met)
        yield Row(f"{told}: CPU", "s", cpu, None, None, "reported", None)
