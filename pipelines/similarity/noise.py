"""The noise floor: is an object's overlap lower than what two runs of the same model would give."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.similarity.noise_floor import check_replicates
from pipelines.similarity.significance import benjamini_hochberg

RunPair = tuple[str, str]
"""The two runs (spaces) that an overlap compares."""

Slot = tuple[int, list[int]]
"""A row of the stacked overlaps, and the rows that predict it; row 0 is the pair under test."""

_PER_BIN = 300
_BINS = 50
_LEAST_SPREAD = 1.0
# From the 10 % point of a normal distribution to its median, in standard deviations.
_NORMAL_DECILE = 1.2815515655446004


def noise_p_values(
    overlap: NDArray[np.uint16],
    replicate_overlap: NDArray[np.uint16],
    *,
    pair: RunPair | None = None,
    replicate_pairs: Sequence[RunPair] | None = None,
) -> NDArray[np.float64]:
    """Return how often an object's overlap would be this low if the pair were one more pair of replicates.

    An overlap is predicted by the mean over the replicate pairs, and its residual is measured in units of the spread
    that residuals have at that level of prediction (a lower quantile, smooth in the level): stable and unstable
    objects become comparable. The same residuals are taken for overlaps that are known to be noise, each predicted
    from others, and the p-value is the rank of the tested residual among them (conformal prediction: Vovk, Gammerman
    & Shafer 2005; residuals in units of local spread: Lei et al. 2018). So the noise of the prediction is inside both,
    no distribution is assumed, and one pair of replicates is enough.

    What is assumed, with the names of the runs (`pair` and `replicate_pairs`): that under the null every run is
    exchangeable with every other. Pairs that share a run vary together; each noise overlap is therefore predicted
    only from pairs that leave out the runs that the replicates do not share with the tested pair either (leave one
    run out, or two). Fewer pairs predict it than predict the tested overlap, which errs on the safe side. Too few
    runs for that: tested and replicate overlap change roles, so that overlaps *higher* than their prediction show
    how low noise goes; exact for one replicate pair.

    Without the names: that the tested pair and the replicate pairs are exchangeable, which holds for independent
    pairs and for one pair of a set of replicates tested against all others. When the tested pair brings a new run,
    p-values without names are too small where whole runs differ.

    The guarantee is marginal: under the null, at most a share α of the objects has p ≤ α, on average over runs; what
    one run does to all objects alike moves all their p-values together. Objects that are much
    noisier than others of the same level are flagged more often than that, less noisy ones less often. A rank resolves
    no more than 1 / (1 + m): at a false discovery rate of 5 % some 20 / (overlaps per object) objects must stand out
    before any is chosen.

    Parameters
    ----------
    overlap
        uint16, shape (n,): c(k) of the pair under test.
    replicate_overlap
        uint16, shape (r, n): c(k) of the same objects in r ≥ 1 pairs of replicates, at the same k.
    pair, replicate_pairs
        Names of the two runs of the tested pair and of each replicate pair; both or neither.

    Returns
    -------
    float64, shape (n,)
        1 / (1 + m) … 1, where m = n × (noise overlaps per object).

    Raises
    ------
    ValueError
        If there is no pair of replicates, the shapes differ, or only one of the names is given.
    """
    check_replicates(replicate_overlap, overlap.shape)
    stacked = np.vstack([overlap, replicate_overlap]).astype(np.float64)
    slots = noise_slots(len(replicate_overlap), pair, replicate_pairs)
    expected = np.concatenate([stacked[rows].mean(axis=0) for _, rows in slots])
    residual = np.concatenate([stacked[row] for row, _ in slots]) - expected
    levels, location, spread = _trend(expected, residual)

    def standardised(level: NDArray[np.float64], value: NDArray[np.float64]) -> NDArray[np.float64]:
        # Counts tie often; rounding must not tell them apart.
        return np.round((value - np.interp(level, levels, location)) / np.interp(level, levels, spread), 9)

    tested = stacked[1:].mean(axis=0)
    noise = np.sort(standardised(expected, residual))
    as_low = np.searchsorted(noise, standardised(tested, stacked[0] - tested), side="right")
    return np.asarray((1 + as_low) / (1 + len(noise)), np.float64)


def noise_slots(
    replicates: int, pair: RunPair | None = None, replicate_pairs: Sequence[RunPair] | None = None
) -> list[Slot]:
    """Return which overlaps serve as noise, and which predict each of them.

    Examples
    --------
    >>> noise_slots(2)
    [(1, [0, 2]), (2, [0, 1])]
    >>> noise_slots(3, ("c", "new"), [("a", "b"), ("a", "c"), ("b", "c")])[:2]
    [(1, [3]), (1, [2])]
    """
    if pair is None and replicate_pairs is None:
        return _each_from_all_others(replicates)
    if pair is None or replicate_pairs is None or len(replicate_pairs) != replicates:
        raise ValueError("name the runs of the tested pair and of every pair of replicates, or none of them")
    known = {run for names in replicate_pairs for run in names}
    new = sum(run not in known for run in pair)
    if new == 0:
        return _each_from_all_others(replicates)
    slots = []
    for row, names in enumerate(replicate_pairs, 1):
        for held_out in [{names[0]}, {names[1]}] if new == 1 else [set(names)]:
            others = [i for i, other in enumerate(replicate_pairs, 1) if not held_out & set(other)]
            slots += [(row, others)] if others else []
    return slots or [(row, [0]) for row in range(1, replicates + 1)]


def changed_beyond_noise(p: NDArray[np.float64], level: float = 0.05) -> NDArray[np.bool_]:
    """Choose the objects that changed more than noise explains, at most a share `level` of them wrongly.

    Parameters
    ----------
    p
        float64, shape (n,): from `noise_p_values`.
    level
        Bound on the false discovery rate, 0 … 1 (`benjamini_hochberg`).
    """
    return benjamini_hochberg(p, level)


def _each_from_all_others(replicates: int) -> list[Slot]:
    return [(row, [i for i in range(replicates + 1) if i != row]) for row in range(1, replicates + 1)]


def _trend(
    level: NDArray[np.float64], residual: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return, for increasing levels, the median of the residuals there and their spread to the lower side."""
    count = min(max(len(level) // _PER_BIN, 1), _BINS)
    edges = np.unique(np.quantile(level, np.arange(1, count) / count)) if count > 1 else np.empty(0)
    bins = np.searchsorted(edges, level, side="right")
    order = np.argsort(bins, kind="stable")
    groups = [rows for rows in np.split(order, np.cumsum(np.bincount(bins))[:-1]) if len(rows)]
    quantiles = np.array([np.quantile(residual[rows], [0.1, 0.5]) for rows in groups])
    # Neighbors are counted whole: a fall below one count is no fall.
    spread = np.maximum((quantiles[:, 1] - quantiles[:, 0]) / _NORMAL_DECILE, _LEAST_SPREAD)
    return np.array([level[rows].mean() for rows in groups]), quantiles[:, 1], spread
