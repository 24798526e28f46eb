"""What the vector measures of a pair need of its objects: one matrix of sums that add up over groups."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.frames import Frame, frame_of, row_blocks
from pipelines.measures.intervals import group_count
from pipelines.measures.record import Progress

KEPT_BYTES = 2**28
"""Memory for the sums of single groups; beyond it they are made a second time."""


@dataclass(frozen=True)
class Side:
    """Where one space stands in `Moments.sums`: its vectors, and its squared norms."""

    vectors: slice
    square: int


@dataclass(frozen=True)
class Moments:
    """Sums over objects of all products of two of (1, |x|², |y|², x, y).

    Here x and y are an object's vectors in A and B in the frame of each space, so over all objects Σ|x|² = n.

    Attributes
    ----------
    sums
        float64, shape (3 + da + db, 3 + da + db), in this order.
    width
        da.
    size
        Number of objects of the pair, those left out included: what rounding errors are measured against.
    """

    sums: NDArray[np.float64]
    width: int
    size: int

    @property
    def n(self) -> float:
        """Number of objects in the sums."""
        return float(self.sums[0, 0])

    @property
    def a(self) -> Side:
        """Where A stands."""
        return Side(slice(3, 3 + self.width), 1)

    @property
    def b(self) -> Side:
        """Where B stands."""
        return Side(slice(3 + self.width, len(self.sums)), 2)


def grouped_moments(
    vectors_a: NDArray[np.float32], vectors_b: NDArray[np.float32], progress: Progress
) -> Iterator[Moments]:
    """Yield the moments of all objects, then those without each group of `group_count` groups.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, da) and (n, db): the same objects in the same order.
    """
    n, width = vectors_a.shape
    frames = frame_of(vectors_a), frame_of(vectors_b)
    groups = group_count(n)

    def sums_of(group: int) -> NDArray[np.float64]:
        return _sums(vectors_a[group::groups], vectors_b[group::groups], *frames)

    total = np.zeros((3 + width + vectors_b.shape[1],) * 2)
    kept: dict[int, NDArray[np.float64]] = {}
    for group in range(groups):
        sums = sums_of(group)
        total += sums
        if (group + 1) * sums.nbytes <= KEPT_BYTES:
            kept[group] = sums
        progress(group + 1, groups)
    yield Moments(total, width, n)
    for group in range(groups):
        yield Moments(total - (kept.pop(group) if group in kept else sums_of(group)), width, n)


def _sums(
    vectors_a: NDArray[np.float32], vectors_b: NDArray[np.float32], frame_a: Frame, frame_b: Frame
) -> NDArray[np.float64]:
    width = 3 + vectors_a.shape[1] + vectors_b.shape[1]
    sums = np.zeros((width, width))
    for rows in row_blocks(len(vectors_a), width):
        a, b = frame_a.apply(vectors_a[rows]), frame_b.apply(vectors_b[rows])
        ones = np.ones(len(a))
        joined = np.column_stack((ones, np.square(a).sum(axis=1), np.square(b).sum(axis=1), a, b))
        # A matrix times its own transpose takes half the work of the three products on their own.
        sums += joined.T @ joined
    return sums
