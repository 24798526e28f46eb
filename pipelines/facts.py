"""Read what was published of a space or a pair, and have it judged. The thresholds come from the configuration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from artifacts.catalog import Catalog, Comparison
from artifacts.names import PairKey, natural_order
from artifacts.queries import Queries
from artifacts.store import Manifest, Store
from pipelines.judging import (
    PairFacts,
    SliceMeans,
    judge_health,
    judge_maps,
    judge_neighbors,
    judge_pair,
    judge_space,
)
from pipelines.loading import load_metadata
from pipelines.similarity import jaccard
from pipelines.steps.similarity import HEADLINE_K
from pipelines.thresholds import SliceThreshold, SpaceChecks
from pipelines.verdict import Judgement
from pipelines.workspace import Workspace


def judged_space(space: Manifest, checks: SpaceChecks) -> list[Judgement]:
    """Judge a published space."""
    return judge_space(space.facts["objects"], space.facts["zero_vectors"], checks)


def judged_health(store: Store, health: Manifest, checks: SpaceChecks) -> list[Judgement]:
    """Judge the published health of a space."""
    rows = store.read_table(health, "measures", ["name", "metric", "value"]).to_pylist()
    values = {(row["name"], row["metric"]): row["value"] for row in rows}
    return judge_health(values, health.facts["objects"], checks)


def judged_neighbors(neighbors: Sequence[Manifest], checks: SpaceChecks) -> list[Judgement]:
    """Judge the published neighbors of a space under every metric."""
    return judge_neighbors({one.parameters["metric"]: one.facts["recall"] for one in neighbors}, checks)


def judged_maps(maps: Sequence[Manifest], checks: SpaceChecks) -> list[Judgement]:
    """Judge the published maps of a space."""
    return judge_maps({one.parameters["method"]: one.facts["trustworthiness"] for one in maps}, checks)


def judged_pair(work: Workspace, pair: PairKey, k: int = HEADLINE_K) -> list[Judgement]:
    """Judge the published comparison of a pair.

    Parameters
    ----------
    k
        Neighbors compared where a threshold names no k.
    """
    return judge_pair(pair_facts(work, pair, k), work.project.dataset(pair.dataset).checks.pair)


def pair_facts(work: Workspace, pair: PairKey, k: int = HEADLINE_K) -> PairFacts:
    """Return what is known of a published comparison; raise `MissingArtifactError` where there is none."""
    queries = Queries(work.store)
    comparison = queries.comparison(pair.dataset, pair.a, pair.b)
    bound = work.store.manifest("comparison", comparison.fingerprint).inputs
    noise = {metric: bound.get(f"noise:{metric}") for metric in comparison.metrics}
    curves = {metric: queries.curve(comparison, metric) for metric in comparison.metrics}
    before = _previous(work, pair, queries)
    k = min(k, comparison.k_max)
    return PairFacts(
        comparison.n,
        comparison.only_a,
        comparison.only_b,
        k,
        {metric: curve.jaccard_mean for metric, curve in curves.items()},
        {metric: curve.chance_adjusted for metric, curve in curves.items()},
        {
            metric: work.store.manifest(*one).facts["changed_share"]
            for metric, one in noise.items()
            if one is not None
        },
        _slices(work, queries, comparison, k),
        f"{before.a}..{before.b}" if before else "",
        {metric: queries.curve(before, metric).jaccard_mean for metric in before.metrics} if before else None,
    )


def _previous(work: Workspace, pair: PairKey, queries: Queries) -> Comparison | None:
    """Return the published comparison that the policy names before a pair."""
    versions = [space.version for space in work.project.checkpoints(pair.dataset)]
    if not {pair.a, pair.b} <= set(versions):  # a gate may hold a candidate against a store alone
        published = Catalog(work.store).spaces(pair.dataset)
        versions = sorted({*versions, *published}, key=natural_order)
    previous = work.project.dataset(pair.dataset).previous_pair(pair, versions)
    if previous is None or work.store.find_ref("comparison", previous.path) is None:
        return None
    return queries.comparison(previous.dataset, previous.a, previous.b)


def _slices(work: Workspace, queries: Queries, comparison: Comparison, k: int) -> list[SliceMeans]:
    wanted = work.project.dataset(comparison.dataset).checks.pair.slices
    if not wanted:
        return []
    bound = work.store.manifest("comparison", comparison.fingerprint).inputs
    matching, a, b = (work.store.manifest(*bound[role]) for role in ("matching", "space_a", "space_b"))
    columns = load_metadata(work.store, [a, b], matching)
    return [_means(queries, comparison, threshold, k, columns) for threshold in wanted]


def _means(
    queries: Queries,
    comparison: Comparison,
    threshold: SliceThreshold,
    k: int,
    columns: dict[str, NDArray[np.generic]],
) -> SliceMeans:
    metric = threshold.metric or comparison.metrics[0]
    k = min(threshold.k or k, comparison.k_max)
    if threshold.column not in columns:
        return SliceMeans(threshold, metric, k, None, sorted(columns))
    similarity = jaccard(queries.overlap(comparison, metric, k), k)
    values, places = np.unique(columns[threshold.column].astype(str), return_inverse=True)
    objects = np.bincount(places)
    means = np.bincount(places, weights=similarity) / objects
    found = zip(values.tolist(), objects.tolist(), means.tolist(), strict=True)
    return SliceMeans(threshold, metric, k, {value: (count, mean) for value, count, mean in found})
