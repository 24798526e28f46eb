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


@numba.njit(nogil=True, cache=True)
def scale_into(origin: NDArray[np.float64], vectors: NDArray[np.float32], row: int, scale: float) -> None:
    """Write a vector times its scale where `distance_from` starts; float64, shape (d,)."""
    for i in range(origin.shape[0]):
        origin[i] = np.float64(vectors[row, i]) * scale


@numba.njit(nogil=True, cache=True, fastmath=_SUM)
def _squared_chord(
    origin: NDArray[np.float64], vectors: NDArray[np.float32], row: int, scale: float
) -> float:
    # The matrix and a row number, not a view of the row: a view costs more than the sum.
    total = 0.0
    for i in range(origin.shape[0]):
        difference = origin[i] - np.float64(vectors[row, i]) * scale
        total += difference * difference
    return total


@numba.njit(nogil=True, cache=True)
def distance_from(
    origin: NDArray[np.float64],
    origin_scale: float,
    vectors: NDArray[np.float32],
    row: int,
    scale: float,
    metric: int,
) -> float:
    """Return the distance of a vector from another, the origin.

    Parameters
    ----------
    origin
        float64, shape (d,): as `scale_into` writes it.
    vectors
        float32, shape (n, d).
    origin_scale, scale
        1 / norm (0 for zero vectors) under cosine, 1 under euclidean: of the origin and of the vector of the row.
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
        if origin_scale == 0.0 or scale == 0.0:
            return 1.0
        half = 0.5 * _squared_chord(origin, vectors, row, scale)
        return float(half) if half > _SAME_DIRECTION else 0.0
    return math.sqrt(_squared_chord(origin, vectors, row, scale))


@numba.njit(nogil=True, cache=True)
def distances_to_all(
    vectors: NDArray[np.float32],
    scales: NDArray[np.float64],
    metric: int,
    row: int,
    distances: NDArray[np.float64],
) -> None:
    """Write the distances of one object to all n, float64, shape (n,); infinite to itself."""
    origin = np.empty(vectors.shape[1], np.float64)
    scale_into(origin, vectors, row, scales[row])
    for other in range(vectors.shape[0]):
        distances[other] = distance_from(origin, scales[row], vectors, other, scales[other], metric)
    distances[row] = np.inf


@numba.njit(nogil=True, cache=True)
def nearest_of_all(
    vectors: NDArray[np.float32], scales: NDArray[np.float64], metric: int, row: int, k: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the k nearest other objects of one object, by looking at all n; int64 and float64, shape (k,)."""
    distances = np.empty(vectors.shape[0], np.float64)
    distances_to_all(vectors, scales, metric, row, distances)
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
