"""What every artifact of a pair is computed from: both spaces, their common objects, and the neighbors among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from artifacts.names import PairKey
from artifacts.store import Manifest, Store
from pipelines.loading import load_column, load_keys, load_lists, load_vectors
from pipelines.steps.matching import match
from pipelines.steps.neighbors import neighbor_artifacts
from pipelines.workspace import Artifact, Workspace

Side = Literal["a", "b"]


@dataclass(frozen=True)
class MatchedPair:
    """The published artifacts that a comparison starts from.

    Attributes
    ----------
    spaces
        A and B.
    neighbors
        Metric to the neighbors of the common objects in A and in B.
    """

    key: PairKey
    spaces: tuple[Artifact, Artifact]
    matching: Artifact
    neighbors: Mapping[str, tuple[Artifact, Artifact]]


@dataclass(frozen=True)
class CommonLists:
    """The neighbors of the n common objects in one space, all as common rows.

    Attributes
    ----------
    rows, distances
        int32 and float32, shape (n, K).
    scale
        Median distance to the K-th neighbor, 1 where that is 0.
    """

    rows: NDArray[np.int32]
    distances: NDArray[np.float32]
    scale: float


def matched_pair(work: Workspace, pair: PairKey) -> MatchedPair:
    """Publish the matching of two published spaces, and the neighbors of their common objects.

    Raises
    ------
    pipelines.errors.ComparisonError
        Fewer than two common objects.
    """
    matching = match(work, pair)
    metrics = work.project.dataset(pair.dataset).neighbors.metric
    a, b = (work.published("space", space.path) for space in pair.spaces)
    lists_a, lists_b = (
        neighbor_artifacts(work, key, space, matching, metrics)
        for key, space in zip(pair.spaces, (a, b), strict=True)
    )
    return MatchedPair(
        pair, (a, b), matching, dict(zip(metrics, zip(lists_a, lists_b, strict=True), strict=True))
    )


def load_common_lists(store: Store, pair: MatchedPair, metric: str) -> tuple[CommonLists, CommonLists]:
    """Return the neighbors of the common objects in A and in B."""
    a, b = pair.neighbors[metric]
    matching = pair.matching.manifest
    return _common_lists(store, matching, a.manifest, "a"), _common_lists(store, matching, b.manifest, "b")


def load_common_vectors(store: Store, pair: MatchedPair) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the vectors of the common objects in A and in B; float32, shapes (n, d_A) and (n, d_B)."""
    a, b = pair.spaces
    matching = pair.matching.manifest
    return _common_vectors(store, matching, a.manifest, "a"), _common_vectors(
        store, matching, b.manifest, "b"
    )


def load_common_keys(store: Store, pair: MatchedPair) -> list[str]:
    """Return the keys of the common objects."""
    keys = load_keys(store, pair.spaces[0].manifest)
    return [keys[row] for row in load_column(store, pair.matching.manifest, "matched", "row_a").tolist()]


def _common_lists(store: Store, matching: Manifest, neighbors: Manifest, side: Side) -> CommonLists:
    rows = load_column(store, matching, "matched", f"row_{side}")
    # The artifact may hold more objects than the common ones only when those are all objects of the space.
    places = np.searchsorted(load_column(store, neighbors, "neighbors", "row"), rows)
    common_rows = np.full(rows.max() + 1, -1, np.int32)
    common_rows[rows] = np.arange(len(rows), dtype=np.int32)
    lists = common_rows[load_lists(store, neighbors, "neighbors", "neighbor_rows")[places]]
    distances = load_lists(store, neighbors, "neighbors", "distances")[places]
    return CommonLists(lists, distances, neighbors.facts["kth_distance_median"] or 1.0)


def _common_vectors(store: Store, matching: Manifest, space: Manifest, side: Side) -> NDArray[np.float32]:
    vectors, rows = load_vectors(store, space), load_column(store, matching, "matched", f"row_{side}")
    return vectors if np.array_equal(rows, np.arange(len(vectors))) else vectors[rows]
