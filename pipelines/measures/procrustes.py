"""Orthogonal Procrustes: how well one space can be turned onto the other."""

from __future__ import annotations

import numpy as np
from scipy.linalg import svdvals

from pipelines.measures.moments import Moments

TOLERANCE = 1e-10
"""Variance below this share of the whole space's is a rounding error."""


def procrustes_similarity(moments: Moments) -> float:
    """Return ‖XᵀY‖_* of the two spaces, each centred and with Frobenius norm 1 (Schönemann 1966).

    It is the largest inner product of A with a rotated or reflected B; the squared distance that is left is
    2 − 2‖XᵀY‖_* (Ding et al. 2021). Of two widths, the smaller counts as padded with zeros.

    Returns
    -------
    float
        0 … 1; NaN for constant vectors.
    """
    sums, a, b = moments.sums, moments.a, moments.b
    s, t = sums[0, a.vectors], sums[0, b.vectors]
    variances = [sums[0, a.square] - s @ s / moments.n, sums[0, b.square] - t @ t / moments.n]
    if min(variances) <= TOLERANCE * moments.size:
        return np.nan
    centred = sums[a.vectors, b.vectors] - np.outer(s, t) / moments.n
    nuclear = svdvals(centred / np.sqrt(variances[0] * variances[1]), check_finite=False).sum()
    return float(min(nuclear, 1.0))
