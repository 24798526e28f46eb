"""What the vectors of a space look like one by one: lengths, and exact duplicates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from pipelines.measures import row_blocks

UNIT_TOLERANCE = 1e-3
"""A norm this near to 1 counts as 1: normalised vectors stored as float16 are."""


@dataclass(frozen=True)
class Norms:
    """Euclidean norms of the vectors of a space.

    Attributes
    ----------
    least, median, mean, most
        In the unit of the vectors.
    variation
        Coefficient of variation, standard deviation / mean; NaN where all vectors are zero.
    unit_share
        Share of norms within `UNIT_TOLERANCE` of 1.
    zeros
        Number of zero vectors.
    """

    least: float
    median: float
    mean: float
    most: float
    variation: float
    unit_share: float
    zeros: int


def norms_of(vectors: NDArray[np.float32]) -> Norms:
    """Return the norms of vectors, float32 (n, d), n ≥ 1; taken in float64."""
    blocks = row_blocks(*vectors.shape)
    norms = np.concatenate([np.linalg.norm(vectors[rows].astype(np.float64), axis=1) for rows in blocks])
    mean = float(norms.mean())
    return Norms(
        float(norms.min()),
        float(np.median(norms)),
        mean,
        float(norms.max()),
        float(norms.std() / mean) if mean > 0 else np.nan,
        float((np.abs(norms - 1) <= UNIT_TOLERANCE).mean()),
        int((norms == 0).sum()),
    )


def duplicate_groups(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return, for every object, the first row that has the same vector; −0 equals 0.

    Rows are compared by a 128-bit digest, in memory that does not grow with the width.

    Parameters
    ----------
    vectors
        float32, shape (n, d).

    Returns
    -------
    int64, shape (n,)

    Examples
    --------
    >>> duplicate_groups(np.array([[0, 1], [2, 2], [-0.0, 1]], np.float32)).tolist()
    [0, 1, 0]
    """
    first: dict[bytes, int] = {}
    out = np.empty(len(vectors), np.int64)
    for rows in row_blocks(*vectors.shape):
        positive = np.ascontiguousarray(vectors[rows] + np.float32(0))
        for row, vector in enumerate(positive, rows.start):
            out[row] = first.setdefault(blake2b(vector, digest_size=16).digest(), row)
    return out


def count_duplicates(groups: NDArray[np.int64]) -> tuple[int, int]:
    """Return how many objects share their vector with another, and how many such vectors there are.

    Parameters
    ----------
    groups
        int64, shape (n,): from `duplicate_groups`.
    """
    sizes = [size for size in Counter(groups.tolist()).values() if size > 1]
    return sum(sizes), len(sizes)
