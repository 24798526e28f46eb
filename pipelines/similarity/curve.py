"""The whole pair at every k, from counts alone: how many objects have which overlap."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from pipelines.similarity.chance import Others, chance_jaccard, overlap_chances
from pipelines.similarity.scores import chance_adjusted, jaccard


@dataclass(frozen=True)
class PairCurve:
    """Scores of a pair at k = 1 … K; every array has shape (K,).

    Attributes
    ----------
    k
        int32: 1 … K.
    overlap_mean, jaccard_mean, jaccard_median
        float64: over the common objects.
    jaccard_chance
        float64: expected Jaccard similarity of unrelated spaces.
    chance_adjusted
        float64: mean R_NX; NaN where k = n − 1.
    """

    k: NDArray[np.int32]
    overlap_mean: NDArray[np.float64]
    jaccard_mean: NDArray[np.float64]
    jaccard_median: NDArray[np.float64]
    jaccard_chance: NDArray[np.float64]
    chance_adjusted: NDArray[np.float64]

    def at(self, k: int) -> dict[str, float | None]:
        """Return the scores at one k, None for NaN; JSON-ready."""
        scores = {name: float(values[k - 1]) for name, values in vars(self).items()}
        return {name: None if np.isnan(value) else value for name, value in scores.items()} | {"k": k}


@numba.njit(nogil=True, cache=True)
def overlap_counts(overlap: NDArray[np.uint16], counts: NDArray[np.int64]) -> None:
    """Add to `counts` (int64, shape (K, K + 1)) how many objects have overlap c at k, in ``counts[k - 1, c]``."""
    for i in range(overlap.shape[0]):
        for j in range(overlap.shape[1]):
            counts[j, overlap[i, j]] += 1


def curve_of(counts: NDArray[np.int64], others: Others | None = None) -> PairCurve:
    """Return the curve of a pair from its `overlap_counts` over all n common objects.

    Parameters
    ----------
    others
        Where each space was searched for itself; None: among the common objects.
    """
    depth = len(counts)
    n = int(counts[0].sum())
    ks = np.arange(1, depth + 1)
    overlap = np.arange(depth + 1, dtype=np.float64)
    means = counts @ overlap / n
    similarity = [jaccard(overlap[: k + 1], k) for k in ks]
    return PairCurve(
        ks.astype(np.int32),
        means,
        np.array([counts[k - 1, : k + 1] @ similarity[k - 1] / n for k in ks]),
        np.array([_median(similarity[k - 1], counts[k - 1, : k + 1]) for k in ks]),
        np.array(
            [
                overlap_chances(int(k), others) @ similarity[k - 1] if others else chance_jaccard(int(k), n)
                for k in ks
            ]
        ),
        np.array([float(chance_adjusted(means[k - 1], int(k), n, others)) for k in ks]),
    )


def _median(values: NDArray[np.float64], counts: NDArray[np.int64]) -> float:
    below = np.cumsum(counts)
    n = below[-1]
    low, high = (values[np.searchsorted(below, place, side="right")] for place in ((n - 1) // 2, n // 2))
    return float(0.5 * (low + high))
