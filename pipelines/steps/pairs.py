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
from pipelines.similarity import Others
from pipelines.steps.matching import match
from pipelines.steps.neighbors import Among, neighbor_artifacts
from pipelines.workspace import Artifact, Workspace

Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")


@dataclass(frozen=True)
class MatchedPair:
    """The published artifacts that a comparison starts from.

    Attributes
    ----------
    spaces
        A and B.
    neighbors
        Metric to the neighbors of the common objects in A and in B.
    own
        Whether they were searched among each space's own objects.
    """

    key: PairKey
    spaces: tuple[Artifact, Artifact]
    matching: Artifact
    neighbors: Mapping[str, tuple[Artifact, Artifact]]
    own: bool

    @property
    def others(self) -> Others | None:
        """How many others an object's neighbors come from; None: the other common objects in both spaces."""
        facts = self.matching.manifest.facts
        common, only_a, only_b = facts["common"] - 1, facts["a"]["only"], facts["b"]["only"]
        return Others(common, common + only_a, common + only_b) if self.own and only_a + only_b else None


@dataclass(frozen=True)
class CommonLists:
    """The neighbors of the n common objects in one space, all as common rows.

    Attributes
    ----------
    rows, distances
        int32 and float32, shape (n, K).
    objects
        n; where own objects are searched, n + the unmatched ones: those are numbered from n on, in the order of the
        table ``unmatched``, so that they are never in common.
    scale
        Median distance to the K-th neighbor, 1 where that is 0.
    """

    rows: NDArray[np.int32]
    distances: NDArray[np.float32]
    objects: int
    scale: float


def matched_pair(work: Workspace, pair: PairKey) -> MatchedPair:
    """Publish the matching of two published spaces, and the neighbors of their common objects.

    Raises
    ------
    pipelines.errors.ComparisonError
        Fewer than two common objects.
    """
    matching = match(work, pair)
    config = work.project.dataset(pair.dataset).neighbors
    own = config.searched == "own"
    a, b = (work.published("space", space.path) for space in pair.spaces)
    lists_a, lists_b = (
        neighbor_artifacts(work, key, space, Among(matching.manifest, side, own), config.metric)
        for key, space, side in zip(pair.spaces, (a, b), SIDES, strict=True)
    )
    both = zip(lists_a, lists_b, strict=True)
    by_metric: dict[str, tuple[Artifact, Artifact]] = dict(zip(config.metric, both, strict=True))
    return MatchedPair(pair, (a, b), matching, by_metric, own)


def load_common_lists(store: Store, pair: MatchedPair, metric: str) -> tuple[CommonLists, CommonLists]:
    """Return the neighbors of the common objects in A and in B."""
    a, b = pair.neighbors[metric]
    depth = min(one.manifest.parameters["k"] for one in (a, b))
    return (
        _common_lists(store, pair, a.manifest, "a", depth),
        _common_lists(store, pair, b.manifest, "b", depth),
    )


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


def _common_lists(
    store: Store, pair: MatchedPair, neighbors: Manifest, side: Side, depth: int
) -> CommonLists:
    matching = pair.matching.manifest
    rows = load_column(store, matching, "matched", f"row_{side}")
    places = np.searchsorted(load_column(store, neighbors, "neighbors", "row"), rows)
    numbers, objects = _numbered(store, matching, rows, side, pair.own)
    lists = numbers[load_lists(store, neighbors, "neighbors", "neighbor_rows")[places, :depth]]
    distances = load_lists(store, neighbors, "neighbors", "distances")[places, :depth]
    whole = depth == neighbors.parameters["k"]
    scale = neighbors.facts["kth_distance_median"] if whole else float(np.median(distances[:, -1]))
    return CommonLists(lists, np.ascontiguousarray(distances), objects, scale or 1.0)


def _numbered(
    store: Store, matching: Manifest, rows: NDArray[np.int32], side: Side, own: bool
) -> tuple[NDArray[np.int32], int]:
    """Return the number of every row of a space in the pair, and how many numbers there are."""
    numbers = np.full(matching.facts[side]["objects"], -1, np.int32)
    numbers[rows] = np.arange(len(rows), dtype=np.int32)
    if not own:
        return numbers, len(rows)
    others = store.read_table(matching, "unmatched", ["side", "row"])
    places = np.flatnonzero(others["side"].to_numpy() == side)
    numbers[others["row"].to_numpy()[places]] = len(rows) + places
    return numbers, len(rows) + len(others)


def _common_vectors(store: Store, matching: Manifest, space: Manifest, side: Side) -> NDArray[np.float32]:
    vectors, rows = load_vectors(store, space), load_column(store, matching, "matched", f"row_{side}")
    return vectors if np.array_equal(rows, np.arange(len(vectors))) else vectors[rows]
