"""Exact neighbors of every object: float32 products find candidates, float64 distances decide.

1. Every object is compared with a random sample, which gives it a threshold that its k-th neighbor almost surely beats.
2. One sweep over the upper triangle of all products keeps, for both objects of a pair and for every metric, what passes
   the threshold (`pipelines.neighbors.sweep`).
3. The candidates are ordered by float64 distance (`pipelines.neighbors.finish`).
4. Objects that cannot be certain of their neighbors (a threshold too high, more ties than can be kept) are searched
   again by looking at all objects in float64.

Objects are handled in an order that keeps near ones together, for the caches (`pipelines.neighbors.places`).
The sets and their order are those of float64 arithmetic whatever the sample, the order, the blocks and the threads.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import nullcontext
from itertools import zip_longest
from threading import Lock, local

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from pipelines.neighbors.finish import finish
from pipelines.neighbors.lists import METRICS, NeighborLists, Progress, check_search
from pipelines.neighbors.places import near_together
from pipelines.neighbors.sweep import COSINE, EUCLIDEAN, Candidates, Space, prepare, scan_block
from pipelines.neighbors.workers import TILE, blocks, run, tiles

SAMPLE = 2048
SPARE = 16
SPARE_BYTES = 80 * 2**20
"""Memory for candidates beyond one and a half times the k that are wanted."""


def exact_neighbors(
    vectors: NDArray[np.float32],
    k: int,
    metrics: Sequence[str],
    progress: Progress | None = None,
    threads: int | None = None,
    part: slice | None = None,
) -> dict[str, NeighborLists]:
    """Return the k nearest other objects of every object, under each metric.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite; may be a memory map. Zero vectors are at cosine distance 1 from everything.
    k
        Neighbors an object, 1 … n − 1.
    metrics
        Names in `METRICS`; two cost hardly more than one.
    progress
        Called with (pairs of blocks done, all pairs of blocks).
    threads
        Threads to work with; None: as many as there are processors. The result does not depend on it.
    part
        Search for these objects alone, among all; None: for all. Objects outside cost twice the products, because
        each pair with one serves one of its two objects.

    Raises
    ------
    ValueError
        Unknown metric, or k outside 1 … n − 1.

    Examples
    --------
    >>> exact_neighbors(np.array([[0], [1], [3]], np.float32), 1, ["euclidean"])["euclidean"].rows.tolist()
    [[1], [0], [1]]
    """
    n = len(vectors)
    check_search(n, k, list(metrics))
    codes = [METRICS[metric] for metric in metrics]
    threads = threads or os.cpu_count() or 1
    # Each worker multiplies its own blocks; threads inside the multiplication would only get in their way.
    with threadpool_limits(1, "blas"):
        part = part or slice(0, n)
        rows = near_together(vectors)
        outside = (rows < part.start) | (rows >= part.stop)
        space = prepare(vectors, rows[np.argsort(outside, kind="stable")])
        candidates = _thresholds(space, k, codes, threads, part.stop - part.start)
        _sweep(space, k, candidates, threads, progress)
        return {
            metric: finish(vectors, space, candidates, k, code, threads, part)
            for metric, code in zip(metrics, codes, strict=True)
        }


def _thresholds(space: Space, k: int, metrics: list[int], threads: int, count: int) -> Candidates:
    """Give the objects at the first places a threshold from a sample, and room for what will pass it."""
    n = len(space.centered)
    size = n if n <= 2 * SAMPLE else max(SAMPLE, n // 64)
    sample = np.sort(np.random.default_rng(0).choice(n, size, replace=False))
    # The number of the k nearest in the sample is binomial; three standard deviations more are rarely too few.
    expected = k * size / n
    place = min(size - 1, k + SPARE if size == n else int(expected + 3 * np.sqrt(expected) + 2))
    thresholds = np.full((2, n), np.inf, np.float32)

    centered, norms, shifts, halves = (
        values[sample] for values in (space.centered, space.norms, space.shifts, space.halves)
    )

    def work(block: slice) -> None:
        for tile in tiles(block):
            product = space.centered[tile] @ centered.T
            if COSINE in metrics:
                cosine = (product + space.shifts[tile, None] + shifts) / norms
                thresholds[COSINE, tile] = _largest(cosine, place)
            if EUCLIDEAN in metrics:
                thresholds[EUCLIDEAN, tile] = _largest(product - halves, place)

    run(threads, [(work, (block,)) for block in blocks(count)])
    if place == size - 1:
        thresholds[metrics, :count] = -np.inf
    capacity = min(n, max(2 * place * n // size, k + 64), k + k // 2 + 64 + SPARE_BYTES // (16 * n))
    room = 2, count + 1, capacity
    return Candidates(
        thresholds, np.empty(room, np.int32), np.empty(room, np.float32), np.zeros(room[:2], np.int32)
    )


def _largest(scores: NDArray[np.float32], place: int) -> NDArray[np.float32]:
    """Return the score at a place (0: the largest) of every row."""
    at = scores.shape[1] - 1 - place
    largest: NDArray[np.float32] = np.partition(scores, at, axis=1)[:, at]
    return largest


def _sweep(space: Space, k: int, candidates: Candidates, threads: int, progress: Progress | None) -> None:
    searched = blocks(candidates.counts.shape[1] - 1)
    parts = searched + blocks(len(space.centered), candidates.counts.shape[1] - 1)
    locks = [Lock() for _ in parts]
    own = local()

    def work(one: int, two: int) -> None:
        if not hasattr(own, "room"):
            # Once a thread: asking for it each time costs more than filling it.
            own.room = np.empty(TILE * max(part.stop - part.start for part in parts), np.float32)
        right = space.centered[parts[two]]
        # Two workers never write to the candidates of one object; taking the locks in order, none waits for ever.
        with locks[one], locks[two] if two > one else nullcontext():
            for tile in tiles(parts[one]):
                left = space.centered[tile]
                product = own.room[: len(left) * len(right)].reshape(len(left), len(right))
                np.matmul(left, right.T, out=product)
                scan_block(product, tile.start, parts[two].start, k, space, candidates)

    # One row of blocks a thread: its candidates stay in the cache, and workers rarely need the same block.
    strips = [[(one, two) for two in range(one, len(parts))] for one in range(len(searched))]
    pairs = [
        pair
        for first in range(0, len(strips), threads)
        for together in zip_longest(*strips[first : first + threads])
        for pair in together
        if pair is not None
    ]
    run(threads, [(work, pair) for pair in pairs], progress)
