"""From candidates to neighbors: float64 distances decide the set and its order, compiled.

Selecting and sorting are left to NumPy, whose vector instructions sort a few hundred numbers in half a microsecond.
What is sorted are pairs of (distance as float32, row) packed into one integer: non-negative floats order as their
bits do. Neighbors whose distances are equal in float32 are then put right by their float64 distances.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.distances import distance_between, nearest_of_all, scales_of
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
        Of these objects alone; None: of all.
    """
    part = part or slice(0, len(vectors))
    shape = part.stop - part.start, k
    lists = NeighborLists(np.empty(shape, np.int32), np.empty(shape, np.float32))
    scales = scales_of(vectors, metric)

    def work(block: slice) -> None:
        there = slice(block.start - part.start, block.stop - part.start)
        unsure = finish_block(
            vectors, scales, metric, block, space, candidates, lists.rows[there], lists.distances[there]
        )
        for row in unsure.tolist():
            place = row - part.start
            lists.rows[place], lists.distances[place] = nearest_of_all(vectors, scales, metric, row, k)

    run(threads, [(work, (block,)) for block in blocks(part.stop, part.start)])
    return lists


def finish_block(
    vectors: NDArray[np.float32],
    scales: NDArray[np.float64],
    metric: int,
    block: slice,
    space: Space,
    candidates: Candidates,
    found: NDArray[np.int32],
    distances: NDArray[np.float32],
) -> NDArray[np.int64]:
    """Order the candidates of the objects of a block and write their k nearest.

    Parameters
    ----------
    vectors
        float32, shape (n, d).
    scales
        float64, shape (n,): as for `pipelines.neighbors.distances.distance_between`.
    metric
        `COSINE` or `EUCLIDEAN`.
    found, distances
        int32 and float32, shape (b, k): written here.

    Returns
    -------
    int64, shape (u,)
        Objects whose k nearest are not certain among their candidates: what is written for them has no meaning.
    """
    k = found.shape[1]
    counts = candidates.counts[metric, block]
    width = int(max(k, counts.max()))
    rows = candidates.rows[metric, block, :width]
    scores = candidates.scores[metric, block, :width]
    bounds = space.norms, space.spans, space.slacks
    sure = _sure_scores(metric, block.start, rows, scores, counts, *bounds)
    reached = np.partition(sure, width - k, axis=1)[:, width - k]
    packed, kept = _pack(vectors, scales, metric, block.start, rows, scores, sure, counts, reached)
    packed = packed[:, : max(k, int(kept.max()))]
    packed.sort(axis=1)
    unsure: NDArray[np.int64] = _unpack(
        vectors,
        scales,
        metric,
        block.start,
        packed,
        kept,
        candidates.thresholds,
        space.halves,
        *bounds,
        found,
        distances,
    )
    return unsure


@numba.njit(nogil=True, cache=True)
def _sure_scores(metric, first, rows, scores, counts, norms, spans, slacks):  # type: ignore[no-untyped-def]
    """Return what the candidates score at least; −inf where there is none."""
    sure = np.full(rows.shape, -np.inf, np.float32)
    for place in range(rows.shape[0]):
        for c in range(counts[place]):
            error = error_of(metric, first + place, rows[place, c], norms, spans, slacks)
            sure[place, c] = scores[place, c] - error
    return sure


@numba.njit(nogil=True, cache=True)
def _pack(vectors, scales, metric, first, rows, scores, sure, counts, reached):  # type: ignore[no-untyped-def]
    """Return (distance, row) of the candidates that may be among the k nearest, packed, and their numbers."""
    packed = np.full(rows.shape, np.uint64(0xFFFFFFFFFFFFFFFF), np.uint64)
    kept = np.zeros(rows.shape[0], np.int64)
    distance = np.empty(1, np.float32)
    bits = distance.view(np.uint32)
    for place in range(rows.shape[0]):
        i = first + place
        for c in range(counts[place]):
            # What a candidate scores at most is as far above its score as what it scores at least is below.
            if 2 * scores[place, c] - sure[place, c] >= reached[place]:
                j = rows[place, c]
                distance[0] = distance_between(vectors[i], vectors[j], scales[i], scales[j], metric)
                packed[place, kept[place]] = (np.uint64(bits[0]) << _ROW_BITS) | np.uint64(j)
                kept[place] += 1
    return packed, kept


@numba.njit(nogil=True, cache=True)
def _unpack(  # type: ignore[no-untyped-def]
    vectors, scales, metric, first, packed, kept, thresholds, halves, norms, spans, slacks, found, distances
):
    """Write the neighbors in the order of (float64 distance, row); return the objects that are not certain."""
    k = found.shape[1]
    unsure = np.empty(found.shape[0], np.int64)
    unsure_count = 0
    for place in range(found.shape[0]):
        i = first + place
        certain = kept[place] >= k
        if certain:
            _order_equal_distances(vectors, scales, metric, i, packed[place, : kept[place]])
            last = np.int64(packed[place, k - 1] & _ROW_MASK)
            far = distance_between(vectors[i], vectors[last], scales[i], scales[last], metric)
            # Whatever is no candidate scores below the threshold, so the k-th must not.
            score = (1.0 - far) * norms[i] if metric == COSINE else halves[i] - 0.5 * far * far
            certain = score - error_of(metric, i, last, norms, spans, slacks) >= thresholds[metric, i]
        if not certain:
            unsure[unsure_count] = i
            unsure_count += 1
            continue
        found[place] = (packed[place, :k] & _ROW_MASK).astype(np.int32)
        distances[place] = (packed[place, :k] >> _ROW_BITS).astype(np.uint32).view(np.float32)
    return unsure[:unsure_count]


@numba.njit(nogil=True, cache=True)
def _order_equal_distances(vectors, scales, metric, i, packed):  # type: ignore[no-untyped-def]
    """Order neighbors whose distances are equal in float32 by (float64 distance, row), in place."""
    for start in range(1, packed.shape[0]):
        item, place = packed[start], start
        while place > 0 and packed[place - 1] >> _ROW_BITS == item >> _ROW_BITS:
            one, two = np.int64(packed[place - 1] & _ROW_MASK), np.int64(item & _ROW_MASK)
            before = distance_between(vectors[i], vectors[one], scales[i], scales[one], metric)
            after = distance_between(vectors[i], vectors[two], scales[i], scales[two], metric)
            if before < after or (before == after and one < two):
                break
            packed[place] = packed[place - 1]
            place -= 1
        packed[place] = item
