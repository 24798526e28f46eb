"""The scores of a pair, from two published neighbor artifacts and the matching of their objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.store import Manifest, Store
from pipelines.loading import load_column, load_keys, load_lists
from pipelines.similarity import (
    PairCurve,
    curve_of,
    distance_change,
    overlap_at_every_k,
    overlap_counts,
    rank_biased_overlap,
    tie_ranks,
)


@dataclass(frozen=True)
class _Side:
    """The neighbors of the common objects in one space, all as common rows.

    Attributes
    ----------
    neighbors, distances
        int32 and float32, shape (n, K).
    scale
        Median distance to the K-th neighbor, 1 where that is 0.
    """

    neighbors: NDArray[np.int32]
    distances: NDArray[np.float32]
    scale: float


def score_pair(
    store: Store, matching: Manifest, neighbors_a: Manifest, neighbors_b: Manifest, rbo_p: float
) -> tuple[pa.Table, PairCurve]:
    """Return the tables ``scores`` and ``curve`` of a similarity artifact.

    Parameters
    ----------
    rbo_p
        Persistence of rank-biased overlap.
    """
    a, b = (
        _load_side(store, matching, manifest, column)
        for manifest, column in ((neighbors_a, "row_a"), (neighbors_b, "row_b"))
    )
    n, depth = a.neighbors.shape
    overlap = overlap_at_every_k(a.neighbors, b.neighbors, n)
    counts = np.zeros((depth, depth + 1), np.int64)
    overlap_counts(overlap, counts)
    rank_biased = rank_biased_overlap(overlap, rbo_p)
    change = distance_change(a.neighbors, b.neighbors, a.distances, b.distances, a.scale, b.scale, n)
    columns: dict[str, Any] = {
        "common_row": np.arange(n, dtype=np.int32),
        "rank_biased_overlap": rank_biased.astype(np.float32),
        "distance_change": change,
        "tie_rank": tie_ranks(rank_biased, change, _common_keys(store, matching)),
    }
    by_k = np.ascontiguousarray(overlap.T)
    columns.update({f"overlap_{k}": by_k[k - 1] for k in range(1, depth + 1)})
    return pa.table(columns), curve_of(counts)


def _load_side(store: Store, matching: Manifest, neighbors: Manifest, column: str) -> _Side:
    rows = load_column(store, matching, "matched", column)
    # The artifact may hold more objects than the common ones only when those are all objects of the space.
    places = np.searchsorted(load_column(store, neighbors, "neighbors", "row"), rows)
    common_rows = np.full(rows.max() + 1, -1, np.int32)
    common_rows[rows] = np.arange(len(rows), dtype=np.int32)
    lists = common_rows[load_lists(store, neighbors, "neighbors", "neighbor_rows")[places]]
    distances = load_lists(store, neighbors, "neighbors", "distances")[places]
    return _Side(lists, distances, neighbors.facts["kth_distance_median"] or 1.0)


def _common_keys(store: Store, matching: Manifest) -> list[str]:
    keys = load_keys(store, store.manifest(*matching.inputs["space_a"]))
    return [keys[row] for row in load_column(store, matching, "matched", "row_a").tolist()]
