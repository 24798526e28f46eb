"""What the dominoes can be sorted by, in words: names, titles of the two columns, values."""

from __future__ import annotations

import math
from dataclasses import dataclass

from artifacts.answers import Scale
from artifacts.queries import METADATA, SIMILARITY

_NAMES = {
    SIMILARITY: "similarity",
    "rank_biased_overlap": "rank-biased overlap",
    "average_overlap": "average overlap",
    "rank_displacement": "rank displacement",
    "distance_change": "distance change",
    "second_order_cosine": "second-order cosine",
    "aligned_cosine": "aligned cosine",
    "p_value": "p-value",
    "noise_quantile": "noise quantile",
}


@dataclass(frozen=True)
class Titles:
    """The words above the two columns: the emphasised one of each, and what follows it."""

    low: str
    high: str
    what: str


def sort_name(by: str) -> str:
    """Return what one sorts by, in words; a metadata column is called as the checkpoint calls it.

    Examples
    --------
    >>> sort_name("metadata:part of speech")
    'part of speech'
    """
    return by.removeprefix(METADATA) if by.startswith(METADATA) else _NAMES.get(by, by.replace("_", " "))


def titles(by: str, scale: Scale | None) -> Titles:
    """Return the titles of the columns for an order."""
    if by == SIMILARITY:
        return Titles("Least", "Most", "similar objects")
    if scale and scale.names:
        return Titles("First", "Last", sort_name(by))
    return Titles("Lowest", "Highest", sort_name(by))


def value_text(value: float, scale: Scale) -> str:
    """Return a value that is sorted by, short enough for the head of a domino.

    Examples
    --------
    >>> import numpy as np
    >>> [value_text(value, Scale(np.empty(0), ())) for value in (0.31415, 1234567.0, 2e-9, 7.0, math.nan)]
    ['0.314', '1.23e+06', '2e-09', '7', 'none']
    """
    if math.isnan(value):
        return "none"
    return scale.names[int(value)] if scale.names else f"{value:.3g}"
