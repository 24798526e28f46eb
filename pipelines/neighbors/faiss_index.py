"""Approximate neighbors by an inverted file (faiss, Jégou et al. 2011); the distances are those of exact search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import MissingExtraError
from pipelines.neighbors.candidates import order_candidates
from pipelines.neighbors.distances import nearest_of_all, scales_of
from pipelines.neighbors.lists import METRICS, NeighborLists, Progress, check_search
from pipelines.neighbors.sweep import COSINE

WHOLE = 10_000
"""Spaces up to this size are one cell: looking at all of it is quick, and exact."""

PROBED = 1 / 8
"""Share of the cells that a search looks into; gave a recall of 0.9997 at 50,000 × 100 and k = 250."""

CHUNK = 16_384


def faiss_neighbors(
    vectors: NDArray[np.float32], k: int, metrics: Sequence[str], progress: Progress | None = None
) -> dict[str, NeighborLists]:
    """Return nearly the k nearest other objects of every object, under each metric.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite.
    k
        Neighbors an object, 1 … n − 1.
    metrics
        Names in `METRICS`.
    progress
        Called with (objects searched under all metrics, all).

    Raises
    ------
    ValueError
        Unknown metric, or k outside 1 … n − 1.
    pipelines.errors.MissingExtraError
        faiss is not installed.
    """
    n = len(vectors)
    check_search(n, k, list(metrics))
    found = {}
    for done, metric in enumerate(metrics):
        code = METRICS[metric]
        scales = scales_of(vectors, code)
        index = _build(vectors, scales, code)
        lists = NeighborLists(np.empty((n, k), np.int32), np.empty((n, k), np.float32))
        for start in range(0, n, CHUNK):
            block = slice(start, min(start + CHUNK, n))
            _, rows = index.search(_scaled(vectors, scales, block), min(k + 1, n))
            parts = lists.rows[block], lists.distances[block]
            for row in order_candidates(vectors, scales, code, start, rows, *parts).tolist():
                lists.rows[row], lists.distances[row] = nearest_of_all(vectors, scales, code, row, k)
            if progress:
                progress(done * n + block.stop, n * len(metrics))
        found[metric] = lists
    return found


def _build(vectors: NDArray[np.float32], scales: NDArray[np.float64], metric: int) -> Any:
    try:
        import faiss
    except ImportError:
        raise MissingExtraError("faiss") from None
    n, dimensions = vectors.shape
    cells = 1 if n <= WHOLE else int(2 * np.sqrt(n))
    # By inner product, a zero vector is at cosine 0 from everything, as it must be; by distance it would be nearer.
    kind = faiss.METRIC_INNER_PRODUCT if metric == COSINE else faiss.METRIC_L2
    index: Any = faiss.index_factory(dimensions, f"IVF{cells},Flat", kind)
    index.nprobe = max(1, round(cells * PROBED))
    everything = _scaled(vectors, scales, slice(0, n))
    index.train(everything)
    index.add(everything)
    return index


def _scaled(vectors: NDArray[np.float32], scales: NDArray[np.float64], block: slice) -> NDArray[np.float32]:
    scaled: NDArray[np.float32] = vectors[block] * scales[block, None].astype(np.float32)
    return scaled
