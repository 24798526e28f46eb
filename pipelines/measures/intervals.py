"""95 % intervals from replicates."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

TAIL = 0.025
"""Probability beyond each end of an interval."""

GROUPS = 20
"""Groups of objects that the jackknife leaves out in turn."""


def group_count(n: int) -> int:
    """Return the number of groups for n objects; group g holds every groups-th object, from g on."""
    return min(GROUPS, n)


def jackknife_error(without: NDArray[np.float64]) -> float:
    """Return the standard error of a measure from its values without each group of objects."""
    groups = len(without)
    return float(np.sqrt((groups - 1) / groups * np.square(without - without.mean()).sum()))


def jackknife_interval(
    value: float, without: Iterable[float], bounds: tuple[float, float]
) -> tuple[float, float]:
    """Return the delete-group jackknife interval (Shao & Tu 1995, *The Jackknife and Bootstrap*).

    Parameters
    ----------
    value
        The measure on all objects.
    without
        The measure without each group of objects.
    bounds
        The range of the measure, which cuts the interval.

    Returns
    -------
    tuple of float
        NaN where the measure has no value without some group.
    """
    replicates = np.fromiter(without, np.float64)
    if len(replicates) < 2:
        return np.nan, np.nan
    reach = float(t.ppf(1 - TAIL, len(replicates) - 1)) * jackknife_error(replicates)
    low, high = np.clip([value - reach, value + reach], *bounds).tolist()
    return low, high


def percentile_interval(replicates: NDArray[np.float64]) -> tuple[float, float]:
    """Return the percentile interval of bootstrap replicates (Efron & Tibshirani 1993, ch. 13)."""
    low, high = np.quantile(replicates, [TAIL, 1 - TAIL]).tolist()
    return low, high
