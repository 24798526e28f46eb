"""The candidates of an approximate index put in the order of their float64 distances, compiled."""

from __future__ import annotations

import numba
import numpy as np

from pipelines.neighbors.distances import distance_from, scale_into


@numba.njit(nogil=True, cache=True)
def order_candidates(vectors, scales, metric, first, candidates, found, distances):  # type: ignore[no-untyped-def]
    """Write the k nearest of the candidates of the objects from row `first` on, by (float64 distance, row).

    Parameters
    ----------
    candidates
        int64, shape (b, c): rows, −1 for none; the object itself and repetitions do not count.
    found, distances
        int32 and float32, shape (b, k): written here.

    Returns
    -------
    int64, shape (u,)
        Objects that have fewer than k candidates; nothing is written for them.
    """
    k = found.shape[1]
    origin = np.empty(vectors.shape[1], np.float64)
    missing = np.zeros(found.shape[0], np.bool_)
    for place in range(candidates.shape[0]):
        i = first + place
        near = np.unique(candidates[place])
        near = near[(near >= 0) & (near != i)]
        if near.shape[0] < k:
            missing[place] = True
            continue
        scale_into(origin, vectors, i, scales[i])
        exact = np.empty(near.shape[0], np.float64)
        for c in range(near.shape[0]):
            exact[c] = distance_from(origin, scales[i], vectors, near[c], scales[near[c]], metric)
        order = np.argsort(exact, kind="mergesort")[:k]
        found[place] = near[order].astype(np.int32)
        distances[place] = exact[order].astype(np.float32)
    return first + np.flatnonzero(missing)
