"""How far the order of the neighbors agrees: average overlap, and by how many ranks kept neighbors moved."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray


def average_overlap(overlap: NDArray[np.uint16], depth: int | None = None) -> NDArray[np.float64]:
    """Return the average overlap: the mean of c(j) / j over j = 1 … `depth`.

    The first ranks weigh most, as they count in every later c(j), yet without the free parameter of rank-biased
    overlap (Fagin, Kumar & Sivakumar 2003, "intersection metric"; named by Webber et al. 2010).

    Parameters
    ----------
    overlap
        uint16, shape (n, K): c(j) for j = 1 … K.
    depth
        1 … K; K where not given.

    Returns
    -------
    float64, shape (n,)
        0 (nothing in common) … 1 (the same neighbors in the same order).

    Raises
    ------
    ValueError
        If `depth` is outside 1 … K.

    Examples
    --------
    >>> average_overlap(np.array([[0, 2]], np.uint16)).tolist()
    [0.5]
    """
    depth = overlap.shape[1] if depth is None else depth
    check_depth(depth, overlap.shape[1])
    means: NDArray[np.float64] = _mean_agreement(overlap[:, :depth])
    return means


def rank_displacement(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], n: int, k: int | None = None
) -> NDArray[np.float32]:
    """Return by how many ranks the kept neighbors moved, as a share of k.

    Parameters
    ----------
    neighbors_a, neighbors_b
        int32, shape (m, K): lists of the same m objects, nearest first, each entry once, 0 … n − 1.
    n
        Number of common objects.
    k
        How many of the neighbors are looked at, 1 … K; K where not given.

    Returns
    -------
    float32, shape (m,)
        Mean of |rank in A − rank in B| / k over the neighbors among the first k of both: 0 (every kept one keeps
        its rank) … below 1; NaN where none is kept.

    Raises
    ------
    ValueError
        If `k` is outside 1 … K.

    Examples
    --------
    >>> lists = np.array([[1, 2, 3, 4]], np.int32)
    >>> rank_displacement(lists, lists[:, ::-1], n=5).tolist()
    [0.5]
    """
    k = neighbors_a.shape[1] if k is None else k
    check_depth(k, neighbors_a.shape[1])
    displaced: NDArray[np.float32] = _displacement(neighbors_a[:, :k], neighbors_b[:, :k], n)
    return displaced


def check_depth(k: int, depth: int) -> None:
    """Raise ValueError on k outside 1 … K."""
    if not 1 <= k <= depth:
        raise ValueError(f"k = {k} is outside 1 … K = {depth}: the lists hold no more neighbors")


@numba.njit(nogil=True, cache=True)
def _mean_agreement(overlap: NDArray[np.uint16]) -> NDArray[np.float64]:
    m, depth = overlap.shape
    out = np.empty(m, np.float64)
    for i in range(m):
        total = 0.0
        for j in range(depth):
            total += overlap[i, j] / (j + 1)
        out[i] = total / depth
    return out


@numba.njit(nogil=True, cache=True)
def _displacement(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], n: int
) -> NDArray[np.float32]:
    m, depth = neighbors_a.shape
    rank_in_a = np.zeros(n, np.int32)
    out = np.full(m, np.nan, np.float32)
    for i in range(m):
        for rank in range(depth):
            rank_in_a[neighbors_a[i, rank]] = rank + 1
        kept, total = 0, 0
        for rank in range(depth):
            other = rank_in_a[neighbors_b[i, rank]]
            if other > 0:
                kept += 1
                total += abs(other - 1 - rank)
        if kept > 0:
            out[i] = total / (kept * depth)
        for rank in range(depth):
            rank_in_a[neighbors_a[i, rank]] = 0
    return out
