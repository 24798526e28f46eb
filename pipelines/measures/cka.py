"""Debiased linear CKA from sums over objects, without a matrix of n × n."""

from __future__ import annotations

import numpy as np

from pipelines.measures.moments import Moments, Side

TOLERANCE = 1e-10
"""A dependence of a space on itself below this share of its largest possible value is a rounding error."""


def debiased_cka(moments: Moments) -> float:
    """Return the debiased linear centred kernel alignment of two spaces.

    HSIC(A, B) / √(HSIC(A, A) HSIC(B, B)) (Kornblith et al. 2019), each the unbiased estimator of Song et al. 2012
    with linear kernels. Unlike the biased one, it is 0 in expectation for independent spaces of any width.

    Returns
    -------
    float
        1 for spaces equal up to rotation, scale and translation; slightly below 0 is possible. NaN with fewer than
        four objects, and where no variance is left once one object is taken out, as in constant vectors.
    """
    if moments.n < 4:
        return np.nan
    itself = [_dependence(moments, side, side) for side in (moments.a, moments.b)]
    if min(itself) <= TOLERANCE * moments.size**2:
        return np.nan
    return float(_dependence(moments, moments.a, moments.b) / np.sqrt(itself[0] * itself[1]))


def _dependence(moments: Moments, one: Side, two: Side) -> float:
    """Return n (n − 3) times the unbiased HSIC (Song et al. 2012, eq. 5).

    With K the matrix of x·x′ and L that of y·y′, both with zero diagonal, s and t the sums of x and y, and C = Σ x yᵀ,
    it is tr(KL) + 1ᵀK1 1ᵀL1 / ((n − 1)(n − 2)) − 2 · 1ᵀKL1 / (n − 2), where row i of K sums to x·s − |x|².
    """
    sums, n = moments.sums, moments.n
    cross = sums[one.vectors, two.vectors]
    s, t = sums[0, one.vectors], sums[0, two.vectors]
    squares = sums[one.square, two.square]
    trace = np.square(cross).sum() - squares
    totals = (s @ s - sums[0, one.square]) * (t @ t - sums[0, two.square])
    between = s @ cross @ t - s @ sums[one.vectors, two.square] - sums[one.square, two.vectors] @ t + squares
    return float(trace + totals / ((n - 1) * (n - 2)) - 2 * between / (n - 2))
