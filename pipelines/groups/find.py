"""Find groups of objects that moved together: they lost the same neighbors and gained the same neighbors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.groups.links import propagate_labels, strongest_links
from pipelines.groups.signatures import Sparse, lost_neighbors, weighted

_LINKS = 15
_MOST_MEMBERS = 2000
_SHOWN = 10
# Unrelated spaces and jittered ones of 800 … 3,000 objects stay below 0.45.
_LEAST_EVIDENCE = 0.5


@dataclass(frozen=True)
class Group:
    """Objects that moved together.

    Attributes
    ----------
    rows
        int32, shape (m,): the members, the most central first.
    centrality
        float32, shape (m,), 0 … 1: how much a member's change is like the others', the smaller of the mean cosine of
        what they lost and the mean cosine of what they gained.
    coherence
        Mean centrality, 0 … 1: 1 where all lost the same and gained the same.
    lost, lost_share
        int32 and float32, shape (≤ 10,): neighbors that most members lost, and the share of members that did.
    gained, gained_share
        The same of the neighbors they gained.
    """

    rows: NDArray[np.int32]
    centrality: NDArray[np.float32]
    coherence: float
    lost: NDArray[np.int32]
    lost_share: NDArray[np.float32]
    gained: NDArray[np.int32]
    gained_share: NDArray[np.float32]


def find_groups(
    neighbors_a: NDArray[np.int32],
    neighbors_b: NDArray[np.int32],
    k: int,
    changed: NDArray[np.bool_] | None = None,
    min_size: int = 3,
    max_groups: int = 50,
    min_similarity: float = 0.1,
    seed: int = 0,
) -> list[Group]:
    """Return the groups of objects that moved together, the largest and most coherent first.

    An object's change is what it lost and what it gained among its k nearest, rare neighbors weighing most. Objects
    are linked to those whose change is most alike (`strongest_links`), the links make groups (`propagate_labels`), and
    members that are unlike the rest leave. Members of a group much larger than k share too few neighbors: it comes in
    parts or not at all, and a larger k finds it. Give `changed`: where only noise moved objects, those that are near
    each other still lose and gain alike. Time grows with the number of pairs of objects that share a lost or gained
    neighbor; memory with n·k.

    Parameters
    ----------
    neighbors_a, neighbors_b
        int32, shape (n, K): neighbors of the n common objects, nearest first, each entry once; objects that only one
        space holds are numbered from n on.
    k
        How many of the neighbors are looked at, 1 … K.
    changed
        bool, shape (n,): objects that may be members, such as those that changed beyond noise; all where not given.
        Objects that lost fewer than max(3, k / 10) neighbors are never members: so few agree by accident.
    min_size
        Fewest members, ≥ 2.
    max_groups
        How many groups to return.
    min_similarity
        Least similarity of two changes that links them, and least centrality of a member, 0 … 1; a member also has
        half of the mean centrality of its group. Small groups must agree more: coherence × √(size − 1) is at least 0.5,
        as a mean over few others is easily large by accident.
    seed
        Of the order in which labels are propagated.

    Returns
    -------
    list of Group
        By size × coherence, then by the smallest row; no object is in two.

    Raises
    ------
    ValueError
        If `k` is outside 1 … K.
    """
    n, depth = neighbors_a.shape
    if not 1 <= k <= depth:
        raise ValueError(f"k = {k} is outside 1 … K = {depth}: the lists hold no more neighbors")
    rows, lost, gained = _signatures(neighbors_a[:, :k], neighbors_b[:, :k], n, changed)
    if len(rows) < min_size:
        return []
    others, strengths = strongest_links(lost, gained, min_similarity, _LINKS, _MOST_MEMBERS)
    labels = propagate_labels(others, strengths, seed)
    groups = []
    for members in _members(labels, min_size):
        group = _group(members, rows, lost, gained, min_similarity, min_size)
        groups += [group] if group is not None else []
    groups.sort(key=lambda group: (-len(group.rows) * group.coherence, int(group.rows.min())))
    return groups[:max_groups]


def _signatures(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], n: int, changed: NDArray[np.bool_] | None
) -> tuple[NDArray[np.int32], Sparse, Sparse]:
    k = neighbors_a.shape[1]
    n = max(n, int(neighbors_a.max()) + 1, int(neighbors_b.max()) + 1)
    starts, _ = lost_neighbors(neighbors_a, neighbors_b, n)
    eligible = np.diff(starts) >= min(max(3, k // 10), k)
    rows = np.flatnonzero(eligible if changed is None else eligible & changed).astype(np.int32)
    a, b = neighbors_a[rows], neighbors_b[rows]
    return rows, weighted(*lost_neighbors(a, b, n), n), weighted(*lost_neighbors(b, a, n), n)


def _members(labels: NDArray[np.int32], min_size: int) -> list[NDArray[np.int64]]:
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return [part for part in parts if len(part) >= max(min_size, 2)]


def _group(
    members: NDArray[np.int64],
    rows: NDArray[np.int32],
    lost: Sparse,
    gained: Sparse,
    least: float,
    min_size: int,
) -> Group | None:
    centrality = _centrality(members, lost, gained)
    while (unlike := int((centrality < max(least, centrality.mean() / 2)).sum())) > 0:
        # A few at a time: once the most unlike are gone, those that remain may well agree.
        leave = min(max(len(members) // 10, 1), unlike)
        members = members[np.sort(np.argsort(centrality, kind="stable")[leave:])]
        if len(members) < max(min_size, 2):
            return None
        centrality = _centrality(members, lost, gained)
    if centrality.mean() * np.sqrt(len(members) - 1) < _LEAST_EVIDENCE:
        return None
    order = np.lexsort((members, -centrality))
    return Group(
        rows[members[order]],
        centrality[order].astype(np.float32),
        float(centrality.mean()),
        *_most_common(lost.row_counts(members), len(members)),
        *_most_common(gained.row_counts(members), len(members)),
    )


def _centrality(members: NDArray[np.int64], lost: Sparse, gained: Sparse) -> NDArray[np.float64]:
    # The mean over the others, from the sum over all: the product of a signature with itself is 1.
    lost_alike, gained_alike = (
        (side.products(members, side.row_sum(members)) - 1) / (len(members) - 1) for side in (lost, gained)
    )
    return np.clip(np.minimum(lost_alike, gained_alike), 0.0, 1.0)


def _most_common(counts: NDArray[np.int64], members: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    order = np.argsort(-counts, kind="stable")[:_SHOWN]
    order = order[counts[order] > 0]
    return order.astype(np.int32), (counts[order] / members).astype(np.float32)
