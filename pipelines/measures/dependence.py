"""How far objects depend on each other: one object moves the lists of many, so n objects are not n draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.frames import row_blocks
from pipelines.measures.intervals import group_count, jackknife_error
from pipelines.similarity import jaccard, overlap_at_every_k, overlap_counts

Counts = NDArray[np.int64]
"""Shape (L, L + 1): how many objects have overlap c at k, in ``[k - 1, c]``."""


def counts_without_groups(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], k: int, seed: int
) -> list[Counts]:
    """Return the counts of overlaps as they would be without each random group of objects.

    Left out objects leave the lists of the others too, where the next neighbor follows.

    Parameters
    ----------
    neighbors_a, neighbors_b
        int32, shape (n, K): neighbors of the same objects, nearest first; objects that only one space holds are
        numbered from n on.
    k
        The largest neighborhood size of interest.

    Returns
    -------
    list of int64, shape (L, L + 1)
        One for each group, all of the largest L that every list still holds; empty where that is 0. L is below k only
        where K leaves no room.
    """
    n, stored = neighbors_a.shape
    groups = group_count(n)
    depth = min(stored, k + k // 4 + 16)
    lists = neighbors_a[:, :depth], neighbors_b[:, :depth]
    rng = np.random.default_rng(seed)
    alone = max(0, *(int(side.max()) + 1 - n for side in lists))
    members = np.concatenate([rng.permutation(n), rng.permutation(alone)]) % groups
    length = depth - max(_most_left_out(side, members, groups) for side in lists)
    if length < 1:
        return []
    return [_counts(*lists, members != group, length) for group in range(groups)]


def effective_number(overlap: NDArray[np.uint16], without: Sequence[Counts], k: int) -> int:
    """Return how many independent objects would make the mean Jaccard similarity as sure as these n.

    Parameters
    ----------
    overlap
        uint16, shape (n, K): c(1) … c(K) of every object.
    without
        From `counts_without_groups`.

    Returns
    -------
    int
        1 … n: the variance over objects divided by the jackknife variance of their mean.
    """
    n = len(overlap)
    if not without:
        return n
    k = min(k, len(without[0]))
    similarity = jaccard(np.arange(k + 1), k)
    error = jackknife_error(
        np.array([counts[k - 1, : k + 1] @ similarity / counts[0].sum() for counts in without])
    )
    variance = float(similarity[overlap[:, k - 1]].var())
    if variance == 0 or error**2 * n <= variance:
        return n
    return max(1, round(variance / error**2))


def _most_left_out(lists: NDArray[np.int32], members: NDArray[np.int64], groups: int) -> int:
    """Return the largest number of neighbors of one object that are in one group."""
    most = 0
    for rows in row_blocks(*lists.shape):
        of_entries = members[lists[rows]]
        most = max(most, *(int((of_entries == group).sum(axis=1).max()) for group in range(groups)))
    return most


def _counts(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], kept: NDArray[np.bool_], length: int
) -> Counts:
    counts = np.zeros((length, length + 1), np.int64)
    alive = np.flatnonzero(kept[: len(neighbors_a)])
    for block in row_blocks(len(alive), neighbors_a.shape[1]):
        one, two = (_first_kept(lists[alive[block]], kept, length) for lists in (neighbors_a, neighbors_b))
        overlap_counts(overlap_at_every_k(one, two, len(kept)), counts)
    return counts


def _first_kept(lists: NDArray[np.int32], kept: NDArray[np.bool_], length: int) -> NDArray[np.int32]:
    inside = kept[lists]
    sizes = inside.sum(axis=1)
    starts = np.cumsum(sizes) - sizes
    first: NDArray[np.int32] = lists[inside][starts[:, None] + np.arange(length)]
    return first
