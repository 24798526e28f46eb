"""Hold published facts against the thresholds of a dataset: facts in, sentences out. Reads no store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.checks import CHECKS
from pipelines.thresholds import PairChecks, SimilarityThreshold, SliceThreshold, SpaceChecks
from pipelines.verdict import Fact, Judgement, judged


@dataclass(frozen=True)
class SliceMeans:
    """The mean similarity of the objects of every value of a metadata column.

    Attributes
    ----------
    means
        Value to (objects, mean similarity); None where there is no such column.
    """

    threshold: SliceThreshold
    metric: str
    k: int
    means: Mapping[str, tuple[int, float]] | None
    known_columns: Sequence[str] = ()


@dataclass(frozen=True)
class PairFacts:
    """What is known of a published comparison.

    Attributes
    ----------
    k
        Neighbors compared where a threshold names no k.
    similarity, chance_adjusted
        Metric to the mean Jaccard similarity and the mean R_NX at k = 1 … K; the first metric is the default one.
    changed
        Metric to the share of the objects that changed beyond noise; empty without replicates.
    previous
        Name of the previous pair; empty where there is none.
    previous_similarity
        The same as `similarity` of that pair.
    """

    n: int
    only_a: int
    only_b: int
    k: int
    similarity: Mapping[str, NDArray[np.float64]]
    chance_adjusted: Mapping[str, NDArray[np.float64]]
    changed: Mapping[str, float]
    slices: Sequence[SliceMeans] = ()
    previous: str = ""
    previous_similarity: Mapping[str, NDArray[np.float64]] | None = None


def judge_space(objects: int, zero_vectors: int, checks: SpaceChecks) -> list[Judgement]:
    """Judge what the ingest of a space counted."""
    share = zero_vectors / objects
    return [
        judged("zero_vectors", [_at_most("zero_vectors", "zero vectors", share, checks.max_zero_vectors)])
    ]


def judge_health(
    values: Mapping[tuple[str, str | None], float], objects: int, checks: SpaceChecks
) -> list[Judgement]:
    """Judge the health of a space.

    Parameters
    ----------
    values
        (Measure, metric or None) to value, by the names of the registered measures.
    """
    duplicates = values["duplicate_objects", None] / objects
    variation = checks.max_norm_variation
    skewness = {metric: value for (name, metric), value in values.items() if name == "hub_skewness"}
    return [
        judged(
            "duplicates", [_at_most("duplicates", "duplicate objects", duplicates, checks.max_duplicates)]
        ),
        judged(
            "norm_variation",
            []
            if variation is None
            else [
                _at_most(
                    "norm_variation", "variation of the norms", values["norm_variation", None], variation
                )
            ],
        ),
        judged(
            "hubness",
            [
                _at_most(f"hub_skewness_{metric}", f"{metric} hub skewness", value, checks.max_hub_skewness)
                for metric, value in skewness.items()
            ],
        ),
    ]


def judge_neighbors(recall: Mapping[str, float], checks: SpaceChecks) -> list[Judgement]:
    """Judge the measured recall of the neighbors under each metric."""
    facts = [
        Fact(f"recall_{metric}", f"{metric} recall", value, checks.min_recall)
        for metric, value in recall.items()
    ]
    return [judged("recall", facts)]


def judge_maps(trustworthiness: Mapping[str, float], checks: SpaceChecks) -> list[Judgement]:
    """Judge the trustworthiness of the maps by method."""
    limits: Mapping[str, float] = {str(name): limit for name, limit in checks.min_trustworthiness.items()}
    facts = [
        Fact(f"trustworthiness_{method}", f"trustworthiness of {method}", value, limits[method])
        for method, value in trustworthiness.items()
        if method in limits
    ]
    return [judged("trustworthiness", facts)]


def judge_pair(facts: PairFacts, checks: PairChecks) -> list[Judgement]:
    """Judge a comparison: always the same checks in the same order; those without a threshold pass and say so."""
    return [
        judged("common_objects", _missing(facts, checks.max_missing)),
        judged("chance", _against_chance(facts, checks.min_chance_adjusted)),
        judged("similarity", [_similarity(facts, one) for one in checks.similarity]),
        _slices(facts.slices),
        judged("drop", _drops(facts, checks.max_drop)),
        judged("noise", _changed(facts, checks.max_changed)),
    ]


def _missing(facts: PairFacts, limit: float) -> list[Fact]:
    return [
        _at_most(
            f"only_{side}", f"objects of {side.upper()} that {other} lacks", only / (facts.n + only), limit
        )
        for side, other, only in (("a", "B", facts.only_a), ("b", "A", facts.only_b))
    ]


def _against_chance(facts: PairFacts, limit: float) -> list[Fact]:
    return [
        Fact(
            f"chance_adjusted_{metric}",
            f"chance-adjusted overlap at k = {facts.k} ({metric})",
            float(adjusted[facts.k - 1]),
            limit,
        )
        for metric, adjusted in facts.chance_adjusted.items()
    ]


def _similarity(facts: PairFacts, threshold: SimilarityThreshold) -> Fact:
    metric: str = threshold.metric or next(iter(facts.similarity))
    curve = facts.similarity[metric]
    k = min(threshold.k or facts.k, len(curve))
    what = f"mean Jaccard@{k} ({metric})"
    return Fact(f"jaccard_mean_{metric}_k{k}", what, float(curve[k - 1]), threshold.min)


def _drops(facts: PairFacts, limit: float) -> list[Fact]:
    found = []
    for metric, before in (facts.previous_similarity or {}).items():
        if metric in facts.similarity:
            now = facts.similarity[metric]
            k = min(facts.k, len(now), len(before))
            fall = 1.0 - float(now[k - 1]) / float(before[k - 1]) if before[k - 1] > 0 else 0.0
            what = (
                f"fall of the mean Jaccard@{k} ({metric}) from {before[k - 1]:.3f} in {facts.previous} "
                f"to {now[k - 1]:.3f}"
            )
            found.append(_at_most(f"drop_{metric}", what, fall, limit))
    return found


def _changed(facts: PairFacts, limit: float) -> list[Fact]:
    return [
        _at_most(f"changed_{metric}", f"objects changed beyond noise ({metric})", share, limit)
        for metric, share in facts.changed.items()
    ]


def _slices(slices: Sequence[SliceMeans]) -> Judgement:
    unknown = [one for one in slices if one.means is None]
    if unknown:
        known = ", ".join(unknown[0].known_columns) or "none"
        column = unknown[0].threshold.column
        told = f"there is no metadata column {column!r} to slice by (there are: {known}): mend checks.pair.slices"
        return Judgement("slices", False, CHECKS["slices"].severity, told, {})
    facts = [
        Fact(
            f"{one.threshold.column}={value}_{one.metric}_k{one.k}",
            f"mean Jaccard@{one.k} ({one.metric}) where {one.threshold.column} = {value}",
            mean,
            one.threshold.min,
        )
        for one in slices
        for value, (objects, mean) in (one.means or {}).items()
        if objects >= one.threshold.min_objects
    ]
    return judged("slices", facts)


def _at_most(name: str, what: str, value: float, limit: float) -> Fact:
    return Fact(name, what, value, limit, at_most=True)
