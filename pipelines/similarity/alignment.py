"""Where an object went once A is rotated onto B: the cosine after orthogonal Procrustes alignment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_BLOCK = 8192
# Centring leaves the rounding of float32 where a vector equals the mean; a direction read from it means nothing.
_SHORTEST = 1e-6


@dataclass(frozen=True)
class Alignment:
    """How well the best rotation carries A onto B.

    Attributes
    ----------
    n
        Number of objects aligned: those with a direction in both spaces.
    dimensions
        Width of the aligned spaces: the larger of the two. With n near or below it, a rotation fits anything.
    fit
        Sum of the singular values of AᵀB over the product of the Frobenius norms, 0 … 1; 1 − fit² is the
        Procrustes disparity. NaN where nothing could be aligned.
    mean_cosine
        Mean over the aligned objects; NaN where there is none.
    """

    n: int
    dimensions: int
    fit: float
    mean_cosine: float


def aligned_cosine(
    vectors_a: NDArray[np.float32], vectors_b: NDArray[np.float32], centre: bool = True
) -> tuple[NDArray[np.float32], Alignment]:
    """Return the cosine of every object's vectors in A and B after the best rotation of A onto B.

    Vectors are scaled to length 1, then each space is moved to mean 0 (Artetxe, Labaka & Agirre 2016), then A is
    rotated by the orthogonal matrix that minimises ‖AQ − B‖ (Schönemann 1966; used for the history of words by
    Hamilton, Leskovec & Jurafsky 2016). The narrower space is padded with zeros.

    Parameters
    ----------
    vectors_a, vectors_b
        float32, shapes (n, d_A) and (n, d_B): vectors of the common objects.
    centre
        Whether to subtract the means: without it, a direction that all vectors share hides what changed.

    Returns
    -------
    cosines
        float32, shape (n,), −1 … 1; NaN where a vector is zero, before or after centring.
    alignment
        Facts of the alignment.
    """
    directed = _has_direction(vectors_a) & _has_direction(vectors_b)
    width = max(vectors_a.shape[1], vectors_b.shape[1])
    used, cosines = int(directed.sum()), np.full(len(vectors_a), np.nan, np.float32)
    if used == 0:
        return cosines, Alignment(0, width, float("nan"), float("nan"))
    cross, mean_a, mean_b = _cross_product(vectors_a, vectors_b, directed, width, centre)
    left, singular, right = np.linalg.svd(cross)
    rotation = left @ right
    for rows, a, b in _unit_blocks(vectors_a, vectors_b, directed, width):
        cosines[rows] = _row_cosines((a - mean_a) @ rotation, b - mean_b)
    # The squared Frobenius norms of unit vectors, per object: 1, less what the mean took away.
    left_a, left_b = (max(1.0 - float(mean @ mean), 0.0) for mean in (mean_a, mean_b))
    fit = float("nan")
    if min(left_a, left_b) > _SHORTEST**2:
        fit = min(float(singular.sum()) / (used * np.sqrt(left_a * left_b)), 1.0)
    kept = cosines[~np.isnan(cosines)]
    return cosines, Alignment(
        used, width, fit, float(kept.mean(dtype=np.float64)) if len(kept) else float("nan")
    )


def _has_direction(vectors: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(vectors.any(axis=1), np.bool_)


def _unit_blocks(
    vectors_a: NDArray[np.float32], vectors_b: NDArray[np.float32], directed: NDArray[np.bool_], width: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]]:
    directed_rows = np.flatnonzero(directed)
    for start in range(0, len(directed_rows), _BLOCK):
        rows = directed_rows[start : start + _BLOCK]
        yield rows, _unit(vectors_a[rows], width), _unit(vectors_b[rows], width)


def _unit(vectors: NDArray[np.float32], width: int) -> NDArray[np.float64]:
    unit = np.zeros((len(vectors), width))
    unit[:, : vectors.shape[1]] = vectors
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    return unit


def _cross_product(
    vectors_a: NDArray[np.float32],
    vectors_b: NDArray[np.float32],
    directed: NDArray[np.bool_],
    width: int,
    centre: bool,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return AᵀB of the unit (and centred) vectors, and the means that were subtracted."""
    cross, sum_a, sum_b = np.zeros((width, width)), np.zeros(width), np.zeros(width)
    for _, a, b in _unit_blocks(vectors_a, vectors_b, directed, width):
        cross += a.T @ b
        sum_a += a.sum(axis=0)
        sum_b += b.sum(axis=0)
    n = int(directed.sum())
    if not centre:
        return cross, np.zeros(width), np.zeros(width)
    return cross - np.outer(sum_a, sum_b / n), sum_a / n, sum_b / n


def _row_cosines(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    length_a, length_b = (np.linalg.norm(x, axis=1) for x in (a, b))
    directed = (length_a > _SHORTEST) & (length_b > _SHORTEST)
    products = np.einsum("ij,ij->i", a, b)
    cosines: NDArray[np.float64] = np.full(len(a), np.nan)
    np.divide(products, length_a * length_b, out=cosines, where=directed)
    return cosines.clip(-1.0, 1.0)
