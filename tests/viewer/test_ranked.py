"""The orders and ranks that a store answers with are those of a slow look at its tables."""

from __future__ import annotations

import numpy as np
import pytest

from artifacts.catalog import Comparison
from artifacts.queries import Queries

K = 20


@pytest.fixture(scope="module")
def comparison(queries: Queries) -> Comparison:
    return queries.comparison("words", "1.10", "1990")


def values_of(queries: Queries, comparison: Comparison, by: str) -> list[float | str]:
    """What every object is sorted by, read from the tables whole."""
    if by == "similarity":
        return queries.overlap(comparison, "cosine", K).tolist()
    if by == "noise_quantile":
        return queries.noise(comparison, "cosine").quantiles.tolist()
    if by.startswith("metadata:"):
        space = queries.store.manifest(
            *queries.store.manifest("comparison", comparison.fingerprint).inputs["space_a"]
        )
        objects = queries.store.read_table(space, "objects").to_pylist()
        column = {one["key"]: one["metadata"][by.removeprefix("metadata:")] for one in objects}
        return [column[key] for key in queries.keys(comparison)]
    return queries.object_scores(comparison, "cosine")[by].to_pylist()


def test_one_can_sort_by_every_score_by_noise_and_by_metadata(
    queries: Queries, comparison: Comparison
) -> None:
    names = queries.sortable(comparison, "cosine")
    scores = queries.object_scores(comparison, "cosine").column_names
    assert names == ("similarity", *scores, "noise_quantile", "metadata:length", "metadata:kind")
    assert "noise_quantile" not in queries.sortable(queries.comparison("pictures", "a", "b"), "cosine")


@pytest.mark.parametrize(
    "by",
    [
        "similarity", "rank_biased_overlap", "average_overlap", "rank_displacement", "second_order_cosine",
        "aligned_cosine", "distance_change", "p_value", "noise_quantile", "metadata:length", "metadata:kind",
    ],
)  # fmt: skip
@pytest.mark.parametrize("narrowed", [False, True])
def test_pages_of_both_ends_are_the_sorted_objects(
    queries: Queries, comparison: Comparison, by: str, narrowed: bool
) -> None:
    within = np.arange(3, comparison.n, 4, dtype=np.int32) if narrowed else None
    rows = list(range(comparison.n)) if within is None else within.tolist()
    values = values_of(queries, comparison, by)
    pages = [
        queries.ranked(comparison, "cosine", K, by, start, 13, within) for start in range(0, len(rows), 13)
    ]
    low, high = (
        [row for page in pages for row in getattr(page, end).rows.tolist()] for end in ("low", "high")
    )
    assert sorted(low) == sorted(high) == rows
    assert high == low[::-1] or any(value != value for value in values)
    ordered = [values[row] for row in low if values[row] == values[row]]
    assert ordered == sorted(values[row] for row in rows if values[row] == values[row])
    for page in pages:
        assert page.total == len(rows)
        ties = [
            sum(str(values[other]) == str(values[row]) for other in rows) for row in page.low.rows.tolist()
        ]
        assert page.low.ties.tolist() == ties
    if by == "similarity":
        ends = queries.extremes(comparison, "cosine", K, 20, within)
        assert (low[:20], high[:20]) == (ends.least.tolist(), ends.most.tolist())


def test_what_nobody_can_sort_by_is_refused_with_what_one_can(
    queries: Queries, comparison: Comparison
) -> None:
    with pytest.raises(
        ValueError, match=r"cannot be sorted by 'metadata:nothing'; there is similarity, rank_biased"
    ):
        queries.scale(comparison, "cosine", "metadata:nothing")


def test_overlaps_of_neighborhoods_are_the_published_ones_at_every_k(
    queries: Queries, comparison: Comparison
) -> None:
    rows = np.array([7, 3, 100], np.int32)
    near = queries.neighborhoods(comparison, "cosine", 5, rows)
    for k in range(1, comparison.k_max + 1):
        assert near.overlaps[:, k - 1].tolist() == queries.overlap(comparison, "cosine", k)[rows].tolist()


def test_no_objects_at_all_are_an_answer_too(queries: Queries, comparison: Comparison) -> None:
    nothing = np.empty(0, np.int32)
    for by in ("similarity", "p_value"):
        ranked = queries.ranked(comparison, "cosine", K, by, 0, 20, nothing)
        assert (ranked.total, len(ranked.low.rows), len(ranked.high.rows)) == (0, 0, 0)
    assert queries.neighborhoods(comparison, "cosine", K, nothing).neighbors_a.shape == (0, K)


def test_placement_errors_are_the_greater_of_the_two_published(
    queries: Queries, comparison: Comparison
) -> None:
    inputs = queries.store.manifest("comparison", comparison.fingerprint).inputs
    table = queries.store.read_table(queries.store.manifest(*inputs["projection_a:pca"]), "coordinates")
    places = {row["row"]: max(row["intrusion"], row["extrusion"]) for row in table.to_pylist()}
    matched = queries.store.read_table(queries.store.manifest(*inputs["matching"]), "matched")
    expected = [places[row] for row in matched["row_a"].to_pylist()]
    np.testing.assert_allclose(queries.placement_errors(comparison, "pca")[0], expected)
