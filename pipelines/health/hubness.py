"""Hubs: objects that are among the neighbors of very many others, or of none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Hubness:
    """How unevenly objects occur in the neighbor lists of others.

    Attributes
    ----------
    k
        Neighbors a list that were counted.
    skewness
        Of the number of occurrences N_k; 0 where all occur equally often.
    robin_hood
        Share of all occurrences that would have to move to make them equal, 0 … 1.
    antihub_share
        Share of objects that occur in no list.
    rows, counts
        int32 and int64, shape (top,): the greatest hubs and their N_k, ties by row.
    """

    k: int
    skewness: float
    robin_hood: float
    antihub_share: float
    rows: NDArray[np.int32]
    counts: NDArray[np.int64]


def hubness_of(neighbor_rows: NDArray[np.int32], k: int = 10, top: int = 10) -> Hubness:
    """Return the hubness of a space from its neighbor lists.

    Skewness of N_k is by Radovanović et al. 2010, the Robin Hood index Σ|N_k − k| / (2 n k) by Feldbauer & Flexer
    2019.

    Parameters
    ----------
    neighbor_rows
        int32, shape (n, K), nearest first, never the object itself.
    k
        Cut to K.
    top
        Number of hubs returned, cut to n.
    """
    n = len(neighbor_rows)
    k = min(k, neighbor_rows.shape[1])
    counts = np.bincount(neighbor_rows[:, :k].ravel(), minlength=n)
    excess = counts - float(k)
    spread = np.square(excess).mean()
    greatest = np.argsort(-counts, kind="stable")[:top]
    return Hubness(
        k,
        float((excess**3).mean() / spread**1.5) if spread > 0 else 0.0,
        float(np.abs(excess).sum() / (2 * n * k)),
        float((counts == 0).mean()),
        greatest.astype(np.int32),
        counts[greatest].astype(np.int64),
    )
