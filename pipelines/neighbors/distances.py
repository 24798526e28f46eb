"""Distances in float64, compiled: what the sets of neighbors are decided by."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

COSINE, EUCLIDEAN = 0, 1

# Sums may be reordered to use vector instructions; the order depends on d alone, so equal vectors get equal distances.
# Fused multiply-add ("contract") is left out: it would round x·s and y·s differently, and duplicates would not be at 0.
_SUM = {"reassoc", "nsz"}


@numba.njit(nogil=True, cache=True, fastmath=_SUM)
def _squared_chord(x: NDArray[np.float32], y: NDArray[np.float32], x_scale: float, y_scale: float) -> float:
    total = 0.0
    for i in range(x.shape[0]):
        difference = np.float64(x[i]) * x_scale - np.float64(y[i]) * y_scale
        total += difference * difference
    return total


@numba.njit(nogil=True, cache=True)
def distances_between(
    vectors: NDArray[np.float32],
    scales: NDArray[np.float64],
    metric: int,
    rows: NDArray[np.int64],
    candidates: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Return the distance from each object to each of its candidates.

    Parameters
    ----------
    vectors
        float32, shape (n, d).
    scales
        float64, shape (n,): 1 / norm (0 for zero vectors) under cosine, 1 under euclidean.
    metric
        `COSINE` or `EUCLIDEAN`.
    rows
        int64, shape (m,): the objects.
    candidates
        int64, shape (m, c).

    Returns
    -------
    float64, shape (m, c)
        Cosine as half the squared chord of unit vectors, ½‖u − v‖² = 1 − cos, which is exactly 0 for equal
        vectors; 1 where either is the zero vector. Euclidean from differences, without cancellation.
    """
    out = np.empty(candidates.shape, np.float64)
    for i in range(rows.shape[0]):
        row = rows[i]
        for j in range(candidates.shape[1]):
            other = candidates[i, j]
            if metric == COSINE and (scales[row] == 0.0 or scales[other] == 0.0):
                out[i, j] = 1.0
                continue
            squared = _squared_chord(vectors[row], vectors[other], scales[row], scales[other])
            out[i, j] = 0.5 * squared if metric == COSINE else np.sqrt(squared)
    return out
