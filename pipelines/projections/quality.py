"""How far a map can be trusted: whether neighbors in the map are neighbors in the space, and the reverse.

A map is judged against the stored neighbor lists; nothing here holds a number for every two objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.distances import scales_of
from pipelines.neighbors.lists import METRICS
from pipelines.projections.ranks import BLOCK, map_neighbors, places_in_lists, ranks_beyond
from pipelines.projections.record import Graph
from pipelines.similarity import chance_adjusted, overlap_at_every_k

NEIGHBORS = 15
EVERY_OBJECT, SAMPLE = 5_000, 2_000
"""Above so many objects, true ranks are found for a sample."""


@dataclass(frozen=True)
class MapQuality:
    """What a map of n objects keeps of the space.

    Attributes
    ----------
    trustworthiness, continuity
        0 … 1 (Venna & Kaski 2001), at k, over `sampled` objects with their true ranks. Trustworthiness falls with
        objects that are neighbors in the map alone, continuity with those that are neighbors in the space alone.
    rnx
        R_NX(k): the share of common neighbors, 0 at chance and 1 for the same (Lee & Verleysen 2009).
    rnx_auc
        Mean of R_NX from 1 to K, each weighing 1 / k, as an area over log k (Lee, Peluffo-Ordóñez & Verleysen 2015).
    k
        Size of the neighborhoods.
    sampled
        Number of objects whose true ranks were found: n up to 5,000 objects, else 2,000.
    intrusion, extrusion
        float32, shape (n,), 0 … 1: the placement error of each object, see `placement_errors`.
    """

    trustworthiness: float
    continuity: float
    rnx: float
    rnx_auc: float
    k: int
    sampled: int
    intrusion: NDArray[np.float32]
    extrusion: NDArray[np.float32]


def map_quality(
    vectors: NDArray[np.float32],
    graph: Graph,
    coordinates: NDArray[np.float32],
    k: int = NEIGHBORS,
    seed: int = 0,
) -> MapQuality:
    """Judge a map against the space it was drawn from.

    Parameters
    ----------
    vectors
        float32, shape (n, d): asked for the true ranks of objects beyond the lists.
    graph
        int32, shape (n, K): the neighbors in the space.
    coordinates
        float32, shape (n, 2): the map.
    k
        Size of the neighborhoods; at most K and (n − 1) / 2, above which trustworthiness is not defined.
    seed
        Of the sample.

    Examples
    --------
    >>> line = np.arange(5, dtype=np.float32)[:, None]
    >>> rows = np.array([[1, 2], [0, 2], [1, 3], [2, 4], [3, 2]], np.int32)
    >>> graph = Graph(rows, np.ones((5, 2), np.float32), "euclidean")
    >>> map_quality(line, graph, np.hstack([line, line])).trustworthiness
    1.0
    """
    n, depth = graph.rows.shape
    if n < 3:
        # Two objects are each other's only neighbor in every map.
        return MapQuality(1.0, 1.0, 1.0, 1.0, 1, n, np.zeros(n, np.float32), np.zeros(n, np.float32))
    k = min(k, depth, (n - 1) // 2)
    in_map = map_neighbors(coordinates, depth)
    sample = _sample(n, seed)
    space = (vectors, METRICS[graph.metric])
    plane = (coordinates, METRICS["euclidean"])
    curve = rnx_curve(graph.rows, in_map)
    return MapQuality(
        trustworthiness=_kept(*space, sample, graph.rows, in_map[:, :k]),
        continuity=_kept(*plane, sample, in_map, graph.rows[:, :k]),
        rnx=float(curve[k - 1]),
        rnx_auc=area_over_log_k(curve),
        k=k,
        sampled=len(sample),
        intrusion=placement_errors(graph.rows, in_map[:, :k]),
        extrusion=placement_errors(in_map, graph.rows[:, :k]),
    )


def placement_errors(lists: NDArray[np.int32], near: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return how badly each object is placed, from stored lists alone.

    The error of an object is the mean, over its k objects in `near`, of min(max(r − k, 0), K − k) / (K − k), with r
    their place in its list, 1 … K, and K + 1 for those that are not in it. For K = k it is the share that is not.

    Parameters
    ----------
    lists
        int32, shape (n, K): for the intrusion the neighbors in the space, for the extrusion those in the map.
    near
        int32, shape (n, k), k ≤ K: for the intrusion the neighbors in the map, for the extrusion those in the space.

    Returns
    -------
    float32, shape (n,)
        0: all of them are among the first k of the list; 1: none is in it.

    Examples
    --------
    >>> placement_errors(np.array([[1, 2], [2, 0], [0, 1]], np.int32), np.array([[1], [0], [1]], np.int32)).tolist()
    [0.0, 1.0, 1.0]
    """
    n, depth = lists.shape
    k = near.shape[1]
    beyond = max(depth - k, 1)
    errors = np.empty(n, np.float32)
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        places = places_in_lists(lists[block], near[block], n)
        errors[block] = np.clip(places - k, 0, beyond).mean(axis=1) / beyond
    return errors


def rnx_curve(one: NDArray[np.int32], two: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return R_NX of two sets of n lists at every k from 1 to min(K, n − 2); both int32, shape (n, K)."""
    n, depth = one.shape
    common = np.zeros(depth)
    for start in range(0, n, BLOCK):
        block = slice(start, start + BLOCK)
        common += overlap_at_every_k(one[block], two[block], n).sum(axis=0, dtype=np.float64)
    return np.array([chance_adjusted(common[k - 1] / n, k, n) for k in range(1, min(depth, n - 2) + 1)])


def area_over_log_k(curve: NDArray[np.float64]) -> float:
    """Return the mean of a curve over k = 1 … K, each weighing 1 / k."""
    return float(np.average(curve, weights=1.0 / np.arange(1, len(curve) + 1)))


def _sample(n: int, seed: int) -> NDArray[np.int64]:
    if n <= EVERY_OBJECT:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, SAMPLE, replace=False))


def _kept(
    vectors: NDArray[np.float32],
    metric: int,
    sample: NDArray[np.int64],
    lists: NDArray[np.int32],
    near: NDArray[np.int32],
) -> float:
    """Return 1 − 2 / (m k (2n − 3k − 1)) · Σ max(r − k, 0), with r the true ranks of the near in the vectors."""
    n, depth = lists.shape
    k = near.shape[1]
    near = near[sample]
    places = places_in_lists(lists[sample], near, n)
    ranks = ranks_beyond(vectors, scales_of(vectors, metric), metric, sample, near, places, depth)
    excess = np.maximum(ranks - k, 0).sum(dtype=np.int64)
    return float(1.0 - 2.0 * excess / (len(sample) * k * (2.0 * n - 3.0 * k - 1.0)))
