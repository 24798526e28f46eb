"""Read what was published of a space or a pair, and have it judged. The thresholds come from the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from artifacts.catalog import Catalog, Comparison
from artifacts.names import PairKey, SpaceKey, natural_order
from artifacts.queries import PATIENT, Queries
from artifacts.store import Manifest, Store
from pipelines.build import Built
from pipelines.judging import (
    PairFacts,
    SliceMeans,
    judge_health,
    judge_maps,
    judge_neighbors,
    judge_pair,
    judge_space,
)
from pipelines.loading import load_common_metadata
from pipelines.similarity import jaccard
from pipelines.steps.similarity import HEADLINE_K
from pipelines.thresholds import SliceThreshold, SpaceChecks
from pipelines.verdict import Judgement, failed
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


def judged_pair(
    work: Workspace, pair: PairKey, k: int = HEADLINE_K, queries: Queries | None = None
) -> list[Judgement]:
    """Judge the published comparison of a pair; raise `MissingArtifactError` where there is none.

    Parameters
    ----------
    k
        Neighbors compared where a threshold names no k.
    queries
        Of the same store; None: new ones, which take a moment to start.
    """
    facts = pair_facts(work, pair, k, queries or Queries(work.store, PATIENT))
    return judge_pair(facts, work.project.dataset(pair.dataset).checks.pair)


def judged_candidate(work: Workspace, comparison: Comparison) -> list[Judgement]:
    """Judge space B of a published comparison, and the recall of the neighbors that were compared."""
    store, checks = work.store, work.project.dataset(comparison.dataset).checks.space
    bound = store.manifest("comparison", comparison.fingerprint).inputs
    recall = {}
    for metric in comparison.metrics:
        lists = store.manifest(*bound[f"similarity:{metric}"]).inputs
        for side in "ab":
            found = store.manifest(*lists[f"neighbors_{side}"])
            recall[f"{metric} {side.upper()}"] = found.facts["recall"]
    return [
        *judged_space(store.manifest(*bound["space_b"]), checks),
        *judge_neighbors(recall, checks),
        *judged_health(store, store.manifest(*bound["health_b"]), checks),
        *judged_maps(
            [store.manifest(*bound[f"projection_b:{one}"]) for one in comparison.projections], checks
        ),
    ]


def judged_build(work: Workspace, results: Sequence[Built]) -> list[tuple[SpaceKey | PairKey, Judgement]]:
    """Return every judgement that did not pass of what a build published."""
    queries = Queries(work.store, PATIENT)
    return [
        (built.key, one)
        for built in results
        if not built.error
        for one in failed(judged_built(work, built, queries))
    ]


def judged_built(work: Workspace, built: Built, queries: Queries) -> list[Judgement]:
    """Judge everything that a build published of a space or pair; it must not have failed."""
    if isinstance(built.key, PairKey):
        return judged_pair(work, built.key, queries=queries)
    checks = work.project.dataset(built.key.dataset).checks.space
    of_kind: dict[str, list[Manifest]] = {}
    for artifact in built.artifacts:
        of_kind.setdefault(artifact.manifest.kind, []).append(artifact.manifest)
    return [
        *judged_space(of_kind["space"][0], checks),
        *judged_neighbors(of_kind["neighbors"], checks),
        *judged_health(work.store, of_kind["health"][0], checks),
        *judged_maps(of_kind.get("projection", []), checks),
    ]


def pair_facts(work: Workspace, pair: PairKey, k: int, queries: Queries) -> PairFacts:
    """Return what is known of a published comparison; raise `MissingArtifactError` where there is none."""
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
    versions = [space.version for space in work.checkpoints(pair.dataset)]
    if not {pair.a, pair.b} <= set(versions):  # a gate may hold a candidate against a store alone
        published = Catalog(work.store).spaces(pair.dataset)
        versions = sorted({*versions, *published}, key=natural_order)
    previous = work.project.dataset(pair.dataset).previous_pair(pair, versions)
    if previous is None or work.store.find_ref("comparison", previous.path) is None:
        return None
    return queries.comparison(previous.dataset, previous.a, previous.b)


def slice_means(
    similarity: NDArray[np.floating], values: NDArray[np.generic]
) -> dict[str, tuple[int, float]]:
    """Return, for every value of a metadata column, how many objects hold it and their mean similarity.

    Parameters
    ----------
    similarity, values
        Shape (n,): of every common object.

    Examples
    --------
    >>> slice_means(np.array([0.0, 1.0, 1.0]), np.array(["x", "x", "y"]))
    {'x': (2, 0.5), 'y': (1, 1.0)}
    """
    names, places = np.unique(values.astype(str), return_inverse=True)
    objects = np.bincount(places)
    means = np.bincount(places, weights=similarity) / objects
    return {
        name: (count, mean)
        for name, count, mean in zip(names.tolist(), objects.tolist(), means.tolist(), strict=True)
    }


def metadata_of(store: Store, comparison: Comparison) -> dict[str, NDArray[Any]]:
    """Return the metadata columns of the common objects of a comparison."""
    bound = store.manifest("comparison", comparison.fingerprint).inputs
    matching, a, b = (store.manifest(*bound[role]) for role in ("matching", "space_a", "space_b"))
    return load_common_metadata(store, [a, b], matching)


def _slices(work: Workspace, queries: Queries, comparison: Comparison, k: int) -> list[SliceMeans]:
    wanted = work.project.dataset(comparison.dataset).checks.pair.slices
    columns = metadata_of(work.store, comparison) if wanted else {}
    return [_slice(queries, comparison, threshold, k, columns) for threshold in wanted]


def _slice(
    queries: Queries,
    comparison: Comparison,
    threshold: SliceThreshold,
    k: int,
    columns: Mapping[str, NDArray[Any]],
) -> SliceMeans:
    metric = threshold.metric or comparison.metrics[0]
    k = min(threshold.k or k, comparison.k_max)
    if threshold.column not in columns:
        return SliceMeans(threshold, metric, k, None, sorted(columns))
    similarity = jaccard(queries.overlap(comparison, metric, k), k)
    return SliceMeans(threshold, metric, k, slice_means(similarity, columns[threshold.column]))
