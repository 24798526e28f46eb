"""Means over objects of what the overlaps say, with intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.dependence import Counts, effective_number
from pipelines.measures.frames import row_blocks
from pipelines.measures.intervals import jackknife_interval, percentile_interval
from pipelines.measures.record import Measured
from pipelines.similarity import Others, chance_adjusted, jaccard

RESAMPLES = 1000

_Statistic = Callable[[NDArray[np.int64]], NDArray[np.float64]]


def overlap_measures(
    overlap: NDArray[np.uint16],
    without: Sequence[Counts],
    k: int,
    metric: str,
    seed: int,
    others: Others | None = None,
) -> list[Measured]:
    """Return the mean and median Jaccard similarity, the mean R_NX and the mutual kNN at k.

    Only how many objects have which overlap matters, so a resample of the objects is one multinomial draw of at
    most k + 1 counts. Objects share neighbors, so resamples of n objects would vary too little: in simulations an
    interval said to hold 95 % held 77 %. Resamples are of the effective number of objects instead.

    Parameters
    ----------
    overlap
        uint16, shape (n, K): c(1) … c(K) of every object.
    without
        Counts without each group of objects; see `counts_without_groups`.
    k
        1 … K.
    others
        Where each space was searched for itself; None: among the common objects.
    """
    n = len(overlap)
    counts = np.bincount(overlap[:, k - 1], minlength=k + 1)
    found = np.flatnonzero(counts)
    drawn = effective_number(overlap, without, k)
    draws = np.random.default_rng((seed, k)).multinomial(drawn, counts[found] / n, size=RESAMPLES)
    similarity = jaccard(found, k)
    statistics: dict[str, _Statistic] = {
        "jaccard_mean": lambda some: _means(some, similarity),
        "jaccard_median": lambda some: _medians(some, similarity),
        "chance_adjusted_mean": lambda some: chance_adjusted(_means(some, found), k, n, others),
        "mutual_knn": lambda some: _means(some, found / k),
    }
    measured = []
    for name, statistic in statistics.items():
        low, high = percentile_interval(statistic(draws))
        value = float(statistic(counts[None, found])[0])
        measured.append(Measured(name, value, low, high, n, k, metric, "bootstrap"))
    return measured


def _means(counts: NDArray[np.int64], values: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean of each row of counts, int64 (m, v), of the values (v,)."""
    means: NDArray[np.float64] = counts @ values / counts.sum(axis=1)
    return means


def _medians(counts: NDArray[np.int64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of each row of counts, int64 (m, v), of the ascending values (v,)."""
    below = np.cumsum(counts, axis=1)
    n = below[:, -1:]
    low, high = (values[(below > place).argmax(axis=1)] for place in ((n - 1) // 2, n // 2))
    medians: NDArray[np.float64] = 0.5 * (low + high)
    return medians


def rnx_area(overlap: NDArray[np.uint16], without: Sequence[Counts], metric: str) -> Measured:
    """Return the area under R_NX(k) over log k: Σ R_NX(k) / k divided by Σ 1 / k (Lee et al. 2015).

    Both sums run over k = 1 … min(K, n − 2); the paper's run to n − 2. The jackknife interval is that of the sums up
    to the length of the lists in `without`.

    Parameters
    ----------
    overlap
        uint16, shape (n, K): c(1) … c(K) of every object.
    without
        Counts without each group of objects; see `counts_without_groups`.

    Returns
    -------
    Measured
        With the last k of the sums as its k; NaN for two objects.
    """
    n = len(overlap)
    sums = np.zeros(overlap.shape[1])
    for rows in row_blocks(*overlap.shape):
        sums += overlap[rows].sum(axis=0, dtype=np.float64)
    value = _area(sums / n, n)
    replicates = (
        _area(counts @ np.arange(len(counts) + 1.0) / counts[0].sum(), int(counts[0].sum()))
        for counts in without
    )
    low, high = jackknife_interval(value, replicates, (-np.inf, 1.0))
    return Measured("rnx_auc_pair", value, low, high, n, min(len(sums), n - 2), metric, "jackknife")


def _area(overlap_mean: NDArray[np.float64], n: int) -> float:
    depth = min(len(overlap_mean), n - 2)
    if depth < 1:
        return np.nan
    k = np.arange(1, depth + 1)
    adjusted = ((n - 1) * overlap_mean[:depth] / k - k) / (n - 1 - k)
    return float((adjusted / k).sum() / (1 / k).sum())
