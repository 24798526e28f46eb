"""An order of the objects in which near ones stand beside one another: memory is read where it was read just before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CELL = 512
"""Objects of a cell, about."""

ROUNDS = 3
CHUNK = 4096


def near_together(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the objects in an order that keeps near ones together.

    The objects are put into cells around centers (k-means of a sample), and the cells into a row, each beside the
    nearest of those that are left. What is computed from the objects must not depend on this order, which rounding
    may change from machine to machine.

    Parameters
    ----------
    vectors
        float32, shape (n, d), finite; may be a memory map.

    Returns
    -------
    int64, shape (n,)
        A permutation of the rows.

    Examples
    --------
    >>> near_together(np.zeros((3, 2), np.float32)).tolist()
    [0, 1, 2]
    """
    n = len(vectors)
    count = n // CELL
    if count < 2:
        return np.arange(n)
    rng = np.random.default_rng(0)
    sample = vectors[np.sort(rng.choice(n, min(n, 16 * count), replace=False))]
    centers = sample[rng.choice(len(sample), count, replace=False)]
    for _ in range(ROUNDS):
        cells = _nearest(sample, centers)
        sizes = np.bincount(cells, minlength=count)
        sums = np.zeros(centers.shape)
        np.add.at(sums, cells, sample)
        centers = np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], centers).astype(
            np.float32
        )
    cells = np.concatenate(
        [_nearest(vectors[start : start + CHUNK], centers) for start in range(0, n, CHUNK)]
    )
    return np.argsort(_walk(centers)[cells], kind="stable")


def _nearest(vectors: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.int64]:
    with np.errstate(over="ignore", invalid="ignore"):  # of huge vectors: any order will do
        nearness = vectors @ centers.T - 0.5 * np.einsum("ij,ij->i", centers, centers)
    nearest: NDArray[np.int64] = np.argmax(nearness, axis=1)
    return nearest


def _walk(centers: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the step at which a walk to the nearest center not yet visited comes to each."""
    steps = np.zeros(len(centers), np.int64)
    left = np.arange(1, len(centers))
    here = centers[0]
    for step in range(1, len(centers)):
        at = int(np.argmin(((centers[left] - here) ** 2).sum(axis=1)))
        here, steps[left[at]] = centers[left[at]], step
        left = np.delete(left, at)
    return steps
