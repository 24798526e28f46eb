"""Which engine searches: a table of them, and the rule that chooses one from the size of the space alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.descent import descent_neighbors
from pipelines.neighbors.distances import nearest_of_all, scales_of
from pipelines.neighbors.exact import exact_neighbors
from pipelines.neighbors.faiss_index import faiss_neighbors
from pipelines.neighbors.lists import METRICS, NeighborLists, Progress
from pipelines.neighbors.torch_products import torch_neighbors

Engine = Callable[[NDArray[np.float32], int, Sequence[str], Progress | None], dict[str, NeighborLists]]

ENGINES: dict[str, Engine] = {
    "exact": exact_neighbors,
    "nndescent": descent_neighbors,
    "faiss": faiss_neighbors,
    "torch": torch_neighbors,
}
"""Engine name to the function that searches; faiss and torch are extras, used only when they are asked for."""

EXACT_ENGINES = frozenset({"exact", "torch"})
"""Engines whose neighbors are those of float64 arithmetic."""

EXACT_SECONDS = 1200.0
"""Exact search is chosen while it is expected to need at most this many seconds of CPU."""

RECALL_SAMPLE = 500


def expected_seconds(n: int, dimensions: int) -> float:
    """Return the CPU seconds that exact search under both metrics is expected to need.

    The constants were measured at 50,000 × 100 and × 300 on one 2.x GHz server core; what matters is that the same
    space is searched by the same engine on every machine, so nothing is measured when it runs.
    """
    return float(n) * n * (1.8e-11 * dimensions + 1.2e-9)


def choose_engine(n: int, dimensions: int) -> str:
    """Return the name of the engine for n objects of some dimensions.

    Examples
    --------
    >>> choose_engine(50_000, 300), choose_engine(1_000_000, 100)
    ('exact', 'nndescent')
    """
    return "exact" if expected_seconds(n, dimensions) <= EXACT_SECONDS else "nndescent"


def measured_recall(vectors: NDArray[np.float32], lists: NeighborLists, metric: str, seed: int = 0) -> float:
    """Return the share of the true k nearest that the lists of a sample of objects hold, 0 … 1.

    Parameters
    ----------
    vectors
        float32, shape (n, d).
    lists
        What an engine found.
    """
    n, k = lists.rows.shape
    code = METRICS[metric]
    scales = scales_of(vectors, code)
    sample = np.random.default_rng(seed).choice(n, min(n, RECALL_SAMPLE), replace=False)
    found = 0
    for row in sample.tolist():
        near, _ = nearest_of_all(vectors, scales, code, row, k)
        found += len(np.intersect1d(near, lists.rows[row]))
    return float(found / (len(sample) * k))
