"""From candidates to neighbors: float64 distances decide the set and its order, compiled.

Selecting and sorting are left to NumPy, whose vector instructions sort a few hundred numbers in half a microsecond.
What is sorted are pairs of (distance as float32, row) packed into one integer: non-negative floats order as their
bits do. Neighbors whose distances are equal in float32 are then put right by their float64 distances.
"""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.distances import distance_from, nearest_of_all, scale_into, scales_of
from pipelines.neighbors.lists import NeighborLists
from pipelines.neighbors.sweep import COSINE, Candidates, Space, error_of
from pipelines.neighbors.workers import blocks, run

_ROW_BITS = np.uint64(32)
_ROW_MASK = np.uint64(0xFFFFFFFF)


def finish(
    vectors: NDArray[np.float32],
    space: Space,
    candidates: Candidates,
    k: int,
    metric: int,
    threads: int,
    part: slice | None = None,
) -> NeighborLists:
    """Return the neighbors of every object from its candidates; who is not certain of them looks at all objects.

    Parameters
    ----------
    part
        Of these objects alone, which are at the first places; None: of all.
    """
    part = part or slice(0, len(vectors))
    count = part.stop - part.start
    lists = NeighborLists(np.empty((count, k), np.int32), np.empty((count, k), np.float32))
    scales = scales_of(vectors, metric)
    places = np.argsort(space.rows).astype(np.int32)
    search = Search(vectors[space.rows], scales[space.rows], metric, space, candidates, places, part.start)

    def work(block: slice) -> None:
        for row in finish_block(search, block, lists).tolist():
            found = nearest_of_all(vectors, scales, metric, row, k)
            lists.rows[row - part.start], lists.distances[row - part.start] = found

    run(threads, [(work, (block,)) for block in blocks(count)])
    return lists


class Search(NamedTuple):
    """What the neighbors of n objects under one metric are found from.

    Attributes
    ----------
    vectors
        float32, shape (n, d), by place.
    scales
        float64, shape (n,), by place: as for `pipelines.neighbors.distances.distance_from`.
    metric
        `COSINE` or `EUCLIDEAN`.
    space, candidates
        By place.
    places
        int32, shape (n,): the place of each object.
    first
        The row of whom the lists begin with.
    """

    vectors: NDArray[np.float32]
    scales: NDArray[np.float64]
    metric: int
    space: Space
    candidates: Candidates
    places: NDArray[np.int32]
    first: int


def finish_block(search: Search, block: slice, lists: NeighborLists) -> NDArray[np.int64]:
    """Order the candidates of the objects at some places and write their k nearest.

    Parameters
    ----------
    block
        The places.
    lists
        Of the objects from `search.first` on: written here.

    Returns
    -------
    int64, shape (u,)
        Rows of objects whose k nearest are not certain among their candidates: nothing is written for them.
    """
    k = lists.rows.shape[1]
    counts = search.candidates.counts[search.metric, block]
    width = int(max(k, counts.max()))
    sure = _sure_scores(search, block.start, counts, width)
    reached = np.partition(sure, width - k, axis=1)[:, width - k]
    packed, kept = _pack(search, block.start, counts, sure, reached)
    packed = packed[:, : max(k, int(kept.max()))]
    packed.sort(axis=1)
    unsure: NDArray[np.int64] = _unpack(search, block.start, packed, kept, lists.rows, lists.distances)
    return unsure


@numba.njit(nogil=True, cache=True)
def _sure_scores(search, first, counts, width):  # type: ignore[no-untyped-def]
    """Return what the candidates score at least; −inf where there is none."""
    metric = search.metric
    places, scores = search.candidates.places[metric], search.candidates.scores[metric]
    bounds = search.space.norms, search.space.spans, search.space.slacks
    sure = np.full((counts.shape[0], width), -np.inf, np.float32)
    for b in range(counts.shape[0]):
        for c in range(counts[b]):
            error = error_of(metric, first + b, places[first + b, c], *bounds)
            sure[b, c] = scores[first + b, c] - error
    return sure


@numba.njit(nogil=True, cache=True)
def _pack(search, first, counts, sure, reached):  # type: ignore[no-untyped-def]
    """Return (distance, row) of the candidates that may be among the k nearest, packed, and their numbers."""
    vectors, scales, metric = search.vectors, search.scales, search.metric
    rows, places, scores = (
        search.space.rows,
        search.candidates.places[metric],
        search.candidates.scores[metric],
    )
    packed = np.full(sure.shape, np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64)
    kept = np.zeros(sure.shape[0], np.int64)
    origin = np.empty(vectors.shape[1], np.float64)
    distance = np.empty(1, np.float32)
    bits = distance.view(np.uint32)
    for b in range(sure.shape[0]):
        scale_into(origin, vectors, first + b, scales[first + b])
        for c in range(counts[b]):
            # What a candidate scores at most is as far above its score as what it scores at least is below.
            if 2 * scores[first + b, c] - sure[b, c] >= reached[b]:
                j = places[first + b, c]
                distance[0] = distance_from(origin, scales[first + b], vectors, j, scales[j], metric)
                packed[b, kept[b]] = (np.uint64(bits[0]) << _ROW_BITS) | np.uint64(rows[j])
                kept[b] += 1
    return packed, kept


@numba.njit(nogil=True, cache=True)
def _unpack(search, first, packed, kept, found, distances):  # type: ignore[no-untyped-def]
    """Write the neighbors in the order of (float64 distance, row); return the rows that are not certain."""
    vectors, scales, metric = search.vectors, search.scales, search.metric
    rows, places, thresholds = search.space.rows, search.places, search.candidates.thresholds[metric]
    norms, halves = search.space.norms, search.space.halves
    bounds = norms, search.space.spans, search.space.slacks
    k = found.shape[1]
    origin = np.empty(vectors.shape[1], np.float64)
    unsure = np.empty(packed.shape[0], np.int64)
    unsure_count = 0
    for b in range(packed.shape[0]):
        place = first + b
        i = rows[place]
        certain = kept[b] >= k
        if certain:
            scale_into(origin, vectors, place, scales[place])
            _order_equal_distances(search, origin, place, packed[b, : kept[b]])
            last = places[np.int64(packed[b, k - 1] & _ROW_MASK)]
            far = distance_from(origin, scales[place], vectors, last, scales[last], metric)
            # Whatever is no candidate scores below the threshold, so the k-th must not.
            score = (1.0 - far) * norms[place] if metric == COSINE else halves[place] - 0.5 * far * far
            error = error_of(metric, place, last, *bounds)
            certain = score - error >= thresholds[place]
        if not certain:
            unsure[unsure_count] = i
            unsure_count += 1
            continue
        found[i - search.first] = (packed[b, :k] & _ROW_MASK).astype(np.int32)
        distances[i - search.first] = (packed[b, :k] >> _ROW_BITS).astype(np.uint32).view(np.float32)
    return unsure[:unsure_count]


@numba.njit(nogil=True, cache=True)
def _order_equal_distances(search, origin, place, packed):  # type: ignore[no-untyped-def]
    """Order neighbors of an object whose distances are equal in float32 by (float64 distance, row), in place."""
    vectors, scales, metric = search.vectors, search.scales, search.metric
    for start in range(1, packed.shape[0]):
        item, at = packed[start], start
        while at > 0 and packed[at - 1] >> _ROW_BITS == item >> _ROW_BITS:
            one, two = np.int64(packed[at - 1] & _ROW_MASK), np.int64(item & _ROW_MASK)
            near, far = search.places[one], search.places[two]
            before = distance_from(origin, scales[place], vectors, near, scales[near], metric)
            after = distance_from(origin, scales[place], vectors, far, scales[far], metric)
            if before < after or (before == after and one < two):
                break
            packed[at] = packed[at - 1]
            at -= 1
        packed[at] = item
