"""How fast text vectors are ingested, against pyarrow's CSV reader on the same file (which checks no keys)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.csv as arrow_csv

from benchmarks.measure import Row, cost_of
from pipelines.ingest import open_checkpoint, validated

DIMENSIONS = 300
BUDGET = 0.5


def write(path: Path, n: int) -> None:
    """Write n objects as text, five digits a number, as published vectors are."""
    rng = np.random.default_rng(0)
    rows = [" ".join(f"{value:.5f}" for value in row) for row in rng.normal(size=(500, DIMENSIONS))]
    with path.open("w") as file:
        for i in range(n):
            file.write(f"word-{i} {rows[i % 500]}\n")


def ours(path: str) -> int:
    """Read and check every block."""
    return sum(len(block.keys) for block in validated(open_checkpoint(Path(path))))


def theirs(path: str) -> int:
    """Read the file as a table, on one thread as we do."""
    names = ["key", *(str(at) for at in range(DIMENSIONS))]
    reading = arrow_csv.ReadOptions(column_names=names, use_threads=False)
    table = arrow_csv.read_csv(path, reading, arrow_csv.ParseOptions(delimiter=" ", quote_char=False))
    return int(table.num_rows)


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    n = 50_000 if quick else 500_000
    with tempfile.TemporaryDirectory() as folder:
        path, small = Path(folder) / "vectors.txt", Path(folder) / "small.txt"
        write(path, n)
        write(small, 1000)
        mine, other = (cost_of(work, str(path), warm=(str(small),)) for work in (ours, theirs))
        assert mine.result == other.result == n
    name = f"ingest text vectors, {n:,} × {DIMENSIONS}"
    ratio = other.cpu / mine.cpu
    met = ratio >= BUDGET
    yield Row(f"{name}: CPU", "s", mine.cpu, other.cpu, ratio, f"at least {BUDGET} of pyarrow's speed", met)
    yield Row(f"{name}: peak memory", "MB", mine.memory, None, None, "reported", None)
    yield Row(f"{name}: peak memory of pyarrow", "MB", other.memory, None, None, "reported", None)
