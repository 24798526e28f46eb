"""Representational similarity analysis: whether the distances of two spaces rank pairs of objects alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from pipelines.measures.frames import row_blocks
from pipelines.measures.intervals import group_count, jackknife_interval
from pipelines.measures.record import Measured

PAIRS = 200_000
"""Pairs of objects whose distances are compared; all of them where there are fewer."""


def distance_rank_correlation(
    vectors_a: NDArray[np.float32], vectors_b: NDArray[np.float32], metric: str, seed: int
) -> Measured:
    """Return the Spearman correlation of distances in A with those in B (Kriegeskorte et al. 2008).

    Pairs that share an object depend on each other, so the interval leaves out groups of objects with all their
    pairs, never single pairs. Sampled pairs come from random perfect matchings, so every object is in as many.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, da) and (n, db): the same objects in the same order.
    metric
        ``cosine`` or ``euclidean``.

    Returns
    -------
    Measured
        ``rsa``, −1 … 1; NaN where all distances of a space are equal.
    """
    n = len(vectors_a)
    pairs = _sample_pairs(n, seed)
    # Ranked once: what is left of the ranks when a twentieth of the objects is left out is in the same order.
    a, b = (rankdata(_distances(vectors, pairs, metric)) for vectors in (vectors_a, vectors_b))
    value, *without = _correlations(a, b, pairs % group_count(n), group_count(n))
    low, high = jackknife_interval(value, without, (-1.0, 1.0))
    return Measured("rsa", value, low, high, n, None, metric, "jackknife")


def _sample_pairs(n: int, seed: int) -> NDArray[np.int64]:
    """Return the rows of both objects of each pair, int64 (2, m)."""
    if n * (n - 1) // 2 <= PAIRS:
        return np.array(np.triu_indices(n, 1), np.int64)
    rng = np.random.default_rng(seed)
    half = n // 2
    rounds = -(-PAIRS // half)
    matchings = [rng.permutation(n)[: 2 * half].reshape(2, half) for _ in range(rounds)]
    return np.concatenate(matchings, axis=1)[:, :PAIRS]


def _distances(vectors: NDArray[np.float32], pairs: NDArray[np.int64], metric: str) -> NDArray[np.float64]:
    out = np.empty(pairs.shape[1])
    for rows in row_blocks(len(out), 2 * vectors.shape[1]):
        one, two = (vectors[side[rows]].astype(np.float64) for side in pairs)
        if metric == "euclidean":
            out[rows] = np.linalg.norm(one - two, axis=1)
        else:
            norms = np.linalg.norm(one, axis=1) * np.linalg.norm(two, axis=1)
            products = np.einsum("ij,ij->i", one, two)
            out[rows] = 1 - np.divide(products, norms, out=np.zeros_like(norms), where=norms > 0)
    # Duplicates must tie at 0 rather than be ranked by rounding errors.
    return out if metric == "euclidean" else np.round(out, 12)


def _correlations(
    a: NDArray[np.float64], b: NDArray[np.float64], members: NDArray[np.int64], groups: int
) -> list[float]:
    """Return the correlation of all pairs, then of those that leave out each group of objects, from sums alone."""
    a, b = a - a.mean(), b - b.mean()
    cells = members[0] * groups + members[1]
    values = (np.ones(len(a)), a, b, a * a, b * b, a * b)
    sums = np.array([np.bincount(cells, value, groups**2).reshape(groups, groups) for value in values])
    total = sums.sum(axis=(1, 2))
    touching = sums.sum(axis=1) + sums.sum(axis=2) - np.diagonal(sums, axis1=1, axis2=2)
    return [
        _correlation(*total.tolist()),
        *(_correlation(*left.tolist()) for left in (total[:, None] - touching).T),
    ]


def _correlation(count: float, a: float, b: float, aa: float, bb: float, ab: float) -> float:
    if count < 2:
        return np.nan
    spread = (aa - a * a / count) * (bb - b * b / count)
    # Of equal values, rounding alone is left of the spread.
    return (
        float(np.clip((ab - a * b / count) / np.sqrt(spread), -1.0, 1.0))
        if spread > 1e-12 * aa * bb
        else np.nan
    )
