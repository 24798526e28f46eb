"""Exact neighbors: float32 products find candidates in blocks, float64 distances decide.

The sets and their order are those of float64 arithmetic. A block of queries needs one float32 row of n scores each,
so memory is bounded by `BLOCK_BYTES` whatever n is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.distances import COSINE, EUCLIDEAN, distances_between

METRICS = {"cosine": COSINE, "euclidean": EUCLIDEAN}
"""Metric name to the code that the compiled distances know it by."""

BLOCK_BYTES = 64 * 2**20
MARGIN = 32
"""Candidates beyond k: they absorb the rounding of float32 at the k-th distance."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class NeighborLists:
    """The k nearest other objects of n objects, nearest first, ties by row.

    Attributes
    ----------
    rows
        int32, shape (n, k): never the object itself.
    distances
        float32, shape (n, k): cosine 1 − cos in [0, 2], euclidean ≥ 0.
    """

    rows: NDArray[np.int32]
    distances: NDArray[np.float32]


@dataclass(frozen=True)
class _Prepared:
    """One space, ready for one metric.

    Attributes
    ----------
    scores_of
        Gives the float32 scores, shape (b, n), of consecutive objects against all: larger is nearer.
    bounds
        float64, shape (n,): how far a float32 score of that object may be from the true one.
    nearest_score
        Turns float64 distances of given objects into scores.
    """

    vectors: NDArray[np.float32]
    scales: NDArray[np.float64]
    metric: int
    scores_of: Callable[[slice], NDArray[np.float32]]
    bounds: NDArray[np.float64]
    score_of_distance: Callable[[NDArray[np.int64], NDArray[np.float64]], NDArray[np.float64]]


def exact_neighbors(
    vectors: NDArray[np.float32], k: int, metric: str, progress: Progress | None = None
) -> NeighborLists:
    """Return the k nearest other objects of every object.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite. Zero vectors are at cosine distance 1 from everything.
    k
        Neighbors an object, 1 … n − 1.
    metric
        A name in `METRICS`.
    progress
        Called with (objects done, n) after every block.

    Raises
    ------
    ValueError
        Unknown metric, or k outside 1 … n − 1.

    Examples
    --------
    >>> exact_neighbors(np.array([[0], [1], [3]], np.float32), 1, "euclidean").rows.tolist()
    [[1], [0], [1]]
    """
    n = len(vectors)
    if metric not in METRICS:
        raise ValueError(f"unknown metric {metric!r}: choose one of {', '.join(METRICS)}")
    if not 1 <= k <= n - 1:
        raise ValueError(f"k = {k} is outside 1 … n − 1 = {n - 1}")
    space = _prepare(np.ascontiguousarray(vectors, np.float32), METRICS[metric])
    lists = NeighborLists(np.empty((n, k), np.int32), np.empty((n, k), np.float32))
    size = max(1, BLOCK_BYTES // (4 * n))
    for start in range(0, n, size):
        block = slice(start, min(start + size, n))
        lists.rows[block], lists.distances[block] = _search(space, block, k)
        if progress:
            progress(block.stop, n)
    return lists


def _prepare(vectors: NDArray[np.float32], metric: int) -> _Prepared:
    norms = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    # Worst-case rounding of a float32 dot product of length d, and of the few operations around it.
    unit = (vectors.shape[1] + 8) * np.finfo(np.float32).eps
    if metric == COSINE:
        scales = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
        directions = (vectors * scales[:, None]).astype(np.float32)
        return _Prepared(
            vectors,
            scales,
            metric,
            lambda block: directions[block] @ directions.T,
            np.full(len(vectors), unit),
            lambda rows, distances: 1.0 - distances,
        )
    # Distances do not change when the mean is taken away, and the products lose fewer digits.
    centered = (vectors - vectors.mean(axis=0, dtype=np.float64)).astype(np.float32)
    squares = np.einsum("ij,ij->i", centered, centered, dtype=np.float64)
    halves = (0.5 * squares).astype(np.float32)
    lengths = np.sqrt(squares)
    return _Prepared(
        vectors,
        np.ones(len(vectors)),
        metric,
        lambda block: centered[block] @ centered.T - halves,
        unit * (lengths + lengths.max()) * lengths.max(),
        lambda rows, distances: 0.5 * (squares[rows] - distances**2),
    )


def _search(space: _Prepared, block: slice, k: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    rows = np.arange(block.start, block.stop)
    n = len(space.vectors)
    kept = min(k + 1 + MARGIN, n)
    scores = space.scores_of(block)
    if kept < n:
        candidates = np.argpartition(scores, n - kept, axis=1)[:, n - kept :]
        worst = np.take_along_axis(scores, candidates[:, :1], axis=1)[:, 0].astype(np.float64)
    else:
        candidates = np.tile(np.arange(n), (len(rows), 1))
        worst = np.full(len(rows), -np.inf)
    found, distances = _nearest(space, rows, candidates, k)
    # An object that is no candidate scores at most `worst`, so beyond the bound it cannot be nearer than the k-th.
    unsure = space.score_of_distance(rows, distances[:, -1]) <= worst + 2 * space.bounds[rows]
    for i in np.flatnonzero(unsure & (kept < n)):
        found[i], distances[i] = _nearest(space, rows[i : i + 1], np.arange(n)[None, :], k)
    return found.astype(np.int32), distances.astype(np.float32)


def _nearest(
    space: _Prepared, rows: NDArray[np.int64], candidates: NDArray[np.int64], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the k nearest of the candidates by float64 distance, ties by row, never the object itself."""
    candidates = np.sort(candidates, axis=1)
    distances = distances_between(space.vectors, space.scales, space.metric, rows, candidates)
    distances[candidates == rows[:, None]] = np.inf
    order = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(candidates, order, axis=1), np.take_along_axis(distances, order, axis=1)
