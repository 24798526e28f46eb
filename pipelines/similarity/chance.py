"""What two unrelated spaces would score: the overlap of two random k-subsets is hypergeometric."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from pipelines.similarity.scores import jaccard


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


def _log_binomial(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    ways: NDArray[np.float64] = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return ways
