"""Neighbors under both metrics, k = 250: against scikit-learn's brute force, and against the multiplication alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.data import embeddings
from benchmarks.measure import Row, cost_of
from benchmarks.research_tool import neighbors as brute_force
from pipelines.neighbors import METRICS, exact_neighbors
from pipelines.neighbors.workers import BLOCK

K = 250


def ours(n: int, d: int, rows: list[int]) -> dict[str, list[list[int]]]:
    """Search all neighbors; return those of some objects."""
    found = exact_neighbors(embeddings(n, d), K, list(METRICS))
    return {metric: lists.rows[rows].tolist() for metric, lists in found.items()}


def theirs(n: int, d: int, rows: list[int]) -> dict[str, list[list[int]]]:
    """Do the same as the research tool does it."""
    found = brute_force(embeddings(n, d).astype(np.float64), K)
    return {metric: lists[rows].tolist() for metric, (lists, _) in found.items()}


def making_data(n: int, d: int) -> None:
    """Make the vectors and nothing else: subtracted from the others."""
    embeddings(n, d)


def multiplication(n: int, d: int) -> None:
    """Multiply what the sweep multiplies and throw it away."""
    vectors = embeddings(n, d)
    with threadpool_limits(1, "blas"):
        for i in range(0, n, BLOCK):
            for j in range(i, n, BLOCK):
                vectors[i : i + BLOCK] @ vectors[j : j + BLOCK].T


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    n = 10_000 if quick else 50_000
    for d in (100, 300):
        rows = np.random.default_rng(0).choice(n, 500, replace=False).tolist()
        data = cost_of(making_data, n, d)
        mine = cost_of(ours, n, d, rows, warm=(600, d, [0]))
        sgemm = cost_of(multiplication, n, d)
        brute = cost_of(theirs, n, d, rows)
        cpu, product, baseline = mine.cpu - data.cpu, sgemm.cpu - data.cpu, brute.cpu - data.cpu
        name = f"neighbors, both metrics, {n:,} × {d}"
        equal = _equal_share(mine.result, brute.result)
        yield Row(
            f"{name}: CPU against brute force",
            "s",
            cpu,
            baseline,
            baseline / cpu,
            "≥ 10 × less",
            baseline >= 10 * cpu,
        )
        yield Row(
            f"{name}: equal sets of 500 objects", "share", equal, None, None, "1 but for ties", equal > 0.9999
        )
        yield Row(
            f"{name}: CPU against the multiplication",
            "s",
            cpu,
            product,
            product / cpu,
            "≤ 3 × its CPU",
            cpu <= 3 * product,
        )
        allowed = 256 + (1.5 * K * n * 16 + 2 * n * K * 8 + n * d * 4) / 2**20
        yield Row(
            f"{name}: memory with input and output",
            "MB",
            mine.memory,
            allowed,
            allowed / mine.memory,
            "≤ 1.5 K n 16 B + 256 MB + input and output",
            mine.memory <= allowed,
        )


def _equal_share(one: dict[str, list[list[int]]], two: dict[str, list[list[int]]]) -> float:
    shares = [
        len(set(a) & set(b)) / K for metric in METRICS for a, b in zip(one[metric], two[metric], strict=True)
    ]
    return float(np.mean(shares))
