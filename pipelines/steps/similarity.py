"""The scores of every common object of a pair under one metric, and their curve over k."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from artifacts.publication import Publication
from artifacts.store import Store
from pipelines.similarity import (
    PairCurve,
    aligned_cosine,
    average_overlap,
    curve_of,
    distance_change,
    overlap_at_every_k,
    overlap_counts,
    overlap_p_values,
    rank_biased_overlap,
    rank_displacement,
    second_order_cosine,
    tie_ranks,
)
from pipelines.steps.pairs import MatchedPair, load_common_keys, load_common_lists, load_common_vectors
from pipelines.steps.recipes import recipe
from pipelines.workspace import Artifact, Workspace

HEADLINE_K = 50
"""The k of the scores that stand in manifests and in the Dagster UI."""

SECOND_ORDER_K = 25
"""Neighbors whose similarities make the second-order cosine (Hamilton et al. 2016)."""


def similarity_artifact(work: Workspace, pair: MatchedPair, metric: str) -> Artifact:
    """Publish how much the neighbors of every common object agree."""
    rbo_p = work.project.dataset(pair.key.dataset).similarity.rbo_p

    def compute(publication: Publication) -> None:
        progress = work.report(f"similarity {pair.key} {metric}")
        scores, curve = _score(work.store, pair, metric, rbo_p)
        publication.write("scores", scores)
        publication.write("curve", pa.table(vars(curve)))
        headline = curve.at(min(HEADLINE_K, len(curve.k)))
        publication.facts.update(objects=len(scores), k=len(curve.k), headline=headline)
        progress(1, 1)

    a, b = pair.neighbors[metric]
    inputs = {"matching": pair.matching, "neighbors_a": a, "neighbors_b": b}
    return work.publish(
        recipe("similarity", pair.key, metric, inputs, {"metric": metric, "rbo_p": rbo_p}), compute
    )


def _score(store: Store, pair: MatchedPair, metric: str, rbo_p: float) -> tuple[pa.Table, PairCurve]:
    a, b = load_common_lists(store, pair, metric)
    vectors_a, vectors_b = load_common_vectors(store, pair)
    n, depth = a.rows.shape
    overlap = overlap_at_every_k(a.rows, b.rows, a.objects)
    counts = np.zeros((depth, depth + 1), np.int64)
    overlap_counts(overlap, counts)
    rank_biased = rank_biased_overlap(overlap, rbo_p)
    change = distance_change(a.rows, b.rows, a.distances, b.distances, a.scale, b.scale, a.objects)
    k = min(HEADLINE_K, depth)
    cosine, _ = aligned_cosine(vectors_a, vectors_b)
    columns: dict[str, Any] = {
        "common_row": np.arange(n, dtype=np.int32),
        "rank_biased_overlap": rank_biased.astype(np.float32),
        "average_overlap": average_overlap(overlap).astype(np.float32),
        "rank_displacement": rank_displacement(a.rows, b.rows, a.objects),
        "distance_change": change,
        "second_order_cosine": second_order_cosine(
            vectors_a, a.rows, vectors_b, b.rows, min(SECOND_ORDER_K, depth)
        ),
        "aligned_cosine": cosine,
        "p_value": overlap_p_values(np.ascontiguousarray(overlap[:, k - 1]), k, n, pair.others),
        "tie_rank": tie_ranks(rank_biased, change, load_common_keys(store, pair)),
    }
    by_k = np.ascontiguousarray(overlap.T)
    columns.update({f"overlap_{k}": by_k[k - 1] for k in range(1, depth + 1)})
    return pa.table(columns), curve_of(counts, pair.others)
