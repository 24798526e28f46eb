"""Ranks of objects among the neighbors of others: places in lists, true ranks beyond them, neighbors in a map."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

# The distances that decided the stored lists, so that ranks inside and beyond them agree about ties.
from pipelines.neighbors.distances import distances_to_all

BLOCK = 16_384


@numba.njit(nogil=True, cache=True)
def places_in_lists(lists: NDArray[np.int32], wanted: NDArray[np.int32], n: int) -> NDArray[np.int32]:
    """Return the place that each wanted object has in a list.

    Parameters
    ----------
    lists
        int32, shape (m, K): of each of m objects, nearest first, each entry once, 0 … n − 1.
    wanted
        int32, shape (m, k): whose place in the list of the same line is asked.
    n
        Number of objects.

    Returns
    -------
    int32, shape (m, k)
        1 … K, and K + 1 for those not in the list.
    """
    m, depth = lists.shape
    seen = np.full(n, depth + 1, np.int32)
    places = np.empty(wanted.shape, np.int32)
    for i in range(m):
        for place in range(depth):
            seen[lists[i, place]] = place + 1
        for j in range(wanted.shape[1]):
            places[i, j] = seen[wanted[i, j]]
        for place in range(depth):
            seen[lists[i, place]] = depth + 1
    return places


@numba.njit(nogil=True, cache=True)
def ranks_beyond(
    vectors: NDArray[np.float32],
    scales: NDArray[np.float64],
    metric: int,
    objects: NDArray[np.int64],
    wanted: NDArray[np.int32],
    places: NDArray[np.int32],
    depth: int,
) -> NDArray[np.int32]:
    """Return true ranks, by looking at all n objects where a stored list does not hold the answer.

    Parameters
    ----------
    vectors, scales, metric
        As for `pipelines.neighbors.distances.distance_from`; shape (n, d) and (n,).
    objects
        int64, shape (m,): from whom the distances are measured.
    wanted
        int32, shape (m, k): whose ranks are asked.
    places
        int32, shape (m, k): their places in lists of a depth, depth + 1 where they are not in it.

    Returns
    -------
    int32, shape (m, k)
        1 (nearest) … n − 1, ties by row.
    """
    ranks = places.copy()
    distances = np.empty(vectors.shape[0], np.float64)
    for i in range(len(objects)):
        if places[i].max() <= depth:
            continue
        distances_to_all(vectors, scales, metric, objects[i], distances)
        for j in range(wanted.shape[1]):
            if places[i, j] > depth:
                at = distances[wanted[i, j]]
                nearer = np.sum(distances < at) + np.sum(distances[: wanted[i, j]] == at)
                ranks[i, j] = max(nearer, depth) + 1
    return ranks


def map_neighbors(coordinates: NDArray[np.float32], k: int) -> NDArray[np.int32]:
    """Return the k nearest other objects of every object in a map.

    Parameters
    ----------
    coordinates
        float32, shape (n, 2).
    k
        1 … n − 1.

    Returns
    -------
    int32, shape (n, k)
        Nearest first, ties by row; which of many objects at one place are listed is left to the tree.
    """
    n = len(coordinates)
    tree = cKDTree(coordinates)
    rows = np.empty((n, k), np.int32)
    for start in range(0, n, BLOCK):
        itself = np.arange(start, min(start + BLOCK, n))[:, None]
        distances, found = tree.query(coordinates[itself[:, 0]], k + 1, workers=-1)
        found = np.take_along_axis(found, np.lexsort((found, distances)), axis=1)
        others = found != itself
        # Among many objects at one place the object itself may be missing; then the farthest goes.
        others[others.all(axis=1), -1] = False
        rows[start : start + BLOCK] = found[others].reshape(-1, k)
    return rows
