"""The health of one space: everything that one should know before comparing it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.health.dimension import two_nearest, two_nn
from pipelines.health.hubness import Hubness, hubness_of
from pipelines.health.spectrum import (
    effective_rank,
    isoscore,
    mean_cosine,
    participation_ratio,
    principal_variances,
)
from pipelines.health.vectors import Norms, count_duplicates, duplicate_groups, norms_of
from pipelines.measures import Interval, Measured, row_blocks
from pipelines.neighbors import NeighborLists


@dataclass(frozen=True)
class NeighborHealth:
    """Health of the neighborhoods of a space under one metric.

    Attributes
    ----------
    hubness
        At its own k.
    dimension, dimension_low, dimension_high
        Intrinsic dimension and its 95 % interval.
    dimension_objects
        Number of objects that the dimension rests on.
    """

    hubness: Hubness
    dimension: float
    dimension_low: float
    dimension_high: float
    dimension_objects: int


@dataclass(frozen=True)
class Health:
    """Health of one space.

    Attributes
    ----------
    n, width
        Number of objects and of dimensions.
    norms
        Of the vectors.
    duplicate_objects, duplicate_groups
        Objects that share their vector with another, and how many such vectors there are.
    mean_cosine, isoscore, effective_rank, participation_ratio
        NaN where they have no value, as for constant vectors.
    neighbors
        Metric to the health of its neighborhoods.
    """

    n: int
    width: int
    norms: Norms
    duplicate_objects: int
    duplicate_groups: int
    mean_cosine: float
    isoscore: float
    effective_rank: float
    participation_ratio: float
    neighbors: dict[str, NeighborHealth]

    def measured(self) -> list[Measured]:
        """Return every number of this record by its registered name, one row each."""
        values = {
            "norm_min": self.norms.least,
            "norm_median": self.norms.median,
            "norm_mean": self.norms.mean,
            "norm_max": self.norms.most,
            "norm_variation": self.norms.variation,
            "unit_norm_share": self.norms.unit_share,
            "zero_vectors": self.norms.zeros,
            "duplicate_objects": self.duplicate_objects,
            "duplicate_groups": self.duplicate_groups,
            "mean_cosine": self.mean_cosine,
            "isoscore": self.isoscore,
            "effective_rank": self.effective_rank,
            "participation_ratio": self.participation_ratio,
        }
        rows = [self._row(name, value) for name, value in values.items()]
        for metric, found in self.neighbors.items():
            rows += self._of_neighbors(metric, found)
        return rows

    def _of_neighbors(self, metric: str, found: NeighborHealth) -> list[Measured]:
        hubness = found.hubness
        shares = {
            "hub_skewness": hubness.skewness,
            "robin_hood": hubness.robin_hood,
            "antihub_share": hubness.antihub_share,
            "largest_hub": float(hubness.counts[0]),
        }
        interval: Interval = "none" if np.isnan(found.dimension) else "analytic"
        dimension = Measured(
            "intrinsic_dimension",
            found.dimension,
            found.dimension_low,
            found.dimension_high,
            found.dimension_objects,
            2,
            metric,
            interval,
        )
        return [*(self._row(name, value, hubness.k, metric) for name, value in shares.items()), dimension]

    def _row(self, name: str, value: float, k: int | None = None, metric: str | None = None) -> Measured:
        return Measured(name, float(value), np.nan, np.nan, self.n, k, metric, "none")


def space_health(
    vectors: NDArray[np.float32], neighbors: Mapping[str, NeighborLists], k: int = 10, top: int = 10
) -> Health:
    """Return the health of one space.

    Parameters
    ----------
    vectors
        float32, shape (n, d), n ≥ 1; read in blocks, so it may be mapped from a file.
    neighbors
        Metric to the neighbor lists of all objects; may be empty.
    k
        Neighbors that hubness counts.
    top
        Number of hubs returned.

    Raises
    ------
    ValueError
        For a number that is not finite, which ingest refuses.

    Examples
    --------
    >>> health = space_health(np.eye(3, dtype=np.float32), {})
    >>> round(health.isoscore, 6), health.duplicate_objects
    (0.5, 0)
    """
    _check_finite(vectors)
    groups = duplicate_groups(vectors)
    variances = principal_variances(vectors)
    n, width = vectors.shape
    return Health(
        n,
        width,
        norms_of(vectors),
        *count_duplicates(groups),
        mean_cosine(vectors),
        isoscore(variances),
        effective_rank(variances),
        participation_ratio(variances),
        {metric: _neighbor_health(lists, groups, metric, k, top) for metric, lists in neighbors.items()},
    )


def _neighbor_health(
    lists: NeighborLists, groups: NDArray[np.int64], metric: str, k: int, top: int
) -> NeighborHealth:
    nearest = two_nearest(lists.rows, lists.distances, groups, metric)
    return NeighborHealth(hubness_of(lists.rows, k, top), *two_nn(nearest), len(nearest))


def _check_finite(vectors: NDArray[np.float32]) -> None:
    for rows in row_blocks(*vectors.shape):
        bad = np.flatnonzero(~np.isfinite(vectors[rows]).all(axis=1))
        if len(bad):
            raise ValueError(f"row {rows.start + int(bad[0])} holds a number that is not finite")
