"""Orders of objects and ranks of neighbors, from arrays alone: what the named questions compute of what they read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from artifacts.answers import End, Neighborhoods, Scale


def first_of(score: NDArray[Any], tie: NDArray[Any], count: int) -> NDArray[np.int32]:
    """Return the positions of the `count` smallest (score, tie), in order, by counting instead of sorting."""
    count = min(count, len(score))
    if count == 0:
        return np.empty(0, np.int32)
    last = int(np.searchsorted(np.cumsum(np.bincount(score)), count))
    below, at = np.flatnonzero(score < last), np.flatnonzero(score == last)
    wanted = count - len(below)
    if wanted < len(at):
        at = at[np.argpartition(tie[at], wanted - 1)[:wanted]]
    chosen = np.concatenate([below, at])
    return chosen[np.lexsort((tie[chosen], score[chosen]))].astype(np.int32)


def scale_of(values: NDArray[Any]) -> Scale:
    """Return values as numbers that sort like them: themselves, or the places of texts among all different texts.

    Parameters
    ----------
    values
        Shape (n,): numbers, booleans (which count as texts), or an object array of texts with None where there is none.

    Examples
    --------
    >>> scale_of(np.array(["pear", None, "fig"], dtype=object)).values
    array([ 1., nan,  0.])
    """
    if values.dtype not in (object, bool):
        return Scale(values.astype(np.float64), ())
    names = sorted({str(value) for value in values.tolist() if value is not None})
    place: dict[str | None, float] = {name: float(index) for index, name in enumerate(names)}
    found = [np.nan if value is None else place[str(value)] for value in values]
    return Scale(np.array(found, np.float64), tuple(names))


def ends_of(values: NDArray[np.float64], order: NDArray[np.int32], start: int, count: int) -> tuple[End, End]:
    """Return `count` objects from the `start`-th on at the low end and at the high end of an order.

    Parameters
    ----------
    values
        float64, shape (n,), NaN where an object has none.
    order
        int32, shape (m,): rows of `values` ascending, those without a value last; so they are at both ends.
    """
    sorted_values = values[order]
    known = int(np.searchsorted(sorted_values, np.inf, side="right"))
    ends = []
    for way in (order, np.concatenate([order[:known][::-1], order[known:]])):
        rows = way[start : start + count]
        found = values[rows]
        left, right = (np.searchsorted(sorted_values[:known], found, side) for side in ("left", "right"))
        ties = np.where(np.isnan(found), len(order) - known, right - left)
        ends.append(End(rows, found, ties.astype(np.int32)))
    return ends[0], ends[1]


def neighborhoods_of(
    lists: tuple[NDArray[np.int32], NDArray[np.int32]],
    distances: tuple[NDArray[np.float32], NDArray[np.float32]],
    k: int,
) -> Neighborhoods:
    """Compare the lists of K neighbors of m objects in A and B, and return their first k with what is known of them.

    Parameters
    ----------
    lists, distances
        int32 and float32, shape (m, K): neighbors as common rows, nearest first, and how far they are.
    """
    (list_a, list_b), (far_a, far_b) = lists, distances
    ranks_a, ranks_b = ranks_in(list_a, list_b), ranks_in(list_b, list_a)
    first_a, first_b = ranks_a[:, :k], ranks_b[:, :k]
    return Neighborhoods(
        list_a[:, :k],
        list_b[:, :k],
        (first_a > 0) & (first_a <= k),
        (first_b > 0) & (first_b <= k),
        first_a.astype(np.int16),
        first_b.astype(np.int16),
        far_a[:, :k],
        far_b[:, :k],
        _taken_at(far_b, first_a),
        _taken_at(far_a, first_b),
        overlaps_of(ranks_a),
    )


def overlaps_of(ranks: NDArray[np.int32]) -> NDArray[np.uint16]:
    """Return the overlap c(k) at every k, uint16, shape (m, K), from the ranks that `ranks_in` gives.

    Examples
    --------
    >>> overlaps_of(np.array([[2, 0, 1]], np.int32))
    array([[0, 1, 2]], dtype=uint16)
    """
    m, k_max = ranks.shape
    objects, neighbors = np.nonzero(ranks)
    # A neighbor is in common from the k on that is the greater of its two ranks.
    from_k = np.maximum(ranks[objects, neighbors], neighbors + 1) - 1
    counts = np.bincount(objects * k_max + from_k, minlength=m * k_max).reshape(m, k_max)
    return np.cumsum(counts, axis=1).astype(np.uint16)


def _taken_at(distances: NDArray[np.float32], ranks: NDArray[np.int32]) -> NDArray[np.float32]:
    taken = np.take_along_axis(distances, np.maximum(ranks, 1) - 1, axis=1)
    return np.where(ranks > 0, taken, np.float32("nan"))


def ranks_in(one: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.int32]:
    """Return the rank, 1 … K, that each neighbor in `one` has in the same row of `other`; 0 where it is not there.

    Examples
    --------
    >>> ranks_in(np.array([[5, 7, 9]], np.int32), np.array([[9, 5, 4]], np.int32))
    array([[2, 0, 1]], dtype=int32)
    """
    m, k_max = one.shape
    if m == 0:
        return np.empty(one.shape, np.int32)
    # The object's place in front makes one sorted list of all rows.
    step = np.int64(max(one.max(initial=0), other.max(initial=0))) + 1
    offset = (np.arange(m) * step)[:, None]
    wanted, held = (one + offset).ravel(), (other + offset).ravel()
    by_name = np.argsort(held)
    at = np.minimum(np.searchsorted(held, wanted, sorter=by_name), held.size - 1)
    found = by_name[at]
    ranks = np.where(held[found] == wanted, found % k_max + 1, 0)
    return ranks.astype(np.int32).reshape(m, k_max)
