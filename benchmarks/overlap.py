"""The overlap at every k at once, against the research tool's JavaScript at one k; and its growth with n."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Row, cost_of
from pipelines.similarity import overlap_at_every_k

K = 250


def lists(n: int, seed: int) -> NDArray[np.int32]:
    """Return neighbor lists of which about half agree between seeds: int32 (n, K), each entry once."""
    rng = np.random.default_rng(seed)
    starts = np.arange(n)[:, None] + 1
    steps = np.cumsum(rng.integers(1, 3, (n, K), dtype=np.int32), axis=1)
    rows = ((starts + steps) % n).astype(np.int32)
    return rng.permuted(rows, axis=1)


def ours(n: int) -> float:
    """Compute the overlap at every k; return the median of five times in seconds of CPU."""
    a, b = lists(n, 1), lists(n, 2)
    overlap_at_every_k(a[:10], b[:10], n)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        overlap_at_every_k(a, b, n)
        seconds.append(time.process_time() - start)
    return statistics.median(seconds)


def theirs(n: int) -> float | None:
    """Compute the similarity at k = 250 as the page does, in JavaScript with lodash; None without node and npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        quiet = ["--silent", "--no-audit", "--no-fund"]
        subprocess.run([npm, "install", "--prefix", folder, *quiet, "lodash@4.17.21"], check=True)
        files = [Path(folder) / name for name in ("a.bin", "b.bin")]
        for seed, file in enumerate(files, 1):
            lists(n, seed).tofile(file)
        script = Path(__file__).with_name("overlap.js")
        command = [node, "--max-old-space-size=8000", script, *files, str(K), str(K)]
        environment = {**os.environ, "NODE_PATH": str(Path(folder) / "node_modules")}
        run = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(json.loads(run.stdout)["seconds"])


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    sizes = [10_000, 100_000] if quick else [10_000, 100_000, 1_000_000]
    seconds = [cost_of(ours, n).result for n in sizes]
    baseline = theirs(sizes[0])
    ratio = None if baseline is None else baseline / seconds[0]
    met = None if ratio is None else ratio >= 100
    yield Row(
        f"overlap at every k, {sizes[0]:,}: CPU against JavaScript at one k",
        "s",
        seconds[0],
        baseline,
        ratio,
        "≥ 100 ×",
        met,
    )
    growth = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
    yield Row(
        f"overlap, {sizes[0]:,} to {sizes[-1]:,}: exponent of n",
        "",
        growth,
        None,
        None,
        "linear (≤ 1.15)",
        growth <= 1.15,
    )
