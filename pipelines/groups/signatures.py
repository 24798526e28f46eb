"""The change of an object as two sparse vectors: the neighbors it lost and the neighbors it gained."""

from __future__ import annotations

from typing import NamedTuple

import numba
import numpy as np
from numpy.typing import NDArray


class Sparse(NamedTuple):
    """m sparse rows over n columns (CSR), and the same by column (CSC); a tuple, as compiled functions take those.

    Attributes
    ----------
    starts, columns, weights
        int64 (m + 1,), int32 and float32 (number of entries,): row i holds columns[starts[i] : starts[i + 1]].
    column_starts, members
        int64 (n + 1,) and int32: the rows that hold column j, in ascending order.
    member_weights
        float32: their weights.
    """

    starts: NDArray[np.int64]
    columns: NDArray[np.int32]
    weights: NDArray[np.float32]
    column_starts: NDArray[np.int64]
    members: NDArray[np.int32]
    member_weights: NDArray[np.float32]

    def row_sum(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sum of some rows, float64, shape (n,)."""
        entries = self._entries(rows)
        width = len(self.column_starts) - 1
        return np.bincount(self.columns[entries], self.weights[entries], width).astype(np.float64)

    def row_counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many of some rows hold each column, int64, shape (n,)."""
        return np.bincount(self.columns[self._entries(rows)], minlength=len(self.column_starts) - 1)

    def products(self, rows: NDArray[np.int64], vector: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the product of each of some rows, none of them empty, with a vector of shape (n,)."""
        entries, lengths = self._entries(rows), np.diff(self.starts)[rows]
        terms = self.weights[entries] * vector[self.columns[entries]]
        products: NDArray[np.float64] = np.add.reduceat(terms, np.cumsum(lengths) - lengths)
        return products

    def _entries(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.concatenate([np.arange(self.starts[row], self.starts[row + 1]) for row in rows])


def lost_neighbors(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return what is in A and not in B, of every object; with the lists swapped, the neighbors it gained.

    Parameters
    ----------
    neighbors_a, neighbors_b
        int32, shape (m, k): entries 0 … n − 1, each once.
    n
        Number of common objects.

    Returns
    -------
    starts, rows
        int64 (m + 1,) and int32: object i lost rows[starts[i] : starts[i + 1]].
    """
    counts, rows = _differences(neighbors_a, neighbors_b, n)
    return np.concatenate([[0], np.cumsum(counts)]), rows


def weighted(starts: NDArray[np.int64], columns: NDArray[np.int32], n: int) -> Sparse:
    """Return rows of length 1 in which rare columns weigh most: log(1 + rows / rows that hold the column).

    Inverse document frequency (Spärck Jones 1972): a hub that everything lost says little.
    """
    m = len(starts) - 1
    frequency = np.bincount(columns, minlength=n)
    weights = np.log1p(m / frequency[columns])
    row_of = np.repeat(np.arange(m, dtype=np.int32), np.diff(starts))
    lengths = np.sqrt(np.bincount(row_of, weights**2, m))
    unit = (weights / lengths[row_of]).astype(np.float32)
    order = np.argsort(columns, kind="stable")
    column_starts = np.concatenate([[0], np.cumsum(frequency)])
    return Sparse(starts, columns, unit, column_starts, row_of[order], unit[order])


@numba.njit(nogil=True, cache=True)
def _differences(
    neighbors_a: NDArray[np.int32], neighbors_b: NDArray[np.int32], n: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    m, k = neighbors_a.shape
    seen = np.full(n, -1, np.int64)
    counts = np.zeros(m, np.int64)
    rows = np.empty(m * k, np.int32)
    total = 0
    for i in range(m):
        for other in neighbors_b[i]:
            seen[other] = i
        for other in neighbors_a[i]:
            if seen[other] != i:
                rows[total] = other
                total += 1
                counts[i] += 1
    return counts, rows[:total].copy()
