"""Means over objects of what the overlaps say, with intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.frames import row_blocks
from pipelines.measures.intervals import mean_interval, percentile_interval
from pipelines.measures.record import Measured
from pipelines.similarity import chance_adjusted, jaccard

RESAMPLES = 1000

_Statistic = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def overlap_measures(overlap: NDArray[np.uint16], k: int, metric: str, seed: int) -> list[Measured]:
    """Return the mean and median Jaccard similarity, the mean R_NX and the mutual kNN at k.

    Only how many objects have which overlap matters, so a resample of the objects is one multinomial draw of at
    most k + 1 counts. The interval takes objects as independent; neighbors of one another are not quite.

    Parameters
    ----------
    overlap
        uint16, shape (n, K): c(1) … c(K) of every object.
    k
        1 … K.
    """
    n = len(overlap)
    counts = np.bincount(overlap[:, k - 1], minlength=k + 1)
    found = np.flatnonzero(counts)
    draws = np.random.default_rng((seed, k)).multinomial(n, counts[found] / n, size=RESAMPLES)
    similarity = jaccard(found, k)
    statistics: dict[str, _Statistic] = {
        "jaccard_mean": lambda drawn: drawn @ similarity / n,
        "jaccard_median": lambda drawn: _medians(drawn, similarity),
        "chance_adjusted_mean": lambda drawn: chance_adjusted(drawn @ found / n, k, n),
        "mutual_knn": lambda drawn: drawn @ found / (n * k),
    }
    return [
        Measured(
            name,
            float(statistic(counts[None, found])[0]),
            *percentile_interval(statistic(draws)),
            n,
            k,
            metric,
            "bootstrap",
        )
        for name, statistic in statistics.items()
    ]


def _medians(counts: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each row of counts, int64 (m, v), of the ascending values (v,)."""
    below = np.cumsum(counts, axis=1)
    n = below[:, -1:]
    low, high = (values[(below > place).argmax(axis=1)] for place in ((n - 1) // 2, n // 2))
    medians: NDArray[np.float64] = 0.5 * (low + high)
    return medians


def rnx_area(overlap: NDArray[np.uint16], metric: str) -> Measured:
    """Return the area under R_NX(k) over log k: Σ R_NX(k) / k divided by Σ 1 / k (Lee et al. 2015).

    Both sums run over k = 1 … min(K, n − 2); the paper's run to n − 2.

    Parameters
    ----------
    overlap
        uint16, shape (n, K): c(1) … c(K) of every object.
    """
    n, stored = overlap.shape
    depth = min(stored, n - 2)
    if depth < 1:
        return Measured("rnx_auc_pair", np.nan, np.nan, np.nan, n, None, metric, "analytic")
    k = np.arange(1, depth + 1, dtype=np.float64)
    weights = 1 / k / (1 / k).sum()
    # R_NX is linear in the overlap, so the area of the mean is the mean of the areas of the objects.
    slopes, offset = weights * (n - 1) / (k * (n - 1 - k)), float((weights * k / (n - 1 - k)).sum())
    areas = np.concatenate([overlap[rows, :depth] @ slopes for rows in row_blocks(n, depth)]) - offset
    low, high = mean_interval(areas)
    return Measured("rnx_auc_pair", float(areas.mean()), low, min(high, 1.0), n, depth, metric, "analytic")
