"""Objects that moved together: the groups of a pair under one metric, and what is special about each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from artifacts.publication import Publication
from artifacts.store import Store
from pipelines.groups import Description, Group, describe_groups, find_groups
from pipelines.loading import load_column, load_common_metadata
from pipelines.steps.pairs import MatchedPair, load_common_lists
from pipelines.steps.recipes import recipe
from pipelines.steps.similarity import HEADLINE_K
from pipelines.workspace import Artifact, Workspace

SEED = 0
CLASSES = 30
"""Whole numbers with at most so many different values are taken for classes."""


def groups_artifact(work: Workspace, pair: MatchedPair, metric: str, noise: Artifact | None) -> Artifact:
    """Publish the groups of objects that lost and gained the same neighbors.

    Parameters
    ----------
    noise
        Which objects changed more than noise: the only ones that are grouped. None: all that changed at all, and
        near objects that jitter alike are groups as well.
    """

    def compute(publication: Publication) -> None:
        progress = work.report(f"groups {pair.key} {metric}")
        a, b = (lists.rows for lists in load_common_lists(work.store, pair, metric))
        k = min(HEADLINE_K, a.shape[1])
        changed = load_column(work.store, noise.manifest, "noise", "changed_beyond_noise") if noise else None
        groups = find_groups(a, b, k, changed, seed=SEED)
        described = describe_groups([group.rows for group in groups], _metadata(work.store, pair))
        publication.write("groups", _summary(groups))
        publication.write("members", _members(groups))
        publication.write("neighbors", _neighbors(groups))
        publication.write("traits", _traits(described))
        publication.facts.update(objects=len(a), k=k, groups=len(groups))
        progress(1, 1)

    a, b = pair.neighbors[metric]
    inputs = {"matching": pair.matching, "neighbors_a": a, "neighbors_b": b}
    if noise:
        inputs["noise"] = noise
    return work.publish(recipe("groups", pair.key, metric, inputs, {"metric": metric, "seed": SEED}), compute)


def _metadata(store: Store, pair: MatchedPair) -> dict[str, NDArray[Any]]:
    columns = load_common_metadata(store, [space.manifest for space in pair.spaces], pair.matching.manifest)
    return {name: _readable(values) for name, values in columns.items()}


def _readable(values: NDArray[Any]) -> NDArray[Any]:
    """Return whole numbers of few different values as names: a class is one of them, no quantity."""
    if values.dtype.kind in "iu" and len(np.unique(values)) <= CLASSES:
        return values.astype(str)
    return values


def _summary(groups: Sequence[Group]) -> pa.Table:
    return pa.table(
        {
            "group": np.arange(len(groups), dtype=np.int32),
            "size": np.array([len(group.rows) for group in groups], np.int32),
            "coherence": np.array([group.coherence for group in groups], np.float32),
        }
    )


def _members(groups: Sequence[Group]) -> pa.Table:
    return pa.table(
        {
            "group": np.repeat(np.arange(len(groups), dtype=np.int32), [len(group.rows) for group in groups]),
            "common_row": _joined([group.rows for group in groups], np.int32),
            "centrality": _joined([group.centrality for group in groups], np.float32),
        }
    )


def _neighbors(groups: Sequence[Group]) -> pa.Table:
    sides = [
        (number, change, rows, shares)
        for number, group in enumerate(groups)
        for change, rows, shares in (
            ("lost", group.lost, group.lost_share),
            ("gained", group.gained, group.gained_share),
        )
    ]
    lengths = [len(rows) for _, _, rows, _ in sides]
    return pa.table(
        {
            "group": np.repeat(np.array([number for number, *_ in sides], np.int32), lengths),
            "change": pa.array([change for _, change, rows, _ in sides for _ in rows], pa.string()),
            "common_row": _joined([rows for _, _, rows, _ in sides], np.int32),
            "share": _joined([shares for *_, shares in sides], np.float32),
        }
    )


def _traits(described: Sequence[Description]) -> pa.Table:
    rows = [
        (number, one.column, one.value, one.share_inside, one.share_outside, one.p)
        for number, description in enumerate(described)
        for one in description.enrichments
    ] + [
        (number, one.column, None, one.median_inside, one.median_outside, one.p)
        for number, description in enumerate(described)
        for one in description.shifts
    ]
    types = {
        "group": pa.int32(),
        "column": pa.string(),
        "value": pa.string(),
        "inside": pa.float64(),
        "outside": pa.float64(),
        "p_value": pa.float64(),
    }
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return pa.table(
        {name: pa.array(values, kind) for (name, kind), values in zip(types.items(), columns, strict=True)}
    )


def _joined(parts: Sequence[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind)
