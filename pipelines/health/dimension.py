"""The intrinsic dimension of a space, from the two nearest neighbors of every object."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

DISCARDED = 0.1
"""Share of the largest ratios that the paper leaves out, as they lie where density varies."""

TAIL = 0.025


def two_nearest(
    neighbor_rows: NDArray[np.int32], distances: NDArray[np.float32], groups: NDArray[np.int64], metric: str
) -> NDArray[np.float64]:
    """Return the distances to the two nearest objects of every distinct vector.

    Parameters
    ----------
    neighbor_rows, distances
        int32 and float32, shape (n, K), nearest first.
    groups
        int64, shape (n,): first row with the same vector; of duplicates only that row counts.
    metric
        Cosine distances c become chords √(2c), as the estimate needs lengths.

    Returns
    -------
    float64, shape (m, 2)
        Ascending and positive; objects whose list holds fewer than two are left out.
    """
    distinct = groups == np.arange(len(groups))
    rows = neighbor_rows[distinct]
    usable = distinct[rows] & (distances[distinct] > 0)
    place = np.cumsum(usable, axis=1)
    enough = place[:, -1] >= 2
    found = np.column_stack([(place >= rank).argmax(axis=1) for rank in (1, 2)])
    lengths = np.take_along_axis(distances[distinct], found, axis=1)[enough].astype(np.float64)
    return np.sqrt(2 * lengths) if metric == "cosine" else lengths


def two_nn(nearest: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return the TwoNN intrinsic dimension (Facco et al. 2017) and its 95 % interval.

    The logarithm of the ratio of the two distances is exponential with rate d. As in the paper the largest tenth of
    the ratios is discarded; the fit is by maximum likelihood for a sample cut at its r-th smallest value, as its
    interval is exact: 2 d T ~ χ²(2r) for T = Σ of the r smallest + (m − r) times the r-th. Objects count as
    independent.

    Parameters
    ----------
    nearest
        float64, shape (m, 2): positive distances to the nearest and the second nearest object.

    Returns
    -------
    tuple of float
        Estimate (r − 1) / T, low, high; NaN for fewer than three objects and where all ratios are 1.
    """
    m = len(nearest)
    kept = int(np.ceil((1 - DISCARDED) * m))
    if kept < 3:
        return np.nan, np.nan, np.nan
    ratios = np.sort(np.log(nearest[:, 1]) - np.log(nearest[:, 0]))
    total = float(ratios[:kept].sum() + (m - kept) * ratios[kept - 1])
    if total <= 0:
        return np.nan, np.nan, np.nan
    low, high = (chi2.ppf([TAIL, 1 - TAIL], 2 * kept) / (2 * total)).tolist()
    return (kept - 1) / total, low, high
