"""Which objects changed alike, and the groups that these links make."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from pipelines.groups.signatures import Sparse


def strongest_links(
    lost: Sparse, gained: Sparse, least: float, links: int, most_members: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return, for every object, the others whose change is most like its own.

    Two changes are as alike as the smaller of the cosine of what was lost and the cosine of what was gained: both must
    agree, as objects that are near each other in A lose the same neighbors whenever anything happens there.

    Parameters
    ----------
    lost, gained
        m signatures each.
    least
        Links below it are not made.
    links
        L, how many to keep for each object.
    most_members
        Columns that more objects hold are passed over in the search: the work grows with their square. They still
        count in the length of a signature, so a link can come out weaker, never stronger.

    Returns
    -------
    others, strengths
        int32 and float32, shape (m, L): strongest first, ties by row; −1 and 0 where there are fewer.
    """
    found: tuple[NDArray[np.int32], NDArray[np.float32]] = _links(lost, gained, least, links, most_members)
    return found


def propagate_labels(
    others: NDArray[np.int32], strengths: NDArray[np.float32], seed: int, sweeps: int = 100
) -> NDArray[np.int32]:
    """Return a label for every object: the one with most weight among those linked to it, until none changes.

    Label propagation (Raghavan, Albert & Kumara 2007), with weights, in a seeded order; an object keeps its label
    in a tie, else takes the smallest, so the same seed gives the same labels.

    Parameters
    ----------
    others, strengths
        Shape (m, L), from `strongest_links`; taken in both directions.
    seed
        Of the order in which objects are visited.
    sweeps
        Stop after this many, where labels keep changing.

    Returns
    -------
    int32, shape (m,)
        The row of one of the members.
    """
    m, links = others.shape
    source = np.repeat(np.arange(m, dtype=np.int32), links)
    target, strength = others.ravel(), strengths.ravel()
    used = target >= 0
    source, target, strength = source[used], target[used], strength[used]
    ends = np.concatenate([source, target]), np.concatenate([target, source])
    order = np.lexsort((ends[1], ends[0]))
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends[0], minlength=m))])
    visits = np.random.default_rng(seed).permutation(m)
    weights = np.concatenate([strength, strength])[order].astype(np.float64)
    labels: NDArray[np.int32] = _propagate(starts, ends[1][order], weights, visits, sweeps)
    return labels


@numba.njit(nogil=True, cache=True)
def _links(
    lost: Sparse, gained: Sparse, least: float, links: int, most_members: int
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    m = len(lost.starts) - 1
    in_lost, in_gained = np.zeros(m, np.float32), np.zeros(m, np.float32)
    touched = np.empty(m, np.int32)
    others = np.full((m, links), -1, np.int32)
    strengths = np.zeros((m, links), np.float32)
    for i in range(m):
        count = _add_lost(lost, i, most_members, in_lost, touched)
        _add_gained(gained, i, most_members, in_lost, in_gained)
        for other in touched[:count]:
            strength = min(in_lost[other], in_gained[other])
            if other != i and strength >= least:
                _keep(others[i], strengths[i], other, strength)
            in_lost[other] = 0.0
            in_gained[other] = 0.0
    return others, strengths


@numba.njit(nogil=True, cache=True)
def _add_lost(
    lost: Sparse, i: int, most_members: int, in_lost: NDArray[np.float32], touched: NDArray[np.int32]
) -> int:
    count = 0
    for entry in range(lost.starts[i], lost.starts[i + 1]):
        column = lost.columns[entry]
        first, last = lost.column_starts[column], lost.column_starts[column + 1]
        if last - first > most_members:
            continue
        for place in range(first, last):
            other = lost.members[place]
            if in_lost[other] == 0.0:
                touched[count] = other
                count += 1
            in_lost[other] += lost.weights[entry] * lost.member_weights[place]
    return count


@numba.njit(nogil=True, cache=True)
def _add_gained(
    gained: Sparse, i: int, most_members: int, in_lost: NDArray[np.float32], in_gained: NDArray[np.float32]
) -> None:
    for entry in range(gained.starts[i], gained.starts[i + 1]):
        column = gained.columns[entry]
        first, last = gained.column_starts[column], gained.column_starts[column + 1]
        if last - first > most_members:
            continue
        for place in range(first, last):
            other = gained.members[place]
            # Without a common lost neighbor the link is 0 anyway, and the cell would have to be cleared.
            if in_lost[other] > 0.0:
                in_gained[other] += gained.weights[entry] * gained.member_weights[place]


@numba.njit(nogil=True, cache=True)
def _keep(others: NDArray[np.int32], strengths: NDArray[np.float32], other: int, strength: float) -> None:
    """Insert into a row that is ordered by strength, then by row."""
    place = len(others)
    while place > 0 and (
        strength > strengths[place - 1] or (strength == strengths[place - 1] and other < others[place - 1])
    ):
        place -= 1
    for later in range(len(others) - 1, place, -1):
        others[later], strengths[later] = others[later - 1], strengths[later - 1]
    if place < len(others):
        others[place], strengths[place] = other, strength


@numba.njit(nogil=True, cache=True)
def _propagate(
    starts: NDArray[np.int64],
    others: NDArray[np.int32],
    weights: NDArray[np.float64],
    visits: NDArray[np.int64],
    sweeps: int,
) -> NDArray[np.int32]:
    m = len(visits)
    labels = np.arange(m).astype(np.int32)
    votes = np.zeros(m, np.float64)
    for _ in range(sweeps):
        changes = 0
        for i in visits:
            for place in range(starts[i], starts[i + 1]):
                votes[labels[others[place]]] += weights[place]
            best = labels[i]
            for place in range(starts[i], starts[i + 1]):
                label = labels[others[place]]
                if votes[label] > votes[best] or (
                    votes[label] == votes[best] and label < best and best != labels[i]
                ):
                    best = label
            for place in range(starts[i], starts[i + 1]):
                votes[labels[others[place]]] = 0.0
            if best != labels[i]:
                labels[i] = best
                changes += 1
        if changes == 0:
            break
    return labels
