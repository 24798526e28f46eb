"""Scores of an object, made from its overlap at every k, and the order they put the objects in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from pipelines.similarity.chance import Others


def jaccard(overlap: ArrayLike, k: ArrayLike) -> NDArray[np.float64]:
    """Return the Jaccard similarity c / (2k − c) of two sets of k neighbors with c in common; float64, 0 … 1.

    Examples
    --------
    >>> float(jaccard(5, 10))
    0.3333333333333333
    """
    c = np.asarray(overlap, np.float64)
    return c / (2.0 * np.asarray(k) - c)


def chance_adjusted(overlap: ArrayLike, k: int, n: int, others: Others | None = None) -> NDArray[np.float64]:
    """Return R_NX(k) = ((n − 1) c / k − k) / (n − 1 − k): 0 is chance, 1 identical (Lee & Verleysen 2009).

    Parameters
    ----------
    overlap
        Overlap c(k), 0 … k.
    n
        Number of common objects. At k = n − 1 every list is the same, and the score is NaN.
    others
        Where each space was searched for itself: the score is then (c / k − e) / (1 − e) with e the expected share,
        which is the same for the common objects alone. Where objects are missing, 1 may be out of reach.
    """
    if others is not None:
        expected = others.expected_share(k)
        share = np.asarray(overlap, np.float64) / k
        return (share - expected) / (1 - expected) if expected < 1 else np.full(share.shape, np.nan)
    if k >= n - 1:
        return np.full(np.shape(overlap), np.nan)
    return ((n - 1) * np.asarray(overlap, np.float64) / k - k) / (n - 1 - k)


def rank_biased_overlap(overlap: NDArray[np.uint16], p: float) -> NDArray[np.float64]:
    """Return the extrapolated rank-biased overlap of lists of equal length (Webber et al. 2010, eq. 32).

    Parameters
    ----------
    overlap
        uint16, shape (m, K): c(k) for k = 1 … K.
    p
        Persistence, in (0, 1): the weight of rank k falls like p^k.

    Returns
    -------
    float64, shape (m,)
        0 (nothing in common) … 1 (same neighbors at every k).
    """
    depth = overlap.shape[1]
    k = np.arange(1, depth + 1, dtype=np.float64)
    weights = (1.0 - p) * p ** (k - 1) / k
    weights[-1] += p**depth / depth
    return np.minimum(overlap @ weights, 1.0)


def tie_ranks(rank_biased: NDArray[Any], change: NDArray[Any], keys: Sequence[str]) -> NDArray[np.int32]:
    """Return the place of every object in the order that breaks ties of the overlap, least similar first.

    Ties are broken by rank-biased overlap (smaller first), then by the change of the distances (larger first),
    then by key; so ranking by (c(k), tie rank) is a real order at every k.

    Parameters
    ----------
    rank_biased, change
        Shape (n,).
    keys
        n unique keys.

    Returns
    -------
    int32, shape (n,)
        A permutation of 0 … n − 1.
    """
    by_key = np.empty(len(keys), np.int64)
    by_key[sorted(range(len(keys)), key=keys.__getitem__)] = np.arange(len(keys))
    ranks = np.empty(len(keys), np.int32)
    ranks[np.lexsort((by_key, -change, rank_biased))] = np.arange(len(keys), dtype=np.int32)
    return ranks
