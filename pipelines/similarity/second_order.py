"""Second-order similarity: do an object's similarities to its neighbors keep their profile."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from pipelines.similarity.ranks import check_depth

# The order of a float64 sum does not matter here; this lets the compiler use vector instructions.
_ANY_ORDER = {"reassoc", "contract"}


def second_order_cosine(
    vectors_a: NDArray[np.float32],
    neighbors_a: NDArray[np.int32],
    vectors_b: NDArray[np.float32],
    neighbors_b: NDArray[np.int32],
    k: int = 25,
) -> NDArray[np.float32]:
    """Return the cosine between an object's similarities to its neighbors in A and to the same ones in B.

    Over the union of the k nearest in A and the k nearest in B, an object has one vector of cosines in each space;
    the score is the cosine of the two ("local neighborhood measure", Hamilton, Leskovec & Jurafsky 2016). It needs
    no alignment and no equal widths. As cosines to near neighbors are nearly all positive, values crowd near 1:
    read it as an order, not as a share.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, d_A) and (n, d_B): vectors of the common objects.
    neighbors_a, neighbors_b
        int32, shape (n, K): their neighbors, nearest first, each entry once, 0 … n − 1; what is n or more is an object
        that the other space lacks, and passed over.
    k
        1 … K.

    Returns
    -------
    float32, shape (n,)
        −1 … 1. A zero vector has cosine 0 with every other; an object whose cosines are all 0 in one space gets 0;
        NaN where no neighbor is in both spaces.

    Raises
    ------
    ValueError
        If `k` is outside 1 … K.

    Examples
    --------
    >>> vectors = np.array([[1, 0], [1, 1], [0, 1]], np.float32)
    >>> lists = np.array([[1], [0], [1]], np.int32)
    >>> second_order_cosine(vectors, lists, 2 * vectors, lists, k=1).tolist()
    [1.0, 1.0, 1.0]
    """
    check_depth(k, neighbors_a.shape[1])
    spaces = (vectors_a, inverse_norms(vectors_a), vectors_b, inverse_norms(vectors_b))
    cosines: NDArray[np.float32] = _second_order(*spaces, neighbors_a[:, :k], neighbors_b[:, :k])
    return cosines


@numba.njit(nogil=True, cache=True)
def inverse_norms(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 1 / length of every row, float64, shape (n,); 0 for zero vectors."""
    n, d = vectors.shape
    out = np.zeros(n, np.float64)
    for i in range(n):
        total = 0.0
        for j in range(d):
            total += np.float64(vectors[i, j]) * np.float64(vectors[i, j])
        if total > 0.0:
            out[i] = 1.0 / np.sqrt(total)
    return out


@numba.njit(nogil=True, cache=True)
def _second_order(
    vectors_a: NDArray[np.float32],
    inverse_a: NDArray[np.float64],
    vectors_b: NDArray[np.float32],
    inverse_b: NDArray[np.float64],
    neighbors_a: NDArray[np.int32],
    neighbors_b: NDArray[np.int32],
) -> NDArray[np.float32]:
    n, k = neighbors_a.shape
    seen = np.full(n, -1, np.int32)
    out = np.zeros(n, np.float32)
    for i in range(n):
        product, square_a, square_b, used = 0.0, 0.0, 0.0, 0
        for place in range(2 * k):
            other = neighbors_a[i, place] if place < k else neighbors_b[i, place - k]
            if other >= n or seen[other] == i:
                continue
            seen[other] = i
            used += 1
            # The object's own length is the same factor throughout and leaves the cosine as it is.
            in_a = _dot(vectors_a[i], vectors_a[other]) * inverse_a[i] * inverse_a[other]
            in_b = _dot(vectors_b[i], vectors_b[other]) * inverse_b[i] * inverse_b[other]
            product += in_a * in_b
            square_a += in_a * in_a
            square_b += in_b * in_b
        if square_a > 0.0 and square_b > 0.0:
            out[i] = min(1.0, max(-1.0, product / np.sqrt(square_a * square_b)))
        elif used == 0:
            out[i] = np.nan
    return out


@numba.njit(nogil=True, cache=True, fastmath=_ANY_ORDER)
def _dot(one: NDArray[np.float32], two: NDArray[np.float32]) -> float:
    total = 0.0
    for j in range(len(one)):
        total += np.float64(one[j]) * np.float64(two[j])
    return total
