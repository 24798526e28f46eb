"""The record that every engine returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.neighbors.sweep import COSINE, EUCLIDEAN

METRICS = {"cosine": COSINE, "euclidean": EUCLIDEAN}
"""Metric name to the code that the compiled functions know it by."""

Progress = Callable[[int, int], None]
"""Called with (steps done, all steps)."""


@dataclass(frozen=True)
class NeighborLists:
    """The k nearest other objects of n objects, nearest first, ties by row.

    Attributes
    ----------
    rows
        int32, shape (n, k): never the object itself.
    distances
        float32, shape (n, k): cosine 1 − cos in [0, 2], euclidean ≥ 0.
    """

    rows: NDArray[np.int32]
    distances: NDArray[np.float32]


def check_search(n: int, k: int, metrics: list[str]) -> None:
    """Raise ValueError on an unknown metric, or k outside 1 … n − 1."""
    for metric in metrics:
        if metric not in METRICS:
            raise ValueError(f"unknown metric {metric!r}: choose one of {', '.join(METRICS)}")
    if not 1 <= k <= n - 1:
        raise ValueError(f"k = {k} is outside 1 … n − 1 = {n - 1}")
