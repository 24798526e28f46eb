"""How evenly a space uses its dimensions and directions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pipelines.measures import frame_of, row_blocks


def mean_cosine(vectors: NDArray[np.float32]) -> float:
    """Return the mean cosine between distinct objects, as an anisotropy (Ethayarajh 2019).

    In closed form: with s the sum of the m unit vectors, the mean is (|s|² − m) / (m (m − 1)). Zero vectors have no
    direction and are left out.

    Parameters
    ----------
    vectors
        float32, shape (n, d).

    Returns
    -------
    float
        −1 / (m − 1) … 1; NaN with fewer than two directions.
    """
    total, directions = np.zeros(vectors.shape[1]), 0
    for rows in row_blocks(*vectors.shape):
        exact = vectors[rows].astype(np.float64)
        norms = np.linalg.norm(exact, axis=1)
        total += (exact[norms > 0] / norms[norms > 0, None]).sum(axis=0)
        directions += int((norms > 0).sum())
    if directions < 2:
        return np.nan
    return min(float(total @ total - directions) / (directions * (directions - 1)), 1.0)


def principal_variances(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the variances along the principal axes of the centred space, up to a common factor.

    Parameters
    ----------
    vectors
        float32, shape (n, d).

    Returns
    -------
    float64, shape (d,)
        Ascending, with sum 1, rounding errors set to 0; all 0 for constant vectors.
    """
    width = vectors.shape[1]
    frame = frame_of(vectors)
    covariance = np.zeros((width, width))
    if frame.scale == 0:
        return np.zeros(width)
    for rows in row_blocks(*vectors.shape):
        centred = frame.apply(vectors[rows])
        covariance += centred.T @ centred
    variances = np.linalg.eigvalsh(covariance)
    variances[variances < width * np.finfo(np.float64).eps * variances[-1]] = 0
    shares: NDArray[np.float64] = variances / variances.sum()
    return shares


def isoscore(variances: NDArray[np.float64]) -> float:
    """Return the IsoScore (Rudman et al. 2022, algorithm 1): how evenly the variance spreads over the dimensions.

    Parameters
    ----------
    variances
        float64, shape (d,): from `principal_variances`.

    Returns
    -------
    float
        0 (one direction) … 1 (all alike); NaN for one dimension and for constant vectors.
    """
    d = len(variances)
    if d < 2 or not variances.any():
        return np.nan
    normalised = variances * np.sqrt(d) / np.linalg.norm(variances)
    defect = np.linalg.norm(normalised - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    used = (d - defect**2 * (d - np.sqrt(d))) ** 2 / d**2
    return float(np.clip((d * used - 1) / (d - 1), 0.0, 1.0))


def effective_rank(variances: NDArray[np.float64]) -> float:
    """Return the effective rank (Roy & Vetterli 2007): exp of the entropy of the singular values with sum 1.

    Parameters
    ----------
    variances
        float64, shape (d,): from `principal_variances`, the squares of the singular values of the centred space.

    Returns
    -------
    float
        1 … d; NaN for constant vectors.
    """
    singular = np.sqrt(variances[variances > 0])
    if not len(singular):
        return np.nan
    shares = singular / singular.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def participation_ratio(variances: NDArray[np.float64]) -> float:
    """Return (Σλ)² / Σλ², the number of dimensions that carry the variance: 1 … d; NaN for constant vectors.

    Parameters
    ----------
    variances
        float64, shape (d,): from `principal_variances`.

    Examples
    --------
    >>> participation_ratio(np.array([0.25, 0.25, 0.25, 0.25]))
    4.0
    """
    return float(variances.sum() ** 2 / np.square(variances).sum()) if variances.any() else np.nan
