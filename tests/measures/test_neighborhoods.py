"""Means over objects against means taken directly, and their intervals against resampled objects."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.measures.dependence import counts_without_groups, effective_number
from pipelines.measures.neighborhoods import overlap_measures, rnx_area
from pipelines.neighbors import exact_neighbors
from pipelines.similarity import chance_adjusted, jaccard, overlap_at_every_k


def overlaps(n: int, depth: int):
    rng = np.random.default_rng(0)
    gains = rng.random((n, depth)) < rng.random((n, 1))
    return np.minimum(np.cumsum(gains, axis=1), np.arange(1, depth + 1)).astype(np.uint16)


def lists(n: int, depth: int):
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, 4)).astype(np.float32)
    b = (a + 0.4 * rng.normal(size=(n, 4))).astype(np.float32)
    return [exact_neighbors(vectors, depth, ["euclidean"])["euclidean"].rows for vectors in (a, b)]


@pytest.mark.parametrize("n", [100, 101])
@pytest.mark.parametrize("k", [1, 7, 12])
def test_values_equal_means_and_medians_taken_directly(n, k):
    overlap = overlaps(n, 12)
    values = {one.name: one.value for one in overlap_measures(overlap, [], k, "cosine", 0)}
    c = overlap[:, k - 1]
    assert values == {
        "jaccard_mean": pytest.approx(jaccard(c, k).mean()),
        "jaccard_median": pytest.approx(np.median(jaccard(c, k))),
        "chance_adjusted_mean": pytest.approx(chance_adjusted(c, k, n).mean()),
        "mutual_knn": pytest.approx((c / k).mean()),
    }


def test_intervals_of_independent_objects_equal_those_of_resampled_objects():
    overlap = overlaps(500, 12)
    rng = np.random.default_rng(1)
    similarity = jaccard(overlap[:, 9], 10)
    resampled = similarity[rng.integers(0, 500, (4000, 500))]
    mean, median, *_ = overlap_measures(overlap, [], 10, "cosine", 0)
    expected = np.quantile(resampled.mean(axis=1), [0.025, 0.975])
    assert [mean.low, mean.high] == pytest.approx(expected, abs=0.003)
    assert [median.low, median.high] == pytest.approx(
        np.quantile(np.median(resampled, axis=1), [0.025, 0.975]), abs=0.03
    )


def test_the_median_of_an_even_number_of_objects_is_the_mean_of_the_middle_two():
    overlap = np.array([[0], [0], [1], [1]], np.uint16)
    assert overlap_measures(overlap, [], 1, "cosine", 0)[1].value == 0.5


def test_chance_adjusted_overlap_has_no_value_where_every_list_is_the_same():
    overlap = np.tile(np.arange(1, 10, dtype=np.uint16), (10, 1))
    found = {one.name: one for one in overlap_measures(overlap, [], 9, "cosine", 0)}
    assert np.isnan(found["chance_adjusted_mean"].value)
    assert found["jaccard_mean"].low == found["jaccard_mean"].high == 1.0


@pytest.mark.parametrize(("n", "depth"), [(60, 20), (21, 20), (21, 19)])
def test_the_area_is_the_mean_over_log_k_of_rnx(n, depth):
    overlap = overlaps(n, depth)
    ks = range(1, min(depth, n - 2) + 1)
    adjusted = [chance_adjusted(overlap[:, k - 1], k, n).mean() for k in ks]
    found = rnx_area(overlap, [], "cosine")
    assert found.value == pytest.approx(np.average(adjusted, weights=[1 / k for k in ks]))
    assert found.k == len(adjusted)


def test_counts_without_a_group_equal_lists_searched_without_it():
    n, depth = 60, 59
    rng = np.random.default_rng(n)
    a = rng.normal(size=(n, 4)).astype(np.float32)
    b = (a + 0.4 * rng.normal(size=(n, 4))).astype(np.float32)
    members = np.random.default_rng(3).permutation(n) % 20
    found = counts_without_groups(*lists(n, depth), 10, 3)
    assert len(found) == 20
    for group, counts in enumerate(found):
        kept = members != group
        one, two = (exact_neighbors(v[kept], len(counts), ["euclidean"])["euclidean"].rows for v in (a, b))
        overlap = overlap_at_every_k(one, two, int(kept.sum()))
        for k in range(1, len(counts) + 1):
            expected = np.bincount(overlap[:, k - 1], minlength=len(counts) + 1)
            assert counts[k - 1].tolist() == expected.tolist()


def test_objects_that_share_neighbors_count_for_fewer():
    one, two = lists(400, 60)
    overlap = overlap_at_every_k(one, two, 400)
    without = counts_without_groups(one, two, 10, 0)
    assert len(without[0]) >= 10
    assert 40 < effective_number(overlap, without, 10) < 300
    assert effective_number(overlap, [], 10) == 400


def test_lists_too_short_to_lose_a_neighbor_leave_objects_independent():
    one = np.array([[1], [2], [3], [0]], np.int32)
    assert counts_without_groups(one, one, 1, 0) == []
