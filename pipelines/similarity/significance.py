"""Which objects agree more than unrelated spaces would: p-values of an overlap, and the false discovery rate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import hypergeom

from pipelines.similarity.chance import Others, overlap_chances


def overlap_p_values(
    overlap: NDArray[np.uint16], k: int, n: int, others: Others | None = None
) -> NDArray[np.float64]:
    """Return the chance that two random sets of k of the n − 1 other objects have at least c in common.

    Small where the two neighborhoods agree more than those of unrelated spaces.

    Parameters
    ----------
    overlap
        uint16, shape (n,): c(k), 0 … k.
    k
        Number of neighbors, 1 … n − 1.
    n
        Number of common objects.
    others
        Where each space was searched for itself; None: among the common objects.

    Returns
    -------
    float64, shape (n,)
        P(C ≥ c) of the hypergeometric distribution, 0 … 1.

    Examples
    --------
    >>> overlap_p_values(np.array([0, 1, 2], np.uint16), k=2, n=5).round(6).tolist()
    [1.0, 0.833333, 0.166667]
    """
    if others is not None:
        return np.clip(np.cumsum(overlap_chances(k, others)[::-1])[::-1], 0.0, 1.0)[overlap]
    table = np.asarray(hypergeom.sf(np.arange(k + 1) - 1, n - 1, k, k), np.float64)
    return np.clip(table, 0.0, 1.0)[overlap]


def benjamini_hochberg(p: NDArray[np.float64], level: float = 0.05) -> NDArray[np.bool_]:
    """Choose objects so that at most a share `level` of the chosen ones is expected to be wrong.

    Parameters
    ----------
    p
        float64, shape (n,), 0 … 1; NaN (no test) is never chosen and does not count.
    level
        Bound on the false discovery rate, 0 … 1 (Benjamini & Hochberg 1995).

    Returns
    -------
    bool, shape (n,)

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.01, 0.04, 0.9]), 0.05).tolist()
    [True, False, False]
    """
    ordered = np.sort(p[~np.isnan(p)])
    below = np.flatnonzero(ordered <= level * np.arange(1, len(ordered) + 1) / max(len(ordered), 1))
    chosen: NDArray[np.bool_] = p <= (ordered[below[-1]] if len(below) else -1.0)
    return chosen
