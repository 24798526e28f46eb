"""Slow, obvious twins of the fast functions: float64, Python loops and sets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.projections import Graph


def all_distances(vectors: NDArray[np.floating], metric: str) -> NDArray[np.float64]:
    """Every distance in float64, shape (n, n); infinite on the diagonal, so that no object finds itself."""
    exact = vectors.astype(np.float64)
    if metric == "euclidean":
        distances = np.array([np.sqrt(((exact - row) ** 2).sum(axis=1)) for row in exact])
    else:
        norms = np.linalg.norm(exact, axis=1, keepdims=True)
        directions = np.divide(exact, norms, out=np.zeros_like(exact), where=norms > 0)
        distances = 1.0 - directions @ directions.T
    np.fill_diagonal(distances, np.inf)
    return distances


def neighbor_sets(
    vectors: NDArray[np.floating], k: int, metric: str
) -> tuple[list[set[int]], NDArray[np.bool_]]:
    """The k nearest other objects of each, and where the k-th is told from the next by more than 1e-6."""
    distances = all_distances(vectors, metric)
    order = np.argsort(distances, axis=1, kind="stable")
    ordered = np.take_along_axis(distances, order, axis=1)
    with np.errstate(invalid="ignore"):
        clear = ordered[:, k] - ordered[:, k - 1] > 1e-6
    return [set(row[:k].tolist()) for row in order], clear


def graph_of(vectors: NDArray[np.floating], k: int, metric: str = "euclidean") -> Graph:
    """The k nearest other objects of each, or all others, ties by row."""
    distances = all_distances(vectors, metric)
    order = np.argsort(distances, axis=1, kind="stable")[:, : min(k, len(vectors) - 1)]
    nearest = np.take_along_axis(distances, order, axis=1)
    return Graph(order.astype(np.int32), nearest.astype(np.float32), metric)
