"""The frame of a space: its mean and its scale, which vectors are measured from, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BLOCK_VALUES = 2**21
"""Float64 values that a block of rows holds; 16 MiB."""


@dataclass(frozen=True)
class Frame:
    """Where a space lies and how wide it is.

    Attributes
    ----------
    mean
        float64, shape (d,): mean of the vectors.
    scale
        Root mean squared distance to the mean; 0 for constant vectors.
    """

    mean: NDArray[np.float64]
    scale: float

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the vectors centred, with mean squared norm 1 over the space; not divided where scale is 0."""
        out = vectors.astype(np.float64)
        # In place: with blocks that leave the cache, each temporary array costs as much as the arithmetic.
        out -= self.mean
        out /= self.scale or 1.0
        return out


def row_blocks(n: int, width: int) -> Iterator[slice]:
    """Cut n rows into blocks of about `BLOCK_VALUES` values."""
    size = max(1, BLOCK_VALUES // max(1, width))
    return (slice(start, min(start + size, n)) for start in range(0, n, size))


def frame_of(vectors: NDArray[np.float32]) -> Frame:
    """Return the frame of a space, float32 (n, d), n ≥ 1, in two passes over its rows.

    The sum of fewer than 2²⁹ equal float32 numbers is exact in float64, so constant vectors have scale 0 exactly.
    """
    n, width = vectors.shape
    mean = sum(vectors[rows].sum(axis=0, dtype=np.float64) for rows in row_blocks(n, width)) / np.float64(n)
    centred = Frame(mean, 0.0)
    squares = sum(float(np.square(centred.apply(vectors[rows])).sum()) for rows in row_blocks(n, width))
    return Frame(mean, float(np.sqrt(squares / n)))
