"""The overlap at every k at once, against the research tool's JavaScript at one k; and its growth with n."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
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
    """Compute the overlap at every k; return seconds of CPU of that alone."""
    a, b = lists(n, 1), lists(n, 2)
    import time

    overlap_at_every_k(a[:10], b[:10], n)
    start = time.process_time()
    overlap = overlap_at_every_k(a, b, n)
    seconds = time.process_time() - start
    assert overlap[:, -1].max() <= K
    return seconds


def theirs(n: int) -> float | None:
    """Compute the similarity at k = 250 in JavaScript; None without node."""
    node = shutil.which("node")
    if node is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("a.bin", "b.bin")]
        for seed, file in enumerate(files, 1):
            lists(n, seed).tofile(file)
        script = Path(__file__).with_name("overlap.js")
        run = subprocess.run(
            [node, "--max-old-space-size=8000", script, *files, str(K), str(K)],
            capture_output=True,
            text=True,
            check=True,
        )
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
