"""Neighbors above the exact size: our use of NN-Descent against pynndescent's own, at equal recall."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from benchmarks.data import embeddings
from benchmarks.measure import Row, cost_of
from pipelines.neighbors import ENGINES, NeighborLists, measured_recall

K = 250


def ours(n: int, d: int) -> float:
    """Search with the engine that is chosen above the exact size; return its recall."""
    return _recall(n, d, ENGINES["nndescent"](embeddings(n, d), K, ["euclidean"], None)["euclidean"].rows)


def theirs(n: int, d: int, neighbors: int) -> float:
    """Let pynndescent build a graph of K neighbors, as its documentation says; return its recall."""
    from pynndescent import NNDescent

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        index = NNDescent(
            embeddings(n, d), metric="euclidean", n_neighbors=neighbors, random_state=0, n_jobs=1
        )
    rows, _ = index.neighbor_graph
    return _recall(n, d, rows[:, 1 : K + 1].astype(np.int32))


def _recall(n: int, d: int, rows: NDArray[np.int32]) -> float:
    lists = NeighborLists(rows, np.empty(rows.shape, np.float32))
    return measured_recall(embeddings(n, d), lists, "euclidean")


def run(quick: bool) -> Iterator[Row]:
    """Give the rows of the report."""
    n, d = (20_000 if quick else 100_000), 100
    mine = cost_of(ours, n, d, warm=(2_000, d))
    other = cost_of(theirs, n, d, K + 1, warm=(2_000, d, K + 1))
    name = f"approximate neighbors, {n:,} × {d}"
    yield Row(
        f"{name}: CPU against pynndescent (recall {other.result:.3f})",
        "s",
        mine.cpu,
        other.cpu,
        other.cpu / mine.cpu,
        "at least as fast",
        mine.cpu <= other.cpu,
    )
    yield Row(
        f"{name}: recall@{K}",
        "share",
        mine.result,
        other.result,
        None,
        "≥ 0.99",
        mine.result >= 0.99,
    )
