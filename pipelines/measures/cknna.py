"""CKNNA: kernel alignment among neighbors only, from neighbor lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.measures.frames import Frame, frame_of, row_blocks
from pipelines.measures.intervals import group_count, jackknife_interval
from pipelines.measures.record import Measured

TOLERANCE = 1e-10
"""A dependence below this share of its own terms is a rounding error."""


@dataclass(frozen=True)
class _Masked:
    """The entries that a mask leaves of two kernels K and L; all arrays have one cell an entry.

    Attributes
    ----------
    i, j
        int64: row and column.
    first, second
        float64: K and L there.
    mirrored
        float64: L at (j, i), 0 where the mask leaves that out.
    """

    i: NDArray[np.int64]
    j: NDArray[np.int64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    mirrored: NDArray[np.float64]


def cknna(
    vectors_a: NDArray[np.float32],
    vectors_b: NDArray[np.float32],
    neighbors_a: NDArray[np.int32],
    neighbors_b: NDArray[np.int32],
    metric: str,
    k: int,
) -> Measured:
    """Return the centred kernel nearest-neighbor alignment (Huh et al. 2024, *Platonic Representation Hypothesis*).

    It is the debiased CKA of kernels that are 0 outside the pairs (i, j) where j is among the k nearest of i in both
    spaces. The kernel is the inner product of unit vectors under cosine, of centred vectors under euclidean. As
    published, but without the 1e-6 in the denominator, and with the mean over both orders of A and B, which the
    published 1ᵀKL1 depends on.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, da) and (n, db): the same objects in the same order.
    neighbors_a, neighbors_b
        int32, shape (n, K): their neighbors, nearest first.
    k
        1 … K; the paper takes 10.

    Returns
    -------
    Measured
        ``cknna``: 1 for the same space, a little above 0 for unrelated ones, which share k² / (n − 1)
        neighbors by chance. The jackknife leaves objects out of the kernels and keeps the lists.
    """
    n = len(vectors_a)
    codes = _codes(neighbors_a[:, :k]), _codes(neighbors_b[:, :k])
    kernels = [
        _kernel(vectors, which, metric) for vectors, which in zip((vectors_a, vectors_b), codes, strict=True)
    ]
    both, in_a, in_b = np.intersect1d(codes[0], codes[1], assume_unique=True, return_indices=True)
    masked = (
        _masked(both, kernels[0][in_a], kernels[1][in_b], n),
        _masked(codes[0], kernels[0], kernels[0], n),
        _masked(codes[1], kernels[1], kernels[1], n),
    )
    value = _alignment(masked, np.ones(n, np.bool_))
    interval = jackknife_interval(
        value, (_alignment(masked, kept) for kept in _left_out(n)), (-np.inf, np.inf)
    )
    return Measured("cknna", value, *interval, n, k, metric, "jackknife")


def _left_out(n: int) -> Iterator[NDArray[np.bool_]]:
    groups = group_count(n)
    return (np.arange(n) % groups != group for group in range(groups))


def _codes(neighbors: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return i · n + j of every neighbor j of every object i, ascending."""
    n = len(neighbors)
    codes: NDArray[np.int64] = np.arange(n, dtype=np.int64)[:, None] * n + np.sort(neighbors, axis=1)
    return codes.ravel()


def _kernel(vectors: NDArray[np.float32], codes: NDArray[np.int64], metric: str) -> NDArray[np.float64]:
    n, width = vectors.shape
    frame = frame_of(vectors) if metric == "euclidean" else Frame(np.zeros(width), 1.0)
    weights = np.ones(n) if metric == "euclidean" else _inverse_norms(vectors)
    out = np.empty(len(codes))
    for cells in row_blocks(len(codes), 2 * width):
        i, j = divmod(codes[cells], n)
        products = np.einsum("ij,ij->i", frame.apply(vectors[i]), frame.apply(vectors[j]))
        out[cells] = products * weights[i] * weights[j]
    return out


def _inverse_norms(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return 1 / |x|, float64 (n,); 0 for zero vectors."""
    blocks = row_blocks(*vectors.shape)
    norms = np.concatenate([np.linalg.norm(vectors[rows].astype(np.float64), axis=1) for rows in blocks])
    inverse: NDArray[np.float64] = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    return inverse


def _masked(
    codes: NDArray[np.int64], first: NDArray[np.float64], second: NDArray[np.float64], n: int
) -> _Masked:
    i, j = divmod(codes, n)
    turned = j * n + i
    places = np.minimum(np.searchsorted(codes, turned), len(codes) - 1)
    return _Masked(i, j, first, second, np.where(codes[places] == turned, second[places], 0.0))


def _alignment(masked: tuple[_Masked, _Masked, _Masked], kept: NDArray[np.bool_]) -> float:
    if kept.sum() < 4:
        return np.nan
    across, a, b = (_dependence(one, kept) for one in masked)
    return across / float(np.sqrt(a * b)) if min(a, b) > 0 else np.nan


def _dependence(masked: _Masked, kept: NDArray[np.bool_]) -> float:
    """Return n (n − 3) times the unbiased HSIC of the kernels of the kept objects; 0 where only rounding is left."""
    size = len(kept)
    n = int(kept.sum())
    inside = (kept[masked.i] & kept[masked.j]).astype(np.float64)
    first, second = masked.first * inside, masked.second * inside
    columns = [np.bincount(masked.j, values, size) for values in (first, second)]
    rows = [np.bincount(masked.i, values, size) for values in (first, second)]
    terms = (
        float(first @ masked.mirrored),
        float(first.sum() * second.sum() / ((n - 1) * (n - 2))),
        -float((columns[0] @ rows[1] + columns[1] @ rows[0]) / (n - 2)),
    )
    return sum(terms) if abs(sum(terms)) > TOLERANCE * sum(map(abs, terms)) else 0.0
