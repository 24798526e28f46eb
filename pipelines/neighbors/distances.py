"""Distances in float64, compiled: what the sets of neighbors are decided by."""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

COSINE, EUCLIDEAN = 0, 1

# Sums may be reordered to use vector instructions; the order depends on d alone, so equal vectors get equal distances.
# Fused multiply-add ("contract") is left out: it would round x·s and y·s differently, and duplicates would not be at 0.
_SUM = {"reassoc", "nsz"}

_SAME_DIRECTION = 1e-30
"""Vectors nearer than this under cosine differ by the rounding of their lengths alone."""


@numba.njit(nogil=True, cache=True, fastmath=_SUM)
def _squared_chord(x: NDArray[np.float32], y: NDArray[np.float32], x_scale: float, y_scale: float) -> float:
    total = 0.0
    for i in range(x.shape[0]):
        difference = np.float64(x[i]) * x_scale - np.float64(y[i]) * y_scale
        total += difference * difference
    return total


@numba.njit(nogil=True, cache=True)
def distance_between(
    x: NDArray[np.float32], y: NDArray[np.float32], x_scale: float, y_scale: float, metric: int
) -> float:
    """Return the distance between two vectors.

    Parameters
    ----------
    x, y
        float32, shape (d,).
    x_scale, y_scale
        1 / norm (0 for zero vectors) under cosine, 1 under euclidean.
    metric
        `COSINE` or `EUCLIDEAN`.

    Returns
    -------
    float
        Cosine as half the squared chord of unit vectors, ½‖u − v‖² = 1 − cos, which is exactly 0 for equal
        vectors and for multiples of each other; 1 where either is the zero vector. Euclidean from differences,
        without cancellation.
    """
    if metric == COSINE:
        if x_scale == 0.0 or y_scale == 0.0:
            return 1.0
        half = 0.5 * _squared_chord(x, y, x_scale, y_scale)
        return float(half) if half > _SAME_DIRECTION else 0.0
    return math.sqrt(_squared_chord(x, y, x_scale, y_scale))


@numba.njit(nogil=True, cache=True)
def nearest_of_all(
    vectors: NDArray[np.float32], scales: NDArray[np.float64], metric: int, row: int, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the k nearest other objects of one object, by looking at all n; int64 and float64, shape (k,)."""
    n = vectors.shape[0]
    distances = np.empty(n, np.float64)
    for other in range(n):
        distances[other] = distance_between(vectors[row], vectors[other], scales[row], scales[other], metric)
    distances[row] = np.inf
    last = np.partition(distances, k - 1)[k - 1]
    near = np.flatnonzero(distances <= last)
    near = near[np.argsort(distances[near], kind="mergesort")][:k]
    return near, distances[near]


def scales_of(vectors: NDArray[np.float32], metric: int) -> NDArray[np.float64]:
    """Return what `distance_between` scales each vector by; float64, shape (n,)."""
    if metric != COSINE:
        return np.ones(len(vectors))
    norms = np.empty(len(vectors))
    for start in range(0, len(vectors), 65_536):
        part = vectors[start : start + 65_536]
        norms[start : start + 65_536] = np.sqrt(np.einsum("ij,ij->i", part, part, dtype=np.float64))
    return np.divide(1.0, norms, out=np.zeros(len(vectors)), where=norms > 0)
