"""The record that every whole-pair and whole-space measure returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Interval = Literal["bootstrap", "jackknife", "analytic", "none"]

Progress = Callable[[int, int], None]
"""Called with (steps done, all steps)."""


@dataclass(frozen=True)
class Measured:
    """One measured value and how sure it is.

    Attributes
    ----------
    name
        A name of `pipelines.measures.REGISTRY`.
    value
        NaN where the measure has no value, as for constant vectors.
    low, high
        The 95 % interval; NaN where it cannot be had.
    n
        Number of objects used.
    k
        Neighborhood size; None where the measure has none.
    metric
        Metric of the neighbors or distances; None where the measure uses the vectors alone.
    interval
        How the interval was made.
    """

    name: str
    value: float
    low: float
    high: float
    n: int
    k: int | None
    metric: str | None
    interval: Interval
