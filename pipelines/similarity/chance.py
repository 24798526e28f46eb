"""What two unrelated spaces would score: the overlap of two random k-subsets is hypergeometric."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from pipelines.similarity.scores import jaccard


@dataclass(frozen=True)
class Others:
    """How many other objects the neighbors of an object come from.

    Attributes
    ----------
    common
        Those that both spaces hold.
    a, b
        All that are searched in A and in B; `common` or more.
    """

    common: int
    a: int
    b: int

    def expected_share(self, k: int) -> float:
        """Return the expected E[c] / k of two random lists: k · common / (a · b)."""
        return k * self.common / (self.a * self.b)


def overlap_chances(k: int, others: Others) -> NDArray[np.float64]:
    """Return how likely two random lists of k have 0 … k in common, where each space is searched for itself.

    A list of A is a random k-subset of A's others; it holds x common ones, hypergeometric in x. Each of these is in
    B's list as often as in any random k-subset of B's others: given x, the overlap is hypergeometric again.

    Returns
    -------
    float64, shape (k + 1,)

    Examples
    --------
    >>> overlap_chances(1, Others(common=2, a=4, b=3)).round(4).tolist()
    [0.8333, 0.1667]
    """
    x, c = np.arange(k + 1)[:, None], np.arange(k + 1)
    with np.errstate(invalid="ignore"):
        held = _log_ways(others.common, x) + _log_ways(others.a - others.common, k - x)
        also = _log_ways(x, c) + _log_ways(others.b - x, k - c)
    total = _log_binomial(others.a, np.array(k)) + _log_binomial(others.b, np.array(k))
    chances: NDArray[np.float64] = np.exp(held + also - total).sum(axis=0)
    return chances


def chance_overlap(k: int, n: int) -> float:
    """Return the expected overlap E[c] = k² / (n − 1) of two random sets of k of the n − 1 other objects."""
    return k * k / (n - 1)


def chance_jaccard(k: int, n: int) -> float:
    """Return the expected Jaccard similarity of two random sets of k of the n − 1 other objects.

    Examples
    --------
    >>> round(chance_jaccard(1, 3), 12)
    0.5
    """
    others = n - 1
    overlap = np.arange(max(0, 2 * k - others), k + 1)
    log_ways = _log_binomial(k, overlap) + _log_binomial(others - k, k - overlap)
    return float(np.exp(log_ways - _log_binomial(others, np.array(k))) @ jaccard(overlap, k))


def _log_ways(n: Any, k: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the log of n over k, −∞ where there is no way."""
    possible = (k >= 0) & (k <= n)
    ways = gammaln(np.where(possible, n, 0) + 1.0) - gammaln(np.where(possible, k, 0) + 1.0)
    return np.where(possible, ways - gammaln(np.where(possible, n - k, 0) + 1.0), -np.inf)


def _log_binomial(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    ways: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return ways
