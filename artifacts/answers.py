"""What the named questions answer: records of arrays that belong together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Extremes:
    """The two ends of the ranking of objects.

    Attributes
    ----------
    least, most
        int32, shape (m,): common rows, least similar first and most similar first.
    tied_least, tied_most
        How many objects have the overlap of the first one of that list.
    """

    least: NDArray[np.int32]
    most: NDArray[np.int32]
    tied_least: int
    tied_most: int


@dataclass(frozen=True)
class Neighborhoods:
    """The neighbors of m objects in both spaces, nearest first, as common rows.

    Where each space's own objects are searched, numbers from n on are objects that the other space lacks.

    Attributes
    ----------
    neighbors_a, neighbors_b
        int32, shape (m, k).
    common_a, common_b
        bool, shape (m, k): whether the neighbor is also among the first k in the other space.
    ranks_a, ranks_b
        int16, shape (m, k): the rank, 1 … K, of the neighbor in the *other* space; 0 where it is beyond K.
    distances_a, distances_b
        float32, shape (m, k): how far the neighbor is.
    across_a, across_b
        float32, shape (m, k): how far the neighbor is in the *other* space; NaN where it is beyond K.
    overlaps
        uint16, shape (m, K): the overlap c(k) of the object at every k from 1 to K.
    """

    neighbors_a: NDArray[np.int32]
    neighbors_b: NDArray[np.int32]
    common_a: NDArray[np.bool_]
    common_b: NDArray[np.bool_]
    ranks_a: NDArray[np.int16]
    ranks_b: NDArray[np.int16]
    distances_a: NDArray[np.float32]
    distances_b: NDArray[np.float32]
    across_a: NDArray[np.float32]
    across_b: NDArray[np.float32]
    overlaps: NDArray[np.uint16]


@dataclass(frozen=True)
class Scale:
    """A number for every object that objects can be sorted by.

    Attributes
    ----------
    values
        float64, shape (n,); NaN where an object has none.
    names
        The texts whose places in this tuple the values are; empty where the values are numbers themselves.
    """

    values: NDArray[np.float64]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Quantity:
    """Something known of every common object that a map can be coloured by.

    Attributes
    ----------
    a, b
        float32, shape (n,), NaN where it is not known: as the map of A shows it and as that of B does. The same array
        unless it is about the maps themselves.
    names
        The texts whose places in this tuple the values are; empty where the values are numbers themselves.
    low, high
        Ends of the scale of numbers; for texts 0 and the number of names − 1.
    """

    a: NDArray[np.float32]
    b: NDArray[np.float32]
    names: tuple[str, ...]
    low: float
    high: float


@dataclass(frozen=True)
class End:
    """Objects at one end of an order.

    Attributes
    ----------
    rows
        int32, shape (m,): common rows in order.
    values
        float64, shape (m,): what they are sorted by.
    ties
        int32, shape (m,): how many objects of the order have the same value.
    """

    rows: NDArray[np.int32]
    values: NDArray[np.float64]
    ties: NDArray[np.int32]


@dataclass(frozen=True)
class Ranked:
    """A page of both ends of an order of `total` objects."""

    low: End
    high: End
    total: int


@dataclass(frozen=True)
class Curve:
    """Scores of the whole pair at k = 1 … K; float64 arrays of shape (K,)."""

    overlap_mean: NDArray[np.float64]
    jaccard_mean: NDArray[np.float64]
    jaccard_median: NDArray[np.float64]
    jaccard_chance: NDArray[np.float64]
    chance_adjusted: NDArray[np.float64]


@dataclass(frozen=True)
class Measure:
    """One measured value of a pair or of a space, as `artifacts.schemas` describes it."""

    name: str
    metric: str | None
    k: int | None
    value: float
    low: float
    high: float
    n: int
    interval: str


@dataclass(frozen=True)
class Noise:
    """How the change of a pair compares with the differences between runs of the same model, at one k.

    Attributes
    ----------
    k
        Neighbors compared.
    quantiles
        float64, shape (n,): how often noise alone leaves an object as little overlap; NaN where that is not known.
    changed
        bool, shape (n,): whether an object changed more than noise explains.
    similarity, replicate_mean
        Mean Jaccard similarity of the pair, and of the pairs of replicates.
    noise_ratio
        (1 − similarity) / (1 − replicate_mean): 1 is a change like that between two runs.
    """

    k: int
    quantiles: NDArray[np.float64]
    changed: NDArray[np.bool_]
    similarity: float
    replicate_mean: float
    noise_ratio: float


@dataclass(frozen=True)
class Group:
    """Objects that moved together.

    Attributes
    ----------
    members
        int32, shape (m,): common rows, the most central first.
    coherence
        0 … 1: 1 where all lost the same and gained the same neighbors.
    lost, gained
        Common rows of the neighbors that most members lost or gained, and the share of the members that did.
    traits
        Metadata that tells them from all other objects: column, value (None where the column is numeric), share or
        median inside and outside, p-value.
    """

    members: NDArray[np.int32]
    coherence: float
    lost: list[tuple[int, float]]
    gained: list[tuple[int, float]]
    traits: list[tuple[str, str | None, float, float, float]]


@dataclass(frozen=True)
class Headline:
    """One published pair of a dataset and its scores at one k.

    Attributes
    ----------
    a, b
        The versions.
    scores
        Metric to the scores of the whole pair: k, jaccard_mean, chance_adjusted and more; null ones are left out.
    """

    a: str
    b: str
    scores: dict[str, dict[str, float]]
