"""Passes over the neighbor lists of a pair, compiled: the overlap at every k, and how kept neighbors moved."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

_LARGEST = np.iinfo(np.int32).max - 2**16


@numba.njit(nogil=True, cache=True)
def overlap_at_every_k(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], n: int
) -> NDArray[np.uint16]:
    """Count the neighbors that two lists have in common among their first k, for every k at once.

    A neighbor at rank r in A and s in B is in common from k = max(r, s) on, so one pass over both lists and a
    running sum give all k.

    Parameters
    ----------
    neighbors_a, neighbors_b
        int32, shape (m, K): lists of the same m objects, nearest first, each entry once, 0 … n − 1.
    n
        Number of common objects.

    Returns
    -------
    uint16, shape (m, K)
        Column k − 1 holds c(k) = |A_k ∩ B_k|, 0 … k.
    """
    m, depth = neighbors_a.shape
    # Holds `before` + the rank in A; what earlier objects left there is at most `before`, so nothing is cleared.
    seen = np.zeros(n, np.int32)
    before = np.int32(0)
    starts = np.zeros(depth + 1, np.int32)
    out = np.empty((m, depth), np.uint16)
    for i in range(m):
        a, b = neighbors_a[i], neighbors_b[i]
        for rank in range(depth):
            seen[np.uint32(a[rank])] = before + np.int32(rank + 1)
        for rank in range(depth):
            in_a = seen[np.uint32(b[rank])] - before
            # The last cell takes what is not in common: a branch here would be mispredicted half of the time.
            starts[max(in_a - 1, rank) if in_a > 0 else depth] += 1
        common = np.int32(0)
        for rank in range(depth):
            common += starts[rank]
            out[i, rank] = common
            starts[rank] = 0
        before += np.int32(depth)
        if before > _LARGEST - depth:
            seen[:] = 0
            before = np.int32(0)
    return out


@numba.njit(nogil=True, cache=True)
def distance_change(
    neighbors_a: NDArray[np.int32],
    neighbors_b: NDArray[np.int32],
    distances_a: NDArray[np.float32],
    distances_b: NDArray[np.float32],
    scale_a: float,
    scale_b: float,
    n: int,
) -> NDArray[np.float32]:
    """Return how much the distances of the kept neighbors changed.

    Parameters
    ----------
    neighbors_a, neighbors_b
        int32, shape (m, K), as for `overlap_at_every_k`.
    distances_a, distances_b
        float32, shape (m, K): their distances.
    scale_a, scale_b
        A typical K-th distance of each space, which makes the two comparable.
    n
        Number of common objects.

    Returns
    -------
    float32, shape (m,)
        Mean of |d_A / scale_a − d_B / scale_b| over the neighbors in both lists; infinite where there is none.
    """
    m, depth = neighbors_a.shape
    rank_in_a = np.zeros(n, np.int32)
    out = np.full(m, np.inf, np.float32)
    for i in range(m):
        for rank in range(depth):
            rank_in_a[neighbors_a[i, rank]] = rank + 1
        kept, total = 0, 0.0
        for rank in range(depth):
            other = rank_in_a[neighbors_b[i, rank]]
            if other > 0:
                kept += 1
                total += abs(distances_a[i, other - 1] / scale_a - distances_b[i, rank] / scale_b)
        if kept > 0:
            out[i] = total / kept
        for rank in range(depth):
            rank_in_a[neighbors_a[i, rank]] = 0
    return out
